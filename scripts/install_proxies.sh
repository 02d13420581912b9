#!/bin/sh
# nginx and HAProxy, in front of which tests/proxies puts the server, and systemd's own check of units, for tests/deployment:
# from Debian's packages, where they are not there yet.
set -eu
PATH="$PATH:/usr/sbin"

missing=""
for program in nginx haproxy curl systemd-analyze; do
    command -v "$program" >/dev/null || missing="$missing ${program%-analyze}"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "What needs$missing is skipped. As root on Debian: apt-get install --no-install-recommends$missing" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 - a list of words
if ! { apt-get -qq update && apt-get -qq install --yes --no-install-recommends $missing >/dev/null; }; then
    echo "What needs$missing is skipped: apt-get could not install it" >&2
fi
