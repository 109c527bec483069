"""Run the cases of all callers, one after the other, and count."""

import re
import subprocess
import sys
import time

import cases_programs
import cases_readers
import cases_system
import world

TABLES = (cases_programs.CASES, cases_readers.CASES, cases_system.CASES)


def versions():
    """Of the packages that were unpacked, and of this host's own."""
    lines = world.read("/versions").decode().splitlines()
    have = dict(line.split("\t") for line in lines)
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package}\t${Version}\n"],
        stdout=subprocess.PIPE, check=True).stdout.decode()
    return dict(line.split("\t") for line in listed.splitlines()) | have


def attempt(row, number):
    """Why it failed, or None; and the command line it used."""
    case = world.Case(f"c{number}")
    began = time.monotonic()
    why = None
    try:
        row["run"](case)
    except (world.Unexpected, OSError, subprocess.SubprocessError,
            ValueError, IndexError, StopIteration) as error:
        why = " ".join(f"{error or type(error).__name__}".split())
    calls = case.calls(row.get("by"))
    seconds = time.monotonic() - began
    return why, shorten(case, calls[-1][1]) if calls else "", seconds


def shorten(case, arguments):
    """A command line without what is this test's own; A is an address."""
    words = []
    for word in arguments[1:]:
        for address in (case.bounce, case.bcc, case.cc, case.to):
            word = word.replace(address, "A")
        words.append(re.sub(r"(^-f)?[a-z]+@(site|there)\.example", r"\1A", word)
                     or "''")
    return " ".join(words)


def version_of(row, have):
    """As its authors say it, without what Debian adds."""
    version = row.get("version", lambda: have.get(row["package"], "?"))()
    return re.sub(r"^\d+:|[-+].*", "", version)


def main():
    arguments = sys.argv[1:]
    is_table = arguments[:1] == ["--table"]
    chosen = arguments[is_table:]
    passed = failed = 0
    world.furnish()
    server = world.Server()
    world.write("/etc/sendmail.conf", world.CONFIGURATION.format(
        queue="never", port=server.port))
    world.write(world.HERE + "/port", str(server.port))
    have = versions()
    if not chosen or "cron" in chosen:
        cases_system.prepare()
    number = 0
    table = []
    for row in (row for rows in TABLES for row in rows):
        number += 1
        if chosen and not any(word in row["name"] for word in chosen):
            continue
        why, line, seconds = attempt(row, number)
        if why is None:
            passed += 1
        else:
            failed += 1
        if why is None and row.get("package"):
            table.append((row["name"], version_of(row, have), line))
        if not is_table:
            print(f"ok {row['name']} ({seconds:.1f} s)" if why is None
                  else f"not ok {row['name']}: {why}", flush=True)
        elif why:
            print(f"not ok {row['name']}: {why}", file=sys.stderr)
    tally = server.end()
    if tally.get("bare", "0") != "0":
        failed += 1
        print("not ok every line ends with CRLF")
    if is_table:
        width = [max(len(row[i]) for row in table) for i in (0, 1)]
        for row in table:
            print(f"{row[0]:{width[0]}}  {row[1]:{width[1]}}  {row[2]}")
    print(f"{passed} passed, {failed} failed",
          file=sys.stderr if is_table else sys.stdout)
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
