# reach.sh - what reach.py checks, in a network of its own
#
# There port 53 is free and the resolver can be told whom to ask.  Users may
# have such a network only where the kernel lets them.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # they belong to run

check_reach() {
	own=-mn
	[ "$(id -u)" = 0 ] || own=-rmn
	if ! why=$(unshare "$own" true 2>&1); then
		not_ok "names and proxies" "$why"
		return
	fi
	mkdir "$D/reach" || return
	LD_LIBRARY_PATH=$(libraries "$PEERS/dns") unshare "$own" python3 \
		"$HERE/reach.py" "$SENDMAIL" "$ROOT/tests/peer" \
		"$PEERS/dns/usr/sbin/dnsmasq" \
		"$PEERS/socks/usr/bin/microsocks" "$D/reach" \
		>"$D/reach/results" 2>"$D/reach/trouble" ||
		grep -q '^not ok' "$D/reach/results" ||
		not_ok "names and proxies" "$(tail -n 1 "$D/reach/trouble")"
	cat "$D/reach/results"
	passed=$((passed + $(grep -c '^ok' "$D/reach/results")))
	failed=$((failed + $(grep -c '^not ok' "$D/reach/results")))
}
