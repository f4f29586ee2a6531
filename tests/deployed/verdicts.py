"""What became of each scenario, read from what the test runner printed."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

# What the harness says of a scenario whose world is in the deployment.
DEPLOYED = re.compile(r"^in the deployment$", re.MULTILINE)
PANIC = re.compile(r"^thread '.*' .*panicked at .*:\n(.*)$", re.MULTILINE)
# How it ends one that cannot be answered there: it needs the local stack, or would meet a habit of the emulator.
DOOR = "needs a local door: "
DIFFERENCE = "the emulator differs: "

RUNNING = re.compile(r"^running (\d+) tests?$", re.MULTILINE)
RESULT = re.compile(r"^test (\S+) \.\.\. (ok|FAILED)$", re.MULTILINE)
LISTS = re.compile(r"^(?:successes|failures):$", re.MULTILINE)
BLOCK = re.compile(r"^---- (\S+) stdout ----$", re.MULTILINE)


@dataclass
class Verdicts:
    """All scenarios that were asked for."""

    passed: list[str] = field(default_factory=list)
    # They ask no service: what they read is in this repository.
    elsewhere: list[str] = field(default_factory=list)
    # By the door that they need, or by what the emulator does otherwise.
    doors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    differences: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    failed: dict[str, str] = field(default_factory=dict)


def read(output: str) -> Verdicts:
    """From the output of libtest with `--show-output` and one thread."""
    parts = BLOCK.split(output)
    printed = {name: LISTS.split(text)[0] for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    results = RESULT.findall(output)
    announced = RUNNING.search(output)
    if announced is None or int(announced[1]) != len(results):
        raise SystemExit("the scenarios did not come to an end: see their log")
    verdicts = Verdicts()
    for name, result in results:
        put(verdicts, name, printed.get(name, ""), is_ok=result == "ok")
    return verdicts


def put(verdicts: Verdicts, name: str, text: str, *, is_ok: bool) -> None:
    """Puts a scenario where it belongs. Its first panic says why it ended: those after it follow from it."""
    if is_ok:
        (verdicts.passed if DEPLOYED.search(text) else verdicts.elsewhere).append(name)
        return
    panic = PANIC.search(text)
    reason = panic[1] if panic else ""
    if reason.startswith(DOOR):
        verdicts.doors[reason.removeprefix(DOOR)].append(name)
    elif reason.startswith(DIFFERENCE):
        verdicts.differences[reason.removeprefix(DIFFERENCE)].append(name)
    else:
        verdicts.failed[name] = text.strip()
