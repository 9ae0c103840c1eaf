# Sourced by the scripts beside it: steps that are logged, and the line that sums up their tests.

log=$(mktemp)
# The tools of this run, not what lies around on the machine.
tools=$(mktemp -d)
trap 'rm -rf "$log" "$tools"' EXIT
failed_steps=0

step() {
  local start=$SECONDS
  echo "--- $*"
  "$@" 2>&1 | tee -a "$log"
  local code=${PIPESTATUS[0]}
  if [ "$code" -ne 0 ]; then
    echo "--- failed with $code: $*"
    failed_steps=$((failed_steps + 1))
  fi
  echo "--- $((SECONDS - start)) s: $*"
  return "$code"
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq "$@" >/dev/null
}

install_go_tools() {
  for tool in "$@"; do
    echo "go install $tool"
    # Some need a newer Go than the machine's, which Go then fetches.
    GOTOOLCHAIN=auto GOBIN=$tools go install "$tool" || return 1
  done
}

install_conformance() {
  # Its program is called conformance, which says too little on a PATH.
  install_go_tools github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111 &&
    mv "$tools/conformance" "$tools/oci-conformance"
}

install_old_registry() {
  # What it loses is compared with the newest: it goes by its version beside that one.
  install_go_tools github.com/distribution/distribution/v3/cmd/registry@v3.1.1 &&
    mv "$tools/registry" "$tools/registry-3.1.1"
}

# Pinned: what the suites of the registry drive.
readonly REGISTRY_TOOLS=(
  github.com/distribution/distribution/v3/cmd/registry@v3.1.2
  github.com/google/go-containerregistry/cmd/crane@v0.20.6
  github.com/versity/versitygw/cmd/versitygw@v1.8.0
)

# Pinned: what the other end-to-end suites drive, and what reads the workflows. kubectl is the machine's own; kustomize is one more to compare with.
readonly E2E_TOOLS=(
  github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
  github.com/zegl/kube-score/cmd/kube-score@v1.20.0
  sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
)

# Pinned: of PyPI, as it is no program of Go or Debian.
readonly CHECKOV=3.3.30

install_checkov() {
  install_packages python3-venv &&
    python3 -m venv "$tools/python" &&
    "$tools/python/bin/pip" install --quiet "checkov==$CHECKOV" &&
    ln -s "$tools/python/bin/checkov" "$tools/checkov"
}

# Builds for ten minutes, so it is for the night.
install_trivy() {
  GOEXPERIMENT=jsonv2 install_go_tools github.com/aquasecurity/trivy/cmd/trivy@v0.74.0
}

# Pinned: the lines of Node that are maintained. npm's package brings the program.
readonly NODE_VERSIONS=(22.23.3 24.21.0)
readonly NODE_TESTS='^(cli/(cli|usage|htpasswd-command|next.*)|watch/.*|validate/.*|tree/(tree|obstacles)|hostile/.*|fleet/.*|memory/.*|start/.*|kustomize/tree|publish/commit.*)\.test\.ts$'

# Puts another Node first on the PATH, for all that follows.
use_node() {
  npm install --silent --no-save --prefix "$tools/node-$1" "node@$1" || return 1
  export PATH="$tools/node-$1/node_modules/node/bin:$PATH"
  [ "$(node --version)" = "v$1" ]
}

# Runs a command on another Node.
on_node() (
  use_node "$1" && shift && node --version && "$@"
)

install_registries() {
  install_packages docker-registry redis-server || return 1
  # The tests start their own; the packages' services only take their ports.
  service redis-server stop || true
  service docker-registry stop || true
  install_old_registry && install_go_tools "${REGISTRY_TOOLS[@]}" && install_conformance
}

# Sums "Total:" and "Passed:" of every test run in the log; a step that failed counts at least one failure.
summary() {
  local text total passed failed
  text=$(sed 's/\x1b\[[0-9;]*m//g' "$log")
  total=$(awk '$1 == "Total:" { sum += $2 } END { print sum + 0 }' <<<"$text")
  passed=$(awk '$1 == "Passed:" { sum += $2 } END { print sum + 0 }' <<<"$text")
  failed=$((total - passed))
  if [ "$failed_steps" -gt 0 ] && [ "$failed" -eq 0 ]; then failed=$failed_steps; fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
