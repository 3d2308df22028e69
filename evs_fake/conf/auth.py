# SPDX-License-Identifier: Apache-2.0
"""Options of authentication, in the section ``[evs_fake]``."""

from oslo_config import cfg

GROUP = 'evs_fake'

OPTS = [
    cfg.FloatOpt(
        'signature_reuse_seconds', default=2.0, min=0.0, max=900.0,
        help='Seconds for which the signature of a request signed with an '
             'access key (AK/SK) is good after it was first seen; after '
             'that, the same signature is refused as replayed. The date in '
             'a signature has a resolution of one second, so an unmodified '
             'SDK that sends two equal requests within a second sends equal '
             'signatures: with 0, the second of them is refused.'),
    cfg.StrOpt(
        'signature_store', default='memory',
        choices=[
            ('memory', 'in the memory of each process of cinder-api, the '
                       'latest 100000'),
            ('oslo_cache', 'in the cache that the section [cache] '
                           'configures')],
        help='Where signatures that were seen are kept, to refuse replayed '
             'requests. Where several processes or hosts serve the API, a '
             'replay would succeed at another one: have them share a '
             'memcached or Redis with "oslo_cache". It must keep them for '
             'half an hour: [cache] backend_expiration_time, if set, must '
             'be 1800 or more.'),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [(GROUP, OPTS)]
