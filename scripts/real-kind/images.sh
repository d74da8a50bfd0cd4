# kind and its node image.

ensure_kind() {
  if [ -x "$cache/bin/kind" ] && "$cache/bin/kind" version | grep -q "$KIND_VERSION "; then return; fi
  (cd "$cache" && GOBIN=$cache/bin nice go install -trimpath "sigs.k8s.io/kind@$KIND_VERSION")
}

# sha256 over everything that an image is made of; an image carries it as a label.
digest_of() {
  cat "$@" | sha256sum | cut -c1-16
}

up_to_date() {
  [ "$(docker image inspect --format '{{index .Config.Labels "k8sctl.digest"}}' "$1" 2>/dev/null)" = "$2" ]
}

debian_root() {
  # The systemd of bookworm is the last that knows cgroup v1 without being forced.
  local target=$1 include=$2 variant=$3 release=${4:-bookworm}
  shift "$(($# > 4 ? 4 : $#))"
  if [ -f "$target" ]; then return; fi
  command -v mmdebstrap >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap
  # Its name tells mmdebstrap that it is to be an archive.
  nice mmdebstrap --quiet --variant="$variant" --include="$include" "$@" "$release" "${target%.tar}.part.tar" "$(debian_mirror)"
  mv "${target%.tar}.part.tar" "$target"
}

# An image with one static program and nothing else.
program_image() {
  local image=$1 program=$2 dir
  dir=$(mktemp -d)
  mkdir -p "$dir/usr/local/bin" && mkdir -m 1777 "$dir/tmp"
  cp "$program" "$dir/usr/local/bin/"
  tar -C "$dir" -c . | docker import --change 'ENV PATH=/usr/local/bin' \
    --change "ENTRYPOINT [\"/usr/local/bin/$(basename "$program")\"]" - "$image" >/dev/null
  rm -rf "$dir"
}

