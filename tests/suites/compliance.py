# SPDX-License-Identifier: Apache-2.0
"""Cinder's own tests of what a driver must have, run on ours."""

import importlib.util
import pathlib
import subprocess
import sys
import tempfile

from tests.suites import clouds
from tests.suites import result

#: Cinder's tests are of all drivers that were imported, beside those of its
#: own tree; their names do not tell which. These come first: they have
#: eventlet replace threads, and what was imported before would wait for ever.
_RUN = """\
import cinder.tests.unit
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
    # Files, as eventlet would wait for a pipe that is full for ever.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        subprocess.run(
            [sys.executable, '-c', _RUN],
            # Cinder's tests look for its drivers from here.
            cwd=pathlib.Path(
                importlib.util.find_spec('cinder').origin).parents[1],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            env=clouds.environment())
        out.seek(0)
        err.seek(0)
        return result.read(out.read(),
                           err.read().decode(errors='replace'))
