# SPDX-License-Identifier: Apache-2.0
"""Compare evs-fake with stock Cinder in one process, on one machine."""
