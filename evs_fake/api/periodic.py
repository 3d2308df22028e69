# SPDX-License-Identifier: Apache-2.0
"""What the APIs do by themselves, again and again.

A process that serves an API runs its tasks, in threads of its own. Several
processes may serve it: a task runs in one at a time, under a lock of
Cinder's coordination, and takes what it has to do, and when, from the
database. So it does not matter which process that is, nor whether it is the
one that ran last.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

import futurist
from cinder import context as cinder_context
from cinder import coordination
from cinder import exception as cinder_exception
from futurist import periodics
from oslo_log import log as logging
from oslo_utils import timeutils

LOG = logging.getLogger(__name__)

#: Tells the time: UTC, without a zone, as Cinder's database has it.
Clock = Callable[[], datetime.datetime]

@dataclasses.dataclass(frozen=True)
class Task:
    """One thing to do.

    :ivar name: of its lock, too; one of a kind.
    :ivar interval: seconds from one run to the next.
    :ivar run: is given an administrator's context and the time, UTC without
        a zone. What it raises goes to the log, and the next run comes all
        the same.
    """

    name: str
    interval: float
    run: Callable[[cinder_context.RequestContext, datetime.datetime], None]


_declared: dict[str, Task] = {}
#: Names of the tasks that each process, by its id, runs.
_running: dict[int, frozenset[str]] = {}
_lock = threading.Lock()


def serve(application: Callable, tasks: Iterable[Task]) -> Callable:
    """Have tasks run where a WSGI application is served.

    They begin with the first request, or with :func:`start`: a server may
    load an application before it forks, and threads do not outlive that.
    """
    _declared.update((task.name, task) for task in tasks)

    def serving(environ, start_response):
        start()
        return application(environ, start_response)

    return serving


def start() -> None:
    """Run the tasks of what this process serves, if it does not yet.

    The first run is an interval away: nothing of this delays a start.
    """
    pid = os.getpid()
    if len(_running.get(pid, ())) == len(_declared):
        return
    with _lock:
        new = [task for name, task in _declared.items()
               if name not in _running.get(pid, ())]
        _running[pid] = frozenset(_declared)
    if not new:
        return
    worker = periodics.PeriodicWorker(
        [(_periodic(task), (), {}) for task in new],
        # No task waits for another.
        executor_factory=lambda: futurist.ThreadPoolExecutor(len(new)))
    threading.Thread(target=worker.start, daemon=True,
                     name='evs-fake-periodic').start()


def run(task: Task, clock: Clock = timeutils.utcnow) -> bool:
    """Run a task once, unless another process is at it.

    :returns: whether it ran; its failure is logged and no error.
    """
    try:
        lock = coordination.COORDINATOR.get_lock('evs-fake-' + task.name)
    except cinder_exception.LockCreationFailed:
        # The process has not begun to serve, or is about to end.
        return False
    if not lock.acquire(blocking=False):
        return False
    try:
        task.run(cinder_context.get_admin_context(), clock())
    except Exception:
        LOG.exception('Task %s of evs-fake failed; it will be tried again.',
                      task.name)
    finally:
        lock.release()
    return True


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Have no task run meanwhile, in any process; waits for those that do."""
    with contextlib.ExitStack() as stack:
        for name in sorted(_declared):
            stack.enter_context(coordination.COORDINATOR.get_lock(
                'evs-fake-' + name))
        yield


def tenant(project_id: str, user_id: str | None = None
           ) -> cinder_context.RequestContext:
    """The context of what a task does in somebody's project.

    Nobody's roles are known by then: they counted when it was asked for.
    """
    return cinder_context.RequestContext(
        user_id=user_id, project_id=project_id, is_admin=True,
        roles=['admin', 'member', 'reader'], overwrite=False)


def _periodic(task: Task) -> Callable[[], bool]:
    @periodics.periodic(task.interval)
    def once() -> bool:
        return run(task)

    return once
