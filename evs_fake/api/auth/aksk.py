# SPDX-License-Identifier: Apache-2.0
"""Authentication by access key and signature (AK/SK), as Huawei's gateway.

A paste filter, in front of those that authenticate otherwise, which
:mod:`evs_fake.api.auth.unsigned` has step aside. A request that has a token
is left to them; so is one that has no signature of Huawei's.
"""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from urllib import parse

import webob
import webob.dec
from cinder import context as cinder_context
from oslo_config import cfg
from oslo_context import context as oslo_context
from oslo_log import log as logging
from oslo_utils import timeutils

from evs_fake.api.auth import replay
from evs_fake.api.auth import sent
from evs_fake.api.auth import signature
from evs_fake.api.auth import unsigned
from evs_fake.conf import auth
from evs_fake.db import credentials

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

#: How the names of Huawei's algorithms begin, V11-HMAC-SHA256 among them.
_HUAWEIS = re.compile(r'(SDK|V[0-9]+)-', re.IGNORECASE)

#: The gateway's, for whatever is wrong.
_CODE = 'APIGW.0301'


class SignatureAuth:
    """Has a signed request be one of its credential's user and project."""

    def __init__(self, application: Callable) -> None:
        self._application = application
        CONF.register_opts(auth.OPTS, group=auth.GROUP)
        self._seen = replay.store(CONF)

    @webob.dec.wsgify
    def __call__(self, request: webob.Request):
        header = request.headers.get('Authorization', '')
        if request.headers.get('X-Auth-Token') or not _HUAWEIS.match(header):
            return self._application
        try:
            credential = self._authenticate(request, header)
        except signature.Invalid as error:
            return _refuse(request, str(error))
        former = request.environ.get('cinder.context')
        # Nothing of what other headers say of user, roles or scope; whether
        # the roles make an administrator is for Cinder's policy to say.
        request.environ['cinder.context'] = cinder_context.RequestContext(
            user_id=credential.user_id, project_id=credential.project_id,
            roles=list(credential.roles),
            request_id=getattr(former, 'request_id', None),
            global_request_id=getattr(former, 'global_request_id', None),
            timestamp=getattr(former, 'timestamp', None),
            remote_address=request.remote_addr)
        unsigned.skip(request.environ)
        return self._application

    def _authenticate(self, request: webob.Request,
                      header: str) -> credentials.Credential:
        authorization = signature.read(header)
        signed = signature.Request(
            method=request.method, path=_path(request),
            query=request.query_string, headers=sent.headers(request),
            body=request.body)
        signature.check_date(authorization, signed, timeutils.utcnow())
        if request.headers.get('X-Security-Token'):
            raise signature.Invalid(
                'evs-fake issues no temporary access keys, and so no '
                'security tokens')
        credential = credentials.get(authorization.access_key)
        if credential is None:
            raise signature.Invalid(
                'access key %s does not exist' % authorization.access_key)
        signature.check(authorization, signed, credential.secret_key)
        if replay.is_replay(self._seen, authorization.signature,
                            CONF[auth.GROUP].signature_reuse_seconds):
            raise signature.Invalid(
                'the signature was used before: the request is replayed')
        # gophertelekomcloud adds it after having signed.
        project = request.headers.get('X-Project-Id')
        if project and project != credential.project_id:
            raise signature.Invalid(
                'the access key is not one of project %.64s' % project)
        return credential


def _path(request: webob.Request) -> str:
    """The path as the client sent it, where the server tells.

    ``PATH_INFO`` does not tell "%2F" from "/", or (cheroot's) from "%252F".
    """
    sent = request.environ.get('REQUEST_URI', '')
    if sent.startswith('/'):
        return sent.partition('?')[0]
    return parse.quote(
        request.environ.get('SCRIPT_NAME', '')
        + request.environ.get('PATH_INFO', ''),
        encoding='latin-1', errors='replace')


def _refuse(request: webob.Request, reason: str) -> webob.Response:
    context = request.environ.get('cinder.context')
    request_id = (context.request_id if context is not None
                  else oslo_context.generate_request_id())
    LOG.info('Refused a signed request for %(path)s: %(reason)s',
             {'path': _path(request), 'reason': reason})
    response = webob.Response(
        status=HTTPStatus.UNAUTHORIZED, content_type='application/json',
        charset='UTF-8', text=json.dumps({
            'error_code': _CODE,
            'error_msg': 'Incorrect IAM authentication information: '
                         + reason,
            'request_id': request_id}))
    response.headers['X-Request-Id'] = request_id
    return response


def filter_factory(global_conf: dict[str, str]) -> Callable:
    """Paste filter."""
    return SignatureAuth
