#!/bin/sh
# Chromium, in which tests/browser opens the page of journeys: from Debian's packages, where it is not there yet.
set -eu

for program in chromium chromium-browser google-chrome; do
    if command -v "$program" >/dev/null; then exit 0; fi
done

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "tests/browser is skipped without Chromium. As root on Debian: apt-get install --no-install-recommends chromium fonts-dejavu-core" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium fonts-dejavu-core >/dev/null; }; then
    echo "tests/browser is skipped: apt-get could not install chromium" >&2
fi
