# SPDX-License-Identifier: Apache-2.0
"""``cinder evs-...``: arguments and requests, in the cinder shell's parser."""

import importlib.util
import io
import pathlib
import types

import fixtures
from cinderclient import api_versions
from cinderclient import exceptions
from cinderclient import extension
from cinderclient import shell

from tests.unit.clients import commands
from tests.unit.clients import server

PATH = (pathlib.Path(__file__).parents[3] / 'cinderclient-extension'
        / 'evs_fake_cinderclient_ext.py')


def load():
    """The extension, as any Python can load it."""
    spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Manager:
    """python-cinderclient's, as far as it finds things."""

    resource_class = None

    def __init__(self, *known):
        self.known = {each.name: each for each in known}

    def get(self, _id):
        raise exceptions.NotFound(404)

    def find(self, **by):
        return self.known[by['name']]


class TestCommands(commands.CommandsMixin):

    RULE = ('evs-rule-',)
    HISTORY = ('evs-history',)
    ROLLBACK = ('evs-rollback',)
    RESET = ('evs-reset',)
    STATE = ('evs-state-',)
    ERROR = exceptions.CommandError

    def setUp(self):
        super().setUp()
        cinder = shell.OpenStackCinderShell()
        cinder.extensions = [extension.Extension(PATH.stem, load())]
        self.stdout = io.StringIO()
        self.useFixture(fixtures.MonkeyPatch('sys.stdout', self.stdout))
        self.useFixture(fixtures.MonkeyPatch('sys.stderr', io.StringIO()))
        self.parser = cinder.get_subcommand_parser(
            api_versions.APIVersion('3.71'), False, [])

    def command(self, prefix, *words):
        return prefix[0] + words[0], *words[1:]

    def run_command(self, *words):
        parsed = self.parser.parse_args(words)
        self.stdout.seek(0)
        self.stdout.truncate()
        cloud = self.server.connection()
        parsed.func(types.SimpleNamespace(
            client=types.SimpleNamespace(
                session=cloud._session, auth=None,
                get_endpoint=lambda: server.URL + '/v3/mine'),
            volumes=Manager(commands.OTHER_VOLUME),
            volume_snapshots=Manager(commands.SNAPSHOT)), parsed)
        return self.stdout.getvalue()
