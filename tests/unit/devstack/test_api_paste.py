# SPDX-License-Identifier: Apache-2.0
"""How our routes are merged into an api-paste.ini that others changed."""

import importlib.util
import pathlib

import testtools

_TOP = pathlib.Path(__file__).parents[3]

_THEIRS = """\
[composite:root]
use = call:cinder.api:root_app_factory
/v3: volume

[composite:volume]
use = call:pipeline_factory
keystone = request_id theirs authtoken audit apiv3

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
# A comment of an operator's.
delay_auth_decision = true
"""

_OURS = """\
[composite:root]
use = egg:Paste#urlmap
/v3: volume
/v1: evs

[composite:volume]
use = call:pipeline_factory
keystone = request_id aksk authtoken routes apiv3

[filter:authtoken]
paste.filter_factory = unsigned:filter_factory
authentication = keystonemiddleware.auth_token:filter_factory

[app:evs]
paste.app_factory = evs:app_factory
"""

_MERGED = """\
[composite:root]
# evs-fake adds:
/v1: evs
# evs-fake replaces: use = call:cinder.api:root_app_factory
use = egg:Paste#urlmap
/v3: volume

[composite:volume]
use = call:pipeline_factory
# evs-fake replaces: keystone = request_id theirs authtoken audit apiv3
keystone = request_id theirs aksk authtoken audit routes apiv3

[filter:authtoken]
# evs-fake adds:
authentication = keystonemiddleware.auth_token:filter_factory
# evs-fake replaces: paste.filter_factory = \
keystonemiddleware.auth_token:filter_factory
paste.filter_factory = unsigned:filter_factory
# A comment of an operator's.
delay_auth_decision = true
# evs-fake: begin

[app:evs]
paste.app_factory = evs:app_factory
# evs-fake: end
"""


def _tool():
    spec = importlib.util.spec_from_file_location(
        'api_paste', _TOP / 'devstack/tools/api_paste.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestApiPaste(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.tool = _tool()

    def test_what_is_others_stays(self):
        self.assertEqual(_MERGED, self.tool.merge(_THEIRS, _OURS))

    def test_twice_is_as_once(self):
        self.assertEqual(_MERGED, self.tool.merge(_MERGED, _OURS))

    def test_undone(self):
        self.assertEqual(_THEIRS, self.tool.unmerge(_MERGED))
        self.assertEqual(_THEIRS, self.tool.unmerge(_THEIRS))

    def test_what_came_later_stays(self):
        later = _MERGED + '\n[filter:later]\nuse = egg:later\n'
        merged = self.tool.merge(later, _OURS)
        self.assertIn('[filter:later]\nuse = egg:later\n', merged)
        self.assertEqual(1, merged.count('[app:evs]'))
