# SPDX-License-Identifier: Apache-2.0
"""Cinder's own tests of what a driver must have, run on ours."""

import importlib.util
import pathlib
import subprocess
import sys

from tests.suites import clouds
from tests.suites import result

#: Cinder's tests are of all drivers that were imported, beside those of its
#: own tree; their names do not tell which.
_RUN = """\
from cinder import objects
from cinder.interface import util
from subunit import run

objects.register_all()
import evs_fake.cloud.backup
import evs_fake.volume.driver

tested = {driver.class_fqn for driver in (
    *util.get_volume_drivers(), *util.get_backup_drivers())}
assert {'evs_fake.volume.driver.EVSFakeDriver',
        'evs_fake.cloud.backup.PosixBackupDriver'} <= tested, tested
run.main(argv=['subunit.run', 'discover', '-t', '.',
               'cinder/tests/compliance'])
"""


def run() -> result.Result:
    """Run all of Cinder's compliance tests."""
    ended = subprocess.run(
        [sys.executable, '-c', _RUN],
        # Cinder's tests look for its drivers from here.
        cwd=pathlib.Path(
            importlib.util.find_spec('cinder').origin).parents[1],
        stdin=subprocess.DEVNULL, capture_output=True,
        env=clouds.environment())
    return result.read(ended.stdout, ended.stderr.decode(errors='replace'))
