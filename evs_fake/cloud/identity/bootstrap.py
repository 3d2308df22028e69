# SPDX-License-Identifier: Apache-2.0
"""What Keystone's database has from the start; runs in Keystone's process.

As ``keystone-manage bootstrap``, it makes what is missing and leaves the rest
alone, but for the passwords and the catalog: those are the cloud's.
"""

import itertools
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from keystone import exception
from keystone.common import provider_api

from evs_fake.cloud.identity import accounts

PROVIDERS = provider_api.ProviderAPIs

_DOMAIN_ID = 'default'
_INTERFACES = ('public', 'internal', 'admin')

#: Services that a cloud may have at one start and not at the next.
_PASSING = {'image'}

#: Each implies the next.
_ROLES = ('admin', 'manager', 'member', 'reader')


def bootstrap(passwords: dict[str, str], catalog: dict[str, str]) -> None:
    """Make domain, projects, roles, users, and the catalog.

    :param passwords: by user.
    :param catalog: URL by type of service, of all that the cloud serves.
    """
    _make_domain()
    roles = _make_roles()
    everybody = (*accounts.USERS, *accounts.SERVICES)
    projects = {name: _make_project(name)
                for name in {user.project for user in everybody}}
    ids = {user.name: _make_user(user.name, passwords[user.name])
           for user in everybody}
    for user in everybody:
        _unless_there(PROVIDERS.assignment_api.add_role_to_user_and_project,
                      ids[user.name], projects[user.project],
                      roles[user.role])
    # The administrator is one of the whole cloud.
    _unless_there(PROVIDERS.assignment_api.create_system_grant_for_user,
                  ids[accounts.ADMIN.name], roles[accounts.ADMIN.role])
    _make_catalog(catalog)


def _make_domain() -> None:
    try:
        PROVIDERS.resource_api.get_domain(_DOMAIN_ID)
    except exception.DomainNotFound:
        PROVIDERS.resource_api.create_domain(_DOMAIN_ID, {
            'id': _DOMAIN_ID, 'name': accounts.DOMAIN, 'enabled': True,
            'description': 'The default domain'})


def _make_roles() -> dict[str, str]:
    """All roles' ids, by name."""
    ids = {role['name']: role['id']
           for role in PROVIDERS.role_api.list_roles()
           if role['domain_id'] is None}
    for name in (*_ROLES, 'service'):
        if name not in ids:
            ids[name] = uuid.uuid4().hex
            PROVIDERS.role_api.create_role(ids[name], {
                'id': ids[name], 'name': name,
                'options': {'immutable': True}})
    for prior, following in itertools.pairwise(_ROLES):
        _unless_there(PROVIDERS.role_api.create_implied_role,
                      ids[prior], ids[following])
    return ids


def _make_project(name: str) -> str:
    try:
        return PROVIDERS.resource_api.get_project_by_name(
            name, _DOMAIN_ID)['id']
    except exception.ProjectNotFound:
        project_id = uuid.uuid4().hex
        PROVIDERS.resource_api.create_project(project_id, {
            'id': project_id, 'name': name, 'enabled': True,
            'domain_id': _DOMAIN_ID, 'description': ''})
        return project_id


def _make_user(name: str, password: str) -> str:
    try:
        user = PROVIDERS.identity_api.get_user_by_name(name, _DOMAIN_ID)
    except exception.UserNotFound:
        return PROVIDERS.identity_api.create_user({
            'name': name, 'enabled': True, 'domain_id': _DOMAIN_ID,
            'password': password})['id']
    try:
        PROVIDERS.identity_api.driver.authenticate(user['id'], password)
    except AssertionError:
        PROVIDERS.identity_api.update_user(
            user['id'], {'password': password})
    return user['id']


def _unless_there(make: Callable, *arguments: str) -> None:
    try:
        make(*arguments)
    except exception.Conflict:
        pass


def _make_catalog(catalog: dict[str, str]) -> None:
    try:
        PROVIDERS.catalog_api.get_region(accounts.REGION)
    except exception.RegionNotFound:
        PROVIDERS.catalog_api.create_region({'id': accounts.REGION})
    services = {service['type']: service['id'] for service
                in PROVIDERS.catalog_api.list_services()}
    for kind in _PASSING - set(catalog):
        if kind in services:
            PROVIDERS.catalog_api.delete_service(services.pop(kind))
    endpoints = PROVIDERS.catalog_api.list_endpoints()
    for kind, url in catalog.items():
        if kind not in services:
            services[kind] = uuid.uuid4().hex
            PROVIDERS.catalog_api.create_service(services[kind], {
                'id': services[kind], 'type': kind, 'name': kind,
                'enabled': True})
        _make_endpoints(services[kind], url, [
            each for each in endpoints
            if each['service_id'] == services[kind]])


def _make_endpoints(service_id: str, url: str,
                    known: Iterable[dict[str, Any]]) -> None:
    there = {each['interface']: each for each in known
             if each['region_id'] == accounts.REGION}
    for interface in _INTERFACES:
        found = there.get(interface)
        if found is None:
            endpoint_id = uuid.uuid4().hex
            PROVIDERS.catalog_api.create_endpoint(endpoint_id, {
                'id': endpoint_id, 'interface': interface, 'url': url,
                'service_id': service_id, 'region_id': accounts.REGION,
                'enabled': True})
        elif found['url'] != url:
            PROVIDERS.catalog_api.update_endpoint(
                found['id'], {**found, 'url': url})
