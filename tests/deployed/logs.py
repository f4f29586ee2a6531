"""What the functions logged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aws import Clients


def log_lines(of: Clients, file: Path) -> Iterator[str]:
    """Every line; it also goes to `file`."""
    logs = of("logs")
    with file.open("w") as copy:
        for group in logs.describe_log_groups()["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            for event in (event for page in pages for event in page["events"]):
                line = event["message"].rstrip()
                copy.write(f"{group['logGroupName']} {line}\n")
                yield line
