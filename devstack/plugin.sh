#!/bin/bash
# What devstack calls in each phase; the functions are in lib/.

# devstack runs with xtrace; nobody wants to read this file in its log.
_XTRACE_EVS_FAKE=$(set +o | grep xtrace)
set +o xtrace

# Another Cinder than ours works with would be replaced by pip, silently.
function _evs_fake_check_cinder {
    local version
    version=$("$CINDER_BIN_DIR/cinder-manage" --version 2>/dev/null)
    if (( ${version%%.*} < 27 || ${version%%.*} > 29 )); then
        die $LINENO "evs-fake works with Cinder 27 to 29, not with $version"
    fi
}

if is_service_enabled cinder; then
    case "$1 ${2:-}" in
        "stack pre-install")
            check_evs_fake_volume
            install_evs_fake_volume_packages
            ;;
        "stack install")
            echo_summary "Installing evs-fake"
            _evs_fake_check_cinder
            setup_develop "$EVS_FAKE_DIR"
            ;;
        "stack post-config")
            echo_summary "Configuring evs-fake"
            if is_service_enabled c-api; then
                configure_evs_fake_api
                create_evs_fake_catalog
            fi
            if is_service_enabled c-vol; then
                configure_evs_fake_volume
            fi
            ;;
        "stack extra")
            echo_summary "Starting evs-fake"
            if is_service_enabled c-vol; then
                start_evs_fake_volume
            fi
            if is_service_enabled c-api; then
                start_evs_fake_api
                create_evs_fake_volume_types
            fi
            ;;
        "stack test-config")
            if is_service_enabled tempest; then
                configure_evs_fake_tempest
            fi
            ;;
        "unstack ")
            if is_service_enabled c-api; then
                stop_evs_fake_api
            fi
            stop_evs_fake_volume
            ;;
        "clean ")
            cleanup_evs_fake_tempest
            cleanup_evs_fake_api
            cleanup_evs_fake_volume
            # devstack's function knows no other virtual environment.
            if [[ "$GLOBAL_VENV" == "True" ]]; then
                PIP_VIRTUAL_ENV=$DEVSTACK_VENV pip_uninstall evs-fake
            else
                pip_uninstall evs-fake
            fi
            ;;
    esac
fi

$_XTRACE_EVS_FAKE
