"""Clients of the emulated services."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

import botocore.session
from botocore.config import Config

from emulator import REGION

ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"


class Clients(Protocol):
    """Makes the client of a service, by the service's name."""

    def __call__(self, service: str) -> Any:
        """A client."""


def clients(port: int) -> Clients:
    """Clients of the emulator at that port, as the account's root."""
    return of(port, ACCESS_KEY_ID, SECRET_ACCESS_KEY)


def clients_in_role(port: int, role: str) -> Clients:
    """The same, as whoever is in that role."""
    given = clients(port)("sts").assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]
    return of(port, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def of(port: int, key_id: str, key: str, token: str | None = None) -> Clients:
    """Clients with these credentials."""
    return partial(
        botocore.session.Session().create_client,
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=key_id,
        aws_secret_access_key=key,
        aws_session_token=token,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
