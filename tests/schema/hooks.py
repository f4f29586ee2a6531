"""What Schemathesis loads for one pass: who sends the cases, what makes them meaningful, and what every answer has."""

from __future__ import annotations

import atexit
import json
import os
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response
from schemathesis.core.failures import Failure

from portal import Portal
from preparation import Preparation, fields, operation_id

# A case before took from the caller what the next ones need.
LOST = {
    "unauthenticated", "session-expired", "key-expired", "step-up-required", "role-required",
    "mfa-enrolment-required", "too-many-attempts", "limit-reached",
}  # fmt: skip
# A valid request may be refused for these, which are no matter of form.
NOT_OF_FORM = (
    "?cursor", "/environment_name", "/groups", "/expiration_date", "/code", "/recovery_code", "/overlap_seconds",
)  # fmt: skip
EVERY_ANSWER = {"x-content-type-options": "nosniff", "cache-control": "no-store"}

WITH_KEY = os.environ["SCHEMA_PASS"] == "key"
portal = Portal(os.environ["SCHEMA_ORIGIN"])
portal.sign_in(portal.keeper)
portal.enable_mfa(portal.keeper)
preparation = Preparation(portal, portal.new_administrator(), random.Random(int(os.environ["SCHEMA_SEED"])))
tally: dict[str, Counter[str]] = {}


def credential() -> str:
    """The value that the person sends in this pass."""
    return preparation.person.key if WITH_KEY else preparation.person.session


@schemathesis.auth(refresh_interval=None, retry_on=[])
class Credential:
    """The person's credential: taken anew for every case."""

    def get(self, _case: Case[Any], _ctx: schemathesis.AuthContext) -> str:
        return credential()

    def set(self, case: Case[Any], data: str, _ctx: schemathesis.AuthContext) -> None:
        if WITH_KEY:
            case.headers["apikey"] = data
        else:
            case.cookies["__Host-session"] = data


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Makes a valid case meaningful. What that changes, the caller's credential included, is sent."""
    preparation.keep_off_keeper(case)
    if not is_valid(case):
        return
    before = credential()
    preparation.apply(case)
    if case.headers.get("apikey") == before:
        case.headers["apikey"] = credential()
    if case.cookies.get("__Host-session") == before:
        case.cookies["__Host-session"] = credential()
    if operation_id(case) in {"sign_in", "answer_challenge"}:
        case.cookies["__Host-device"] = preparation.person.device


@schemathesis.hook
def after_call(_context: HookContext, case: Case[Any], response: Response) -> None:
    """Keeps in step with what a case changed, and sends somebody else where the caller lost what the next ones need."""
    operation, done = operation_id(case), 200 <= response.status_code < 300
    if operation == "update_account_settings" and done:
        portal.restore_policy()
    if operation == "create_api_key" and done and is_valid(case) and "Idempotency-Key" in case.headers:
        preparation.made_before = (case.headers["Idempotency-Key"], case.body)
    if done and not WITH_KEY:
        keep_in_step(operation, case, response)
    if problem(response) in LOST and sent_credential(response):
        preparation.send_somebody_else()


def keep_in_step(operation: str, case: Case[Any], response: Response) -> None:
    """Knows what the case changed about the person who sent it."""
    match operation:
        case "sign_out" | "end_session":
            preparation.send_somebody_else()
        case "step_up":
            cookies = [line.split(";")[0].split("=", 1) for line in response.headers["set-cookie"]]
            preparation.person.session = dict(cookies)["__Host-session"]
        case "change_password":
            preparation.person.password = fields(case)["new_password"]
        case "confirm_totp":
            preparation.person.totp_secret = preparation.pending_secret
        case "disable_totp":
            preparation.person.totp_secret = ""


def sent_credential(response: Response) -> bool:
    """Whether the request had the person's credential, not one that a case had made up or left out."""
    headers = response.request.headers
    return credential() in f"{headers.get('apikey')} {headers.get('cookie')}"


def problem(response: Response) -> str:
    """The problem's name, or nothing."""
    if response.status_code < 400:
        return ""
    try:
        return str(response.json()["type"]).removeprefix("/problems/")
    except (ValueError, KeyError, TypeError):
        return ""


def is_valid(case: Case[Any]) -> bool:
    """Whether the document allows the request."""
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, case: Case[Any], _response: Response) -> bool:
    """Leaves out what is no failure: a list as a header's value is on the wire a header that came twice.

    Contract: one that came twice alike counts once, so what was sent may fit the document after all.
    """
    if failure.code != "ST201" or "in header - incorrect type" not in failure.message:
        return True
    parameters = case.operation.schema.raw_schema["components"]["parameters"].values()
    patterns = {item["name"]: item["schema"]["pattern"] for item in parameters if item["in"] == "header"}
    for name, pattern in patterns.items():
        values = set(re.split(r"\s*,\s*", str(case.headers[name]))) if name in case.headers else set()
        if len(values) > 1 or not all(re.search(pattern, value) for value in values):
            return True
    return False


@schemathesis.check
def headers_of_every_answer(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Contract: what every answer has, whatever it is. Counts the case, since a check sees each of them once."""
    count(case, response)
    found = {name: (response.headers.get(name) or [""])[0] for name in (*EVERY_ANSWER, "x-request-id")}
    assert found.pop("x-request-id"), "no x-request-id"
    assert found == EVERY_ANSWER


@schemathesis.check
def valid_form_is_accepted(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """What the document allows is refused as `invalid-request` only where a rule is not one of form."""
    if is_valid(case) and problem(response) == "invalid-request":
        errors = response.json()["errors"]
        assert all(error["pointer"].startswith(NOT_OF_FORM) for error in errors), f"refused: {errors}"


def count(case: Case[Any], response: Response) -> None:
    """Adds the case to what is judged at the end."""
    of_operation = tally.setdefault(operation_id(case), Counter())
    of_operation["cases"] += 1
    of_operation[str(response.status_code)] += 1
    if is_valid(case):
        of_operation["valid"] += 1
        of_operation["valid and done"] += 200 <= response.status_code < 300


@atexit.register
def write_tally() -> None:
    """Tells the program that started this pass what was tried."""
    Path(os.environ["SCHEMA_TALLY"]).write_text(json.dumps(tally), encoding="utf-8")
