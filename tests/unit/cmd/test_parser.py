# SPDX-License-Identifier: Apache-2.0
"""What the command line is, unless somebody says otherwise."""

import ipaddress

import testtools

from evs_fake.cmd import evs_fake


class ServeTest(testtools.TestCase):

    def test_listens_on_loopback_only(self):
        """Where every request is believed, nobody else may send any."""
        parsed = evs_fake.parser().parse_args(['serve'])
        self.assertEqual('noauth', parsed.auth)
        self.assertTrue(ipaddress.ip_address(parsed.host).is_loopback)
