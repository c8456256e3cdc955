#!/bin/bash
# Runs the playbook on the machine itself, with an Ansible of its own that goes when it is done.
#
# Usage: provision.sh BUILD_FOLDER ANSIBLE_VERSION
set -euo pipefail

folder=${1:?usage: provision.sh BUILD_FOLDER ANSIBLE_VERSION}
version=${2:?usage: provision.sh BUILD_FOLDER ANSIBLE_VERSION}

# Another process, such as unattended upgrades, may hold the lock of the package manager at boot.
if command -v dnf > /dev/null; then
  dnf install -y -q python3.11 python3.11-pip
  python=python3.11
else
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update
  apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install --yes --no-install-recommends \
    python3-venv > /dev/null
  python=python3
fi
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-input --disable-pip-version-check --retries 5 --timeout 20 \
  "ansible-core==$version"

cd "$folder/ansible"
export ANSIBLE_NOCOLOR=1 ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3
"$folder/venv/bin/ansible-playbook" --inventory localhost, --connection local \
  --extra-vars "@$folder/variables.json" site.yml
