# SPDX-License-Identifier: Apache-2.0
"""``openstack evs rule``"""

import argparse
from typing import Any

from osc_lib.command import command

from evs_fake.clients import arguments
from evs_fake.clients import control
from evs_fake.clients import rule
from evs_fake.clients.osc import output


class CreateRule(command.ShowOne):
    """Have operations of the storage back end held, delayed or failed.

    Of the rules that match an operation, the one that was made first is
    obeyed.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add(parser, *rule.CREATE)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        return output.one(cloud.create_rule(rule.asked(parsed_args)),
                          rule.SHOWN)


class ListRule(command.Lister):
    """List rules, in the order in which they are looked at."""

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        return output.several(cloud.list_rules(), rule.LISTED)


class ShowRule(command.ShowOne):
    """Show a rule, and what it met."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add(parser, rule.RULE)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        return output.one(cloud.show_rule(parsed_args.rule), rule.SHOWN)


class ReleaseRule(command.ShowOne):
    """End a rule: what it holds goes on, or fails."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add(parser, *rule.RELEASE)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        return output.one(
            cloud.release_rule(parsed_args.rule, parsed_args.fail,
                               parsed_args.message), rule.SHOWN)


class DeleteRule(command.Command):
    """Delete rule(s): what they hold goes on."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument('rules', metavar='<rule>', nargs='+',
                            help='rule(s) to delete (ID)')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        cloud = control.Control(self.app.client_manager.evs_fake)
        output.delete_all(cloud.delete_rule, 'rules', parsed_args.rules,
                          self.log.error)
