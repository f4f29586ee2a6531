"""What makes a valid request one that can succeed: names, tokens and codes that mean something to the portal."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from schemathesis import Case

from portal import BASE, KEEPER, ME, PASSWORD, Person, Portal, Refused

OTHER_PASSWORD = "sextant-Bramble-3-cobalt"
# Of ten valid cases this many are made meaningful; the others stay as they were generated.
MEANINGFUL_OF_TEN = 7


@dataclass
class Preparation:
    """Fills valid cases with what is there, for the person who sends them."""

    portal: Portal
    person: Person
    choice: random.Random
    # What a create was answered with, to be asked for again under the same Idempotency-Key.
    made_before: tuple[str, Any] | None = None
    # Of an authenticator whose first code a case sends.
    pending_secret: str = ""

    def apply(self, case: Case[Any]) -> None:
        """Changes a valid case in place."""
        self.keep_off_keeper(case)
        if self.choice.randrange(10) >= MEANINGFUL_OF_TEN:
            return
        try:
            self.name_resources(case)
            if prepare := self.by_operation().get(operation_id(case)):
                prepare(case)
            self.name_states(case)
        except Refused:
            # The person lost the session or the role by a case before; this one is sent as it is.
            return

    def send_somebody_else(self) -> None:
        """A new administrator sends the next cases."""
        self.person = self.portal.new_administrator()
        self.made_before = None

    def keep_off_keeper(self, case: Case[Any]) -> None:
        """Names somebody else than the keeper, who could not help any more."""
        if str(case.path_parameters.get("user", "")).lower() == KEEPER:
            case.path_parameters["user"] = "jane"

    def name_resources(self, case: Case[Any]) -> None:
        """Names what a path is about: something that is there."""
        path = case.path_parameters
        operation = operation_id(case)
        if "account" in path:
            path["account"] = "demo"
        if "user" in path:
            user = self.portal.new_user()
            path.update(environment=self.any_case("ROOT"), user=self.any_case(user["user_name"]))
        elif operation == "delete_environment":
            path["environment"] = self.portal.new_name("place")
            self.portal.keep("POST", "/environment", {"environment_name": path["environment"]})
        elif operation == "delete_group":
            path.update(environment="ROOT", group=self.portal.new_name("crew"))
            self.portal.keep("POST", "/group", {"environment_name": "ROOT", "group_name": path["group"]})
        elif "name" in path:
            path["name"] = self.portal.new_name("key")
            self.portal.call("POST", f"{ME}/api-key", {"name": path["name"], "scopes": ["Tasks"]}, person=self.person)
        elif operation == "end_session":
            sessions = self.portal.call("GET", f"{ME}/session", person=self.person)
            path["id"] = next(item["id"] for item in sessions["items"] if item["current"])

    def name_states(self, case: Case[Any]) -> None:
        """Gives the ETag that is in force, and a cursor that was made here."""
        if "If-Match" in case.headers:
            path = f"{BASE}{self.path_of(case)}".removesuffix("/rotate")
            case.headers["If-Match"] = self.portal.send("GET", path, person=self.person).headers.get("etag", "*")
        if "cursor" in case.query:
            params = {name: value for name, value in case.query.items() if name != "cursor"} | {"limit": 1}
            page = self.portal.send("GET", f"{BASE}{self.path_of(case)}", person=self.person, params=params)
            following = page.json().get("next")
            if following is None:
                del case.query["cursor"]
            else:
                case.query["cursor"] = following

    def path_of(self, case: Case[Any]) -> str:
        """The path with its variables."""
        path: str = case.path
        for name, value in case.path_parameters.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        return path

    def often(self) -> bool:
        """Every other time, by the seed."""
        return self.choice.random() < 0.5

    def any_case(self, name: str) -> str:
        """The name, or the name in capitals."""
        return self.choice.choice([name, name.upper()])

    def by_operation(self) -> dict[str, Callable[[Case[Any]], None]]:
        """What else an operation asks for."""
        return {
            "sign_in": self.sign_in,
            "answer_challenge": self.answer_challenge,
            "step_up": self.step_up,
            "accept_invitation": self.accept_invitation,
            "confirm_email": self.confirm_email,
            "change_password": self.change_password,
            "enrol_totp": self.need_no_mfa,
            "confirm_totp": self.confirm_totp,
            "disable_totp": self.need_mfa,
            "reset_totp": self.need_mfa,
            "replace_recovery_codes": self.need_mfa,
            "create_api_key": self.create_api_key,
            "rotate_api_key": self.set_expiration,
            "introspect_token": self.introspect_token,
            "create_user": self.create_user,
            "update_user": self.update_user,
            "create_group": self.create_group,
        }

    def sign_in(self, case: Case[Any]) -> None:
        case.body = {"user_name": self.any_case(self.person.user_name), "password": self.person.password}

    def need_mfa(self, _case: Case[Any]) -> None:
        if not self.person.totp_secret:
            self.portal.enable_mfa(self.person)

    def need_no_mfa(self, _case: Case[Any]) -> None:
        if self.person.totp_secret:
            self.send_somebody_else()

    def second_factor(self) -> dict[str, str]:
        """A code where one is asked for."""
        return {"code": self.portal.next_code(self.person.totp_secret)} if self.person.totp_secret else {}

    def answer_challenge(self, case: Case[Any]) -> None:
        self.need_mfa(case)
        asked = self.portal.call(
            "POST",
            "/session",
            {"user_name": self.person.user_name, "password": self.person.password},
            person=Person("", "", device=self.person.device),
        )
        case.body = {"challenge": asked["challenge"], **self.second_factor()}

    def step_up(self, case: Case[Any]) -> None:
        case.body = {"password": self.person.password, **self.second_factor()}

    def accept_invitation(self, case: Case[Any]) -> None:
        fields(case)["token"] = self.portal.new_user()["invitation"]["token"]
        if self.often():
            fields(case)["password"] = PASSWORD

    def confirm_email(self, case: Case[Any]) -> None:
        address = f"{self.portal.new_name('mail')}@example.com"
        self.portal.call("PATCH", f"{ME}/info", {"email": address}, person=self.person)
        if token := self.portal.newest_token("email"):
            case.body = {"token": token}

    def change_password(self, case: Case[Any]) -> None:
        fields(case)["current_password"] = self.person.password
        if self.often():
            others = {PASSWORD, OTHER_PASSWORD} - {self.person.password}
            fields(case)["new_password"] = self.choice.choice(sorted(others))

    def confirm_totp(self, case: Case[Any]) -> None:
        path = f"{ME}/mfa/totp/reset" if self.person.totp_secret else f"{ME}/mfa/totp"
        self.pending_secret = self.portal.call("POST", path, person=self.person)["secret"]
        case.body = {"code": self.portal.next_code(self.pending_secret)}

    def create_api_key(self, case: Case[Any]) -> None:
        self.set_expiration(case)
        if "Idempotency-Key" in case.headers and self.made_before and self.often():
            case.headers["Idempotency-Key"], case.body = self.made_before

    def set_expiration(self, case: Case[Any]) -> None:
        """A day within the year, as a date or as an instant."""
        if "expiration_date" in fields(case):
            # A key gives no later expiry than its own, which is 90 days.
            day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=self.choice.randint(10, 80))
            fields(case)["expiration_date"] = self.choice.choice([f"{day}", f"{day}T12:00:00+02:00"])

    def introspect_token(self, case: Case[Any]) -> None:
        fields(case)["token"] = self.person.key

    def create_user(self, case: Case[Any]) -> None:
        fields(case).update(environment_name="ROOT", groups=self.groups())

    def update_user(self, case: Case[Any]) -> None:
        if "groups" in fields(case):
            fields(case)["groups"] = self.groups()

    def groups(self) -> list[str]:
        """Some that there are."""
        return self.choice.choice([[], ["App Publisher"]])

    def create_group(self, case: Case[Any]) -> None:
        fields(case)["environment_name"] = self.any_case("ROOT")


def fields(case: Case[Any]) -> dict[str, Any]:
    """The members of the body; none where it is no object."""
    return cast("dict[str, Any]", case.body) if isinstance(case.body, dict) else {}


def operation_id(case: Case[Any]) -> str:
    """The operation's id in the document."""
    return str(case.operation.definition.raw["operationId"])
