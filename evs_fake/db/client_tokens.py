# SPDX-License-Identifier: Apache-2.0
"""Tokens by which clients make a request that is to be done once."""

import datetime
from typing import Any

from cinder import context as cinder_context
from oslo_utils import timeutils

from evs_fake import db
from evs_fake.db import models


def get(context: cinder_context.RequestContext, token: str
        ) -> models.ClientToken | None:
    """A token of the context's project."""
    with db.main_context_manager.reader.using(context):
        return _of_project(context).filter_by(token=token).first()


def begin(context: cinder_context.RequestContext, token: str,
          fingerprint: str) -> None:
    """Keep a token before its request is carried out.

    :param fingerprint: of the request.
    """
    with db.main_context_manager.writer.using(context):
        context.session.add(models.ClientToken(
            project_id=context.project_id, token=token,
            fingerprint=fingerprint, answer={},
            created_at=timeutils.utcnow()))


def end(context: cinder_context.RequestContext, token: str,
        answer: dict[str, Any]) -> None:
    """Keep the answer to a token's request."""
    with db.main_context_manager.writer.using(context):
        _of_project(context).filter_by(token=token).update(
            {'answer': answer}, synchronize_session=False)


def forget(context: cinder_context.RequestContext, token: str) -> None:
    """Drop a token whose request did nothing."""
    with db.main_context_manager.writer.using(context):
        _of_project(context).filter_by(token=token).delete(
            synchronize_session=False)


def purge(context: cinder_context.RequestContext,
          before: datetime.datetime) -> None:
    """Drop the tokens of all projects that are older."""
    with db.main_context_manager.writer.using(context):
        context.session.query(models.ClientToken).filter(
            models.ClientToken.created_at < before).delete(
                synchronize_session=False)


def _of_project(context):
    return context.session.query(models.ClientToken).filter_by(
        project_id=context.project_id)
