# SPDX-License-Identifier: Apache-2.0
"""Every method of Huawei's SDKs, and the table of what each one gets."""
