"""The portal under test: its calls, its clock, and the people who make the cases possible."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import itertools
import re
import struct
from dataclasses import dataclass, field
from typing import Any

import requests

BASE = "/pro/user-manager/v1"
ME = "/user/@current"
PASSWORD = "plover-Quagmire-7-tundra"
SCOPES = ["Authentication", "PublishApp", "Tasks", "APIKey", "Session", "PublishAimms", "Secret", "User", "Account"]
STEP_SECONDS = 30
# What the functions read at most this often may be as old as that.
SETTINGS_SECONDS = 31
# Signs in for the others, and so is none of those whom a case may name.
KEEPER = "admin"


class Refused(Exception):
    """A call that only prepares something was refused."""


@dataclass
class Person:
    """A local administrator with what a browser of theirs holds."""

    user_name: str
    password: str
    session: str = ""
    device: str = ""
    totp_secret: str = ""
    key: str = ""

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser sends."""
        held = {"__Host-session": self.session, "__Host-device": self.device}
        return {name: value for name, value in held.items() if value}

    def take_cookies(self, response: requests.Response) -> None:
        """Keeps what an answer sets."""
        for line in response.raw.headers.getlist("set-cookie"):
            name, value = line.split(";")[0].split("=", 1)
            if name == "__Host-session":
                self.session = value
            else:
                self.device = value


@dataclass
class Portal:
    """The service at `origin`, with the administrator who looks after it while cases are tried."""

    origin: str
    keeper: Person = field(default_factory=lambda: Person(KEEPER, PASSWORD))
    http: requests.Session = field(default_factory=requests.Session)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        person: Person | None = None,
        params: dict[str, Any] | None = None,
    ) -> requests.Response:
        """One request, by a person's browser or by nobody."""
        cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items()) if person else ""
        headers = {"cookie": cookies} if cookies else {}
        # A cookie jar would send what one person was given with what another asks.
        self.http.cookies.clear()
        answer = self.http.request(
            method,
            f"{self.origin}{path}",
            json=body,
            headers=headers,
            params=params,
            timeout=30,
        )
        if person:
            person.take_cookies(answer)
        return answer

    def call(self, method: str, path: str, body: object = None, *, person: Person | None = None) -> Any:
        """A call that has to succeed; what it answered."""
        answer = self.send(method, BASE + path, body, person=person)
        if not answer.ok:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def advance(self, seconds: int) -> dt.datetime:
        """Puts the service's clock ahead, and says what it shows then."""
        now = self.send("POST", "/_local/clock", {"advance_seconds": seconds}).json()["now"]
        return dt.datetime.fromisoformat(now)

    def next_code(self, secret: str) -> str:
        """A code of RFC 6238 that was not used before."""
        step = int(self.advance(STEP_SECONDS).timestamp()) // STEP_SECONDS
        digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
        offset = digest[-1] & 15
        return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"

    def newest_token(self, kind: str) -> str | None:
        """The token of the newest mail with such a link."""
        self.send("POST", "/_local/run/notifier")
        for mail in self.send("GET", "/_local/mail").json()["items"]:
            if found := re.search(rf"#{kind}=([A-Za-z0-9_-]{{71}})", mail["text"]):
                return found[1]
        return None

    def sign_in(self, person: Person) -> None:
        """Begins a session, with a second factor where one is set up."""
        answer = self.call(
            "POST", "/session", {"user_name": person.user_name, "password": person.password}, person=person
        )
        if answer["status"] == "mfa_required":
            code = self.next_code(person.totp_secret)
            self.call("POST", "/session/mfa", {"challenge": answer["challenge"], "code": code}, person=person)

    def enable_mfa(self, person: Person) -> None:
        """Sets up an authenticator; a policy that enforces MFA then changes nothing for this person."""
        secret = self.call("POST", f"{ME}/mfa/totp", person=person)["secret"]
        self.call("POST", f"{ME}/mfa/totp/confirm", {"code": self.next_code(secret)}, person=person)
        person.totp_secret = secret

    def keep(self, method: str, path: str, body: object = None) -> Any:
        """A call by the keeper, whose session is begun or made fresh where that is needed."""
        try:
            return self.call(method, path, body, person=self.keeper)
        except Refused as refused:
            if not re.search("/problems/(unauthenticated|session-expired|step-up-required)", str(refused)):
                raise
        self.sign_in(self.keeper)
        return self.call(method, path, body, person=self.keeper)

    def new_name(self, kind: str) -> str:
        """A name that nothing has yet."""
        return f"{kind}-{next(self.numbers)}"

    def new_user(self, environment: str = "ROOT", groups: list[str] | None = None) -> dict[str, Any]:
        """A local user who is invited."""
        user: dict[str, Any] = self.keep(
            "POST",
            "/user",
            {"environment_name": environment, "user_name": self.new_name("guest"), "groups": groups or []},
        )
        return user

    def new_administrator(self) -> Person:
        """An administrator with a fresh session and a key that has every scope."""
        user = self.new_user(groups=["Admin"])
        person = Person(user["user_name"], PASSWORD)
        accepted = {"token": user["invitation"]["token"], "password": PASSWORD}
        self.call("POST", "/session/invitation", accepted, person=person)
        key = self.call("POST", f"{ME}/api-key", {"name": "all scopes", "scopes": SCOPES}, person=person)
        person.key = key["value"]
        return person

    def restore_policy(self) -> None:
        """Makes MFA optional again, everywhere."""
        self.keep("PATCH", "/account/settings", {"mfa_policy": "optional"})
        self.advance(SETTINGS_SECONDS)
