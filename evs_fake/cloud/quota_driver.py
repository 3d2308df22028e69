# SPDX-License-Identifier: Apache-2.0
"""Cinder's quotas, in fewer statements.

Cinder's own driver reads limits and makes, counts and deletes each reservation
through its models: more than half of what the API takes to accept a snapshot.
This one does the same to the same rows. It decides nothing but that there is
room: where there is more to it (usage that was never counted or is to be
counted anew, too little room, a reservation that is gone), Cinder's own driver
is asked.

For SQLite, whose writers come one after the other, without locks on rows.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from collections.abc import Sequence

import sqlalchemy as sa
from cinder import context as cinder_context
from cinder import quota
from oslo_config import cfg

from evs_fake import db
from evs_fake.db import cinder_models

CONF = cfg.CONF

#: What a column of usage can count; Cinder refuses more.
_MOST = 2 ** 31 - 1

_QUOTAS = cinder_models.Quota.__table__
_CLASSES = cinder_models.QuotaClass.__table__
_USAGES = cinder_models.QuotaUsage.__table__
_RESERVATIONS = cinder_models.Reservation.__table__

#: Cinder's name of the class whose limits are everybody's.
_DEFAULT_CLASS = 'default'
_WANTED = sa.bindparam('resources', expanding=True)
#: The default class's limits, then those of the project, which win.
_LIMITS = sa.union_all(
    sa.select(_CLASSES.c.resource, _CLASSES.c.hard_limit,
              sa.literal_column('0').label('is_own')).where(
        _CLASSES.c.class_name == _DEFAULT_CLASS,
        _CLASSES.c.deleted == sa.false(), _CLASSES.c.resource.in_(_WANTED)),
    sa.select(_QUOTAS.c.resource, _QUOTAS.c.hard_limit,
              sa.literal_column('1')).where(
        _QUOTAS.c.project_id == sa.bindparam('project'),
        _QUOTAS.c.deleted == sa.false(), _QUOTAS.c.resource.in_(_WANTED),
        _QUOTAS.c.hard_limit.is_not(None))).order_by('is_own')
_USAGES_OF_PROJECT = sa.select(
    _USAGES.c.id, _USAGES.c.resource, _USAGES.c.in_use, _USAGES.c.reserved,
    _USAGES.c.until_refresh).where(
        _USAGES.c.project_id == sa.bindparam('project'),
        _USAGES.c.deleted == sa.false(),
        _USAGES.c.resource.in_(_WANTED))
_RESERVE = _USAGES.update().where(
    _USAGES.c.id == sa.bindparam('usage')).values(
        reserved=_USAGES.c.reserved + sa.bindparam('delta'))
_RESERVED = sa.select(
    _RESERVATIONS.c.id, _RESERVATIONS.c.delta, _RESERVATIONS.c.usage_id,
    _USAGES.c.in_use, _USAGES.c.reserved).join_from(
        _RESERVATIONS, _USAGES, sa.and_(
            _RESERVATIONS.c.usage_id == _USAGES.c.id,
            _USAGES.c.deleted == sa.false())).where(
                _RESERVATIONS.c.uuid.in_(
                    sa.bindparam('uuids', expanding=True)),
                _RESERVATIONS.c.deleted == sa.false()).order_by(
                    _RESERVATIONS.c.id)
_COUNT = _USAGES.update().where(_USAGES.c.id == sa.bindparam('usage')).values(
    in_use=sa.bindparam('new_in_use'), reserved=sa.bindparam('new_reserved'))
_END = _RESERVATIONS.update().where(
    _RESERVATIONS.c.id.in_(sa.bindparam('ids', expanding=True)))


class QuotaDriver(quota.DbQuotaDriver):
    """Reserves, commits and gives back as Cinder's driver does."""

    def get_project_quotas(self, context: cinder_context.RequestContext,
                           resources: Mapping[str, quota.BaseResource],
                           project_id: str, quota_class: str | None = None,
                           defaults: bool = True, usages: bool = True
                           ) -> dict[str, dict[str, int]]:
        if project_id == context.project_id:
            quota_class = context.quota_class
        if usages or not defaults or quota_class or (
                not CONF.use_default_quota_class):
            return super().get_project_quotas(
                context, resources, project_id, quota_class, defaults, usages)
        names = [resource.name for resource in resources.values()]
        with db.main_context_manager.reader.using(context) as session:
            limits = {row.resource: row.hard_limit for row in session.execute(
                _LIMITS, {'project': project_id, 'resources': names})}
        return {resource.name: {
            'limit': limits.get(resource.name, resource.default)}
            for resource in resources.values()}

    def _reserve(self, context: cinder_context.RequestContext,
                 resources: Mapping[str, quota.BaseResource],
                 quotas: Mapping[str, int], deltas: Mapping[str, int],
                 expire: datetime.datetime, project_id: str) -> list[str]:
        reserved = None
        if not (CONF.until_refresh or CONF.max_age):
            reserved = _reserve(context, quotas, deltas, expire, project_id)
        if reserved is None:
            reserved = super()._reserve(
                context, resources, quotas, deltas, expire, project_id)
        return reserved

    def commit(self, context: cinder_context.RequestContext,
               reservations: Sequence[str], project_id: str | None = None
               ) -> None:
        if not _end(context, reservations, is_used=True):
            super().commit(context, reservations, project_id)

    def rollback(self, context: cinder_context.RequestContext,
                 reservations: Sequence[str], project_id: str | None = None
                 ) -> None:
        if not _end(context, reservations, is_used=False):
            super().rollback(context, reservations, project_id)


