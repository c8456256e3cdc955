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
# Images and data volumes use earlier letters.
letters=(k l m n o p q r s t u v w x y z)

refuse() {
  printf 'volumes: %s\n' "$*" >&2
  exit 1
}

# The worker before may still hold it. Exit code 1: it is in another zone, for other workers of the pool.
attach() {
  local volume=$1 name=$2 end=$((SECONDS + wait_seconds)) answer
  until answer=$(timeout 60 aws ec2 attach-volume --volume-id "$volume" --instance-id "$MUSTER_INSTANCE_ID" \
    --device "$name" 2>&1); do
    # A second boot of the same worker has it already.
    [[ $answer == *VolumeInUse* && $answer == *"$MUSTER_INSTANCE_ID"* ]] && return 0
    [[ $answer != *ZoneMismatch* ]] || return 1
    [ "$SECONDS" -lt "$end" ] || refuse "$volume cannot be attached: ${answer##*$'\n'}"
    sleep $((2 + RANDOM % 4))
  done
}

# NVMe disks are named by their volume, others as asked, or as xvdX where the kernel says so.
find_device() {
  local volume=$1 letter=$2 candidate end=$((SECONDS + wait_seconds))
  while :; do
    for candidate in "$devices/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume/-/}" \
      "$devices/sd$letter" "$devices/xvd$letter"; do
      [ -b "$candidate" ] && readlink -f "$candidate" && return 0
    done
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 1
  done
}

mount_volume() {
  local volume=$1 mount_point=$2 letter=$3 device status=0 held
  if mountpoint -q "$mount_point"; then
    printf 'volumes: %s is mounted already\n' "$mount_point"
    return
  fi
  if ! attach "$volume" "/dev/sd$letter"; then
    printf 'volumes: %s is in another zone\n' "$volume"
    return
  fi
  device=$(find_device "$volume" "$letter") || refuse "$volume did not show up within $wait_seconds s"
  # 2: blkid knows of nothing on it. Any other failure means that it cannot tell.
  held=$(blkid --probe --match-tag TYPE --output value "$device") || status=$?
  if [ "$status" -ne 0 ] || [ -z "$held" ]; then
    status=0
    blkid --probe "$device" > /dev/null 2>&1 || status=$?
    [ "$status" -eq 2 ] || refuse "$volume holds something that is no filesystem (blkid says $status): it is left alone"
    # blkid knows only what has a signature: whatever is no zero at the start is somebody's too.
    cmp -s -n 1048576 "$device" /dev/zero || refuse "$volume is not blank, and no filesystem: it is left alone"
    case $filesystem in
      btrfs) mkfs.btrfs --quiet "$device" ;;
      ext4) mkfs.ext4 -q "$device" ;;
      *) refuse "got filesystem $filesystem; allowed: btrfs, ext4" ;;
    esac
  fi
  mkdir -p "$mount_point"
  mount -o noatime "$device" "$mount_point"
}

index=0
for pair in ${MUSTER_VOLUMES:-}; do
  mount_volume "${pair%%=*}" "${pair#*=}" "${letters[$index]}"
  index=$((index + 1))
done
