# SPDX-License-Identifier: Apache-2.0
"""What is timed: single requests, bursts, and volumes with data."""

import concurrent.futures
import dataclasses
import os
import pathlib
import random
import time
import uuid

from benchmarks import client as bench_client

NATIVE = 'native'
EVS = 'EVS'
LIST_LENGTH = 20
DATA_CHUNK = 1 << 20
DATA_CHUNKS = 64
DATA_STRIDE = 16 << 20
SETTLE_POLL_S = 0.02
SETTLE_PATIENCE_S = 5.0
PHASE_S = 0.05


def timed_create(client: bench_client.Client,
                 volume: str) -> tuple[float, str]:
    """Create a snapshot and wait until it is available.

    It starts at a random time, up to PHASE_S late: that is how often
    oslo.messaging's fake driver looks for messages, and creating at once
    after the end of the last creating would always meet the same moment of
    it.

    An attempt that a 5xx refuses is made again and only counted: its time is
    no snapshot's time.

    :returns: seconds from the accepted request on, and the snapshot's id
    :raises BenchmarkError: no snapshot became available
    """
    deadline = time.monotonic() + bench_client.PATIENCE_S
    body = {'snapshot': {'volume_id': volume}}
    time.sleep(random.uniform(0, PHASE_S))
    while time.monotonic() < deadline:
        start = time.perf_counter()
        status, answer = client.request('POST', '/snapshots', body)
        if status == 202:
            snapshot = answer['snapshot']['id']
            if client.wait_status(
                    f'/snapshots/{snapshot}', 'snapshot', 'available'):
                return time.perf_counter() - start, snapshot
        elif bench_client.BROKEN < status < 500:
            raise bench_client.BenchmarkError(
                f'a snapshot was refused with {status}: {answer}')
    raise bench_client.BenchmarkError('no snapshot became available')


def timed_delete(client: bench_client.Client, snapshot: str) -> float:
    """Delete a snapshot and wait until it is gone.

    It starts at a random time, as timed_create does.

    :returns: seconds from the accepted request on
    :raises BenchmarkError: it did not go
    """
    deadline = time.monotonic() + bench_client.PATIENCE_S
    path = f'/snapshots/{snapshot}'
    time.sleep(random.uniform(0, PHASE_S))
    while time.monotonic() < deadline:
        start = time.perf_counter()
        status, answer = client.request('DELETE', path)
        if status == 202:
            if client.wait_gone(path, 'snapshot'):
                return time.perf_counter() - start
        elif bench_client.BROKEN < status < 500:
            raise bench_client.BenchmarkError(
                f'{path} was kept with {status}: {answer}')
    raise bench_client.BenchmarkError(f'{path} could not be deleted')


def timed_read(client: bench_client.Client, path: str) -> float:
    """Read a path.

    :returns: seconds until the whole answer was there
    :raises BenchmarkError: it was not answered 200
    """
    start = time.perf_counter()
    status, answer = client.request('GET', path)
    taken = time.perf_counter() - start
    if status != 200:
        raise bench_client.BenchmarkError(
            f'GET {path} was answered {status}: {answer}')
    return taken


