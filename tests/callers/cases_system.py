"""What runs by itself on a host: daemons, timers, reports, filters."""

import os
import shutil
import socket
import subprocess
import threading
import time

from world import (SENDMAIL, SITE, THERE, CONFIGURATION, HERE,
                   Unexpected, make_directory, read,
                   write)

MINUTE = 70  # seconds within which cron has looked at its tables


def prepare():
    """A cron daemon and jobs of ours only; they are due in the next minute."""
    for name in os.listdir("/etc"):
        if name.startswith("cron"):
            path = f"/etc/{name}"
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    write("/etc/cron.d/callers", f"""\
* * * * * root echo "Größe: 5"; echo ../job: done; echo .; echo End
MAILTO=two@{THERE},three@{THERE}
MAILFROM=jobs@{SITE}
* * * * * anna echo for two
""")
    write("/var/spool/cron/crontabs/bert", "* * * * * echo hello, bert\n",
          0o600, "bert")
    shutil.chown("/var/spool/cron/crontabs", "root", "crontab")
    os.chmod("/var/spool/cron/crontabs", 0o1730)
    daemon("cron", "-f")


def daemon(*arguments):
    """As init starts it: with next to nothing in its environment."""
    return subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, cwd="/",
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"})


def has_subject(words):
    def match(letter):
        return any(words in one for one in letter.values("Subject"))
    return match


def has_to(address):
    return lambda letter: address in letter.recipients


def cron(case):
    letter = case.letter(match=has_subject("Cron <root@web1>"),
                         patience=MINUTE)
    case.arrives(f"root@{SITE}", [f"root@{SITE}"], f"""\
From: root@{SITE} (Cron Daemon)
To: root@{SITE}
Subject: Cron <root@web1> echo "Größe: 5"; echo ../job: done; echo .; echo End
""", "Größe: 5\n../job: done\n.\nEnd\n", CRON_FIELDS, letter)


CRON_FIELDS = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding",
               "X-Cron-Env")


def cron_for_two(case):
    letter = case.letter(match=has_to(f"two@{THERE}"), patience=MINUTE)
    case.arrives(letter.sender, [f"two@{THERE}", f"three@{THERE}"], f"""\
From: {letter.values("From")[0]}
To: two@{THERE},three@{THERE}
Subject: Cron <anna@web1> echo for two
""", "for two\n", CRON_FIELDS, letter)


def cron_of_a_user(case):
    letter = case.letter(match=has_to(f"bert@{SITE}"), patience=MINUTE)
    case.arrives(f"bert@{SITE}", [f"bert@{SITE}"], f"""\
From: root@{SITE} (Cron Daemon)
To: bert@{SITE}
Subject: Cron <bert@web1> echo hello, bert
""", "hello, bert\n", CRON_FIELDS, letter)


def at(case):
    for name in ("atjobs", "atspool"):
        make_directory(f"/var/spool/cron/{name}", "daemon", 0o1770)
    write("/var/spool/cron/atjobs/.SEQ", "0\n", 0o600, "daemon")
    daemon("atd", "-f", "-b", "1")
    # It says "warning: commands will be executed using /bin/sh".
    case.run(["at", "now"], "echo first; echo .; echo Größe\n",
             silent=False)
    letter = case.letter(match=has_subject("Output from your job"))
    case.arrives(f"anna@{SITE}", [f"anna@{SITE}"],
                 f"Subject: {letter.values('Subject')[0]}\n"
                 f"To: anna@{SITE}\nFrom: Anna Muster <anna@{SITE}>\n",
                 "first\n.\nGröße\n", letter=letter)


def anacron(case):
    write(f"{case.dir}/tab",
          f"MAILTO={case.to}\n1 0 callers.daily echo hello; echo ../x\n")
    os.makedirs(f"{case.dir}/spool")
    case.run(["anacron", "-f", "-n", "-d", "-s", "-t", f"{case.dir}/tab",
              "-S", f"{case.dir}/spool"], user="root", silent=False)
    case.arrives(f"root@{SITE}", [case.to], f"""\
From: Anacron <root@{SITE}>
To: {case.to}
Subject: Anacron job 'callers.daily' on web1
Content-Type: text/plain; charset=UTF-8
""", "hello\n../x\n")


