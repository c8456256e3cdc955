#!/bin/bash
# Makes a Debian say that it is Amazon Linux 2023. Runs in the tree of the machine.
#
# Names of packages, what stands on the AMI, and that gnupg2-minimal conflicts with gnupg2: "Amazon Linux 2023
# release notes" and "GNU Privacy Guard (GNUPG)", Amazon Linux 2023 user guide.
set -euo pipefail

on_the_ami=(ca-certificates curl-minimal gnupg2-minimal iproute jq logrotate system-release systemd-resolved tar util-linux)
in_the_repository=(e2fsprogs git-core gnupg2 iptables-nft libicu nvme-cli python3-pip python3.11 python3.11-pip)
repository=/srv/amazonlinux
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rm -f /etc/os-release /etc/debian_version
cat > /etc/os-release << 'SAYS'
NAME="Amazon Linux"
VERSION="2023"
ID="amzn"
ID_LIKE="fedora"
VERSION_ID="2023"
PLATFORM_ID="platform:al2023"
PRETTY_NAME="Amazon Linux 2023.9.20251105"
SAYS
echo 'Amazon Linux release 2023.9.20251105 (Amazon Linux)' > /etc/system-release

# Debian's rpm keeps a database for each user, and looks for gpg in the current folder alone.
install -d /etc/rpm
printf '%%_dbpath /var/lib/rpm\n%%__gpg /usr/bin/gpg\n' > /etc/rpm/macros

export GNUPGHOME=$work/gnupg
install -d -m 0700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key distribution@example.com ed25519 sign never
install -d /etc/pki/rpm-gpg "$repository"
gpg --batch --armor --export distribution@example.com > /etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-2023

for name in "${on_the_ami[@]}" "${in_the_repository[@]}"; do
  cat > "$work/$name.spec" << SPEC
Name: $name
Version: 2023
Release: 1.amzn2023
Summary: Stands for $name of Amazon Linux
License: None
BuildArch: noarch
$([ "$name" != gnupg2-minimal ] || echo 'Conflicts: gnupg2')
$([ "$name" != system-release ] || echo 'Provides: system-release(releasever) = 2023.9.20251105')
%description
Empty: the program is the machine's own.
%files
SPEC
done
rpmbuild --quiet -bb --define "_topdir $work/rpmbuild" --define "_rpmdir $repository" "$work"/*.spec
rpmsign --define '_gpg_name distribution@example.com' --addsign "$repository"/noarch/*.rpm > /dev/null 2>&1
createrepo_c --quiet "$repository"

mkdir -p /etc/yum.repos.d
cat > /etc/yum.repos.d/amazonlinux.repo << REPOSITORY
[amazonlinux]
name=Amazon Linux 2023 repository
baseurl=file://$repository
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-2023
REPOSITORY
dnf --quiet --assumeyes --releasever 2023 install "${on_the_ami[@]}"
dnf --quiet clean all

# Fedora's resolver, which the distribution's is made from, answers on port 5355 of every address by default.
install -d /usr/lib/systemd/resolved.conf.d
printf '[Resolve]\nLLMNR=resolve\n' > /usr/lib/systemd/resolved.conf.d/distribution.conf
