#!/usr/bin/env bash
# Makes this checkout ready to run: system libraries (where it may install them), uv, .venv, the sample
# study, the compiled forms and kernels. A second run finds nothing to do and returns at once.
# --no-wait: leave the kernels to a process behind (run.sh).
set -euo pipefail
shopt -s nullglob
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# ---- system libraries -------------------------------------------------------------------------
# soname or program, then the Debian package that brings it. Read off `ldd` for Qt's xcb plugin; VTK
# opens libGL and libEGL by name; DOLFINx compiles its forms with the C compiler.
system_parts() {
    cat <<'LIST'
libGL.so.1 libgl1
libEGL.so.1 libegl1
swrast_dri libgl1-mesa-dri
libxkbcommon.so.0 libxkbcommon0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-xkb.so.1 libxcb-xkb1
libX11-xcb.so.1 libx11-xcb1
libXext.so.6 libxext6
libXrender.so.1 libxrender1
libSM.so.6 libsm6
libglib-2.0.so.0 libglib2.0-0
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libgomp.so.1 libgomp1
fonts fonts-dejavu-core
stdlib.h libc6-dev
Xvfb xvfb
xauth xauth
LIST
}

missing_packages() {
    local libraries part package
    libraries="$(/sbin/ldconfig -p 2>/dev/null || ldconfig -p 2>/dev/null || true)"
    has_compiler || echo gcc
    while read -r part package; do
        case "$part" in
            lib*.so.*) case "$libraries" in *"$part "*) ;; *) echo "$package" ;; esac ;;
            swrast_dri) have_file /usr/lib/*/dri/swrast_dri.so /usr/lib/*/libgallium*.so /usr/lib*/dri/swrast_dri.so ||
                echo "$package" ;;
            fonts) have_file /usr/share/fonts/*/* /usr/share/fonts/* || echo "$package" ;;
            stdlib.h) have_file /usr/include/stdlib.h || echo "$package" ;;
            *) command -v "$part" >/dev/null || echo "$package" ;;
        esac
    done < <(system_parts)
}

have_file() {
    local path
    for path in "$@"; do [ -e "$path" ] && return 0; done
    return 1
}

has_compiler() {
    if [ -n "${CC:-}" ]; then command -v "${CC%% *}" >/dev/null; return; fi
    command -v gcc >/dev/null || command -v cc >/dev/null || command -v clang >/dev/null
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

apt_install() {
    local packages=() package
    for package in "$@"; do
        # Debian 13 and Ubuntu 24.04 renamed some libraries for 64-bit time.
        if apt-cache show "${package}t64" >/dev/null 2>&1; then package="${package}t64"; fi
        packages+=("$package")
    done
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${packages[@]}" </dev/null >/dev/null
}

install_system_parts() {
    local missing
    missing="$(missing_packages | sort -u | tr '\n' ' ')"
    [ -n "${missing// /}" ] || return 0
    if may_install; then
        say "installing system packages: $missing"
        as_root apt-get update -qq </dev/null >/dev/null || say "apt-get update failed; trying with the lists at hand"
        # shellcheck disable=SC2086
        apt_install $missing || say "apt-get could not install all of: $missing"
        missing="$(missing_packages | sort -u | tr '\n' ' ')"
    fi
    [ -n "${missing// /}" ] || return 0
    say "these system packages are missing and cannot be installed from here: $missing"
    say "an administrator can run: apt-get install $missing"
    say "going on: without gcc nothing can be solved; without the libraries the window does not open."
}

# ---- uv and the environment -------------------------------------------------------------------
# Hospital networks often have a certificate authority of their own, which only the system knows.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}" UV_NATIVE_TLS="${UV_NATIVE_TLS:-true}"

works() { "$1" --version >/dev/null 2>&1; }

find_uv() {
    local candidate
    # A shim of pyenv may be on PATH and yet not run, so each candidate is tried.
    for candidate in uv .venv-tools/bin/uv "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv"; do
        if works "$candidate"; then uv="$candidate"; return 0; fi
    done
    return 1
}

fetch_uv() {
    local python
    for python in python3 /usr/bin/python3 python3.13 python3.12; do
        works "$python" || continue
        # --target is a private folder: Debian's "externally managed" rule does not concern it.
        if "$python" -m pip --version >/dev/null 2>&1 &&
            "$python" -m pip install -q --disable-pip-version-check --root-user-action=ignore --target .venv-tools uv </dev/null; then
            return 0
        fi
        # No pip for this Python: a small environment brings its own, where ensurepip exists.
        if "$python" -m venv --clear .venv-tools >/dev/null 2>&1 &&
            .venv-tools/bin/python -m pip install -q --disable-pip-version-check --root-user-action=ignore uv </dev/null; then
            return 0
        fi
        rm -rf .venv-tools
    done
    return 1
}

ensure_uv() {
    find_uv && return
    say "fetching uv into .venv-tools"
    if ! fetch_uv && may_install; then
        apt_install python3 python3-pip && fetch_uv || true
    fi
    find_uv || fail "uv is not here and could not be installed; install uv (or python3 with pip), then run again"
}

ensure_venv() {
    if works .venv/bin/python &&
        .venv/bin/python -c 'import sys; raise SystemExit(sys.version_info < (3, 12))'; then
        return
    fi
    say "making .venv"
    # Python 3.12 as in .python-version, here or fetched by uv; else one of pyenv's; else any newer one.
    local wanted error=""
    for wanted in 3.12 "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python '>=3.12'; do
        error="$("$uv" venv -q --clear --python "$wanted" .venv 2>&1 </dev/null)" && return
    done
    fail "Python 3.12 or newer was not found and could not be fetched: $error"
}

ensure_python_headers() {
    local header
    header="$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["include"])')/Python.h"
    [ -e "$header" ] && return
    if may_install; then apt_install python3-dev || true; fi
    [ -e "$header" ] || say "Python.h is missing (Debian: python3-dev): DOLFINx cannot compile its forms without it"
}

install_packages() {
    say "installing the pinned packages into .venv"
    "$uv" pip install -q --python .venv/bin/python -r packaging/requirements.txt </dev/null
    "$uv" pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e . </dev/null
}

# ---- what the program needs besides packages ----------------------------------------------------
make_sample() { # of the folder "$1"
    say "making the sample study ${1##*/} (fixed seed)"
    .venv/bin/python "$1/make.py" </dev/null
}

