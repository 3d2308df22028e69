# SPDX-License-Identifier: Apache-2.0
"""``openstack evs reset`` and ``openstack evs state``"""

import argparse
from typing import Any

from osc_lib.command import command

from evs_fake.clients import arguments
from evs_fake.clients import control
from evs_fake.clients import state
from evs_fake.clients.osc import output


class Reset(command.ShowOne):
    """Empty the cloud, or bring back a saved state.

    Whatever else is in the cloud is lost: volumes, snapshots, backups and
    history of all projects.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add(parser, state.RESET_TO)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        return output.one(cloud.reset(parsed_args.state), state.RESET)


class SaveState(command.ShowOne):
    """Save what the cloud has now, under a new name."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add(parser, state.NAME)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        return output.one(cloud.save_state(parsed_args.name), state.FIELDS)


class LoadState(command.ShowOne):
    """Bring back a saved state.

    Whatever else is in the cloud is lost.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add(parser, state.NAME)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        return output.one(cloud.reset(parsed_args.name), state.RESET)


class ListState(command.Lister):
    """List saved states."""

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        return output.several(cloud.list_states(), state.FIELDS)


class DeleteState(command.Command):
    """Delete saved state(s)."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument('states', metavar='<name>', nargs='+',
                            help='state(s) to delete')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        cloud = control.Control(self.app.client_manager.evs_fake)
        output.delete_all(cloud.delete_state, 'states', parsed_args.states,
                          self.log.error)
