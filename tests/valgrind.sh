#!/bin/sh
# valgrind.sh - unit tests and the real program, with every byte looked at
set -u
cd "$(dirname "$0")/.." || exit 1
watch="valgrind -q --error-exitcode=99 --leak-check=full \
	--show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

check() {
	if "$@" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		echo "valgrind: $*" >&2
		tail -n 30 "$work/log" >&2
		failed=$((failed + 1))
	fi
}

# A program that is what e2e takes for sendmail.
printf '#!/bin/sh\nexec %s %s/sendmail "$@"\n' "$watch" "$PWD" >"$work/sendmail"
chmod +x "$work/sendmail"

# In base a test ends its process, so each needs one of its own.  Not secret:
# valgrind's own exit code takes the place of a failed command's.
# shellcheck disable=SC2086 # words
check $watch ./tests/unit base
for suite in address message complete encode session options config file \
	identity log transcript input dialogues configure; do
	# shellcheck disable=SC2086 # words
	check env CK_FORK=no $watch ./tests/unit "$suite"
done
check env SENDMAIL="$work/sendmail" E2E_PATIENCE=10 ./tests/e2e
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
