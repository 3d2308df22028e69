#!/bin/bash
# stack.sh DEVSTACK - stack.sh's order, over devstack's own functions, of all
# that Cinder and its plugin need.

# They are sourced, and what they use is set here.
# shellcheck disable=SC1090,SC1091,SC2034,SC2154

unset LANG LANGUAGE
export LC_ALL=C.utf8
umask 022
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin

TOP_DIR=$1
FILES=$TOP_DIR/files
HARNESS=$(dirname "$(readlink -f "$0")")
cd "$TOP_DIR" || exit 1

source "$TOP_DIR/functions"
source "$TOP_DIR/lib/stack"
GetDistro
rm -f "$TOP_DIR/.localrc.auto"
extract_localrc_section "$TOP_DIR/local.conf" "$TOP_DIR/localrc" \
    "$TOP_DIR/.localrc.auto"
source "$TOP_DIR/stackrc"

DEST=${DEST:-/opt/stack}
DATA_DIR=${DATA_DIR:-${DEST}/data}
mkdir -p "$DATA_DIR"
async_init
install_python
# With YAML, as stack.sh installs it.
PYTHON=$PREFIX/bin/python3
VERBOSE=True
exec 3>&1 6>&1

function echo_summary {
    echo "=== $*"
}

trap 'echo "failed: $BASH_COMMAND (line $LINENO)"' ERR
set -o errexit -o errtrace
SSL_BUNDLE_FILE="$DATA_DIR/ca-bundle.pem"
rm -f "$SSL_BUNDLE_FILE"

source "$TOP_DIR/lib/database"
source "$TOP_DIR/lib/rpc_backend"
fetch_plugins
run_phase override_defaults
for each in apache tls infra libraries lvm horizon keystone glance nova \
            placement cinder swift neutron ldap dstat atop tcpdump etcd3 \
            os-vif; do
    source "$TOP_DIR/lib/$each"
done
run_phase source
initialize_database_backends
define_database_baseurl
save_stackenv $LINENO

# Its sources are the installed package's.
function install_cinder {
    mkdir -p "$CINDER_DIR/etc"
    cp -r "$PREFIX/etc/cinder" "$CINDER_DIR/etc"
    install_package tgt
}

function install_tempest {
    mkdir -p "$TEMPEST_CONFIG_DIR"
}

# It wants a Nova.
function configure_tempest {
    iniset "$TEMPEST_CONFIG" identity uri_v3 "$KEYSTONE_SERVICE_URI/v3"
}

function wait_for_service {
    echo "$2" >>/opt/results/waited.txt
}

# What pip would make of the virtual environment: two of its commands, and
# the package beside Cinder.
function pip_install {
    echo "pip_install $*" >>/opt/results/commands.txt
}

mkdir -p "$REQUIREMENTS_DIR/.venv/bin" "$DEVSTACK_VENV/bin"
ln -s /bin/true "$REQUIREMENTS_DIR/.venv/bin/edit-constraints"
for each in cinder-manage evs-fake-manage; do
    ln -s "$HARNESS/note" "$DEVSTACK_VENV/bin/$each"
done
cat >"$DEVSTACK_VENV/bin/oslopolicy-sample-generator" <<END
#!/bin/sh
PYTHONPATH=$DEST/evs-fake exec "$PREFIX/bin/oslopolicy-sample-generator" "\$@"
END
cat >"$DEVSTACK_VENV/bin/pip" <<END
#!/bin/sh
echo "pip \$*" >>/opt/results/commands.txt
END
chmod 755 "$DEVSTACK_VENV/bin/oslopolicy-sample-generator" \
    "$DEVSTACK_VENV/bin/pip"

export NO_UPDATE_REPOS=True
run_phase stack pre-install
stack_install_service cinder
configure_cinder
init_os_brick
run_phase stack install
save_stackenv $LINENO

write_clouds_yaml
export OS_CLOUD=${OS_CLOUD:-devstack-admin}
create_cinder_accounts
init_cinder
run_phase stack post-config
merge_config_group "$TOP_DIR/local.conf" post-config
start_cinder
create_volume_types
run_phase stack extra
run_phase stack test-config
save_stackenv $LINENO

cp -a /etc/cinder /opt/results/stacked
cp -a "$TEMPEST_CONFIG" "$SYSTEMD_DIR"/devstack@* /opt/results/catalog.txt \
    /opt/results/stacked