warm_forms() {
    say "compiling the forms of the solver"
    .venv/bin/python -m surgitwin.mechanics.fenicsx.warm </dev/null
}

warm_kernels() { # ends with numba's code beside the sources; the user's cache folder when those are read-only
    .venv/bin/python -m surgitwin.planning.kernels </dev/null
}

fingerprint() { # of "$@" and of this folder's place, which the editable install refers to
    { echo "$root"; cat "$@" </dev/null; } | sha256sum | cut -d' ' -f1
}

is_current() { # stamp, wanted
    [ -e "$1" ] && [ "$(cat "$1")" = "$2" ]
}

install_system_parts

# Each step has its stamp: a step that failed is tried again, one that is done is not.
environment="$(fingerprint pyproject.toml packaging/requirements.txt packaging/setup.sh)"
if ! is_current .venv/.surgitwin-stamp "$environment" || ! works .venv/bin/python; then
    ensure_uv
    ensure_venv
    ensure_python_headers
    install_packages
    echo "$environment" >.venv/.surgitwin-stamp
    say "the environment is ready"
fi

# At the same time as what follows: compiling takes a minute of one core.
mapfile -t kernel_files < <(grep -rlE '^@(compiled|kernel|inlined)' app --include='*.py' | LC_ALL=C sort)
kernels="$(fingerprint packaging/requirements.txt resources/kernel_types.toml "${kernel_files[@]}")"
kernels_job=""
if ! is_current .venv/.surgitwin-kernels "$kernels"; then
    say "compiling the kernels of segmentation, meshing and contact"
    { warm_kernels && echo "$kernels" >.venv/.surgitwin-kernels; } >.venv/kernels.log 2>&1 &
    kernels_job=$!
fi

forms="$(fingerprint packaging/requirements.txt app/surgitwin/mechanics/fenicsx/*.py app/surgitwin/mechanics/fenicsx/deployment/*.py)"
if ! is_current .venv/.surgitwin-forms "$forms"; then
    if warm_forms; then
        echo "$forms" >.venv/.surgitwin-forms
    else
        say "the forms could not be compiled, so nothing can be solved yet; \`.venv/bin/surgitwin doctor\` says why"
    fi
fi

for script in sample_dicom/*/make.py; do
    sample="${script%/make.py}"
    stamp=".venv/.surgitwin-sample-${sample##*/}"
    sources="$(fingerprint sample_dicom/*.py "$sample"/*.py)"
    if ! is_current "$stamp" "$sources" || [ -z "$(find "$sample" -name '*.dcm' -print -quit)" ]; then
        make_sample "$sample"
        echo "$sources" >"$stamp"
    fi
done

# Who starts the program need not wait: a kernel that is not there yet is compiled where it is used.
if [ -n "$kernels_job" ] && [ "${1:-}" != --no-wait ]; then
    if wait "$kernels_job"; then
        say "$(tail -n 1 .venv/kernels.log)"
    else
        say "the kernels could not be compiled beforehand (.venv/kernels.log); first uses of steps will wait for them"
    fi
fi
