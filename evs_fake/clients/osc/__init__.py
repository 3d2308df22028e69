# SPDX-License-Identifier: Apache-2.0
"""``openstack evs``: commands for python-openstackclient."""
