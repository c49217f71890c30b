#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2 and crit for the tests, from Debian unstable, in a root of their own (the machine's sources and libraries stay
# as they are). Prints lines for `eval`: CRYOSCOPE_CRIU, CRYOSCOPE_CRIT. Needs root. Podman looks for criu in the PATH, so
# a wrapper is put into /usr/local/sbin unless the machine has a criu already.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ "$(id -u)" = 0 ] || die "CRIU needs root"
sid=$cache_dir/criu-root
bin=$cache_dir/criu-bin
if [ ! -e "$sid/.complete" ]; then
    install_packages debootstrap debian-archive-keyring >&2
    say "fetching CRIU from Debian unstable (once)"
    rm -rf "$sid"
    mkdir -p "$cache_dir"
    [ -e /usr/share/debootstrap/scripts/sid ] || die "debootstrap does not know Debian unstable"
    fetch() { rm -rf "$sid" && debootstrap --variant=minbase --include=criu,python3-pycriu sid "$sid" "$(debian_mirror)" >"$cache_dir/criu.log" 2>&1; }
    retry fetch || { tail -20 "$cache_dir/criu.log" >&2; die "debootstrap of Debian unstable failed"; }
    touch "$sid/.complete"
fi

mkdir -p "$bin"
libraries=$sid/usr/lib/x86_64-linux-gnu:$sid/lib/x86_64-linux-gnu
loader="$sid/lib64/ld-linux-x86-64.so.2 --library-path $libraries"
cat >"$bin/criu" <<END
#!/bin/sh
exec $loader $sid/usr/sbin/criu "\$@"
END
# crit is Python: unstable's own interpreter runs it, on this machine's files.
python=$(readlink -f "$sid/usr/bin/python3")
crit=$(find "$sid/usr/bin" "$sid/usr/sbin" -maxdepth 1 -name 'crit*' | head -1)
cat >"$bin/crit" <<END
#!/bin/sh
PYTHONHOME=$sid/usr PYTHONPATH=$sid/usr/lib/python3/dist-packages exec $loader $python $crit "\$@"
END
chmod 755 "$bin/criu" "$bin/crit"
[ -n "$(command -v criu || true)" ] || ln -sfn "$bin/criu" /usr/local/sbin/criu
printf 'export CRYOSCOPE_CRIU=%s\nexport CRYOSCOPE_CRIT=%s\n' "$bin/criu" "$bin/crit"
