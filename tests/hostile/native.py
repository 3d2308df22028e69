# SPDX-License-Identifier: Apache-2.0
"""Requests to those of Cinder's routes that evs-fake has a hand in.

Filters of lists, metadata (where faults are), statuses that are set, what is
managed, and what is made: half of each request is right, so that the rest is
looked at.
"""

import dataclasses
import http.client
import json
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from urllib import parse

import hypothesis
from hypothesis import strategies as st

from tests.functional import wire
from tests.hostile import tally

#: What Cinder's API reference has of these routes, and what is answered to
#: any request (unknown method, microversion or format).
DOCUMENTED = frozenset({200, 202, 204, 300, 400, 401, 403, 404, 405, 406,
                        409, 413, 415, 503})

_HOSTILE = (
    '', ' ', '-1', '0', '1', '9' * 30, '9' * 5000, '1e400', 'NaN', 'null',
    'None', 'True', 'true', '../../etc/passwd', 'nul\0', 'x' * 256,
    'x' * 70000, '%s%n', '{}', "{'k': 'v'}", "{'k': ['v']}", '{"k": "v"}',
    "{'k'", '[]', "['a', 'b']", '*', "' OR 1=1 --", '\r\nX: y', '\ud800',
    '\U0001f4be', 'in:available,error', 'gt:2020-01-01', 'gt:', 'eq:x',
    'neq:available', 'lt:9999-12-31T23:59:59', '2020-01-01T00:00:00',
    'available', 'rollbacking', 'backing-up', 'restoring', 'error',
    'error_rollbacking', 'reverting', 'deleting', 'creating', 'hold', 'fail',
    'fail:x', 'delay:0', 'delay:x', 'delay:nan', 'evs_fake:snapshot-create',
    'evs_fake:x', 'evs_fake:', 'name:asc,status:desc', 'created_at:desc',
    'name:', 'project_id', 'metadata:asc')

_TEXT = st.one_of(st.sampled_from(_HOSTILE), st.text(max_size=40))
_SCALAR = st.one_of(
    _TEXT, st.none(), st.booleans(), st.integers(-10, 10),
    st.sampled_from([10 ** 30, 2 ** 63, -2 ** 63, 1.5, 1e300]))
_ANY = st.recursive(
    _SCALAR, lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(_TEXT, inner, max_size=3)), max_leaves=6)

_FILTERS = (
    'status', 'status~', 'name', 'name~', 'metadata', 'limit', 'offset',
    'marker', 'sort', 'sort_key', 'sort_dir', 'all_tenants', 'with_count',
    'created_at', 'updated_at', 'volume_id', 'bootable', 'project_id',
    'availability_zone', 'availability_zone~', 'group_id', 'host', 'size',
    'glance_metadata', 'migration_status', 'consumes_quota', 'id', 'user_id',
    'volume_type_id', 'description', 'attach_status', 'display_name',
    'source_volid', 'replication_status', 'unknown', 'deleted', 'snapshot_id')

_LISTS = ('/volumes', '/volumes/detail', '/volumes/summary', '/snapshots',
          '/snapshots/detail', '/backups', '/backups/detail')

_MICROVERSIONS = st.one_of(
    st.integers(0, 71).map(lambda minor: 'volume 3.%d' % minor),
    st.sampled_from(['', 'volume latest', 'volume 3.99', 'volume 9', 'x']))


@dataclasses.dataclass(frozen=True)
class Request:
    """One of them.

    :ivar route: its path, with variables in braces, below the project.
    :ivar ids: values of the variables.
    """

    method: str
    route: str
    ids: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    body: Any
    microversion: str

    def path(self) -> str:
        """Below the project, as it goes on the wire."""
        path = self.route.format_map({
            name: _quote(value) for name, value in self.ids.items()})
        if self.query:
            path += '?' + '&'.join('%s=%s' % (_quote(name), _quote(value))
                                   for name, value in self.query)
        return path


def _quote(text: str) -> str:
    return parse.quote(text[:3000], safe='', errors='surrogatepass')


def _usually(value: Any, other: st.SearchStrategy = _ANY
             ) -> st.SearchStrategy:
    """One that is right, more often than not; or a strategy of such."""
    if not isinstance(value, st.SearchStrategy):
        value = st.just(value)
    return st.integers(0, 3).flatmap(
        lambda number: value if number else other)


def _object(**fields: Any) -> st.SearchStrategy:
    """Some of these fields, and at times another one."""
    return st.tuples(
        st.fixed_dictionaries({}, optional={
            name: _usually(value) for name, value in fields.items()}),
        _usually({}, st.dictionaries(_TEXT, _ANY, max_size=1))).map(
            lambda both: {**both[0], **both[1]})


