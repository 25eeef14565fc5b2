"""Writes golden files small and readable, and compares them with what is computed now."""

import json
import math
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "golden"
DIGITS = 6  # significant; float32 has 7
RELATIVE, ABSOLUTE = 1e-5, 1e-6  # another processor may round otherwise


def rounded(value):
    """Plain JSON data; floats to 6 digits, what is undefined (NaN, infinite) as null."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    if isinstance(value, (str, bool, int, type(None))):
        return value
    if np.ndim(value) > 0:
        return rounded(np.asarray(value).tolist())
    number = float(value)
    if not math.isfinite(number):
        return None
    short = float(f"{number:.{DIGITS}g}")
    return int(short) if short.is_integer() else short


def flat(array):
    """Row-major numbers of an array of any rank."""
    return np.asarray(array).ravel()


def text_of(value, indent=""):
    """JSON with one line for each list of numbers and each short object."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= 110 or not has_parts(value):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(key)}: {text_of(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    parts = [inner + text_of(item, inner) for item in value]
    return "[\n" + ",\n".join(parts) + f"\n{indent}]"


def has_parts(value):
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value)
    )


def write(name, value):
    path = FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text_of(rounded(value)) + "\n")
    return path.stat().st_size


def differences(name, value):
    """Where the file and the value differ, as `place: expected ..., received ...`."""
    path = FOLDER / name
    if not path.exists():
        return [f"{name}: no such file"]
    return list(compare(json.loads(path.read_text()), rounded(value), name))


def compare(stored, computed, place):
    if isinstance(stored, dict) and isinstance(computed, dict) and stored.keys() == computed.keys():
        for key in stored:
            yield from compare(stored[key], computed[key], f"{place}.{key}")
    elif isinstance(stored, list) and isinstance(computed, list) and len(stored) == len(computed):
        for index, pair in enumerate(zip(stored, computed)):
            yield from compare(*pair, f"{place}[{index}]")
    elif is_number(stored) and is_number(computed):
        if not math.isclose(stored, computed, rel_tol=RELATIVE, abs_tol=ABSOLUTE):
            yield f"{place}: expected {stored}, received {computed}"
    elif stored != computed:
        yield f"{place}: expected {stored}, received {computed}"


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
