#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes what the real crit prints about the images of tests/support/critcases.cpp to
# tests/data/critcases.golden.tar.zst: NAME.img with NAME.json (`crit decode`), NAME.pretty.json (`crit decode --pretty`)
# and NAME.nopl.json (`crit show --nopl`; absent where crit fails); and of each JSON the image that crit makes of it again:
# NAME.encoded.img and NAME.pretty.encoded.img (`crit encode`; absent where crit fails, listed in unencodable.txt).
# Usage: makecritcases.sh PATH/OF/cryoscope_writecritcases; crit is $CRYOSCOPE_CRIT, or the one in PATH.
set -euo pipefail
data=$(cd "$(dirname "$0")/../data" && pwd)
crit=${CRYOSCOPE_CRIT:-crit}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$work"
for image in "$work"/*.img; do
    case "$image" in *.encoded.img) continue ;; esac
    name=${image%.img}
    timeout 60 "$crit" decode -i "$image" >"$name.json" 2>"$work/error" ||
        { echo "crit cannot decode $(basename "$name"): $(tail -n 1 "$work/error")" >&2; failed=1; }
    timeout 60 "$crit" decode --pretty -i "$image" >"$name.pretty.json" 2>"$work/error" ||
        { echo "crit cannot print $(basename "$name"): $(tail -n 1 "$work/error")" >&2; failed=1; }
    timeout 60 "$crit" show --nopl "$image" >"$name.nopl.json" 2>/dev/null || rm -f "$name.nopl.json"
    for json in "$name" "$name.pretty"; do
        timeout 60 "$crit" encode -i "$json.json" -o "$json.encoded.img" 2>/dev/null ||
            { rm -f "$json.encoded.img"; basename "$json" >>"$work/unencodable.txt"; }
    done
done
rm -f "$work/error"
[ -z "${failed:-}" ] || exit 1
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - . |
    zstd -q -19 -f -o "$data/critcases.golden.tar.zst"
echo "$(find "$work" -name '*.img' ! -name '*.encoded.img' | wc -l) images, $(find "$work" -name '*.encoded.img' | wc -l) encoded again, $(find "$work" -name '*.nopl.json' | wc -l) without payload"
