"""Computes the golden files; see README.md.

    make_golden.py            write golden/*.json
    make_golden.py --check    compare with the files in the repository
    make_golden.py --base     train the base of digits.json again
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"  # read when keras is imported, so before the modules below

from digits import digits_golden, make_base  # noqa: E402
from golden_file import differences, write  # noqa: E402
from gradients import gradients  # noqa: E402
from metrics import metrics  # noqa: E402
from resize import resize  # noqa: E402
from schedules import schedules  # noqa: E402
from training_steps import training_steps  # noqa: E402

GOLDEN = {
    "training-steps.json": training_steps,
    "metrics.json": metrics,
    "schedules.json": schedules,
    "gradients.json": gradients,
    "resize.json": resize,
    "digits.json": digits_golden,
}


def main():
    if sys.argv[1:] not in ([], ["--check"], ["--base"]):
        sys.exit(f"Expected no argument, --check or --base. Received {' '.join(sys.argv[1:])}.")
    if sys.argv[1:] == ["--base"]:
        return make_base()
    failed = 0
    for name, compute in GOLDEN.items():
        if not sys.argv[1:]:
            print(f"{write(name, compute()):>7} bytes  {name}")
            continue
        found = differences(name, compute())
        failed += bool(found)
        print(f"{'differs' if found else 'same':>7}  {name}")
        print("\n".join(f"         {line}" for line in found[:10]), end="\n" if found else "")
    if sys.argv[1:]:
        print(f"golden files: {len(GOLDEN) - failed} as computed, {failed} different")
    sys.exit(1 if failed else 0)


main()
