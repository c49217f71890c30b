# SPDX-License-Identifier: Apache-2.0
# Helpers of the scripts here; sourced, not run. Debian 12 and 13.

root_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ "$(id -u)" = 0 ]; then
    cache_dir=${CRYOSCOPE_CACHE:-/var/cache/cryoscope}
else
    cache_dir=${CRYOSCOPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cryoscope}
fi

say() { printf '== %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# retry COMMAND...: three times, with pauses; mirrors fail now and then.
retry() {
    local attempt
    for attempt in 1 2 3; do
        if "$@"; then return 0; fi
        say "failed (attempt $attempt): $*"
        sleep $((attempt * 5))
    done
    return 1
}

debian_version() { . /etc/os-release && printf '%s\n' "${VERSION_ID:-0}"; }

# The mirror that this machine's own apt uses.
debian_mirror() {
    local found
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\(http[^ ]*\) .*/\2/p' | grep -v security | head -1)
    [ -n "$found" ] || found=$(sed -n 's/^URIs: *\(http[^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null |
        grep -v security | head -1)
    printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# install_packages NAME...: those that are not installed yet; asks the mirror only if there are any.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${#missing[@]} packages"
    retry as_root apt-get -qq update || die "apt-get update failed"
    retry as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" \
        >/dev/null || die "cannot install: ${missing[*]}"
}

build_packages() {
    printf '%s\n' g++ cmake ninja-build ccache pkg-config git ca-certificates \
        qt6-base-dev qt6-svg-dev libprotobuf-dev protobuf-compiler libvectorscan-dev libre2-dev libarchive-dev \
        libssl-dev libsqlite3-dev libhwy-dev liblz4-dev libxxhash-dev libzstd-dev zlib1g-dev libcli11-dev libtomlplusplus-dev \
        nlohmann-json3-dev libyara-dev \
        libgl-dev libxkbcommon-dev fonts-dejavu-core
    if [ "$(debian_version)" -ge 13 ]; then printf '%s\n' libkf6syntaxhighlighting-dev; else ksyntax_packages; fi
}

# What packaging/ksyntax.sh needs.
ksyntax_packages() {
    [ -e "$cache_dir/ksyntaxhighlighting-5.116-qt6/.complete" ] ||
        printf '%s\n' dpkg-dev xz-utils extra-cmake-modules qt6-base-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools perl \
            cmake g++ ninja-build
}

test_packages() {
    printf '%s\n' debian-archive-keyring zstd xz-utils bzip2 xvfb xdotool busybox-static podman runc iproute2 iptables
}

# configure_and_build TARGET...: into build/release, with warnings as errors if CRYOSCOPE_WERROR is set.
configure_and_build() {
    local prefix=
    [ "$(debian_version)" -ge 13 ] || prefix=$("$root_dir/packaging/ksyntax.sh")
    cmake --preset release -S "$root_dir" -DCRYOSCOPE_WERROR="${CRYOSCOPE_WERROR:-OFF}" \
        -DCRYOSCOPE_TESTS="${CRYOSCOPE_TESTS:-ON}" -DCRYOSCOPE_KSYNTAX_PREFIX="$prefix" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 >&2 || die "configuring failed"
    say "building"
    cmake --build "$root_dir/build/release" "$@" >&2 || die "the build failed"
}
