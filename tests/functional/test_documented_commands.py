# SPDX-License-Identifier: Apache-2.0
"""The commands of the tutorial and the how-tos, as their readers type them.

What cannot be run here is listed in ``tests/unit/test_documentation.py``.
"""

import pathlib

import fixtures
import testtools
from testtools import content

from tests.documentation import page as pages
from tests.documentation import runner


class TestCommands(testtools.TestCase):

    def run_page(self, name):
        page = pages.read(name)
        said = []
        self.addOnException(lambda _exc_info: self.addDetail(
            'terminal', content.text_content(''.join(said))))
        runner.run(page, pathlib.Path(self.useFixture(
            fixtures.TempDir()).path), said.append)

    def test_tutorial(self):
        self.run_page('tutorial')

    def test_cinder(self):
        self.run_page('howto/cinder')

    def test_fail_deletion(self):
        self.run_page('howto/fail_deletion')

    def test_hold(self):
        self.run_page('howto/hold')

    def test_huawei_sdk(self):
        self.run_page('howto/huawei_sdk')

    def test_pytest(self):
        self.run_page('howto/pytest')

    def test_storage_engine(self):
        self.run_page('howto/storage_engine')

    def test_terraform(self):
        self.run_page('howto/terraform')

    def test_no_page_is_left_out(self):
        ran = {'test_' + name.rpartition('/')[2] for name in pages.names()
               if pages.read(name).environment}
        tests = {name for name in dir(self) if name.startswith('test_')}
        self.assertEqual(set(), ran - tests)
