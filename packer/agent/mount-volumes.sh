#!/bin/bash
# Attaches the pool's existing volumes of this zone and mounts each on its mount point. A blank volume is formatted; one
# that holds anything is not.
#
# MUSTER_VOLUMES               VOLUME=MOUNT_POINT, with spaces between
# MUSTER_FILESYSTEM            btrfs or ext4, for a blank one
# MUSTER_DEVICE_WAIT_SECONDS   how long a volume may take to come free, and to show up; 600 by default
set -euo pipefail

devices=${MUSTER_DEVICES:-/dev}
wait_seconds=${MUSTER_DEVICE_WAIT_SECONDS:-600}
filesystem=${MUSTER_FILESYSTEM:-ext4}
say() { printf 'volumes: %s\n' "$*"; }
refuse() {
  say "$@" >&2
  exit 1
}

# The worker before may still hold it. Exit code 1: it is in another zone, for other workers of the pool.
attach() {
  local end=$((SECONDS + wait_seconds)) answer
  until answer=$(timeout 60 aws ec2 attach-volume --volume-id "$1" --instance-id "$MUSTER_INSTANCE_ID" --device "$2" 2>&1); do
    # A second boot of the same worker has it already.
    [[ $answer != *VolumeInUse*"$MUSTER_INSTANCE_ID"* ]] || return 0
    [[ $answer != *ZoneMismatch* ]] || return 1
    [ "$SECONDS" -lt "$end" ] || refuse "$1 cannot be attached: ${answer##*$'\n'}"
    sleep $((2 + RANDOM % 4))
  done
}

# NVMe disks are named by their volume, others as asked, or as xvdX where the kernel says so.
find_device() {
  local name end=$((SECONDS + wait_seconds))
  while :; do
    for name in "disk/by-id/nvme-Amazon_Elastic_Block_Store_${1/-/}" "sd$2" "xvd$2"; do
      [ -b "$devices/$name" ] && readlink -f "$devices/$name" && return
    done
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 1
  done
}

# What blkid knows by its signature is left as it is. 2: it knows of nothing; any other failure means that it cannot
# tell. What has no signature and is no zero at its start is somebody's too.
format_if_blank() {
  local status=0
  ! blkid -p -s TYPE "$1" | grep -q TYPE || return 0
  blkid -p "$1" > /dev/null 2>&1 || status=$?
  if [ "$status" -ne 2 ] || ! cmp -s -n 1048576 "$1" /dev/zero; then
    refuse "$2 is not blank and has no filesystem (blkid says $status): left alone"
  fi
  [[ $filesystem =~ ^(btrfs|ext4)$ ]] || refuse "got filesystem $filesystem; allowed: btrfs, ext4"
  "mkfs.$filesystem" -q "$1"
}

mount_volume() {
  local device
  if mountpoint -q "$2"; then
    say "$2 is mounted already"
  elif attach "$1" "/dev/sd$3"; then
    device=$(find_device "$1" "$3") || refuse "$1 did not show up within $wait_seconds s"
    format_if_blank "$device" "$1"
    mkdir -p "$2"
    mount -o noatime "$device" "$2"
  else
    say "$1 is in another zone"
  fi
}

# Images and data volumes use earlier letters.
letters=klmnopqrstuvwxyz
for pair in ${MUSTER_VOLUMES:-}; do
  mount_volume "${pair%%=*}" "${pair#*=}" "${letters:0:1}"
  letters=${letters:1}
done
