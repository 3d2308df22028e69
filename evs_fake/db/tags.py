# SPDX-License-Identifier: Apache-2.0
"""Tags of resources; a resource has a value by key."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping

from cinder import context as cinder_context

from evs_fake import db
from evs_fake.db import models


def get(context: cinder_context.RequestContext, resource_type: str,
        resource_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Tags by resource id; an empty dictionary for one that has none."""
    found = {resource_id: {} for resource_id in resource_ids}
    with db.main_context_manager.reader.using(context):
        for tag in _of(context, resource_type, resource_ids):
            found[tag.resource_id][tag.key] = tag.value
    return found


def replace(context: cinder_context.RequestContext, resource_type: str,
            resource_id: str, tags: Mapping[str, str]) -> None:
    """Give a resource these tags and no other."""
    with db.main_context_manager.writer.using(context):
        _of(context, resource_type, [resource_id]).delete(
            synchronize_session=False)
        _add(context, resource_type, resource_id, tags)


def add(context: cinder_context.RequestContext, resource_type: str,
        resource_id: str, tags: Mapping[str, str], limit: int) -> bool:
    """Add tags, or change their values.

    :param limit: of the resource's tags.
    :returns: whether they fit; if not, nothing was changed.
    """
    with db.main_context_manager.writer.using(context):
        query = _of(context, resource_type, [resource_id])
        keys = {tag.key for tag in query} | set(tags)
        if len(keys) > limit:
            return False
        query.filter(models.Tag.key.in_(tags)).delete(
            synchronize_session=False)
        _add(context, resource_type, resource_id, tags)
    return True


def remove(context: cinder_context.RequestContext, resource_type: str,
           resource_id: str, keys: Iterable[str] | None = None) -> None:
    """Take tags off a resource; what it does not have is no error.

    :param keys: None for all.
    """
    with db.main_context_manager.writer.using(context):
        query = _of(context, resource_type, [resource_id])
        if keys is not None:
            query = query.filter(models.Tag.key.in_(list(keys)))
        query.delete(synchronize_session=False)


def of_project(context: cinder_context.RequestContext, resource_type: str
               ) -> dict[str, dict[str, str]]:
    """All tags of the context's project by resource id."""
    found = {}
    with db.main_context_manager.reader.using(context):
        for tag in context.session.query(models.Tag).filter_by(
                resource_type=resource_type,
                project_id=context.project_id):
            found.setdefault(tag.resource_id, {})[tag.key] = tag.value
    return found


def _of(context, resource_type, resource_ids):
    return context.session.query(models.Tag).filter(
        models.Tag.resource_type == resource_type,
        models.Tag.resource_id.in_(list(resource_ids)),
        models.Tag.project_id == context.project_id)


def _add(context, resource_type, resource_id, tags):
    context.session.add_all([
        models.Tag(resource_type=resource_type, resource_id=resource_id,
                   project_id=context.project_id, key=key, value=value)
        for key, value in tags.items()])
