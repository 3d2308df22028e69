# SPDX-License-Identifier: Apache-2.0
"""Access keys and their secrets.

A verifier needs the secret itself, so the table has it in the clear: whoever
reads the database, or a backup of it, can sign. The embedded cloud's is in a
directory that only its owner may enter.
"""

import dataclasses
import datetime
import secrets
import string
from collections.abc import Sequence

from cinder import context as cinder_context
from oslo_utils import timeutils

from evs_fake import db
from evs_fake.db import models

#: As Huawei Cloud's are.
_ACCESS_KEY_LENGTH = 20
_ACCESS_KEY_CHARACTERS = string.ascii_uppercase + string.digits
_SECRET_KEY_LENGTH = 40
_SECRET_KEY_CHARACTERS = string.ascii_letters + string.digits


@dataclasses.dataclass(frozen=True)
class Credential:
    """An access key; its secret stays out of logs by way of ``repr``.

    :ivar created_at: UTC, without a zone.
    """

    access_key: str
    secret_key: str = dataclasses.field(repr=False)
    user_id: str
    project_id: str
    roles: Sequence[str]
    description: str
    created_at: datetime.datetime


def create(context: cinder_context.RequestContext, project_id: str,
           user_id: str, roles: Sequence[str], description: str
           ) -> Credential:
    """Make an access key for a user in a project."""
    made = Credential(
        access_key=_random(_ACCESS_KEY_LENGTH, _ACCESS_KEY_CHARACTERS),
        secret_key=_random(_SECRET_KEY_LENGTH, _SECRET_KEY_CHARACTERS),
        user_id=user_id, project_id=project_id, roles=list(roles),
        description=description, created_at=timeutils.utcnow())
    with db.main_context_manager.writer.using(context):
        context.session.add(models.Credential(**dataclasses.asdict(made)))
    return made


def get(access_key: str) -> Credential | None:
    """The credential of an access key, whoever asks: nobody is known yet."""
    context = cinder_context.get_admin_context()
    with db.main_context_manager.reader.using(context):
        found = context.session.get(models.Credential, access_key)
        # Some databases compare without regard to case.
        if found is None or found.access_key != access_key:
            return None
        return _load(found)


def get_all(context: cinder_context.RequestContext,
            project_id: str | None = None) -> list[Credential]:
    """All credentials, the oldest first.

    :param project_id: None for those of all projects.
    """
    with db.main_context_manager.reader.using(context):
        query = context.session.query(models.Credential).order_by(
            models.Credential.created_at, models.Credential.access_key)
        if project_id is not None:
            query = query.filter_by(project_id=project_id)
        return [_load(row) for row in query]


def delete(context: cinder_context.RequestContext, access_key: str) -> bool:
    """Delete a credential; whether there was one."""
    with db.main_context_manager.writer.using(context):
        return bool(context.session.query(models.Credential).filter_by(
            access_key=access_key).delete(synchronize_session=False))


def _random(length: int, characters: str) -> str:
    return ''.join(secrets.choice(characters) for _ in range(length))


def _load(row: models.Credential) -> Credential:
    return Credential(**{field.name: getattr(row, field.name)
                         for field in dataclasses.fields(Credential)})
