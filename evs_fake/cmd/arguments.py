# SPDX-License-Identifier: Apache-2.0
"""Arguments that several commands share."""

import argparse
import pathlib

from evs_fake.cloud import state_dir


def add_state_dir(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        '--state-dir', metavar='D', type=pathlib.Path,
        default=state_dir.default_path(),
        help='directory that keeps the cloud: database, volumes, backups, '
             'logs (default: %(default)s)')


def state(parsed: argparse.Namespace) -> state_dir.StateDir:
    return state_dir.StateDir(parsed.state_dir.expanduser().absolute())
