# SPDX-License-Identifier: Apache-2.0
"""Keeping secrets out of the log that Cinder has no mask for.

At debug level, Cinder logs the bodies of requests, and what it writes for the
iSCSI target's daemon. What oslo.utils knows to be secret is masked there; the
key by which a volume's transfer is accepted is none of it (oslo.utils 8 to
10), nor is a password of CHAP in the words of ``tgtd``.
"""

import logging
import re

_MASKED = {
    'cinder.api.openstack.wsgi': re.compile(r'(auth_key\W+)\w+'),
    'cinder.volume.targets.tgt': re.compile(r'(incominguser \S+ )\S+'),
}


class _Mask(logging.Filter):

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = _MASKED[record.name].sub(r'\1***', message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True


_FILTER = _Mask()


def set_up() -> None:
    """Mask them from now on; once or several times."""
    for name in _MASKED:
        logging.getLogger(name).addFilter(_FILTER)
