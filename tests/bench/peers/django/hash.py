"""Times Argon2id of the reference in C, at the cost that is measured everywhere: `hash.py COUNT`, a line of milliseconds each."""

import sys
import time

from argon2.low_level import Type, hash_secret_raw

for _ in range(int(sys.argv[1])):
    begun = time.perf_counter()
    hash_secret_raw(b"walnut-Ferry-12-gravel", bytes(16), 2, 19456, 1, 32, Type.ID)
    print((time.perf_counter() - begun) * 1000)
