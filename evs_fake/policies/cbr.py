# SPDX-License-Identifier: Apache-2.0
"""Rules of CBR's routes."""

from evs_fake.policies import base

_PROJECT = '/v3/{project_id}'
_VAULTS = _PROJECT + '/vaults'
_VAULT = _VAULTS + '/{vault_id}'
_BACKUPS = _PROJECT + '/backups'
_BACKUP = _BACKUPS + '/{backup_id}'
_POLICIES = _PROJECT + '/policies'
_POLICY = _POLICIES + '/{policy_id}'
_MEMBERS = _BACKUP + '/members'
_TAGS = _PROJECT + '/vault/{vault_id}/tags'

VAULTS_CREATE = 'evs_fake:cbr:vaults:create'
VAULTS_LIST = 'evs_fake:cbr:vaults:list'
VAULTS_SHOW = 'evs_fake:cbr:vaults:show'
VAULTS_UPDATE = 'evs_fake:cbr:vaults:update'
VAULTS_BATCH_UPDATE = 'evs_fake:cbr:vaults:batch_update'
VAULTS_DELETE = 'evs_fake:cbr:vaults:delete'
VAULTS_SUMMARY = 'evs_fake:cbr:vaults:summary'
VAULTS_EXPIRATION = 'evs_fake:cbr:vaults:update_expiration'
RESOURCES_ADD = 'evs_fake:cbr:resources:add'
RESOURCES_REMOVE = 'evs_fake:cbr:resources:remove'
RESOURCES_MIGRATE = 'evs_fake:cbr:resources:migrate'
RESOURCES_SET = 'evs_fake:cbr:resources:set'
CHECKPOINTS_CREATE = 'evs_fake:cbr:checkpoints:create'
CHECKPOINTS_SHOW = 'evs_fake:cbr:checkpoints:show'
BACKUPS_LIST = 'evs_fake:cbr:backups:list'
BACKUPS_SHOW = 'evs_fake:cbr:backups:show'
BACKUPS_UPDATE = 'evs_fake:cbr:backups:update'
BACKUPS_DELETE = 'evs_fake:cbr:backups:delete'
BACKUPS_METADATA = 'evs_fake:cbr:backups:metadata'
BACKUPS_RESTORE = 'evs_fake:cbr:backups:restore'
LOGS_LIST = 'evs_fake:cbr:operation_logs:list'
LOGS_SHOW = 'evs_fake:cbr:operation_logs:show'
POLICIES_CREATE = 'evs_fake:cbr:policies:create'
POLICIES_LIST = 'evs_fake:cbr:policies:list'
POLICIES_SHOW = 'evs_fake:cbr:policies:show'
POLICIES_UPDATE = 'evs_fake:cbr:policies:update'
POLICIES_DELETE = 'evs_fake:cbr:policies:delete'
POLICIES_ASSOCIATE = 'evs_fake:cbr:policies:associate'
POLICIES_DISSOCIATE = 'evs_fake:cbr:policies:dissociate'
POLICIES_RUN = 'evs_fake:cbr:policies:run'
TAGS_CREATE = 'evs_fake:cbr:tags:create'
TAGS_DELETE = 'evs_fake:cbr:tags:delete'
TAGS_CHANGE = 'evs_fake:cbr:tags:change'
TAGS_SHOW = 'evs_fake:cbr:tags:show'
TAGS_LIST = 'evs_fake:cbr:tags:list'
TAGS_QUERY = 'evs_fake:cbr:tags:query'
MEMBERS_LIST = 'evs_fake:cbr:members:list'
MEMBERS_SHOW = 'evs_fake:cbr:members:show'
MEMBERS_ADD = 'evs_fake:cbr:members:add'
MEMBERS_UPDATE = 'evs_fake:cbr:members:update'
MEMBERS_DELETE = 'evs_fake:cbr:members:delete'
PROTECTABLES_LIST = 'evs_fake:cbr:protectables:list'
PROTECTABLES_SHOW = 'evs_fake:cbr:protectables:show'
USAGE = 'evs_fake:cbr:storage_usage'
EMPTY = 'evs_fake:cbr:empty'
UNAVAILABLE = 'evs_fake:cbr:unavailable'

