# SPDX-License-Identifier: Apache-2.0
"""The devstack plugin, run over devstack's own functions.

``python -m tests.devstack --help`` tells what there is.
"""
