"""Languages and their libraries: what programs on a web server call."""

import os

from world import SITE, THERE, Unexpected, digest, write

WORDS = "Grüße\n.\n..\nFrom here on\n  \nEnd\n"
PHP_SETTINGS = "/etc/php/8.2/cli/conf.d/20-callers.ini"
PHP_MODULES = ("ctype", "fileinfo", "iconv", "intl", "mbstring", "tokenizer")

# What a library should make of it: text, one file, Cc and Bcc.
ATTACHED = """\
From: Anna Muster <anna@site.example>
To: {to}
Cc: {cc}
Subject: Grüße an alle
Grüße
.
..
From here on
End
attachment notes.bin: {digest}
"""


def php(case, script, *arguments, settings=()):
    write(PHP_SETTINGS, "".join(f"extension={name}\n"
                                for name in PHP_MODULES))
    options = [word for one in settings for word in ("-d", one)]
    # SwiftMailer is older than this PHP.
    return case.run(["php8.2", "-d", "error_reporting=8191",
                     "-d", "display_errors=stderr", *options, "-r", script,
                     "--", *arguments])


def php_mail(case):
    php(case, r"""
        [, $to, $cc, $bcc, $bounce, $body] = $argv;
        $headers = "From: Shop <shop@site.example>\r\nCc: $cc\r\nBcc: $bcc" .
            "\r\nX-Mailer: PHP\r\nMIME-Version: 1.0\r\n" .
            "Content-Type: text/plain; charset=utf-8";
        exit(mail($to, "An order", $body, $headers, "-f$bounce") ? 0 : 1);
        """, case.to, case.cc, case.bcc, case.bounce, WORDS)
    case.arrives(case.bounce, [case.to, case.cc, case.bcc], f"""\
To: {case.to}
Subject: An order
From: Shop <shop@site.example>
Cc: {case.cc}
X-Mailer: PHP
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
""", WORDS + "\n")


def php_mail_as_www_data(case):
    """No home, no name worth showing, and nothing in the header but To."""
    case.run(["php8.2", "-r", "exit(mail($argv[1], 's', 'b') ? 0 : 1);",
              "--", case.to], user="www-data")
    case.arrives(f"www-data@{SITE}", [case.to],
                 f"To: {case.to}\nSubject: s\n"
                 f"From: www-data <www-data@{SITE}>\n", "b\n")


def php_mail_attachment(case):
    data = os.urandom(5_000_000)
    case.write("order.bin", data)
    php(case, r"""
        [, $to, $bounce] = $argv;
        $body = "--cut\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n" .
            "--cut\r\nContent-Type: application/octet-stream\r\n" .
            "Content-Transfer-Encoding: base64\r\n" .
            "Content-Disposition: attachment; filename=order.bin\r\n\r\n" .
            chunk_split(base64_encode(file_get_contents("order.bin"))) .
            "--cut--\r\n";
        exit(mail($to, "An order", $body, ["From" => "shop@site.example",
            "MIME-Version" => "1.0",
            "Content-Type" => "multipart/mixed; boundary=cut"],
            "-f $bounce") ? 0 : 1);
        """, case.to, case.bounce)
    case.means(case.bounce, [case.to], f"""\
From: shop@site.example
To: {case.to}
Subject: An order
See below.
attachment order.bin: {digest(data)}
""")


def php_learns_of_a_refusal(case):
    php_fails = "exit(mail($argv[1], 's', 'b') ? 1 : 0);"
    case.run(["php8.2", "-r", php_fails, "--", f"nouser@{THERE}"],
             silent=False)
    if "No such user" not in case.output:
        raise Unexpected(f"PHP showed {case.output!r}")


def attach(case):
    data = os.urandom(100_000)
    case.write("notes.bin", data)
    return digest(data)


def has_attached(case, fingerprint, sender):
    case.means(sender, [case.to, case.cc, case.bcc], ATTACHED.format(
        to=case.to, cc=case.cc, digest=fingerprint))


BODY = "Grüße\n.\n..\nFrom here on\nEnd\n"

