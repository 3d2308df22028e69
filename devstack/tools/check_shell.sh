#!/bin/bash
# Style of the plugin's shell, and of what tests it. The length of lines is
# not bashate's business, as in devstack itself.
set -o errexit
cd "$(dirname "$0")/../.."

files=(devstack/{override-defaults,settings,plugin.sh})
files+=(devstack/lib/* devstack/tools/*.sh tests/unit/devstack/*.sh)
files+=(tests/devstack/*.sh tests/devstack/note)
bashate --error E --ignore E006 "${files[@]}"
shellcheck --shell=bash "${files[@]}"
