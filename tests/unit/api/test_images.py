# SPDX-License-Identifier: Apache-2.0
"""Images where there is no image service, through Cinder's own API."""

from evs_fake.api import image_service
from tests.unit import database
from tests.unit.api import base

_ID = '00000000-0000-4000-8000-000000000000'


class ImagesTest(base.WsgiTestCase):

    def assert_refused(self, path, body):
        response = self.send('POST', path, body)
        self.assertEqual(400, response.status_int, response.text)
        self.assertIn(image_service.MISSING,
                      response.json['badRequest']['message'])

    def test_refusals(self):
        self.assert_refused('/volumes', {
            'volume': {'size': 1, 'imageRef': _ID}})
        volume = database.create_volume()
        self.assert_refused('/volumes/%s/action' % volume.id, {
            'os-volume_upload_image': {
                'image_name': 'i', 'force': False, 'disk_format': 'raw',
                'container_format': 'bare'}})

    def test_what_is_left_to_cinder(self):
        for body in ([], {'volume': []}, {'volume': {'imageRef': 5}}, {}):
            response = self.send('POST', '/volumes', body)
            self.assertEqual(400, response.status_int, body)

    def test_problem(self):
        self.assertEqual(image_service.MISSING,
                         image_service.problem(self.context))
        self.database.conf.config(glance_api_servers=['http://glance'],
                                  auth_strategy='noauth')
        self.assertIsNone(image_service.problem(self.context))

    def test_signed_request(self):
        self.database.conf.config(glance_api_servers=['http://glance'],
                                  auth_strategy='keystone')
        self.assertEqual(image_service.UNSUITABLE,
                         image_service.problem(self.context))
        self.context.auth_token = 'token'
        self.assertIsNone(image_service.problem(self.context))
