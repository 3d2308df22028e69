# SPDX-License-Identifier: Apache-2.0
"""A fake Huawei Cloud Elastic Volume Service on real Cinder."""
