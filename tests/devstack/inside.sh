#!/bin/bash
# inside.sh PREFIX - in the view: what an operator does before stack.sh, and
# then all scripts.
set -o errexit

prefix=$1
# Without its trigger, which would read all pages of the machine.
debconf-set-selections <<<"man-db man-db/auto-update boolean false"
cd /opt
apt-get -qq install -y --no-install-recommends sudo uuid-runtime \
    >results/packages.log 2>&1
# sudo looks there first, too.
for each in a2dissite a2enmod a2ensite a2query apt-get cinder-manage \
            cinder-rtstool curl evs-fake-manage killall mkfs.xfs mount \
            mountpoint mysql openstack service systemctl systemd-tmpfiles \
            tgt-admin tgtadm tox umount uwsgi; do
    ln -s /opt/harness/note "/usr/local/sbin/$each"
done
# devstack calls it by path.
cp harness/note /usr/bin/systemctl
export PATH=/usr/local/sbin:$PATH
stack/devstack/tools/create-stack-user.sh
git config --system --add safe.directory '*'
mkdir -p /etc/apache2/sites-available /etc/tgt
touch /etc/tgt/targets.conf
chmod go+x /root
touch results/{commands,catalog,waited}.txt
chown -R stack:stack stack sources harness results

function as_stack {
    sudo -u stack -H env "PATH=$PATH" "PREFIX=$prefix" "$@" 2>&1
}

# list NAME - all files that were written until now, but for what stays: the
# checkout of ours, and stevedore's cache of what is installed
function list {
    (cd /opt/written && find . \( -path ./opt/results \
        -o -path ./opt/stack/evs-fake -o -path ./opt/stack/.cache \) -prune \
        -o \( -type f -o -type l \) -print) |
        sed 's/^\.//' | LC_ALL=C sort >"/opt/results/$1.txt"
}

# traces - of ours, by name or by content, and in the catalog
function traces {
    grep -i evs results/left.txt
    xargs -d '\n' grep -ilsE 'evs[-_]?fake' <results/left.txt
    grep -E '^[a-z]+ (evs|cbr) ' results/catalog.txt
}

list before
code=0
as_stack bash harness/stack.sh /opt/stack/devstack \
    >results/stack.log || code=$?
list stacked
as_stack stack/devstack/unstack.sh >results/unstack.log || code=$?
list unstacked
as_stack stack/devstack/clean.sh >results/clean.log || code=$?
list cleaned
LC_ALL=C comm -13 results/before.txt results/cleaned.txt >results/left.txt
traces >results/traces.txt || true
if [[ -s results/traces.txt ]]; then
    cat results/traces.txt
    code=1
fi
exit "$code"