PHPMAILER = r"""
    require "/usr/share/php/libphp-phpmailer/autoload.php";
    [, $way, $to, $cc, $bcc, $bounce, $body] = $argv;
    $mail = new PHPMailer\PHPMailer\PHPMailer(true);
    $mail->CharSet = "utf-8";
    $way == "mail" ? $mail->isMail() : $mail->isSendmail();
    $mail->Sender = $bounce;
    $mail->setFrom("anna@site.example", "Anna Muster");
    $mail->addAddress($to);
    $mail->addCC($cc);
    $mail->addBCC($bcc);
    $mail->Subject = "Grüße an alle";
    $mail->Body = $body;
    $mail->addAttachment("notes.bin");
    $mail->send();
"""


def phpmailer(way):
    def run(case):
        fingerprint = attach(case)
        php(case, PHPMAILER, way, case.to, case.cc, case.bcc, case.bounce,
            BODY)
        has_attached(case, fingerprint, case.bounce)
    return run


SYMFONY = r"""
    foreach (["Symfony/Component/Mailer", "Symfony/Component/Mime"] as $one)
        require "/usr/share/php/$one/autoload.php";
    [, $command, $to, $cc, $bcc, $bounce, $body, $nobody] = $argv;
    $dsn = "sendmail://default" .
        ($command ? "?command=" . rawurlencode($command) : "");
    $mailer = new Symfony\Component\Mailer\Mailer(
        Symfony\Component\Mailer\Transport::fromDsn($dsn));
    $make = fn() => (new Symfony\Component\Mime\Email())
        ->from("Anna Muster <anna@site.example>")->returnPath($bounce)
        ->to($to)->cc($cc)->bcc($bcc)->subject("Grüße an alle")->text($body)
        ->attachFromPath("notes.bin");
    $mailer->send($make());
    if ($nobody) {
        try {
            $mailer->send($make()->to($nobody)->cc()->bcc());
            echo "nobody was refused";
        } catch (Symfony\Component\Mailer\Exception\TransportException $e) {
            if (!str_contains($e->getMessage(), "No such user"))
                echo $e->getMessage();
        }
        $mailer->send($make());
    }
"""


def symfony(command):
    def run(case):
        fingerprint = attach(case)
        php(case, SYMFONY, command, case.to, case.cc, case.bcc, case.bounce,
            BODY, "")
        has_attached(case, fingerprint, case.bounce)
    return run


def symfony_session(case):
    """A message, one to nobody, and another message, in one -bs session."""
    attach(case)
    php(case, SYMFONY, "", case.to, case.cc, case.bcc, case.bounce, BODY,
        f"nouser@{THERE}")
    case.letters(2)


SWIFT = r"""
    require "/usr/share/php/Swift/autoload.php";
    [, $command, $to, $cc, $bcc, $bounce, $body] = $argv;
    $mailer = new Swift_Mailer(new Swift_SendmailTransport($command));
    $message = (new Swift_Message("Grüße an alle", $body))
        ->setFrom(["anna@site.example" => "Anna Muster"])
        ->setReturnPath($bounce)->setTo($to)->setCc($cc)->setBcc($bcc)
        ->attach(Swift_Attachment::fromPath("notes.bin"));
    exit($mailer->send($message) == 3 ? 0 : 1);
"""


def swift(command):
    def run(case):
        fingerprint = attach(case)
        php(case, SWIFT, command, case.to, case.cc, case.bcc, case.bounce,
            BODY)
        has_attached(case, fingerprint, case.bounce)
    return run


NODEMAILER = r"""
    const [to, cc, bcc, bounce, text, newline, args] = process.argv.slice(1);
    const options = {sendmail: true, newline: newline || undefined};
    if (args) options.args = args.split(" ");
    const transport = require("nodemailer").createTransport(options);
    transport.sendMail({from: "Anna Muster <anna@site.example>", to, cc, bcc,
        envelope: {from: bounce, to: [to, cc, bcc]},
        subject: "Grüße an alle", text,
        attachments: [{path: "notes.bin"}]}, error => {
        if (error) { console.log(error.message); process.exit(1); }
    });
"""


def nodemailer(newline, args=""):
    def run(case):
        fingerprint = attach(case)
        case.run(["node", "-e", NODEMAILER, "--", case.to, case.cc, case.bcc,
                  case.bounce, BODY, newline, args],
                 env={"NODE_PATH": "/usr/share/nodejs"})
        has_attached(case, fingerprint,
                     case.bounce if not args else f"anna@{SITE}")
    return run


