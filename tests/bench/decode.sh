#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# decode and encode of a pagemap of many entries by cryoscope-cli and by crit, in one run, with the ratios; and whether both
# give the same bytes. Usage: decode.sh BUILD-DIRECTORY [ENTRIES]   (a release build; crit is $CRYOSCOPE_CRIT, or the one
# in PATH)
set -euo pipefail

build=$(realpath "${1:?usage: decode.sh BUILD-DIRECTORY [ENTRIES]}")
entries=${2:-1000000}
crit=${CRYOSCOPE_CRIT:-crit}
cli=$build/bin/cryoscope-cli
folder=$(mktemp -d "${TMPDIR:-/tmp}/cryoscope-decode.XXXXXX")
trap 'rm -rf "$folder"' EXIT

"$build/tests/cryoscope_makebig" "$folder/set" mib=$((entries / 256 + 1)) entries="$entries" vmas=1000
image=$(ls "$folder"/set/pagemap-[0-9]*.img | head -n 1)

# seconds NAME COMMAND...: runs it, prints user plus system time of the fastest of three runs of ours, of one of crit's
seconds() {
    local runs=$1 best= took
    shift
    for _ in $(seq "$runs"); do
        took=$({ TIMEFORMAT='%U %S'; time "$@" 2>/dev/null; } 2>&1 | awk 'END { printf "%.2f", $1 + $2 }')
        best=$(printf '%s\n' "$took" $best | sort -n | head -n 1)
    done
    printf '%s' "$best"
}
run_to() { "${@:2}" >"$1"; }

printf '| %s entries | cryoscope-cli (s) | crit (s) | ratio | same bytes |\n| --- | --- | --- | --- | --- |\n' "$entries"
row() { # NAME OUR-RESULT CRIT-RESULT OUR-SECONDS CRIT-SECONDS
    local same=no
    cmp -s "$2" "$3" && same=yes
    awk -v name="$1" -v a="$4" -v b="$5" -v same="$same" \
        'BEGIN { printf "| %s | %.2f | %.2f | %.0f | %s |\n", name, a, b, b / (a > 0 ? a : 0.01), same }'
}
for option in "" --pretty; do
    ours=$(seconds 3 run_to "$folder/ours.json" "$cli" decode "$image" $option)
    theirs=$(seconds 1 run_to "$folder/crit.json" "$crit" decode -i "$image" $option)
    row "decode $option" "$folder/ours.json" "$folder/crit.json" "$ours" "$theirs"
done
ours=$(seconds 3 run_to "$folder/ours.img" "$cli" encode "$folder/crit.json" -o -)
theirs=$(seconds 1 run_to "$folder/crit.img" "$crit" encode -i "$folder/crit.json")
row encode "$folder/ours.img" "$folder/crit.img" "$ours" "$theirs"
