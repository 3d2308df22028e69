# SPDX-License-Identifier: Apache-2.0
"""CBR, Huawei Cloud's backup service, on a port of its own."""
