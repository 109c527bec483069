"""What people read and write mail with, and tools of developers."""

import os
import pty
import pwd
import re
import select
import shutil
import signal
import time

from world import (PATIENCE, SENDMAIL, SITE, THERE, Unexpected, digest,
                   environment)

BODY = "Hello,\n.\n..\nGrüße\n"


def attach(case):
    data = os.urandom(100_000)
    case.write("notes.bin", data)
    return digest(data)


def attached(case, fingerprint, sender=f"anna@{SITE}",
             shown="Anna Muster <anna@site.example>"):
    case.means(sender, [case.to, case.cc, case.bcc], f"""\
From: {shown}
To: {case.to}
Cc: {case.cc}
Subject: Grüße an alle
Hello,
.
..
Grüße
attachment notes.bin: {fingerprint}
""")


def mutt(program):
    def run(case):
        fingerprint = attach(case)
        case.write("muttrc", f"""\
set sendmail_wait = 0 copy = no use_envelope_from = yes
set realname = "Anna Muster" from = "anna@{SITE}"
set envelope_from_address = "{case.bounce}"
""")
        case.run([program, "-n", "-F", "muttrc", "-s", "Grüße an alle",
                  "-c", case.cc, "-b", case.bcc, "-a", "notes.bin", "--",
                  case.to], BODY)
        attached(case, fingerprint, case.bounce)
    return run


def mutt_dsn(case):
    case.write("muttrc", f"""\
set sendmail_wait = 0 copy = no use_envelope_from = no from = "anna@{SITE}"
set dsn_notify = "failure,delay" dsn_return = "hdrs"
""")
    case.run(["mutt", "-n", "-F", "muttrc", "-s", "s", "--", case.to], BODY)
    lines = case.letter().envelope
    if not any("RET=HDRS" in line for line in lines) or not any(
            "NOTIFY=FAILURE,DELAY" in line for line in lines):
        raise Unexpected(f"DSN is not in {lines}")


def mutt_shows_a_refusal(case):
    """Its command line for scripts has to end with something but 0."""
    case.write("muttrc", "set sendmail_wait = 0 copy = no\n")
    case.run(["mutt", "-n", "-F", "muttrc", "-s", "s", "--",
              f"nouser@{THERE}"], BODY, code=1, silent=False)
    if "No such user" not in case.output:
        raise Unexpected(f"mutt said {case.output!r}")


def s_nail(case):
    fingerprint = attach(case)
    case.run(["s-nail", "-:/", "-S", "v15-compat", "-S", "sendwait",
              "-S", "ttycharset=utf-8",
              "-r", f"Anna Muster <anna@{SITE}>", "-s", "Grüße an alle",
              "-c", case.cc, "-b", case.bcc, "-a", "notes.bin", case.to],
             BODY)
    attached(case, fingerprint)


def bsd_mailx(case):
    case.run(["bsd-mailx", "-s", "An order", "-c", case.cc, "-b", case.bcc,
              "-r", case.bounce, "-a",
              "Content-Type: text/plain; charset=utf-8", case.to], BODY)
    case.arrives(case.bounce, [case.to, case.cc, case.bcc], f"""\
From: {case.bounce}
To: {case.to}
Subject: An order
Cc: {case.cc}
Content-Type: text/plain; charset=utf-8
MIME-Version: 1.0
Content-Transfer-Encoding: 8bit
""", BODY)


def mailutils(case):
    fingerprint = attach(case)
    case.run(["mail.mailutils", "-s", "An order",
              "-r", f"anna@{SITE}", "-a", f"Cc: {case.cc}",
              "-a", f"Bcc: {case.bcc}", "-A", "notes.bin", case.to],
             "Hello,\n..\n", silent=False)
    case.means(f"anna@{SITE}", [case.to, case.cc, case.bcc], f"""\
From: Anna Muster <anna@{SITE}>
To: {case.to}
Cc: {case.cc}
Subject: An order
Hello,
..
attachment notes.bin: {fingerprint}
""")


