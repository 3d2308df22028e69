# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between a client and the cloud."""


class ClientError(Exception):
    """The cloud cannot be found, does not answer, or refuses.

    The message is for the user.
    """
