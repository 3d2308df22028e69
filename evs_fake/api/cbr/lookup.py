# SPDX-License-Identifier: Apache-2.0
"""Finding what a request names, or refusing it with CBR's code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from cinder import context as cinder_context

from evs_fake.api.cbr import locks
from evs_fake.api.cbr import status
from evs_fake.api.routing import exception
from evs_fake.db.cbr import backups as backups_db
from evs_fake.db.cbr import policies as policies_db
from evs_fake.db.cbr import vaults as vaults_db


def vault(context: cinder_context.RequestContext, vault_id: str
          ) -> vaults_db.Vault:
    """A vault of the project.

    :raises Refused: (404, 6105) if there is none of that id.
    """
    return _only(vaults_db.find(context, [vault_id]), 'Vault', vault_id,
                 'BackupService.6105')


@contextlib.contextmanager
def locked_vault(context: cinder_context.RequestContext, vault_id: str
                 ) -> Iterator[vaults_db.Vault]:
    """A vault of the project, while nobody else changes it.

    :raises Refused: (404, 6105) if there is none of that id.
    """
    # A lock makes a file of that name: not for what is not there.
    vault(context, vault_id)
    with locks.vault(vault_id):
        yield vault(context, vault_id)


def backup(context: cinder_context.RequestContext, backup_id: str
           ) -> backups_db.Backup:
    """A backup of the project that CBR shows.

    :raises Refused: (404, 6200) if there is none of that id.
    """
    return _only(
        [each for each in backups_db.find(context, id=backup_id)
         if status.is_visible(each)],
        'Backup', backup_id, 'BackupService.6200')


def policy(context: cinder_context.RequestContext, policy_id: str
           ) -> policies_db.Policy:
    """A policy of the project.

    :raises Refused: (404, 6000) if there is none of that id.
    """
    return _only(policies_db.find(context, policy_id), 'Policy', policy_id,
                 'BackupService.6000')


def missing(kind: str, wanted: str, code: str) -> exception.Refused:
    """The refusal of a request for something that is not there."""
    return exception.Refused('%s %s could not be found.' % (kind, wanted),
                             code, HTTPStatus.NOT_FOUND)


def _only(found: list[Any], kind: str, wanted: str, code: str) -> Any:
    if not found:
        raise missing(kind, wanted, code)
    return found[0]
