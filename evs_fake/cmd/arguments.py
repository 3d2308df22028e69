# SPDX-License-Identifier: Apache-2.0
"""Arguments that several commands share."""

import argparse
import pathlib

from evs_fake.api.auth import identity
from evs_fake.cloud import state_dir


def project_or_user(text: str) -> str:
    """The type of an argument that is the id of a project or a user."""
    if not identity.is_id(text):
        raise argparse.ArgumentTypeError(
            'not 1 to 64 letters, digits, "_" or "-": %s' % text)
    return text


#: The type of an argument that is the name of a saved state.
state_name = project_or_user


def add_state_dir(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        '--state-dir', metavar='D', type=pathlib.Path,
        default=state_dir.default_path(),
        help='directory that keeps the cloud: database, volumes, backups, '
             'logs (default: %(default)s)')


def add_cloud(command: argparse.ArgumentParser) -> None:
    """Of commands that ask a running cloud, wherever it runs."""
    command.add_argument(
        '--state-dir', metavar='D', type=pathlib.Path,
        help='directory of the running cloud (default: %s, or, if none runs '
             'there, the cloud that the environment of openrc tells of)'
             % state_dir.default_path())


def state(parsed: argparse.Namespace) -> state_dir.StateDir:
    path = parsed.state_dir or state_dir.default_path()
    return state_dir.StateDir(path.expanduser().absolute())
