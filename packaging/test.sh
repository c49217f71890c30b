#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds, and runs all of them, real CRIU and Podman included. Root or sudo.
# CRYOSCOPE_REQUIRE_REAL=1 makes a test that cannot run here a failure, CRYOSCOPE_WERROR=ON a warning of the compiler. When
# nothing has changed since all tests passed, it says so and what they said; --again runs them all the same. Other arguments
# go to ctest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

again=
if [ "${1:-}" = --again ]; then
    again=1
    shift
fi

# What the outcome depends on, as a hash: our files, the machine's packages and kernel, what is asked for.
state() {
    {
        (cd "$root_dir" && find . -path ./build -prune -o -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum)
        dpkg-query -W
        uname -r
        env | grep ^CRYOSCOPE_ | sort || true
    } | sha256sum
}

mapfile -t packages < <(build_packages; printf 'python3\n')
install_packages "${packages[@]}"
# What only the tests need is fetched and installed beside the build.
criu=$(mktemp)
trap 'rm -f "$criu"' EXIT
{
    mapfile -t packages < <(test_packages)
    install_packages "${packages[@]}"
    as_root "$root_dir/packaging/criu.sh" >"$criu"
} &
criu_job=$!
configure_and_build
wait "$criu_job" || {
    [ "${CRYOSCOPE_REQUIRE_REAL:-0}" = 0 ] || die "real CRIU is not there"
    say "no real CRIU: its tests are skipped"
    : >"$criu"
}
. "$criu"

build=$root_dir/build/release
passed=$build/passed # the state in which all tests passed, then what ctest said last
now=$(state)
if [ $# = 0 ] && [ -z "$again" ] && [ "$(head -n 1 "$passed" 2>/dev/null)" = "$now" ]; then
    tail -n +2 "$passed"
    say "nothing has changed since all tests passed on $(date -r "$passed" +%F\ %T); --again runs them again"
    exit 0
fi
rm -f "$passed"
say "testing"
# One more at a time than there are cores: some only wait.
as_root env CRYOSCOPE_CRIU="${CRYOSCOPE_CRIU:-}" CRYOSCOPE_CRIT="${CRYOSCOPE_CRIT:-}" \
    CRYOSCOPE_REQUIRE_REAL="${CRYOSCOPE_REQUIRE_REAL:-0}" PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" \
    ctest --test-dir "$build" --output-on-failure -j "$(($(nproc) + 1))" "$@" | tee "$build/tests.log"
if [ $# = 0 ] && [ -n "${CRYOSCOPE_CRIU:-}" ]; then
    { printf '%s\n' "$now"; sed -n '/tests passed/,$p' "$build/tests.log"; } >"$passed"
fi
