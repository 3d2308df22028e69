# SPDX-License-Identifier: Apache-2.0
"""Other people's ways to test a cloud, run against ours."""
