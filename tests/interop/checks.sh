# checks.sh - what must be true of every message through every server
#
# A check is a function that runs in a directory of its own and knows $user,
# whom nobody else writes to, and $to, the address of $user.  The first
# arguments are the server and the configuration file for it.
# shellcheck shell=sh
# shellcheck disable=SC2154 # user and to come from run

# configure FILE HOST PORT [LINE...]: a later line replaces an earlier one.
configure() {
	file=$1 host=$2 port=$3
	shift 3
	{
		echo "[sendmail]"
		echo "hostname = client.$DOMAIN"
		echo "domain = $DOMAIN"
		echo "queue = never"
		echo "aliases = none"
		echo "log = $D/log"
		echo "transcript = $D/transcript"
		echo "[profile interop]"
		echo "host = $host"
		[ -z "$port" ] || echo "port = $port"
		printf '%s\n' "$@"
	} >"$file"
	chmod 600 "$file"
}

# configure_login FILE SERVER MODE [LINE...]: MODE names the port as well.
configure_login() {
	file=$1 server=$2 mode=$3
	shift 3
	tls=$mode
	[ "$mode" != small ] || tls=starttls
	configure "$file" localhost "$(cat "$D/$server/port.$mode")" \
		"tls = $tls" "user = $LOGIN" "from = sender@$DOMAIN" "$@"
}

trusted() {
	echo "tls_ca = $D/ca.pem"
}

password() {
	echo "password = \"$PASSWORD\""
}

header() {
	printf 'From: Sender <sender@%s>\nTo: %s\nSubject: %s\n' "$DOMAIN" \
		"$to" "$1"
	printf 'Date: Sun, 22 Nov 2026 10:00:00 +0100\n'
	printf 'Message-ID: <%s.%s@client.%s>\n' "$user" "$$" "$DOMAIN"
}

# sends CODE ARGUMENT...: the exit code, and silence when that is 0.
sends() {
	expected=$1
	shift
	timeout --foreground 60 "$SENDMAIL" "$@" >output 2>&1
	code=$?
	if [ "$code" != "$expected" ]; then
		echo "exit $code, should be $expected; $(tail -n 1 output)"
		return 1
	elif [ "$code" = 0 ] && [ -s output ]; then
		echo "success with words: $(head -n 1 output)"
		return 1
	elif [ "$code" != 0 ] && ! grep -q '^sendmail: ' output; then
		echo "exit $code without a sentence"
		return 1
	fi
}

# await COUNT USER...: so many messages for these, within ten seconds.
await() {
	wanted=$1 tries=0
	shift
	while :; do
		found=$(for name; do ls "$D/$server/mail/$name/new"; done \
			2>/dev/null | wc -l)
		[ "$found" != "$wanted" ] || return 0
		[ "$tries" -lt 200 ] || break
		tries=$((tries + 1))
		sleep 0.05
	done
	echo "$found messages arrived, should be $wanted"
	return 1
}

# These users are shared by several checks.
forget() {
	for name; do rm -rf "$D/$server/mail/$name"; done
}

