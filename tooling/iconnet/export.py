"""Writes the trained base as a TensorFlow.js LayersModel: kernels as uint8, all else as float32.

    python export.py OUT_FOLDER"""
import json
import sys
from pathlib import Path

import numpy as np

from data import FOLDER, load
from network import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, BLOCKS, build
from train import rows_of, top1

# Paper (1) becomes 0 and ink (0) becomes -1, so that the padding of the convolutions is paper too.
INPUT_SPEC = {
    "width": 32, "height": 32, "channels": 1, "range": [0, 1],
    "colorOrder": "rgb", "resize": "stretch", "mean": [1], "std": [1],
}  # fmt: skip


def quantise(values):
    """uint8 codes with value = code * scale + min, where some code means exactly 0."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    scale = (high - low) / 255
    zero = round(-low / scale)
    codes = np.clip(np.round(values / scale) + zero, 0, 255).astype(np.uint8)
    return codes, scale, -zero * scale


def topology(classes):
    """The Keras 2 form that tfjs-layers reads."""
    layers = []

    def add(class_name, name, **config):
        inbound = [[[layers[-1]["name"], 0, 0, {}]]] if layers else []
        config = {"name": name, "trainable": True, **config} if layers else {"name": name, **config}
        layers.append({"class_name": class_name, "name": name, "config": config, "inbound_nodes": inbound})

    add("InputLayer", "image", batch_input_shape=[None, 32, 32, 1], dtype="float32", sparse=False)
    for name, filters, kernel, stride in BLOCKS:
        add(
            "Conv2D", name if name == "stem" else f"{name}_conv", filters=filters, kernel_size=[kernel, kernel],
            strides=[stride, stride], padding="same", data_format="channels_last", dilation_rate=[1, 1],
            activation="linear", use_bias=False, kernel_initializer={"class_name": "GlorotUniform", "config": {}},
        )  # fmt: skip
        add(
            "BatchNormalization", f"{name}_bn", axis=-1, momentum=BATCH_NORM_MOMENTUM,
            epsilon=BATCH_NORM_EPSILON, center=True, scale=True,
        )  # fmt: skip
        add("ReLU", f"{name}_relu")
    add("GlobalAveragePooling2D", "features", data_format="channels_last")
    add(
        "Dense", "concepts", units=classes, activation="linear", use_bias=True,
        kernel_initializer={"class_name": "GlorotUniform", "config": {}},
    )  # fmt: skip
    add("Activation", "probabilities", activation="softmax")
    config = {"name": "iconnet", "layers": layers}
    config |= {"input_layers": [["image", 0, 0]], "output_layers": [["probabilities", 0, 0]]}
    return {
        "keras_version": "2.15.0",
        "backend": "tensorflow",
        "model_config": {"class_name": "Functional", "config": config},
    }


def main(out):
    labels = json.loads((FOLDER / "concepts.json").read_text())
    model = build(len(labels))
    model.load_weights(FOLDER / "iconnet.weights.h5")
    entries, data = [], []
    for layer in model.layers:
        for weight in layer.weights:
            entry = {"name": f"{layer.name}/{weight.name}", "shape": list(weight.shape), "dtype": "float32"}
            values = np.asarray(weight.value)
            if weight.name == "kernel":
                codes, scale, low = quantise(values)
                entry["quantization"] = {"dtype": "uint8", "min": low, "scale": scale, "original_dtype": "float32"}
                data.append(codes.tobytes())
                weight.assign((codes * scale + low).astype(np.float32))
            else:
                data.append(values.astype("<f4").tobytes())
            entries.append(entry)

    records, images = load()
    rows, targets = rows_of(records, {label: i for i, label in enumerate(labels)}, "test")
    report = json.loads((FOLDER / "iconnet.json").read_text())
    report["test"]["top1Uint8"] = round(top1(model, images[rows], targets), 4)
    (FOLDER / "iconnet.json").write_text(json.dumps(report, indent=2) + "\n")

    graft = {"name": "iconnet", "task": "classify", "inputSpec": INPUT_SPEC, "labels": labels, "featureLayer": "features"}
    manifest = {
        "format": "layers-model",
        "generatedBy": "Graft tooling/iconnet",
        "convertedBy": None,
        "modelTopology": topology(len(labels)),
        "weightsManifest": [{"paths": ["weights.bin"], "weights": entries}],
        "userDefinedMetadata": {"graft": graft},
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "weights.bin").write_bytes(b"".join(data))
    (out / "model.json").write_text(json.dumps(manifest) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
