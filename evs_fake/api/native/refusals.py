# SPDX-License-Identifier: Apache-2.0
"""Refusing what Cinder (27 to 29) answers 500 to, with the reason."""

from cinder.api.contrib import volume_encryption_metadata
from cinder.api.openstack import wsgi
from webob import exc


class EncryptionController(wsgi.Controller):

    def __init__(self) -> None:
        super().__init__()
        self._cinder = (
            volume_encryption_metadata.VolumeEncryptionMetadataController())

    @wsgi.extends
    def show(self, req, volume_id, id):
        """Look for the key, which Cinder takes for granted."""
        if id not in self._cinder.index(req, volume_id):
            raise exc.HTTPNotFound(
                explanation='The encryption of volume %s has no key %s.' % (
                    volume_id, id))
        yield