def alpine(case):
    """A person types; what follows is a session of -bs."""
    case.write("pinerc", f"""\
personal-name=Anna Muster
user-domain={SITE}
customized-hdrs=From: Anna Muster <anna@{SITE}>
inbox-path={case.dir}/inbox
mail-directory={case.dir}/mail
postponed-folder={case.dir}/postponed
default-fcc=""
last-version-used=9.99
feature-list=no-enable-msg-view-urls,quit-without-confirm,
\tsend-without-confirm,no-enable-mouse-in-xterm
""")
    case.write("inbox", "")
    os.makedirs(f"{case.dir}/mail")
    shutil.chown(f"{case.dir}/mail", "anna", "anna")
    screen = type_keys(case, ["alpine", "-p", "pinerc", "-url",
                              f"mailto:{case.to}?cc={case.cc}&"
                              "subject=An%20order&"
                              "body=Hello%2C%0A.%0A..%0AEnd"],
                       [("^X", "\x18"), ("Sendmessage?", "y")],
                       case.is_for_us)
    try:
        letter = case.letter(patience=1)
    except Unexpected as error:
        raise Unexpected(f"{error}; alpine showed {screen[-300:]}") from None
    case.means(f"anna@{SITE}", [case.to, case.cc], f"""\
From: Anna Muster <anna@{SITE}>
To: {case.to}
Cc: {case.cc}
Subject: An order
Hello,
.
..
End
""", letter)


