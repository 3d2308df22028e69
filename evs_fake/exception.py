# SPDX-License-Identifier: Apache-2.0
"""Errors that evs-fake adds to Cinder's own.

Driver errors derive from ``VolumeDriverException``, as Cinder's driver
contract asks, so that its managers treat them as a back end's failure.
"""

from cinder import exception
from cinder.i18n import _


class StorageError(exception.VolumeBackendAPIException):
    """The pool could not do what was asked; ``data`` says what and why."""


class StorageObjectNotFound(StorageError):
    """A volume or snapshot has no bytes in the pool."""


class StorageObjectExists(StorageError):
    """The pool already holds an object of that id."""


class InjectedFailure(exception.VolumeDriverException):
    """A fault that a tester asked for."""

    message = _("Injected failure of %(operation)s: %(reason)s")


class InjectedCreationFailure(InjectedFailure,
                              exception.MetadataCopyFailure):
    """The same, of a volume's creation, with which Cinder leaves it.

    Cinder tries the creation again on another back end after any failure
    but a few, which may come when the bytes are there: this is one of them.
    """

    message = InjectedFailure.message


class OperationEnded(exception.VolumeDriverException):
    """What was to wait may not: its cloud is being reset."""

    message = _("The operation ended: the cloud is being reset.")


class InvalidFault(exception.InvalidInput):
    """A fault that is not known or not well formed (HTTP 400)."""
