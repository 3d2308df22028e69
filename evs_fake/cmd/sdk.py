# SPDX-License-Identifier: Apache-2.0
"""The environment in which Huawei's SDKs reach a cloud, unmodified."""

import dataclasses
import json
from typing import Any

from evs_fake.cloud import exception
from evs_fake.cloud import state_dir
from evs_fake.cmd import control

#: Of Huawei's own examples.
DEFAULT_REGION = 'cn-north-4'

#: Variables that would have SDKs look for other credentials first, or send
#: with ours what belongs to others.
OTHERS = (
    'HUAWEICLOUD_OIDC_AGENCY_URN', 'HUAWEICLOUD_OIDC_ID_TOKEN',
    'HUAWEICLOUD_OIDC_PROVIDER_URN', 'HUAWEICLOUD_OIDC_TOKEN_FILE',
    'HUAWEICLOUD_SDK_ID_TOKEN_FILE', 'HUAWEICLOUD_SDK_IDP_ID',
    'HUAWEICLOUD_SDK_SECURITY_TOKEN')


@dataclasses.dataclass(frozen=True)
class Owner:
    """Whose access key it is.

    :ivar name: of the file that keeps it.
    :ivar user: None, like the roles, leaves it to the cloud.
    """

    name: str
    project: str
    user: str | None = None
    roles: list[str] | None = None


def environment(state: state_dir.StateDir, owner: Owner,
                region: str) -> dict[str, str]:
    """The variables.

    :param region: any name: the SDKs look for its endpoints in the
        environment first.
    :raises CloudError: if no cloud runs.
    :raises ClientError: if it does not answer.
    """
    endpoint = state.read_endpoint()
    credential = _credential(state, owner)
    suffix = region.replace('-', '_').upper()
    return {
        'HUAWEICLOUD_SDK_AK': credential['access_key'],
        'HUAWEICLOUD_SDK_SK': credential['secret_key'],
        'HUAWEICLOUD_SDK_PROJECT_ID': owner.project,
        # What the examples of Huawei's API Explorer read.
        'CLOUD_SDK_AK': credential['access_key'],
        'CLOUD_SDK_SK': credential['secret_key'],
        'HUAWEICLOUD_SDK_REGION_EVS_' + suffix: endpoint['evs'],
        'HUAWEICLOUD_SDK_REGION_CBR_' + suffix: endpoint['cbr'],
        # Where SDKs ask for a project that a script does not name: not the
        # real one, which would get a signed request.
        'HUAWEICLOUD_SDK_IAM_ENDPOINT': endpoint['url'],
    }


def _credential(state: state_dir.StateDir, owner: Owner) -> dict[str, Any]:
    """The owner's, made when the cloud knows none (any more)."""
    cloud = control.of_state_dir(state)
    path = state.credential(owner.name)
    kept = _read(path)
    if kept is not None and any(
            kept['access_key'] == known['access_key']
            and owner.project == known['project_id']
            for known in cloud.list_credentials()):
        return kept
    made = cloud.create_credential(
        owner.project, owner.user, owner.roles,
        description='of "evs-fake openrc --sdk"')
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        state.write(path, json.dumps(made, indent=2) + '\n')
    except OSError as error:
        raise exception.CloudError(
            'cannot write %s: %s' % (path, error.strerror)) from error
    return made


def _read(path) -> dict[str, Any] | None:
    try:
        kept = json.loads(path.read_text())
        return {name: kept[name] for name in ('access_key', 'secret_key')}
    except (OSError, ValueError, KeyError, TypeError):
        # None, or one that somebody damaged: another will do.
        return None