def logwatch(case):
    os.makedirs("/var/cache/logwatch", exist_ok=True)
    today = time.strftime("%Y-%m-%d")
    write("/var/log/dpkg.log",
          f"{today} 00:00:01 install hello:amd64 <none> 2.10-3\n")
    case.run(["logwatch", "--output", "mail", "--format", "text",
              "--mailto", case.to, "--range", "all", "--service", "dpkg"],
             user="root", silent=False)
    letter = case.letter()
    case.check_envelope(letter, f"root@{SITE}", [case.to])
    for name, value in (("From", f"root@{SITE}"), ("To", case.to)):
        if letter.values(name) != [value]:
            raise Unexpected(f"{name} is {letter.values(name)}")
    for words in ("hello:amd64", "Logwatch End"):
        if words not in letter.body:
            raise Unexpected(f"{words} is not in the report")


def smartmontools(case):
    """What smartd starts for a bad disk, with the environment it gives."""
    case.run(["/usr/share/smartmontools/smartd-runner", "-s",
              "SMART error (EmailTest) detected", case.to],
             "TEST EMAIL from smartd\nfor x\n.\n", user="root",
             env={"SMARTD_MAILER": "mail", "SMARTD_ADDRESS": case.to,
                  "SMARTD_SUBJECT": "SMART error (EmailTest) detected",
                  "SMARTD_MESSAGE": "TEST EMAIL from smartd for device: x",
                  "SMARTD_DEVICE": "/dev/x", "SMARTD_FAILTYPE": "EmailTest"})
    letter = case.letter()
    case.check_envelope(letter, f"root@{SITE}", [case.to])
    if letter.values("Subject") != ["SMART error (EmailTest) detected"] or \
            "TEST EMAIL from smartd\nfor x\n" not in letter.body:
        raise Unexpected(f"it says {letter.fields} {letter.body[:200]!r}")


def mdadm(case):
    case.run(["mdadm", "--monitor", "--test", "--oneshot",
              f"--mail={case.to}", "/dev/md0"], user="root", silent=False)
    letter = case.letter()
    case.check_envelope(letter, f"root@{SITE}", [case.to])
    if letter.values("From") != ["mdadm monitoring <root@web1>"] or \
            letter.values("Subject") != ["TestMessage event on /dev/md0:web1"]:
        raise Unexpected(f"the header is {letter.fields}")
    if "A TestMessage event" not in letter.body:
        raise Unexpected(f"the body is {letter.body[:200]!r}")


def sudo(case):
    """Somebody guesses a password, three times."""
    os.chown("/usr/bin/sudo", 0, 0)
    os.chmod("/usr/bin/sudo", 0o4755)
    write("/etc/sudoers", f"""\
Defaults mail_badpass, mailto="{case.to}"
Defaults mailsub="*** SECURITY of %h ***"
anna ALL=(ALL) ALL
""", 0o440)
    case.run(["sudo", "-S", "/bin/true"], "wrong\nwrong\nwrong\n", code=1,
             silent=False)
    letter = case.letter()
    case.check_envelope(letter, f"anna@{SITE}", [case.to])
    if letter.values("Subject") != ["*** SECURITY of web1.site.example ***"]:
        raise Unexpected(f"the header is {letter.fields}")
    for name, value in (("From", f"anna@{SITE}"), ("To", case.to)):
        if letter.values(name) != [value]:
            raise Unexpected(f"{name} is {letter.values(name)}")
    if "3 incorrect password attempts" not in letter.body or "/bin/true" not in letter.body:
        raise Unexpected(f"the body is {letter.body[:200]!r}")


MESSAGE = """\
Return-Path: <carl@{there}>
From: Carl <carl@{there}>
To: anna@{site}
Subject: An order
Date: Sun, 22 Nov 2026 10:00:00 +0100
Message-ID: <{tag}@{there}>

Hello,
.
..
Größe
"""
# As MESSAGE, but for what ends at each host.
FORWARDED = """\
From: Carl <carl@there.example>
To: anna@site.example
Subject: An order
"""
FORWARDED_BODY = "Hello,\n.\n..\nGröße\n"


def message(case):
    return MESSAGE.format(there=THERE, site=SITE, tag=case.tag)


def dovecot(case, script):
    case.write("script.sieve", script)
    # Its names of users and directories are the host's, its paths ours.
    case.write("dovecot.conf", f"""\
base_dir = {case.dir}/base
log_path = {case.dir}/log
ssl = no
mail_location = maildir:{case.dir}/Maildir
postmaster_address = postmaster@{SITE}
hostname = web1.{SITE}
userdb {{
  driver = passwd
}}
protocol lda {{
  mail_plugins = sieve
}}
plugin {{
  sieve = {case.dir}/script.sieve
}}
""")
    case.run(["/usr/lib/dovecot/dovecot-lda", "-c", "dovecot.conf",
              "-f", f"carl@{THERE}", "-a", f"anna@{SITE}"],
             message(case), env={"HOME": case.dir}, silent=False)


