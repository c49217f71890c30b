#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is needed, builds, and does the main job on the bundled sample: with a display it opens the window;
# without one it scans, redacts and verifies, and leaves pictures of the window. Root or sudo, Debian 12 or 13.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mapfile -t packages < <(build_packages)
install_packages "${packages[@]}"
CRYOSCOPE_TESTS=OFF configure_and_build --target cryoscope cryoscope-cli
bin=$root_dir/build/release/bin
sample=$root_dir/resources/sample/sample.tar.zst

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "${1:-}" != --no-display ]; then
    say "opening the window on the sample"
    exec "$bin/cryoscope" "$sample"
fi

out=$root_dir/build/try
rm -rf "$out"
mkdir -p "$out"
say "what is in the sample"
"$bin/cryoscope-cli" info "$sample"
say "suspected secrets"
"$bin/cryoscope-cli" scan "$sample" | sed -E 's/, pid .*//' | sort | sed -n 1,20p # head would end the pipe early, and the script with it
printf '…\n'
say "redact everything of high and medium confidence"
"$bin/cryoscope-cli" redact "$sample" -o "$out/redacted.tar.zst" --case "$out/review.case" --accept high,medium
say "prove it again, from the files alone"
"$bin/cryoscope-cli" verify "$out/redacted.tar.zst" --against "$sample"
say "pictures of the window"
QT_QPA_PLATFORM=offscreen "$bin/cryoscope" --screenshots "$out/screenshots" "$sample"
printf 'Pictures of the window: %s\n' "$out/screenshots"
ls "$out/screenshots"
