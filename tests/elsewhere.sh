#!/bin/sh
# elsewhere.sh NAME FILE... - copy the tree to build-NAME, to be built there
# with other flags, without a trace of the objects that lie about here
set -eu
place=build-$1
shift
rm -rf "$place"
mkdir "$place"
cp -R "$@" "$place"
find "$place" -type f -name '*.[od]' -exec rm -f {} +
rm -f "$place/tests/unit" "$place/tests/peer" "$place/tests/e2e"
