#!/bin/sh
# fuzz.sh - run every fuzz target for FUZZ_SECONDS (10) from its seeds
#
# CLANG, FLAGS, LIBS and OBJECTS come from the Makefile.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=${FUZZ_SECONDS:-10}
instrument="-g -O1 -fsanitize=fuzzer-no-link,address,undefined"
instrument="$instrument -fno-sanitize-recover=undefined"
passed=0
failed=0

for object in $OBJECTS; do
	printf '%s\n' "${object%.o}"
done | xargs -P 2 -I '{}' sh -c "$CLANG $FLAGS $instrument \
	-DVERSION='\"fuzz\"' -DSYSCONFDIR='\"/etc\"' \
	-DLOCALSTATEDIR='\"/var\"' -c -o '{}.o' '{}.c'" || exit 1

for source in tests/fuzz_*.c; do
	name=$(basename "$source" .c)
	mkdir -p "corpus/$name" "tests/seeds/${name#fuzz_}"
	# shellcheck disable=SC2086 # words
	$CLANG $FLAGS $instrument -fsanitize=fuzzer -o "$name" "$source" \
		$OBJECTS $LIBS || exit 1
	if "./$name" -max_total_time="$seconds" -rss_limit_mb=512 \
		-timeout=10 -verbosity=0 -print_final_stats=0 \
		"corpus/$name" "tests/seeds/${name#fuzz_}" 2>"$name.log"; then
		passed=$((passed + 1))
	else
		tail -n 40 "$name.log"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
