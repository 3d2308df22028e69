# SPDX-License-Identifier: Apache-2.0
"""A table searched by word answers as Routes does."""

import itertools

import routes
import testtools
from cinder.api.v3 import router

from evs_fake.api.routing import mapper
from tests.unit.api import base

#: What a variable of a path may be, and may not.
VALUES = ['b1f5e0aa1c6e4cf2a6c5d3a4e7c8d9f0', 'x.y']


def paths(route):
    """Paths around a route: that fit it, nearly fit it, and do not."""
    variables = [part['name'] for part in route.routelist
                 if isinstance(part, dict)]
    for value in VALUES:
        path = ''.join(
            part if isinstance(part, str)
            else '.json' if part['type'] == '.' else value
            for part in route.routelist)
        yield from (path, path.removesuffix('.json'), path + '/',
                    path + '/more', path.rpartition('/')[0], path + '.json',
                    path.replace('/', '//', 1))
    if not variables:
        yield route.routepath


class OfCinderTest(base.ApiTestCase):

    def setUp(self):
        super().setUp()
        self.routes = router.APIRouter().map

    def test_same_answers(self):
        tested = mapper.Mapper(register=False)
        tested.matchlist = self.routes.matchlist
        asked = set(itertools.chain.from_iterable(
            paths(route) for route in self.routes.matchlist
            if not route.static))
        self.assertGreater(len(asked), 1000)
        found = 0
        for path, method in itertools.product(
                sorted(asked), ['GET', 'PUT']):
            environ = {'PATH_INFO': path, 'REQUEST_METHOD': method}
            answer = tested.routematch(environ=environ)
            expected = routes.Mapper.routematch(self.routes, environ=environ)
            self.assertEqual(expected, answer, (method, path))
            found += answer is not None
        self.assertGreater(found, 500)


class MapperTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.mapper = mapper.Mapper(register=False)
        for name, path in [('show', '/{project}/things/{id}'),
                           ('detail', '/{project}/things/detail'),
                           ('fixed', '/all/things/detail'),
                           ('any', '/{path:.*}')]:
            self.mapper.connect(name, path)

    def match(self, path):
        found = self.mapper.routematch(path, {})
        return found and found[1].name

    def test_first_connected_wins(self):
        self.assertEqual('show', self.match('/p/things/detail'))

    def test_longer_fixed_prefix_wins(self):
        self.assertEqual('fixed', self.match('/all/things/detail'))

    def test_no_word(self):
        self.assertEqual('any', self.match('/p/others/i'))
        self.assertEqual('any', self.match('/'))

    def test_none(self):
        self.assertIsNone(self.match('things'))

    def test_connected_later(self):
        self.match('/')
        self.mapper.connect('late', '/late/{id}')
        self.assertEqual('late', self.match('/late/i'))

    def test_compiles_what_it_tries(self):
        self.match('/p/things/i')
        compiled = [route.name for route in self.mapper.matchlist
                    if hasattr(route, 'regmatch')]
        self.assertEqual(['show'], compiled)