def nodemailer_version():
    with open("/usr/share/nodejs/nodemailer/package.json",
              encoding="utf-8") as file:
        lines = file.read().splitlines()
    return next(line.split('"')[3] for line in lines if '"version"' in line)


EMAIL_SENDER = r"""
    use Email::Sender::Simple; use Email::Sender::Transport::Sendmail;
    my ($to, $bcc, $bounce) = @ARGV;
    my $mail = "From: Anna <anna\@site.example>\nTo: $to\n"
        . "Subject: An order\nContent-Type: text/plain; charset=utf-8\n"
        . "MIME-Version: 1.0\n\n" . do { local $/; <STDIN> };
    Email::Sender::Simple->send($mail, {from => $bounce, to => [$to, $bcc],
        transport => Email::Sender::Transport::Sendmail->new});
"""

ORDER = """\
From: Anna <anna@site.example>
To: {to}
Subject: An order
Content-Type: text/plain; charset=utf-8
MIME-Version: 1.0
"""


def email_sender(case):
    case.run(["perl", "-e", EMAIL_SENDER, case.to, case.bcc, case.bounce],
             WORDS)
    case.arrives(case.bounce, [case.to, case.bcc],
                 ORDER.format(to=case.to), WORDS)


def email_sender_null(case):
    """The null sender, as an empty argument of -f."""
    case.run(["perl", "-e", EMAIL_SENDER, case.to, case.bcc, ""], WORDS)
    case.arrives("", [case.to, case.bcc], ORDER.format(to=case.to), WORDS)


MIME_LITE = r"""
    use MIME::Lite;
    my ($to, $cc, $bcc) = @ARGV;
    my $mail = MIME::Lite->new(From => 'Anna Muster <anna@site.example>',
        To => $to, Cc => $cc, Bcc => $bcc,
        Subject => '=?utf-8?q?Gr=C3=BC=C3=9Fe_an_alle?=',
        Type => 'multipart/mixed');
    $mail->attach(Type => 'text/plain; charset=utf-8', Encoding => '8bit',
        Data => do { local $/; <STDIN> });
    $mail->attach(Type => 'application/octet-stream', Path => 'notes.bin',
        Filename => 'notes.bin', Encoding => 'base64',
        Disposition => 'attachment');
    exit($mail->send ? 0 : 1);
"""


def mime_lite(case):
    fingerprint = attach(case)
    case.run(["perl", "-e", MIME_LITE, case.to, case.cc, case.bcc], BODY)
    has_attached(case, fingerprint, f"anna@{SITE}")


MAIL_MAILER = r"""
    use Mail::Mailer;
    my ($to) = @ARGV;
    my $mail = Mail::Mailer->new('sendmail');
    $mail->open({From => 'Anna <anna@site.example>', To => $to,
        Subject => 'An order'});
    print $mail "One\n..\nEnd\n";
    $mail->close or die "sendmail failed";
"""


def mail_mailer(case):
    case.run(["perl", "-e", MAIL_MAILER, case.to])
    case.means(f"anna@{SITE}", [case.to],
               f"From: Anna <anna@site.example>\nTo: {case.to}\n"
               "Subject: An order\nOne\n..\nEnd\n")


RUBY = r"""
    require "mail"
    to, cc, bcc, bounce, body = ARGV
    Mail.defaults { delivery_method :sendmail }
    mail = Mail.new(from: "Anna Muster <anna@site.example>", to: to, cc: cc,
        bcc: bcc, subject: "Grüße an alle", charset: "UTF-8", body: body)
    mail.smtp_envelope_from = bounce
    mail.add_file "notes.bin"
    mail.deliver!
"""


def ruby_mail(case):
    fingerprint = attach(case)
    case.run(["ruby", "-e", RUBY, case.to, case.cc, case.bcc, case.bounce,
              BODY])
    has_attached(case, fingerprint, case.bounce)


