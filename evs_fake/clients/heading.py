# SPDX-License-Identifier: Apache-2.0
"""Headings of lists, as OpenStack's commands write them."""


def heading(field: str) -> str:
    """The heading above a field of the API."""
    return ' '.join('ID' if word == 'id' else word.title()
                    for word in field.split('_'))
