# SPDX-License-Identifier: Apache-2.0
"""A throw-away cloud for the demo."""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from evs_fake.cloud import exception

_PATIENCE_SECONDS = 30


@contextlib.contextmanager
def throw_away() -> Iterator[str]:
    """Run ``evs-fake serve`` on a temporary directory.

    :returns: the URL of the cloud.
    :raises CloudError: if it does not start.
    """
    with tempfile.TemporaryDirectory(prefix='evs-fake-demo-') as top:
        state_dir = pathlib.Path(top) / 'state'
        process = subprocess.Popen(  # noqa: S603 - our own command  # nosec B603
            [sys.executable, '-m', 'evs_fake.cmd.evs_fake', 'serve',
             '--port', '0', '--cbr-port', '0', '--state-dir', str(state_dir)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        try:
            if not process.stdout.readline():
                raise exception.CloudError(
                    'the demo\'s cloud did not start; what it said is above.')
            yield json.loads(
                (state_dir / 'endpoint.json').read_text())['url']
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
