#!/bin/sh
# deb.sh TREE... - the Debian package in a Debian of its own, as root
#
# VERSION and MAKE come from the Makefile.  The package is made, installed in
# place of another mail server, used, upgraded, removed and purged: once in a
# Debian without systemd and once in one with it.  Both are made by
# mmdebstrap(1) the first time, which needs the network, and then kept in
# ~/.cache/sendoff/package; remove that to have newer ones.
#
# What has to be mounted is mounted in a mount namespace of the one command
# that needs it (inside), so nothing can be left mounted.
set -eu
umask 022
cd "$(dirname "$0")/../.."
make=${MAKE:-make}
cache=$(dirname "$(sh contrib/deps peers)")/package
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
passed=0

fail() {
	echo "deb.sh: $*" >&2
	echo "$passed passed, 1 failed"
	exit 1
}

[ "$(id -u)" = 0 ] || fail "a Debian of its own takes root: run this as root"
for program in dpkg-deb lintian mmdebstrap unshare setpriv; do
	command -v $program >/dev/null ||
		fail "there is no $program: sh contrib/deps test"
done

dir=$(mktemp -d "${TMPDIR:-/tmp}/sendoff-package.XXXXXX")
finish() {
	trap '' HUP INT TERM
	exec 3>&- 4<&-
	wait
	! grep -q " $dir/" /proc/self/mountinfo || {
		echo "deb.sh: something is mounted below $dir; it stays" >&2
		exit 1
	}
	rm -rf --one-file-system "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
chmod 755 "$dir"
root=$dir/root

expect() {
	[ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# --- a Debian -------------------------------------------------------------

# dma is the mail server that goes, and bsd-mailx would go with it if there
# were not another one then.
make_debian() {
	[ -f "$cache/$1.tar" ] && return
	mkdir -p "$cache"
	mmdebstrap --quiet --variant=minbase --include="dma bsd-mailx libinih1 \
		libidn2-0 ca-certificates $2" "$codename" \
		"$cache/$1.new.tar" >"$dir/said" 2>&1 ||
		fail "mmdebstrap: $(tail -n 3 "$dir/said")"
	mv "$cache/$1.new.tar" "$cache/$1.tar"
}

unpack_debian() {
	rm -rf --one-file-system "$root"
	mkdir "$root"
	tar -x -p --numeric-owner -C "$root" -f "$cache/$1.tar"
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
	rm -f "$root/etc/resolv.conf"
}

# inside COMMAND...: in there, with its processes and mounts gone at its end.
# shellcheck disable=SC2016 # another shell expands it
inside() {
	unshare --mount --propagation private --pid --fork --kill-child sh -c '
		mount -t proc proc "$0/proc" && exec chroot "$0" env -i \
			PATH=/usr/sbin:/usr/bin DEBIAN_FRONTEND=noninteractive "$@"
	' "$root" "$@" >"$dir/said" 2>&1 3>&- 4<&-
}

expect_inside() {
	inside "$@" || fail "$*: $(cat "$dir/said")"
}

# install_package FILE: all that it needs is there, so nothing is fetched.
install_package() {
	cp "$1" "$root/tmp/sendoff.deb"
	expect_inside apt-get -q -y -o Dpkg::Use-Pty=0 --allow-downgrades \
		-o Acquire::http::Proxy=http://127.0.0.1:1 install \
		/tmp/sendoff.deb
	rm "$root/tmp/sendoff.deb"
}

# Files and directories, but for the books that dpkg and apt keep.
list_debian() {
	(cd "$root" && find . -xdev ! -path './var/lib/dpkg*' \
		! -path './var/lib/apt*' ! -path './var/cache/*' \
		! -path './var/log/*.log' ! -path './var/log/apt*' \
		! -path './etc/*-' ! -path './etc/.pwd.lock' ! -path './tmp/*' \
		! -path './etc/ld.so.cache' ! -path './run/*' | sort)
}

# status PACKAGE: "ii", "rc", or nothing when it is unknown.
status() {
	dpkg-query --root="$root" -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null |
		tr -d ' '
}

# mode PATH TYPE MODE
mode() {
	expect "$1" "$(stat -c '%F %a %U:%G' "$root$1" 2>&1)" \
		"$2 $3 root:root"
}

timer=/etc/systemd/system/timers.target.wants/sendoff-queue.timer
socket=/etc/systemd/system/sockets.target.wants/sendoff.socket

is_enabled() {
	[ -L "$root$timer" ]
}

# --- a server -------------------------------------------------------------

start_server() {
	rm -rf "$dir/mail"
	mkdir "$dir/mail"
	tests/peer --serve --certs "$dir/certs" --user anna \
		--password correct-horse --store "$dir/mail" \
		<"$dir/stop" >"$dir/told" &
	exec 3>"$dir/stop" 4<"$dir/told"
	read -r _ port <&4
}

stop_server() {
	exec 3>&- 4<&-
	wait
}

configure() {
	cp "$dir/certs/ca.pem" "$root/etc/ssl/ca.pem"
	cat >"$root/etc/sendmail.conf" <<-END
	[profile main]
	host = localhost:$port
	user = anna
	password = correct-horse
	tls_ca = /etc/ssl/ca.pem
	[sendmail]
	domain = example.org
	hostname = web1.example.org
	END
}

# has_arrived SUBJECT: as a message of its own; then it is taken away.
has_arrived() {
	file=$(grep -ls "^Subject: $1" "$dir"/mail/*) || {
		inside mailq || :
		fail "'$1' did not arrive: $(cat "$dir/said")"
	}
	expect "mail with '$1'" "$(echo "$file" | wc -l)" 1
	rm "$file"
}

has_not_arrived() {
	! grep -qs "^Subject: $1" "$dir"/mail/* || fail "'$1' has arrived"
}

# send_as USER SUBJECT [OPTION]
# shellcheck disable=SC2016
send_as() {
	expect_inside setpriv --reuid="$1" --regid="$1" --clear-groups sh -c '
		printf "To: ben@example.net\nSubject: %s\n\nHello\n" "$0" |
			/usr/sbin/sendmail -t "$@"
	' "$2" ${3+"$3"}
	[ ! -s "$dir/said" ] || fail "sendmail says $(cat "$dir/said")"
}

# --- facts ----------------------------------------------------------------

the_same_sources_make_the_same_package() {
	SOURCE_DATE_EPOCH=$(date +%s)
	export SOURCE_DATE_EPOCH
	for place in "$dir/one" "$dir/one-more"; do
		mkdir "$place"
		cp -R "$@" "$place"
		$make -C "$place" deb >"$dir/said" 2>&1 ||
			fail "make deb: $(tail -n 5 "$dir/said")"
	done
	old=$(echo "$dir"/one/*.deb)
	cmp "$old" "$dir"/one-more/*.deb || fail "two packages differ"
}

lintian_is_content() {
	lintian --allow-root --fail-on error,warning "$old" >"$dir/said" 2>&1 ||
		fail "lintian: $(cat "$dir/said")"
}

# The next version, with a conffile that has changed.
another_version() {
	new=$dir/sendoff_new.deb
	dpkg-deb -R "$old" "$dir/new"
	sed -i "s/^Version: .*/&.1/" "$dir/new/DEBIAN/control"
	echo '# new' >>"$dir/new/etc/logrotate.d/sendoff"
	dpkg-deb --root-owner-group -b "$dir/new" "$new" >/dev/null
}

it_takes_the_place_of_another_mail_server() {
	list_debian >"$dir/before"
	install_package "$old"
	expect "status of dma" "$(status dma)" rc
	expect "status of bsd-mailx" "$(status bsd-mailx)" ii
	expect "status of sendoff" "$(status sendoff)" ii
	grep -q 'as soon as there is /etc/sendmail.conf' "$dir/said" ||
		fail "nobody says what is to do: $(cat "$dir/said")"
}

files_have_the_right_owner_and_mode() {
	mode /usr/sbin/sendmail 'regular file' 755
	mode /var/spool/sendoff directory 711
	mode /var/spool/sendoff/users directory 1777
	mode /var/log/sendoff directory 750
	mode /etc/cron.d/sendoff 'regular file' 644
	for link in bin/mailq bin/newaliases lib/sendmail; do
		expect "$link" "$(readlink "$root/usr/$link")" ../sbin/sendmail
	done
	dpkg-query --root="$root" -L sendoff | while read -r path; do
		[ -z "$(find "$root$path" -prune ! -type l \( ! -user root \
			-o ! -group root -o -perm /6022 \))" ] ||
			fail "$path: $(ls -ld "$root$path")"
	done || exit 1
	expect_inside dpkg --verify sendoff
	[ ! -s "$dir/said" ] || fail "md5sums: $(cat "$dir/said")"
}

there_is_a_user_who_owns_a_queue() {
	# shellcheck disable=SC2154 # read sets them
	grep '^sendoff:' "$root/etc/passwd" | {
		IFS=: read -r _ password uid _ _ home shell || fail "no user"
		[ "$uid" -lt 1000 ] || fail "uid $uid"
		expect password "$password" x
		expect home "$home" /
		expect shell "$shell" /usr/sbin/nologin
		expect "what it owns" "$(find "$root" -xdev -user "$uid" \
			-printf '%y %m %P\n')" "d 700 var/spool/sendoff/users/$uid"
	} || exit 1
	grep -q '^sendoff:' "$root/etc/group" || fail "no group"
}

the_units_are_enabled_and_nothing_runs() {
	is_enabled || fail "the timer is not enabled"
	[ -L "$root$socket" ] || fail "the socket is not enabled"
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe") in
		"$root"/*) fail "$exe runs" ;;
		esac
	done
}

without_configuration_it_says_what_to_write() {
	code=0
	inside sh -c 'echo Hello | sendmail ben@example.net' || code=$?
	expect "exit code" "$code" 78
	grep -q '^sendmail: ' "$dir/said" || fail "it says nothing"
}

root_and_users_send() {
	configure
	send_as 0 "From root"
	has_arrived "From root"
	send_as 33 "From the web"
	has_arrived "From the web"
	expect_inside sh -c 'echo Hello | mail -s mailx ben@example.net'
	has_arrived mailx
}

what_is_kept_waits_in_the_spool() {
	send_as 0 "Wait with root" -odq
	send_as 33 "Wait with the web" -odq
	expect_inside mailq
	grep -q ben@example.net "$dir/said" || fail "mailq: $(cat "$dir/said")"
	mode /var/spool/sendoff/users directory 1777
	expect "owner of 33" "$(stat -c %u "$root/var/spool/sendoff/users/33")" 33
	has_not_arrived Wait
}

# shellcheck disable=SC2016
an_upgrade_keeps_what_is_there() {
	echo '# mine' >>"$root/etc/cron.d/sendoff"
	rm "$root$timer"
	waiting=$(find "$root/var/spool/sendoff" -type f | sort)
	install_package "$new"
	expect_inside dpkg-query -W -f '${Version}' sendoff
	expect version "$(cat "$dir/said")" "$VERSION.1"
	grep -q '# mine' "$root/etc/cron.d/sendoff" || fail "conffile is lost"
	grep -q '# new' "$root/etc/logrotate.d/sendoff" || fail "no new conffile"
	! is_enabled || fail "an upgrade enables the timer again"
	expect "what waits" "$(find "$root/var/spool/sendoff" -type f | sort)" \
		"$waiting"
	grep -q 'hostname = web1' "$root/etc/sendmail.conf" ||
		fail "configuration is lost"
}

a_downgrade_works() {
	install_package "$old"
	install_package "$new"
}

removal_leaves_mail_configuration_and_logs() {
	touch "$root/var/log/sendoff/mail.log"
	expect_inside dpkg --remove bsd-mailx sendoff
	grep -q 'there is mail in /var/spool/sendoff' "$dir/said" ||
		fail "nobody speaks of the mail: $(cat "$dir/said")"
	expect status "$(status sendoff)" rc
	expect "what waits" "$(find "$root/var/spool/sendoff" -type f | sort)" \
		"$waiting"
	for file in etc/sendmail.conf etc/cron.d/sendoff \
	    var/log/sendoff/mail.log; do
		[ -f "$root/$file" ] || fail "$file is gone"
	done
	for file in usr/sbin/sendmail usr/lib/sendmail usr/bin/mailq \
	    usr/share/doc/sendoff usr/lib/systemd/system/sendoff-queue.timer; do
		[ ! -e "$root/$file" ] || fail "$file is still there"
	done
}

the_cron_line_is_quiet_without_the_package() {
	line=$(sed -n 's/^[*].*root	//p' "$root/etc/cron.d/sendoff")
	expect_inside sh -c "$line"
	[ ! -s "$dir/said" ] || fail "cron says $(cat "$dir/said")"
}

installed_again_it_delivers_what_waits() {
	install_package "$new"
	configure
	expect_inside sendmail --retry ALL
	line=$(sed -n 's/^[*].*root	//p' "$root/etc/cron.d/sendoff")
	expect_inside sh -c "$line"
	has_arrived "Wait with root"
	has_arrived "Wait with the web"
}

a_purge_leaves_mail_and_says_so() {
	send_as 33 "Wait once more" -odq
	expect_inside dpkg --purge sendoff
	grep -q 'there is mail in /var/spool/sendoff' "$dir/said" ||
		fail "nobody speaks of the mail: $(cat "$dir/said")"
	expect status "$(status sendoff)" ""
	[ ! -e "$root/etc/sendmail.conf" ] || fail "the password stays"
	install_package "$new"
	is_enabled || fail "the timer is not enabled after a purge"
	configure
	expect_inside sendmail --retry ALL
	expect_inside sendmail -q
	has_arrived "Wait once more"
}

a_purge_leaves_nothing() {
	ln -s /etc "$root/var/spool/sendoff/users/rate"
	rm "$root/etc/ssl/ca.pem"
	expect_inside dpkg --purge sendoff
	list_debian >"$dir/after"
	expect leftovers "$(comm -13 "$dir/before" "$dir/after")" ""
	[ -s "$root/etc/passwd" ] || fail "it followed a link"
}

# --- all of them ----------------------------------------------------------

count() {
	"$@"
	passed=$((passed + 1))
}

mkfifo "$dir/stop" "$dir/told"
tests/peer --make-certs "$dir/certs"
count the_same_sources_make_the_same_package "$@"
count lintian_is_content
another_version
make_debian "$codename-plain" ""
make_debian "$codename-systemd" systemd
for debian in plain systemd; do
	echo "deb.sh: in a Debian of the kind $debian"
	unpack_debian "$codename-$debian"
	start_server
	for fact in it_takes_the_place_of_another_mail_server \
		files_have_the_right_owner_and_mode \
		there_is_a_user_who_owns_a_queue \
		the_units_are_enabled_and_nothing_runs \
		without_configuration_it_says_what_to_write \
		root_and_users_send what_is_kept_waits_in_the_spool \
		an_upgrade_keeps_what_is_there a_downgrade_works \
		removal_leaves_mail_configuration_and_logs \
		the_cron_line_is_quiet_without_the_package \
		installed_again_it_delivers_what_waits \
		a_purge_leaves_mail_and_says_so a_purge_leaves_nothing; do
		count $fact
	done
	stop_server
done
echo "$passed passed, 0 failed"
