#!/bin/sh
# As the published image documents: /etc/nginx/templates/NAME.template becomes /etc/nginx/conf.d/NAME with the environment's
# values, and what lies in /docker-entrypoint.d runs before nginx.
set -e
case "$1" in
  nginx | nginx-debug)
    for template in "${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}"/*.template; do
      [ -e "$template" ] || continue
      target=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}/$(basename "$template" .template)
      envsubst "$(env | sed -nE 's/^([A-Za-z_][A-Za-z0-9_]*)=.*/${\1}/p')" <"$template" >"$target"
    done
    for script in /docker-entrypoint.d/*.sh; do
      if [ -x "$script" ]; then "$script"; fi
    done
    ;;
esac
exec "$@"
