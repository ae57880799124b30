"""`make bench`: every benchmark on every database, one after the other; the exit code says whether a promise broke."""

import argparse
import subprocess
import sys
import time

from tests.benchmarks import workbench

BENCHMARKS = {
    "b1_governor": "the governor alone, on the virtual clock",
    "b1_catalogue": "a catalogue read, screened and swept on the virtual clock",
    "b2_intake": "orders told twice and in any order, to their plans",
    "b5_jobs": "jobs under kill -9",
    "b6_crashes": "orders bought and paid while workers die and answers are lost",
    "b9_publishing": "products published to eight shops, with faults and lost answers, on the virtual clock",
    "b11_tokens": "fifty processes and one dead token",
    "b12_labels": "a thousand labels in one file, and the memory that takes",
    "b13_upserts": "bulk writes against raw SQL",
    "kill_sync": "a sync killed twenty times",
    "memory_pass": "the memory of a whole pass",
}


def main() -> int:
    """Run what was asked for and return how many broke a promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="default: all")
    parser.add_argument("--db", choices=["sqlite", "postgres"], help="default: both")
    asked = parser.parse_args()
    broken = []
    for name in asked.names or BENCHMARKS:
        for database in [asked.db] if asked.db else ["sqlite", "postgres"]:
            print(f"\n=== {name} on {database}: {BENCHMARKS[name]}", flush=True)
            began = time.monotonic()
            command = [sys.executable, "-m", f"tests.benchmarks.{name}", "--db", database]
            code = subprocess.run(command, cwd=workbench.ROOT, check=False).returncode
            print(f"--- {time.monotonic() - began:.0f} s, {'kept' if code == 0 else 'BROKEN'}", flush=True)
            if code:
                broken.append(f"{name} on {database}")
    print(f"\n{'All promises kept.' if not broken else 'Broken: ' + ', '.join(broken)}")
    return len(broken)


if __name__ == "__main__":
    sys.exit(main())
