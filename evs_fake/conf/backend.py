# SPDX-License-Identifier: Apache-2.0
"""Options of a back end's section in cinder.conf."""

from oslo_config import cfg
from oslo_config import types

BACKEND_OPTS = [
    cfg.StrOpt(
        'evs_fake_engine', default='file',
        help='Storage engine that keeps the bytes: "file" (sparse files in '
             'evs_fake_pool_dir), "memory" (gone with the process), or any '
             'other that is installed as a stevedore plugin of the namespace '
             'evs_fake.storage.'),
    cfg.StrOpt(
        'evs_fake_pool_dir', default='$state_path/evs-fake',
        help='Directory of the pool. Made on start-up; nobody but the user '
             'of cinder-volume (and of cinder-backup) gets access. Two back '
             'ends never share one, but all hosts of a cluster (active/'
             'active) do. In a replication_device, '
             '"backend_id:<name>,evs_fake_pool_dir:<directory>", it is the '
             'one for replicas.'),
    cfg.IntOpt(
        'evs_fake_capacity_gb', min=1,
        help='Capacity that the pool reports, in GiB. Unset: that of the '
             'file system below it. More than that can be reported: volumes '
             'are sparse.'),
    cfg.Opt(
        'evs_fake_pools', type=types.Dict(types.Integer(min=1)), default={},
        help='Several pools in one back end: the capacity in GiB that each '
             'of them reports, by its name, such as "gold:100,silver:500". '
             'Each is a directory of that name in evs_fake_pool_dir. Unset: '
             'one pool, named as the back end, in evs_fake_pool_dir '
             'itself.'),
    cfg.StrOpt(
        'evs_fake_attach', default='local', choices=[
            ('local', 'the path of the file, for os-brick\'s "local" '
                      'connector: clients run on this host.'),
            ('target', 'a target that the helper of Cinder\'s serves which '
                       'target_helper names: "tgtadm" or "nvmet".')],
        help='What an attached client gets. Cinder\'s own services on this '
             'host get the file in any case.'),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [('backend_defaults', BACKEND_OPTS)]
