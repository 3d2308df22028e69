# SPDX-License-Identifier: Apache-2.0
"""The command: see the package."""

import argparse
import pathlib
import sys
import tempfile
import time
from collections.abc import Iterator
from collections.abc import Sequence

from tests.functional import cloud
from tests.functional import wire
from tests.hostile import native
from tests.hostile import openapi
from tests.hostile import tally

#: Of each operation in a round, and of Cinder's routes.
_EACH = 4
_NATIVE = 1500

_PROJECT = 'hostile'

#: Memory is compared from here on, as a part of all requests: before, the
#: process fills its caches.
_WARM = 0.4
#: Of what it is then, at the end.
_MAX_GROWTH = 1.15


class Run:
    """Rounds, each in an empty cloud with a few resources."""

    def __init__(self, own: cloud.Cloud, seed: int) -> None:
        self._cloud = own
        self._seed = seed
        self.counts = tally.Tally()
        self._senders = [openapi.Sender(own, api, _PROJECT, self.counts)
                         for api in openapi.DOCUMENTS]
        self._native = wire.Connection(
            '%s/v3/%s' % (own.url, _PROJECT),
            {'X-Auth-Token': 'admin:' + _PROJECT})
        self._control = wire.Connection(own.endpoint['control'], {})
        #: Requests, and MiB that the cloud had resident after them.
        self.memory = [(0, self.resident())]

    def round(self) -> Iterator[None]:
        """Send one; stops after the requests to each API."""
        ids = self._furnish()
        for asked in native.requests(ids, _NATIVE, self._seed):
            native.send(self._native, asked, self.counts)
        yield
        for sender in self._senders:
            # Requests of the control API are obeyed: what there was is gone.
            ids = self._furnish()
            sender.send(_EACH, self._seed, {
                'volume_id': ids['volumes'], 'snapshot_id': ids['snapshots']})
            yield
        self._seed += 1
        self.memory.append((self.counts.total, self.resident()))

    def grown(self) -> float:
        """How many times the memory of the warm cloud it has at the end."""
        total = self.counts.total
        warm = next(size for count, size in self.memory
                    if count >= total * _WARM)
        return self.memory[-1][1] / warm

    def _furnish(self) -> dict[str, str]:
        answer = self._control.request('POST', '/reset', {'reset': {}})
        if answer.status != 200:
            raise RuntimeError('no reset: %s' % answer.text)
        client = self._cloud.client(_PROJECT)
        volume = client.volumes.create(1)
        cloud.until(lambda: client.volumes.get(volume.id).status
                    == 'available', 'the volume')
        snapshot = client.volume_snapshots.create(volume.id)
        cloud.until(lambda: client.volume_snapshots.get(snapshot.id).status
                    == 'available', 'the snapshot')
        return {'volumes': volume.id, 'snapshots': snapshot.id}

    def resident(self) -> float:
        """MiB that the cloud has now."""
        status = pathlib.Path(
            '/proc/%d/status' % self._cloud.endpoint['pid']).read_text()
        line, = (line for line in status.splitlines()
                 if line.startswith('VmRSS:'))
        return int(line.split()[1]) / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog='python -m tests.hostile', description=__doc__)
    parser.add_argument('--requests', type=int, default=100_000, metavar='N',
                        help='how many, at least (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=1,
                        help='of the first round (default: %(default)s)')
    parsed = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix='evs-fake-') as top:
        own = cloud.Cloud(pathlib.Path(top) / 'state')
        own.start()
        try:
            run = Run(own, parsed.seed)
            _send(run, parsed.requests)
        finally:
            own.kill()
    return _report(run)


def _send(run: Run, requests: int) -> None:
    """So many, at least, in whole rounds; tells how it goes."""
    start = time.monotonic()
    known = 0
    while run.counts.total < requests:
        for _part in run.round():
            seconds = time.monotonic() - start
            _tell('%d requests, %d s, %.0f/s, %.0f MiB' % (
                run.counts.total, seconds, run.counts.total / seconds,
                run.resident()))
            wrong = run.counts.wrong()
            for line in wrong[known:]:
                _tell('wrong: ' + line)
            known = len(wrong)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _report(run: Run) -> int:
    for api, statuses in run.counts.statuses().items():
        print('%-8s %s' % (api, '  '.join(
            '%d: %d' % each for each in statuses.items())))
    grown = run.grown()
    print('memory: %s MiB; %.2f times that of the warm cloud' % (
        ', '.join('%.0f' % size for _count, size in run.memory), grown))
    wrong = run.counts.wrong()
    print('wrong: %d kinds' % len(wrong))
    for line in wrong:
        print('  ' + line)
    return int(bool(wrong) or grown > _MAX_GROWTH)


if __name__ == '__main__':
    sys.exit(main())