# Where images can be pulled, kind's own node image serves, and the nodes pull the rest.
ensure_images() {
  local digest workloads
  digest=$(digest_of "$here"/{images,versions}.sh "$here"/node/* "$here"/coredns/* "$here"/pause/* "$here"/../real-api/go.*)
  if ! up_to_date "$BASE_NODE_IMAGE" "$digest"; then
    if timeout 20 docker pull -q "$NGINX_IMAGE"; then return; fi
    build_node_image "$digest"
  fi
  ensure_workloads
  workloads=$(made_workloads)
  digest=$(echo "$digest" "$(docker image inspect --format '{{.Id}}' $workloads)" | digest_of)
  if ! up_to_date "$NODE_IMAGE" "$digest"; then
    # shellcheck disable=SC2086 # a list of names
    preload_workloads "$digest" $workloads
  fi
  export K8SCTL_KIND_NODE_IMAGE=$NODE_IMAGE
}

build_node_image() {
  local digest=$1
  local programs work kind
  programs=$(cd "$here/../.." && npx jiti scripts/real-kind/programs.ts)
  kind=$(cd "$cache" && go mod download -json "sigs.k8s.io/kind@$KIND_VERSION" | sed -nE 's/^\s*"Dir": "(.*)",?$/\1/p')
  work=$(mktemp -d)
  component_images "$programs" "$kind" "$work"
  base_image "$kind" "$work"
  preload "$programs" "$work" "$digest"
  rm -rf "$work"
}

constant() {
  sed -nE "s/^const $2 = \"(.*)\"/\1/p" "$1"
}

# One archive with the images that kubeadm and kind ask for; also writes kind's storage manifest with their names.
component_images() {
  local programs=$1 source=$2/pkg/build/nodeimage/const_storage.go work=$3 names provisioner helper
  provisioner=$(constant "$source" storageProvisionerImage) helper=$(constant "$source" storageHelperImage)
  sed -n '/^const defaultStorageManifest = `/,/^`$/p' "$source" | sed -e '1d;$d' \
    -e "s#\` + storageProvisionerImage + \`#$provisioner#; s#\` + storageHelperImage + \`#$helper#" >"$work/storage.yaml"
  (cd "$here/coredns" && CGO_ENABLED=0 nice go build -trimpath -mod=readonly -ldflags '-s -w' -o "$work/coredns" .)
  (cd "$here/pause" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/pause" main.go)
  (cd "$cache" && CGO_ENABLED=0 GOBIN=$work nice go install -trimpath -ldflags '-s -w' "github.com/rancher/local-path-provisioner@$PROVISIONER_VERSION")
  debian_root "$cache/proxy.tar" iptables,conntrack,kmod essential

  local k8s=registry.k8s.io
  for each in kube-apiserver kube-controller-manager kube-scheduler; do
    program_image "$k8s/$each:$KUBERNETES_VERSION" "$programs/$each"
  done
  program_image "$k8s/etcd:$ETCD_TAG" "$programs/etcd"
  program_image "$k8s/coredns/coredns:$COREDNS_VERSION" "$work/coredns"
  program_image "$provisioner" "$work/local-path-provisioner"
  # kubeadm and containerd's configuration each name a pause of their own.
  program_image "$k8s/pause:3.10" "$work/pause"
  docker tag "$k8s/pause:3.10" "$k8s/pause:3.10.1"
  docker import --change 'CMD ["/bin/sh"]' "$cache/proxy.tar" "$helper" >/dev/null
  mkdir "$work/proxy" && cp "$programs/kube-proxy" "$work/proxy/"
  printf 'FROM %s\nCOPY kube-proxy /usr/local/bin/\nENTRYPOINT ["/usr/local/bin/kube-proxy"]\n' "$helper" >"$work/proxy/Dockerfile"
  DOCKER_BUILDKIT=0 docker build -q -t "$k8s/kube-proxy:$KUBERNETES_VERSION" "$work/proxy" >/dev/null
  names=("$k8s"/kube-{apiserver,controller-manager,scheduler,proxy}:"$KUBERNETES_VERSION" "$k8s/etcd:$ETCD_TAG"
    "$k8s/coredns/coredns:$COREDNS_VERSION" "$k8s/pause:3.10" "$k8s/pause:3.10.1" "$provisioner" "$helper")
  docker save -o "$work/components.tar" "${names[@]}"
  docker image rm -f "${names[@]}" >/dev/null
}

base_image() {
  local kind=$1 work=$2 context=$2/context
  debian_root "$cache/root.tar" systemd,dbus,conntrack,iptables,nftables,iproute2,ethtool,util-linux,mount,kmod,libseccomp2,bash,ca-certificates,curl,jq,procps,runc,containernetworking-plugins apt
  mkdir -p "$context/bin"
  ln "$cache/root.tar" "$context/" 2>/dev/null || cp "$cache/root.tar" "$context/"
  cp -r "$kind/images/base/files" "$context/kind" && chmod -R u+w "$context/kind"
  cp "$here"/node/* "$work/storage.yaml" "$context/"
  # bookworm's containerd is too old for this Kubernetes.
  (use_trixie && cd "$work" && apt-get download -qq containerd/trixie && dpkg -x containerd_*.deb "$work/containerd")
  cp "$work"/containerd/usr/bin/{containerd,ctr,containerd-shim-runc-v2} "$context/bin/"
  DOCKER_BUILDKIT=0 docker build -q -t k8sctl-kind-base "$context" >/dev/null
}

# As `kind build node-image` does: the images go into containerd's store, inside a container that is committed.
preload() {
  local programs=$1 work=$2 digest=$3 box
  box=$(docker run -d --security-opt seccomp=unconfined --entrypoint sleep -v "$work/components.tar:/images.tar:ro" k8sctl-kind-base infinity)
  for each in kubeadm kubelet kubectl; do docker cp -q "$programs/$each" "$box:/usr/bin/$each"; done
  docker exec "$box" sh -c "printf %s $KUBERNETES_VERSION > /kind/version"
  import_and_commit "$box" "$BASE_NODE_IMAGE" "$digest"
}

# With the workload images in it a fresh `up` needs no loading in between.
preload_workloads() {
  local digest=$1 work box
  shift
  work=$(mktemp -d)
  docker save -o "$work/workloads.tar" "$@"
  box=$(docker run -d --security-opt seccomp=unconfined --entrypoint sleep -v "$work/workloads.tar:/images.tar:ro" "$BASE_NODE_IMAGE" infinity)
  import_and_commit "$box" "$NODE_IMAGE" "$digest"
  rm -rf "$work"
}

import_and_commit() {
  local box=$1 image=$2 digest=$3
  docker exec -d "$box" containerd
  for _ in $(seq 100); do docker exec "$box" ctr version >/dev/null 2>&1 && break; sleep 0.1; done
  docker exec "$box" ctr -n k8s.io images import --no-unpack --all-platforms --digests /images.tar >/dev/null
  docker exec "$box" sh -c 'pkill containerd; while pgrep -x containerd >/dev/null; do sleep 0.1; done'
  docker commit --change "LABEL k8sctl.digest=$digest" \
    --change 'ENTRYPOINT [ "/usr/local/bin/entrypoint", "/sbin/init" ]' "$box" "$image" >/dev/null
  docker rm -fv "$box" >/dev/null
}
