#!/bin/bash
# The data volume on real block devices: made once, kept ever after. Runs in the machine.
#
# Usage: verify-data-volume.sh FILESYSTEM ANOTHER
set -euo pipefail

filesystem=$1
another=$2

fail() { echo "$*" >&2; exit 1; }
mounted() { findmnt --noheadings --output FSTYPE,SOURCE --mountpoint /var/lib/muster; }
volume() { env "$@" /usr/lib/muster/data-volume; }
shown() { env "$@" /usr/lib/muster/data-volume --show; }

# As declared in the image, by its unit: a blank device is formatted, mounted, and the worker's.
systemctl start muster-data-volume.service
mounted | grep -qE "^$filesystem +/dev/" || fail "not mounted as $filesystem: $(mounted)"
[ "$(stat -c %U /var/lib/muster/work)" = muster ] || fail 'the folder is not of the worker'
echo 'kept' > /var/lib/muster/work/proof
uuid=$(blkid -s UUID -o value /dev/disk1)
systemctl stop muster-data-volume.service
umount /var/lib/muster

# Another boot, with another filesystem declared: what is there stays.
volume MUSTER_DATA_DEVICE=/dev/disk1 "MUSTER_FILESYSTEM=$another"
[ "$(cat /var/lib/muster/work/proof)" = kept ] || fail 'the data is gone'
[ "$(blkid -s UUID -o value /dev/disk1)" = "$uuid" ] || fail 'the device was formatted'
umount /var/lib/muster

# A device with something that is no filesystem is left alone.
printf 'label: gpt\n,,L\n' | sfdisk --quiet /dev/disk2 2> /dev/null
before=$(sha256sum < /dev/disk2)
if volume MUSTER_DATA_DEVICE=/dev/disk2 "MUSTER_FILESYSTEM=$filesystem" 2> /tmp/said; then
  fail 'a device with partitions was taken'
fi
grep -q 'no filesystem' /tmp/said || fail "no clear word: $(cat /tmp/said)"
[ "$(sha256sum < /dev/disk2)" = "$before" ] || fail 'a device with partitions was written to'

# No device: nothing is mounted.
volume MUSTER_DATA_DEVICE=nodevice "MUSTER_FILESYSTEM=$filesystem"
[ -z "$(mounted)" ] || fail 'something is mounted without a device'

# One that never shows up is an error within its time.
if volume MUSTER_DATA_DEVICE=/dev/absent MUSTER_DEVICE_WAIT_SECONDS=1 2> /tmp/said; then fail 'an absent device was taken'; fi
grep -q 'did not show up within 1 s' /tmp/said || fail "no clear word: $(cat /tmp/said)"
if volume MUSTER_FILESYSTEM=xfs 2> /tmp/said; then fail 'xfs was taken'; fi
grep -q 'allowed: btrfs, ext4' /tmp/said

# The local search: /dev/xvdg, then /dev/local0, then the named device.
local_search=(MUSTER_LOCAL_DEVICE=true MUSTER_DATA_DEVICE=/dev/disk4)
[ "$(shown "${local_search[@]}")" = /dev/disk4 ] || fail 'the named device is not the last choice'
ln -s /dev/disk3 /dev/local0
[ "$(shown "${local_search[@]}")" = /dev/disk3 ] || fail '/dev/local0 is not before the named device'
ln -s /dev/disk2 /dev/xvdg
[ "$(shown "${local_search[@]}")" = /dev/disk2 ] || fail '/dev/xvdg is not before /dev/local0'
[ "$(shown MUSTER_LOCAL_DEVICE=false MUSTER_DATA_DEVICE=/dev/disk4)" = /dev/disk4 ] || fail 'searched unasked'
[ "$(shown MUSTER_DATA_DEVICE=/dev/sdg)" = /dev/disk2 ] || fail '/dev/sdg is not found as /dev/xvdg'
rm /dev/xvdg /dev/local0
[ "$(shown MUSTER_LOCAL_DEVICE=true)" = none ] || fail 'a device was found where there is none'

# A full volume stays mounted, and the next start says nothing is wrong.
volume MUSTER_DATA_DEVICE=/dev/disk3 "MUSTER_FILESYSTEM=$filesystem"
dd if=/dev/zero of=/var/lib/muster/full bs=1M 2> /dev/null && fail 'the volume never was full'
volume MUSTER_DATA_DEVICE=/dev/disk3 "MUSTER_FILESYSTEM=$filesystem"
rm /var/lib/muster/full
umount /var/lib/muster
