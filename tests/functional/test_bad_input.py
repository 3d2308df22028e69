# SPDX-License-Identifier: Apache-2.0
"""Whatever a request carries, the answer says what is wrong with it.

Goes through the tables of routes: each field of each body, each parameter of
each query and each variable of each path gets values that it cannot have.
"""

import copy
import itertools
import json
import re
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Sequence
from urllib import parse

import jsonschema
from cinder import objects
from oslo_utils import uuidutils

from tests.functional import base
from tests.functional import bodies
from tests.functional import cloud
from tests.functional import wire

# Before any module of Cinder's that names them in its annotations.
objects.register_all()

from evs_fake.api.cbr import routes as cbr_routes  # noqa: E402
from evs_fake.api.control import routes as control_routes  # noqa: E402
from evs_fake.api.evs import routes as evs_routes  # noqa: E402

_VARIABLE = re.compile('{([a-z_]+)}')

#: JSON's types -> what has the type, and is wrong in another way.
_HOSTILE = {
    'string': ('', '../../etc/passwd', 'nul\0', 'half \ud800', 'x' * 70000),
    'number': (-1, 1.5, 10 ** 400),
    'array': ([{}] * 3000,),
    'object': ({'x': {'y': 'z'}},),
}
#: Of other types: a few stand for all.
_SCALARS = (('boolean', True), ('string', 'x'))
_CONTAINERS = (('array', []), ('object', {'x': 1}))

_TEXTS = ('', '-1', '9' * 5000, '../../etc/passwd', 'nul\0', 'x' * 5000,
          '{"a": 1}', '2 OR 1=1')
#: Percent-encoded: as they stand in a path.
_SEGMENTS = ('..%2F..%2Fetc%2Fpasswd', '%2e%2e', 'a%00b', '%ff%fe',
             '%ed%a0%80', '%C3%A9', '%27%3B--', '%0d%0aX:%20y', 'x' * 4000,
             '*', uuidutils.generate_uuid() + '.')

_BROKEN = (b'', b'{', b'null', b'[]', b'"x"', b'7', b'\xff\xfe{}', b'NaN',
           b'{"a": NaN}', b'[' * 100000, b'{"a":' * 5000, b'\0',
           b'<a>&b;</a>', b'{"a":' * 50 + b'1' + b'}' * 50)


class Samples:
    """Bad values for things that many routes have in common.

    All of them where a thing is met first; two elsewhere, others each time.
    """

    def __init__(self) -> None:
        self._met = {}

    def of(self, thing: Hashable, values: Sequence) -> Iterable:
        if thing not in self._met:
            self._met[thing] = itertools.cycle(values)
            return values
        return itertools.islice(self._met[thing], 2)


class BadInputTestCase(base.HostileTestCase):

    def setUp(self):
        super().setUp()
        self.connection = wire.Connection(
            self.cloud.endpoint[self.SERVICE],
            {'X-Auth-Token': 'admin:' + self.project})
        self.addCleanup(self.connection.close)
        self.samples = Samples()
        self.wrong = []
        names = {
            name for table in (evs_routes, cbr_routes, control_routes)
            for route in table.ROUTES
            for name in _VARIABLE.findall(route.path)}
        self.ids = {name: uuidutils.generate_uuid() for name in names}
        self.ids.update(project_id=self.project, resource_type='volumes',
                        protectable_type='disk', key='k', member_id='p')

    def path(self, route, **ids):
        """Of a route, below its service's endpoint."""
        prefix = '' if self.SERVICE == 'control' else '/' + route.version
        return prefix + _VARIABLE.sub(
            lambda found: {**self.ids, **ids}[found[1]], route.path)

    def send(self, route, body=None, query='', **ids):
        return self.connection.request(
            route.method, self.path(route, **ids) + query, body)

    def check(self, answer, what, field=None):
        """Note what is no good answer.

        :param field: must be refused by one of these names; None may be
            taken.
        """
        status, text = answer.status, answer.text
        if status >= 400 and not self.is_shaped(status, text):
            self.wrong.append((what, status, 'not in shape', text[:200]))
        elif status >= 500:
            self.wrong.append((what, status, text[:200]))
        elif field is not None and status != 400:
            self.wrong.append((what, status, 'taken', text[:200]))
        elif field and not any(name in text for name in field):
            self.wrong.append((what, status, 'no name', text[:200]))

    def is_shaped(self, status, text):
        try:
            found = json.loads(text)
            if self.SERVICE == 'cbr':
                return set(found) == {'error_code', 'error_msg'} and (
                    all(found.values()))
            fault, = found.values()
            return bool(fault['message']) and (
                fault['code'] == status if self.SERVICE == 'control'
                # Jobs have codes of their own: "Common.0011".
                else '.' in fault['code'])
        except (ValueError, KeyError, TypeError, AttributeError):
            return False

    def finish(self):
        self.assertEqual([], self.wrong[:30], '%d of them' % len(self.wrong))


