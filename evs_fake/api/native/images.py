# SPDX-License-Identifier: Apache-2.0
"""Refusing what needs an image service, where there is none to be had."""

from typing import Any

from cinder.api.openstack import wsgi
from webob import exc

from evs_fake.api import image_service


class ImagesController(wsgi.Controller):
    """Volumes from images, and images from volumes."""

    @wsgi.extends
    def create(self, req, body):
        _check(req, 'imageRef', self._asked(body))
        yield

    @wsgi.extends(action='os-volume_upload_image')
    def upload(self, req, id, body):
        _check(req, 'os-volume_upload_image', True)
        yield

    @staticmethod
    def _asked(body: Any) -> bool:
        # A body of another form is Cinder's to refuse.
        volume = body.get('volume') if isinstance(body, dict) else None
        return isinstance(volume, dict) and any(
            volume.get(name) for name in ('imageRef', 'image_id'))


def _check(req, name, asked):
    if not asked:
        return
    problem = image_service.problem(req.environ['cinder.context'])
    if problem:
        raise exc.HTTPBadRequest(explanation='%s: %s.' % (name, problem))
