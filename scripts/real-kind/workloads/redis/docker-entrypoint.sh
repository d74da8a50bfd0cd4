#!/bin/sh
# As the published image documents: options or a config file alone mean redis-server; root becomes the user redis; without
# a config nothing keeps other containers out.
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then set -- redis-server "$@"; fi
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  chown -R redis .
  exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
fi
if [ "$1" = redis-server ] && [ $# -eq 1 ]; then set -- redis-server --protected-mode no; fi
exec "$@"