class BodiesMixin:
    """Of one API."""

    def routes(self):
        return [route for route in self.TABLE if route.body is not None]

    def valid(self, route):
        """A body that is right; None if the route has none."""
        if route.body is None:
            return None
        return bodies.about(self.ids)[bodies.key(route)]

    def test_fields(self):
        for route in self.routes():
            validator = jsonschema.Draft202012Validator(
                route.body, format_checker=jsonschema.FormatChecker())
            valid = self.valid(route)
            self.assertEqual([], list(validator.iter_errors(valid)), route)
            for place, body in _mutations(valid, route.body):
                data = json.dumps(body)
                field = None
                if _has_no_text(data) or not validator.is_valid(body):
                    # What is missing is its parent's fault.
                    field = [step for step in place
                             if isinstance(step, str)][-2:]
                self.check(self.send(route, data.encode()), (
                    route.operation, place, data[-120:]), field)
        self.finish()

    def test_no_json(self):
        for route in self.routes():
            for data in self.samples.of(route.version, _BROKEN):
                self.check(self.send(route, data),
                           (route.operation, data[:20]), ())
        self.finish()

    def test_too_large(self):
        data = json.dumps({'x': 'x' * 2 ** 20}).encode()
        # One of each version has its filters.
        for route in {each.version: each for each in self.routes()}.values():
            answer = self.send(route, data)
            # Below v3, the answer is that of Cinder's own filter.
            if self.SERVICE != 'url' or route.version != 'v3':
                self.check(answer, route.operation)
            self.assertEqual(413, answer.status, route.operation)
        self.finish()

    def test_queries(self):
        for route in self.TABLE:
            body = self.valid(route)
            queries = [
                (name, text, '?' + parse.urlencode({name: text}), None)
                for name, schema in route.query.items()
                for text in self.samples.of((name, repr(schema)), _TEXTS)]
            queries.append(('unknown', 'x', '?unknown=x', None))
            if route.query:
                queries.append(('bytes', '', '?limit=%ff%fe&%ff=1', ()))
            for name, text, query, field in queries:
                self.check(self.send(route, body, query),
                           (route.operation, name, text[:40]), field)
        self.finish()

    def test_paths(self):
        for route in self.TABLE:
            body = self.valid(route)
            for name in _VARIABLE.findall(route.path):
                for segment in self.samples.of(
                        (route.version, name), _SEGMENTS):
                    # Any other client would make a better path of it.
                    answer = self.send(route, body, **{name: segment})
                    what = route.operation, name, segment[:40]
                    self.check(answer, what)
                    if '/etc/passwd' in answer.text and (
                            'root:' in answer.text):
                        self.wrong.append((what, 'leaks'))
        self.finish()


def _mutations(valid, schema):
    """Bodies with one thing that is another; with the place of it."""
    fields = dict.fromkeys(_places(valid), {})
    fields.update(_fields(schema, valid))
    for place, known in fields.items():
        for value in _bad(_types(known)):
            yield place, _put(valid, place, value)
        there = _at(valid, place)
        if place and isinstance(place[-1], str) and there is not None:
            without = copy.deepcopy(valid)
            del _at(without, place[:-1])[place[-1]]
            yield place, without
        if isinstance(there, dict):
            yield (*place, 'surprise'), _put(
                valid, (*place, 'surprise'), 'x')


def _places(value, place=()):
    """Of all that a body has."""
    yield place
    for step, item in (value.items() if isinstance(value, dict)
                       else enumerate(value) if isinstance(value, list)
                       else ()):
        yield from _places(item, (*place, step))


def _fields(schema, value, place=()):
    """Places and schemas of all that a body could have."""
    yield place, schema
    for part in _parts(schema):
        for name, known in part.get('properties', {}).items():
            yield from _fields(
                known, value.get(name) if isinstance(value, dict) else None,
                (*place, name))
        if 'items' in part and isinstance(value, list) and value:
            yield from _fields(part['items'], value[0], (*place, 0))


def _parts(schema):
    """A schema, and all that it is composed of."""
    yield schema
    for word in ('allOf', 'anyOf', 'oneOf'):
        for part in schema.get(word, ()):
            yield from _parts(part)


def _types(schema):
    """JSON's types that a schema may take; none if it does not say."""
    found = set()
    for part in _parts(schema):
        types = part.get('type', ())
        found.update([types] if isinstance(types, str) else types)
    if 'integer' in found:
        found.add('number')
    return found


def _bad(types):
    """Values that cannot be, or may not: of other types, and of these."""
    yield None
    for others in (_SCALARS, _CONTAINERS):
        yield from [value for name, value in others
                    if name not in types][:1]
    for name, values in _HOSTILE.items():
        if name in types or not types:
            yield from values


def _at(value, place):
    """What is at a place; None if nothing is."""
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _put(valid, place, value):
    """A body with another value at a place, and objects on the way."""
    if not place:
        return value
    body = copy.deepcopy(valid)
    parent = body
    for step in place[:-1]:
        if isinstance(parent, dict) and not isinstance(
                parent.get(step), (dict, list)):
            parent[step] = {}
        parent = parent[step]
    parent[place[-1]] = value
    return body


def _has_no_text(data):
    return '\\u0000' in data or '\\ud800' in data


class TestEVS(BodiesMixin, BadInputTestCase):

    SERVICE, TABLE = 'url', evs_routes.ROUTES


class TestCBR(BodiesMixin, BadInputTestCase):

    SERVICE, TABLE = 'cbr', cbr_routes.ROUTES


class TestControl(BodiesMixin, BadInputTestCase):

    SERVICE, TABLE = 'control', control_routes.ROUTES

    def make_cloud(self):
        # Some mutations of a reset are good ones.
        return cloud.expendable()
