# SPDX-License-Identifier: Apache-2.0
"""print the environment for the cinder and openstack commands

Prints shell commands that point them, and openstacksdk, at a running cloud:
eval "$(evs-fake openrc)"

Of a cloud with Keystone, it is the environment of one of its users: --user
admin, member, reader or alt.

With --sdk, Huawei's SDKs as well: a script that takes access key, secret key
and project from the environment, and its endpoint from a region's name
(EvsRegion.value_of("cn-north-4")), runs as it is. The access key is made at
the first time, and kept in the state directory.
"""

import argparse
import json
import pathlib
import re
import shlex
from collections.abc import Callable
from typing import Any

from evs_fake.api.auth import identity
from evs_fake.cloud import exception
from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts
from evs_fake.cloud.identity import clients
from evs_fake.cmd import arguments
from evs_fake.cmd import sdk

#: Newest API version that Cinder 29 and python-cinderclient both know.
MICROVERSION = '3.71'

#: The name of the cloud in clouds.yaml.
CLOUD = 'evs-fake'

#: The same cloud's CBR, for otcextensions.
CBR_CLOUD = 'evs-fake-cbr'

#: Variables that an openrc of another cloud may have left behind. Each has
#: precedence over those below, or is one that clients do not take beside
#: them.
_OTHERS = (
    'OS_AUTH_PLUGIN', 'OS_AUTH_STRATEGY', 'OS_AUTH_TYPE', 'OS_AUTH_URL',
    'OS_CACERT', 'OS_DEFAULT_DOMAIN', 'OS_DEFAULT_DOMAIN_ID',
    'OS_DEFAULT_DOMAIN_NAME', 'OS_DOMAIN_ID', 'OS_DOMAIN_NAME',
    'CINDER_ENDPOINT', 'CINDER_PROJECT_ID', 'OS_AUTH_SYSTEM',
    'OS_CLIENT_CONFIG_FILE', 'OS_CLOUD', 'OS_ENDPOINT', 'OS_ENDPOINT_TYPE',
    'OS_IDENTITY_API_VERSION', 'OS_INTERFACE', 'OS_PASSWORD',
    'OS_PROJECT_DOMAIN_ID', 'OS_PROJECT_DOMAIN_NAME', 'OS_PROJECT_ID',
    'OS_PROJECT_NAME', 'OS_REGION_NAME', 'OS_SERVICE_TYPE',
    'OS_SYSTEM_SCOPE', 'OS_TENANT_ID', 'OS_TENANT_NAME', 'OS_TOKEN',
    'OS_TRUST_ID', 'OS_URL', 'OS_USERNAME', 'OS_USER_DOMAIN_ID',
    'OS_USER_DOMAIN_NAME', 'OS_USER_ID')

_CLOUDS = """\
# Written by "evs-fake openrc" at every run; what you change here is lost.
clouds:
  {cloud}:
    auth_type: admin_token
    auth:
      endpoint: {endpoint}
      token: {token}
    # Clients would look for them at the same endpoint.
{disabled}\
  # For otcextensions: it wants a project of the plugin, which that of above
  # does not tell; for what is not CBR, this plugin is of no use.
  {cbr_cloud}:
    auth_type: noauth
    auth:
      endpoint: {root}
      user_id: {user}
      project_id: {project}
    cbr_endpoint_override: {cbr}
{disabled}"""

_DISABLED = """\
    has_{service}: false
    {service}_disabled_reason: evs-fake has block storage only.
"""

_IMAGE = """\
    image_endpoint_override: {url}
"""

#: Services in which the openstack command looks for what volumes are attached
#: to or made of. It does without them where it is told that there are none;
#: not so without identity, which it takes hold of for nearly every command.
_DISABLED_SERVICES = ('compute', 'image')


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        '--project', metavar='ID', type=arguments.project_or_user,
        help='project to work in, in a cloud without Keystone (default: %s)'
             % identity.DEFAULT_PROJECT)
    command.add_argument(
        '--user', choices=[user.name for user in accounts.USERS],
        help='user to be, in a cloud with Keystone: %s (default: %s)' % (
            ', '.join('%s of project %s' % (user.name, user.project)
                      for user in accounts.USERS), accounts.ADMIN.name))
    command.add_argument(
        '--sdk', action='store_true',
        help="print what Huawei's SDKs need, too, with an access key")
    command.add_argument(
        '--region', metavar='NAME', type=_region,
        default=sdk.DEFAULT_REGION,
        help='region by whose name the SDKs find the cloud; any will do '
             '(default: %(default)s)')
    arguments.add_state_dir(command)


