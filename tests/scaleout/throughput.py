# SPDX-License-Identifier: Apache-2.0
"""Snapshots made and lists answered in a second, and what bounds them.

Run by ``python -m tests.scaleout throughput``, with one and with two of each
service in turns; the figures that count are ratios.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import statistics
import time
import uuid
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

from benchmarks import client as bench_client
from tests.scaleout import deployment

#: Clients at a time.
CLIENTS = 16

#: Seconds that they go on.
_SECONDS = 15

#: What the servers that are not the deployment's own are called by /proc.
_SERVERS = {'postgres': 'database', 'mariadbd': 'database',
            'beam.smp': 'RabbitMQ', 'redis-server': 'Redis'}


@dataclasses.dataclass(frozen=True)
class Sample:
    """One measurement.

    :ivar rate: good answers (of creations: available snapshots) a second.
    :ivar cpu: cores that were busy, by what they were busy with.
    """

    rate: float
    cpu: Mapping[str, float]


class _Meter:
    """CPU time of everything that takes part."""

    def __init__(self, running: deployment.Deployment) -> None:
        self._running = running
        self._begun = time.monotonic()
        self._before = self._seconds()

    def cores(self) -> dict[str, float]:
        """Busy cores since it was made."""
        passed = time.monotonic() - self._begun
        after = self._seconds()
        return {name: (after[name] - self._before.get(name, 0)) / passed
                for name in sorted(after)}

    def _seconds(self) -> dict[str, float]:
        found: dict[str, float] = {'clients': sum(os.times()[:2])}
        for name, each in self._running.processes.items():
            kind = name.partition('-')[0]
            found[kind] = found.get(kind, 0) + each.cpu_seconds()
        for stat in pathlib.Path('/proc').glob('[0-9]*/stat'):
            try:
                command, _, rest = stat.read_text().rpartition(')')
            except OSError:
                continue
            kind = _SERVERS.get(command.partition('(')[2])
            if kind:
                fields = rest.split()
                # Those of children that ended, too: a connection of
                # PostgreSQL's is a process.
                found[kind] = found.get(kind, 0) + sum(
                    map(int, fields[11:15])) / os.sysconf('SC_CLK_TCK')
        return found


def _many(work: Callable[[bench_client.Client, float], int],
          running: deployment.Deployment, project: str) -> Sample:
    """Have all clients work until the time is over."""
    def client(_number: int) -> int:
        one = bench_client.Client(running.urls['api'], project)
        try:
            return work(one, end)
        finally:
            one.close()

    meter = _Meter(running)
    begun = time.monotonic()
    end = begun + _SECONDS
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        done = sum(pool.map(client, range(CLIENTS)))
    return Sample(done / (time.monotonic() - begun), meter.cores())


def measure(running: deployment.Deployment) -> dict[str, Sample]:
    """Creations and lists of one deployment.

    :raises BenchmarkError: it does not do what is asked.
    """
    project = uuid.uuid4().hex
    first = bench_client.Client(running.urls['api'], project)
    volumes = [first.make_volume() for _number in range(4)]
    for volume in volumes * 5:
        made = first.insist('POST', '/snapshots', {
            'snapshot': {'volume_id': volume}})
        first.wait_status('/snapshots/' + made['snapshot']['id'],
                          'snapshot', 'available')
    first.close()

    def lists(client: bench_client.Client, end: float) -> int:
        done = 0
        while time.monotonic() < end:
            client.insist('GET', '/snapshots/detail?limit=20')
            done += 1
        return done

    def creations(client: bench_client.Client, end: float) -> int:
        done = 0
        while time.monotonic() < end:
            made = client.insist('POST', '/snapshots', {
                'snapshot': {'volume_id': volumes[done % len(volumes)]}})
            path = '/snapshots/' + made['snapshot']['id']
            # A client that looks every two milliseconds would be the load.
            while client.insist('GET', path)['snapshot']['status'] == (
                    'creating'):
                time.sleep(0.2)
            done += 1
        return done

    return {'list of 20': _many(lists, running, project),
            'snapshot creates': _many(creations, running, project)}


def as_table(samples: Mapping[int, Sequence[Mapping[str, Sample]]]) -> str:
    """Rates by the number of each service, their ratio, and busy cores."""
    lines = []
    small, large = sorted(samples)
    for name in samples[small][0]:
        rates = {count: statistics.median(
            taken[name].rate for taken in samples[count])
            for count in (small, large)}
        lines.append('%s: %.1f/s with %d of each, %.1f/s with %d: ratio %.2f'
                     % (name, rates[small], small, rates[large], large,
                        rates[large] / rates[small]))
        for count in (small, large):
            cpu: dict[str, list[float]] = {}
            for taken in samples[count]:
                for part, cores in taken[name].cpu.items():
                    cpu.setdefault(part, []).append(cores)
            busy = {part: statistics.median(cores)
                    for part, cores in cpu.items()}
            lines.append('  busy cores with %d: %s; %.2f of %d' % (
                count, ', '.join(
                    '%s %.2f' % (part, cores) for part, cores in sorted(
                        busy.items(), key=lambda item: -item[1])
                    if cores >= 0.005),
                sum(busy.values()), os.cpu_count()))
    return '\n'.join(lines) + '\n'
