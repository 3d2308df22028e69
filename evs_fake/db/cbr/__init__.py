# SPDX-License-Identifier: Apache-2.0
"""CBR's tables, and functions on them."""
