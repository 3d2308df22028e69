# SPDX-License-Identifier: Apache-2.0
"""What EVS adds to Cinder's own API, as an API extension of Cinder.

cinder.conf names it: ``osapi_volume_extension =
evs_fake.api.native.extension.register``, besides Cinder's own
``cinder.api.contrib.standard_extensions``.
"""
