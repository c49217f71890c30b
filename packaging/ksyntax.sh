#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12 packages KSyntaxHighlighting for Qt 5 only. Builds 5.116 for Qt 6 from Debian 13's source, whose signature
# apt checks, into a prefix in the cache, and prints that prefix.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

prefix=$cache_dir/ksyntaxhighlighting-5.116-qt6
if [ -e "$prefix/.complete" ]; then
    printf '%s\n' "$prefix"
    exit 0
fi
mapfile -t packages < <(ksyntax_packages)
install_packages "${packages[@]}" >&2
say "building KSyntaxHighlighting for Qt 6 (once)"
mkdir -p "$cache_dir"
work=$(mktemp -d "$cache_dir/ksyntax.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/source"
printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "$(debian_mirror)" \
    >"$work/sources.list"
own_apt=(-o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::Lists="$work/lists" -o APT::Sandbox::User=root)
retry apt-get -qq "${own_apt[@]}" update >&2
(cd "$work/source" && retry apt-get -qq "${own_apt[@]}" source --download-only --tar-only ksyntax-highlighting >&2)
tar -C "$work/source" -xf "$work"/source/*.orig.tar.xz
tree=$(find "$work/source" -mindepth 1 -maxdepth 1 -type d -print -quit)
sed -i -E -e 's/(find_package\(ECM )5\.[0-9]+\.0/\15.103.0/' -e '/add_subdirectory\((examples|po)\)/d' "$tree/CMakeLists.txt"
cmake -S "$tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE='-O1 -DNDEBUG' -DQT_MAJOR_VERSION=6 -DBUILD_TESTING=OFF \
    -DBUILD_QCH=OFF -DCMAKE_UNITY_BUILD=ON -DCMAKE_INSTALL_PREFIX="$prefix" >"$work/log" 2>&1 || { tail -30 "$work/log" >&2; exit 1; }
cmake --build "$work/build" >>"$work/log" 2>&1 || { tail -30 "$work/log" >&2; exit 1; }
cmake --install "$work/build" >>"$work/log" 2>&1
touch "$prefix/.complete"
printf '%s\n' "$prefix"
