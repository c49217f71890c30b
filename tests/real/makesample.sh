#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes the bundled sample: runs the little web shop of sampleprogram.c in a container, checkpoints it with Podman and
# CRIU, and checks that each planted secret is in the archive. Writes sample.tar.zst and planted.tsv.
# Needs root, podman, runc, busybox-static, gcc with a static libc, openssl, ssh-keygen, zstd, and a criu in PATH.
# Usage: makesample.sh [OUTPUT-FOLDER]   (default: resources/sample)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../resources/sample}
image=localhost/teapots/shop:sample
name=teapot-shop
work=$(mktemp -d)
podman=(timeout 120 podman --runtime runc --cgroup-manager cgroupfs)

cleanup() {
    "${podman[@]}" rm -f -t 0 "$name" >/dev/null 2>&1 || true
    "${podman[@]}" rmi -f "$image" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT

mkdir -p "$work"/root/{bin,etc/shop,dev,proc,sys,run,tmp,root,usr/share/shop,var/log/shop}
python3 "$here/sampleseed.py" "$work"
cp "$work/seed" "$work/root/usr/share/shop/seed"
cp /usr/bin/busybox "$work/root/bin/busybox"
for tool in sh cat ls sleep; do
    ln -s busybox "$work/root/bin/$tool"
done
gcc -std=c11 -O1 -static -s -o "$work/root/bin/shop" "$here/sampleprogram.c" -pthread
printf 'root:x:0:0:root:/root:/bin/sh\nshopkeeper:x:1000:1000::/:/bin/sh\n' >"$work/root/etc/passwd"
printf 'root:*:20000:0:99999:7:::\n' >"$work/root/etc/shadow"
printf '#!/bin/sh\n# Starts the shop and waits for it.\n/bin/shop "$@" &\nwait\n' >"$work/root/bin/start"
chmod 755 "$work/root/bin/start"
tar -C "$work/root" --owner=0 --group=0 -cf "$work/root.tar" .
timeout 120 podman import -q "$work/root.tar" "$image" >/dev/null

env=()
while read -r line; do
    env+=(-e "$line")
done <"$work/env"
"${podman[@]}" rm -f -t 0 "$name" >/dev/null 2>&1 || true
"${podman[@]}" run -d --name "$name" --hostname teapots --network none --ulimit nofile=1000:1000 \
    --ulimit nproc=1000:1000 "${env[@]}" "$image" \
    /bin/sh /bin/start --listen 127.0.0.1:8080 --admin-password="$(cat "$work/admin")" >/dev/null
for _ in $(seq 100); do
    if "${podman[@]}" exec "$name" /bin/ls /run/shop.ready >/dev/null 2>&1; then
        break
    fi
    sleep 0.2
done
"${podman[@]}" container checkpoint -e "$work/sample.tar.zst" "$name" >/dev/null
"${podman[@]}" rm -f -t 0 "$name" >/dev/null
"${podman[@]}" container restore -i "$work/sample.tar.zst" >/dev/null
"${podman[@]}" exec "$name" /bin/ls /run/shop.ready >/dev/null

# Smaller: the same tar, compressed harder.
zstd -dcq "$work/sample.tar.zst" | zstd -q -19 -f -o "$work/sample.19.tar.zst"
PYTHONPATH=$here python3 - "$work/sample.19.tar.zst" "$work/planted.tsv" <<'PYTHON'
import sys
import criuimages
import criutree
members = list(criuimages.members(sys.argv[1]))
missing = 0
for line in open(sys.argv[2], encoding="ascii").read().splitlines()[1:]:
    kind, value, _ = line.split("\t")
    raw = criutree.unescape(value)
    forms = {raw, raw.replace(b"\n", b"\\n")}
    found = sorted({name.split("!", 1)[-1] for name, data in members if any(form in data for form in forms)
                    and ("checkpoint/" in name or "dump" in name or "rootfs-diff" in name)})
    print(f"{kind}: {', '.join(found) or 'NOT FOUND'}")
    missing += not found
sys.exit(1 if missing else 0)
PYTHON
mkdir -p "$out"
install -m 644 "$work/sample.19.tar.zst" "$out/sample.tar.zst"
install -m 644 "$work/planted.tsv" "$out/planted.tsv"
ls -l "$out"