def sieve_redirect(case):
    dovecot(case, f'redirect "{case.to}";\n')
    letter = case.letter()
    letter.fields = [one for one in letter.fields if one[0] != "X-Sieve"
                     and one[0] != "X-Sieve-Redirected-From"]
    case.arrives(letter.sender, [case.to], FORWARDED, FORWARDED_BODY,
                 letter=letter)


def sieve_vacation(case):
    dovecot(case, 'require "vacation";\n'
            f'vacation :addresses "anna@{SITE}" :subject "Away" "Later.";\n')
    letter = case.letter(match=lambda one: has_subject("Away")(one)
                         and has_to(f"carl@{THERE}")(one))
    case.check_envelope(letter, "", [f"carl@{THERE}"])
    if letter.body.rstrip("\n") != "Later.":
        raise Unexpected(f"the body is {letter.body!r}")


class Pop3(threading.Thread):
    """A mailbox with one message, for fetchmail."""

    def __init__(self, text):
        super().__init__(daemon=True)
        self.text = text.encode().replace(b"\n", b"\r\n")
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self):
        while True:
            peer, _ = self.socket.accept()
            with peer, peer.makefile("rwb") as file:
                self.talk(file)

    def talk(self, file):
        self.say(file, b"+OK ready")
        for line in file:
            verb, *number = line.upper().split()
            size = b"1 %d" % len(self.text)
            if verb == b"STAT" or verb == b"LIST" and number:
                self.say(file, b"+OK " + size)
            elif verb == b"LIST":
                self.say(file, b"+OK\r\n" + size + b"\r\n.")
            elif verb in (b"RETR", b"TOP"):
                body = self.text.replace(b"\r\n.", b"\r\n..")
                self.say(file, b"+OK\r\n" + body + b".")
            elif verb in (b"USER", b"PASS", b"DELE"):
                self.say(file, b"+OK")
            elif verb == b"QUIT":
                return self.say(file, b"+OK")
            else:
                self.say(file, b"-ERR unknown")

    @staticmethod
    def say(file, words):
        file.write(words + b"\r\n")
        file.flush()


def fetchmail(case):
    server = Pop3(message(case))
    server.start()
    case.write("fetchmailrc", f"""\
poll 127.0.0.1 protocol POP3 port {server.port} timeout 10 no dns
user anna password secret sslproto ''
mda "{SENDMAIL} -i -f %F -- {case.to}"
""", 0o600)
    case.run(["fetchmail", "-f", "fetchmailrc", "--nodetach", "--nosyslog",
              "--pidfile", f"{case.dir}/pid", "-i", f"{case.dir}/ids"],
             silent=False, env={"HOME": case.dir})
    case.arrives(f"carl@{THERE}", [case.to], FORWARDED, FORWARDED_BODY)


def procmail(case):
    case.write("rc", f"SENDMAIL={SENDMAIL}\nSENDMAILFLAGS=-oi\n:0\n"
               f"! {case.to}\n", 0o600)
    case.run(["procmail", "-m", "rc"], f"From carl@{THERE} Sun Nov 22 "
             "10:00:00 2026\n" + message(case))
    # An empty line at the end is how it ends messages.
    case.arrives(f"anna@{SITE}", [case.to], FORWARDED, FORWARDED_BODY + "\n")


def vacation(case):
    write("/home/anna/.vacation.msg", "Subject: Away\n\nLater.\n", 0o644,
          "anna")
    case.run(["vacation", "-I"], silent=False)
    text = message(case).replace("carl@", case.tag + "@")
    case.run(["vacation", "-a", f"anna@{SITE}", "anna"],
             f"From {case.to} Sun Nov 22 10:00:00 2026\n" + text,
             silent=False)
    letter = case.letter()
    case.check_envelope(letter, letter.sender, [case.to])
    if letter.values("Subject") != ["Away"] or letter.body != "Later.\n":
        raise Unexpected(f"it says {letter.fields} {letter.body!r}")


