#!/usr/bin/env bash
# Builds the images of the three services with Node, Go and Docker. VERSION is their tag (1.0).
set -euo pipefail
cd "$(dirname "$0")/services"
version=${VERSION:-1.0}

(cd orders && npm ci --omit=dev --no-audit --no-fund)
for service in events prices; do
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$service/$service" "./$service"
done
for service in orders events prices; do
  docker build -t "shop/$service:$version" "$service"
done
