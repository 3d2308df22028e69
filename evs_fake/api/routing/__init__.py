# SPDX-License-Identifier: Apache-2.0
"""Tables of routes, and how a request finds its handler.

EVS and CBR each have a table and an error shape of their own; the rest is
here.
"""