def queue(case, way):
    """The smarthost is away, the caller content, the mail only late."""
    home = {"HOME": case.dir, "XDG_STATE_HOME": case.dir + "/state"}
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
    configure = CONFIGURATION.format(queue="fallback", port="{}")
    path = f"{case.dir}/.config/sendmail.conf"
    make_directory(f"{case.dir}/.config", "anna")
    write(path, configure.format(nobody), 0o600, "anna")
    way(case, home)
    listed = case.run(["mailq"], env=home, silent=False)
    if case.to not in listed:
        raise Unexpected(f"mailq says {listed!r}")
    write(path, configure.format(read(HERE + "/port").decode()), 0o600,
          "anna")
    case.run([SENDMAIL, "-qR" + case.to], env=home)
    case.arrives(f"anna@{SITE}", [case.to], f"""\
To: {case.to}
Subject: Late
From: Anna Muster <anna@{SITE}>
""", "Größe\n.\nEnd\n")
    case.run(["mailq"], env=home, silent=False)
    if "empty" not in case.output:
        raise Unexpected(f"mailq says {case.output!r}")


def late_php(case, home):
    case.run(["php8.2", "-r", "exit(mail($argv[1], 'Late', "
              '"Größe\\n.\\nEnd") ? 0 : 1);', "--", case.to], env=home)


def late_session(case, home):
    case.run([SENDMAIL, "-bs"], "EHLO web1\r\n"
             f"MAIL FROM:<anna@{SITE}> BODY=8BITMIME\r\n"
             f"RCPT TO:<{case.to}>\r\nDATA\r\nTo: {case.to}\r\n"
             f"Subject: Late\r\nFrom: Anna Muster <anna@{SITE}>\r\n\r\n"
             "Größe\r\n..\r\nEnd\r\n.\r\nQUIT\r\n", env=home, silent=False)
    if " kept as " not in case.output:
        raise Unexpected(f"-bs said {case.output!r}")


def check_mail_queue(case):
    """What monitoring looks at, and what scripts of packages call."""
    case.run(["mailq"], silent=False)
    if not case.output.splitlines()[-1:] == ["Mail queue is empty"]:
        raise Unexpected(f"mailq says {case.output!r}")
    case.run(["newaliases"], silent=False)
    case.run(["/usr/lib/sendmail", case.to], "\nhello\n")
    case.letter()


def surroundings(case):
    """What shells and careless programs hand down."""
    call = f"{SENDMAIL} -f {case.bounce} {case.to}"
    for number, words in enumerate((
            f"trap '' PIPE; echo x | {call}",
            f"echo x | env -i {call}",
            f"echo x | {call} >&- 2>&-",
            f"mkdir gone && cd gone && rmdir ../gone && echo x | {call}",
            f"ulimit -n 16; echo x | {call}",
            f"umask 777; echo x | {call}",
            f"trap '' TERM HUP INT CHLD; echo x | {call} | exec 0<&-")):
        case.run(["sh", "-c", words])
        case.letters(number + 1)
    # A refusal after a large input is the exit code, not a broken pipe.
    case.run(["sh", "-c", f"(trap - PIPE; head -c 3000000 /dev/zero | "
              f"tr '\\0' x | fold; echo $? >status) | "
              f"{SENDMAIL} nouser@{THERE}; echo $?; cat status"],
             silent=False)
    if case.output.split()[-2:] != ["67", "0"]:
        raise Unexpected(f"it ended so: {case.output!r}")


CASES = (
    {"name": "odd surroundings", "run": surroundings},
    {"name": "at", "package": "at", "run": at},
    {"name": "anacron", "package": "anacron", "run": anacron},
    {"name": "logwatch", "package": "logwatch", "run": logwatch},
    {"name": "smartmontools", "package": "smartmontools",
     "run": smartmontools},
    {"name": "mdadm --monitor --test", "package": "mdadm", "run": mdadm},
    {"name": "sudo", "package": "sudo", "run": sudo},
    {"name": "Dovecot Sieve redirect", "package": "dovecot-sieve",
     "run": sieve_redirect},
    {"name": "Dovecot Sieve vacation", "package": "dovecot-sieve",
     "run": sieve_vacation},
    {"name": "fetchmail", "package": "fetchmail", "run": fetchmail},
    {"name": "procmail", "package": "procmail", "run": procmail},
    {"name": "vacation", "package": "vacation", "run": vacation},
    {"name": "mailq, newaliases, /usr/lib/sendmail",
     "run": check_mail_queue},
    {"name": "PHP mail() while the smarthost is away",
     "run": lambda case: queue(case, late_php)},
    {"name": "-bs while the smarthost is away",
     "run": lambda case: queue(case, late_session)},
    {"name": "cron", "package": "cron", "run": cron,
     "by": ("cron", "root")},
    {"name": "cron, MAILTO=a,b", "package": "cron", "run": cron_for_two,
     "by": ("cron", f"two@{THERE},three@{THERE}")},
    {"name": "cron, a user's own table", "run": cron_of_a_user},
)
