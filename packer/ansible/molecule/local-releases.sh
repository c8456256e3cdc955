#!/bin/bash
# Makes releases of Concourse and of the runners of GitHub and Gitea, in the form in which their makers
# publish them. The programs in them are stand-ins that say what they were started with: no package index
# that the tests may use has the real ones.
#
# Usage: local-releases.sh FOLDER
set -euo pipefail

folder=${1:?usage: local-releases.sh FOLDER}
# As the makers name this architecture; the roles must come to the same names.
case $(uname -m) in
  x86_64) go=amd64 node=x64 ;;
  aarch64) go=arm64 node=arm64 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

program() {
  install -D -m 0755 /dev/stdin "$1" << 'PROGRAM'
#!/bin/bash
# Stand-in: says what it was started with, and waits for a signal to end.
printf 'stand-in %s %s\n' "${0##*/}" "$*"
env | grep -E '^(CONCOURSE|MUSTER|ACTIONS)_' | sort
trap 'echo stand-in: told to end; exit 0' USR2 INT TERM
while :; do sleep 0.2; done
PROGRAM
}

concourse=$folder/concourse/v7.14.0
mkdir -p "$concourse"
program "$work/concourse/bin/concourse"
tar -czf "$concourse/concourse-7.14.0-linux-$go.tgz" -C "$work" concourse
(cd "$concourse" && sha1sum "concourse-7.14.0-linux-$go.tgz" > "concourse-7.14.0-linux-$go.tgz.sha1")

github=$folder/github/v2.330.0
archive=actions-runner-linux-$node-2.330.0.tar.gz
mkdir -p "$github" "$folder/github-api"
program "$work/runner/run.sh"
tar -czf "$github/$archive" -C "$work/runner" .
printf '{"assets": [{"name": "%s", "digest": "sha256:%s"}]}\n' "$archive" \
  "$(sha256sum "$github/$archive" | cut -d' ' -f1)" > "$folder/github-api/v2.330.0"

gitea=$folder/gitea/0.2.13
mkdir -p "$gitea"
program "$gitea/act_runner-0.2.13-linux-$go"
(cd "$gitea" && sha256sum "act_runner-0.2.13-linux-$go" > "act_runner-0.2.13-linux-$go.sha256")

touch "$folder/done"
