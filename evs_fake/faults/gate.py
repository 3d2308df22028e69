# SPDX-License-Identifier: Apache-2.0
"""Where the driver asks whether an operation may go on."""

import contextlib
import secrets
import threading
from collections.abc import Iterator

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from oslo_log import log as logging

from evs_fake import exception
from evs_fake.db import models
from evs_fake.faults import directive
from evs_fake.faults import metadata
from evs_fake.faults import rules
from evs_fake.faults import watcher
from evs_fake.faults.operations import Moment
from evs_fake.faults.operations import Operation
from evs_fake.faults.resource import Resource

LOG = logging.getLogger(__name__)


class Gate:
    """Holds, delays or fails operations.

    As their resources' metadata says, and then as the first rule says that
    matches.
    """

    def __init__(self) -> None:
        self._watcher = watcher.Watcher()

    def waiting(self) -> int:
        """How many operations are held or delayed."""
        return self._watcher.waiting()

    def ended(self) -> contextlib.AbstractContextManager[None]:
        """End what is held or delayed, and all that would be meanwhile."""
        return self._watcher.ended()

    @contextlib.contextmanager
    def around(self, resource: Resource, *operations: Operation
               ) -> Iterator[None]:
        """Enter before and after the bytes are moved, unless that fails.

        :param operations: what the operation is called, the most special
            name first.
        :raises InjectedFailure: as :meth:`enter`, and the rest of it.
        """
        self.enter(Moment.BEFORE, resource, *operations)
        yield
        self.enter(Moment.AFTER, resource, *operations)

    def enter(self, moment: Moment, resource: Resource,
              *operations: Operation) -> None:
        """Return when the operation may go on.

        :raises InjectedFailure: if the operation is to fail, or to wait
            where as many wait as may.
        :raises SnapshotIsBusy: if it is to fail as Cinder's drivers say that
            a snapshot is in use.
        :raises VolumeIsBusy: likewise.
        :raises InvalidFault: if metadata has a fault of no known form.
        :raises OperationEnded: if it was to wait, and all such end.
        """
        if moment is Moment.BEFORE:
            for operation in operations:
                self._obey_metadata(operation, resource)
        rule = rules.take(moment, resource, operations)
        if rule is not None:
            self._obey_rule(rule, resource)

    def _obey_metadata(self, operation: Operation, resource: Resource
                       ) -> None:
        """Look again after a hold or a delay.

        So a key that was changed from ``hold`` to ``fail`` fails it.
        """
        delayed = False
        subjects = resource.subjects
        while fault := metadata.find(
                cinder_context.get_admin_context(), operation, subjects):
            match fault.action:
                case directive.Action.FAIL:
                    raise _failure(operation, fault.message)
                case directive.Action.HOLD:
                    LOG.info('Holding %(operation)s of %(resource)s.',
                             {'operation': operation.value,
                              'resource': resource})
                    with _unless_too_many(operation):
                        self._watcher.wait(
                            watcher.MetadataHold(operation, subjects))
                case directive.Action.DELAY:
                    if delayed:
                        return
                    with _unless_too_many(operation):
                        self._watcher.pause(fault.seconds)
                    delayed = True

    def _obey_rule(self, rule: models.Rule, resource: Resource) -> None:
        arguments = rule.arguments
        LOG.info('Rule %(rule)s: %(action)s %(operation)s of %(resource)s.',
                 {'rule': rule.id, 'action': rule.action,
                  'operation': rule.operation, 'resource': resource})
        match rule.action:
            case directive.Action.DELAY:
                with _unless_too_many(rule.operation):
                    self._watcher.pause(secrets.SystemRandom().uniform(
                        *arguments['seconds']))
            case directive.Action.FAIL:
                self._fail(rule, resource)
            case directive.Action.HOLD:
                with _unless_too_many(rule.operation):
                    self._watcher.wait(watcher.RuleHold(rule.id),
                                       arguments.get('timeout'))
                failure = rules.failure(rule.id)
                if failure is not None:
                    raise _failure(rule.operation, failure)

    @staticmethod
    def _fail(rule: models.Rule, resource: Resource) -> None:
        message = rule.arguments['message']
        match rule.arguments.get('outcome'):
            case rules.BUSY if rule.operation == Operation.SNAPSHOT_DELETE:
                raise cinder_exception.SnapshotIsBusy(
                    snapshot_name=resource.id)
            case rules.BUSY:
                raise cinder_exception.VolumeIsBusy(volume_name=resource.id)
            case rules.RESCHEDULED:
                raise exception.InjectedFailure(
                    operation=rule.operation, reason=message)
        raise _failure(rule.operation, message)


@contextlib.contextmanager
def _unless_too_many(operation: str) -> Iterator[None]:
    try:
        yield
    except watcher.TooMany:
        raise _failure(
            operation, 'it was to wait, but as many operations wait already '
            'as [evs_fake] max_held_operations allows') from None


def _failure(operation: str, reason: str) -> exception.InjectedFailure:
    of_creation = operation in (Operation.VOLUME_CREATE,
                                Operation.VOLUME_CLONE)
    error = (exception.InjectedCreationFailure if of_creation
             else exception.InjectedFailure)
    return error(operation=str(operation), reason=reason)


_GATE: Gate | None = None
_GATE_LOCK = threading.Lock()


def get() -> Gate:
    """The process's gate: back ends share it, and its one watcher."""
    global _GATE
    with _GATE_LOCK:
        if _GATE is None:
            _GATE = Gate()
        return _GATE
