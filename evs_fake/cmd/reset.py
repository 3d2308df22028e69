# SPDX-License-Identifier: Apache-2.0
"""bring a running cloud back to empty, or to a saved state

Everything goes that is not of that state: volumes, snapshots, backups, rules,
access keys, history. Operations under way end; the cloud itself runs on.
"""

import argparse

from evs_fake.clients import state
from evs_fake.cmd import arguments
from evs_fake.cmd import control
from evs_fake.cmd import output


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        '--state', metavar='NAME', type=arguments.state_name,
        help='the saved state to bring back (default: that of a new cloud)')
    output.add_format(command)
    arguments.add_cloud(command)


def run(parsed: argparse.Namespace) -> int:
    output.one(control.connect(parsed).reset(parsed.state),
               state.RESET, parsed.format)
    return 0
