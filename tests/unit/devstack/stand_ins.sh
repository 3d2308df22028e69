#!/bin/bash
# Stand-ins for devstack's documented functions: what writes a file writes it,
# everything else is noted in $CALLS. Below them, the order in which stack.sh,
# unstack.sh and clean.sh do what the plugin depends on.

# The plugin uses what is set here, and is sourced.
# shellcheck disable=SC2034,SC1091

set -o errexit

function note {
    echo "$*" >>"$CALLS"
}

# What devstack only does for us is a note of its name and arguments.
for name in pip_uninstall install_package start_tls_proxy create_one_type \
            chown tox mkfs.xfs; do
    eval "function $name { note $name \"\$@\"; }"
done

# As which project, if variables say one.
function openstack {
    note openstack "$@" ${OS_PROJECT_NAME:+as "$OS_PROJECT_NAME"}
}

function die {
    shift
    echo "$@" >&2
    exit 1
}

function sudo {
    "$@"
}

function echo_summary {
    :
}

function define_plugin {
    note define_plugin "$@"
}

function is_fedora {
    [[ "$FEDORA" == "True" ]]
}

function get_or_create_service {
    note get_or_create_service "$@"
}

function get_or_create_endpoint {
    note get_or_create_endpoint "$@"
}

function setup_develop {
    note setup_develop "$@"
}

function wait_for_service {
    note wait_for_service "$@"
}

function trueorfalse {
    case "${!2}" in
        True|1|yes) echo True ;;
        False|0|no) echo False ;;
        *) echo "$1" ;;
    esac
}

function is_service_enabled {
    local service
    for service in "$@"; do
        case "$service" in
            cinder) [[ ",$ENABLED_SERVICES" == *,c-* ]] && return 0 ;;
            *) [[ ",$ENABLED_SERVICES," == *",$service,"* ]] && return 0 ;;
        esac
    done
    return 1
}

function enable_service {
    local service
    for service in "$@"; do
        is_service_enabled "$service" || ENABLED_SERVICES+=",$service"
    done
}

function run_process {
    if is_service_enabled "$1"; then
        # A command may go on over several lines.
        # shellcheck disable=SC2048,SC2086
        note run_process $*
    fi
}

function stop_process {
    if is_service_enabled "$1"; then
        note stop_process "$1"
    fi
}

