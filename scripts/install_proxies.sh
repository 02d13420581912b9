#!/bin/sh
# nginx and HAProxy, in front of which tests/proxies puts the server: from Debian's packages, where they are not there yet.
set -eu
PATH="$PATH:/usr/sbin"

missing=""
for program in nginx haproxy curl; do
    command -v "$program" >/dev/null || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "tests/proxies is skipped without$missing. As root on Debian: apt-get install --no-install-recommends$missing" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 - a list of words
if ! { apt-get -qq update && apt-get -qq install --yes --no-install-recommends $missing >/dev/null; }; then
    echo "tests/proxies is skipped: apt-get could not install$missing" >&2
fi
