"""HiGHS without its stray lines: it may write one to standard output when it repairs a solution, past every switch."""

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

STRAY = b"HighsMipSolverData::"
_ONE_AT_A_TIME = Lock()  # file descriptor 1 belongs to the whole process


@contextmanager
def without_stray_lines() -> Iterator[None]:
    """Drop the lines that HiGHS writes to file descriptor 1 meanwhile; whatever else is written arrives afterwards."""
    with _ONE_AT_A_TIME, tempfile.TemporaryFile() as written:
        _flush()
        try:
            kept = os.dup(1)
        except OSError:  # no standard output, as in a service: nothing to keep clean
            yield
            return
        os.dup2(written.fileno(), 1)
        try:
            yield
        finally:
            _flush()
            os.dup2(kept, 1)
            os.close(kept)
            written.seek(0)
            for line in written:
                if not line.startswith(STRAY):
                    os.write(1, line)


def _flush() -> None:
    """Write out what Python and C still hold back for standard output."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)
