# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's older tags, of volumes, snapshots and backups alike."""

from evs_fake.policies import base

_TYPE = '/v2/{project_id}/os-vendor-tags/{resource_type}'
_ONE = _TYPE + '/{resource_id}'

LIST = 'evs_fake:vendor_tags:list'
SHOW = 'evs_fake:vendor_tags:show'
CHANGE = 'evs_fake:vendor_tags:change'

RULES = (
    base.rule('vendor_tags:list', base.READER,
              'List the tags of all resources of a type.', 'GET ' + _TYPE),
    base.rule('vendor_tags:show', base.READER,
              'Show the tags of a resource.', 'GET ' + _ONE,
              'GET %s/{key}' % _ONE),
    base.rule('vendor_tags:change', base.MEMBER,
              'Change the tags of a resource.', 'PUT ' + _ONE,
              'POST ' + _ONE, 'POST %s/action' % _ONE,
              'PUT %s/{key}' % _ONE, 'DELETE %s/{key}' % _ONE),
)
