# SPDX-License-Identifier: Apache-2.0
"""Passwords of a cloud with Keystone, and what clients are told of them."""

import json
import pathlib
import stat

import fixtures
import testtools
import yaml

from evs_fake.cloud import exception
from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts
from evs_fake.cloud.identity import clients


class AccountsTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.state = state_dir.StateDir(
            pathlib.Path(self.useFixture(fixtures.TempDir()).path))
        self.state.make()

    def test_made_once(self):
        made = accounts.make_passwords(self.state)
        self.assertEqual(
            {'admin', 'member', 'reader', 'alt', 'cinder', 'glance'},
            set(made))
        self.assertEqual(len(made), len(set(made.values())))
        self.assertEqual(made, accounts.make_passwords(self.state))
        self.assertEqual(made, accounts.read_passwords(self.state))
        self.assertEqual(
            0o600, stat.S_IMODE(self.state.passwords.stat().st_mode))

    def test_another_directory_has_others(self):
        made = accounts.make_passwords(self.state)
        self.state.passwords.unlink()
        again = accounts.make_passwords(self.state)
        self.assertEqual(set(), set(made.values()) & set(again.values()))

    def test_damaged(self):
        for text in ('no JSON', '[]', '{"admin": "a"}'):
            self.state.passwords.write_text(text)
            error = self.assertRaises(
                exception.CloudError, accounts.make_passwords, self.state)
            self.assertIn(str(self.state.passwords), str(error))

    def test_clouds(self):
        passwords = accounts.make_passwords(self.state)
        clients.write_clouds(self.state, 'http://[::1]:5', passwords)
        self.assertEqual(
            0o600, stat.S_IMODE(self.state.users_clouds.stat().st_mode))
        written = yaml.safe_load(self.state.users_clouds.read_text())
        self.assertEqual(
            {'admin': ('demo', 'http://[::1]:5/v3'),
             'member': ('demo', 'http://[::1]:5/v3'),
             'reader': ('demo', 'http://[::1]:5/v3'),
             'alt': ('alt', 'http://[::1]:5/v3')},
            {name: (each['auth']['project_name'], each['auth']['auth_url'])
             for name, each in written['clouds'].items()})
        for name, each in written['clouds'].items():
            self.assertEqual(name, each['auth']['username'])
            self.assertEqual(passwords[name], each['auth']['password'])

    def test_what_is_not_logged_in(self):
        """A session says nothing before its first request."""
        accounts.make_passwords(self.state)
        self.state.write(self.state.endpoint, json.dumps(
            {'identity': 'http://keystone.example.org'}))
        session = clients.session(self.state, accounts.ADMIN)
        self.assertEqual('http://keystone.example.org/v3',
                         session.auth.auth_url)
