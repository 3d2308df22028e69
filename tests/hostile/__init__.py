# SPDX-License-Identifier: Apache-2.0
"""Requests by the hundred thousand that no client means.

``python -m tests.hostile --requests 100000`` sends them to a cloud of its
own: what schemathesis makes of the OpenAPI documents, and to Cinder's own
routes what is in :mod:`tests.hostile.native`. The suite has a small part of
it, in ``tests/functional/test_openapi.py`` and ``test_native_requests.py``.
"""