PYTHON = r"""
import subprocess, sys
from email.message import EmailMessage
to, cc, bcc, body = sys.argv[1:]
message = EmailMessage()
message["From"] = "Anna Muster <anna@site.example>"
message["To"], message["Cc"], message["Bcc"] = to, cc, bcc
message["Subject"] = "Grüße an alle"
message.set_content(body)
message.add_attachment(open("notes.bin", "rb").read(), filename="notes.bin",
    maintype="application", subtype="octet-stream")
subprocess.run(["/usr/sbin/sendmail", "-t", "-oi"], check=True,
    input=message.as_bytes())
"""


def python(case):
    fingerprint = attach(case)
    case.run(["/usr/bin/python3", "-c", PYTHON, case.to, case.cc, case.bcc,
              BODY])
    has_attached(case, fingerprint, f"anna@{SITE}")


def mercurial(case):
    run = ["hg", "--config", "ui.username=Anna Muster <anna@site.example>"]
    case.run(["hg", "init", "repository"])
    case.write("repository/file", "Grüße\n.\n")
    case.run([*run, "-R", "repository", "commit", "-q", "-A", "-m",
              "file: begin"])
    case.run([*run, "--config", "extensions.patchbomb=",
              "--config", "email.method=/usr/sbin/sendmail",
              "--config", "email.from=Anna Muster <anna@site.example>",
              "-R", "repository", "email", "-r", "0", "--to", case.to,
              "--bcc", case.bcc, "--cc", "", "--confirm", "--quiet"],
             "y\n", silent=False)
    letter = case.letter()
    case.check_envelope(letter, "anna@site.example", [case.to, case.bcc])
    received = case.write("patch", letter.message.replace(b"\r\n", b"\n"))
    case.run(["hg", "init", "there"])
    case.run([*run, "-R", "there", "import", "-q", received])
    with open(f"{case.dir}/there/file", encoding="utf-8") as file:
        if file.read() != "Grüße\n.\n":
            raise Unexpected("the patch makes another file")


CASES = (
    {"name": "PHP mail()", "package": "php8.2-cli", "run": php_mail},
    {"name": "PHP mail() as www-data", "run": php_mail_as_www_data},
    {"name": "PHP mail(), 5 MB attached", "run": php_mail_attachment},
    {"name": "PHP mail() to an unknown user", "run": php_learns_of_a_refusal},
    {"name": "PHPMailer isMail", "package": "libphp-phpmailer",
     "run": phpmailer("mail")},
    {"name": "PHPMailer isSendmail", "package": "libphp-phpmailer",
     "run": phpmailer("sendmail")},
    {"name": "Symfony Mailer, default", "package": "php-symfony-mailer",
     "run": symfony("")},
    {"name": "Symfony Mailer, one session",
     "run": symfony_session},
    {"name": "Laravel's command line", "package": "php-symfony-mailer",
     "run": symfony("/usr/sbin/sendmail -bs -i")},
    {"name": "Symfony Mailer, -t", "package": "php-symfony-mailer",
     "run": symfony("/usr/sbin/sendmail -t -i")},
    {"name": "SwiftMailer, default", "package": "php-swiftmailer",
     "run": swift("/usr/sbin/sendmail -bs")},
    {"name": "SwiftMailer, -t", "package": "php-swiftmailer",
     "run": swift("/usr/sbin/sendmail -t -i")},
    {"name": "Nodemailer", "package": "nodemailer",
     "run": nodemailer(""), "version": nodemailer_version},
    {"name": "Nodemailer, unix newlines", "run": nodemailer("unix")},
    {"name": "Nodemailer, windows newlines", "run": nodemailer("windows")},
    {"name": "Nodemailer, args -t", "package": "nodemailer",
     "run": nodemailer("", "-t -i"), "version": nodemailer_version},
    {"name": "Email::Sender", "package": "libemail-sender-perl",
     "run": email_sender},
    {"name": "Email::Sender, null sender", "run": email_sender_null},
    {"name": "MIME::Lite", "package": "libmime-lite-perl", "run": mime_lite},
    {"name": "Mail::Mailer", "package": "libmailtools-perl",
     "run": mail_mailer},
    {"name": "Ruby mail", "package": "ruby-mail", "run": ruby_mail},
    {"name": "Python subprocess", "package": "python3", "run": python},
    {"name": "Mercurial", "package": "mercurial", "run": mercurial},
)