# ini_set file section key [value...] - the key's lines, and no others
function ini_set {
    local file=$1 section=$2 key=$3 lines="" text
    shift 3
    if (( $# )); then
        lines=$(printf "$key = %s\n" "$@")
    fi
    [[ -e "$file" ]] || : >"$file"
    text=$(lines=$lines awk -v section="[$section]" -v key="$key" '
        BEGIN { lines = ENVIRON["lines"] }
        /^\[/ { inside = $0 == section }
        inside && $1 == key && $2 == "=" { next }
        { print }
        $0 == section { seen = 1; if (lines) print lines }
        END { if (!seen && lines) print section "\n" lines }
    ' "$file")
    echo "$text" >"$file"
}

function iniset {
    ini_set "$1" "$2" "$3" "$4"
}

function iniset_multiline {
    ini_set "$@"
}

function inidelete {
    ini_set "$1" "$2" "$3"
}

function iniget_multiline {
    awk -v section="[$2]" -v key="$3" -v ORS=" " '
        /^\[/ { inside = $0 == section }
        inside && $1 == key && $2 == "=" { print $3 }
    ' "$1" | sed 's/ $//'
}

function iniadd {
    # shellcheck disable=SC2046
    iniset_multiline "$1" "$2" "$3" $(iniget_multiline "$1" "$2" "$3") "${@:4}"
}

function write_uwsgi_config {
    rm -f "$1"
    iniset "$1" uwsgi module "$2"
    iniset "$1" uwsgi http "$4"
}

# A mount is a file of that name beside the pool.
function mountpoint {
    [[ -e "$MOUNTS/$(basename "$2")" ]]
}

function mount {
    note mount "$@"
    touch "$MOUNTS/$(basename "${*: -1}")"
}

function umount {
    note umount "$@"
    rm "$MOUNTS/$(basename "$1")"
}

function each_backend {
    local backend
    for backend in ${CINDER_ENABLED_BACKENDS//,/ }; do
        if type "$1_${backend%%:*}" >/dev/null 2>&1; then
            "$1_${backend%%:*}" "${backend##*:}"
        fi
    done
}

function plugin {
    local time
    for time in $(seq "${TIMES:-1}"); do
        source "$PLUGIN/plugin.sh" "$@"
    done
}

# What is there before the first phase of any plugin.
function defaults {
    CINDER_CONF_DIR=$TREE/etc/cinder
    CINDER_CONF=$CINDER_CONF_DIR/cinder.conf
    CINDER_API_PASTE_INI=$CINDER_CONF_DIR/api-paste.ini
    CINDER_BIN_DIR=$TREE/bin
    CINDER_UWSGI=cinder.wsgi.api:application
    TEMPEST_DIR=$TREE/tempest
    TEMPEST_CONFIG=$TREE/tempest/tempest.conf
    DATA_DIR=$TREE/data
    STACK_USER=$(id -un)
    REGION_NAME=RegionOne
    SERVICE_TIMEOUT=60
    SERVICE_LISTEN_ADDRESS=0.0.0.0
    CINDER_SERVICE_HOST=192.0.2.1
    CINDER_SERVICE_PORT=8776
    CINDER_SERVICE_PORT_INT=18776
    CINDER_SERVICE_PROTOCOL=http
    if is_service_enabled tls-proxy; then
        CINDER_SERVICE_PROTOCOL=https
    fi
    VOLUME_BACKING_FILE_SIZE=1M
    CINDER_ENABLED_BACKENDS=${CINDER_ENABLED_BACKENDS:-lvm:lvmdriver-1}
    CINDER_TARGET_HELPER=${CINDER_TARGET_HELPER:-lioadm}
    CINDER_TARGET_PROTOCOL=iscsi
    CINDER_TARGET_PREFIX=iqn.2010-10.org.openstack:
    CINDER_TARGET_PORT=3260
    CINDER_BACKUP_DRIVER=${CINDER_BACKUP_DRIVER:-swift}
}

function stack {
    local all
    source "$PLUGIN/override-defaults"
    defaults
    source "$PLUGIN/settings"
    plugin stack pre-install

    # configure_cinder
    mkdir -p "$CINDER_CONF_DIR" "$DATA_DIR" "$TEMPEST_DIR"
    rm -f "$CINDER_CONF"
    cp "$CINDER_PASTE" "$CINDER_API_PASTE_INI"
    iniset "$CINDER_CONF" DEFAULT osapi_volume_extension \
        cinder.api.contrib.standard_extensions
    each_backend configure_cinder_backend
    all=,$CINDER_ENABLED_BACKENDS
    iniset "$CINDER_CONF" DEFAULT enabled_backends \
        "$(sed 's/,[^:]*:/,/g; s/^,//' <<<"$all")"
    if is_service_enabled c-bak; then
        if type "configure_cinder_backup_$CINDER_BACKUP_DRIVER" \
                >/dev/null 2>&1; then
            "configure_cinder_backup_$CINDER_BACKUP_DRIVER"
        fi
    fi

    plugin stack install

    # init_cinder
    each_backend init_cinder_backend
    if type "init_cinder_backup_$CINDER_BACKUP_DRIVER" >/dev/null 2>&1; then
        "init_cinder_backup_$CINDER_BACKUP_DRIVER"
    fi

    plugin stack post-config
    plugin stack extra
    iniset "$TEMPEST_CONFIG" volume vendor_name "Open Source"
    plugin stack test-config
}

function unstack {
    # openrc
    export OS_PROJECT_NAME=demo OS_USERNAME=demo
    source "$PLUGIN/override-defaults"
    defaults
    source "$PLUGIN/settings"
    plugin unstack
    each_backend cleanup_cinder_backend
    if type "cleanup_cinder_backup_$CINDER_BACKUP_DRIVER" >/dev/null 2>&1; then
        "cleanup_cinder_backup_$CINDER_BACKUP_DRIVER"
    fi
}

# clean.sh has no override-defaults.
function clean {
    defaults
    source "$PLUGIN/settings"
    plugin clean
}

for script in "$@"; do
    # As scripts of their own.
    ( "$script" )
done
