# SPDX-License-Identifier: Apache-2.0
"""Who clients are, where no Keystone says so. Imports no Cinder."""

import re

#: Who asks, when neither token nor URL says.
DEFAULT_USER = 'admin'
DEFAULT_PROJECT = 'demo'

#: What the id of a user or a project can be, for JSON schemas. (Python's "$"
#: is before a newline at the end, too.)
PATTERN = r'^[0-9a-zA-Z_-]{1,64}$(?!\n)'

_ID = re.compile('[0-9a-zA-Z_-]{1,64}')


def is_id(text: str) -> bool:
    """Whether a text can be the id of a user or a project."""
    return _ID.fullmatch(text) is not None


def token(user: str, project: str) -> str:
    """The token by which a client says who it is.

    The form is that of Cinder's own noauth.
    """
    return '%s:%s' % (user, project)
