# SPDX-License-Identifier: Apache-2.0
"""EVS's own API, at the root of cinder-api.

api-paste.ini mounts it: ``evs_fake.api.evs.router:filter_factory`` in front
of Cinder's ``apiv3`` for EVS's routes below ``/v3``, and
``evs_fake.api.evs.router:app_factory`` for those below ``/v2``.
"""
