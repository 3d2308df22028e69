# SPDX-License-Identifier: Apache-2.0
"""CBR for a WSGI server of an operator's: ``initialize_application()``."""

import sys
from collections.abc import Callable

from cinder import coordination
from cinder import objects
from cinder import rpc
from cinder import version
from cinder.common import config
from oslo_config import cfg
from oslo_log import log as logging
from oslo_service import wsgi

CONF = cfg.CONF


def initialize_application() -> Callable:
    """The application that api-paste.ini names ``cbr``, on cinder.conf."""
    objects.register_all()
    logging.register_options(CONF)
    CONF(sys.argv[1:], project='cinder', version=version.version_string())
    logging.setup(CONF, 'cinder')
    config.set_middleware_defaults()
    coordination.COORDINATOR.start()
    rpc.init(CONF)
    return wsgi.Loader(CONF).load_app('cbr')
