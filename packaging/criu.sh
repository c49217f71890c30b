#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2 and crit for the tests, from Debian unstable, in a folder of their own (the machine's sources and libraries stay
# as they are): their packages with all that they depend on are fetched, checked by apt, and only unpacked, so nothing of
# unstable is configured or run as a system. Prints lines of shell: CRYOSCOPE_CRIU, CRYOSCOPE_CRIT. Needs root. Podman
# looks for criu in the PATH, so a link is put into /usr/local/sbin unless the machine has a criu already.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ "$(id -u)" = 0 ] || die "CRIU needs root"
sid=$cache_dir/criu-unstable
bin=$cache_dir/criu-bin
if [ ! -e "$sid/.complete" ]; then
    install_packages debian-archive-keyring xz-utils >&2
    say "fetching CRIU from Debian unstable (once)"
    mkdir -p "$cache_dir"
    work=$(mktemp -d "$cache_dir/criu.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s unstable main\n' "$(debian_mirror)" \
        >"$work/sources.list"
    # No package counts as installed (status), so that the libraries of criu and crit are fetched as well.
    own_apt=(-o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::Lists="$work/lists" -o Dir::State::status=/dev/null -o Dir::Cache::archives="$work/archives"
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none -o APT::Sandbox::User=root
        -o Acquire::Check-Valid-Until=false) # a mirror may lag behind; signatures are checked all the same
    retry apt-get -qq "${own_apt[@]}" update >&2 || die "the package list of Debian unstable cannot be fetched"
    retry apt-get -qq "${own_apt[@]}" install -y --no-install-recommends --download-only criu python3-pycriu >&2 ||
        die "CRIU cannot be fetched from Debian unstable"
    for package in "$work"/archives/*.deb; do
        dpkg-deb -x "$package" "$work/root"
    done
    touch "$work/root/.complete"
    rm -rf "$sid"
    mv "$work/root" "$sid"
fi

mkdir -p "$bin"
libraries=$sid/usr/lib/x86_64-linux-gnu:$sid/lib/x86_64-linux-gnu
dynamic_loader=$(find "$sid" -name 'ld-linux-x86-64.so.2' -print -quit)
[ -n "$dynamic_loader" ] || die "CRIU is tested on x86-64 only"
loader="$dynamic_loader --library-path $libraries"
cat >"$bin/criu" <<END
#!/bin/sh
exec $loader $sid/usr/sbin/criu "\$@"
END
# crit is Python: unstable's own interpreter runs it, on this machine's files.
python=$(readlink -f "$sid/usr/bin/python3")
crit=$(find "$sid/usr/bin" "$sid/usr/sbin" -maxdepth 1 -name 'crit*' -print -quit)
cat >"$bin/crit-python" <<END
#!/bin/sh
PYTHONHOME=$sid/usr PYTHONPATH=$sid/usr/lib/python3/dist-packages exec $loader $python "\$@"
END
cat >"$bin/crit" <<END
#!/bin/sh
exec $bin/crit-python $crit "\$@"
END
chmod 755 "$bin/criu" "$bin/crit" "$bin/crit-python"
[ -n "$(command -v criu || true)" ] || ln -sfn "$bin/criu" /usr/local/sbin/criu
printf 'export CRYOSCOPE_CRIU=%s\nexport CRYOSCOPE_CRIT=%s\n' "$bin/criu" "$bin/crit"
