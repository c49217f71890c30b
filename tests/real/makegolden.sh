#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes what the real crit says about the recorded checkpoints: for SAMPLE.tar.* a tests/data/SAMPLE.golden.tar.zst (of the zoo: in tests/data/zoo) with
#   x/ps.txt fds.txt mems.txt rss.txt   standard output of `crit x DIR …`; absent where crit fails
#   decode/IMAGE.json                   of `crit decode -i IMAGE`
#   pretty/IMAGE.json                   of `crit decode --pretty -i IMAGE`
#   nopl/IMAGE.json                     of `crit decode --nopl -i IMAGE`
#   undecodable.txt                     images that crit does not decode, one a line
#   crit.txt                            crit's version
# Usage: makegolden.sh [SAMPLE.tar.zst …]; crit is $CRYOSCOPE_CRIT, or the one in PATH.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../data" && pwd)
crit=${CRYOSCOPE_CRIT:-crit}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

golden() {
    local sample=$1 name images out image base folder=$data
    [[ $sample != */zoo/* ]] || folder=$data/zoo
    name=$(basename "$sample")
    name=${name%.tar.*}
    mkdir -p "$work/$name/in" "$work/$name/out"/{x,decode,pretty,nopl}
    tar -C "$work/$name/in" -xf "$sample"
    images=$(dirname "$(find "$work/$name/in" -name pstree.img | head -n 1)")
    out=$work/$name/out
    timeout 60 "$crit" --version >"$out/crit.txt"
    for what in ps fds mems rss; do
        # crit stops at a zombie in all but ps.
        timeout 60 "$crit" x "$images" $what >"$out/x/$what.txt" 2>/dev/null || rm "$out/x/$what.txt"
    done
    : >"$out/undecodable.txt"
    while read -r image; do
        base=${image#"$images"/}
        base=${base//\//%}
        if ! timeout 60 "$crit" decode -i "$image" >"$out/decode/$base.json" 2>/dev/null; then
            rm -f "$out/decode/$base.json"
            echo "$base" >>"$out/undecodable.txt"
            continue
        fi
        timeout 60 "$crit" decode --pretty -i "$image" >"$out/pretty/$base.json"
        timeout 60 "$crit" decode --nopl -i "$image" >"$out/nopl/$base.json" 2>/dev/null || rm -f "$out/nopl/$base.json"
    done < <(find "$images" -type f \( -name '*.img' -o -name 'stats-*' \) ! -name 'pages-*' | LC_ALL=C sort)
    tar -C "$out" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - . | zstd -q -19 -f \
        -o "$folder/$name.golden.tar.zst"
    echo "$name: $(find "$out/decode" -type f | wc -l) images decoded, $(wc -l <"$out/undecodable.txt") not"
}

if [ $# -eq 0 ]; then
    set -- "$data"/{process-tree,podman,chain,zoo}.tar.zst $(find "$data/zoo" -name '*.tar.zst' ! -name '*.golden.*' | LC_ALL=C sort) "$here/../../resources/sample/sample.tar.zst"
fi
for sample in "$@"; do
    golden "$sample"
done
