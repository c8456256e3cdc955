#!/bin/bash
# Finds the data volume, formats it if it is blank, and mounts it on /var/lib/muster. A device that holds
# anything is never formatted.
#
# MUSTER_FILESYSTEM            btrfs or ext4, for a blank device
# MUSTER_LOCAL_DEVICE          true: take a disk of the instance, /dev/xvdg, then /dev/local0, then the next
# MUSTER_DATA_DEVICE           device of the volume; nodevice: none
# MUSTER_DEVICE_WAIT_SECONDS   how long an attached volume may take to show up, 60 by default
set -euo pipefail

mount_point=${MUSTER_MOUNT_POINT:-/var/lib/muster}
blocks=${MUSTER_BLOCKS:-/sys/block}
wait_seconds=${MUSTER_DEVICE_WAIT_SECONDS:-60}

say() { printf 'data volume: %s\n' "$*"; }
refuse() {
  printf 'data volume: %s\n' "$*" >&2
  exit 1
}

# On Nitro a volume is an NVMe disk, and its declared name stands in what the controller says of itself,
# with or without /dev/ before it. Source: "Map NVMe device names", Amazon EBS user guide.
nvme_name() {
  nvme id-ctrl --raw-binary "/dev/$1" 2> /dev/null | dd bs=1 skip=3072 count=32 status=none | tr -d ' \0'
}

# Prints the block device that a name stands for: itself, sdX for xvdX, or an NVMe disk.
find_device() {
  local wanted=$1 letter other disk model name
  if [ -b "$wanted" ]; then
    readlink -f "$wanted"
    return 0
  fi
  letter=${wanted#/dev/}
  case "$letter" in
    sd*) other=xvd${letter#sd} ;;
    xvd*) other=sd${letter#xvd} ;;
    *) other= ;;
  esac
  if [ -n "$other" ] && [ -b "/dev/$other" ]; then
    readlink -f "/dev/$other"
    return 0
  fi
  for disk in "$blocks"/nvme*; do
    [ -e "$disk" ] || continue
    name=${disk##*/}
    model=$(cat "$disk/device/model" 2> /dev/null || true)
    case "$model" in
      *"Instance Storage"*)
        [ "$wanted" = /dev/local0 ] || continue
        printf '/dev/%s\n' "$name"
        return 0
        ;;
      *"Elastic Block Store"*)
        case "$(nvme_name "$name")" in
          "$letter" | "/dev/$letter" | "${other:-none}" | "/dev/${other:-none}")
            printf '/dev/%s\n' "$name"
            return 0
            ;;
        esac
        ;;
    esac
  done
  return 1
}

# Prints the device to use, or nothing.
choose_device() {
  local wanted=${MUSTER_DATA_DEVICE:-nodevice} candidate
  if [ "${MUSTER_LOCAL_DEVICE:-false}" = true ]; then
    for candidate in /dev/xvdg /dev/local0; do
      find_device "$candidate" && return 0
    done
  fi
  [ "$wanted" = nodevice ] && return 0
  local waited=0
  until find_device "$wanted"; do
    [ "$waited" -lt "$wait_seconds" ] || return 1
    sleep 1
    waited=$((waited + 1))
  done
}

filesystem=${MUSTER_FILESYSTEM:-btrfs}
case "$filesystem" in
  btrfs | ext4) ;;
  *) refuse "got filesystem $filesystem; allowed: btrfs, ext4" ;;
esac

device=$(choose_device) || refuse "${MUSTER_DATA_DEVICE:-} did not show up within $wait_seconds s; \
attach it, or declare nodevice"
if [ "${1:-}" = --show ]; then
  printf '%s\n' "${device:-none}"
  exit 0
fi

if [ -z "$device" ]; then
  say 'none declared, the root volume holds the data'
elif mountpoint -q "$mount_point"; then
  say "$mount_point is mounted already"
else
  # 2: nothing that blkid knows is on it. Anything else but a name means that it cannot tell.
  status=0
  held=$(blkid --probe --match-tag TYPE --output value "$device") || status=$?
  any=0
  blkid --probe "$device" > /dev/null 2>&1 || any=$?
  if [ "$status" -eq 0 ] && [ -n "$held" ]; then
    say "$device holds $held: mounted as it is"
  elif [ "$any" -eq 2 ]; then
    say "$device is blank: $filesystem is made on it"
    case "$filesystem" in
      btrfs) mkfs.btrfs --quiet --label muster-data "$device" ;;
      ext4) mkfs.ext4 -q -L muster-data "$device" ;;
    esac
  else
    refuse "$device holds something that is no filesystem (blkid says $any): it is left alone; \
wipe it, or name another device"
  fi
  mkdir -p "$mount_point"
  mount -o noatime "$device" "$mount_point"
fi

install -d -m 0755 -o muster -g muster "$mount_point/work"
