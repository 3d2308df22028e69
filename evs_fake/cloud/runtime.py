# SPDX-License-Identifier: Apache-2.0
"""Choosing how Cinder runs, before anything imports it."""

import importlib.metadata
import importlib.util
import logging
import os
import warnings

from evs_fake.cloud import deferred
from evs_fake.cloud import exception

#: The first Cinder whose services run on native threads.
_FIRST_MAJOR = 29


def prepare() -> None:
    """Have Cinder run on native threads, and quietly.

    :raises CloudError: if the installed Cinder cannot.
    """
    found = importlib.metadata.version('cinder')
    if int(found.split('.')[0]) < _FIRST_MAJOR:
        raise exception.CloudError(
            'the embedded cloud needs Cinder %d or newer, the first that '
            'runs on native threads; installed is %s. As a plugin, evs-fake '
            'works in Cinder %s too.' % (_FIRST_MAJOR, found, found))
    # True, all of it (eventlet's deprecation, native threads being new), but
    # nothing that a user of the fake can act upon.
    warnings.filterwarnings('ignore', category=DeprecationWarning)
    warnings.filterwarnings('ignore', message=r'\s*Eventlet is deprecated')
    # Until the log is set up, Python prints warnings on the terminal.
    logging.getLogger().addHandler(logging.NullHandler())
    os.environ['OS_CINDER_DISABLE_EVENTLET_PATCHING'] = 'true'
    deferred.install()
    from cinder import monkey_patch
    monkey_patch.patch(backend='threading')


def is_compiled() -> bool:
    """Whether Cinder's bytecode is there; without, it boots 5 times slower."""
    package = importlib.util.find_spec('cinder').submodule_search_locations[0]
    return os.path.exists(importlib.util.cache_from_source(
        os.path.join(package, 'volume', 'manager.py')))
