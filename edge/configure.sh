#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes ngx_auto_config.h and ngx_auto_headers.h, which nginx-dev does not ship, in $1: runs nginx's own configure with the flags of
# Debian's build, unchanged, so that our structures agree with the packaged binary. Takes about six seconds, once for each build folder.
set -eu
build=$1
sources=/usr/share/nginx/src
if [ ! -r "$sources/conf_flags" ]; then
    echo "nginx-dev is missing (apt-get install nginx-dev)" >&2
    exit 1
fi
[ -r "$build/ngx_auto_headers.h" ] && exit 0
mkdir -p "$build"
. "$sources/conf_flags"
cd "$sources"
./configure "${NGX_CONF_FLAGS[@]}" --builddir="$build" >"$build/configure.log" 2>&1 || { cat "$build/configure.log" >&2; exit 1; }
