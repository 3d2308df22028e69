# SPDX-License-Identifier: Apache-2.0
"""Secrets in what Cinder logs at debug level."""

import logging

import fixtures
import testtools
from oslo_utils import strutils

from evs_fake.cloud import log_mask

_REQUESTS = 'cinder.api.openstack.wsgi'
_TARGET = 'cinder.volume.targets.tgt'
_BODY = '{"accept": {"auth_key": "9266c59563c84664"}}'


class LogMaskTest(testtools.TestCase):

    def logged(self, *arguments, logger=_REQUESTS):
        log = self.useFixture(fixtures.FakeLogger(
            logger, level=logging.DEBUG))
        logging.getLogger(logger).debug(*arguments)
        return log.output

    def test_oslo_utils_still_does_not(self):
        """When it does, this filter can go."""
        self.assertIn('9266c59563c84664', strutils.mask_password(_BODY))

    def test_masked(self):
        log_mask.set_up()
        log_mask.set_up()
        for arguments in (('body: ' + _BODY,), ('body: %s', _BODY),
                          ('body: %s', _BODY.encode()),
                          ('body: %s', {'auth_key': '9266c59563c84664'})):
            output = self.logged(*arguments)
            self.assertNotIn('9266c59563c84664', output)
            self.assertIn('***', output)

    def test_target(self):
        log_mask.set_up()
        self.assertEqual(
            'content: \n    incominguser user ***\n</target>\n\n',
            self.logged('content: %(vc)s', {
                'vc': '\n    incominguser user 9266c59563c84664\n</target>\n'
            }, logger=_TARGET))

    def test_others_are_left_alone(self):
        log_mask.set_up()
        self.assertEqual('100% of author\n', self.logged('100% of author'))
        self.assertEqual('1 of 2\n', self.logged('%d of %d', 1, 2))
