# SPDX-License-Identifier: Apache-2.0
"""Cinder's status words in requests and responses <-> the document's."""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

#: From one vocabulary to the other.
Translate = Callable[[str], str]

Links = Iterable[dict[str, str]]


def show(bodies: Iterable[dict[str, Any]], translate: Translate) -> None:
    """Put the document's word into views of resources, in place.

    Summary views have no status.
    """
    for body in bodies:
        if 'status' in body:
            body['status'] = translate(body['status'])


def accept(body: Any, action: str, translate: Translate) -> None:
    """Put the word that Cinder stores into an action's ``status``, in place.

    Runs before Cinder validates the body, so it may have any form: what is
    no text is left for Cinder to refuse.
    """
    try:
        asked = body[action]['status']
        if isinstance(asked, str):
            body[action]['status'] = translate(asked.lower())
    except (KeyError, TypeError):
        pass


def rewrite_filter(req, translate: Translate) -> Callable[[Links], None]:
    """Have Cinder filter by the word that it stores.

    webob writes a changed ``GET`` back to the request's environment.

    :returns: a function to have the links of a page filter by the word that
        the client asked for.
    """
    asked = req.GET.getall('status')
    stored = [translate(value) for value in asked]
    if asked != stored:
        del req.GET['status']
        for value in stored:
            req.GET.add('status', value)

    def restore_links(links: Links) -> None:
        for link in links:
            for ask, store in zip(asked, stored, strict=True):
                link['href'] = link['href'].replace(
                    'status=' + store, 'status=' + ask)

    return restore_links
