#!/bin/bash
# view.sh DIRECTORY PREFIX RESULTS - in mount and process namespaces of its
# own: all files of the machine as they are, and all that is written to them
# in a layer above.
set -o errexit

top=$1
view=$top/view
mount --make-rprivate /
mount -t tmpfs -o mode=755 layer "$top/layer"
mkdir "$top/layer/upper" "$top/layer/work"
mount -t overlay overlay "$view" -o \
    "lowerdir=/,upperdir=$top/layer/upper,workdir=$top/layer/work"
mount -t proc proc "$view/proc"
mount --rbind /sys "$view/sys"
mount --rbind /dev "$view/dev"
mkdir -p "$view/opt/stack" "$view/opt/results" "$view/opt/written" \
    "$view/run"
mount --bind "$3" "$view/opt/results"
mount --bind "$top/layer/upper" "$view/opt/written"
cp -a "$top/sources" "$view/opt/sources"
cp -a "$top/devstack" "$view/opt/stack/devstack"
cp -a "$top/harness" "$view/opt/harness"
exec chroot "$view" bash /opt/harness/inside.sh "$2"
