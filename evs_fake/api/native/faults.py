# SPDX-License-Identifier: Apache-2.0
"""Refusing metadata that carries a fault which could never fire."""

from typing import Any

from cinder.api.openstack import wsgi

from evs_fake.faults import directive


def _check(metadata: Any) -> None:
    # Metadata of another form is Cinder's to refuse.
    if isinstance(metadata, dict):
        directive.check(metadata)


def _inside(body: Any, *names: str) -> Any:
    for name in names:
        if not isinstance(body, dict):
            return None
        body = body.get(name)
    return body


class SnapshotsController(wsgi.Controller):
    """Cinder itself refuses metadata in an update of a snapshot."""

    @wsgi.extends
    def create(self, req, body):
        _check(_inside(body, 'snapshot', 'metadata'))
        yield


class VolumesController(wsgi.Controller):

    @wsgi.extends
    def create(self, req, body):
        _check(_inside(body, 'volume', 'metadata'))
        yield

    @wsgi.extends
    def update(self, req, id, body):
        _check(_inside(body, 'volume', 'metadata'))
        yield


class MetadataController(wsgi.Controller):
    """Of a volume's or a snapshot's ``metadata`` resource.

    ``ids`` is what the route names: the parent, and the key of one item.
    """

    @wsgi.extends
    def create(self, req, body, **ids):
        _check(_inside(body, 'metadata'))
        yield

    @wsgi.extends
    def update(self, req, body, **ids):
        _check(_inside(body, 'meta'))
        yield

    @wsgi.extends
    def update_all(self, req, body, **ids):
        _check(_inside(body, 'metadata'))
        yield
