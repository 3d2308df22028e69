# SPDX-License-Identifier: Apache-2.0
"""Signed requests through the filter and the pipelines."""

import datetime
import json
import logging

import webob
import webob.dec
from oslo_config import cfg
from oslo_utils import fixture as time_fixture
from oslo_utils import timeutils

from evs_fake.api.auth import aksk
from evs_fake.api.auth import replay
from evs_fake.api.auth import unsigned
from evs_fake.api.routing import faultwrap
from evs_fake.db import credentials
from tests import signing
from tests.unit import database
from tests.unit.api import base

PATH = '/v2/%s/cloudsnapshots/detail' % database.PROJECT


def send(app, method='GET', path=PATH, headers=None, body='',
         signer=signing.sign, **kwargs):
    """Sign a request now, and send it; then its headers, to send again."""
    uri, signed = signer(
        method, path, headers=headers, body=body,
        date=timeutils.utcnow().strftime('%Y%m%dT%H%M%SZ'), **kwargs)
    return send_signed(app, method, uri, signed, body)


def send_signed(app, method, uri, headers, body=''):
    request = webob.Request.blank(uri, method=method)
    request.environ['REQUEST_URI'] = uri
    request.body = (body or '').encode()
    request.headers.update(headers)
    return request.get_response(app), (uri, headers)


class SignedTestCase(base.WsgiTestCase):

    def setUp(self):
        super().setUp()
        self.time = self.useFixture(time_fixture.TimeFixture(
            datetime.datetime(2026, 11, 23, 17, 52, 6)))
        self.credential = self.make_credential()

    def make_credential(self, roles=('member', 'reader')):
        return credentials.create(self.context, database.PROJECT,
                                  database.USER, roles, '')

    def keys(self, credential=None):
        credential = credential or self.credential
        return {'access_key': credential.access_key,
                'secret_key': credential.secret_key}

    def assert_refused(self, response, *words):
        self.assertEqual(401, response.status_int, response.text)
        self.assertEqual('application/json', response.content_type)
        self.assertEqual({'error_code', 'error_msg', 'request_id'},
                         set(response.json))
        self.assertEqual('APIGW.0301', response.json['error_code'])
        for word in ('Incorrect IAM authentication information: ', *words):
            self.assertIn(word, response.json['error_msg'])
        self.assertTrue(response.json['request_id'].startswith('req-'))
        self.assertEqual(response.json['request_id'],
                         response.headers['X-Request-Id'])


class FilterTestCase(SignedTestCase):

    def setUp(self):
        super().setUp()
        self.seen = []
        self.filtered = aksk.filter_factory({})(
            unsigned.filter_factory(
                {}, authentication='%s:refuse_factory' % __name__)(
                    self.application))

    @webob.dec.wsgify
    def application(self, request):
        self.seen.append(request.environ['cinder.context'])
        return webob.Response('served')

    def send(self, **kwargs):
        return send(self.filtered, **{**self.keys(), **kwargs})[0]