RULES = tuple(
    base.rule(name.removeprefix('evs_fake:'), check, description,
              *operations)
    for name, check, description, *operations in (
        (VAULTS_CREATE, base.MEMBER, 'Make a vault.', 'POST ' + _VAULTS),
        (VAULTS_LIST, base.READER, 'List vaults.', 'GET ' + _VAULTS),
        (VAULTS_SHOW, base.READER, 'Show a vault.', 'GET ' + _VAULT),
        (VAULTS_UPDATE, base.MEMBER, 'Change a vault.', 'PUT ' + _VAULT),
        (VAULTS_BATCH_UPDATE, base.MEMBER, 'Change all vaults.',
         'PUT %s/batch-update' % _VAULTS),
        (VAULTS_DELETE, base.MEMBER, 'Delete a vault and its backups.',
         'DELETE ' + _VAULT),
        (VAULTS_SUMMARY, base.READER, 'Show the size of all vaults.',
         'GET %s/summary' % _VAULTS),
        (VAULTS_EXPIRATION, base.MEMBER,
         'Change when the backups of a vault expire.',
         'PUT %s/update-backup-expiration-time' % _VAULT),
        (RESOURCES_ADD, base.MEMBER, 'Put resources into a vault.',
         'POST %s/addresources' % _VAULT),
        (RESOURCES_REMOVE, base.MEMBER,
         'Take resources out of a vault and delete their backups.',
         'POST %s/removeresources' % _VAULT),
        (RESOURCES_MIGRATE, base.MEMBER,
         'Put resources of a vault into another.',
         'POST %s/migrateresources' % _VAULT),
        (RESOURCES_SET, base.MEMBER,
         'Have policies leave resources of a vault out, or not.',
         'PUT %s/set-resources' % _VAULT),
        (CHECKPOINTS_CREATE, base.MEMBER,
         'Back up the resources of a vault.',
         'POST %s/checkpoints' % _PROJECT),
        (CHECKPOINTS_SHOW, base.READER, 'Show a checkpoint.',
         'GET %s/checkpoints/{checkpoint_id}' % _PROJECT),
        (BACKUPS_LIST, base.READER, 'List backups.', 'GET ' + _BACKUPS),
        (BACKUPS_SHOW, base.READER, 'Show a backup.', 'GET ' + _BACKUP),
        (BACKUPS_UPDATE, base.MEMBER, 'Rename a backup.',
         'PUT ' + _BACKUP),
        (BACKUPS_DELETE, base.MEMBER, 'Delete a backup.',
         'DELETE ' + _BACKUP),
        (BACKUPS_METADATA, base.READER, 'Show the metadata of a backup.',
         'GET %s/metadata' % _BACKUP),
        (BACKUPS_RESTORE, base.MEMBER, 'Restore a backup to a volume.',
         'POST %s/restore' % _BACKUP),
        (LOGS_LIST, base.READER, 'List operation logs.',
         'GET %s/operation-logs' % _PROJECT),
        (LOGS_SHOW, base.READER, 'Show an operation log.',
         'GET %s/operation-logs/{operation_log_id}' % _PROJECT),
        (POLICIES_CREATE, base.MEMBER, 'Make a backup policy.',
         'POST ' + _POLICIES),
        (POLICIES_LIST, base.READER, 'List backup policies.',
         'GET ' + _POLICIES),
        (POLICIES_SHOW, base.READER, 'Show a backup policy.',
         'GET ' + _POLICY),
        (POLICIES_UPDATE, base.MEMBER, 'Change a backup policy.',
         'PUT ' + _POLICY),
        (POLICIES_DELETE, base.MEMBER, 'Delete a backup policy.',
         'DELETE ' + _POLICY),
        (POLICIES_ASSOCIATE, base.MEMBER,
         'Have a policy hold for a vault.',
         'POST %s/associatepolicy' % _VAULT),
        (POLICIES_DISSOCIATE, base.MEMBER,
         'Have a policy hold for a vault no more.',
         'POST %s/dissociatepolicy' % _VAULT),
        (POLICIES_RUN, base.MEMBER,
         'Execute a backup policy now (not one of the real CBR).',
         'POST %s/evs-fake/policies/{policy_id}/run' % _PROJECT),
        (TAGS_CREATE, base.MEMBER, 'Tag a vault.', 'POST ' + _TAGS),
        (TAGS_DELETE, base.MEMBER, 'Take a tag off a vault.',
         'DELETE %s/{key}' % _TAGS),
        (TAGS_CHANGE, base.MEMBER, 'Add or remove tags of a vault.',
         'POST %s/action' % _TAGS),
        (TAGS_SHOW, base.READER, 'Show the tags of a vault.',
         'GET ' + _TAGS),
        (TAGS_LIST, base.READER, 'List the tags of all vaults.',
         'GET %s/vault/tags' % _PROJECT),
        (TAGS_QUERY, base.READER, 'Find vaults by their tags.',
         'POST %s/vault/resource_instances/action' % _PROJECT),
        (MEMBERS_LIST, base.READER, 'List who a backup is shared with.',
         'GET ' + _MEMBERS),
        (MEMBERS_SHOW, base.READER, 'Show how a backup is shared.',
         'GET %s/{member_id}' % _MEMBERS),
        (MEMBERS_ADD, base.MEMBER, 'Share a backup.', 'POST ' + _MEMBERS),
        (MEMBERS_UPDATE, base.MEMBER, 'Accept or reject a shared backup.',
         'PUT %s/{member_id}' % _MEMBERS),
        (MEMBERS_DELETE, base.MEMBER, 'Share a backup no more.',
         'DELETE %s/{member_id}' % _MEMBERS),
        (PROTECTABLES_LIST, base.READER, 'List what can be backed up.',
         'GET %s/protectables/{protectable_type}/instances' % _PROJECT),
        (PROTECTABLES_SHOW, base.READER,
         'Show whether a resource can be backed up.',
         'GET %s/protectables/{protectable_type}/instances/{instance_id}'
         % _PROJECT),
        (USAGE, base.READER, 'Show what backups of resources take.',
         'GET %s/storage_usage' % _PROJECT),
        (EMPTY, base.READER,
         'See that there is nothing of what a lone cloud has none of.',
         *('GET ' + path for path in (
             _PROJECT + '/agents', _PROJECT + '/organization-policies',
             _PROJECT + '/replication-capabilities',
             _PROJECT + '/cbr-features', _VAULTS + '/external'))),
        (UNAVAILABLE, base.READER,
         'Ask for what a lone cloud does not have; it is refused.',
         'GET /v3/domain/{domain_name}/projects',
         'GET /v3/domain/{source_project_id}',
         'GET /v3/migrates', 'POST /v3/migrates',
         'GET /v3/region-projects',
         *('%s %s%s' % (method, _PROJECT, path) for method, path in (
             ('POST', '/agent/check'), ('POST', '/agents'),
             ('GET', '/agents/{agent_id}'), ('PUT', '/agents/{agent_id}'),
             ('DELETE', '/agents/{agent_id}'),
             ('POST', '/agents/{agent_id}/add-path'),
             ('POST', '/agents/{agent_id}/remove-path'),
             ('POST', '/backups/sync'),
             ('POST', '/backups/{backup_id}/replicate'),
             ('GET', '/cbr-features/{feature_key}'),
             ('POST', '/checkpoints/replicate'),
             ('POST', '/checkpoints/sync'),
             ('POST', '/orders/change'), ('PUT', '/orders/{order_id}'),
             ('POST', '/organization-policies'),
             ('GET', '/organization-policies/{organization_policy_id}'),
             ('PUT', '/organization-policies/{organization_policy_id}'),
             ('DELETE', '/organization-policies/{organization_policy_id}'),
             ('GET', '/organization-policies/{organization_policy_id}'
                     '/policy-detail'),
             ('POST', '/vaults/change-charge-mode'),
             ('POST', '/vaults/order')))),
    ))
