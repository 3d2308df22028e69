# SPDX-License-Identifier: Apache-2.0
"""The routes of Cinder's own API, as a cloud serves them.

Run as a module, with the path of a cloud's cinder.conf: Cinder's options and
its transport belong to the process that reads them, and are not to be those
of the tests.
"""

import dataclasses
import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterable

from cinder import objects
from cinder import rpc
from oslo_config import cfg

#: Where this package is found.
_TOP = pathlib.Path(__file__).parents[2]

#: In a path of Routes': {name}, {name:pattern}, :(name) or :name.
_VARIABLE = re.compile(r':\((\w+)\)|{(\w+)(?::[^}]*)?}|:(\w+)')


@dataclasses.dataclass(frozen=True, order=True)
class Route:
    """One operation of Cinder's.

    :ivar path: below ``/v3``, with variables in braces.
    :ivar action: the key of the body, where that tells operations apart.
    """

    method: str
    path: str
    action: str | None = None


def load(settings: str) -> list[Route]:
    """Ask a process of its own.

    :param settings: path of the cloud's cinder.conf.
    """
    printed = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', __name__, settings],
        check=True, stdout=subprocess.PIPE, text=True, cwd=_TOP).stdout
    return [Route(method, path, action or None)
            for method, path, action in json.loads(printed)]


def _read(settings: str) -> Iterable[Route]:
    objects.register_all()
    cfg.CONF([], project='cinder', default_config_files=[settings],
             default_config_dirs=[])
    rpc.init(cfg.CONF)
    # Can be imported once Cinder's objects are registered.
    from cinder.api.v3 import router

    for route in router.APIRouter.factory({}).map.matchlist:
        path = _VARIABLE.sub(
            lambda found: '{%s}' % next(filter(None, found.groups())),
            route.routepath)
        if '{format}' in path or '{project_id}' not in path:
            continue
        resource = route.defaults['controller']
        controller = getattr(resource, 'controller', resource)
        name = route.defaults['action']
        for method in (route.conditions or {}).get('method') or ['GET']:
            if name == 'action':
                for action in resource.wsgi_actions:
                    yield Route(method, path, action)
            elif hasattr(controller, name):
                yield Route(method, path)


if __name__ == '__main__':
    json.dump(sorted({(each.method, each.path, each.action or '')
                      for each in _read(sys.argv[1])}), sys.stdout)
