# SPDX-License-Identifier: Apache-2.0
"""The child's side: serves one application until the cloud is gone."""

import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any
from typing import NoReturn

from evs_fake.cloud import exception
from evs_fake.cloud import server

#: Seconds that requests may take which are being answered at the end.
_GRACE = 3
#: The server's; images go to disks, which may be slow.
_PATIENCE = 300


def run(make: Callable[[dict[str, Any]], Callable]) -> NoReturn:
    """Serve what a function makes of the settings; ends the process.

    :param make: returns the WSGI application.
    """
    # Signals to all of a session or a container reach the cloud as well,
    # which ends this process in order.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)
    # Libraries may print: the pipe is for this module's line only.
    pipe = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    order = json.loads(line)
    http = server.Server(socket.socket(fileno=order['listener']),
                         patience=_PATIENCE)
    threading.Thread(target=_end_with_the_cloud, args=(http,), daemon=True,
                     name='end').start()
    error = None
    try:
        http.start(make(order['settings']))
    except exception.CloudError as refusal:
        error = str(refusal)
    except BaseException:
        # SystemExit among them. The threads of the server would keep the
        # interpreter from ending by itself.
        traceback.print_exc()
        os._exit(1)
    print(json.dumps({'error': error}), file=pipe, flush=True)
    if error:
        os._exit(1)
    threading.Event().wait()
    raise AssertionError('nothing sets the event')


def _end_with_the_cloud(http: server.Server) -> None:
    # Ends when the last of those who could write is closed or dead.
    sys.stdin.read()
    stopping = threading.Thread(target=http.stop, daemon=True)
    stopping.start()
    stopping.join(_GRACE)
    os._exit(0)
