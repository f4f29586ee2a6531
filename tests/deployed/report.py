"""Says what became of the scenarios, and whether that is as it should be."""

from __future__ import annotations

import re
from pathlib import Path

from readme import explained
from verdicts import Verdicts

# Fewer, and something keeps scenarios from being tried.
PASSED_AT_LEAST = 300
# The value of an API key, whole.
KEY_VALUE = re.compile(r"upk_[0-9A-Za-z]{30,}")


def report(found: Verdicts, lines: list[str], listing: Path, *, is_whole: bool) -> bool:
    """Prints it, lists each scenario in a file, and says whether there is no fault."""
    for name, text in found.failed.items():
        print(f"\n---- {name}\n{text}")
    listing.write_text(listed(found))
    doors, differences = count(found.doors), count(found.differences)
    print_counts("needs a local door", found.doors)
    print_counts("the emulator differs", found.differences)
    faults = faults_of_reasons(found, is_whole=is_whole) + faults_of_log(lines)
    if not found.passed or (is_whole and len(found.passed) < PASSED_AT_LEAST):
        faults.append(f"{len(found.passed)} scenarios passed; of all, {PASSED_AT_LEAST} should")
    for fault in faults:
        print(f"fault: {fault}")
    asked = len(found.passed) + len(found.failed) + doors + differences
    print(f"\n{asked} scenarios ask a service, {len(found.elsewhere)} ask none")
    print(f"{len(found.passed)} passed, {len(found.failed)} failed, {doors} need a door, {differences} would differ")
    return not found.failed and not faults


def listed(found: Verdicts) -> str:
    """Each scenario with its verdict."""
    verdicts = [(name, "passed") for name in found.passed] + [(name, "failed") for name in found.failed]
    verdicts += [(name, "asks no service") for name in found.elsewhere]
    verdicts += [(name, f"needs a local door: {door}") for door, names in found.doors.items() for name in names]
    verdicts += [(name, f"the emulator differs: {what}") for what, names in found.differences.items() for name in names]
    return "".join(f"{name}: {verdict}\n" for name, verdict in sorted(verdicts))


def print_counts(title: str, reasons: dict[str, list[str]]) -> None:
    """Most frequent first."""
    print(f"\n{title} ({count(reasons)}):")
    for reason, names in sorted(reasons.items(), key=lambda one: -len(one[1])):
        print(f"{len(names):5} {reason}")


def count(reasons: dict[str, list[str]]) -> int:
    """Scenarios, whatever the reason."""
    return sum(len(names) for names in reasons.values())


def faults_of_reasons(found: Verdicts, *, is_whole: bool) -> list[str]:
    """The README explains each reason not to run a scenario, and no other."""
    faults = []
    for heading, met in (("Doors", set(found.doors)), ("Differences", set(found.differences))):
        known = explained(heading)
        faults += [f"the README does not explain {reason!r}" for reason in sorted(met - known)]
        if is_whole:
            faults += [f"no scenario met {reason!r}: take it from the README" for reason in sorted(known - met)]
    return faults


def faults_of_log(lines: list[str]) -> list[str]:
    """What the functions' logs say, and should not."""
    print(f"\nthe functions logged {len(lines)} lines")
    faults = [f"a grant is missing: {line}" for line in lines if "AccessDenied" in line][:10]
    faults += [f"the value of a key was logged: {line[:40]}…" for line in lines if KEY_VALUE.search(line)][:10]
    if not any('"event":' in line for line in lines):
        faults.append("the functions' logs were not found")
    return faults
