#!/bin/sh
# floors.sh - no file includes a header from a floor above it, none is homeless
#
# The floors are the FLOORn lists of the Makefile.  A header belongs to the
# floor of its .c file; those without one are listed here.
set -eu
cd "$(dirname "$0")/.."
pairs=$(mktemp)
trap 'rm -f "$pairs"' EXIT

{
	sed -e :a -e '/\\$/N; s/\\\n//; ta' Makefile |
		sed -n 's/^FLOOR\([0-9]\) = /\1 /p'
	echo "0 compat"
	echo "2 key"
	echo "2 settings"
	echo "3 transport"
	echo "6 main"
} | awk '
	FILENAME == "-" {
		for (i = 2; i <= NF; i++) {
			name = $i
			sub(/^src\//, "", name)
			sub(/\.o$/, "", name)
			floor[name] = $1
		}
		next
	}
	FNR == 1 {
		file = FILENAME
		sub(/^src\//, "", file)
		sub(/\.[ch]$/, "", file)
		if (!(file in floor)) {
			print FILENAME ": on no floor of the Makefile"
			bad = 1
		}
	}
	/^#include "/ {
		split($0, part, "\"")
		header = part[2]
		sub(/\.h$/, "", header)
		if (header == file)
			next
		if (floor[header] > floor[file]) {
			printf "%s:%d: %s.h is upstairs\n", FILENAME, FNR, header
			bad = 1
		}
		print file, header >"/dev/fd/3"
	}
	END { exit bad }
' - src/*.c src/*.h 3>"$pairs" || status=$?

# Headers may not include each other in a circle, nor may modules.
if ! tsort "$pairs" >/dev/null; then
	echo "src: modules include each other in a circle"
	status=1
fi
exit "${status:-0}"
