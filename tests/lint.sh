#!/bin/sh
# lint.sh - every reader of the source but the compiler; silent when content
#
# FLAGS are the compiler's, for clang-tidy.
set -u
cd "$(dirname "$0")/.." || exit 1
status=0
passed=0

check() {
	name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "lint: $name is not content" >&2
		status=$((status + 1))
	fi
}

# shellcheck disable=SC2086 # FLAGS are words
tidy() {
	printf '%s\n' src/*.c tests/*.c tests/bench/*.c | grep -v '/fuzz_' |
		xargs -n 4 -P 2 sh -c \
			'clang-tidy --quiet "$@" -- '"$FLAGS"' -Itests \
			-DVERSION=\"0\" -DSYSCONFDIR=\"/etc\" \
			-DLOCALSTATEDIR=\"/var\" \
			-DRUNSTATEDIR=\"/run\" 2>/dev/null' sh
}

scripts() {
	find .ci contrib tests -type f |
		while read -r file; do
			head -n 1 "$file" 2>/dev/null | tr -d '\0' |
				grep -q -e '^#!/bin/sh' -e '^# shellcheck shell=sh' &&
				printf '%s\n' "$file"
		done | xargs shellcheck
}

manuals() {
	said=$(mandoc -Tlint -Wwarning man/* 2>&1)
	[ -z "$said" ] || { printf '%s\n' "$said"; return 1; }
}

check floors sh tests/floors.sh
check clang-format clang-format --dry-run -Werror src/*.[ch] tests/*.[ch] \
	tests/bench/*.c tests/queue/*.c
check mandoc manuals
check shellcheck scripts
check cppcheck cppcheck -q -j 2 --std=c11 --inline-suppr --error-exitcode=1 \
	--enable=warning,style,performance,portability \
	--suppress=missingIncludeSystem --include=src/compat.h -Isrc \
	-DVERSION='""' -DSYSCONFDIR='""' -DLOCALSTATEDIR='""' -DRUNSTATEDIR='""' src
check clang-tidy tidy
echo "$passed passed, $status failed"
[ "$status" -eq 0 ]
