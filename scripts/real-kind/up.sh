#!/usr/bin/env bash
# Makes `kind create cluster` work where no image registry can be reached: a container engine, kind, a node image and
# workload images, all from Debian packages and Go modules. Idempotent; what was made is kept in the cache. With arguments
# it runs them in that environment, else it prints the lines to source. docs/testing-kind.md tells the story.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/engine.sh"
. "$here/images.sh"
. "$here/workloads.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/k8sctl-e2e/kind
mkdir -p "$cache/bin"
{
  ensure_engine
  ensure_kind
  ensure_images
} >&2

export PATH=$cache/bin:$PATH
if [ $# -gt 0 ]; then exec "$@"; fi
echo "export PATH=\"$cache/bin:\$PATH\""
if [ -n "${K8SCTL_KIND_NODE_IMAGE:-}" ]; then echo "export K8SCTL_KIND_NODE_IMAGE=$K8SCTL_KIND_NODE_IMAGE"; fi
