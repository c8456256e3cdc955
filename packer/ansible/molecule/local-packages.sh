#!/bin/bash
# Makes a signed repository of packages in the machine: Telegraf, and a stand-in for Fluent Bit, which no
# package index that the tests may use has. The stand-in only takes its configuration and waits.
#
# Usage: local-packages.sh TELEGRAF FOLDER
set -euo pipefail

telegraf=${1:?usage: local-packages.sh TELEGRAF FOLDER}
folder=${2:?usage: local-packages.sh TELEGRAF FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"

package() {
  mkdir -p "$work/$1/DEBIAN"
  printf 'Package: %s\nVersion: 1.0\nArchitecture: amd64\nMaintainer: tests <tests@example.com>\nDescription: %s\n' \
    "$1" "$2" > "$work/$1/DEBIAN/control"
  dpkg-deb -Znone --build --root-owner-group "$work/$1" "$folder/$1.deb" > /dev/null
}

install -D -m 0755 "$telegraf" "$work/telegraf/usr/bin/telegraf"
install -D -m 0644 /dev/stdin "$work/telegraf/lib/systemd/system/telegraf.service" << 'UNIT'
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
install -D -m 0644 /dev/stdin "$work/fluent-bit/lib/systemd/system/fluent-bit.service" << 'UNIT'
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
if [ ! -s key.asc ]; then
  export GNUPGHOME=~root/.gnupg-packages
  install -d -m 0700 "$GNUPGHOME"
  gpg --batch --quiet --passphrase '' --quick-generate-key tests@example.com ed25519 sign never 2> /dev/null
  gpg --batch --armor --export tests@example.com > key.asc
  gpg --batch --with-colons --list-keys tests@example.com | awk -F: '$1 == "fpr" { print $10; exit }' > fingerprint
fi
apt-ftparchive packages . > Packages
apt-ftparchive release . > "$work/Release"
GNUPGHOME=~root/.gnupg-packages gpg --batch --yes --clearsign --output InRelease "$work/Release"
rm -rf ~root/.gnupg-packages
ln -sfn "$folder" "$folder-telegraf"
