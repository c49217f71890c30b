#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds, and runs all of them, real CRIU and Podman included. Root or sudo.
# CRYOSCOPE_REQUIRE_REAL=1 makes a test that cannot run here a failure. Arguments go to ctest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mapfile -t packages < <(build_packages; test_packages)
install_packages "${packages[@]}"
# Mostly waiting for the network, so it goes on beside the build.
criu=$(mktemp)
trap 'rm -f "$criu"' EXIT
as_root "$root_dir/packaging/criu.sh" >"$criu" &
criu_job=$!
CRYOSCOPE_WERROR=${CRYOSCOPE_WERROR:-ON} configure_and_build
wait "$criu_job" || {
    [ "${CRYOSCOPE_REQUIRE_REAL:-0}" = 0 ] || die "real CRIU is not there"
    say "no real CRIU: its tests are skipped"
    : >"$criu"
}
. "$criu"
say "testing"
as_root env CRYOSCOPE_CRIU="${CRYOSCOPE_CRIU:-}" CRYOSCOPE_CRIT="${CRYOSCOPE_CRIT:-}" \
    CRYOSCOPE_REQUIRE_REAL="${CRYOSCOPE_REQUIRE_REAL:-0}" PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" \
    ctest --test-dir "$root_dir/build/release" --output-on-failure -j "$(nproc)" "$@"
