"""What the README beside this file explains."""

from __future__ import annotations

import re
from pathlib import Path

TEXT = (Path(__file__).parent / "README.md").read_text()


def explained(heading: str) -> set[str]:
    """The first column of the table below that heading."""
    section = TEXT.split(f"\n### {heading}\n")[1].split("\n#")[0]
    rows = re.findall(r"^\| ([^|]+?) \|", section, re.MULTILINE)
    return set(rows[1:])
