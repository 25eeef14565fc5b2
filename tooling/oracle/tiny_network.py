"""The tiny network of training_steps.py: its layers, its first weights and its data."""

import keras
import numpy as np

STEPS, BATCH, CLASSES = 10, 4, 3
INPUT_SHAPE = [6, 6, 2]

# Class name and configuration of each layer, as TensorFlow.js reads them too. No bias before BatchNormalization:
# its gradient is only noise, which Adam would blow up.
LAYERS = [
    ("Conv2D", {"name": "conv", "filters": 3, "kernel_size": [3, 3], "padding": "same", "use_bias": False}),
    ("BatchNormalization", {"name": "bn", "axis": -1, "momentum": 0.9, "epsilon": 0.001}),
    ("Activation", {"name": "relu", "activation": "relu"}),
    ("DepthwiseConv2D", {"name": "depthwise", "kernel_size": [3, 3], "padding": "same"}),
    ("GlobalAveragePooling2D", {"name": "pool"}),
    ("Dense", {"name": "hidden", "units": 4, "activation": "relu"}),
    ("Dense", {"name": "logits", "units": CLASSES}),
]
STATISTICS = ["bn/moving_mean", "bn/moving_variance"]


class Net(keras.Model):
    def __init__(self, frozen, batch_norm):
        super().__init__()
        self.parts = [getattr(keras.layers, name)(**config) for name, config in LAYERS]
        self.batch_norm = batch_norm
        self.build([None, *INPUT_SHAPE])
        for layer in self.parts:
            layer.trainable = layer.name not in frozen

    def build(self, shape):
        for layer in self.parts:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def call(self, x):
        for layer in self.parts:
            x = layer(x, training=self.batch_norm == "train") if layer.name == "bn" else layer(x)
        return x

    def named_weights(self):
        """`{ 'conv/kernel': variable }`, named as TensorFlow.js names them."""
        names = {"depthwise/kernel": "depthwise/depthwise_kernel"}
        pairs = [(f"{layer.name}/{w.name}", w) for layer in self.parts for w in layer.weights]
        return {names.get(name, name): weight for name, weight in pairs}


def initial_weights(rng):
    """Every weight away from its usual start: a bias of 0 or a variance of 1 would hide mistakes."""
    weights = {}
    for name, variable in Net([], "frozen").named_weights().items():
        if name.endswith(("gamma", "variance")):
            values = rng.uniform(0.5, 1.5, variable.shape)
        else:
            fan_in = max(1, np.prod(variable.shape[:-1]) if name.endswith("kernel") else 16)
            values = rng.normal(0, 1.5 / np.sqrt(fan_in), variable.shape)
        weights[name] = np.round(values, 3)
    return weights


def make_batches(rng):
    batches = []
    for _ in range(STEPS):
        labels = rng.integers(0, CLASSES, BATCH)
        inputs = rng.normal(0, 1, [BATCH, *INPUT_SHAPE]) + 0.3 * labels[:, None, None, None]
        batches.append(
            {
                "inputs": np.round(inputs, 2),
                "labels": labels,
                "multiLabel": rng.integers(0, 2, [BATCH, CLASSES]),
                "values": np.round(rng.normal(0, 1, [BATCH, CLASSES]), 2),
            }
        )
    return batches


def topology():
    layers = [{"class_name": name, "config": dict(config)} for name, config in LAYERS]
    layers[0]["config"]["batch_input_shape"] = [None, *INPUT_SHAPE]
    return {"class_name": "Sequential", "config": {"name": "oracle", "layers": layers}}
