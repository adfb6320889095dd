#!/bin/sh
# Makes what Metacontroller and the hook know each other by: a CA, a certificate of it, a bearer token.
#   ./make-credentials.sh [NAMESPACE]            once
#   ./make-credentials.sh --rotate [NAMESPACE]   new ones; the old CA and token stay good for one rollout (raise REVISION)
# They go to credentials/ beside this script, from where kustomization.yaml takes them.
set -eu
umask 077
cd "$(dirname "$0")"

rotate=no
if [ "${1:-}" = --rotate ]; then
  rotate=yes
  shift
fi
case "${1:-smooth-operator}" in
*[!a-z0-9-]* | -*)
  echo "usage: $0 [--rotate] [NAMESPACE]" >&2
  exit 2
  ;;
esac
host="smooth-operator-hook.${1:-smooth-operator}"

if [ "$rotate" = no ] && [ -e credentials ]; then
  echo "credentials/ is there already; --rotate replaces it" >&2
  exit 1
fi
if [ "$rotate" = yes ] && [ ! -e credentials/token ]; then
  echo "credentials/ is not there: nothing to rotate" >&2
  exit 1
fi

# Made aside and moved at the end: a failure on the way leaves what was there.
work=$(mktemp -d ./credentials.XXXXXX)
trap 'rm -rf "$work"' EXIT

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
  -subj "/CN=smooth-operator CA $(date -u +%Y-%m-%dT%H:%M:%SZ)" \
  -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign" \
  -keyout "$work/ca.key" -out "$work/ca.crt" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }

# Metacontroller calls NAME.NAMESPACE; the longer names are for people with curl.
cat >"$work/extensions" <<END
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:$host,DNS:$host.svc,DNS:$host.svc.cluster.local
END
{
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$host" \
    -keyout "$work/tls.key" -out "$work/tls.csr" &&
  openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial \
    -days 3650 -extfile "$work/extensions" -out "$work/tls.crt"
} 2>"$work/log" || { cat "$work/log" >&2; exit 1; }

openssl rand -hex 32 >"$work/token"
if [ "$rotate" = yes ]; then
  cp credentials/token "$work/previous-token"
  # Only the newest of the old ones: it signed what the pods of before show.
  openssl x509 -in credentials/ca.crt >>"$work/ca.crt"
else
  : >"$work/previous-token"
fi

# The CA's key signs nothing else, ever: without it nobody can make a second certificate.
mkdir -p credentials
for file in ca.crt tls.crt tls.key token previous-token; do
  mv "$work/$file" "credentials/$file"
done
echo "credentials/ is made for $host"
