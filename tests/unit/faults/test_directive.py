# SPDX-License-Identifier: Apache-2.0

import testtools
from testtools import matchers

from evs_fake import exception
from evs_fake.faults import directive
from evs_fake.faults.operations import OF_GROUPS
from evs_fake.faults.operations import Operation

KEY = 'evs_fake:snapshot-create'


class ParseTest(testtools.TestCase):

    def assert_refused(self, key, value):
        error = self.assertRaises(
            exception.InvalidFault, directive.parse, key, value)
        self.assertEqual(400, error.code)
        return str(error)

    def test_every_operation(self):
        for operation in set(Operation) - OF_GROUPS:
            self.assertEqual(
                directive.Directive(directive.Action.HOLD),
                directive.parse(directive.key(operation), 'hold'))

    def test_groups_have_no_metadata(self):
        for operation in OF_GROUPS:
            self.assert_refused(directive.key(operation), 'hold')

    def test_keys_of_others(self):
        for key in ('', 'evs_fake', 'evs-fake:snapshot-create',
                    'EVS_FAKE:snapshot-create', ' evs_fake:x', 'name'):
            self.assertIsNone(directive.parse(key, 'fail'), key)

    def test_fail(self):
        for value, message in (
                ('fail', KEY + '=fail'), ('fail:', KEY + '=fail:'),
                ('fail:why', 'why'), ('fail:a:b', 'a:b'),
                ('fail: ', ' '), ('fail:%(x)s %s %', '%(x)s %s %'),
                ('fail:\u732b\n\0', '\u732b\n\0')):
            self.assertEqual(
                directive.Directive(directive.Action.FAIL, message=message),
                directive.parse(KEY, value))

    def test_delay(self):
        for text, seconds in (
                ('0', 0), ('1', 1), ('0.25', 0.25), ('1e3', 1000),
                ('86400', 86400)):
            self.assertEqual(
                directive.Directive(directive.Action.DELAY, seconds=seconds),
                directive.parse(KEY, 'delay:' + text))

    def test_values_of_no_known_form(self):
        for value in (
                '', ' ', 'hold:', 'hold:x', 'hold ', 'Hold', 'HOLD',
                'delay', 'delay:', 'delay:x', 'delay:nan', 'delay:-1',
                'delay:-0.001', 'delay:inf', 'delay:-inf', 'delay:1e999',
                'delay:86400.1', 'delay:1s', 'delay:0x10', 'delay:1:2',
                'Fail', 'failure', ' fail', 'fail :x', ':fail', 'release',
                None):
            message = self.assert_refused(KEY, value)
            for form in ('fail', 'fail:<message>', 'delay:<seconds>',
                         'hold', '86400'):
                self.assertIn(form, message)

    def test_unknown_operations(self):
        for name in ('', 'snapshot', 'snapshot-create ', 'Snapshot-Create',
                     'snapshot-restore', 'snapshot-create:x', '\0', '%s'):
            message = self.assert_refused(directive.PREFIX + name, 'fail')
            for operation in set(Operation) - OF_GROUPS:
                self.assertIn(operation.value, message)

    def test_hostile_text(self):
        for text in ('%s%(key)s%n', '{key}', '\0', '\r\nX: y', '\ud800',
                     "'; DROP TABLE volumes; --", 'x' * 10000):
            self.assertThat(self.assert_refused(KEY, text),
                            matchers.Contains(text))
            self.assert_refused(directive.PREFIX + text, 'fail')

    def test_injected_failure_says_the_message_as_it_is(self):
        error = exception.InjectedFailure(
            operation='x', reason=directive.parse(KEY, 'fail:%(x)s').message)
        self.assertEqual('Injected failure of x: %(x)s', str(error))


class CheckTest(testtools.TestCase):

    def test_good(self):
        directive.check({})
        directive.check({'name': 'x', KEY: 'hold', '': ''})

    def test_bad(self):
        for metadata in ({'name': 'x', KEY: 'x'}, {'evs_fake:': 'hold'},
                         {KEY: None}, {KEY: 5}, {KEY: ['hold']}):
            self.assertRaises(exception.InvalidFault,
                              directive.check, metadata)

    def test_what_is_no_text_is_cinders_to_refuse(self):
        directive.check({5: 'x', None: 'y'})
