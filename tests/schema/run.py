"""Tries the contract: Schemathesis makes cases from `infra/openapi.yaml`, as a session and as an API key."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DOCUMENT = ROOT / "infra/openapi.yaml"
PASSES = ("session", "key")
METHODS = {"get", "post", "put", "patch", "delete"}


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    binary: Path
    cases: int
    examples: int
    seed: int
    share: float


def read_options() -> Options:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/debug/local", help="the local stack")
    parser.add_argument("--cases", type=int, default=20_000, help="fewer in both passes together fail")
    parser.add_argument("--examples", type=int, default=330, help="generated cases per operation and pass")
    parser.add_argument("--seed", type=int, default=20_270_519, help="the same cases for the same seed")
    parser.add_argument("--share", type=float, default=0.5, help="of the valid cases, so many must succeed")
    return Options(**vars(parser.parse_args()))


def start_stack(binary: Path, log: Path) -> tuple[subprocess.Popen[str], str]:
    """A stack of its own that keeps nothing, and where it listens."""
    command = [str(binary), "--memory", "--test-doors", "--listen", "127.0.0.1:0"]
    command += ["--demo-password", "plover-Quagmire-7-tundra"]
    with log.open("w", encoding="utf-8") as errors:
        stack = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    for line in stack.stdout or ():
        if found := re.match(r"listening on (\S+)$", line):
            return stack, found[1]
    raise SystemExit(f"{binary} does not start:\n{log.read_text(encoding='utf-8')}")


def run_pass(name: str, options: Options, folder: Path) -> tuple[bool, dict[str, dict[str, int]]]:
    """One pass on a stack of its own: whether every check held, and what was tried."""
    stack, origin = start_stack(options.binary, folder / f"{name}.stack.log")
    tally = folder / f"{name}.json"
    settings = {"PASS": name, "ORIGIN": origin, "SEED": str(options.seed), "TALLY": str(tally)}
    environment = os.environ | {f"SCHEMA_{key}": value for key, value in settings.items()}
    environment |= {"PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", str(DOCUMENT)]
    command += [
        "--origin",
        origin,
        "--checks",
        "all",
        "--exclude-checks",
        "positive_data_acceptance",
        "--seed",
        str(options.seed),
        "--no-color",
    ]
    command += ["--max-examples", str(options.examples)]
    try:
        with (folder / f"{name}.log").open("w", encoding="utf-8") as log:
            done = subprocess.run(command, cwd=HERE, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
        return done.returncode == 0, json.loads(tally.read_text(encoding="utf-8")) if tally.exists() else {}
    finally:
        stack.terminate()
        stack.wait()


def within_reach(name: str) -> set[str]:
    """The operations that can succeed in a pass: open ones, and those whose `security` lists its credential."""
    schemes = {"session": "session", "key": "apiKey"}
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    operations = [item[method] for item in document["paths"].values() for method in METHODS & item.keys()]
    return {
        operation["operationId"]
        for operation in operations
        if not operation["security"] or any(not way or schemes[name] in way for way in operation["security"])
    }


def judge(name: str, tally: dict[str, dict[str, int]], options: Options) -> list[str]:
    """What is wrong with a pass; prints its figures."""
    reached = within_reach(name)
    total = {figure: sum(counts.get(figure, 0) for counts in tally.values()) for figure in ("cases", "valid")}
    valid = sum(counts.get("valid", 0) for operation, counts in tally.items() if operation in reached)
    done = sum(counts.get("valid and done", 0) for operation, counts in tally.items() if operation in reached)
    share = done / max(valid, 1)
    unreached = sorted(operation for operation in reached if not tally.get(operation, {}).get("valid and done"))
    print(
        f"as {name}: {total['cases']} cases, {total['valid']} of them valid; {len(reached) - len(unreached)} of "
        f"{len(reached)} operations within reach succeeded, and {share:.0%} of their valid cases"
    )
    faults = [f"as {name}: no valid case of these succeeded: {', '.join(unreached)}"] if unreached else []
    faults += [f"as {name}: only {share:.0%} of the valid cases succeeded"] if share < options.share else []
    return faults


def main() -> None:
    """Both passes side by side."""
    options = read_options()
    folder = Path(tempfile.mkdtemp(prefix="schema-"))
    print(f"seed {options.seed}; all that was said is in {folder}", flush=True)
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda name: run_pass(name, options, folder), PASSES))
    faults: list[str] = []
    for name, (held, tally) in zip(PASSES, results, strict=True):
        if not held:
            print((folder / f"{name}.log").read_text(encoding="utf-8"))
            faults.append(f"as {name}: a check did not hold")
        faults += judge(name, tally, options)
    cases = sum(counts["cases"] for _, tally in results for counts in tally.values())
    faults += [f"only {cases} cases were tried"] if cases < options.cases else []
    for fault in faults:
        print(f"FAILED {fault}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