# What arrived for these users; one message each, after await.
got() {
	for name; do
		echo "$D/$server/mail/$name/new"/*
	done
}

# same SENT ADDED USER...: each has what was sent, plus the fields ADDED.
same() {
	sent=$1 added=$2
	shift 2
	# shellcheck disable=SC2046 # words are meant
	python3 "$HERE/mail.py" same "$sent" "$added" $(got "$@")
}

# arrives SENT [ADDED]: exactly once, for $user, from sender@$DOMAIN.
arrives() {
	await 1 "$user" && same "$1" "${2-}" "$user" &&
		python3 "$HERE/mail.py" sender "$(got "$user")" \
			"sender@$DOMAIN"
}

# Looked at when everything behind it has arrived: nothing_refused_arrived.
is_refused() {
	echo "$user" >>"$D/$server/refused"
}

nothing_refused_arrived() {
	while read -r name; do
		[ ! -e "$D/$server/mail/$name" ] || {
			echo "mail for $name arrived"
			return 1
		}
	done <"$D/$server/refused"
}

one_recipient() {
	{ header "one recipient"; printf '\nHello.\n'; } >sent
	sends 0 -C "$2" -i "$to" <sent && arrives sent
}

hundred_recipients() {
	conf=$2
	# shellcheck disable=SC2046 # words are meant
	set -- $(seq -f 'user%.0f' 200 299)
	forget "$@"
	{ header "a hundred recipients"; printf '\nHello.\n'; } >sent
	# shellcheck disable=SC2046
	sends 0 -C "$conf" -i $(printf "%s@$DOMAIN " "$@") <sent &&
		await 100 "$@" && same sent '' "$@"
}

blind_copies() {
	forget user300 user301 user302
	header "blind copies" >wanted
	{
		cat wanted
		printf 'Cc: user300@%s\nbCC: user301@%s,\n' "$DOMAIN" "$DOMAIN"
		printf '\tHidden <user302@%s>\n\nHello.\n' "$DOMAIN"
	} >sent
	printf 'Cc: user300@%s\n\nHello.\n' "$DOMAIN" >>wanted
	sends 0 -C "$2" -t -i <sent && arrives wanted &&
		await 3 user300 user301 user302 &&
		same wanted '' user300 user301 user302
}

eight_bit_body() {
	{
		header "eight bits"
		printf 'MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n'
		printf 'Content-Type: text/plain; charset=utf-8\n\n'
		printf 'Gr\303\274\303\237e \342\202\254\n\377\200\n'
	} >sent
	sends 0 -C "$2" -i "$to" <sent && arrives sent
}

long_header() {
	{
		header "long header"
		printf 'References:'
		for n in $(seq 1 150); do
			printf '\n <%s.%s.long.message.id@example.org>' "$n" "$n"
		done
		printf '\nX-Long: %0900d\n\nHello.\n' 7
	} >sent
	sends 0 -C "$2" -i "$to" <sent && arrives sent
}

crlf_input() {
	{ header "line ends"; printf '\nOne\nTwo\n\nFour\n'; } >wanted
	sed 's/$/\r/' wanted >sent
	sends 0 -C "$2" -i "$to" <sent && arrives wanted
}

mixed_input() {
	{ header "line ends"; printf '\nOne\nTwo\n\nFour\n'; } >wanted
	sed 's/^\([FDO].*\)$/\1\r/' wanted >sent
	sends 0 -C "$2" -i "$to" <sent && arrives wanted
}

dots() {
	{
		header "dots"
		printf '\n.\n..\n...\n.a\n. \n\n.\nQUIT\n.\n'
	} >sent
	sends 0 -C "$2" -i "$to" <sent && arrives sent
}

ends_at_dot() {
	{ header "lone dot"; printf '\nHello.\n'; } >wanted
	{ cat wanted; printf '.\nnot sent\n'; } >sent
	sends 0 -C "$2" "$to" <sent && arrives wanted
}

empty_body() {
	header "empty body" >sent
	sends 0 -C "$2" -i "$to" <sent && await 1 "$user" &&
		{ cat sent; echo; } >wanted && arrives wanted
}

no_last_line_end() {
	{ header "no last line end"; printf '\nHello'; } >sent
	sends 0 -C "$2" -i "$to" <sent && arrives sent
}

completed() {
	printf 'To: %s\nSubject: nothing else\n\nHello.\n' "$to" >sent
	sends 0 -C "$2" -t -i <sent && arrives sent From,Date,Message-ID
}

null_sender() {
	{ header "null sender"; printf '\nHello.\n'; } >sent
	sends 0 -C "$2" -i -f '<>' "$to" <sent && await 1 "$user" &&
		same sent '' "$user" &&
		python3 "$HERE/mail.py" sender "$(got "$user")" ''
}

five_megabytes() {
	{
		header "five megabytes"
		printf '\n'
		head -c 3900000 /dev/urandom | base64
	} >sent
	sends 0 -C "$2" -i "$to" <sent && arrives sent
}

wrong_password() {
	is_refused
	configure_login conf "$1" "$3" "$(trusted)" "password = wrong"
	{ header "wrong password"; printf '\nHello.\n'; } >sent
	sends 77 -C conf -i "$to" <sent
}

unknown_recipient() {
	{ header "unknown recipient"; printf '\nHello.\n'; } >sent
	sends 67 -C "$2" -i "nobody@$DOMAIN" "$to" <sent || return 1
	if ! grep -q "nobody@$DOMAIN" output || grep -q "$to" output; then
		echo "the wrong names: $(cat output)"
		return 1
	fi
	arrives sent
}

untrusted_certificate() {
	is_refused
	configure_login conf "$1" "$3" "tls_ca = $D/other.pem" "$(password)"
	{ header "certificate"; printf '\nHello.\n'; } >sent
	sends 69 -C conf -i "$to" <sent
}

over_size() {
	is_refused
	configure_login conf "$1" small "$(trusted)" "$(password)"
	{
		header "too big"
		printf '\n'
		head -c 100000 /dev/zero | base64
	} >sent
	sends 65 -C conf -i "$to" <sent
}

no_secret_written() {
	[ -s "$D/log" ] && [ -s "$D/transcript" ] &&
		! grep -q -e "$PASSWORD" \
			-e "$(printf '\0%s\0%s' "$LOGIN" "$PASSWORD" |
				base64)" \
			-e "$(printf %s "$PASSWORD" | base64)" -e "$TOKEN" \
			-e "$(printf %s "$TOKEN" | base64 -w 0 | cut -c -40)" \
			"$D/log" "$D/transcript"
}

check_server() {
	server=$1
	for mode in starttls implicit; do
		conf=$D/$server.$mode.conf
		configure_login "$conf" "$server" "$mode" "$(trusted)" \
			"$(password)"
		for case in one_recipient hundred_recipients blind_copies \
		    eight_bit_body long_header crlf_input mixed_input dots \
		    ends_at_dot empty_body no_last_line_end completed \
		    null_sender five_megabytes wrong_password \
		    unknown_recipient untrusted_certificate; do
			check "$server, $mode: $(spoken "$case")" \
				"$case" "$server" "$conf" "$mode"
		done
	done
	check "$server: over size" over_size "$server"
	check "$server: nothing refused arrived" nothing_refused_arrived
	check "$server: no secret in log and transcript" no_secret_written
}

spoken() {
	echo "$1" | tr _ ' '
}

check_lmtp() {
	server=dovecot
	conf=$D/lmtp.conf
	configure "$conf" "unix:$D/dovecot/lmtp" "" "protocol = lmtp" \
		"tls = none" "auth = off" "from = sender@$DOMAIN"
	for case in one_recipient hundred_recipients blind_copies \
	    eight_bit_body dots empty_body unknown_recipient; do
		check "lmtp: $(spoken "$case")" "$case" "$server" "$conf"
	done
}
