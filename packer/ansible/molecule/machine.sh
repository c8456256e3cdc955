#!/bin/bash
# A machine to provision, without a hypervisor or Docker: a Debian with systemd as its first process, in
# namespaces of its own (processes, mounts, network, control groups). Root starts it; nothing outside its
# folder changes but loop devices, which it gives back.
#
#   machine.sh start FOLDER TREE   TREE: a tar file of the machine's files (machine.sh tree TREE makes it)
#   machine.sh run FOLDER COMMAND...
#   machine.sh login FOLDER        an ssh server on standard input and output; FOLDER/key may log in as root
#   machine.sh stop FOLDER
#   machine.sh tree TREE [ARCHITECTURE]   of this machine by default; another takes qemu-user-static and binfmt_misc
#   machine.sh possible            exits with 1 and says why where no machine can run
#
# It has its own network with a way out (slirp4netns) and four disks, /dev/disk1 to /dev/disk4, of 256 MiB.
#
# MUSTER_MACHINE_DISKS   folder of the disks' files, which stay there for another machine; else they go with this one
# MUSTER_MACHINE_HOST    true: the machine reaches what listens on the host's 127.0.0.1, as 10.0.2.2
set -euo pipefail

disks=4

tree() {
  mmdebstrap --quiet --format=tar --mode=root --variant=apt --architectures="${2:-$(dpkg --print-architecture)}" \
    --include=systemd,systemd-sysv,dbus,udev,python3,python3-venv,sudo,openssh-server,ca-certificates,iproute2,kmod,procps,git,curl,jq,gpg,btrfs-progs,nvme-cli,logrotate,libicu72,apt-utils,gpg-agent,fdisk \
    bookworm "$1.part" http://deb.debian.org/debian
  mv "$1.part" "$1"
}

possible() {
  local disk name
  impossible() { echo "$1"; exit 1; }
  [ "$(id -u)" = 0 ] || impossible 'only root makes namespaces, mounts and loop devices'
  [ "$(uname -m)" = x86_64 ] || impossible "its packages are for x86_64, not for $(uname -m)"
  unshare --pid --mount --uts --ipc --net --cgroup --fork sh -c \
    'mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mount -t cgroup2 cgroup2 /mnt' \
    2> /dev/null || impossible 'the kernel allows no namespaces with mounts of their own'
  [ -c /dev/net/tun ] || impossible 'there is no /dev/net/tun for its network'
  for name in btrfs ext4; do
    grep -qw "$name" /proc/filesystems || modprobe --quiet "$name" 2> /dev/null \
      || impossible "the kernel has no $name"
  done
  name=$(mktemp)
  truncate -s 1M "$name"
  disk=$(losetup --find --show "$name" 2> /dev/null) || { rm "$name"; impossible 'there is no loop device'; }
  losetup --detach "$disk"
  rm "$name"
}

start() {
  local folder=$1 root=$1/root number disk first kept=${MUSTER_MACHINE_DISKS:-$1} loopback=(--disable-host-loopback)
  [ "${MUSTER_MACHINE_HOST:-false}" = false ] || loopback=()
  [ ! -e "$folder" ] || { echo "$folder is there already: machine.sh stop $folder" >&2; exit 2; }
  mkdir -p "$root"
  tar -xpf "$2" -C "$root" --exclude=./dev/*
  # Hosts may stand behind a proxy with a certificate of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' > "$root/etc/pip.conf"
  rm -f "$root/etc/resolv.conf"
  echo 'nameserver 10.0.2.3' > "$root/etc/resolv.conf"
  # Devices are the host's, and there is no other machine to log in from.
  for unit in systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
    systemd-udev-trigger.service nvmf-autoconnect.service ssh.service getty.target; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  ssh-keygen -q -t ed25519 -N '' -C machine -f "$folder/key"
  install -D -m 0600 "$folder/key.pub" "$root/root"/.ssh/authorized_keys
  mkdir -p "$root/run/sshd"
  for number in $(seq "$disks"); do
    truncate -s 256M "$kept/disk$number"
    disk=$(losetup --find --show "$kept/disk$number")
    echo "$disk" >> "$folder/loops"
    echo "$kept/disk$number" >> "$folder/disk-files"
  done
  setsid unshare --pid --mount --uts --ipc --net --cgroup --fork --kill-child \
    bash "$0" inside "$folder" > "$folder/console" 2>&1 < /dev/null &
  first=
  for _ in $(seq 300); do
    # The first process of the machine is the child of unshare.
    first=$(pgrep -P $! 2> /dev/null || true)
    [ -n "$first" ] && [ "$(cat "/proc/$first/comm")" = systemd ] && break
    first=
    sleep 0.1
  done
  [ -n "$first" ] || { cat "$folder/console" >&2; stop "$folder"; exit 1; }
  echo "$first" > "$folder/process"
  setsid slirp4netns --configure --mtu=65520 "${loopback[@]}" "$first" tap0 \
    > "$folder/network" 2>&1 < /dev/null &
  echo $! > "$folder/network-process"
  run "$folder" timeout 60 sh -c 'until systemctl is-system-running 2> /dev/null | grep -qE "running|degraded"; do sleep 0.2; done'
}

# In the namespaces: mounts what a container has, and becomes systemd.
inside() {
  local root=$1/root name number=0 disk
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for name in null zero full random urandom tty btrfs-control; do
    [ -e "/dev/$name" ] || continue
    touch "$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
  done
  while read -r disk; do
    number=$((number + 1))
    touch "$root/dev/disk$number"
    mount --bind "$disk" "$root/dev/disk$number"
  done < "$1/loops"
  ip link set lo up
  hostname worker
  cd "$root"
  mkdir -p .outside
  pivot_root . .outside
  umount --lazy /.outside
  # As on a machine that booted: units hand mounts, such as credentials, to each other.
  mount --make-rshared /
  exec env -i container=muster PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --log-target=console --show-status=no
}

run() {
  local folder=$1
  shift
  nsenter --target "$(cat "$folder/process")" --all -- env -i HOME=/root \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

login() {
  run "$1" mkdir -p /run/sshd
  run "$1" test -e /etc/ssh/ssh_host_ed25519_key || run "$1" ssh-keygen -A > /dev/null
  run "$1" /usr/sbin/sshd -i
}

stop() {
  local folder=$1 disk process file
  for process in process network-process; do
    [ -s "$folder/$process" ] && kill -KILL "$(cat "$folder/$process")" 2> /dev/null || true
  done
  # What the machine mounted goes with its namespace, a moment after its last process. Another machine may
  # have taken a device that was given back: only what holds a file of ours is ours.
  [ ! -e "$folder/disk-files" ] || while read -r file; do
    for _ in $(seq 100); do
      disk=$(losetup --noheadings --output NAME --associated "$file" 2> /dev/null || true)
      [ -n "$disk" ] || break
      losetup --detach "$disk" 2> /dev/null || true
      sleep 0.1
    done
  done < "$folder/disk-files"
  rm -rf "$folder"
}

"$@"
