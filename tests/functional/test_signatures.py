# SPDX-License-Identifier: Apache-2.0
"""What each API makes of a signature, in both grammars.

Requests are signed by the signer of Huawei's own SDK, or as
gophertelekomcloud does, and then changed on their way.
"""

import dataclasses
import itertools
import json

from tests.functional import base
from tests.functional import cloud
from tests.functional import signed

_QUERY = '?limit=1&name=a%20b'
_NO_VOLUME = '00000000-0000-4000-8000-000000000000'

#: Of each API: whose endpoint, a request of a member, and its answer.
APIS = {
    'EVS v1': ('url', 'GET', '/v1/{p}/jobs/none', None, 400),
    'EVS v2': ('url', 'POST',
               '/v2/{p}/cloudvolumes/resource_instances/action',
               {'action': 'filter', 'limit': 1, 'offset': 0}, 200),
    'EVS v2.1': ('url', 'POST', '/v2.1/{p}/cloudvolumes/none/action',
                 {'os-extend': {'new_size': 2}}, 404),
    'EVS v3': ('url', 'GET', '/v3/{p}/recycle-bin-volumes/detail', None,
               200),
    'EVS v5': ('url', 'POST', '/v5/{p}/volumes/batch-extend',
               {'volumes': [{'id': _NO_VOLUME, 'new_size': 2}]}, 404),
    'Cinder': ('url', 'GET', '/v3/{p}/snapshots/detail', None, 200),
    'Cinder, with a body': ('url', 'POST', '/v3/{p}/snapshots', {
        'snapshot': {'volume_id': _NO_VOLUME}}, 404),
    'CBR': ('cbr', 'POST', '/v3/{p}/vault/resource_instances/action',
            {'action': 'filter'}, 200),
    'CBR, without a body': ('cbr', 'GET', '/v3/{p}/vaults', None, 200),
    'control': ('control', 'POST', '/rules', {}, 403),
    'control, of any project': ('control', 'GET', '/history', None, 200),
    'IAM': ('url', 'GET', '/v3/projects', None, 200),
}
CASES = list(itertools.product(APIS, signed.GRAMMARS))


class SignaturesTestCase(base.CloudTestCase):

    def setUp(self):
        super().setUp()
        made = self.cloud.credentials(self.project)
        self.keys = signed.Keys(made.ak, made.sk)

    def request(self, api, grammar, keys=None, project=None, **options):
        service, method, path, body, _status = APIS[api]
        return signed.sign(
            keys or self.keys, method,
            self.cloud.endpoint[service].removesuffix('/') + path.replace(
                '{p}', project or self.project) + _QUERY,
            '' if body is None else json.dumps(body), grammar=grammar,
            **options)

    def check_accepted(self, api, request):
        response = request.send()
        self.assertEqual(APIS[api][-1], response.status_code,
                         (api, response.text))
        self.assertNotIn('APIGW', response.text)

    def check_refused(self, case, request, word):
        response = request.send()
        self.assertEqual(401, response.status_code, (case, response.text))
        answer = response.json()
        self.assertEqual(
            ('APIGW.0301', response.headers['X-Request-Id']),
            (answer['error_code'], answer['request_id']), case)
        self.assertIn(word, answer['error_msg'], case)
        self.assertNotIn(self.keys.secret_key, response.text)


class TestSignatures(SignaturesTestCase):

    def test_valid(self):
        for api, grammar in CASES:
            self.check_accepted(api, self.request(api, grammar))

    def test_signed_headers_of_any_kind(self):
        """Those too that a server reads, or has its filters change."""
        headers = {'Accept': 'application/json;q=0.9, text/html',
                   'Accept-Language': 'fr', 'X-Language': 'zh-cn',
                   'X-Openstack-Request-Id': 'req-' + _NO_VOLUME,
                   'Openstack-Api-Version': 'volume 3.0'}
        for api, grammar in CASES:
            self.check_accepted(api, self.request(
                api, grammar, headers=headers))

    def test_keys(self):
        for api, grammar in CASES:
            for changed, word in (
                    ({'secret_key': 'x' * 40}, 'verify aksk signature fail'),
                    ({'access_key': 'A' * 20}, 'does not exist')):
                self.check_refused((api, grammar), self.request(
                    api, grammar, dataclasses.replace(self.keys, **changed)),
                    word)

    def changed(self, request):
        """What somebody on the way could make of a request, by name."""
        url, headers, body = request.url, request.headers, request.body
        path, query = url.split('?')
        yield 'path', {'url': path + 'x?' + query}
        yield 'method', {'method': 'DELETE'}
        yield 'query', {'url': url.replace('limit=1', 'limit=2')}
        yield 'more query', {'url': url + '&offset=1'}
        yield 'no query', {'url': path}
        yield 'body', {'body': body.replace('1', '2') + ' '}
        for name, value in (('Content-Type', 'text/plain'),
                            ('X-Sdk-Date', signed.date(1)),
                            ('Host', 'localhost')):
            yield name, {'headers': {**headers, name: value}}

    def test_changes(self):
        for api, grammar in CASES:
            request = self.request(api, grammar)
            for name, change in self.changed(request):
                self.check_refused(
                    (api, grammar, name),
                    dataclasses.replace(request, **change),
                    'verify aksk signature fail')

    def test_dates(self):
        for (api, grammar), seconds in itertools.product(
                CASES, (-16 * 60, 16 * 60)):
            self.check_refused((api, grammar, seconds), self.request(
                api, grammar, seconds=seconds), 'expired or is of the future')

    def test_replayed(self):
        """Good for a moment, for two equal requests; not any more after."""
        requests = {case: self.request(*case) for case in CASES}
        for (api, _grammar), request in requests.items():
            self.check_accepted(api, request)
        for case, request in requests.items():
            cloud.until(lambda request=request:
                        request.send().status_code == 401, 'the refusal')
            self.check_refused(case, request, 'replayed')
            # Another one of the same client's is none.
            self.check_accepted(case[0], self.request(*case, seconds=1))

    def test_other_projects(self):
        """A key is of one project, whatever path or header say."""
        other = self.project + '-2'
        self.cloud.credentials(other)
        for api, grammar in CASES:
            request = self.request(api, grammar)
            # gophertelekomcloud adds it when it has signed.
            self.check_accepted(api, dataclasses.replace(request, headers={
                **request.headers, 'X-Project-Id': self.project}))
            for name in (other, 'nobody'):
                self.check_refused((api, grammar), dataclasses.replace(
                    request, headers={**request.headers,
                                      'X-Project-Id': name}),
                    'not one of project ' + name)
                if '{p}' in APIS[api][2]:
                    response = self.request(
                        api, grammar, project=name).send()
                    self.assertEqual(400, response.status_code,
                                     (api, response.text))
                    self.assertNotIn('APIGW', response.text)
