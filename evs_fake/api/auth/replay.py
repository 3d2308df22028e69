# SPDX-License-Identifier: Apache-2.0
"""Telling a signed request that is sent again from two equal ones.

The date in a signature has a resolution of one second, so that an SDK that
asks for the same thing twice within it (a tight poll of a job, two equal
creations) sends the same signature twice. A signature is therefore good for a
short while after it was first seen, and refused from then on until its date
has expired.

Where two requests meet, both may find that they are the first. That does no
harm: both are served, as the second would be anyway.
"""

import functools
import threading
from typing import Protocol

import cachetools
from oslo_config import cfg
from oslo_utils import timeutils

from evs_fake.api.auth import signature
from evs_fake.conf import auth

#: Seconds from the first sight of a signature to the end of its validity, at
#: most: its date may be in the future by as much as in the past.
_MEMORY = 2 * signature.SKEW.total_seconds()

#: Signatures that a process remembers: 40 MB. More in half an hour push out
#: the oldest, which by then have expired unless clocks differ.
_MOST = 100_000


class Store(Protocol):
    """Remembers when signatures were first seen."""

    def first_seen(self, text: str, now: float) -> float:
        """When a signature was first seen, in seconds; this may be it."""


class Memory:
    """Of this process.

    Not oslo.cache's own ``oslo_cache.dict``: that looks at all it has at
    every write, is not made for threads, and knows no bound.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = cachetools.TTLCache(
            _MOST, _MEMORY, timer=timeutils.utcnow_ts)

    def first_seen(self, text: str, now: float) -> float:
        with self._lock:
            return self._seen.setdefault(bytes.fromhex(text), now)


class Shared:
    """Of all hosts that have the same cache."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        """Connect to what the section ``[cache]`` names.

        :raises ConfigFileValueError: it names none.
        """
        # Here, so that nobody else waits for the import.
        from oslo_cache import core
        core.configure(conf)
        if not conf.cache.enabled or conf.cache.backend in (
                None, 'dogpile.cache.null'):
            raise cfg.ConfigFileValueError(
                '[evs_fake] signature_store is "oslo_cache", but [cache] is '
                'not enabled or has no backend.')
        self._no_value = core.NO_VALUE
        self._region = core.configure_cache_region(
            conf, core.create_region())

    def first_seen(self, text: str, now: float) -> float:
        key = 'evs_fake_signature_' + text
        # The cache's expiration is for things that grow stale.
        found = self._region.get(key, ignore_expiration=True)
        if found is self._no_value:
            self._region.set(key, now)
            return now
        return found


#: One for all APIs of a process: CBR's paths are Cinder's, too.
_memory = functools.cache(Memory)


def store(conf: cfg.ConfigOpts) -> Store:
    """The store that the configuration chooses.

    :raises ConfigFileValueError: it is not configured.
    """
    if conf[auth.GROUP].signature_store == 'oslo_cache':
        return Shared(conf)
    return _memory()


def is_replay(seen: Store, text: str, grace: float) -> bool:
    """Whether a valid signature is one that somebody sends again.

    :param grace: seconds for which it is good.
    """
    now = timeutils.utcnow_ts(microsecond=True)
    return now - seen.first_seen(text, now) > grace
