# SPDX-License-Identifier: Apache-2.0
"""The tempest plugin: proves a cloud that says it is like EVS.

It asks by HTTP only and imports nothing of ours but ``evs_fake.states``.
"""
