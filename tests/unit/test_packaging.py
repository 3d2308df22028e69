# SPDX-License-Identifier: Apache-2.0
"""That the files by which others build and test this can be read."""

import configparser
import pathlib

import testtools

_TOP = pathlib.Path(__file__).parents[2]


class TestPackaging(testtools.TestCase):

    def read(self, name: str) -> configparser.ConfigParser:
        # Strict: an option that is there twice is an error, as it is to tox.
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string((_TOP / name).read_text(), name)
        return parser

    def test_every_environment_of_tox_says_what_it_is_for(self):
        parser = self.read('tox.ini')
        listed = set(parser['tox']['envlist'].replace('\n', '').split(','))
        sections = {name.removeprefix('testenv:'): parser[name]
                    for name in parser.sections()
                    if name.startswith('testenv')}
        self.assertEqual(set(), listed - {'py3'} - set(sections))
        self.assertEqual([], [name for name, section in sections.items()
                              if 'description' not in section])

    def test_setup_cfg(self):
        self.assertEqual('evs-fake', self.read('setup.cfg')['metadata'][
            'name'])
