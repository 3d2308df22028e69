# SPDX-License-Identifier: Apache-2.0
"""Keeping the keys of transfers out of the log.

At debug level, Cinder logs the bodies of requests. What oslo.utils knows to
be secret is masked there; the key by which a volume's transfer is accepted is
none of it (oslo.utils 8 to 10).
"""

import logging
import re

_LOGGER = 'cinder.api.openstack.wsgi'

_KEY = 'auth_key'
_VALUE = re.compile(r'(%s\W+)\w+' % _KEY)


class _Mask(logging.Filter):

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _KEY in message:
            record.msg, record.args = _VALUE.sub(r'\1***', message), ()
        return True


_FILTER = _Mask()


def set_up() -> None:
    """Mask them from now on; once or several times."""
    logging.getLogger(_LOGGER).addFilter(_FILTER)