class FilterTest(FilterTestCase):

    def test_context(self):
        for signer in (signing.sign, signing.sign_older):
            response = self.send(
                signer=signer, method='POST', body='{}', headers={
                    # What keystonemiddleware tells Cinder.
                    'X-Roles': 'admin', 'X-User-Id': 'other',
                    'X-Is-Admin-Project': 'True', 'X-Domain-Id': 'd',
                    'OpenStack-System-Scope': 'all'})
            self.assertEqual('served', response.text)
            context = self.seen.pop()
            self.assertEqual(
                (database.USER, database.PROJECT, ['member', 'reader']),
                (context.user_id, context.project_id, context.roles))
            self.assertFalse(context.is_admin)
            self.assertIsNone(context.system_scope)
            self.assertIsNone(context.domain_id)

    def test_administrator_is_one_by_policy(self):
        self.send(**self.keys(self.make_credential(['admin'])))
        self.assertTrue(self.seen[0].is_admin)

    def test_what_is_left_to_others(self):
        for headers in ({}, {'Authorization': ''},
                        {'Authorization': 'Basic eDp5'},
                        {'Authorization': 'Bearer x'},
                        {'Authorization': 'SDK-HMAC-SHA256 x',
                         'X-Auth-Token': 'token'}):
            response, _sent = send_signed(self.filtered, 'GET', PATH, headers)
            self.assertEqual('someone else', response.text)
        self.assertEqual([], self.seen)

    def test_no_header_passes_for_authenticated(self):
        response, _sent = send_signed(self.filtered, 'GET', PATH, {
            'evs_fake.authenticated': '1', 'Evs-Fake-Authenticated': '1'})
        self.assertEqual('someone else', response.text)

    def test_header_that_a_filter_changed(self):
        """CBR's, whether one was sent and signed or not."""
        self.filtered = faultwrap.filter_factory(
            {}, 'evs_fake.api.cbr.fault:body')(self.filtered)
        for headers in ({'Accept': 'application/json'}, {}):
            self.assertEqual('served', self.send(headers=headers).text)
        _response, (uri, headers) = send(
            self.filtered, headers={'Accept': 'a/b'}, **self.keys())
        response, _sent = send_signed(self.filtered, 'GET', uri, {
            **headers, 'Accept': 'text/plain'})
        self.assert_refused(response, 'fail')

    def test_refused(self):
        for word, kwargs in (
                ('does not exist', {'access_key': 'A' * 20}),
                ('does not exist', {
                    'access_key': self.credential.access_key.lower()}),
                ('fail', {'secret_key': 'x' * 40}),
                ('project other', {'headers': {'X-Project-Id': 'other'}}),
                ('security token', {'headers': {'X-Security-Token': 'x'}})):
            for signer in (signing.sign, signing.sign_older):
                self.assert_refused(
                    self.send(signer=signer, **kwargs), word)
        self.assertEqual([], self.seen)

    def test_project_added_after_signing(self):
        for project, served in ((database.PROJECT, True), ('other', False),
                                ('', True)):
            uri, headers = signing.sign_older(
                'GET', PATH, date='20261123T175206Z', **self.keys())
            headers['X-Project-Id'] = project
            response, _sent = send_signed(self.filtered, 'GET', uri, headers)
            if served:
                self.assertEqual('served', response.text)
            else:
                self.assert_refused(response, 'project other')

    def test_dates(self):
        uri, headers = signing.sign(
            'GET', PATH, date='20261123T175206Z', **self.keys())
        self.time.advance_time_seconds(-901)
        response, _sent = send_signed(self.filtered, 'GET', uri, headers)
        self.assert_refused(response, 'future')
        self.time.advance_time_seconds(2 * 901)
        response, _sent = send_signed(self.filtered, 'GET', uri, headers)
        self.assert_refused(response, 'expired')

    def test_deleted_credential(self):
        self.send()
        credentials.delete(self.context, self.credential.access_key)
        self.assert_refused(self.send(), 'does not exist')

    def test_garbage(self):
        for text in ('SDK-HMAC-SHA256', 'SDK-HMAC-SHA256 ' + ',' * 10**6,
                     'V11-HMAC-SHA256 Credential=x/y/z/q, SignedHeaders=host,'
                     ' Signature=x', 'SDK-HMAC-SM3 Access=x',
                     'sdk-hmac-sha256 Access=x', 'SDK-\xff\xfe', 'V9999-'):
            for path in (PATH, '/%ff', '/a%00b', '/?%ff=%zz'):
                response, _sent = send_signed(
                    self.filtered, 'GET', path, {'Authorization': text})
                self.assert_refused(response)

    def test_path_where_the_server_does_not_tell_it(self):
        for path in ('/v2/p/a%20b', '/v2/p/%E7%8C%AB'):
            uri, headers = signing.sign(
                'GET', path, date='20261123T175206Z', **self.keys())
            request = webob.Request.blank(uri)
            request.headers.update(headers)
            self.assertEqual('served',
                             request.get_response(self.filtered).text)

    def test_secrets_are_not_logged(self):
        self.send()
        self.send(secret_key='x' * 40)
        self.assertIn('verify aksk', self.log.output)
        self.assertNotIn(self.credential.secret_key, self.log.output)
        self.assertNotIn(self.credential.secret_key, repr(self.credential))


