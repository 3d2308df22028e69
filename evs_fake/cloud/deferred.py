# SPDX-License-Identifier: Apache-2.0
"""Imports that wait until somebody uses what they import.

Cinder and the libraries that it uses import clients and algorithms of all
that any Cinder may meet, which is a sixth of what a start takes; an embedded
cloud uses some of it later, most of it never. Here a module that is imported
is there at once, empty, and is read at the first look for what is in it.

It is what :class:`importlib.util.LazyLoader` does, except that the latter,
before Python 3.11.8, shows half a module to a second thread that looks.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import threading
import types
from collections.abc import Sequence
from typing import Any

#: Modules that their importers use in functions only, with what is read then.
MODULES = (
    # PyParsing: for back ends with a filter or a goodness function.
    'cinder.scheduler.evaluator.evaluator',
    # For GET /healthcheck as HTML.
    'jinja2',
    # For clouds with Keystone.
    'keystoneclient.discover',
    'keystonemiddleware.auth_token._identity',
    # NetworkX: for the flows by which Cinder creates volumes.
    'taskflow.types.graph',
    # For volumes on VMware, with suds and lxml.
    'oslo_vmware.api',
    'oslo_vmware.image_transfer',
    'oslo_vmware.objects.datastore',
    'oslo_vmware.rw_handles',
)


def install() -> None:
    """Defer those that have not been imported yet."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):

    def find_spec(self, fullname: str, path: Sequence[str] | None,
                  target: types.ModuleType | None = None
                  ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in MODULES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(
            fullname, path, target)
        if spec is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(importlib.abc.Loader):

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec
                      ) -> types.ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        module.__spec__.loader_state = _Unread()
        module.__class__ = _Module


class _Unread:
    """What is known of a module that nobody has looked into."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.is_read = False


class _Module(types.ModuleType):

    def __getattr__(self, name: str) -> Any:
        spec = self.__spec__
        with spec.loader_state.lock:
            # Once, and not again for what it looks for while it is read.
            if not spec.loader_state.is_read:
                spec.loader_state.is_read = True
                try:
                    spec.loader.exec_module(self)
                except BaseException:
                    spec.loader_state.is_read = False
                    raise
        return types.ModuleType.__getattribute__(self, name)
