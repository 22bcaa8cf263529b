"""Interruptions that always end the program."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_S = 15.0
INTERRUPTED = 130
"""Exit code, as shells use it for a program ended by Ctrl-C."""


@contextmanager
def ending_when_interrupted(keep: Callable[[], None], grace_s: float = GRACE_S) -> Iterator[None]:
    """Raise KeyboardInterrupt in the block on Ctrl-C or SIGTERM, and see to it that it ends.

    Under load a KeyboardInterrupt may get lost inside a library, or one that waits for its worker
    processes may hang. So where the program still runs `grace_s` after the signal, `keep` is
    called from a thread and the process ends with exit code 130.
    """

    def end() -> None:
        try:
            keep()
        finally:
            os._exit(INTERRUPTED)

    timer = threading.Timer(grace_s, end)
    timer.daemon = True

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not timer.ident:  # not yet started
            timer.start()
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
