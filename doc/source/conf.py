# SPDX-License-Identifier: Apache-2.0
"""Sphinx configuration of the documentation."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / 'ext'))
# Defaults of the commands are shown as users have them, not as the builder
# of this documentation has.
os.environ['XDG_STATE_HOME'] = '~/.local/state'

project = 'evs-fake'
copyright = 'evs-fake developers'
extensions = [
    'cliff.sphinxext',
    'openapi_page',
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'sphinx.ext.autodoc',
    'sphinxarg.ext',
    'states_page',
]
autoclass_content = 'both'
autodoc_member_order = 'bysource'
exclude_patterns = []
# Of a command line, "--" is no dash.
smartquotes = False
html_theme = 'openstackdocs'
openstackdocs_auto_name = False
openstackdocs_pdf_link = False
openstackdocs_use_storyboard = False
