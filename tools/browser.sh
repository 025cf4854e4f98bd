#!/bin/sh
# A browser for the stories: the one that is here, else installed by the system's package manager if we may.
set -eu

for name in "${CHAINBREAK_BROWSER:-chromium}" chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "No browser found: installing chromium and a Chinese font with apt-get …"
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; then
        exit 0
    fi
    echo "It could not be installed." >&2
fi
echo "The browser stories will be skipped: no browser found." >&2
echo "Install one (Debian, Ubuntu: apt-get install chromium fonts-noto-cjk) or set CHAINBREAK_BROWSER to its path." >&2
