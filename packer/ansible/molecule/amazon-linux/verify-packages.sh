#!/bin/bash
# Packages came from signed repositories, and none comes from one that is signed otherwise. Runs in the
# machine.
set -euo pipefail

fail() { echo "$*" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work" /etc/yum.repos.d/unsigned.repo' EXIT

for name in fluent-bit telegraf; do
  rpm --query --queryformat '%{SIGPGP:pgpsig}%{DSAHEADER:pgpsig}\n' "$name" | grep -q 'Key ID' || fail "$name is not signed"
  grep -qx 'gpgcheck = 1' "/etc/yum.repos.d/$name.repo" || fail "packages of $name are not checked"
  grep -qx "gpgkey = file:///etc/pki/rpm-gpg/$name.asc" "/etc/yum.repos.d/$name.repo" || fail "the key of $name is not the one looked at"
done
# The distribution's own takes the place of the whole one, which conflicts with it.
rpm --query gnupg2-minimal > /dev/null || fail 'gnupg2-minimal is gone'
if grep -q 'KIND="concourse"' /etc/muster/image.env; then
  rpm --query iptables-nft > /dev/null || fail 'Concourse has no iptables'
fi
# The distribution has it on.
! ss -Hltn 'sport = :5355' | grep -q . || fail 'the resolver listens for LLMNR'
[ "$(systemctl is-active systemd-resolved.service)" = active ] || fail 'the resolver does not run'

# A package that nobody signed, in the repository of one whose packages are signed.
printf 'Name: unsigned\nVersion: 1\nRelease: 1\nSummary: x\nLicense: None\nBuildArch: noarch\n%%description\nx\n%%files\n' > "$work/unsigned.spec"
rpmbuild --quiet -bb --define "_topdir $work" --define "_rpmdir $work" "$work/unsigned.spec"
createrepo_c --quiet "$work"
sed -e 's/^\[.*/[unsigned]/' -e "s#^baseurl.*#baseurl = file://$work#" /etc/yum.repos.d/telegraf.repo > /etc/yum.repos.d/unsigned.repo
if dnf --assumeyes --quiet install unsigned > "$work/said" 2>&1; then fail 'dnf took an unsigned package'; fi
grep -q 'not signed' "$work/said" || fail "dnf said: $(cat "$work/said")"

# Another key, for the next step.
export GNUPGHOME=$work/gnupg
install -d -m 0700 "$GNUPGHOME"
mkdir -p /srv/releases/another
gpg --batch --quiet --passphrase '' --quick-generate-key another@example.com ed25519 sign never 2> /dev/null
gpg --batch --armor --export another@example.com > /srv/releases/another/key.asc
