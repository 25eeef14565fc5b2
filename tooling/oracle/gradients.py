"""Outputs and gradients of single layers from Keras on JAX."""

import jax
import keras
import numpy as np
from golden_file import flat

BN = {"axis": -1, "momentum": 0.9, "epsilon": 0.001}
LSTM = {"units": 3, "activation": "tanh", "recurrent_activation": "sigmoid"}
GRU = {**LSTM, "reset_after": False}  # TensorFlow.js has no other


def conv(size, **config):
    return {"kernel_size": [size, size], **config}


# Examples, then height, width, channels or steps, features. The big shapes are for what strides do at the border.
ODD, EVEN, SMALL, SEQUENCE = [2, 5, 5, 2], [2, 4, 4, 2], [2, 3, 3, 2], [2, 4, 3]

# name, class, configuration, input shape, training, and where it matters the range of the input
CASES = [
    ("conv", "Conv2D", conv(3, filters=2), ODD, False),
    ("conv same", "Conv2D", conv(3, filters=2, padding="same"), EVEN, False),
    ("conv same, stride 2, odd", "Conv2D", conv(3, filters=2, padding="same", strides=[2, 2]), ODD, False),
    ("conv same, stride 2, even", "Conv2D", conv(3, filters=2, padding="same", strides=[2, 2]), EVEN, False),
    ("conv valid, stride 2, a row left over", "Conv2D", conv(3, filters=2, strides=[2, 2]), EVEN, False),
    ("conv 1 x 1", "Conv2D", conv(1, filters=3), SMALL, False),
    ("conv dilated", "Conv2D", conv(3, filters=2, padding="same", dilation_rate=[2, 2]), ODD, False),
    ("conv transposed", "Conv2DTranspose", conv(3, filters=2, padding="same", strides=[2, 2]), [2, 2, 3, 2], False),
    ("conv 1D", "Conv1D", {"kernel_size": [3], "filters": 2, "padding": "same"}, SEQUENCE, False),
    ("depthwise", "DepthwiseConv2D", conv(3), ODD, False),
    ("depthwise same, 2 per channel", "DepthwiseConv2D", conv(3, padding="same", depth_multiplier=2), SMALL, False),
    ("depthwise same, stride 2, odd", "DepthwiseConv2D", conv(3, padding="same", strides=[2, 2]), ODD, False),
    ("depthwise same, stride 2, even", "DepthwiseConv2D", conv(3, padding="same", strides=[2, 2]), EVEN, False),
    ("separable", "SeparableConv2D", conv(3, filters=3, padding="same"), SMALL, False),
    ("separable, stride 2", "SeparableConv2D", conv(3, filters=2, padding="same", strides=[2, 2]), ODD, False),
    ("dense", "Dense", {"units": 3, "activation": "tanh"}, [4, 5], False),
    ("batch norm, frozen", "BatchNormalization", BN, SMALL, False),
    ("batch norm, training", "BatchNormalization", BN, SMALL, True),
    ("batch norm, training, flat input", "BatchNormalization", BN, [6, 3], True),
    ("batch norm, frozen, no scale", "BatchNormalization", {**BN, "scale": False}, SMALL, False),
    ("batch norm, training, no scale", "BatchNormalization", {**BN, "scale": False}, SMALL, True),
    ("batch norm, training, no center", "BatchNormalization", {**BN, "center": False}, SMALL, True),
    ("layer norm", "LayerNormalization", {"axis": -1, "epsilon": 0.001}, [3, 5], False),
    ("lstm", "LSTM", LSTM, SEQUENCE, False),
    ("lstm, sequences", "LSTM", {**LSTM, "return_sequences": True}, SEQUENCE, False),
    ("gru", "GRU", GRU, SEQUENCE, False),
    ("gru, sequences", "GRU", {**GRU, "return_sequences": True}, SEQUENCE, False),
    ("simple rnn", "SimpleRNN", {"units": 3, "activation": "tanh"}, SEQUENCE, False),
    ("embedding", "Embedding", {"input_dim": 5, "output_dim": 3}, [2, 4], False),
    ("average pool", "AveragePooling2D", {"pool_size": [2, 2], "strides": [2, 2]}, EVEN, False),
    ("average pool same", "AveragePooling2D", {"pool_size": [3, 3], "strides": [1, 1], "padding": "same"}, SMALL, False),
    ("average pool same, stride 2", "AveragePooling2D", {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}, ODD, False),
    ("max pool", "MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2]}, EVEN, False),
    ("max pool same, all negative", "MaxPooling2D", {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}, ODD, False, (-2, -0.5)),
    ("global average pool", "GlobalAveragePooling2D", {}, SMALL, False),
    ("global max pool, all negative", "GlobalMaxPooling2D", {}, SMALL, False, (-2, -0.5)),
    ("upsampling nearest", "UpSampling2D", {"size": [2, 2], "interpolation": "nearest"}, [2, 2, 3, 2], False),
    ("upsampling nearest, 3 x 2", "UpSampling2D", {"size": [3, 2], "interpolation": "nearest"}, [3, 2, 3, 1], False),
]  # fmt: skip

# TensorFlow.js's names for Keras's, where they differ.
WEIGHT_NAMES = {("DepthwiseConv2D", "kernel"): "depthwise_kernel"}


def make_input(rng, class_name, shape, span=(-1.5, 1.5)):
    if class_name == "Embedding":
        return rng.integers(0, 4, shape)  # of 5 rows: some repeat, one is never asked for
    # Different numbers throughout, so that no maximum is a tie and no derivative ambiguous.
    return np.round(rng.permutation(np.linspace(*span, np.prod(shape))), 3).reshape(shape)


def differentiate(rng, name, class_name, config, shape, training, *span):
    layer = getattr(keras.layers, class_name)(**config)
    layer.build([None, *shape[1:]])
    for weight in layer.weights:
        positive = weight.name in ("gamma", "moving_variance")
        values = rng.uniform(0.5, 1.5, weight.shape) if positive else rng.normal(0, 0.6, weight.shape)
        weight.assign(np.round(values, 3))
    start = [np.array(weight) for weight in layer.weights]
    x = make_input(rng, class_name, shape, *span).astype("int32" if class_name == "Embedding" else "float32")
    options = {"training": training} if class_name == "BatchNormalization" else {}

    def forward(trainable, x):
        fixed = [weight.value for weight in layer.non_trainable_variables]
        return layer.stateless_call(trainable, fixed, x, **options)

    @jax.jit
    def backward(trainable, x, upstream):
        output, pull_back, fixed = jax.vjp(forward, trainable, x, has_aux=True)
        return output, fixed, *pull_back(upstream)

    trainable = [weight.value for weight in layer.trainable_variables]
    shape_out = jax.eval_shape(forward, trainable, x)[0].shape
    upstream = np.round(rng.normal(0, 1, shape_out), 2).astype("float32")
    output, fixed, by_weight, by_input = backward(trainable, x, upstream)
    gradients = {weight.path: flat(g) for weight, g in zip(layer.trainable_variables, by_weight)}
    after = {weight.path: flat(value) for weight, value in zip(layer.non_trainable_variables, fixed)}
    weights = [
        {
            "name": WEIGHT_NAMES.get((class_name, weight.name), weight.name),
            "shape": list(weight.shape),
            "values": flat(values),
            "gradient": gradients.get(weight.path),
            "after": after.get(weight.path) if training else None,
        }
        for weight, values in zip(layer.weights, start)
    ]
    return {
        "name": name,
        "className": class_name,
        "config": config,
        "training": training,
        "inputShape": shape,
        "input": flat(x),
        "weights": weights,
        "outputShape": list(shape_out),
        "output": flat(output),
        "upstream": flat(upstream),
        "inputGradient": None if class_name == "Embedding" else flat(by_input),
    }


def gradients():
    rng = np.random.default_rng(5)
    return {"cases": [differentiate(rng, *case) for case in CASES]}
