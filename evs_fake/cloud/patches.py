# SPDX-License-Identifier: Apache-2.0
"""Every change of Cinder's and os-brick's internals that evs-fake makes.

Each says why there is no other way and for which versions it is; a test
fails when upstream no longer needs it.
"""

import concurrent.futures
import functools
import math
import time
import weakref
from collections.abc import Callable
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from typing import NoReturn

import futurist
from cinder import context as cinder_context
from cinder import privsep
from cinder import utils
from cinder.api.openstack import wsgi
from cinder.common import sqlalchemyutils
from cinder.compute import nova
from cinder.db import api as db_api
from cinder.image import image_utils
from keystoneauth1.exceptions import catalog
from os_brick import privileged
from os_brick.privileged import nvmeof
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_policy import policy
from webob import exc

from evs_fake.api.routing import mapper
from evs_fake.db import cinder_models

CONF = cfg.CONF

#: Seconds for which policies are taken to be as they were.
_POLICY_INTERVAL = 1

#: In errors of SQLite's driver about a value that it cannot hand on.
_UNBINDABLE = ('Error binding parameter', 'too large to convert to SQLite')
#: Filters of snapshots that ask for something of their volumes.
_OF_VOLUME = ('host', 'cluster_name', 'availability_zone')


class _InPlace:
    """``eventlet.tpool`` where there is no eventlet hub."""

    @staticmethod
    def execute(function: Callable, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    @staticmethod
    def Proxy(wrapped: Any, *_args: Any, **_kwargs: Any) -> Any:
        return wrapped


def run_image_transfers_in_place() -> None:
    """Run image transfers in their own thread.

    Cinder 29's ``image_utils`` calls ``eventlet.tpool`` directly, which on
    native threads never returns. Cinder's other modules go through
    ``cinder.utils.tpool_wrap``, which knows the difference.
    """
    image_utils.tpool = _InPlace


def reuse_threads() -> None:
    """Have pools of threads start one only when none is idle.

    futurist's, in which oslo.messaging and Cinder's managers work, start one
    for each piece of work until they are full, and each wakes up once a
    second. A pool is as large here as many operations may be held at once:
    in a cloud that had done a thousand, a thousand idle threads fought for
    the interpreter with those that work. Neither library takes another class.
    Python's own lets idle threads sleep, and work.
    """
    futurist.ThreadPoolExecutor = concurrent.futures.ThreadPoolExecutor


def run_unprivileged() -> None:
    """Have privsep run its functions in this process.

    It would start a root daemon through sudo. Nothing here needs root: the
    files are the user's own. ``set_client_mode`` is privsep's own switch,
    for its daemon's side; Cinder and os-brick offer none to their users.
    Nor is there an option for the command that Cinder puts before others to
    make them root's, as before the ``dd`` of a migration: ``env`` changes
    nothing.
    """
    utils.get_root_helper = lambda: 'env'
    for context in (privsep.sys_admin_pctxt, privileged.default,
                    privileged.brick_privsep_hide_output):
        context.set_client_mode(False)


def do_without_system_uuid() -> None:
    """Take no system UUID for an answer.

    os-brick asks ``dmidecode`` for it on every backup, and is prepared for
    there being none, but not for the user's PATH naming a directory that
    the user may not read: then the backup would stay in ``creating``.
    """
    ask = nvmeof.get_system_uuid

    def get_system_uuid() -> str:
        try:
            return ask()
        except PermissionError:
            return ''

    nvmeof.get_system_uuid = get_system_uuid


def find_routes_by_word() -> None:
    """Have Cinder's table of routes be searched by word.

    Cinder's router makes its mapper itself. Routes compiles all of it at the
    first request, and anew for every request that comes meanwhile: 32
    clients would wait for half a minute.
    """
    # Can be imported once Cinder's objects are registered.
    from cinder.api.v3 import router

    class ProjectMapper(mapper.Mapper, router.ProjectMapper):
        """Cinder's paths, with and without a project, found by word."""

    router.ProjectMapper = ProjectMapper


class _NoCompute:
    """A client of a Compute that has no servers, hence nobody to tell."""

    class volumes:
        @staticmethod
        def get_server_volume(server_id: str, *_args: Any) -> NoReturn:
            raise nova.API.NotFound(HTTPStatus.NOT_FOUND)

        update_server_volume = get_server_volume

    class servers:
        @staticmethod
        def get(server_id: str) -> NoReturn:
            raise nova.API.NotFound(HTTPStatus.NOT_FOUND)

    class server_external_events:
        @staticmethod
        def create(events: Any) -> list:
            return []


def do_without_compute() -> None:
    """Have Cinder see a Compute without servers, where there is none.

    Cinder 29 asks it, before it deletes an attachment of a server's, whether
    the server still uses the volume, and tells it when it has extended such
    a volume. It is prepared for a server that Compute does not know, not
    for there being no Compute in the catalog, or no Identity to look it up
    in: to the user that is a 500 and a volume that stays attached, and in
    the log an error. One that the section [nova] logs in to is there.
    """
    make = nova.novaclient

    def novaclient(context: cinder_context.RequestContext, *args: Any,
                   **kwargs: Any) -> Any:
        if (CONF.auth_strategy == 'keystone' and not CONF.nova.auth_type
                and not any(service.get('type') == 'compute'
                            for service in context.service_catalog or ())):
            return _NoCompute
        try:
            return make(context, *args, **kwargs)
        except catalog.EndpointNotFound:
            return _NoCompute

    nova.novaclient = novaclient


def keep_messages_in_their_project() -> None:
    """Have the list of messages be that of the user's project.

    Cinder 29 lists the messages of all projects to anybody; of all that a
    project has, only they are not filtered. An administrator still sees all
    of them, as in Cinder.
    """
    get_query, *others = db_api.PAGINATION_HELPERS[cinder_models.Message]
    db_api.PAGINATION_HELPERS[cinder_models.Message] = (
        functools.partial(get_query, project_only=True), *others)


def filter_snapshots_by_what_is_theirs() -> None:
    """Have a list of snapshots be filtered before it is joined with volumes.

    Cinder 29 joins first, for ``availability_zone``, ``host`` and
    ``cluster_name``, and SQLAlchemy takes each filter after that for one of
    the volumes: ``status`` and ``name`` are the volume's then, and
    ``volume_id``, which a volume does not have, is a 500.
    """
    for helpers, key in (
            (db_api.PAGINATION_HELPERS, cinder_models.Snapshot),
            (db_api.CALCULATE_COUNT_HELPERS, 'snapshot')):
        get_query, process, *others = helpers[key]
        helpers[key] = (get_query, _in_two_steps(process), *others)


def _in_two_steps(process: Callable) -> Callable:
    def in_two_steps(query: Any, filters: dict[str, Any]) -> Any:
        rest = {name: value for name, value in filters.items()
                if name not in _OF_VOLUME}
        query = process(query, rest)
        if query is None or len(rest) == len(filters):
            return query
        return process(query, {name: filters[name] for name in _OF_VOLUME
                               if name in filters})

    return in_two_steps


def read_policies_once_a_second() -> None:
    """Have policies be looked for once a second, not at every check.

    oslo.policy (to 6) looks, each time that it is asked, whether their files
    have changed, and goes through the defaults of all rules: an eighth of
    what it takes to show a snapshot. Its only option is never to look again.
    """
    load = policy.Enforcer.load_rules
    # Of each: when it last looked, and how many rules it knew of.
    seen: weakref.WeakKeyDictionary[policy.Enforcer, tuple[float, int]] = (
        weakref.WeakKeyDictionary())

    @functools.wraps(load)
    def load_rules(self: policy.Enforcer, force_reload: bool = False) -> None:
        now = time.monotonic()
        last, known = seen.get(self, (-math.inf, 0))
        # A rule that was registered since has not been looked for at all.
        if force_reload or now >= last + _POLICY_INTERVAL or (
                known != len(self.registered_rules)):
            known = len(self.registered_rules)
            load(self, force_reload)
            # Not before: whoever comes meanwhile needs the rules, too.
            seen[self] = now, known

    policy.Enforcer.load_rules = load_rules


def refuse_what_lacks_its_body() -> None:
    """Have a request be refused that lacks the body that its method checks.

    Cinder 29 looks it up without asking whether there is one: to the user
    that is a 500, from most of its methods for ``POST`` and ``PUT``, and from
    ``DELETE consistencygroups/{id}``. An extension could mend one resource at
    a time, and not all.
    """
    def explain(error: Exception, action_args: dict[str, Any]) -> str | None:
        if (isinstance(error, KeyError) and error.args == ('body',)
                and 'body' not in action_args):
            return 'The request needs a body.'
        return None

    _refuse(explain)


def refuse_values_that_no_column_has() -> None:
    """Have a filter be refused whose value no column can be compared with.

    Cinder 29 reads the value of a filter as Python would, so that it may
    be a dictionary, or a number of any length. SQLite's driver takes neither:
    to the user that is a 500.
    """
    def explain(error: Exception, _action_args: dict[str, Any]) -> str | None:
        if isinstance(error, db_exception.DBError) and any(
                word in str(error) for word in _UNBINDABLE):
            return ('A value of the request is nothing that the database can '
                    'be asked for.')
        return None

    _refuse(explain)


def _refuse(explain: Callable[[Exception, dict[str, Any]], str | None]
            ) -> None:
    """Have requests be refused that failed by what the user sent.

    :param explain: says what was wrong, of an error and what the method was
        given; None if it was not the user's mistake.
    """
    dispatch = wsgi.Resource.dispatch

    @functools.wraps(dispatch)
    def refuse(self: wsgi.Resource, method: Callable, request: Any,
               action_args: dict[str, Any]) -> Any:
        try:
            return dispatch(self, method, request, action_args)
        except Exception as error:
            explanation = explain(error, action_args)
            if explanation is None:
                raise
            raise exc.HTTPBadRequest(explanation=explanation) from error

    wsgi.Resource.dispatch = refuse


def seek_pages() -> None:
    """Have a page be looked for where it begins, not at the list's start.

    What Cinder 27 to 29 ask the database for, behind a marker, is put in
    ``CASE`` for the sake of columns that may be empty, and no index can tell
    where that is so: a page costs as much as all pages before it.
    ``created_at`` is never empty, and a plain comparison says the same.
    """
    paginate = sqlalchemyutils.paginate_query

    @functools.wraps(paginate)
    def paginate_query(query: Any, model: Any, limit: int | None,
                       sort_keys: Sequence[str], marker: Any = None,
                       sort_dir: str | None = None,
                       sort_dirs: Sequence[str] | None = None,
                       offset: int | None = None) -> Any:
        if marker is not None and sort_keys[0] == 'created_at':
            column, begin = model.created_at, marker.created_at
            is_down = (sort_dirs[0] if sort_dirs else sort_dir) == 'desc'
            query = query.filter(
                column <= begin if is_down else column >= begin)
        return paginate(query, model, limit, sort_keys, marker, sort_dir,
                        sort_dirs, offset)

    sqlalchemyutils.paginate_query = paginate_query


def apply() -> None:
    """Apply all of them; the versions are those of the embedded cloud."""
    run_image_transfers_in_place()
    reuse_threads()
    run_unprivileged()
    do_without_system_uuid()
    find_routes_by_word()
    do_without_compute()
    keep_messages_in_their_project()
    filter_snapshots_by_what_is_theirs()
    read_policies_once_a_second()
    refuse_what_lacks_its_body()
    refuse_values_that_no_column_has()
    seek_pages()
