# Newest versions that the Go module proxy has and that fit each other.
KIND_VERSION=v0.30.0
PROVISIONER_VERSION=v0.0.30
REGISTRY_VERSION=v3.0.0
COREDNS_VERSION=v1.12.1
ETCD_TAG=3.6.5-0
KUBERNETES_VERSION=$(sed -nE 's/^\s*k8s\.io\/kubernetes (v\S+).*/\1/p' "$here/../real-api/go.mod" | head -1)
BASE_NODE_IMAGE=k8sctl-kind-node
NODE_IMAGE=kindest/node:$KUBERNETES_VERSION
# The name that the examples use.
NGINX_IMAGE=nginx:1.29.3-alpine
