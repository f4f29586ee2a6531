"""Makes the tables and the people: jane with a password alone, the others with one-time codes too.

Prints who they are as JSON.
"""

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peer.settings")
django.setup()

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
call_command("createcachetable", verbosity=0)

User = get_user_model()
password = os.environ["PASSWORD"]
User.objects.create_user("jane", password=password)
people = [{"name": "jane"}]
for number in range(int(os.environ["WITH_CODES"])):
    user = User.objects.create_user(f"user{number}", password=password)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    people.append({"name": user.username, "secret": secret})
print(json.dumps(people))