class SingleClient:
    """One client of a cloud, and what it creates, shows and lists.

    :param url: the cloud's root
    """

    def __init__(self, url: str) -> None:
        self._client = bench_client.Client(url, uuid.uuid4().hex)
        self._client.lift_quotas()
        self._volume = self._client.make_volume()
        self._created = []
        # The list is of a project of its own, so that it is always as long.
        self._lister = bench_client.Client(url, uuid.uuid4().hex)
        self._lister.lift_quotas()
        listed = self._lister.make_volume()
        for _ in range(LIST_LENGTH):
            _, self._shown = timed_create(self._lister, listed)

    def renew(self) -> None:
        """Make the connections ready for timed requests."""
        self._client.renew()
        self._lister.renew()

    def create(self) -> float:
        """Create a snapshot; return the seconds until it was available."""
        taken, snapshot = timed_create(self._client, self._volume)
        self._created.append(snapshot)
        return taken

    def delete(self) -> float:
        """Delete a created snapshot; return the seconds until it was gone."""
        return timed_delete(self._client, self._created.pop())

    def show(self) -> float:
        """Return the seconds it took to show a snapshot."""
        return timed_read(self._lister, f'/snapshots/{self._shown}')

    def list(self) -> float:
        """Return the seconds it took to list LIST_LENGTH in detail."""
        return timed_read(self._lister, '/snapshots/detail')

    def fill(self, number: int) -> None:
        """Have a number of snapshots more, and wait for the last of them."""
        for _ in range(number):
            self._client.insist('POST', '/snapshots', {
                'snapshot': {'volume_id': self._volume}})
        _settle(self._client)

    def close(self) -> dict[str, int]:
        """Close the connections.

        :returns: the number of failures, by kind
        """
        clients = self._client, self._lister
        for client in clients:
            client.close()
        return {'5xx': sum(client.errors_5xx for client in clients),
                'broken': sum(client.broken for client in clients)}


class Api:
    """One of evs-fake's APIs: a client that has the same done by each.

    :param url: the cloud's root
    :param project: whose LIST_LENGTH snapshots are shown and listed
    :param version: the first part of the API's paths
    :param collection: the last part of those of snapshots
    """

    def __init__(self, url: str, project: str, version: str,
                 collection: str) -> None:
        self._client = bench_client.Client(url, project, version)
        self._native = bench_client.Client(url, project)
        self._collection = collection
        self._shown, *_ = self._native.insist(
            'GET', '/snapshots/detail')['snapshots']

    def renew(self) -> None:
        """Make the connection ready for timed requests."""
        self._client.renew()
        self._native.renew()

    def show(self) -> float:
        """Return the seconds it took to show a snapshot."""
        return timed_read(
            self._client, f'{self._collection}/{self._shown["id"]}')

    def list(self) -> float:
        """Return the seconds it took to list LIST_LENGTH in detail."""
        return timed_read(self._client, f'{self._collection}/detail')

    def create(self) -> float:
        """Create a snapshot, and delete it again.

        :returns: seconds until the create was accepted
        :raises BenchmarkError: it was refused, or did not become available
        """
        start = time.perf_counter()
        status, answer = self._client.request(
            'POST', self._collection,
            {'snapshot': {'volume_id': self._shown['volume_id']}})
        taken = time.perf_counter() - start
        if status != 202:
            raise bench_client.BenchmarkError(
                f'a snapshot was refused with {status}: {answer}')
        snapshot = answer['snapshot']['id']
        self._native.wait_status(
            f'/snapshots/{snapshot}', 'snapshot', 'available')
        timed_delete(self._native, snapshot)
        return taken

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._native.close()


def apis(url: str) -> dict[str, Api]:
    """Return evs-fake's APIs by name, native's first, for one new project."""
    project = uuid.uuid4().hex
    owner = bench_client.Client(url, project)
    owner.lift_quotas()
    volume = owner.make_volume()
    for _ in range(LIST_LENGTH):
        timed_create(owner, volume)
    owner.close()
    return {NATIVE: Api(url, project, 'v3', '/snapshots'),
            EVS: Api(url, project, 'v2', '/cloudsnapshots')}


@dataclasses.dataclass(frozen=True)
class Burst:
    """What became of a burst of creates.

    :param accepted: snapshots answered 202
    :param good: snapshots that became available
    :param errors_5xx: requests answered 5xx
    :param broken: requests not answered
    :param seconds: from the first request until the last good snapshot was
        seen
    """

    accepted: int
    good: int
    errors_5xx: int
    broken: int
    seconds: float


