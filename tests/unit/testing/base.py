# SPDX-License-Identifier: Apache-2.0
"""A cloud's process, with a program in the place of the cloud."""

import json
import pathlib
import sys
import threading

import fixtures
import testtools

from evs_fake.testing import server

SECONDS = 60

#: Does what "evs-fake serve" promises to, and notes what is posted. There is
#: one state to go back to, "known", and one change of a status.
SERVES = '''
import http.server, json, os, pathlib, signal, sys, threading
state = pathlib.Path(sys.argv[sys.argv.index('--state-dir') + 1])
(state / 'log').mkdir(parents=True)
(state / 'arguments.json').write_text(json.dumps(sys.argv[1:]))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length'])).decode()
        with (state / 'posts').open('a') as posts:
            print(self.path, body, file=posts)
        name = json.loads(body)['reset'].get('state', 'known')
        answer = json.dumps({} if name == 'known' else {
            'itemNotFound': {'message': 'no state ' + name}}).encode()
        self.send_response(200 if name == 'known' else 404)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        change = {'number': 1, 'resource_type': 'snapshot',
                  'resource_id': 'an-id', 'project_id': 'demo',
                  'old_status': None, 'new_status': 'creating',
                  'occurred_at': '2026-01-31T23:59:59.000001'}
        self.wfile.write(json.dumps({
            'cursor': 1, 'history': [change] if 'after=0' in self.path
            else []}).encode())
    def log_message(self, *arguments):
        pass
web = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
threading.Thread(target=web.serve_forever, daemon=True).start()
url = 'http://127.0.0.1:%d' % web.server_port
(state / 'endpoint.json').write_text(json.dumps(
    {'pid': os.getpid(), 'url': url, 'evs': url, 'control': url}))
def end(*_arguments):
    (state / 'tidied').touch()
    os._exit(0)
signal.signal(signal.SIGTERM, end)
print('evs-fake ready: somewhere', flush=True)
signal.pause()
'''


def ended(pid: int) -> bool:
    try:
        status = pathlib.Path('/proc/%d/stat' % pid).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    # Nobody may be there who waits for it.
    return status.rpartition(')')[2].split()[0] == 'Z'


class ServerTestCase(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.temporary = self.top / 'tmp'
        self.temporary.mkdir()
        self.useFixture(fixtures.MonkeyPatch(
            'tempfile.tempdir', str(self.temporary)))
        self.runs(SERVES)

    def runs(self, program):
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.testing.server.command',
            lambda *arguments: [sys.executable, '-c', program, *arguments]))

    def start(self, *arguments):
        running = server.Server(*arguments)
        self.addCleanup(running.end)
        running.start()
        return running

    def until(self, predicate):
        never = threading.Event()
        for _look in range(SECONDS * 100):
            if predicate():
                return
            never.wait(0.01)
        self.fail('in vain')

    def forget_shared(self):
        """Have this test share nothing with others."""
        shared = {}
        self.useFixture(fixtures.MonkeyPatch(
            'evs_fake.testing.server._shared', shared))
        self.addCleanup(
            lambda: [running.end() for running in shared.values()])

    @staticmethod
    def posts(running):
        """What was posted to a cloud: path and body."""
        lines = (running.state_dir / 'posts').read_text().splitlines()
        return [(path, json.loads(body)) for path, _blank, body
                in (line.partition(' ') for line in lines)]
