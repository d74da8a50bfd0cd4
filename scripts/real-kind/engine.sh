# A Docker engine: the one that answers, else Debian's, started here.

# Debian's mirror as this machine names it, and both releases in lists of our own: the machine's sources stay as they are.
debian_mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -nE 's/^(deb|URIs:).*(https?:\/\/[^ ]+\/debian)\/?( .*)?$/\2/p' | head -1
}

use_trixie() {
  local apt=$cache/apt
  mkdir -p "$apt/lists/partial" "$apt/preferences.d"
  cp -r /etc/apt/sources.list.d "$apt/" && [ -e /etc/apt/sources.list ] && cp /etc/apt/sources.list "$apt/sources.list.d/machine.list"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) trixie main" >"$apt/sources.list.d/k8sctl-trixie.list"
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 50\n' >"$apt/preferences.d/trixie"
  cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/sources.list.d";
Dir::Etc::preferencesparts "$apt/preferences.d";
Dir::State::lists "$apt/lists";
APT::Sandbox::User "root";
CONF
  export APT_CONFIG=$apt/apt.conf
  apt-get update -qq
}

ensure_engine() {
  if docker version >/dev/null 2>&1; then return; fi
  if ! command -v dockerd >/dev/null; then
    # bookworm's Docker cannot start a privileged container without CAP_SYS_RESOURCE; trixie's can.
    # What the images are built with comes along, while the lists of packages are fresh.
    (use_trixie && export DEBIAN_FRONTEND=noninteractive && apt-get install -y -qq --no-install-recommends \
      docker.io/trixie docker-cli/trixie containerd/trixie runc iptables mmdebstrap &&
      { command -v mvn >/dev/null || apt-get install -y -qq --no-install-recommends maven default-jre-headless || true; })
  fi
  start_engine
}

start_engine() {
  local dir=$cache/docker
  mkdir -p "$dir"
  # Images stay in the cache between runs; what runs, and its sockets, do not.
  setsid nohup dockerd --data-root "$dir/data" --exec-root "/run/k8sctl-docker" --pidfile "$dir/pid" \
    --host unix:///var/run/docker.sock >"$dir/log" 2>&1 </dev/null &
  for _ in $(seq 150); do
    if docker version >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  tail -20 "$dir/log"
  return 1
}
