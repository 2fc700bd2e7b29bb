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
printed="$(mktemp -d)" # the last tier's output, and what is told again at the end
mkfifo "$printed/pipe"
trap 'rm -rf "$SURGITWIN_TEST_SHARE" "$printed"' EXIT
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
    tee "$printed/tier" <"$printed/pipe" &
    "${screen[@]}" .venv/bin/python -m pytest -m "$marks" "$@" "${arguments[@]}" </dev/null >"$printed/pipe" 2>&1 || code=$?
    # tee ends with the last process that prints; one left behind may not hold up the rest.
    for _ in {1..50}; do kill -0 $! 2>/dev/null || break; sleep 0.1; done
    # 5 = nothing was selected, which is a result only for a selection that the caller made.
    if [ "$code" = 5 ] && { [ "${#arguments[@]}" -gt 0 ] || [ "$name" = widgets ]; }; then code=0; fi
    if [ "$code" -gt 1 ]; then echo "test: $name ended with exit code $code (over 128: killed by signal $((code - 128)))"; fi
    if [ "$code" != 0 ]; then
        status=1
        { echo "test: FAILED: $name $* (exit code $code)"; tail -n 80 "$printed/tier" | cut -c1-400; } >>"$printed/failed"
    fi
}

tier "unit tests" "not slow and not gui and not e2e and not fe and not bench" "${side_by_side[@]}"
# Processes of their own: MPI and PETSc here, Qt and OpenGL there.
tier "finite elements" "fe and not gui and not e2e and not slow and not bench" "${side_by_side[@]}"
tier "the whole chain" "e2e and not gui and not slow and not bench"
# A process a file, as a user starts the program: what one file leaves in Qt or OpenGL cannot fail another.
# --capture=sys: what VTK, Mesa or X say before they end the process is seen.
if [ "${#arguments[@]}" = 0 ]; then
    while read -r file; do
        tier "widgets" "gui and not slow and not bench" "$file" --capture=sys
    done < <(grep -rl "mark.gui" tests --include='test_*.py' | sort)
else
    tier "widgets" "gui and not slow and not bench" --capture=sys
fi
if [ "$slow" = yes ]; then tier "slow tests and benchmarks" "slow or bench"; fi
# What failed is told again here: a long log is often read from its end, or cut.
if [ "$status" = 0 ]; then echo "test: all passed"; else cat "$printed/failed"; echo "test: FAILED"; fi
exit "$status"
