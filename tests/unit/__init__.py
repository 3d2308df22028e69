# SPDX-License-Identifier: Apache-2.0

from cinder import objects

# As Cinder's services do first: modules of its managers name objects in
# annotations, which are looked up when they are imported.
objects.register_all()
