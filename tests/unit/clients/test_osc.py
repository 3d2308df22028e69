# SPDX-License-Identifier: Apache-2.0
"""``openstack evs``: arguments, requests and what is handed to cliff."""

import argparse
import io
import json
import types

import fixtures
import testtools
from osc_lib import exceptions

from evs_fake.clients import exception
from evs_fake.clients.osc import output
from evs_fake.clients.osc import plugin
from tests.unit import test_entry_points
from tests.unit.clients import commands
from tests.unit.clients import server

_COMMANDS = {point.name: point for point in test_entry_points.entry_points()
             if point.group == test_entry_points.COMMANDS}


class BlockStorage:
    """openstacksdk's, as far as it finds things."""

    def find_snapshot(self, name, ignore_missing):
        return {'s': commands.SNAPSHOT}[name]

    def find_volume(self, name, ignore_missing):
        return {'other': commands.OTHER_VOLUME}[name]


class TestCommands(commands.CommandsMixin):

    RULE = ('evs', 'rule')
    HISTORY = ('evs', 'history', 'list')
    ROLLBACK = ('evs', 'snapshot', 'rollback')
    RESET = ('evs', 'reset')
    STATE = ('evs', 'state')
    ERROR = exceptions.CommandError

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.FakeLogger())

    def command(self, prefix, *words):
        return *prefix, *words

    def run_command(self, *words):
        split = next(split for split in (3, 2)
                     if '_'.join(words[:split]) in _COMMANDS)
        stdout = io.StringIO()
        manager = types.SimpleNamespace(
            evs_fake=self.server.connection(),
            sdk_connection=types.SimpleNamespace(
                block_storage=BlockStorage()))
        found = _COMMANDS['_'.join(words[:split])].load()
        command = found(types.SimpleNamespace(
            client_manager=manager, stdout=stdout), None)
        self.useFixture(fixtures.MonkeyPatch('sys.stderr', io.StringIO()))
        parsed = command.get_parser('openstack').parse_args(words[split:])
        # As cliff has it: the exit code is its own affair.
        command.run(parsed)
        return stdout.getvalue()

    def test_help(self):
        for name, point in _COMMANDS.items():
            command = point.load()(None, None)
            parser = command.get_parser('openstack ' + name)
            self.assertIn(command.__doc__.splitlines()[0].rstrip('.'),
                          ' '.join(parser.format_help().split()), name)
            for action in parser._actions:
                self.assertTrue(action.help, (name, action.dest))

    def test_json(self):
        rule = commands.RULE | {'match': {'metadata': {'a': 'b'}}}
        self.server.answers({'rules': [rule]})
        [listed] = json.loads(
            self.run_command('evs', 'rule', 'list', '-f', 'json'))
        self.assertEqual({'metadata': {'a': 'b'}}, listed['Match'])
        self.server.answers({'rule': rule})
        self.assertEqual(rule, json.loads(
            self.run_command('evs', 'rule', 'show', 'r', '-f', 'json')))

    def test_follow(self):
        """Each change is there before the next is waited for."""
        for words, line in (
                ((), 'now volume v - creating mine\n'),
                (('-f', 'value', '-c', 'New Status'), 'creating\n'),
                (('-f', 'json', '-c', 'Old Status', '-c', 'Resource ID'),
                 '{"Resource ID": "v", "Old Status": null}\n')):
            self.server.answers({'history': [commands.CHANGE], 'cursor': 7})
            printed = io.StringIO()
            command = _COMMANDS['evs_history_list'].load()(
                types.SimpleNamespace(
                    client_manager=types.SimpleNamespace(
                        evs_fake=self.server.connection()),
                    stdout=printed), None)
            parsed = command.get_parser('openstack').parse_args(
                ['--follow', *words])
            # It ends since this cloud answers no second time.
            self.assertRaises(exception.ClientError, command.run, parsed)
            self.assertEqual(line, printed.getvalue())
            self.assertEqual('7', self.server.requests[-1].query['after'])


class TestPlugin(testtools.TestCase):

    def options(self, *words):
        parser = plugin.build_option_parser(argparse.ArgumentParser())
        return parser.parse_args(words)

    def test_options(self):
        for name in ('API_VERSION', 'ENDPOINT_OVERRIDE'):
            self.useFixture(fixtures.EnvironmentVariable(
                'OS_EVS_FAKE_' + name, name))
        options = self.options()
        self.assertEqual('API_VERSION', getattr(
            options, plugin.API_VERSION_OPTION))
        # As openstacksdk takes it into what it has of the cloud.
        self.assertEqual('ENDPOINT_OVERRIDE',
                         options.os_evs_fake_endpoint_override)
        self.assertEqual('http://x', self.options(
            '--os-evs-fake-endpoint-override', 'http://x'
        ).os_evs_fake_endpoint_override)

    def test_client(self):
        class Config:
            def __init__(self, override):
                self.override = override

            def get_session_endpoint(self, service_type):
                return {'block-storage': server.URL + '/v3/p'}[service_type]

            def get_endpoint(self, service_type):
                return {'evs-fake': self.override}[service_type]

        for override, root in ((None, server.URL),
                               ('http://x/evs-fake/v1', 'http://x')):
            found = plugin.make_client(types.SimpleNamespace(
                session=None, sdk_connection=types.SimpleNamespace(
                    config=Config(override))))
            self.assertEqual(root, found.root)


class TestOutput(testtools.TestCase):

    def test_several(self):
        columns, rows = output.several(
            [{'resource_id': 1, 'old_status': None}],
            ('resource_id', 'old_status'))
        self.assertEqual((['Resource ID', 'Old Status'], [[1, None]]),
                         (columns, rows))
