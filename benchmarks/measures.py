# SPDX-License-Identifier: Apache-2.0
"""Measure clouds in turns.

Everything is measured for one cloud and then for the next, in short turns
whose order changes, so that whatever else the machine does meets all.
"""

import contextlib
import dataclasses
import os
import pathlib
import time
from collections.abc import Callable
from collections.abc import Iterable

from benchmarks import client as bench_client
from benchmarks import clouds
from benchmarks import control
from benchmarks import ec2
from benchmarks import operations
from benchmarks import profiler

STOCK = 'stock'
MOTO = 'moto'
OURS = 'evs-fake'
SIZES_GIB = (1, 1024)

#: Snapshots that there are when memory is compared with moto's.
MANY = 1_000


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much is measured.

    :param starts: starts with a new and with an existing state directory
    :param rounds: rounds of one client of each cloud
    :param creates: snapshots each creates and deletes in a round
    :param reads: requests of each reading kind in a round
    :param clients: numbers of client threads
    :param bursts: turns of each cloud for each number of client threads
    :param burst_s: seconds for which the client threads make requests
    :param sizes: snapshots of each size of volume
    :param histories: rounds with a history and without; many short ones, as
        the difference is far less than that of a noisy machine's minutes
    :param changes: changes of a status in each of them
    :param releases: held operations that are released
    :param resets: resets of a cloud with little in it
    """

    starts: int
    rounds: int
    creates: int
    reads: int
    clients: tuple[int, ...]
    bursts: int
    burst_s: float
    sizes: int
    histories: int
    changes: int
    releases: int
    resets: int


FULL = Plan(starts=5, rounds=12, creates=8, reads=40,
            clients=(1, 4, 8, 16, 32), bursts=3, burst_s=2.0, sizes=7,
            histories=60, changes=12, releases=15, resets=20)
QUICK = Plan(starts=1, rounds=3, creates=6, reads=20,
             clients=(1, 8, 32), bursts=1, burst_s=1.0, sizes=3,
             histories=10, changes=10, releases=5, resets=5)


@dataclasses.dataclass
class Samples:
    """What was measured.

    :param turns: samples by measure and cloud, one list for each turn
    :param counts: numbers by what was counted and cloud
    :param notes: what could not be measured, and why
    :param load_before: the machine's load average of a minute before the run
    """

    turns: dict[str, dict[str, list[list[float]]]] = dataclasses.field(
        default_factory=dict)
    counts: dict[str, dict[str, int]] = dataclasses.field(
        default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    load_before: float = dataclasses.field(
        default_factory=lambda: os.getloadavg()[0])

    def add(self, measure: str, cloud: str, turn: list[float]) -> None:
        """Add the samples of one turn."""
        self.turns.setdefault(measure, {}).setdefault(cloud, []).append(turn)

    def count(self, what: str, cloud: str, number: int) -> None:
        """Add to a count."""
        counts = self.counts.setdefault(what, {})
        counts[cloud] = counts.get(cloud, 0) + number


class Benchmark:
    """The measurements of one run.

    :param commands: the command lines of STOCK, of OURS and, if it is to
        be compared with, of MOTO
    :param plan: how much is measured
    :param work_dir: an existing directory for the clouds' state
    :param progress: is told what is being done
    """

    def __init__(self, commands: dict[str, str], plan: Plan,
                 work_dir: pathlib.Path,
                 progress: Callable[[str], None]) -> None:
        self._commands = commands
        self._plan = plan
        self._work_dir = work_dir
        self._progress = progress
        self._samples = Samples()

    def run(self, flame_graph: pathlib.Path | None = None) -> Samples:
        """Measure everything.

        :param flame_graph: where to write a flame graph of OURS, taken after
            all measurements; None for none
        :raises BenchmarkError: a cloud could not be started or measured
        """
        for name in self._commands:
            # The first start of all writes bytecode and fills the page cache.
            self._progress(f'warm-up start of {name}')
            with self._start(name, 'warm-up'):
                pass
        last = self._plan.starts - 1
        for turn in range(last):
            for name in _order(self._commands, turn):
                with self._measured_start(name, turn):
                    pass
        with contextlib.ExitStack() as stack:
            running = {
                name: stack.enter_context(self._measured_start(name, last))
                for name in _order(self._commands, last)}
            self._measure_single(running)
            self._stop_moto(running)
            self._measure_bursts(running)
            self._measure_apis(running[OURS])
            self._measure_sizes(running[OURS])
            self._measure_history(running[OURS])
            self._measure_releases(running[OURS])
            self._measure_resets(running[OURS])
            if flame_graph:
                self._progress(f'profiling {OURS}')
                profiler.profile(running[OURS], flame_graph)
        return self._samples

    def _start(self, name: str, state: str) -> clouds.Cloud:
        return clouds.Cloud(
            name, self._commands[name], self._work_dir / f'{name}-{state}',
            clouds.MOTO if name == MOTO else clouds.CINDER)

    def _measured_start(self, name: str, turn: int) -> clouds.Cloud:
        """Start on a new directory, stop, and start on the same again."""
        self._progress(f'start {turn + 1}/{self._plan.starts} of {name}')
        if name == MOTO:
            # It keeps nothing: every start is a new one.
            cloud = self._start(name, f'{turn}')
            for measure in ('ready_new_s', 'ready_existing_s'):
                self._samples.add(measure, name, [cloud.ready_s])
            self._measure_memory(cloud, 'ready')
            return cloud
        with self._start(name, f'{turn}') as cloud:
            self._samples.add('ready_new_s', name, [cloud.ready_s])
            self._measure_memory(cloud, 'ready')
            client = bench_client.Client(cloud.url)
            client.make_volume()
            client.close()
            self._samples.add('first_volume_s', name, [
                time.perf_counter() - cloud.started_at])
        cloud = self._start(name, f'{turn}')
        self._samples.add('ready_existing_s', name, [cloud.ready_s])
        return cloud

    def _measure_memory(self, cloud: clouds.Cloud, when: str) -> None:
        memory = cloud.memory()
        self._samples.add(f'rss_{when}_kib', cloud.name, [memory.rss_kib])
        if memory.pss_kib is not None:
            self._samples.add(f'pss_{when}_kib', cloud.name, [memory.pss_kib])

    def _measure_single(self, running: dict[str, clouds.Cloud]) -> None:
        self._progress('preparing volumes')
        clients = {
            name: (ec2.SingleClient if name == MOTO
                   else operations.SingleClient)(cloud.url)
            for name, cloud in running.items()}
        rounds = self._plan.rounds
        for turn in range(rounds):
            self._progress(f'one client, round {turn + 1}/{rounds}')
            for client in clients.values():
                client.renew()
            for measure, number in (
                    ('create', self._plan.creates),
                    ('show', self._plan.reads),
                    ('list', self._plan.reads),
                    ('delete', self._plan.creates)):
                self._measure_paired(clients, measure, number)
        for name, cloud in running.items():
            self._samples.count(
                'snapshots_before_memory', name,
                rounds * self._plan.creates + operations.LIST_LENGTH)
            self._measure_memory(cloud, 'used')
            if name != STOCK:
                self._progress(f'{MANY} snapshots of {name}')
                clients[name].fill(MANY)
                self._measure_memory(cloud, 'many')
            for failure, number in clients[name].close().items():
                self._samples.count(f'single_{failure}', name, number)

    def _stop_moto(self, running: dict[str, clouds.Cloud]) -> None:
        """Spare the other measurements its share of the machine."""
        if MOTO in running:
            running.pop(MOTO).stop()

    def _measure_apis(self, cloud: clouds.Cloud) -> None:
        self._progress('preparing the APIs')
        apis = operations.apis(cloud.url)
        rounds = self._plan.rounds
        for turn in range(rounds):
            self._progress(f'EVS and native API, round {turn + 1}/{rounds}')
            for api in apis.values():
                api.renew()
            for measure, number in (('show', self._plan.reads),
                                    ('list', self._plan.reads),
                                    ('create', self._plan.creates)):
                self._measure_paired(apis, measure, number, 'api_')
        for api in apis.values():
            api.close()

    def _measure_paired(
            self, clients: dict[str, operations.SingleClient | operations.Api],
            measure: str, number: int, prefix: str = '') -> None:
        """Take the samples of one measure, from one client after the other.

        They change places with every sample: what slows the machine for a
        second slows as many samples of both.
        """
        taken = {name: [] for name in clients}
        for sample in range(number):
            for name in _order(clients, sample):
                taken[name].append(getattr(clients[name], measure)())
        for name, seconds in taken.items():
            self._samples.add(f'{prefix}{measure}_s', name, seconds)

    def _measure_history(self, cloud: clouds.Cloud) -> None:
        self._progress('preparing the history')
        client = control.StatusChange(cloud.url, cloud.database)
        try:
            for turn in range(self._plan.histories):
                self._progress(
                    f'history, round {turn + 1}/{self._plan.histories}')
                for state in _order(
                        (control.KEPT, control.NOT_KEPT), turn):
                    client.prepare(state)
                    self._samples.add('history_s', state, [
                        client.change() for _ in range(self._plan.changes)])
        finally:
            client.close()

    def _measure_releases(self, cloud: clouds.Cloud) -> None:
        self._progress('held operations')
        for _ in range(self._plan.releases):
            self._samples.add('release_s', cloud.name,
                              [control.timed_release(cloud.url)])

    def _measure_bursts(self, running: dict[str, clouds.Cloud]) -> None:
        for clients in self._plan.clients:
            for turn in range(self._plan.bursts):
                self._progress(f'{clients} clients, burst {turn + 1}/'
                               f'{self._plan.bursts}')
                for name in _order(running, turn):
                    self._burst(running[name], clients)

    def _burst(self, cloud: clouds.Cloud, clients: int) -> None:
        burst = operations.burst(cloud.url, clients, self._plan.burst_s)
        self._samples.add(f'rate_{clients}_per_s', cloud.name,
                          [burst.good / burst.seconds])
        for what, number in (('accepted', burst.accepted),
                             ('good', burst.good),
                             ('5xx', burst.errors_5xx),
                             ('broken', burst.broken)):
            self._samples.count(f'{what}_{clients}', cloud.name, number)

    def _measure_sizes(self, cloud: clouds.Cloud) -> None:
        client = bench_client.Client(cloud.url)
        client.lift_quotas()
        try:
            volumes = {size: operations.DataVolume(client, size)
                       for size in SIZES_GIB}
        except bench_client.BenchmarkError as exc:
            self._samples.notes.append(f'volume sizes: {exc}')
            return
        data = os.urandom(operations.DATA_CHUNK * operations.DATA_CHUNKS)
        for turn in range(self._plan.sizes):
            self._progress(
                f'volume sizes, round {turn + 1}/{self._plan.sizes}')
            for size in _order(volumes, turn):
                self._samples.add(f'create_{size}_gib_s', cloud.name, [
                    volumes[size].timed_snapshot(data)])
        client.close()


    def _measure_resets(self, cloud: clouds.Cloud) -> None:
        """Do what a test suite does: use the cloud a little, and reset it."""
        client = bench_client.Client(cloud.url)
        control = bench_client.Client(
            cloud.url, version='evs-fake/v1', in_path=False)
        # The first one empties what all other measurements left.
        control.insist('POST', '/reset', {'reset': {}})
        for turn in range(self._plan.resets):
            self._progress(f'reset {turn + 1}/{self._plan.resets}')
            client.make_volume()
            start = time.perf_counter()
            control.insist('POST', '/reset', {'reset': {}})
            self._samples.add('reset_s', cloud.name, [
                time.perf_counter() - start])
        client.close()
        control.close()


def _order(names: Iterable, turn: int) -> list:
    """Return the names, in the other order in every other turn."""
    ordered = list(names)
    return ordered if turn % 2 == 0 else ordered[::-1]
