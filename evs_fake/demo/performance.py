# SPDX-License-Identifier: Apache-2.0
"""The demo from beginning to end."""

import sys
from typing import Any

from cinderclient import client as cinder_client
from cinderclient.contrib import noauth
from keystoneauth1 import session as keystone_session

from evs_fake import states
from evs_fake.demo import cloud
from evs_fake.demo import observer
from evs_fake.demo import story

_MICROVERSION = '3.70'
_PROJECT = 'demo'


def perform() -> bool:
    """Boot a cloud, act out the document, print what was seen.

    :returns: whether everything was seen and was as the document says.
    """
    print('Starting a cloud of its own for the demo ...', flush=True)
    with cloud.throw_away() as url:
        print('%s is up. A "*" marks a snapshot status of the EVS document.'
              % url, flush=True)
        with observer.Observer(_client(url), sys.stdout) as watch:
            try:
                story.Story(_client(url), _session(url), url, _PROJECT,
                            watch).tell()
            except (story.StoryError, TimeoutError) as error:
                watch.say('FAILED: %s' % error)
                _print_table(watch)
                return False
    return _print_table(watch)


def _session(url: str) -> keystone_session.Session:
    return keystone_session.Session(noauth.CinderNoAuthPlugin(
        'admin', _PROJECT, endpoint=url + '/v3'))


def _client(url: str) -> Any:
    return cinder_client.Client(_MICROVERSION, session=_session(url))


def _print_table(watch: observer.Observer) -> bool:
    """Print which statuses were seen; whether they all were."""
    wanted = [('snapshot', state.name, state.meaning)
              for state in states.SNAPSHOT_STATES]
    wanted += [('volume', name, meaning)
               for name, meaning in states.VOLUME_MEANINGS.items()]
    complete = True
    print('\n%-8s  %-17s  %-11s  %s' % ('', 'status', 'seen', 'meaning'))
    for kind, status, meaning in wanted:
        sightings = watch.seen(kind, status)
        complete = complete and bool(sightings)
        print('%-8s  %-17s  %-11s  %s' % (
            kind, status,
            'at %.1f s' % sightings[0].seconds if sightings else 'NO',
            meaning))
    print('\nAll seen.' if complete else '\nNot all were seen.', flush=True)
    return complete
