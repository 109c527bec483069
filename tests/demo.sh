#!/bin/sh
#
# demo.sh - send one real message with the real program, and show everything
#
# A small SMTP server (tests/peer.c) listens on 127.0.0.1 with TLS and a login.
# Nothing leaves this machine, and nothing is left behind.

set -eu
umask 077
cd "$(dirname "$0")/.."
sendmail=${SENDMAIL:-./sendmail}
peer=${PEER:-tests/peer}
for program in "$sendmail" "$peer"; do
	[ -x "$program" ] || { echo "demo: no $program: say make demo" >&2; exit 1; }
done
dir=$(mktemp -d "${TMPDIR:-/tmp}/sendoff-demo.XXXXXX")

# The server ends when nobody holds the other end of its standard input.
trap 'exec 3>&- 4<&-; wait; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

bold=''
plain=''
if [ -t 1 ]; then
	bold=$(printf '\033[1m')
	plain=$(printf '\033[0m')
fi

title() {
	printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"
}

indent() {
	sed 's/^\(.\)/    \1/'
}

title '1. A mail server'

mkdir "$dir/mail"
mkfifo "$dir/stop" "$dir/said"
"$peer" --make-certs "$dir/certs"
"$peer" --serve --certs "$dir/certs" --user anna --password correct-horse \
	--store "$dir/mail" <"$dir/stop" >"$dir/said" &
exec 3>"$dir/stop" 4<"$dir/said"
read -r _ port <&4
echo "    It listens at localhost:$port and wants STARTTLS and a login."

title '2. Four lines of configuration'

cat >"$dir/sendmail.conf" <<CONFIGURATION
[profile demo]
host     = localhost
user     = anna
password = correct-horse
CONFIGURATION
indent <"$dir/sendmail.conf"

# What only a demonstration needs.
cat >>"$dir/sendmail.conf" <<CONFIGURATION
port     = $port
tls_ca   = $dir/certs/ca.pem
[sendmail]
domain     = example.org
hostname   = web1.example.org
log        = $dir/log
transcript = $dir/transcript
CONFIGURATION
cat <<'WORDS'

    For this demonstration also port and tls_ca, because this server is not at
    the usual port and its certificate is not from one of the usual authorities.
WORDS

title '3. A message'

printf 'To: ben@example.net\nSubject: It works\n\nHello Ben,\n\n%s\n\nAnna\n' \
	'this came through TLS, and nobody saw my password.' >"$dir/message"
echo "    \$ $sendmail -t -f anna@example.org <message"
echo
indent <"$dir/message"

code=0
"$sendmail" -C "$dir/sendmail.conf" -t -f anna@example.org \
	<"$dir/message" >"$dir/output" 2>&1 || code=$?
exec 3>&-

title '4. What the program said, and its exit code'

if [ -s "$dir/output" ]; then
	indent <"$dir/output"
else
	echo '    (nothing: success is silent)'
fi
echo "    exit code $code"

if [ -s "$dir/transcript" ]; then
	title '5. The transcript of the session'
	indent <"$dir/transcript"
fi

for message in "$dir"/mail/*; do
	if [ -s "$message" ]; then
		title '6. What the server received'
		tr -d '\r' <"$message" | indent
	fi
done

if [ -s "$dir/log" ]; then
	title '7. The log'
	indent <"$dir/log"
fi

trips=$(sed -n 's/^round trips //p' <&4)
printf '\n    %s round trips, connecting and TLS included.\n\n' "$trips"
exit "$code"
