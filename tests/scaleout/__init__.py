# SPDX-License-Identifier: Apache-2.0
"""Cinder's services as an operator scales them out, run against ours.

``python -m tests.scaleout --help`` tells what there is.
"""
