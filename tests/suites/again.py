# SPDX-License-Identifier: Apache-2.0
"""A suite again and again on one cloud, and on a saved state of it.

A cloud that has been through a suite must be as it was: what a test leaves
behind, or breaks for those after it, shows in a second run.
"""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator

from tests.functional import cloud
from tests.functional import target
from tests.suites import clouds
from tests.suites import contents
from tests.suites import result

#: The state that is saved after the first run, with all that it wrote.
_STATE = 'used'


def run(suite: Callable[[cloud.Cloud], result.Result],
        tell: Callable[[str], None]) -> bool:
    """Run a suite three times, the last time on a state that was restored.

    Volumes are served by an iSCSI target daemon where there is one.

    :param suite: runs the suite against a cloud.
    :param tell: told what came of it, line by line.
    :returns: whether nothing failed, all runs had the same result, and none
        left anything.
    """
    with _daemon(tell) as daemon, clouds.started(daemon) as running:
        before = contents.of(running, daemon)
        fine = True
        first: result.Result | None = None
        for name in ('first run', 'second run', 'restored state'):
            if name == 'restored state':
                _state(running, 'load')
            ended = suite(running)
            first = first or ended
            if not ended.fine:
                tell(ended.report)
            tell(ended.summary(name))
            differ = sorted(
                test for test in {*first.statuses, *ended.statuses}
                if first.statuses.get(test) != ended.statuses.get(test))
            left = contents.left(before, contents.of(running, daemon))
            for test in differ:
                tell('  differs from the first run: ' + test)
            for where, what in left.items():
                tell('  left in %s: %s' % (where, what))
            fine = fine and ended.fine and not differ and not left
            if name == 'first run':
                _state(running, 'save')
        tell('nothing failed, differed or was left' if fine else 'not fine')
        return fine


@contextlib.contextmanager
def _daemon(tell: Callable[[str], None]
            ) -> Iterator[target.TargetDaemon | None]:
    packages = target.missing()
    if packages:
        tell('without an iSCSI target: it takes ' + packages)
        yield None
    else:
        with target.TargetDaemon() as daemon:
            yield daemon


def _state(running: cloud.Cloud, action: str) -> None:
    subprocess.run(
        [sys.executable, '-m', 'evs_fake.cmd.evs_fake', 'state', action,
         _STATE, '--state-dir', str(running.state_dir)],
        check=True, stdout=subprocess.DEVNULL, timeout=cloud.TIMEOUT)
