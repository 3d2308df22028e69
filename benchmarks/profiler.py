# SPDX-License-Identifier: Apache-2.0
"""Profile a cloud with py-spy while a client creates snapshots."""

import os
import pathlib
import shutil
import subprocess
import sys

from benchmarks import client as bench_client
from benchmarks import clouds
from benchmarks import operations

SECONDS = 10


def find() -> str | None:
    """Return the path of py-spy, beside this Python or on the PATH."""
    beside = str(pathlib.Path(sys.executable).parent)
    return shutil.which('py-spy', path=os.pathsep.join(
        (beside, os.environ.get('PATH', os.defpath))))


def profile(cloud: clouds.Cloud, target: pathlib.Path) -> None:
    """Write a flame graph of SECONDS seconds of creating snapshots.

    :param target: the SVG file to write
    :raises BenchmarkError: py-spy failed, for instance because it may not
        trace the process
    """
    client = bench_client.Client(cloud.url)
    client.lift_quotas()
    volume = client.make_volume()
    with subprocess.Popen(
            (find(), 'record', '--pid', str(cloud.pid), '--output',
             str(target), '--duration', str(SECONDS)),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True) as spy:
        try:
            while spy.poll() is None:
                operations.timed_create(client, volume)
        finally:
            spy.terminate()
        _, complaint = spy.communicate()
    client.close()
    if spy.returncode:
        raise bench_client.BenchmarkError(
            f'py-spy ended with {spy.returncode}: {complaint.strip()}')
