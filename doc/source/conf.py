# SPDX-License-Identifier: Apache-2.0
"""Sphinx configuration of the documentation."""

project = 'evs-fake'
copyright = 'evs-fake developers'
extensions = [
    'cliff.sphinxext',
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'sphinx.ext.autodoc',
]
autoclass_content = 'both'
autodoc_member_order = 'bysource'
exclude_patterns = []
html_theme = 'openstackdocs'
openstackdocs_auto_name = False
openstackdocs_pdf_link = False
openstackdocs_use_storyboard = False
