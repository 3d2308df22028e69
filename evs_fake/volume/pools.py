# SPDX-License-Identifier: Apache-2.0
"""The pools of a back end: which engine has whose bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from cinder.volume import configuration
from cinder.volume import volume_utils

from evs_fake import exception
from evs_fake.conf import backend as backend_conf
from evs_fake.storage import base
from evs_fake.storage import loader

#: A pool's name is a directory's, and part of what Cinder calls a host.
_NAME = re.compile(r'[0-9A-Za-z][0-9A-Za-z_.-]{0,62}')


class Pools:
    """Engines by the name that Cinder has for the pool.

    There is one pool, in the back end's directory and named as the back
    end, or there are those of ``evs_fake_pools``, each in a directory below.

    :param conf: options of the back end's section.
    :param directory: of the back end; that of the section if it is None.
    :raises StorageError: a name or the engine is not right.
    """

    def __init__(self, conf: configuration.Configuration,
                 directory: str | None = None) -> None:
        self._engines = self._load(
            conf, directory or conf.evs_fake_pool_dir)

    @staticmethod
    def _load(conf: configuration.Configuration, directory: str
              ) -> Mapping[str, base.StorageEngine]:
        capacities = conf.evs_fake_pools
        if not capacities:
            name = conf.safe_get('volume_backend_name') or 'evs-fake'
            return {name: loader.load(conf.evs_fake_engine, directory,
                                      conf.evs_fake_capacity_gb)}
        if conf.evs_fake_capacity_gb is not None:
            raise exception.StorageError(
                data='evs_fake_capacity_gb says nothing of evs_fake_pools, '
                     'which have capacities of their own')
        for name in capacities:
            if not _NAME.fullmatch(name):
                raise exception.StorageError(
                    data=f'evs_fake_pools: no name of a pool: {name!a}')
        return {name: loader.load(conf.evs_fake_engine,
                                  os.path.join(directory, name), capacity)
                for name, capacity in capacities.items()}

    def setup(self) -> None:
        """Make all of them usable, or check them again.

        :raises StorageError: as :meth:`StorageEngine.setup`.
        """
        for engine in self._engines.values():
            engine.setup()

    def recover(self) -> list[str]:
        """Remove what processes that died left half-made."""
        return [name for engine in self._engines.values()
                for name in engine.recover()]

    def close(self) -> None:
        """Give all of them up."""
        for engine in self._engines.values():
            engine.close()

    def items(self) -> list[tuple[str, base.StorageEngine]]:
        """Names and engines."""
        return list(self._engines.items())

    @property
    def only(self) -> base.StorageEngine | None:
        """The engine of a back end that has no more than one."""
        engines = list(self._engines.values())
        return engines[0] if len(engines) == 1 else None

    def at(self, host: str | None) -> base.StorageEngine:
        """The engine of the pool in a host as Cinder has it.

        :raises StorageError: the back end has no such pool.
        """
        if self.only is not None:
            return self.only
        name = volume_utils.extract_host(host or '', 'pool')
        if name not in self._engines:
            raise exception.StorageError(
                data=f'no pool of this back end: {host}')
        return self._engines[name]


def of_section(name: str) -> Pools:
    """The pools that a section of cinder.conf tells of; not set up.

    :raises StorageError: as :class:`Pools`.
    """
    return Pools(configuration.Configuration(
        backend_conf.BACKEND_OPTS, config_group=name))
