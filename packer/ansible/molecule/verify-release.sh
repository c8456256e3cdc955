#!/bin/bash
# A worker whose software was downloaded starts with its settings and secrets, and ends when it is told to.
# Its program is a stand-in, and so is the Gitea that it registers with. Runs in the machine.
set -euo pipefail

# shellcheck source=/dev/null
kind=$(. /etc/muster/image.env; echo "$MUSTER_WORKER_KIND")
log=/var/log/muster/worker.log
fail() { echo "$kind: $*" >&2; journalctl --no-pager -u muster-worker -n 20 >&2; cat "$log" >&2; exit 1; }
until_said() {
  for _ in $(seq 150); do
    if grep -q -- "$1" "$log" 2> /dev/null; then return 0; fi
    sleep 0.2
  done
  fail "never said: $1"
}

systemd-analyze verify /etc/systemd/system/muster-worker.service /etc/systemd/system/muster-data-volume.service
rm -f "$log"
install -d -m 0700 /run/muster/secrets
for secret in tsa-host-key worker-key gitea-token jit-config; do
  printf 'value-of-%s\n' "$secret" > "/run/muster/secrets/$secret"
  chmod 0400 "/run/muster/secrets/$secret"
done
printf 'MUSTER_INSTANCE_ID="i-0123456789abcdef0"\n' > /run/muster/worker.env

if [ "$kind" = gitea ]; then
  cat > /tmp/gitea.py << 'SERVER'
import http.server, json

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        good = self.path.endswith("/runner.v1.RunnerService/Register") and body["token"] == "value-of-gitea-token"
        json.dump(body, open("/tmp/gitea.json", "w"))
        self.send_response(200 if good else 403)
        self.end_headers()
        self.wfile.write(json.dumps({"runner": {"id": "7", "uuid": "u", "token": "own", "name": body["name"]}}).encode())

http.server.HTTPServer(("127.0.0.1", 8098), Handler).serve_forever()
SERVER
  systemd-run --quiet --unit=gitea python3 /tmp/gitea.py
  for _ in $(seq 50); do ss -Hltn 'sport = :8098' | grep -q . && break; sleep 0.1; done
fi

systemctl start muster-worker.service
case "$kind" in
  concourse)
    until_said 'stand-in concourse worker'
    until_said 'CONCOURSE_TSA_HOST=concourse.example.com:2222'
    until_said 'CONCOURSE_TAG=fast-storage'
    until_said 'CONCOURSE_TEAM=builds'
    until_said 'CONCOURSE_NAME=i-0123456789abcdef0'
    until_said 'CONCOURSE_BAGGAGECLAIM_DRIVER=overlay'
    key=$(sed -n 's/^CONCOURSE_TSA_WORKER_PRIVATE_KEY=//p' "$log")
    process=$(systemctl show --property MainPID --value muster-worker.service)
    [ "$(nsenter --target "$process" --mount cat "$key")" = value-of-worker-key ] || fail 'the key is another'
    ;;
  github)
    until_said 'stand-in run.sh'
    until_said 'ACTIONS_RUNNER_INPUT_JITCONFIG=value-of-jit-config'
    [ ! -e /run/muster/registration/jit-config ] || fail 'the registration is left'
    [ ! -e /run/muster/secrets/jit-config ] || fail 'the secret is left'
    ;;
  gitea)
    until_said 'stand-in act_runner daemon --config /etc/muster/act_runner.yaml'
    jq --exit-status '.ephemeral and .name == "i-0123456789abcdef0" and .labels == ["linux", "x64"]' /tmp/gitea.json > /dev/null ||
      fail "registered as $(cat /tmp/gitea.json)"
    jq --exit-status '.token == "own" and .labels == ["linux:host", "x64:host"] and .ephemeral' \
      /var/lib/muster/work/.runner > /dev/null || fail 'the runner has another registration'
    [ "$(stat -c '%U %a' /var/lib/muster/work/.runner)" = 'muster 600' ] || fail 'others can read the registration'
    [ ! -e /run/muster/secrets/gitea-token ] || fail 'the token is left'
    systemctl stop gitea.service
    ;;
esac
systemctl stop muster-worker.service
until_said 'stand-in: told to end'
systemctl show --property Result --value muster-worker.service | grep -q success || fail 'it did not end well'
rm -rf /run/muster
