# Shared by the scripts beside it: where things are, and how to install what the machine lacks. Sourced, never run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=${STYGAZE_VENV:-$ROOT/.venv}
cd "$ROOT"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# Development data, where it lies beside the checkout.
if [ -z "${STYGAZE_DATA:-}" ] && [ -d "$ROOT/../shared/data" ]; then
    STYGAZE_DATA=$(cd "$ROOT/../shared/data" && pwd)
    export STYGAZE_DATA
fi

missing_packages() { # NAME...: the Debian packages among them that are not installed, one a line
    local name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
    done
}

debian_install() { # WHAT-FOR NAME...: installs what is missing; without the right to, says what to install and goes on
    local reason=$1 run=() missing log
    shift
    if ! command -v dpkg-query >/dev/null; then
        say "Not a Debian system: $reason need your system's equivalent of: $*"
        return 0
    fi
    missing=$(missing_packages "$@" | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            say "Going on without the Debian packages for $reason. To have them: sudo apt-get install $missing"
            return 0
        fi
        run=(sudo -n)
    fi
    say "Installing Debian packages for $reason: $missing"
    log=$(mktemp)
    # shellcheck disable=SC2086  # one word a package
    if ! { "${run[@]}" apt-get update -qq &&
        "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } \
        </dev/null >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        say "Going on without them: $reason may not work."
    fi
    rm -f "$log"
}
