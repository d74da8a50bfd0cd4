#!/usr/bin/env bash
# Builds the images of examples/04-shop. Where node:22-slim cannot be pulled, Debian's Node on the root that the workload
# images have takes its name.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if ! docker image inspect node:22-slim >/dev/null 2>&1 && ! timeout 60 docker pull -q node:22-slim >/dev/null 2>&1; then
  DOCKER_BUILDKIT=0 docker build -q --network host -t node:22-slim - >/dev/null <<'DOCKERFILE'
FROM k8sctl-debian
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs && rm -rf /var/lib/apt/lists/*
CMD ["node"]
DOCKERFILE
fi
DOCKER_BUILDKIT=0 "$here/../../examples/04-shop/build.sh"
