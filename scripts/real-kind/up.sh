#!/usr/bin/env bash
# Makes `kind create cluster` work where no image registry can be reached: a container engine, kind, a node image and
# workload images, all from Debian packages and Go modules. Idempotent; what was made is kept in the cache. Prints the
# lines to source. docs/testing-kind.md tells the story.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/engine.sh"
. "$here/images.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/k8sctl-e2e/kind
mkdir -p "$cache/bin"
{
  ensure_engine
  ensure_kind
  ensure_node_image
  ensure_workload_images
} >&2
echo "export PATH=\"$cache/bin:\$PATH\""
echo "export K8SCTL_KIND_NODE_IMAGE=$NODE_IMAGE"
