# SPDX-License-Identifier: Apache-2.0
"""The group ``[evs_fake]`` of tempest.conf."""

from oslo_config import cfg

GROUP = cfg.OptGroup('evs_fake', title='Clouds that are like EVS')

OPTIONS = [
    cfg.BoolOpt('evs', default=True,
                help='Whether the cloud offers EVS\'s own API.'),
    cfg.BoolOpt('cbr', default=True,
                help='Whether the cloud offers CBR.'),
    cfg.BoolOpt('control', default=False,
                help='Whether the cloud offers evs-fake\'s control API. '
                     'Tests that need something held or failed skip where it '
                     'is not.'),
    cfg.BoolOpt('revert', default=True,
                help='Whether the cloud offers Cinder\'s own revert to the '
                     'newest snapshot (microversion 3.40).'),
    cfg.StrOpt('evs_catalog_type', default='evs',
               help='Type of EVS in the catalog.'),
    cfg.StrOpt('cbr_catalog_type', default='cbr',
               help='Type of CBR in the catalog.'),
    cfg.URIOpt('evs_endpoint', schemes=['http', 'https'],
               help='Where EVS is, without version and project, if it is not '
                    'in the catalog.'),
    cfg.URIOpt('cbr_endpoint', schemes=['http', 'https'],
               help='Where CBR is, without version and project, if it is not '
                    'in the catalog.'),
    cfg.URIOpt('control_endpoint', schemes=['http', 'https'],
               help='Where the control API is, with its version. The default '
                    'is /evs-fake/v1 below the root of block storage.'),
]
