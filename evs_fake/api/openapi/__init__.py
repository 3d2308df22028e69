# SPDX-License-Identifier: Apache-2.0
"""OpenAPI documents of this project's APIs, made from their routes."""
