# SPDX-License-Identifier: Apache-2.0
"""Services of the embedded cloud that need a process of their own.

Keystone and Glance keep their configuration in the one global object that
Cinder keeps its own in. Each is served by a child, which ends with the cloud
whatever that dies of: it reads a pipe whose other end only the cloud has.
"""
