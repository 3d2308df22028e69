# SPDX-License-Identifier: Apache-2.0
"""What evs-fake's history costs, and how fast a released operation goes on.

The history is kept by triggers of the database. They are taken away and put
back while the cloud runs, so that one cloud is measured against itself.
"""

import contextlib
import datetime
import json
import pathlib
import sqlite3
import time
import urllib.request

from benchmarks import client as bench_client

KEPT = 'kept'
NOT_KEPT = 'not kept'

_WARM_UP = 10


class StatusChange:
    """A client that changes a snapshot's status, with or without a history.

    :param url: the cloud's root
    :param database: the cloud's
    """

    def __init__(self, url: str, database: pathlib.Path) -> None:
        self._client = bench_client.Client(url)
        volume = self._client.make_volume()
        made = self._client.insist('POST', '/snapshots', {
            'snapshot': {'volume_id': volume}})['snapshot']
        self._path = f'/snapshots/{made["id"]}'
        self._client.wait_status(self._path, 'snapshot', 'available')
        self._connection = sqlite3.connect(
            database, timeout=bench_client.PATIENCE_S, isolation_level=None)
        self._triggers = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
            "AND name LIKE 'evs_fake_history_%'").fetchall()
        if not self._triggers:
            raise bench_client.BenchmarkError('the cloud keeps no history')
        self._kept = True
        self._status = 'error'

    def prepare(self, state: str) -> None:
        """Have the history kept or not, and make ready for timed changes.

        :param state: KEPT or NOT_KEPT
        """
        self._keep(state == KEPT)
        self._client.renew()
        # Each of the cloud's connections compiles anew what it runs.
        for _ in range(_WARM_UP):
            self.change()

    def change(self) -> float:
        """Return the seconds that a change of status took."""
        self._status = 'error' if self._status == 'available' else 'available'
        start = time.perf_counter()
        self._client.insist('POST', f'{self._path}/action', {
            'os-reset_status': {'status': self._status}})
        return time.perf_counter() - start

    def close(self) -> None:
        """Have the history kept again."""
        self._keep(True)
        self._connection.close()
        self._client.close()

    def _keep(self, wanted: bool) -> None:
        if wanted != self._kept:
            for name, text in self._triggers:
                self._connection.execute(
                    text if wanted else f'DROP TRIGGER {name}')
            self._kept = wanted


def timed_release(url: str) -> float:
    """Hold a snapshot's creation, and release it.

    :param url: the cloud's root
    :returns: seconds from the release of the rule until the snapshot was
        committed as available, both by the cloud's clock
    """
    client = bench_client.Client(url)
    volume = client.make_volume()
    rule = _control(url, 'POST', '/rules', {'rule': {
        'operation': 'snapshot-create', 'action': 'hold',
        'match': {'volume_id': volume}}})['rule']['id']
    made = client.insist('POST', '/snapshots', {
        'snapshot': {'volume_id': volume}})['snapshot']['id']
    while not _control(url, 'GET', f'/rules/{rule}')['rule']['matched']:
        time.sleep(bench_client.POLL_S)
    released = _control(url, 'POST', f'/rules/{rule}/release', {
        'release': {}})['rule']['released_at']
    history = _control(
        url, 'GET', '/history/all-projects?wait=60&status=available'
        f'&resource_id={made}')['history']
    client.close()
    return (datetime.datetime.fromisoformat(history[0]['occurred_at'])
            - datetime.datetime.fromisoformat(released)).total_seconds()


def _control(url: str, method: str, path: str,
             body: dict | None = None) -> dict:
    request = urllib.request.Request(
        f'{url}/evs-fake/v1{path}', method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={'X-Auth-Token': f'admin:{bench_client.PROJECT}',
                 'Content-Type': 'application/json'})
    with contextlib.closing(urllib.request.urlopen(
            request, timeout=bench_client.PATIENCE_S)) as answer:
        return json.load(answer)
