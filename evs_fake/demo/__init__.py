# SPDX-License-Identifier: Apache-2.0
"""``evs-fake demo``: the EVS document, acted out over HTTP."""
