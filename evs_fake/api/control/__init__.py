# SPDX-License-Identifier: Apache-2.0
"""evs-fake's own API, by which a cloud is controlled; for administrators.

api-paste.ini mounts it below ``/evs-fake/v1``. Its paths have no project, its
errors are Cinder's.
"""

#: First segments of its paths.
VERSION = 'evs-fake/v1'
