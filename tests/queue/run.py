"""run.py - the proofs that the queue loses nothing; see README"""
import argparse
import sys
import time

import crowd
import hostile
import power
import scale
import seen
import sweep
from lab import Report

SWEEPS = ("crash", "errors", "power")
OTHERS = {"seen": seen, "hostile": hostile, "scale": scale, "crowd": crowd}


def run_sweeps(report, proofs, numbers):
    with sweep.workers() as pool:
        sweep.run(report, pool, proofs, numbers)
        if "power" in proofs:
            power.run(report, pool, numbers)
        pool.close()
        pool.join()


def main():
    known = [*SWEEPS, *OTHERS]
    parser = argparse.ArgumentParser(prog="run")
    parser.add_argument("--only", default="", metavar="WORDS",
                        help="scenarios with these words in their name")
    parser.add_argument("proofs", nargs="*", metavar="PROOF",
                        help=" ".join(known))
    arguments = parser.parse_args()
    proofs = arguments.proofs or known
    if set(proofs) - set(known):
        parser.error("proofs are " + " ".join(known))
    report, begun = Report(), time.monotonic()
    # First those that measure memory, of which a child begins with ours.
    for name, proof in OTHERS.items():
        if name in proofs:
            proof.run(report)
    if set(SWEEPS) & set(proofs):
        run_sweeps(report, proofs, sweep.numbers_of(arguments.only))
    print(f"{report.passed} passed, {report.failed} failed, "
          f"{time.monotonic() - begun:.0f} s")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