def burst(url: str, clients: int, seconds: float) -> Burst:
    """Create snapshots from some client threads as fast as they can.

    Nobody polls before the threads are done, so that polling does not slow
    the creating.

    :param url: the cloud's root
    :param clients: number of threads
    :param seconds: for how long each thread makes requests
    :raises BenchmarkError: there is no volume to make snapshots of
    """
    project = uuid.uuid4().hex
    observer = bench_client.Client(url, project)
    observer.lift_quotas()
    volume = observer.make_volume()
    start = time.perf_counter()

    def create() -> tuple[int, int, int]:
        client = bench_client.Client(url, project)
        accepted = 0
        while time.perf_counter() - start < seconds:
            status, _ = client.request('POST', '/snapshots', {
                'snapshot': {'volume_id': volume}})
            accepted += status == 202
        client.close()
        return accepted, client.errors_5xx, client.broken

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(create) for _ in range(clients)]
        made = [sum(column) for column in zip(
            *(future.result() for future in futures), strict=True)]
    good, settled = _settle(observer)
    observer.close()
    return Burst(made[0], good, made[1], made[2], settled - start)


def _settle(client: bench_client.Client) -> tuple[int, float]:
    """Wait for the project's snapshots to become available or to fail.

    A snapshot whose row was written and whose request then failed stays in
    creating for ever, so the wait also ends when nothing changes any more.

    :returns: the number of available ones, and the time of the last change
    """
    good = -1
    while True:
        statuses = _statuses(client)
        now = time.perf_counter()
        if statuses.count('available') != good:
            good = statuses.count('available')
            changed = now
        if 'creating' not in statuses or now - changed > SETTLE_PATIENCE_S:
            return good, changed
        time.sleep(SETTLE_POLL_S)


def _statuses(client: bench_client.Client) -> list[str]:
    # As many as Cinder's osapi_max_limit lets through by default.
    page = 1000
    statuses = []
    marker = ''
    while True:
        snapshots = client.insist(
            'GET', f'/snapshots/detail?limit={page}{marker}')['snapshots']
        statuses += [snapshot['status'] for snapshot in snapshots]
        if len(snapshots) < page:
            return statuses
        marker = f'&marker={snapshots[-1]["id"]}'


def attached(client: bench_client.Client, size_gib: int
             ) -> tuple[str, pathlib.Path]:
    """Make a volume; its id, and where it is written to once attached.

    :raises BenchmarkError: it is not attached as a local path
    """
    volume = client.make_volume(size_gib)
    information = client.insist(
        'POST', f'/volumes/{volume}/action',
        {'os-initialize_connection': {'connector': {
            'host': 'benchmarks', 'ip': '127.0.0.1',
            'initiator': 'iqn.2026-01.org.example:benchmarks',
            'multipath': False}}})['connection_info']
    if information['driver_volume_type'] != 'local':
        raise bench_client.BenchmarkError(
            'a volume is attached over '
            f'{information["driver_volume_type"]}, not as a local path')
    return volume, pathlib.Path(information['data']['device_path'])


class DataVolume:
    """A volume of some size that is written to where it is attached.

    :param client: who owns it
    :param size_gib: its size in GiB
    :raises BenchmarkError: it is not attached as a local path
    """

    def __init__(self, client: bench_client.Client, size_gib: int) -> None:
        self._client = client
        self._volume, self._path = attached(client, size_gib)

    def timed_snapshot(self, data: bytes) -> float:
        """Write data, then create a snapshot, then delete it.

        :param data: DATA_CHUNKS chunks of DATA_CHUNK bytes, written
            DATA_STRIDE bytes apart
        :returns: seconds until the snapshot was available
        :raises BenchmarkError: it did not become available or did not go
        """
        with self._path.open('r+b') as device:
            for chunk in range(DATA_CHUNKS):
                device.seek(chunk * DATA_STRIDE)
                device.write(data[chunk * DATA_CHUNK:
                                  (chunk + 1) * DATA_CHUNK])
            device.flush()
            # Or the disk would still be taking it in while the snapshot is
            # timed.
            os.fsync(device.fileno())
        taken, snapshot = timed_create(self._client, self._volume)
        timed_delete(self._client, snapshot)
        return taken
