# SPDX-License-Identifier: Apache-2.0
"""The driver against the interfaces that it claims.

Cinder's own compliance test cannot do this: it looks for bound methods on
classes, which Python 3 has none of, so that everything complies; and it
loads only drivers of Cinder's own tree.
"""

import inspect

import testtools
from cinder import interface
from cinder.interface import volume_driver
from cinder.interface import volume_group_driver
from cinder.interface import volume_manageable_driver
from cinder.interface import volume_snapshot_revert
from cinder.interface import volume_snapshotmanagement_driver
from cinder.volume import driver as cinder_driver

from evs_fake.conf import backend
from evs_fake.volume import driver

CLAIMED = (volume_driver.VolumeDriverCore,
           volume_snapshot_revert.VolumeSnapshotRevertDriver,
           volume_group_driver.VolumeGroupDriver,
           volume_manageable_driver.VolumeListManageableDriver,
           volume_snapshotmanagement_driver.VolumeSnapshotManagementDriver)

#: What Cinder's managers call on every driver besides: it has no interface.
CALLED_BESIDES = (
    'create_cloned_volume', 'create_export', 'ensure_export',
    'remove_export', 'create_export_snapshot', 'remove_export_snapshot',
    'initialize_connection_snapshot', 'terminate_connection_snapshot',
    'local_path', 'get_backup_device', 'backup_use_temp_snapshot',
    'create_group', 'delete_group', 'create_group_snapshot',
    'delete_group_snapshot', 'snapshot_revert_use_temp_snapshot',
    'secure_file_operations_enabled')

#: Ones for which the base class's own behaviour is what the driver means.
INHERITED = {
    # No image is cloned on the storage: it is copied.
    'clone_image',
    'before_volume_copy', 'after_volume_copy',
    'get_volume_stats',
    # Cinder's own bookkeeping.
    'set_initialized', 'initialized', 'supported', 'set_throttle',
    'init_capabilities',
}


def own():
    """What the driver defines itself, in whichever of its parts, by name."""
    return {name: member
            for part in reversed(driver.EVSFakeDriver.__mro__)
            if part.__module__.startswith('evs_fake.')
            for name, member in vars(part).items()}


def functions(cls):
    """The public functions and properties that a class defines, by name."""
    return {name: member for name, member in inspect.getmembers(cls)
            if not name.startswith('_')
            and (inspect.isfunction(member) or isinstance(member, property))}


def accepts(function, other):
    """Why a function cannot take all calls that another takes, or None."""
    signature = inspect.signature(function)
    parameters = list(inspect.signature(other).parameters.values())
    required = [p for p in parameters if p.default is p.empty
                and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    optional = [p for p in parameters if p.default is not p.empty]
    calls = (
        (required, []), (required, optional), ([], required + optional))
    for positional, named in calls:
        try:
            # A first parameter by position in any case: it is "self".
            first, *rest = [*positional, *named]
            signature.bind(
                first.name, *(p.name for p in rest if p in positional),
                **{p.name: p for p in rest if p not in positional})
        except TypeError as error:
            return '%s%s cannot be called as %s%s: %s' % (
                function.__qualname__, signature, other.__qualname__,
                inspect.signature(other), error)
    return None


class InterfaceTest(testtools.TestCase):

    def test_interfaces_are_what_the_test_takes_them_for(self):
        # Would pass vacuously otherwise.
        self.assertIn('create_volume', functions(CLAIMED[0]))
        self.assertEqual({'revert_to_snapshot'}, set(functions(CLAIMED[1])))

    def test_signature_check_finds_what_is_wrong(self):
        def wanted(self, volume, size=1):
            pass

        def good(self, volume, size=1, **more):
            pass

        def renamed(self, disk, size=1):
            pass

        def short(self, volume):
            pass

        def long(self, volume, size, more):
            pass

        self.assertIsNone(accepts(good, wanted))
        for bad in (renamed, short, long):
            self.assertIsNotNone(accepts(bad, wanted), bad)

    def test_every_claimed_function_by_name_and_signature(self):
        for claimed in CLAIMED:
            for name, wanted in functions(claimed).items():
                given = inspect.getattr_static(
                    driver.EVSFakeDriver, name, None)
                self.assertIsNotNone(given, name)
                if isinstance(given, property):
                    continue
                self.assertTrue(callable(given), name)
                self.assertIsNone(accepts(given, wanted))

    def test_no_claimed_function_is_an_accident(self):
        for claimed in CLAIMED:
            for name in functions(claimed):
                self.assertTrue((name in own()) != (name in INHERITED), name)
        # What the base class has for it does something.
        for name in INHERITED:
            self.assert_implemented(name)

    def assert_implemented(self, name):
        given = getattr(driver.EVSFakeDriver, name)
        if not isinstance(given, property):
            self.assertNotIn('raise NotImplementedError',
                             inspect.getsource(inspect.unwrap(given)), name)

    def test_what_managers_call_besides(self):
        for name in CALLED_BESIDES:
            given = own()[name]
            given = getattr(given, '__func__', given)
            wanted = getattr(cinder_driver.VolumeDriver, name, None)
            self.assertIsNotNone(wanted, name)
            self.assertIsNone(accepts(given, wanted))

    def test_every_public_function_overrides_one_of_cinders(self):
        # One that Cinder renamed would never be called again.
        # The embedded cloud asks for its engines, our manager to settle.
        for name in set(functions(driver.EVSFakeDriver)) - {
                'engines', 'settle_work'}:
            self.assertTrue(
                hasattr(cinder_driver.VolumeDriver, name)
                or name in functions(CLAIMED[1]), name)

    def test_abstract_functions(self):
        self.assertEqual(frozenset(),
                         driver.EVSFakeDriver.__abstractmethods__)

    def test_no_part_hides_anothers_function(self):
        parts = [part for part in driver.EVSFakeDriver.__mro__
                 if part.__module__.startswith('evs_fake.')]
        self.assertLess(5, len(parts))
        names = [name for part in parts for name in vars(part)
                 if not name.startswith('__')]
        self.assertEqual(sorted(set(names)), sorted(names))

    def test_registered(self):
        self.assertIn(driver.EVSFakeDriver, interface._volume_register)

    def test_what_cinder_shows_of_a_driver(self):
        self.assertRegex(driver.EVSFakeDriver.VERSION, r'^\d+\.\d+$')
        self.assertEqual('evs-fake', driver.EVSFakeDriver.CI_WIKI_NAME)
        self.assertIn('Version history:', driver.EVSFakeDriver.__doc__)
        self.assertIn('%s - ' % driver.EVSFakeDriver.VERSION,
                      driver.EVSFakeDriver.__doc__)
        self.assertTrue(driver.EVSFakeDriver.SUPPORTED)

    def test_options(self):
        options = driver.EVSFakeDriver.get_driver_options()
        names = [option.name for option in options]
        for option in backend.BACKEND_OPTS:
            self.assertIn(option, options)
        for name in ('reserved_percentage', 'max_over_subscription_ratio'):
            self.assertIn(name, names)
        self.assertEqual(len(set(names)), len(names))
