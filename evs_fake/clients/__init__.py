# SPDX-License-Identifier: Apache-2.0
"""Commands of clients: they speak HTTP, and know the cloud by nothing else.

``osc`` are those of the ``openstack`` command; those of ``cinder`` are a
distribution of their own (``cinderclient-extension``). They share with
``evs-fake`` what is here.
"""
