# SPDX-License-Identifier: Apache-2.0
"""The database of a new cloud, to begin again from.

It is the one that :mod:`evs_fake.cloud.schema` keeps in the user's cache, or
where that is gone, or of another version, one that is made anew: in a process
of its own, as migrations go by the process's one configuration.
"""

import pathlib
import subprocess
import sys

from evs_fake.cloud import exception
from evs_fake.cloud import schema as cloud_schema
from evs_fake.cloud import seeds
from evs_fake.cloud import state_dir
from evs_fake.cloud import template


def schema(state: state_dir.StateDir) -> str:
    """Names the migrations and seeds of the cloud that runs.

    Not those that are installed: they may have been upgraded since.
    """
    return state.schema.read_text().split('\n')[0]


def database(state: state_dir.StateDir) -> pathlib.Path:
    """The database of a new cloud of the same schema, not to be changed.

    :raises CloudError: it cannot be made.
    """
    wanted = schema(state)
    kept = cloud_schema.kept(wanted)
    if template.is_sound(kept):
        return kept
    own = state.path / ('new-%s.sqlite' % wanted)
    if not template.is_sound(own):
        _make(state, own)
    return own


def _make(state: state_dir.StateDir, path: pathlib.Path) -> None:
    temporary = path.with_name('.' + path.name)
    temporary.unlink(missing_ok=True)
    from oslo_config import cfg
    made = subprocess.run(  # noqa: S603 - our own module  # nosec B603
        [sys.executable, '-m', __name__, schema(state), str(temporary),
         *cfg.CONF.config_file], capture_output=True, text=True)
    if made.returncode:
        raise exception.CloudError(
            'cannot make the database of a new cloud: ' + made.stderr)
    temporary.rename(path)


def _main(wanted: str, path: str, *settings: str) -> None:
    from evs_fake.cloud import runtime
    runtime.prepare()
    from cinder import objects
    objects.register_all()
    from cinder.common import config  # noqa: F401 - registers options
    from oslo_config import cfg
    cfg.CONF([], project='cinder', default_config_files=settings,
             default_config_dirs=[])
    url = 'sqlite:///' + path
    cfg.CONF.set_override('connection', url, 'database')
    cfg.CONF.set_override('slave_connection', None, 'database')
    zones = seeds.zones()
    if cloud_schema.fingerprint(zones) != wanted:
        sys.exit('another version of evs-fake was installed since the cloud '
                 'was started; start it again')
    cloud_schema.make(zones, ())


if __name__ == '__main__':
    _main(*sys.argv[1:])
