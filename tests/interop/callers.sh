# callers.sh - programs that call sendmail, through a server to a mailbox
#
# Their idea of the message is compared with what arrived: envelope, header and
# body.  $server and $conf say where it goes.
# shellcheck shell=sh
# shellcheck disable=SC2154 # user and to come from run

# from_peer NAME PROGRAM [ARGUMENT...]: as it was unpacked, and knowing nothing
# of the user's own settings.
from_peer() {
	name=$1 program=$2
	shift 2
	env -i PATH="$PATH" HOME="$PWD" LANG=C.UTF-8 \
		LD_LIBRARY_PATH="$(libraries "$PEERS/$name")" \
		"$PEERS/$name/$program" "$@"
}

# means TEXT: what a mail reader shows of the message for $user.
means() {
	python3 "$HERE/mail.py" meaning "$(got "$user")" >shown
	printf '%s\n' "$1" >wanted
	diff wanted shown >difference && return
	tr '\n' ' ' <difference
	return 1
}

came_from() {
	python3 "$HERE/mail.py" sender "$(got "$user")" "$1"
}

php() {
	program=$(cd "$PEERS/php/usr/bin" && echo php8* php[0-9]*)
	from_peer php "usr/bin/${program%% *}" -n \
		-d sendmail_path="$SENDMAIL -C $conf -t -i" \
		-d error_reporting=-1 -r "$@"
}

php_mail() {
	forget user301 user302
	# shellcheck disable=SC2016 # a program in another language
	php '
		[, $to, $domain] = $argv;
		$headers = "From: Shop <shop@$domain>\r\n" .
		    "Cc: user301@$domain\r\nBcc: user302@$domain\r\n" .
		    "X-Mailer: PHP\r\nContent-Type: text/plain; charset=utf-8";
		exit(mail($to, "An order", "Gr\u{fc}\u{df}e\n.\nEnd", $headers,
		    "-fbounce@$domain") ? 0 : 1);
	' "$to" "$DOMAIN" || return 1
	{
		printf 'To: %s\nSubject: An order\nFrom: Shop <shop@%s>\n' \
			"$to" "$DOMAIN"
		printf 'Cc: user301@%s\nX-Mailer: PHP\n' "$DOMAIN"
		printf 'Content-Type: text/plain; charset=utf-8\n\n'
		printf 'Gr\303\274\303\237e\n.\nEnd\n'
	} >wanted
	await 3 "$user" user301 user302 &&
		same wanted Date,Message-ID "$user" user301 user302 &&
		came_from "bounce@$DOMAIN"
}

php_attachment() {
	head -c 5000000 /dev/urandom >order.bin
	# shellcheck disable=SC2016 # a program in another language
	php '
		[, $to, $domain] = $argv;
		$body = "--cut\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n" .
		    "--cut\r\nContent-Type: application/octet-stream\r\n" .
		    "Content-Transfer-Encoding: base64\r\n" .
		    "Content-Disposition: attachment; filename=order.bin\r\n\r\n" .
		    chunk_split(base64_encode(file_get_contents("order.bin"))) .
		    "--cut--\r\n";
		exit(mail($to, "An order", $body, [
			"From" => "shop@$domain",
			"MIME-Version" => "1.0",
			"Content-Type" => "multipart/mixed; boundary=cut"],
		    "-f bounce@$domain") ? 0 : 1);
	' "$to" "$DOMAIN" && await 1 "$user" && came_from "bounce@$DOMAIN" &&
		means "From: shop@$DOMAIN
To: $to
Subject: An order
See below.
attachment order.bin: $(sha256sum order.bin | cut -d' ' -f1)"
}

php_learns_of_a_refusal() {
	# shellcheck disable=SC2016 # a program in another language
	php 'exit(mail($argv[1], "s", "b") ? 1 : 0);' "nobody@$DOMAIN" 2>&1
}

# Debian's cron: no environment to speak of, and bare names everywhere.
cron() {
	forget root
	user=root
	cron_mail root >sent
	cron_mail "root@$DOMAIN" >wanted
	env -i SHELL=/bin/sh PATH=/usr/bin:/bin "$SENDMAIL" -C "$conf" -i \
		-FCronDaemon -B8BITMIME -oem root <sent >output 2>&1 || {
		echo "exit $?; $(cat output)"
		return 1
	}
	[ ! -s output ] && arrives wanted Date,Message-ID
}

