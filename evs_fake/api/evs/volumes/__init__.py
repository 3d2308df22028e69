# SPDX-License-Identifier: Apache-2.0
"""EVS's ``cloudvolumes``, on Cinder's volumes."""
