# SPDX-License-Identifier: Apache-2.0
"""The client of moto: EC2's query API over the same HTTP as Cinder's.

No SDK of AWS's: what it costs to use one would count for evs-fake.  moto
believes every signature, so that one and the same is sent with each request.
"""

import http.client
import re
import time
import urllib.parse
from collections.abc import Sequence
from xml.etree import ElementTree

from benchmarks import client as bench_client
from benchmarks import operations

VERSION = '2016-11-15'

#: What moto says on stderr when it listens.
READY = re.compile(rb'Running on (http\S+)')


class Client:
    """A connection to moto, for one thread.

    moto's server closes it after each answer, and it is opened anew.

    :param url: moto's root
    :param region: each has volumes and snapshots of its own
    """

    def __init__(self, url: str, region: str = 'us-east-1') -> None:
        where = urllib.parse.urlsplit(url)
        self._headers = {
            'Content-Type': 'application/x-www-form-urlencoded',
            'Authorization': (
                'AWS4-HMAC-SHA256 Credential=benchmarks/20260101/'
                f'{region}/ec2/aws4_request, SignedHeaders=host, '
                'Signature=0')}
        self._connection = http.client.HTTPConnection(
            where.hostname, where.port, timeout=bench_client.PATIENCE_S)
        self.zone = region + 'a'

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def request(self, action: str, **parameters: str | int
                ) -> tuple[int, ElementTree.Element | None]:
        """Make one request.

        :returns: the HTTP status, or BROKEN, and the answer, whose tags have
            no name space; None when it is no XML
        """
        body = urllib.parse.urlencode(
            {'Action': action, 'Version': VERSION} | parameters)
        try:
            self._connection.request('POST', '/', body, self._headers)
            response = self._connection.getresponse()
            text = response.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            return bench_client.BROKEN, None
        try:
            return response.status, ElementTree.fromstring(text)
        except ElementTree.ParseError:
            return response.status, None

    def insist(self, action: str, **parameters: str | int
               ) -> ElementTree.Element:
        """Make a request that is to be answered 200.

        :raises BenchmarkError: it was not
        """
        status, answer = self.request(action, **parameters)
        if status != 200 or answer is None:
            raise bench_client.BenchmarkError(
                f'moto answered {action} with {status}')
        return answer

    def make_volume(self) -> str:
        """Create a volume of 1 GiB; it is there at once.

        :returns: the volume's id
        """
        return _text(self.insist(
            'CreateVolume', Size=1, AvailabilityZone=self.zone), 'volumeId')

    def make_snapshot(self, volume: str) -> str:
        """Create a snapshot, and wait for it to be completed.

        :returns: the snapshot's id
        :raises BenchmarkError: it failed
        """
        made = _text(self.insist('CreateSnapshot', VolumeId=volume),
                     'snapshotId')
        while True:
            status = _text(self.insist(
                'DescribeSnapshots', **_ids([made])), 'status')
            if status == 'completed':
                return made
            if status == 'error':
                raise bench_client.BenchmarkError('a snapshot of moto failed')
            time.sleep(bench_client.POLL_S)


def answers(url: str) -> bool:
    """Whether EC2 answers, which loads it with images and their snapshots.

    The request is the one that has the least to answer.
    """
    client = Client(url)
    status, answer = client.request('DescribeVolumes')
    client.close()
    return status == 200 and answer is not None


class SingleClient:
    """One client of moto, as ``operations.SingleClient`` is of a Cinder.

    What is shown and listed is in a region of its own.

    :param url: moto's root
    """

    def __init__(self, url: str) -> None:
        self._client = Client(url)
        self._volume = self._client.make_volume()
        self._created: list[str] = []
        self._lister = Client(url, 'eu-west-1')
        volume = self._lister.make_volume()
        self._listed = [self._lister.make_snapshot(volume)
                        for _ in range(operations.LIST_LENGTH)]

    def renew(self) -> None:
        """Do nothing: each request has a connection of its own."""

    def create(self) -> float:
        """Create a snapshot; return the seconds until it was completed."""
        start = time.perf_counter()
        made = self._client.make_snapshot(self._volume)
        taken = time.perf_counter() - start
        self._created.append(made)
        return taken

    def delete(self) -> float:
        """Delete a created snapshot; return the seconds it took.

        It is gone with the answer.
        """
        start = time.perf_counter()
        self._client.insist('DeleteSnapshot', SnapshotId=self._created.pop())
        return time.perf_counter() - start

    def show(self) -> float:
        """Return the seconds it took to describe one snapshot."""
        return self._timed_describe(self._listed[-1:])

    def list(self) -> float:
        """Return the seconds it took to describe LIST_LENGTH snapshots.

        They are named: of what moto offers, that is the fastest. It has no
        lists of one's own.
        """
        return self._timed_describe(self._listed)

    def fill(self, number: int) -> None:
        """Have a number of snapshots more."""
        for _ in range(number):
            self._client.insist('CreateSnapshot', VolumeId=self._volume)

    def close(self) -> dict[str, int]:
        """Close the connections.

        :returns: the number of failures, by kind; there are none, as the
            first of them ends the run
        """
        self._client.close()
        self._lister.close()
        return {}

    def _timed_describe(self, snapshots: Sequence[str]) -> float:
        start = time.perf_counter()
        answer = self._lister.insist('DescribeSnapshots', **_ids(snapshots))
        taken = time.perf_counter() - start
        found = answer.findall('.//{*}snapshotId')
        if len(found) != len(snapshots):
            raise bench_client.BenchmarkError(
                f'moto described {len(found)} of {len(snapshots)} snapshots')
        return taken


def _ids(snapshots: Sequence[str]) -> dict[str, str]:
    return {f'SnapshotId.{number}': snapshot
            for number, snapshot in enumerate(snapshots, 1)}


def _text(answer: ElementTree.Element, tag: str) -> str:
    found = answer.find(f'.//{{*}}{tag}')
    if found is None or not found.text:
        raise bench_client.BenchmarkError(f'moto answered without {tag}')
    return found.text
