# SPDX-License-Identifier: Apache-2.0
"""An oslo.messaging transport between the services of one process.

``transport_url = inprocess://`` connects every service that runs in this
process; ``inprocess:///name`` is a separate virtual host of that name.
"""
