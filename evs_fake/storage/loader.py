# SPDX-License-Identifier: Apache-2.0
"""Engines by name, so that a deployment can bring its own."""

from importlib import metadata

from stevedore import driver
from stevedore import exception as stevedore_exception

from evs_fake import exception
from evs_fake.storage import base

NAMESPACE = 'evs_fake.storage'


def load(name: str, pool_dir: str,
         capacity_gb: int | None = None) -> base.StorageEngine:
    """Make the engine that an entry point of ``NAMESPACE`` names.

    :param pool_dir: directory of its pool.
    :param capacity_gb: size to report, in GiB; None is the medium's own.
    :raises StorageError: no engine has that name, or it cannot be loaded.
    """
    try:
        manager = driver.DriverManager(
            NAMESPACE, name, invoke_on_load=True,
            invoke_args=(pool_dir, capacity_gb))
    except stevedore_exception.NoMatches as error:
        known = sorted(metadata.entry_points(group=NAMESPACE).names)
        raise exception.StorageError(
            data=f'no storage engine is called {name!r}; known: '
                 f'{", ".join(known) or "none"}') from error
    except ImportError as error:
        raise exception.StorageError(
            data=f'storage engine {name!r} cannot be loaded: '
                 f'{error}') from error
    return manager.driver
