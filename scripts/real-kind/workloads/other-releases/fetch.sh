# Packages are unpacked, not installed. What a mirror lacks, or keeps no longer, gives way to the images' own release.
set -eu
own=/etc/apt/sources.list
for release in bookworm forky; do sed "s/trixie/$release/" $own >/etc/apt/sources.list.d/$release.list; done
sed 's/\/debian\/* trixie/\/debian-security trixie-security/' $own >/etc/apt/sources.list.d/security.list
# Lists of one release count where another one's cannot be had.
apt-get -qq -o Acquire::Check-Valid-Until=false update || true

mkdir /tmp/debs && cd /tmp/debs
newer() { apt-get -qq download "prometheus/$1" "postgresql-17/$2" "postgresql-client-17/$2"; }
newer forky trixie-security || newer trixie trixie-security || newer trixie trixie
apt-get -qq download prometheus-alertmanager/bookworm redis-tools/bookworm postgresql-15/bookworm postgresql-client-15/bookworm libicu72/bookworm libldap-2.5-0/bookworm \
  libgnutls30t64/trixie libnettle8t64/trixie libhogweed6t64/trixie libp11-kit0/trixie libidn2-0/trixie libtasn1-6/trixie libunistring5/trixie libffi8/trixie libgmp10/trixie
for each in *.deb; do
  case $each in
    prometheus_*) to=prometheus ;;
    prometheus-alertmanager_*) to=alertmanager ;;
    redis-*) to=redis ;;
    postgresql-17_* | postgresql-client-17_*) to=postgres-patched ;;
    *) to=postgres ;;
  esac
  mkdir -p /other/$to && dpkg -x "$each" /other/$to
done
rm -rf /tmp/debs /var/lib/apt/lists/* /other/*/usr/lib/postgresql/*/lib/llvmjit.so /other/*/usr/lib/postgresql/*/lib/bitcode /other/*/usr/share/doc /other/*/usr/share/man /other/*/usr/share/locale