def _strategy(ids: Mapping[str, str]) -> st.SearchStrategy[Request]:
    """All requests, about resources that there are.

    :param ids: of ``volumes`` and ``snapshots``.
    """
    statuses = st.sampled_from([
        'available', 'error', 'rollbacking', 'backing-up', 'reverting',
        'restoring', 'error_deleting', 'creating', 'error_rollbacking'])
    metadata = st.dictionaries(_TEXT, _SCALAR, max_size=3)
    key = st.one_of(st.just('k'), _TEXT)
    some_id = {name: _usually(value, _TEXT) for name, value in ids.items()}

    def request(method: str, route: str,
                body: st.SearchStrategy | None = None,
                query: st.SearchStrategy | None = None,
                **variables: st.SearchStrategy
                ) -> st.SearchStrategy[Request]:
        return st.builds(
            Request, st.just(method), st.just(route),
            st.fixed_dictionaries(variables),
            st.just(()) if query is None else query,
            st.none() if body is None else _usually(body), _MICROVERSIONS)

    filters = st.lists(st.tuples(
        _usually(st.sampled_from(_FILTERS), _TEXT), _TEXT),
        max_size=3).map(tuple)
    found = [request('GET', path, query=filters) for path in _LISTS]
    found += [request('GET', path, query=filters) for path in (
        '/manageable_volumes', '/manageable_volumes/detail',
        '/manageable_snapshots', '/manageable_snapshots/detail')]
    for kind, one in some_id.items():
        path = '/%s/{id}' % kind
        found += [
            request('GET', path, query=filters, id=one),
            request('GET', path + '/metadata', id=one),
            request('POST', path + '/metadata',
                    _object(metadata=metadata), id=one),
            request('PUT', path + '/metadata',
                    _object(metadata=metadata), id=one),
            request('GET', path + '/metadata/{key}', id=one, key=key),
            request('PUT', path + '/metadata/{key}', st.one_of(
                _object(meta=metadata), key.map(
                    lambda name: {'meta': {name: 'v'}})), id=one, key=key),
            request('DELETE', path + '/metadata/{key}', id=one, key=key),
            request('PUT', path, _object(**{kind[:-1]: _object(
                name=_TEXT, description=_TEXT, metadata=metadata)}), id=one),
            request('POST', path + '/action', _object(**{
                'os-reset_status': _object(
                    status=statuses, attach_status='detached',
                    migration_status='none')}), id=one),
            request('POST', path + '/action', _object(**{
                'os-update_snapshot_status': _object(
                    status=statuses, progress='80%')}), id=one),
            request('POST', path + '/action',
                    st.dictionaries(_TEXT, _ANY, max_size=2), id=one)]
    volume, snapshot = ids['volumes'], ids['snapshots']
    found += [
        request('POST', '/volumes/{id}/action', _object(
            revert=_object(snapshot_id=snapshot)), id=some_id['volumes']),
        request('POST', '/volumes/{id}/action', _object(**{
            'os-extend': _object(new_size=st.integers(1, 3))}),
            id=some_id['volumes']),
        request('POST', '/volumes', _object(volume=_object(
            size=1, name=_TEXT, metadata=metadata, snapshot_id=snapshot,
            source_volid=volume, volume_type='SSD', multiattach=False,
            availability_zone='nova'))),
        request('POST', '/snapshots', _object(snapshot=_object(
            volume_id=volume, name=_TEXT, metadata=metadata, force=True))),
        request('POST', '/backups', _object(backup=_object(
            volume_id=volume, snapshot_id=snapshot, name=_TEXT, force=True,
            incremental=False, metadata=metadata))),
        request('POST', '/manageable_volumes', _object(volume=_object(
            host='evs-fake@evs-1#evs-1', name=_TEXT, ref=_object(**{
                'source-name': _TEXT, 'source-id': volume})))),
        request('POST', '/manageable_snapshots', _object(snapshot=_object(
            volume_id=volume, ref=_object(**{
                'source-name': _TEXT, 'source-id': snapshot})))),
        request('GET', '/volumes/{id}/encryption/{key}',
                id=some_id['volumes'], key=key),
        request('DELETE', '/consistencygroups/{id}', id=_TEXT),
        request('DELETE', '/snapshots/{id}', id=_TEXT),
        request('DELETE', '/volumes/{id}', query=filters, id=_TEXT),
    ]
    return st.one_of(found)


def requests(ids: Mapping[str, str], count: int, seed: int
             ) -> Iterator[Request]:
    """So many; the same for the same seed."""
    made: list[Request] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count, deadline=None, database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(_strategy(ids))
    def collect(request: Request) -> None:
        made.append(request)

    collect()
    return iter(made[:count])


def send(connection: wire.Connection, asked: Request,
         counts: tally.Tally) -> None:
    """Send one, and count its answer."""
    body = None
    if asked.body is not None:
        body = json.dumps(asked.body).encode()
    sent = tally.Sent('native', (asked.method, asked.route), asked)
    try:
        answer = connection.request(
            asked.method, asked.path(), body,
            {'OpenStack-API-Version': asked.microversion})
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        counts.note(sent, tally.NONE, repr(error), DOCUMENTED)
    else:
        counts.note(sent, answer.status, answer.text, DOCUMENTED)
