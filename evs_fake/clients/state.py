# SPDX-License-Identifier: Apache-2.0
"""Saved states of a cloud, as every shell shows them."""

from evs_fake.clients import arguments

#: Fields of one, and of a list.
FIELDS = ('name', 'created_at', 'size', 'volumes', 'snapshots', 'backups')
#: Fields of what a reset answers.
RESET = ('state', 'seconds')

NAME = arguments.argument('name', metavar='name', help='name of the state')
RESET_TO = arguments.argument(
    '--state', metavar='name',
    help='saved state to bring back (default: the empty cloud)')
