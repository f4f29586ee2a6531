"""Runs the emulator, without two of its waits, which show nothing and cost 40 to 90 ms of each request."""

from __future__ import annotations

import socketserver

from ministack.app import main
from ministack.core.lambda_runtime import Worker

# The runtime API sends an event's head and body apart, and the second waits for the first one's acknowledgement.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True
# After each answer it waits so long for a log line (default 50 ms); a line that comes later is read with the next.
Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.002, 0.250)  # noqa: SLF001 - it has no setting for this

if __name__ == "__main__":
    main()