def type_keys(case, arguments, answers, match):
    """The answer to each prompt, until the message is there; the screen.

    Blanks are not looked at: a screen is drawn in any order and colour.
    """
    entry = pwd.getpwnam("anna")
    pid, screen = pty.fork()
    if pid == 0:
        os.chdir(case.dir)
        os.initgroups("anna", entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.execvpe(arguments[0], arguments,
                   environment(entry) | {"TERM": "vt100"})
    shown = ""
    answered = 0
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not case.has_arrived(match):
        if not select.select([screen], [], [], 0.1)[0]:
            continue
        try:
            shown += without_controls(os.read(screen, 65536))
        except OSError:  # it has ended
            break
        if answers and answers[0][0] in shown[answered:].replace(" ", ""):
            os.write(screen, answers.pop(0)[1].encode())
            answered = len(shown)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(screen)
    return shown


def without_controls(data):
    return re.sub(r"\x1b[^A-Za-z]*[A-Za-z]|[^ -~]", " ",
                  data.decode(errors="replace"))


def nmh(mts):
    def run(case):
        case.write(".mh_profile", f"Path: {case.dir}/Mail\n")
        os.makedirs(f"{case.dir}/Mail/inbox")
        shutil.chown(f"{case.dir}/Mail", "anna", "anna")
        draft = case.write("draft", f"""\
From: Anna Muster <anna@{SITE}>
To: {case.to}
Cc: {case.cc}
Bcc: {case.bcc}
Subject: An order

Hello,
.
..
End
""")
        case.run(["/usr/lib/mh/post", "-mts", mts, draft],
                 env={"MH": f"{case.dir}/.mh_profile", "HOME": case.dir},
                 silent=False)
        words = (f"From: Anna Muster <anna@{SITE}>\nTo: {case.to}\n"
                 f"Cc: {case.cc}\nSubject: An order\n")
        # The blind copy is a message of its own, inside another one.
        letters = case.letters(2)
        letters.sort(key=lambda one: len(one.recipients), reverse=True)
        case.arrives(f"anna@{SITE}", [case.to, case.cc], words,
                     "Hello,\n.\n..\nEnd\n",
                     letter=letters[0])
        case.check_envelope(letters[1], f"anna@{SITE}", [case.bcc])
    return run


def git(case, *arguments):
    return case.run(["git", *arguments], silent=False,
                    env={"GIT_CONFIG_NOSYSTEM": "1"})


def commit(case, subject, line):
    with open(f"{case.dir}/there/file", "a", encoding="utf-8") as file:
        file.write(line + "\n")
    shutil.chown(f"{case.dir}/there/file", "anna", "anna")
    git(case, "-C", "there", "add", "file")
    git(case, "-C", "there", "commit", "-q", "-m", subject)


def git_send_email(case):
    git(case, "init", "-q", "there")
    for name, value in (("user.name", "Zoë Dot"),
                        ("user.email", f"zoe@{SITE}")):
        git(case, "-C", "there", "config", name, value)
    commit(case, "file: begin", "one")
    git(case, "clone", "-q", "there", "here")
    commit(case, "file: say Grüße", "Grüße")
    commit(case, "file: end a line with a dot", ".")
    commit(case, "file: From here on", "From me")
    git(case, "-C", "there", "format-patch", "-q", "-o", "../series", "-3")
    patches = sorted(os.listdir(f"{case.dir}/series"))
    git(case, "-C", "there", "send-email", "--quiet", "--confirm=never",
        "--suppress-cc=all", "--8bit-encoding=UTF-8",
        f"--from=Zoë Dot <zoe@{SITE}>", f"--to={case.to}",
        f"--envelope-sender={case.bounce}",
        *(f"../series/{name}" for name in patches))
    letters = case.letters(3)
    # As a reader would: in the order of the series, into another clone.
    letters.sort(key=lambda letter: letter.values("Subject"))
    git(case, "-C", "here", "config", "user.name", "Reader")
    git(case, "-C", "here", "config", "user.email", f"reader@{SITE}")
    for number, letter in enumerate(letters):
        case.check_envelope(letter, case.bounce, [case.to])
        name = case.write(f"got{number}", letter.message)
        git(case, "-C", "here", "am", "-q", name)
    logs = [git(case, "-C", one, "log", "--format=%T %an %ae %s")
            for one in ("there", "here")]
    if logs[0] != logs[1]:
        raise Unexpected("the series makes another history")


def reportbug(case):
    """A person answers its questions, with a pager and an editor of ours."""
    case.write("report", "It ends.\n.\n..\nIt should not.\n")
    screen = type_keys(case, [
        "reportbug", "--offline", "--no-query-bts", "--no-check-available",
        "--no-bug-script", "--no-tags-menu", "--no-cc-menu", "--no-cc",
        "--no-config-files", "--no-debconf", "--no-compress", "--no-verify",
        "--mode=expert", "--ui=text", "--severity=normal",
        "--subject=it ends", f"--mta={SENDMAIL}",
        "--email=anna@site.lan",  # it knows what .example is
        "--realname=Anna Muster", f"--header=X-Debbugs-Cc: {case.cc}",
        "--envelope-from=" + case.bounce, "--body-file=report",
        "--editor=/bin/true", "--package-version=9.1-1", "coreutils"],
        [("versionofthepackage", "9.1-1\r"), ("Submitthisreport", "y\r")],
        is_report)
    try:
        letter = case.letter(match=is_report, patience=1)
    except Unexpected as error:
        raise Unexpected(f"{error}; it showed {screen[-300:]}") from None
    case.check_envelope(letter, case.bounce, ["submit@bugs.debian.org"])
    if "\n\nIt ends.\n.\n..\nIt should not.\n" not in letter.body:
        raise Unexpected(f"the report has become {letter.body[:200]!r}")


def is_report(letter):
    return "submit@bugs.debian.org" in letter.recipients


def swaks(case):
    case.run(["swaks", "--pipe", SENDMAIL + " -bs", "--to",
              f"{case.to},{case.cc}", "--from", case.bounce,
              "--data", f"From: Anna <anna@{SITE}>\\nTo: {case.to}\\n"
              "Subject: An order\\n\\nHello,\\n..\\nEnd\\n"], silent=False)
    case.arrives(case.bounce, [case.to, case.cc],
                 f"From: Anna <anna@{SITE}>\nTo: {case.to}\n"
                 "Subject: An order\n", "Hello,\n..\nEnd\n\n")


CASES = (
    {"name": "mutt", "package": "mutt", "run": mutt("mutt")},
    {"name": "mutt, DSN", "package": "mutt", "run": mutt_dsn},
    {"name": "mutt, to an unknown user", "run": mutt_shows_a_refusal},
    {"name": "NeoMutt", "package": "neomutt", "run": mutt("neomutt")},
    {"name": "s-nail", "package": "s-nail", "run": s_nail},
    {"name": "bsd-mailx", "package": "bsd-mailx", "run": bsd_mailx},
    {"name": "mailutils", "package": "mailutils", "run": mailutils},
    {"name": "Alpine", "package": "alpine", "run": alpine},
    {"name": "nmh, sendmail/pipe", "package": "nmh",
     "run": nmh("sendmail/pipe")},
    {"name": "nmh, sendmail/smtp", "package": "nmh",
     "run": nmh("sendmail/smtp")},
    {"name": "git send-email", "package": "git-email",
     "run": git_send_email},
    {"name": "reportbug", "package": "reportbug", "run": reportbug},
    {"name": "swaks --pipe", "package": "swaks", "run": swaks},
)
