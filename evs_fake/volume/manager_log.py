# SPDX-License-Identifier: Apache-2.0
"""Dropping a record that Cinder's manager cannot format.

When a driver has moved a volume out of ``reverting`` itself, the manager's
``revert_to_snapshot`` replaces the arguments of its message by those of
another (Cinder 27 to 29), and Python prints "--- Logging error ---" with two
tracebacks on stderr. What the record would say, the driver logs itself.
"""

import logging
from collections.abc import Mapping

_MANAGER = 'cinder.volume.manager'


class _Malformed(logging.Filter):

    def filter(self, record: logging.LogRecord) -> bool:
        return not (isinstance(record.args, Mapping)
                    and 'v_id' not in record.args
                    and isinstance(record.msg, str)
                    and record.msg.startswith('Volume %(v_id)s revert to '))


_FILTER = _Malformed()


def drop_malformed() -> None:
    """Drop that record, and no other; once or several times."""
    logging.getLogger(_MANAGER).addFilter(_FILTER)
