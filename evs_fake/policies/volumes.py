# SPDX-License-Identifier: Apache-2.0
"""Rules of EVS's ``cloudvolumes``."""

from evs_fake.policies import base

_V2 = '/v2/{project_id}/cloudvolumes'
#: Where older clients look for the same.
_OLD = ('/v2/{project_id}/os-vendor-volumes',
        '/v3/{project_id}/os-vendor-volumes')
_PLACES = (_V2, *_OLD)

CREATE = 'evs_fake:volumes:create'
LIST = 'evs_fake:volumes:list'
SHOW = 'evs_fake:volumes:show'
UPDATE = 'evs_fake:volumes:update'
DELETE = 'evs_fake:volumes:delete'
EXTEND = 'evs_fake:volumes:extend'
RETYPE = 'evs_fake:volumes:retype'
MODIFY_QOS = 'evs_fake:volumes:modify_qos'
ORDER = 'evs_fake:volumes:order'
LIST_TAGS = 'evs_fake:volumes:list_tags'
FIND_BY_TAGS = 'evs_fake:volumes:find_by_tags'
SHOW_TAGS = 'evs_fake:volumes:show_tags'
CHANGE_TAGS = 'evs_fake:volumes:change_tags'

RULES = (
    base.rule('volumes:create', base.MEMBER, 'Create volumes.',
              'POST /v2.1/{project_id}/cloudvolumes', 'POST ' + _V2,
              'POST /v3/{project_id}/cloudvolumes'),
    base.rule('volumes:list', base.READER, 'List volumes.', 'GET ' + _V2,
              *('GET %s/detail' % place for place in _PLACES)),
    base.rule('volumes:show', base.READER, 'Show a volume.',
              *('GET %s/{volume_id}' % place for place in _PLACES)),
    base.rule('volumes:update', base.MEMBER,
              'Change name and description of a volume.',
              'PUT %s/{volume_id}' % _V2),
    base.rule('volumes:delete', base.MEMBER,
              'Delete a volume and its snapshots.',
              'DELETE %s/{volume_id}' % _V2),
    base.rule('volumes:extend', base.MEMBER, 'Make volumes larger.',
              'POST /v2.1/{project_id}/cloudvolumes/{volume_id}/action',
              'POST %s/{volume_id}/action' % _V2,
              'POST /v5/{project_id}/volumes/batch-extend'),
    base.rule('volumes:retype', base.MEMBER, 'Change the type of a volume.',
              'POST /v2/{project_id}/volumes/{volume_id}/retype'),
    base.rule('volumes:modify_qos', base.MEMBER,
              'Change IOPS and throughput of a volume.',
              'PUT /v5/{project_id}/cloudvolumes/{volume_id}/qos'),
    base.rule('volumes:order', base.MEMBER,
              'Change orders of volumes; there are none, and who may ask is '
              'told so.',
              'POST %s/unsubscribe' % _V2,
              'POST %s/change-charge-mode' % _V2),
    base.rule('volumes:list_tags', base.READER,
              'List the tags of all volumes.', 'GET %s/tags' % _V2),
    base.rule('volumes:find_by_tags', base.READER,
              'Find or count volumes by their tags.',
              *('POST %s/resource_instances/action' % place
                for place in _PLACES)),
    base.rule('volumes:show_tags', base.READER, 'Show the tags of a volume.',
              *('GET %s/{volume_id}/tags' % place for place in _PLACES)),
    base.rule('volumes:change_tags', base.MEMBER,
              'Add tags to a volume, or take them off.',
              *('POST %s/{volume_id}/tags/action' % place
                for place in _PLACES)),
)
