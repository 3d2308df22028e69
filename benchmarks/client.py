# SPDX-License-Identifier: Apache-2.0
"""The one client of both clouds: HTTP with keep-alive, and waiting."""

import http.client
import json
import time
import urllib.parse

# Cinder's project_id_regex takes hexadecimal ids only.
PROJECT = '0' * 31 + '1'

POLL_S = 0.002
PATIENCE_S = 60.0

BROKEN = 0
"""Stands for a status when the connection broke before an answer came."""


class BenchmarkError(Exception):
    """The clouds could not be started or measured."""


class Client:
    """One keep-alive connection to the volume API, for one thread.

    :param url: the cloud's root, without the ``/v3/{project_id}`` part
    :param project: the project every request is made for
    :param version: the first part of every path
    :param in_path: whether the project is the second
    :param microversion: of Cinder's API; None is its first one
    """

    def __init__(self, url: str, project: str = PROJECT,
                 version: str = 'v3', in_path: bool = True,
                 microversion: str | None = None) -> None:
        where = urllib.parse.urlsplit(url)
        self._root = f'{where.path.rstrip("/")}/{version}'
        if in_path:
            self._root += f'/{project}'
        self._headers = {'X-Auth-Token': f'admin:{project}',
                         'Accept': 'application/json'}
        if microversion:
            self._headers['OpenStack-API-Version'] = 'volume ' + microversion
        self._connection = http.client.HTTPConnection(
            where.hostname, where.port, timeout=PATIENCE_S)
        self.errors_5xx = 0
        self.broken = 0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def renew(self) -> None:
        """Open the connection anew, before a series of timed requests.

        A server closes a connection that idles while the other cloud has its
        turn, and the next request would meet the closed one.

        :raises BenchmarkError: the cloud does not answer
        """
        self.close()
        self.insist('GET', '/volumes/detail?limit=1')

    def request(self, method: str, path: str,
                body: dict | None = None) -> tuple[int, dict]:
        """Make one request and count what a server must not answer.

        :returns: the HTTP status, or BROKEN, and the decoded body ({} when
            there is none)
        """
        headers = self._headers
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers = headers | {'Content-Type': 'application/json'}
        try:
            self._connection.request(method, self._root + path, data, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            self.broken += 1
            return BROKEN, {}
        if response.status >= 500:
            self.errors_5xx += 1
        try:
            return response.status, json.loads(text) if text else {}
        except ValueError:
            return response.status, {}

    def insist(self, method: str, path: str, body: dict | None = None) -> dict:
        """Make a request that is no measurement, again on a 5xx.

        :raises BenchmarkError: it was refused, or failed for PATIENCE_S
        """
        deadline = time.monotonic() + PATIENCE_S
        while True:
            status, answer = self.request(method, path, body)
            if 200 <= status < 300:
                return answer
            if (BROKEN < status < 500) or time.monotonic() > deadline:
                raise BenchmarkError(
                    f'{method} {path} was answered {status}: {answer}')
            time.sleep(POLL_S)

    def wait_status(self, path: str, kind: str, wanted: str) -> bool:
        """Poll a resource, POLL_S apart, until it is wanted or in error.

        :param path: the resource, such as ``/snapshots/{id}``
        :param kind: the key of the answer's body, such as ``snapshot``
        :returns: False when it ended in error
        :raises BenchmarkError: it was neither within PATIENCE_S
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            _, answer = self.request('GET', path)
            status = answer.get(kind, {}).get('status')
            if status == wanted:
                return True
            if status == 'error':
                return False
            time.sleep(POLL_S)
        raise BenchmarkError(f'{path} was not {wanted} after {PATIENCE_S} s')

    def wait_gone(self, path: str, kind: str) -> bool:
        """Poll a resource, POLL_S apart, until it is answered 404.

        :param path: the resource, such as ``/snapshots/{id}``
        :param kind: the key of the answer's body, such as ``snapshot``
        :returns: False when it could not be deleted
        :raises BenchmarkError: it was still there after PATIENCE_S
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status, answer = self.request('GET', path)
            if status == 404:
                return True
            if answer.get(kind, {}).get('status') == 'error_deleting':
                return False
            time.sleep(POLL_S)
        raise BenchmarkError(f'{path} was still there after {PATIENCE_S} s')

    def make_volume(self, size_gib: int = 1) -> str:
        """Create a volume and wait until it is available.

        A new cloud's scheduler may not know its back end yet, and SQLite may
        be locked: creating is tried again on a 5xx and after an error.

        :returns: the volume's id
        :raises BenchmarkError: there was none after PATIENCE_S
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            answer = self.insist(
                'POST', '/volumes', {'volume': {'size': size_gib}})
            volume_id = answer['volume']['id']
            if self.wait_status(
                    f'/volumes/{volume_id}', 'volume', 'available'):
                return volume_id
        raise BenchmarkError(f'no volume available after {PATIENCE_S} s')

    def lift_quotas(self) -> None:
        """Let the client's project have any number of anything measured."""
        project = self._root.rpartition('/')[2]
        self.insist('PUT', f'/os-quota-sets/{project}', {'quota_set': {
            'snapshots': -1, 'volumes': -1, 'gigabytes': -1}})
