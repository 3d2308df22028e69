# SPDX-License-Identifier: Apache-2.0
"""Guru Meditation Reports, as of Cinder's own processes."""

import gc
import pathlib
import signal
from types import FrameType

from cinder import version


def set_up(directory: pathlib.Path) -> None:
    """Have SIGUSR2 write the stacks of all threads into a directory.

    Also the configuration, without secrets. Call it from the main thread.
    """
    def handle(_signum: int, frame: FrameType | None) -> None:
        # It brings a template engine, for what hardly anybody asks for.
        from oslo_reports import guru_meditation_report
        # Python 3.11 lists its threads under a lock that each new thread
        # needs, and may collect garbage meanwhile, which waits for the
        # others: it never ends (CPython's issue 106883).
        gc.disable()
        try:
            guru_meditation_report.TextGuruMeditation.handle_signal(
                version, 'evs-fake', str(directory), frame)
        finally:
            gc.enable()

    signal.signal(signal.SIGUSR2, handle)
