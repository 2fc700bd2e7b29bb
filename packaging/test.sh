#!/usr/bin/env bash
# Runs the tests: first the unit tier, then finite elements, real widgets and the whole chain; with --slow
# also what takes minutes. Other arguments go to pytest (with a file or -k, only those tests run).
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bash "$root/packaging/setup.sh" || exit 1
cd "$root"

slow=no
arguments=()
for argument in "$@"; do
    if [ "$argument" = --slow ]; then slow=yes; else arguments+=("$argument"); fi
done

# One thread per process: the machine that checks has two cores, and idle threads of BLAS wait busily.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"
export MKL_NUM_THREADS="${MKL_NUM_THREADS:-1}" PYTHONDONTWRITEBYTECODE=1
# What several tiers need is computed once.
SURGITWIN_TEST_SHARE="$(mktemp -d)"
export SURGITWIN_TEST_SHARE
trap 'rm -rf "$SURGITWIN_TEST_SHARE"' EXIT
screen=()
if [ -z "${DISPLAY:-}" ]; then
    if command -v xvfb-run >/dev/null && command -v xauth >/dev/null; then
        screen=(xvfb-run -a -s "-screen 0 1600x1000x24")
    else
        echo "test: no screen and no xvfb-run: tests of real widgets will be skipped or fail"
    fi
fi

# Whole tiers without widgets run in two processes, a file in one of them; chosen tests in one. (nproc would
# answer with OMP_NUM_THREADS.) A process that dies ends the tier, which then names its test: pytest-xdist hangs when
# it goes on without it.
side_by_side=()
if [ "${#arguments[@]}" = 0 ] && [ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ]; then side_by_side=(-n 2 --dist loadfile --max-worker-restart 0); fi

status=0
tier() { # name, marker expression, further options
    local name="$1" marks="$2" code=0
    shift 2
    echo "test: $name"
    "${screen[@]}" .venv/bin/python -m pytest -m "$marks" "$@" "${arguments[@]}" </dev/null || code=$?
    # 5 = nothing was selected, which is a result only for a selection that the caller made.
    if [ "$code" = 5 ] && { [ "${#arguments[@]}" -gt 0 ] || [ "$name" = widgets ]; }; then code=0; fi
    if [ "$code" -gt 1 ]; then echo "test: $name ended with exit code $code (over 128: killed by signal $((code - 128)))"; fi
    [ "$code" = 0 ] || status=1
}

tier "unit tests" "not slow and not gui and not e2e and not fe and not bench" "${side_by_side[@]}"
# Processes of their own: MPI and PETSc here, Qt and OpenGL there.
tier "finite elements" "fe and not gui and not e2e and not slow and not bench" "${side_by_side[@]}"
tier "the whole chain" "e2e and not gui and not slow and not bench"
# A process a file, as a user starts the program: what one file leaves in Qt or OpenGL cannot fail another.
if [ "${#arguments[@]}" = 0 ]; then
    while read -r file; do
        tier "widgets" "gui and not slow and not bench" "$file"
    done < <(grep -rl "mark.gui" tests --include='test_*.py' | sort)
else
    tier "widgets" "gui and not slow and not bench"
fi
if [ "$slow" = yes ]; then tier "slow tests and benchmarks" "slow or bench"; fi
if [ "$status" = 0 ]; then echo "test: all passed"; else echo "test: FAILED"; fi
exit "$status"
