#!/usr/bin/env bash
# Opens the planner with the sample case; without a screen computes it and says where the report is.
# Further arguments go to `surgitwin demo femur`.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bash "$root/packaging/setup.sh" --no-wait
cd "$root"

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    # A screen may be named and yet be out of reach, or a library for it be missing.
    if reason="$(.venv/bin/python -m surgitwin.viewer.probe 2>&1 >/dev/null)"; then
        exec .venv/bin/surgitwin demo femur "$@"
    fi
    echo "run: the screen cannot be used: ${reason%%$'\n'*}"
fi
out=out/demo
arguments=("$@")
for ((i = 0; i < ${#arguments[@]}; i++)); do
    case "${arguments[i]}" in
        --out) out="${arguments[i + 1]:-$out}" ;;
        --out=*) out="${arguments[i]#--out=}" ;;
    esac
done
echo "run: without a screen: computing the sample case into $out"
.venv/bin/surgitwin demo femur --headless --out "$out" "$@"
echo "run: the report is $out/report.html, the figures are $out/compare.json"
