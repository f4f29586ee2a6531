"""Starts the emulator of AWS on a loopback port of its own, and ends it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REGION = "eu-central-1"
ACCOUNT_ID = "000000000000"
READY_WITHIN_SECONDS = 60


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """Its port, for as long as it runs; its log and what it unpacks go to `folder`."""
    port = free_port()
    scratch = folder / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    # Nothing of this machine's own settings reaches it, nor the functions, which get its environment.
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(scratch),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "LAMBDA_EXECUTOR": "local",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        # Signatures are checked, and each function may do what its role's policy says and no more.
        "AUTH": "true",
        "SERVICES": "",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "INFO",
    }
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("serve.py")], env=environment, stdout=log, stderr=log
        )
        try:
            wait_until_ready(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=30)


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until it answers; if it does not, the run ends."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the emulator does not start: see its log")
