# SPDX-License-Identifier: Apache-2.0
"""Whatever a request carries, the answer says what is wrong with it.

Goes through the tables of routes: each field of each body, each parameter of
each query and each variable of each path gets values that it cannot have.
"""

import copy
import http.client
import json
import re
from urllib import parse

import jsonschema
import requests
from cinder import objects
from oslo_utils import uuidutils

from tests.functional import base
from tests.functional import bodies
from tests.functional import cloud

# Before any module of Cinder's that names them in its annotations.
objects.register_all()

from evs_fake.api.cbr import routes as cbr_routes  # noqa: E402
from evs_fake.api.control import routes as control_routes  # noqa: E402
from evs_fake.api.evs import routes as evs_routes  # noqa: E402

_VARIABLE = re.compile('{([a-z_]+)}')

#: What no field can have, or only some.
_VALUES = (
    None, True, -1, 0, 1.5, 2 ** 80, 10 ** 400, '', 'x', '../../etc/passwd',
    'nul\0', 'half \ud800', "';--", 'x' * 70000, [], ['x'], [{}] * 3000, {},
    {'x': {'y': 'z'}},
)
_TEXTS = ('', 'x', '-1', '1.5', '9' * 5000, '../../etc/passwd', 'nul\0',
          "';--", 'x' * 5000, 'true', '[{', '{"a": 1}', '2 OR 1=1')
#: Percent-encoded: as they stand in a path.
_SEGMENTS = ('..%2F..%2Fetc%2Fpasswd', '%2e%2e', '%00', 'a%00b', '%ff%fe',
             '%ed%a0%80', '%C3%A9', '%E2%80%AE', '%27%3B--', '%0d%0aX:%20y',
             'x' * 4000, '%7B%7D', '*', '-1', uuidutils.generate_uuid() + '.')

_BROKEN = (b'', b'{', b'null', b'[]', b'"x"', b'7', b'\xff\xfe{}', b'NaN',
           b'{"a": NaN}', b'[' * 100000, b'{"a":' * 5000, b'\0',
           b'<a>&b;</a>')


class BadInputTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        self.session = requests.Session()
        self.session.headers['X-Auth-Token'] = 'admin:' + self.project
        self.addCleanup(self.session.close)
        self.wrong = []
        names = {
            name for table in (evs_routes, cbr_routes, control_routes)
            for route in table.ROUTES
            for name in _VARIABLE.findall(route.path)}
        self.ids = {name: uuidutils.generate_uuid() for name in names}
        self.ids.update(project_id=self.project, resource_type='volumes',
                        protectable_type='disk', key='k', member_id='p')

    def path(self, route, service, **ids):
        """Of a route, below its service's endpoint."""
        prefix = '' if service == 'control' else '/' + route.version
        return prefix + _VARIABLE.sub(
            lambda found: {**self.ids, **ids}[found[1]], route.path)

    def send(self, route, service, **kwargs):
        return self.session.request(
            route.method, self.cloud.endpoint[service].removesuffix('/')
            + self.path(route, service), timeout=cloud.TIMEOUT, **kwargs)

    def check(self, service, response, what, field=None):
        """Note what is no good answer.

        :param field: must be refused by one of these names; None may be
            taken.
        """
        status, text = response.status_code, response.text
        if status >= 400 and not self.is_shaped(service, status, text):
            self.wrong.append((what, status, 'not in shape', text[:200]))
        elif status >= 500:
            self.wrong.append((what, status, text[:200]))
        elif field is not None and status != 400:
            self.wrong.append((what, status, 'taken', text[:200]))
        elif field and not any(name in text for name in field):
            self.wrong.append((what, status, 'no name', text[:200]))

    @staticmethod
    def is_shaped(service, status, text):
        try:
            found = json.loads(text)
            if service == 'cbr':
                return set(found) == {'error_code', 'error_msg'} and (
                    all(found.values()))
            fault, = found.values()
            return bool(fault['message']) and (
                fault['code'] == status if service == 'control'
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

    def test_fields(self):
        known = bodies.about(self.ids)
        for route in self.routes():
            validator = jsonschema.Draft202012Validator(
                route.body, format_checker=jsonschema.FormatChecker())
            valid = known[bodies.key(route)]
            self.assertEqual([], list(validator.iter_errors(valid)), route)
            for place, body in _mutations(valid):
                field = None
                if not validator.is_valid(body) or _has_no_text(body):
                    # What is missing is its parent's fault.
                    field = [step for step in place
                             if isinstance(step, str)][-2:]
                self.check(self.SERVICE, self.send(
                    route, self.SERVICE, json=body),
                    (route.operation, place, repr(body)[-120:]), field)
        self.finish()

    def test_no_json(self):
        for route in self.routes():
            for data in _BROKEN:
                response = self.send(
                    route, self.SERVICE, data=data,
                    headers={'Content-Type': 'application/json'})
                self.check(self.SERVICE, response,
                           (route.operation, data[:20]), ())
        self.finish()

    def test_too_large(self):
        data = json.dumps({'x': 'x' * 2 ** 20})
        for route in self.routes():
            response = self.send(
                route, self.SERVICE, data=data,
                headers={'Content-Type': 'application/json'})
            # Below v3, the answer is that of Cinder's own filter.
            if self.SERVICE != 'url' or route.version != 'v3':
                self.check(self.SERVICE, response, route.operation)
            self.assertEqual(413, response.status_code, route.operation)
        self.finish()

    def test_queries(self):
        for route in self.TABLE:
            for name in [*route.query, 'unknown']:
                for text in _TEXTS:
                    self.check(
                        self.SERVICE, self.send(
                            route, self.SERVICE, params={name: text},
                            **self.body(route)),
                        (route.operation, name, text[:40]))
            if route.query:
                self.check(self.SERVICE, self.send(
                    route, self.SERVICE, params=b'limit=%ff%fe&%ff=1',
                    **self.body(route)), (route.operation, 'bytes'), ())
        self.finish()

    def body(self, route):
        if route.body is None:
            return {}
        return {'json': bodies.about(self.ids)[bodies.key(route)]}

    def test_paths(self):
        endpoint = parse.urlsplit(self.cloud.endpoint[self.SERVICE])
        for route in self.TABLE:
            for name in _VARIABLE.findall(route.path):
                for segment in _SEGMENTS:
                    body = self.body(route).get('json')
                    connection = http.client.HTTPConnection(
                        endpoint.netloc, timeout=cloud.TIMEOUT)
                    connection.request(
                        route.method, endpoint.path.rstrip('/') + self.path(
                            route, self.SERVICE, **{name: segment}),
                        json.dumps(body) if body else None, {
                            'X-Auth-Token': 'admin:' + self.project,
                            'Content-Type': 'application/json'})
                    answer = connection.getresponse()
                    answer.status_code = answer.status
                    answer.text = answer.read().decode()
                    connection.close()
                    what = route.operation, name, segment[:40]
                    self.check(self.SERVICE, answer, what)
                    if '/etc/passwd' in answer.text and (
                            'root:' in answer.text):
                        self.wrong.append((what, 'leaks'))
        self.finish()


def _mutations(valid):
    """Bodies with one thing that is another; with the place of it."""
    for place in _places(valid):
        for value in _VALUES:
            yield place, _put(valid, place, value)
        if place and isinstance(place[-1], str):
            without = copy.deepcopy(valid)
            del _at(without, place[:-1])[place[-1]]
            yield place, without
        if isinstance(_at(valid, place), dict):
            yield (*place, 'surprise'), _put(
                valid, (*place, 'surprise'), 'x')


def _places(value, place=()):
    yield place
    for step, item in (value.items() if isinstance(value, dict)
                       else enumerate(value) if isinstance(value, list)
                       else ()):
        yield from _places(item, (*place, step))


def _at(value, place):
    for step in place:
        value = value[step]
    return value


def _put(valid, place, value):
    if not place:
        return value
    body = copy.deepcopy(valid)
    _at(body, place[:-1])[place[-1]] = value
    return body


def _has_no_text(body):
    text = json.dumps(body)
    return '\\u0000' in text or '\\ud800' in text


class TestEVS(BodiesMixin, BadInputTestCase):

    SERVICE, TABLE = 'url', evs_routes.ROUTES


class TestCBR(BodiesMixin, BadInputTestCase):

    SERVICE, TABLE = 'cbr', cbr_routes.ROUTES


class TestControl(BodiesMixin, BadInputTestCase):

    SERVICE, TABLE = 'control', control_routes.ROUTES

    def make_cloud(self):
        # Some mutations of a reset are good ones.
        return cloud.expendable()
