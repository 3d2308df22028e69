# SPDX-License-Identifier: Apache-2.0
"""Imports that wait for somebody to use them."""

import importlib
import json
import pathlib
import subprocess
import sys
import threading

import fixtures
import testtools

from evs_fake.cloud import deferred

#: Imports what a cloud imports until it answers, and tells what was deferred.
_START = '''
import json, sys
from tests.functional import forked
forked.prepare()
import cinder.scheduler.filters.driver_filter
from evs_fake.cloud import deferred
print(json.dumps({
    name: not sys.modules[name].__spec__.loader_state.is_read
    for name in deferred.MODULES if name in sys.modules}))
'''
_READ = '''
started.set()
go_on.wait()
value = 'read'
times.append(value)
'''


class DeferredTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.useFixture(fixtures.MonkeyPatch(
            'sys.path', [str(self.top), *sys.path]))
        self.useFixture(fixtures.MonkeyPatch(
            'sys.meta_path', list(sys.meta_path)))
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.cloud.deferred.MODULES', (
                'evs_fake_waits', 'evs_fake_package.waits')))
        self.addCleanup(self.forget)
        deferred.install()

    def forget(self):
        for name in list(sys.modules):
            if name.startswith(('evs_fake_waits', 'evs_fake_package')):
                del sys.modules[name]

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        importlib.invalidate_caches()

    def test_read_at_the_first_look(self):
        self.write('evs_fake_waits.py', '"""Its own."""\nvalue = [1]\n')
        import evs_fake_waits
        self.assertIsNone(evs_fake_waits.__doc__)
        self.assertEqual('evs_fake_waits.py', pathlib.Path(
            evs_fake_waits.__spec__.origin).name)
        self.assertEqual([1], evs_fake_waits.value)
        self.assertEqual('Its own.', evs_fake_waits.__doc__)
        self.assertRaises(AttributeError, getattr, evs_fake_waits, 'other')
        evs_fake_waits.value.append(2)
        self.assertEqual([1, 2], evs_fake_waits.value)

    def test_module_of_a_package(self):
        self.write('evs_fake_package/__init__.py', '')
        self.write('evs_fake_package/waits.py',
                   'from evs_fake_package import waits\n'
                   'itself = waits\n'
                   'has_value = hasattr(waits, "value")\n'
                   'value = 5\n')
        from evs_fake_package import waits
        self.assertNotIn('value', vars(waits))
        self.assertEqual((5, False, waits), (
            waits.value, waits.has_value, waits.itself))

    def test_what_is_not_there(self):
        self.assertRaises(ImportError, importlib.import_module,
                          'evs_fake_waits')

    def test_failure(self):
        """Is raised where it is used, and the next look tries again."""
        self.write('evs_fake_waits.py', 'value = 1 / int(divisor)\n')
        import evs_fake_waits
        self.assertRaises(NameError, getattr, evs_fake_waits, 'value')
        evs_fake_waits.divisor = 0
        self.assertRaises(ZeroDivisionError, getattr, evs_fake_waits, 'value')
        evs_fake_waits.divisor = 2
        self.assertEqual(0.5, evs_fake_waits.value)

    def test_several_threads(self):
        """It is read once, and nobody sees half of it."""
        self.write('evs_fake_waits.py', _READ)
        import evs_fake_waits
        evs_fake_waits.times = times = []
        evs_fake_waits.started = started = threading.Event()
        evs_fake_waits.go_on = go_on = threading.Event()
        seen = []
        threads = [threading.Thread(
            target=lambda: seen.append(evs_fake_waits.value))
            for _number in range(5)]
        for thread in threads:
            thread.start()
        started.wait()
        go_on.set()
        for thread in threads:
            thread.join()
        self.assertEqual(['read'] * 5, seen)
        self.assertEqual(['read'], times)

    def test_install_twice(self):
        found = list(sys.meta_path)
        deferred.install()
        self.assertEqual(found, sys.meta_path)


class StartTest(testtools.TestCase):

    def test_all_are_deferred(self):
        """Somebody imports each, and nobody looks into it."""
        ran = subprocess.run(
            [sys.executable, '-c', _START], capture_output=True, text=True)
        self.assertEqual(0, ran.returncode, ran.stderr)
        self.assertEqual(dict.fromkeys(deferred.MODULES, True),
                         json.loads(ran.stdout))
