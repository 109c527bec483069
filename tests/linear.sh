#!/bin/sh
# linear.sh - twice as much work takes twice as long: instructions, counted by
# callgrind, of the real program in a dry run
#
# What starting up takes is subtracted, so that it hides nothing.  A line for
# each kind of work: instructions for n, for 2n, and how many times as many.
set -u
umask 077
cd "$(dirname "$0")/.." || exit 1
sendmail=${SENDMAIL:-./sendmail}
for program in "$sendmail" valgrind; do
	command -v "$program" >/dev/null || {
		echo "linear: no $program" >&2
		exit 1
	}
done
work=$(mktemp -d "${TMPDIR:-/tmp}/sendoff-linear.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
passed=0 failed=0

# several COUNT FORMAT: with the number from 1 on in place of %d.
several() {
	awk -v n="$1" -v format="$2" '
		BEGIN { for (i = 1; i <= n; i++) printf format, i, i }'
}

# repeated COUNT TEXT
repeated() {
	awk -v n="$1" -v text="$2" \
		'BEGIN { for (i = 1; i <= n; i++) printf "%s", text }'
}

configure() {
	cat <<-END
	[sendmail]
	hostname = client.example.org
	domain = example.org
	queue = never
	log = none
	transcript = none
	default_profile = main
	aliases = ${aliases:-none}
	[profile main]
	host = smtp.example.net
	rewrite = ${rewrite:-first second third}
	[profile other]
	inherit = main
	rewrite = third
	[rewrite first]
	recipients = *.*.*@*.*.old -> \$1-\$2@\$3.example
	recipients = /^(.+)\.(.+)@(.+)\.old\$/i -> \$1-\$2@\$3.example
	recipients = box*7@* -> "\$name 7" <seven+\$1@\$2>
	senders = *@*.lan -> \$1@example.com
	keep_original = yes
	[rewrite second]
	recipients = *4@* -> four+\$1@\$2, copy+\$1@\$2
	remove_header = X-*-Copy
	add_header = X-Sent-From: \$host
	set_header = X-Sent-By: \$user
	[rewrite third]
	recipients = *5@* -> five+\$1@\$2
	[rewrite staging]
	redirect = qa@example.com
	redirect_except = *8@example.net, /9@/
	[route]
	recipient = box*3@* -> other
	END
}

header() {
	printf 'From: Anna <anna@web1.lan>\nSubject: how long\n'
}

# instructions [RECIPIENT...]: of a dry run with conf and message
instructions() {
	[ $# -gt 0 ] || set -- -t
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		--log-file="$work/count" "$sendmail" -C "$work/conf" -i \
		-f anna@web1.lan --dry-run "$@" \
		<"$work/message" >"$work/output" 2>&1 ||
		{ tail -n 1 "$work/output" >&2; return 1; }
	sed -n 's/.*Collected : *//p' "$work/count"
}

# count WORK SIZE: WORK writes conf and message, and sets recipient
count() {
	aliases='' rewrite='' recipient=''
	"$1" "$2" && instructions ${recipient:+"$recipient"}
}

# check N WORK TITLE: n is counted in what the work repeats
check() {
	# Not 0, so that whatever is read at all is read here, too.
	if start=$(count "$2" 1) && once=$(count "$2" "$1") &&
		twice=$(count "$2" $(($1 * 2))) && [ -n "$start$once" ]; then
		once=$((once - start)) twice=$((twice - start))
		ratio=$((once > 0 ? twice * 100 / once : 999))
	else
		once=0 twice=0 ratio=999
	fi
	printf '%-38s %6d: %11d %11d  %d.%02d\n' "$3" "$1" "$once" "$twice" \
		$((ratio / 100)) $((ratio % 100))
	if [ "$ratio" -lt 220 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "linear: $3: not linear" >&2
	fi
}

# 40 bytes each.
addresses_in_to() {
	configure >"$work/conf"
	{
		header
		printf 'To: last@example.net'
		several "$1" ',\n Box %d <box%d@a.example.old>'
		printf '\n\nHello.\n'
	} >"$work/message"
}

addresses_in_to_alone() {
	addresses_in_to "$1"
	recipient=ben@example.net
}

bare_addresses_in_to() {
	addresses_in_to_alone "$1"
	{
		header
		printf 'To: last@example.net'
		several "$1" ',box%d@b.old'
		printf '\n\nHello.\n'
	} >"$work/message"
}

hidden_recipients() {
	configure >"$work/conf"
	{
		header
		several "$1" 'Bcc: box%d@example.net\n'
		printf '\nHello.\n'
	} >"$work/message"
}

redirected_recipients() {
	addresses_in_to "$1"
	rewrite='staging third'
	configure >"$work/conf"
}

write_aliases() {
	aliases=$work/aliases
	several "$1" 'box%d: user%d@example.net, anna\n' >"$aliases"
	printf 'team: :include:%s/team\nlast: nobody@example.net\n' "$work" \
		>>"$aliases"
	configure >"$work/conf"
	header >"$work/message"
}

recipients_with_aliases() {
	write_aliases 5000
	{
		header
		printf 'To: last'
		several "$1" ', Box %d <box%d@localhost>'
		printf '\n\nHello.\n'
	} >"$work/message"
}

aliases_in_the_file() {
	write_aliases "$1"
	recipient=box1
}

aliases_of_an_alias() {
	write_aliases "$1"
	{
		printf 'all: last'
		several "$1" ', box%d'
		echo
	} | fold -s -w 1000 | sed '1!s/^/ /' >>"$aliases"
	recipient=all
}

addresses_in_an_include() {
	write_aliases 1
	several "$1" 'Box %d <box%d@example.net>\n' >"$work/team"
	recipient=team
}

rules_in_the_file() {
	configure >"$work/conf"
	# shellcheck disable=SC2016 # variables of a rule
	several "$1" 'recipients = *.%d@*.old -> $1@$2.example\n' \
		>"$work/rules"
	sed "/^\[rewrite second\]/r $work/rules" "$work/conf" >"$work/conf2"
	mv "$work/conf2" "$work/conf"
	{ header; printf 'To: ben@example.net\n\nHello.\n'; } >"$work/message"
}

fields_in_the_header() {
	configure >"$work/conf"
	{
		header
		several "$1" 'X-%d-Copy: %d\n'
		several "$1" 'X-%d-Kept: %d\n'
		printf 'To: ben@example.net\n\nHello.\n'
	} >"$work/message"
}

# odd_to COUNT TEXT BEHIND: what somebody might make it choke on
odd_to() {
	configure >"$work/conf"
	recipient=ben@example.net
	{
		header
		printf 'To: '
		repeated "$1" "$2"
		printf '%s\n\nHello.\n' "$3"
	} >"$work/message"
}

a_long_name() {
	odd_to "$1" 'name and ' '<box7@b.old>'
}

a_folded_name() {
	odd_to "$1" 'name
	' '<box7@b.old>'
}

a_long_comment() {
	odd_to "$1" '(comment) ' 'box7@b.old'
}

open_comments() {
	odd_to "$1" '((x ' 'box7@b.old'
}

open_brackets() {
	odd_to "$1" '<x,y' 'box7@b.old'
}

open_quotes() {
	odd_to "$1" '"x, y' 'box7@b.old'
}

many_signs() {
	odd_to "$1" 'x@' 'b.old'
}

many_commas() {
	odd_to "$1" ',' 'box7@b.old'
}

check 1250 addresses_in_to_alone "addresses in To, 50 kB"
check 2000 bare_addresses_in_to "bare addresses in To"
check 5000 addresses_in_to "recipients in To"
check 4000 hidden_recipients "recipients in Bcc"
check 2500 redirected_recipients "recipients redirected"
check 5000 recipients_with_aliases "recipients with 5000 aliases"
check 5000 aliases_in_the_file "aliases in the file"
check 2500 aliases_of_an_alias "aliases of an alias"
check 2500 addresses_in_an_include "addresses in an include"
check 500 rules_in_the_file "rules"
check 2000 fields_in_the_header "fields"
check 5000 a_long_name "a name of 50 kB"
check 5000 a_folded_name "a name in so many lines"
check 5000 a_long_comment "a comment of 50 kB"
check 10000 open_comments "open comments"
check 10000 open_brackets "open brackets"
check 10000 open_quotes "open quotes"
check 20000 many_signs "at signs"
check 50000 many_commas "commas"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