class ReplayTest(FilterTestCase):

    def test_same_second(self):
        """Two equal requests of an unmodified SDK."""
        for _request in range(3):
            self.assertEqual('served', self.send().text)

    def test_replayed(self):
        _response, sent = send(self.filtered, **self.keys())
        for seconds, served in ((1.5, True), (0.5, True), (0.1, False),
                                (60, False), (830, False)):
            self.time.advance_time_seconds(seconds)
            response, _sent = send_signed(self.filtered, 'GET', *sent)
            if served:
                self.assertEqual('served', response.text, seconds)
            else:
                self.assert_refused(response, 'replayed')
        self.time.advance_time_seconds(10)
        response, _sent = send_signed(self.filtered, 'GET', *sent)
        self.assert_refused(response, 'expired')

    def test_replayed_to_another_pipeline(self):
        _response, sent = send(self.filtered, **self.keys())
        self.time.advance_time_seconds(3)
        other = aksk.filter_factory({})(self.application)
        response, _sent = send_signed(other, 'GET', *sent)
        self.assert_refused(response, 'replayed')

    def test_of_the_future(self):
        """Refused for as long as its date would let it through."""
        uri, headers = signing.sign(
            'GET', PATH, date='20261123T180706Z', **self.keys())
        send_signed(self.filtered, 'GET', uri, headers)
        self.time.advance_time_seconds(1799)
        response, _sent = send_signed(self.filtered, 'GET', uri, headers)
        self.assert_refused(response, 'replayed')

    def test_refused_signature_is_not_remembered(self):
        uri, headers = signing.sign(
            'GET', PATH, date='20261123T175206Z', **self.keys())
        send_signed(self.filtered, 'PUT', uri, headers)
        self.time.advance_time_seconds(3)
        response, _sent = send_signed(self.filtered, 'GET', uri, headers)
        self.assertEqual('served', response.text)

    def test_no_grace(self):
        self.database.conf.config(signature_reuse_seconds=0,
                                  group='evs_fake')
        _response, sent = send(self.filtered, **self.keys())
        self.time.advance_time_seconds(0.001)
        response, _sent = send_signed(self.filtered, 'GET', *sent)
        self.assert_refused(response, 'replayed')


class StoreTest(base.ApiTestCase):

    def test_bound(self):
        memory = replay.Memory()
        for number in range(replay._MOST + 10):
            memory.first_seen('%064x' % number, number)
        self.assertEqual(replay._MOST, len(memory._seen))
        self.assertEqual(replay._MOST + 9, memory.first_seen(
            '%064x' % (replay._MOST + 9), 10**9))

    def test_shared(self):
        aksk.filter_factory({})(None)
        config = self.database.conf.config
        config(signature_store='oslo_cache', group='evs_fake')
        self.assertRaises(cfg.ConfigFileValueError, replay.store, cfg.CONF)
        config(enabled=True, backend='oslo_cache.dict', group='cache')
        store = replay.store(cfg.CONF)
        self.assertFalse(replay.is_replay(store, 'a' * 64, 2))
        time = self.useFixture(time_fixture.TimeFixture())
        time.advance_time_seconds(3)
        self.assertTrue(replay.is_replay(store, 'a' * 64, 2))
        self.assertFalse(replay.is_replay(store, 'b' * 64, 2))


class PipelineTest(SignedTestCase):
    """Through the sample's api-paste.ini."""

    def setUp(self):
        super().setUp()
        self.snapshot = database.create_snapshot(database.create_volume())

    def test_evs(self):
        response, _sent = send(self.app, **self.keys())
        self.assertEqual(200, response.status_int, response.text)
        self.assertEqual([self.snapshot.id], [
            each['id'] for each in response.json['snapshots']])

    def test_cinder(self):
        for path in ('/v2/%s/snapshots', '/v3/%s/snapshots'):
            response, _sent = send(self.app, path=path % database.PROJECT,
                                   **self.keys())
            self.assertEqual(200, response.status_int, response.text)
            self.assertEqual(1, len(response.json['snapshots']))

    def test_refused(self):
        for path in (PATH, '/v3/%s/snapshots' % database.PROJECT,
                     '/evs-fake/v1/credentials'):
            response, _sent = send(self.app, path=path, **{
                **self.keys(), 'secret_key': 'x'})
            self.assert_refused(response, 'fail')

    def test_roles(self):
        response, _sent = send(
            self.app, 'DELETE', '/v2/%s/cloudsnapshots/%s' % (
                database.PROJECT, self.snapshot.id),
            **self.keys(self.make_credential(['reader'])))
        self.assertEqual(403, response.status_int)
        self.assertEqual('EVS.5403', response.json['forbidden']['code'])

    def test_project_of_the_path(self):
        """The gateway lets it through; the service refuses it."""
        for path in ('/v2/%s/cloudsnapshots/detail', '/v3/%s/snapshots'):
            response, _sent = send(self.app, path=path % ('f' * 32),
                                   **self.keys())
            self.assertEqual(400, response.status_int)
            self.assertIn('badRequest', response.json)

    def test_control(self):
        path = '/evs-fake/v1/credentials'
        response, _sent = send(self.app, path=path, **self.keys())
        self.assertEqual(403, response.status_int)
        admin = self.make_credential(['admin'])
        response, _sent = send(self.app, path=path, **self.keys(admin))
        self.assertEqual(200, response.status_int)
        self.assertNotIn('secret', json.dumps(response.json))

    def test_level_of_the_log(self):
        logging.getLogger().setLevel(logging.DEBUG)
        send(self.app, **self.keys())
        self.assertNotIn(self.credential.secret_key, self.log.output)


def refuse_factory(global_conf):
    return lambda application: webob.Response('someone else')
