"""Deploys the service into the emulator and runs the scenarios against it; see the README beside this file."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import verdicts
from aws import clients
from deploy import deploy
from emulator import running
from logs import log_lines
from packages import ROOT, of_debug_build, of_sam_build
from report import report
from roles import check_that_roles_bind
from verdicts import Verdicts

FOLDER = ROOT / "target/deployed"
PACKAGES = {"debug": of_debug_build, "sam": of_sam_build}


def main() -> int:
    """0 when all is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", choices=PACKAGES, default="debug", help="what builds the functions' packages")
    parser.add_argument("--keep", action="store_true", help="leave the deployment running, and run no scenario")
    parser.add_argument("filters", nargs="*", help="run the scenarios whose names hold one of these")
    options = parser.parse_args()
    # The emulator is ended too when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with running(FOLDER) as port:
        description = FOLDER / "deployment.json"
        site = deploy(clients(port), port, PACKAGES[options.packages])
        description.write_text(json.dumps(site, indent=1))
        check_that_roles_bind(port, list(site["functions"].values()), site["table_name"])
        print(f"deployed after {time.monotonic() - began:.0f} s", flush=True)
        if options.keep:
            print(f"SCENARIOS_DEPLOYMENT={description}", flush=True)
            signal.pause()
        found = run_scenarios(description, options.filters)
        lines = list(log_lines(clients(port), FOLDER / "functions.log"))
    is_fine = report(found, lines, FOLDER / "verdicts.txt", is_whole=not options.filters)
    print(f"{time.monotonic() - began:.0f} s; verdicts and logs are in {FOLDER.relative_to(ROOT)}")
    return 0 if is_fine else 1


def run_scenarios(description: Path, filters: list[str]) -> Verdicts:
    """One after the other: they share the deployment."""
    command = ["cargo", "test", "--quiet", "--package", "scenarios", "--test", "it", "--no-fail-fast", "--"]
    command += ["--test-threads=1", "--show-output", "--format=pretty", *filters]
    environment = {**os.environ, "SCENARIOS_DEPLOYMENT": str(description), "RUST_BACKTRACE": "0"}
    log = FOLDER / "scenarios.log"
    # Apart: what programs that scenarios start write there would come between the lines that are read here.
    with log.open("w") as output, log.with_suffix(".errors.log").open("w") as errors:
        subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=errors, check=False)
    return verdicts.read(log.read_text())


if __name__ == "__main__":
    sys.exit(main())