def _reserve(context: cinder_context.RequestContext,
             quotas: Mapping[str, int], deltas: Mapping[str, int],
             expire: datetime.datetime, project_id: str) -> list[str] | None:
    """Reserve what there clearly is room for; None is for Cinder to decide."""
    with db.main_context_manager.writer.using(context) as session:
        usages = {row.resource: row for row in session.execute(
            _USAGES_OF_PROJECT,
            {'project': project_id, 'resources': list(deltas)})}
        for resource, delta in deltas.items():
            usage = usages.get(resource)
            if usage is None or usage.until_refresh is not None or (
                    min(usage.in_use, usage.in_use + delta) < 0):
                return None
            total = usage.in_use + usage.reserved + delta
            if delta >= 0 and (total > _MOST
                               or 0 <= quotas[resource] < total):
                return None
        rows = [{'uuid': str(uuid.uuid4()), 'usage_id': usages[resource].id,
                 'project_id': project_id, 'resource': resource,
                 'delta': delta, 'expire': expire}
                for resource, delta in deltas.items()]
        more = [{'usage': usages[resource].id, 'delta': delta}
                for resource, delta in deltas.items() if delta > 0]
        session.execute(_RESERVATIONS.insert(), rows)
        if more:
            session.execute(_RESERVE, more)
        return [row['uuid'] for row in rows]


def _end(context: cinder_context.RequestContext, uuids: Sequence[str],
         is_used: bool) -> bool:
    """End reservations; False leaves all to Cinder."""
    with db.main_context_manager.writer.using(context) as session:
        rows = session.execute(_RESERVED, {'uuids': list(uuids)}).all()
        if not rows or len(rows) != len(uuids):
            return False
        before = {row.usage_id: (row.in_use, row.reserved) for row in rows}
        after = dict(before)
        for row in rows:
            in_use, reserved = after[row.usage_id]
            if row.delta >= 0:
                reserved -= min(row.delta, reserved)
            if is_used:
                in_use += row.delta
                if row.delta < 0:
                    in_use = max(in_use, 0)
            after[row.usage_id] = in_use, reserved
        changed = [
            {'usage': usage_id, 'new_in_use': usage[0],
             'new_reserved': usage[1]}
            for usage_id, usage in after.items() if usage != before[usage_id]]
        if changed:
            session.execute(_COUNT, changed)
        session.execute(
            _END.values(**cinder_models.Reservation.delete_values()),
            {'ids': [row.id for row in rows]})
    return True
