# SPDX-License-Identifier: Apache-2.0
"""What happens to a cloud that is treated badly: kills, and races.

``python -m tests.violence.kills`` and ``python -m tests.violence.races``.
"""