# The same caller, where root's mail is for two people and from one address.
cron_with_rules() {
	forget user301
	configure_login conf "$server" starttls "$(trusted)" "$(password)" \
		"rewrite = corp" "[rewrite corp]" \
		"from = root -> \"root on \$host\" <alerts@$DOMAIN>" \
		"recipients = root -> $to, user301@$DOMAIN"
	cron_mail root >sent
	sed -e "s/^From: .*/From: \"root on client.$DOMAIN\" <alerts@$DOMAIN>/" \
		-e "s/^To: .*/To: $to, user301@$DOMAIN/" sent >wanted
	env -i SHELL=/bin/sh PATH=/usr/bin:/bin "$SENDMAIL" -C conf -i \
		-FCronDaemon -B8BITMIME -oem root <sent >output 2>&1 || {
		echo "exit $?; $(cat output)"
		return 1
	}
	[ ! -s output ] && await 2 "$user" user301 &&
		same wanted Date,Message-ID "$user" user301 &&
		came_from "sender@$DOMAIN"
}

cron_mail() {
	cat <<-END
	From: $1 (Cron Daemon)
	To: $1
	Subject: Cron <root@web1> test -x /usr/bin/job && /usr/bin/job
	MIME-Version: 1.0
	Content-Type: text/plain; charset=UTF-8
	Content-Transfer-Encoding: 8bit
	X-Cron-Env: <SHELL=/bin/sh>
	X-Cron-Env: <HOME=/root>

	Größe: 5 €
	../job: done
	END
}

git() {
	env -i PATH="$PATH" HOME="$PWD" LANG=C.UTF-8 GIT_CONFIG_NOSYSTEM=1 \
		PERL5LIB="$PEERS/git-email/usr/share/perl5" git "$@"
}

commit() {
	printf '%s\n' "$2" >>there/file
	git -C there add file && git -C there commit -q -m "$1"
}

git_send_email() {
	git init -q there 2>/dev/null
	git -C there config user.name "Zoë Dot"
	git -C there config user.email "zoe@$DOMAIN"
	commit "file: begin" one && git clone -q there here &&
		commit "file: say Grüße" Grüße &&
		commit "file: end a line with a dot" . &&
		commit "file: From here on" "From me" || return 1
	git -C there format-patch -q -o "$PWD/series" -3 &&
		PATH=$PEERS/git-email/usr/lib/git-core:$PATH git -C there \
			send-email --quiet --confirm=never --suppress-cc=all \
			--8bit-encoding=UTF-8 \
			--from="Zoë Dot <zoe@$DOMAIN>" --to="$to" \
			--envelope-sender="bounce@$DOMAIN" \
			--sendmail-cmd="$SENDMAIL -C $conf" \
			"$PWD"/series/*.patch && await 3 "$user" || return 1
	# As a reader would: in the order of the series, into another clone.
	for n in 1 2 3; do
		grep -l "^Subject: \[PATCH $n/3\]" \
			"$D/$server/mail/$user/new"/*
	done >files
	git -C here config user.name Reader
	git -C here config user.email "reader@$DOMAIN"
	xargs env HOME="$PWD" git -C here am -q <files || return 1
	for repository in there here; do
		git -C "$repository" log --format='%T %an %ae %s' >$repository.log
	done
	cmp there.log here.log && grep -il "^Return-Path: <bounce@$DOMAIN>" \
		"$D/$server/mail/$user/new"/* | grep -c . | grep -qx 3
}

attach() {
	head -c 100000 /dev/urandom >notes.bin
	printf 'Hello,\n.\nGrüße\n' >body
	forget user301
}

attached() {
	await 2 "$user" user301 && came_from "sender@$DOMAIN" &&
		means "From: Sender <sender@$DOMAIN>
To: $to
Subject: Grüße from $1
Hello,
.
Grüße
attachment notes.bin: $(sha256sum notes.bin | cut -d' ' -f1)"
}

mutt() {
	attach
	cat >muttrc <<-END
	set sendmail = "$SENDMAIL -C $conf -oem -oi"
	set sendmail_wait = 0 copy = no use_envelope_from = yes
	set realname = "Sender" from = "sender@$DOMAIN"
	END
	from_peer mutt usr/bin/mutt -n -F muttrc -s "Grüße from mutt" \
		-b "user301@$DOMAIN" -a notes.bin -- "$to" <body &&
		attached mutt
}

s_nail() {
	attach
	from_peer s-nail usr/bin/s-nail -:/ -S v15-compat -S sendwait \
		-S ttycharset=utf-8 -S "mta=$SENDMAIL" \
		-S "mta-arguments=-C $conf" -r "Sender <sender@$DOMAIN>" -s "Grüße from s-nail" \
		-b "user301@$DOMAIN" -a notes.bin "$to" <body &&
		attached s-nail
}

check_callers() {
	server=$1
	conf=$D/$server.starttls.conf
	for case in php_mail php_attachment php_learns_of_a_refusal cron \
	    cron_with_rules git_send_email mutt s_nail; do
		check "$(spoken "$case")" "$case"
	done
}
