#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Writes checkpoints of growing size to a temporary folder (or to FOLDER, where they stay and are used again) and
# prints what it costs to open and to ask them. Usage: run.sh BUILD-DIRECTORY [FOLDER]   (a release build)
set -euo pipefail

build=$(realpath "${1:?usage: run.sh BUILD-DIRECTORY [FOLDER]}")
if [ $# -gt 1 ]; then
    folder=$2
    mkdir -p "$folder"
else
    folder=$(mktemp -d "${TMPDIR:-/tmp}/cryoscope-bench.XXXXXX")
    trap 'rm -rf "$folder"' EXIT
fi

make_big() {
    [ -e "$folder/$1/pstree.img" ] || "$build/tests/cryoscope_makebig" "$folder/$1" "${@:2}"
    list+=("$folder/$1")
}

list=()
make_big 1GiB-70k-entries mib=1024 entries=70000 vmas=500
make_big 10GiB-700k-entries mib=10240 entries=700000 vmas=1000
make_big 30GiB-2M-entries mib=30720 entries=2000000 vmas=2000
make_big 30GiB-2M-entries-100-tasks mib=30720 entries=2000000 vmas=10000 tasks=100
make_big 100k-vmas mib=1024 entries=100000 vmas=100000
make_big 1M-vmas mib=1024 entries=100000 vmas=1000000
make_big 1M-fds mib=64 entries=1000 fds=1000000 files=1000000
make_big 10k-tasks mib=1024 entries=200000 vmas=200000 fds=100000 files=10000 tasks=10000
make_big 30GiB-2M-entries-lz4 mib=30720 entries=2000000 vmas=2000 lz4=900
make_big 8-parents mib=256 entries=64000 vmas=100 parents=8
"$build/tests/cryoscope_bench" "${list[@]}"
