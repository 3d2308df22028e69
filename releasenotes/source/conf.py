# SPDX-License-Identifier: Apache-2.0
"""Sphinx configuration of the release notes."""

project = 'evs-fake release notes'
copyright = 'evs-fake developers'
extensions = [
    'openstackdocstheme',
    'reno.sphinxext',
]
exclude_patterns = []
html_theme = 'openstackdocs'
openstackdocs_auto_name = False
openstackdocs_pdf_link = False
openstackdocs_use_storyboard = False
