# SPDX-License-Identifier: Apache-2.0
"""A service that is small, for tests of children: tells its settings."""

import os
from collections.abc import Callable
from typing import Any

from evs_fake.cloud import exception
from evs_fake.cloud.child import process


def make(settings: dict[str, Any]) -> Callable:
    if 'refusal' in settings:
        raise exception.CloudError(settings['refusal'])
    if 'error' in settings:
        raise ValueError(settings['error'])
    print('what libraries print', flush=True)

    def app(environ: dict[str, Any], start_response: Callable):
        if environ['PATH_INFO'] == '/die':
            os._exit(7)
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [settings['text'].encode()]

    return app


if __name__ == '__main__':
    process.run(make)
