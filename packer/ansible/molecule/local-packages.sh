#!/bin/bash
# Makes a signed repository of packages in the machine: Telegraf, and a stand-in for Fluent Bit, which no
# package index that the tests may use has. The stand-in only takes its configuration and waits. Packages
# are for apt, or for dnf where that is the machine's package manager.
#
# Usage: local-packages.sh TELEGRAF FOLDER
set -euo pipefail

telegraf=${1:?usage: local-packages.sh TELEGRAF FOLDER}
folder=${2:?usage: local-packages.sh TELEGRAF FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
if command -v dnf > /dev/null; then format=rpm; else format=deb; fi

package() { "package_$format" "$@"; }
package_deb() {
  mkdir -p "$work/$1/DEBIAN"
  printf 'Package: %s\nVersion: 1.0\nArchitecture: %s\nMaintainer: tests <tests@example.com>\nDescription: %s\n' \
    "$1" "$(dpkg --print-architecture)" "$2" > "$work/$1/DEBIAN/control"
  dpkg-deb -Znone --build --root-owner-group "$work/$1" "$folder/$1.deb" > /dev/null
}
package_rpm() {
  cat > "$work/$1.spec" << SPEC
Name: $1
Version: 1.0
Release: 1
Summary: $2
License: None
AutoReqProv: no
%description
$2
%install
cp -a $work/$1/. %{buildroot}
%files
$(cd "$work/$1" && find . -type f -printf '/%P\n' -o -type d -empty -printf '%%dir /%P\n')
SPEC
  rpmbuild --quiet -bb --define "_rpmdir $folder" --define "_topdir $work/rpmbuild" "$work/$1.spec"
}

install -D -m 0755 "$telegraf" "$work/telegraf/usr/bin/telegraf"
install -D -m 0644 /dev/stdin "$work/telegraf/usr/lib/systemd/system/telegraf.service" << 'UNIT'
[Unit]
Description=Telegraf
After=network.target

[Service]
DynamicUser=yes
ExecStart=/usr/bin/telegraf --config /etc/telegraf/telegraf.conf
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
mkdir -p "$work/telegraf/etc/telegraf"
package telegraf 'Telegraf, built for the tests'

install -D -m 0755 /dev/stdin "$work/fluent-bit/opt/fluent-bit/bin/fluent-bit" << 'PROGRAM'
#!/bin/sh
# Stands in for Fluent Bit: says what it was started with, and waits.
for parameter; do
  case $parameter in --config=*) test -s "${parameter#--config=}" || exit 1 ;; esac
done
printf 'started with %s for /muster/%s/%s\n' "$*" "$MUSTER_FLEET" "$MUSTER_POOL"
exec sleep infinity
PROGRAM
install -D -m 0644 /dev/stdin "$work/fluent-bit/usr/lib/systemd/system/fluent-bit.service" << 'UNIT'
[Unit]
Description=Stand-in for Fluent Bit

[Service]
ExecStart=/opt/fluent-bit/bin/fluent-bit

[Install]
WantedBy=multi-user.target
UNIT
mkdir -p "$work/fluent-bit/etc/fluent-bit"
package fluent-bit 'Stand-in for Fluent Bit'

cd "$folder"
export GNUPGHOME=~root/.gnupg-packages
if [ ! -s key.asc ]; then
  install -d -m 0700 "$GNUPGHOME"
  gpg --batch --quiet --passphrase '' --quick-generate-key tests@example.com ed25519 sign never 2> /dev/null
  gpg --batch --armor --export tests@example.com > key.asc
  gpg --batch --with-colons --list-keys tests@example.com | awk -F: '$1 == "fpr" { print $10; exit }' > fingerprint
fi
if [ "$format" = rpm ]; then
  find . -name '*.rpm' -exec rpmsign --define '_gpg_name tests@example.com' --addsign {} + > /dev/null 2>&1
  createrepo_c --quiet .
else
  apt-ftparchive packages . > Packages
  apt-ftparchive release . > "$work/Release"
  gpg --batch --yes --clearsign --output InRelease "$work/Release"
fi
rm -rf "$GNUPGHOME"
ln -sfn "$folder" "$folder-telegraf"
