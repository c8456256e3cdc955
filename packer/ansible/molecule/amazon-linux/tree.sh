#!/bin/bash
# Makes the files of a machine that stands in for Amazon Linux 2023: no package index that the tests may use
# has the real one. It is a Debian without apt that says it is Amazon Linux, with real dnf and rpm, and with
# packages of the names that the distribution's have, signed. Most of them are empty: Debian's programs stand
# for theirs.
#
# Usage: tree.sh TREE
set -euo pipefail

tree=${1:?usage: tree.sh TREE}
folder=$(cd "$(dirname "$0")" && pwd)

# shellcheck disable=SC2016 # mmdebstrap says what $1 is.
mmdebstrap --quiet --format=tar --mode=root --variant=essential \
  --include=systemd,systemd-sysv,systemd-resolved,dbus,udev,python3,python3-venv,sudo,openssh-server,ca-certificates,iproute2,kmod,procps,git,curl,jq,gpg,gpg-agent,nvme-cli,logrotate,e2fsprogs,fdisk,dnf,rpm,createrepo-c \
  --customize-hook="copy-in $folder/distribution.sh /srv" \
  --customize-hook='chroot "$1" bash /srv/distribution.sh' \
  --customize-hook='rm "$1/srv/distribution.sh"' \
  bookworm "$tree.part" http://deb.debian.org/debian
mv "$tree.part" "$tree"
