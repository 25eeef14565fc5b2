"""Icons as written by collect: icons.json (one record each) and icons.bin (32 x 32 bytes each)."""
import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / ".cache"


def load():
    """Records, and pictures [n, 32, 32, 1] with paper 0 and ink -1."""
    records = json.loads((FOLDER / "icons.json").read_text())
    pixels = np.fromfile(FOLDER / "icons.bin", np.uint8).reshape(-1, 32, 32, 1)
    return records, pixels.astype(np.float32) / 255 - 1
