# Images under the names that they are published by, out of Debian packages, Maven artifacts and Go modules. Each folder of
# workloads/ is one image; workloads/images.txt names them. K8SCTL_KIND_WORKLOADS: the folders to make, else all.

# The lines of images.txt that are wanted: folder and names.
wanted_workloads() {
  local folder names
  while read -r folder names; do
    case " ${K8SCTL_KIND_WORKLOADS:-$folder} " in *" $folder "*) echo "$folder $names" ;; esac
  done < <(grep -v '^#' "$here/workloads/images.txt")
}

# The workloads that another is built on.
built_on() {
  case $1 in
    nginx-unprivileged) echo nginx ;;
    postgres-patched) echo postgres other-releases ;;
    prometheus-newer) echo prometheus other-releases ;;
    *-older) echo "${1%-older} other-releases" ;;
  esac
}

# One digest for a workload: its files and what all are built on.
workload_digest() {
  local each
  {
    cat "$here/workloads.sh"
    if [ -d "$here/stand-ins/$1" ]; then cat "$here"/stand-ins/go.* "$here/stand-ins/$1"/*; fi
    for each in $(built_on "$1") "$1"; do find "$here/workloads/$each" -type f | sort | xargs cat; done
  } | sha256sum | cut -c1-16
}

# Makes what is missing. An image that cannot be made is told and left out: only the tests that need it suffer.
ensure_workloads() {
  local folder names digest each
  while read -r folder names; do
    digest=$(workload_digest "$folder")
    if ! up_to_date "k8sctl-$folder" "$digest"; then
      echo "workload image $folder"
      if ! build_workload "$folder" "$digest"; then
        echo "NOT BUILT: the workload image $folder; see above"
        docker image rm -f "k8sctl-$folder" >/dev/null 2>&1 || true
        continue
      fi
    fi
    for each in $names; do docker tag "k8sctl-$folder" "$each"; done
  done < <(wanted_workloads)
}

build_workload() {
  local folder=$1 digest=$2 context code=0
  if ! docker image inspect k8sctl-debian >/dev/null 2>&1; then
    # What apt keeps for its own speed, and papers, would be in every image again.
    debian_root "$cache/workload.tar" passwd,ca-certificates apt trixie --aptopt='Dir::Cache::pkgcache ""' --aptopt='Dir::Cache::srcpkgcache ""' \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' || return 1
    docker import "$cache/workload.tar" k8sctl-debian >/dev/null || return 1
  fi
  context=$(mktemp -d)
  touch "$context.log"
  cp -r "$here/workloads/$folder/." "$context/" && prepare_workload "$folder" "$context" &&
    DOCKER_BUILDKIT=0 timeout 900 docker build -q --network host --label "k8sctl.digest=$digest" -t "k8sctl-$folder" "$context" >"$context.log" 2>&1 || code=1
  if [ "$code" -ne 0 ]; then tail -25 "$context.log"; fi
  rm -rf "$context" "$context.log"
  return "$code"
}

# What goes into the build beside the folder's own files.
prepare_workload() {
  case $1 in
    kafka | kafka-older)
      command -v mvn >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends maven default-jre-headless || return 1
      [ "$1" = kafka ] || sed "s/<kafka.version>.*</<kafka.version>$(cat "$2/version")</" "$here/workloads/kafka/pom.xml" >"$2/pom.xml"
      (cd "$2" && timeout 600 nice mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$2/libs")
      ;;
    registry)
      (cd "$cache" && CGO_ENABLED=0 GOBIN=$2 timeout 600 nice go install -trimpath -ldflags '-s -w' "github.com/distribution/distribution/v3/cmd/registry@$REGISTRY_VERSION")
      ;;
    # Our own programs in place of images that cannot be had; one module, so that one download serves all.
    nginx-ingress | kube-state-metrics | kafka-exporter | network-policies)
      (cd "$here/stand-ins" && CGO_ENABLED=0 timeout 600 nice go build -trimpath -mod=readonly -ldflags '-s -w' -o "$2/$1" "./$1")
      ;;
    postgrest)
      (cd "$2" && CGO_ENABLED=0 timeout 600 nice go build -trimpath -mod=readonly -ldflags '-s -w' -o postgrest .)
      ;;
  esac
}

# Names of the images that are there, each with its digest; what the node image is made of.
made_workloads() {
  local folder names
  while read -r folder names; do
    if up_to_date "k8sctl-$folder" "$(workload_digest "$folder")"; then printf "%s\n" $names; fi
  done < <(wanted_workloads) | sort -u
}
