"""The functions' packages: a zip with a `bootstrap` each."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Gives the package of the function with this logical id and this folder.
Packages = Callable[[str, str], bytes]


def of_debug_build(_: str, folder: str) -> bytes:
    """From what `cargo build --workspace` leaves, without the names that only a debugger reads."""
    binary = ROOT / "target/debug" / folder
    stripped = ROOT / "target/deployed/bootstrap" / folder
    stripped.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["strip", "-o", stripped, binary], check=True)
    return zipped(stripped)


def of_sam_build(logical_id: str, _: str) -> bytes:
    """From what `sam build` leaves."""
    return zipped(ROOT / ".aws-sam/build" / logical_id / "bootstrap")


def zipped(binary: Path) -> bytes:
    """A package with that binary."""
    package = io.BytesIO()
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(package, "w") as archive:
        # Packed lightly: it is unpacked a moment later, on the same disk.
        archive.writestr(entry, binary.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return package.getvalue()
