"""The deployment's template, as far as it must be made ready for the emulator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]

# What the emulator takes in no form, each with the reason that it gives; the README's table names each.
DROPPED = {
    "BackgroundErrorsAlarm": "an alarm on several metrics",
    "DurationAlarm": "an alarm on several metrics",
    "FunctionErrorsAlarm": "an alarm on several metrics",
    "HashingDurationAlarm": "an alarm on several metrics",
    "ThrottlesAlarm": "an alarm on several metrics",
}

FUNCTION = "AWS::Serverless::Function"
SECRET = "AWS::SecretsManager::Secret"


def read(text: str) -> Template:
    """A template in YAML, its short forms written out."""
    template: Template = yaml_parse(text)
    return template


def folders(template: Template) -> dict[str, str]:
    """Each function's folder by its logical id."""
    functions = of_type(template, FUNCTION)
    return {name: PurePosixPath(function["Properties"]["CodeUri"]).name for name, function in functions.items()}


def place_packages(template: Template, place: Callable[[str], str]) -> None:
    """Puts the place of its package into each function, as `sam package` does."""
    for name, function in of_type(template, FUNCTION).items():
        function["Properties"]["CodeUri"] = place(name)


def drop(template: Template) -> None:
    """Leaves out what the emulator does not take. A name that is not there, or that others refer to, is a fault."""
    for name in DROPPED:
        del template["Resources"][name]


def correct(template: Template) -> None:
    """Writes differently what the emulator takes in another sense than AWS; the README's table names each."""
    secrets = of_type(template, SECRET)
    template["Resources"] = corrected(template["Resources"], secrets)


def corrected(value: Any, secrets: Template) -> Any:
    """The same for a part of it."""
    match value:
        # A secret's Ref is its ARN, and its name with the emulator.
        case {"Ref": name} if name in secrets:
            return {"Fn::GetAtt": [name, "Arn"]}
        # A mail is sent as an identity, to which its sender belongs; the emulator asks for neither.
        case {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": _}:
            return {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
        case dict():
            return {name: corrected(member, secrets) for name, member in value.items()}
        case list():
            return [corrected(member, secrets) for member in value]
        case _:
            return value


def of_type(template: Template, kind: str) -> Template:
    """The resources of that type."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}
