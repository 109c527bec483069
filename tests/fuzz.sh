#!/bin/sh
# fuzz.sh - run every fuzz target for FUZZ_SECONDS (10) from its seeds
#
#	fuzz.sh			build and run all, two at a time
#	fuzz.sh STEP NAME	one step for one object or target
#
# CLANG, FLAGS, LIBS and OBJECTS come from the Makefile, exported.
# shellcheck disable=SC2086 # they are words
set -u
instrument="-g -O1 -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined"

targets() {
	for source in tests/fuzz_*.c; do
		name=${source#tests/fuzz_}
		printf '%s\n' "${name%.c}"
	done
}

two_at_a_time() {
	xargs -n 1 -P 2 sh tests/fuzz.sh "$1"
}

case ${1-} in
compile)
	$CLANG $FLAGS $instrument -fsanitize=fuzzer-no-link \
		-DVERSION='"fuzz"' -DSYSCONFDIR='"/etc"' \
		-DLOCALSTATEDIR='"/var"' -DRUNSTATEDIR='"/run"' -c -o "$2" "${2%.o}.c"
	;;
link)
	$CLANG $FLAGS $instrument -fsanitize=fuzzer -o "fuzz_$2" \
		"tests/fuzz_$2.c" $OBJECTS $LIBS
	;;
run)
	mkdir -p "corpus/$2" "tests/seeds/$2"
	"./fuzz_$2" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 \
		-rss_limit_mb=1024 -verbosity=0 -print_final_stats=0 \
		"corpus/$2" "tests/seeds/$2" 2>"fuzz_$2.log" && exit
	tail -n 40 "fuzz_$2.log"
	: >"fuzz_$2.failed"
	;;
'')
	cd "$(dirname "$0")/.." || exit 1
	printf '%s\n' $OBJECTS | two_at_a_time compile &&
		targets | two_at_a_time link || exit 1
	targets | two_at_a_time run
	total=$(targets | wc -l)
	failed=$(find . -maxdepth 1 -name 'fuzz_*.failed' | wc -l)
	echo "$((total - failed)) passed, $failed failed"
	[ "$failed" -eq 0 ]
	;;
esac