def _region(text: str) -> str:
    # It becomes part of a variable's name.
    if re.fullmatch('[0-9a-zA-Z_-]{1,64}', text) is None:
        raise argparse.ArgumentTypeError(
            'not 1 to 64 letters, digits, "_" or "-": %s' % text)
    return text


def run(parsed: argparse.Namespace) -> int:
    state = arguments.state(parsed)
    endpoint = state.read_endpoint()
    if endpoint.get('auth') == 'keystone':
        variables, owner = _with_keystone(state, endpoint, parsed)
    else:
        variables, owner = _without_keystone(state, endpoint, parsed)
    others = _OTHERS
    if parsed.sdk:
        others += sdk.OTHERS
        variables.update(sdk.environment(state, owner(), parsed.region))
    others = [name for name in others if name not in variables]
    print('unset ' + ' '.join(others))
    for name, value in variables.items():
        print('export %s=%s' % (name, shlex.quote(value)))
    return 0


def _with_keystone(
        state: state_dir.StateDir, endpoint: dict[str, Any],
        parsed: argparse.Namespace
        ) -> tuple[dict[str, str], Callable[[], sdk.Owner]]:
    """The variables, and what tells for whom an access key is."""
    if parsed.project is not None:
        raise exception.CloudError(
            'this cloud has Keystone: give a --user, who has a project')
    user, = (user for user in accounts.USERS
             if user.name == (parsed.user or accounts.ADMIN.name))
    variables = clients.environment(
        endpoint['identity'], user,
        accounts.read_passwords(state)[user.name])
    variables['OS_VOLUME_API_VERSION'] = MICROVERSION

    def owner() -> sdk.Owner:
        session = clients.session(state, user)
        known = session.auth.get_access(session)
        return sdk.Owner('user-' + user.name, known.project_id,
                         known.user_id, known.role_names)

    return variables, owner


def _without_keystone(
        state: state_dir.StateDir, endpoint: dict[str, Any],
        parsed: argparse.Namespace
        ) -> tuple[dict[str, str], Callable[[], sdk.Owner]]:
    if parsed.user is not None:
        raise exception.CloudError(
            'this cloud has no Keystone, and no users: give a --project')
    project = parsed.project or identity.DEFAULT_PROJECT
    clouds = _write_clouds(state, endpoint, project)
    return environment(endpoint['url'], project, clouds), lambda: sdk.Owner(
        project, project)


def environment(url: str, project: str,
                clouds: pathlib.Path) -> dict[str, str]:
    """The variables by which clients reach a cloud without Keystone.

    No one authentication type suits all of them. python-cinderclient's
    shell works with its own plugin ``noauth`` only: others declare an
    ``--os-endpoint``, as the shell itself does. openstacksdk fails with that
    plugin, whose constructor leaves out its base class's. So each gets its
    own by variables that the other does not read: ``OS_AUTH_SYSTEM`` and
    ``CINDER_...`` are python-cinderclient's, clouds.yaml is openstacksdk's.

    :param clouds: the clouds.yaml of the project.
    """
    return {
        'OS_AUTH_SYSTEM': 'noauth',
        'CINDER_PROJECT_ID': project,
        'CINDER_ENDPOINT': url + '/v3',
        'OS_VOLUME_API_VERSION': MICROVERSION,
        'OS_CLOUD': CLOUD,
        'OS_CLIENT_CONFIG_FILE': str(clouds),
    }


def _write_clouds(state: state_dir.StateDir, endpoint: dict[str, Any],
                  project: str) -> pathlib.Path:
    """Write the clouds.yaml of a project.

    One file for each: openstacksdk takes the project of a cloud from no
    variable, and shells that work in several must not disturb each other.
    """
    path = state.clouds(project)
    url, cbr, image = endpoint['url'], endpoint['cbr'], endpoint.get('image')
    try:
        state.write(path, _CLOUDS.format(
            cloud=CLOUD,
            cbr_cloud=CBR_CLOUD,
            root=json.dumps(url + '/v3'),
            user=json.dumps(identity.DEFAULT_USER),
            project=json.dumps(project),
            cbr=json.dumps('%s/v3/%s' % (cbr, project)),
            endpoint=json.dumps('%s/v3/%s' % (url, project)),
            token=json.dumps(
                identity.token(identity.DEFAULT_USER, project)),
            disabled=''.join(_DISABLED.format(service=service)
                             for service in _DISABLED_SERVICES
                             if not (service == 'image' and image)) + (
                _IMAGE.format(url=json.dumps(image)) if image else '')))
    except OSError as error:
        raise exception.CloudError(
            'cannot write %s: %s' % (path, error.strerror)) from error
    return path
