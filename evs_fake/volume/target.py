# SPDX-License-Identifier: Apache-2.0
"""Volumes' files, served by Cinder's own target helpers.

Which helper, where it listens and how it names its targets is what Cinder's
options of the section say: ``target_helper``, ``target_ip_address``...
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects
from cinder.volume import configuration
from oslo_concurrency import lockutils
from oslo_utils import importutils

from evs_fake import exception

#: Helpers that have any file served. Cinder has LIO serve block devices and
#: SPDK what is its own, and names SCST's devices by what a path in /dev has
#: in its third place. Nobody tried Chelsio's.
HELPERS = ('tgtadm', 'nvmet')

#: Options of Cinder's that they read.
OPTIONS = (
    'target_helper', 'target_protocol', 'target_prefix',
    'target_ip_address', 'target_secondary_ip_addresses', 'target_port',
    'volumes_dir', 'iscsi_write_cache', 'iscsi_target_flags',
    'nvmet_port_id', 'nvmet_ns_id')


def _one_at_a_time(function: Callable) -> Callable:
    """Let no other process of this host change targets meanwhile.

    tgt's command looks for a free number and takes it in two steps, and
    Cinder's answer to a number that is taken is to wait and try again.
    """
    @functools.wraps(function)
    def serialized(*args, **kwargs):
        with lockutils.lock('target', lock_file_prefix='evs-fake-',
                            external=True):
            return function(*args, **kwargs)

    return serialized


class Target:
    """Exports of volumes through one of Cinder's helpers.

    :param conf: options of the back end's section.
    :param helpers: classes by the names that ``target_helper`` has.
    :raises StorageError: the helper cannot serve files.
    """

    def __init__(self, conf: configuration.Configuration,
                 helpers: Mapping[str, str]) -> None:
        if conf.target_helper not in HELPERS:
            raise exception.StorageError(
                data='target_helper = %s serves no files: take one of %s' % (
                    conf.target_helper, ', '.join(HELPERS)))
        self._helper = importutils.import_object(
            helpers[conf.target_helper], configuration=conf)

    @property
    def storage_protocol(self) -> str:
        """What the statistics say."""
        return self._helper.storage_protocol or self._helper.protocol

    def validate(self, connector: Mapping[str, Any]) -> None:
        """Refuse a client that has not said what the protocol needs.

        :raises InvalidConnectorException: it has not.
        """
        self._helper.validate_connector(connector)

    def takes(self, connector: Mapping[str, Any]) -> bool:
        """Whether a client can use the protocol."""
        try:
            self.validate(connector)
        except cinder_exception.InvalidConnectorException:
            return False
        return True

    @_one_at_a_time
    def create(self, context: cinder_context.RequestContext,
               volume: objects.Volume, path: str) -> dict[str, str]:
        """Serve a volume's file, which may be served already.

        :returns: what is to be kept of it with the volume.
        :raises StorageError: the helper's programs are not there, or find
            nothing that serves.
        """
        try:
            export = self._helper.create_export(context, volume, path)
        except OSError as error:
            raise exception.StorageError(
                data=f'target of {volume.id}: {error}') from error
        return {'provider_location': export['location'],
                'provider_auth': export['auth']}

    @_one_at_a_time
    def ensure(self, context: cinder_context.RequestContext,
               volume: objects.Volume, path: str) -> None:
        """Serve it as before, after a restart of whatever serves it."""
        if volume.provider_location:
            self._helper.ensure_export(context, volume, path)

    @_one_at_a_time
    def remove(self, context: cinder_context.RequestContext,
               volume: objects.Volume) -> None:
        """End the sessions of clients, if any, and serve it no longer."""
        if volume.provider_location:
            self._helper.remove_export(context, volume)

    @_one_at_a_time
    def extend(self, volume: objects.Volume) -> None:
        """Serve the size that an attached volume's file has now.

        :raises TargetUpdateFailed: the clients still see the old one.
        """
        if not volume.provider_location:
            return
        try:
            self._helper.extend_target(volume)
        except Exception as error:
            raise cinder_exception.TargetUpdateFailed(
                volume_id=volume.id) from error

    def connect(self, volume: objects.Volume, connector: Mapping[str, Any]
                ) -> dict[str, Any]:
        """What a client needs to know, of a volume that is served."""
        return self._helper.initialize_connection(volume, connector)

    def disconnect(self, volume: objects.Volume,
                   connector: Mapping[str, Any] | None,
                   **kwargs: Any) -> bool:
        """Take back what :meth:`connect` gave.

        :returns: whether others still need the export.
        """
        attachments = _attachments(
            cinder_context.get_admin_context(), volume)
        of_this_client = [
            each for each in attachments
            if each.connector and self._helper.are_same_connector(
                each.connector, connector or {})]
        if len(of_this_client) < 2:
            self._helper.terminate_connection(volume, connector, **kwargs)
        return len(attachments) > 1

    @staticmethod
    def is_shared(context: cinder_context.RequestContext,
                  volume: objects.Volume) -> bool:
        """Whether others are attached, besides the one that comes or goes."""
        return len(_attachments(context, volume)) > 1


def _attachments(context: cinder_context.RequestContext,
                 volume: objects.Volume) -> list[objects.VolumeAttachment]:
    """As they are now: a volume from the API has those of before."""
    return list(objects.VolumeAttachmentList.get_all_by_volume_id(
        context.elevated(), volume.id))
