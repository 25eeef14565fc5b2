"""Ten steps of a tiny network with Keras: what our loop has to reproduce, weight for weight."""

import functools

import jax
import keras
import numpy as np
from golden_file import flat
from tiny_network import (
    BATCH,
    CLASSES,
    INPUT_SHAPE,
    STATISTICS,
    Net,
    initial_weights,
    make_batches,
    topology,
)

# What stays fixed, and whether BatchNormalization normalises with the batch ('train') or its statistics ('frozen').
FREEZES = {
    "nothing frozen": ([], "frozen"),
    "nothing frozen, BatchNorm trains": ([], "train"),
    "conv and bn frozen": (["conv", "bn"], "frozen"),
    "head only": (["conv", "bn", "depthwise"], "frozen"),
}

SGD = {"name": "sgd", "momentum": 0.0, "nesterov": False, "weightDecay": 0}
ADAM = {"name": "adam", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
# Ten times the usual decay, so that leaving it out can't hide within the tolerance; vectors don't decay.
DECAY, VECTORS = 0.1, ["bias", "gamma", "beta"]

# Vectors (biases, scales and offsets of norms) do not decay, only kernels.
UNDECAYED = ["bias", "gamma", "beta"]
# name: optimizer, learning rate, norm to clip to, names of weights without decay
OPTIMIZERS = {
    "sgd": (SGD, 0.1, None, []),
    "sgd clipped": (SGD, 0.1, 0.2, []),
    "momentum": ({**SGD, "momentum": 0.9}, 0.05, None, []),
    "momentum with decay": ({**SGD, "momentum": 0.9, "weightDecay": DECAY}, 0.05, None, VECTORS),
    "nesterov": ({**SGD, "momentum": 0.9, "nesterov": True}, 0.05, None, []),
    "adam": (ADAM, 0.02, None, []),
    "adam clipped": (ADAM, 0.02, 0.2, []),
    "adamw": ({**ADAM, "name": "adamw", "weightDecay": DECAY}, 0.02, None, VECTORS),
}

LOSSES = {
    "cross-entropy": {"name": "cross-entropy"},
    "label smoothing": {"name": "cross-entropy", "labelSmoothing": 0.1},
    "class weights": {"name": "cross-entropy", "classWeights": [0.5, 1, 3]},
    "multi-label": {"name": "binary-cross-entropy"},
    "regression": {"name": "mean-squared-error"},
}


def make_optimizer(spec, learning_rate, clip_norm, undecayed):
    shared = {"learning_rate": learning_rate, "global_clipnorm": clip_norm}
    if spec["name"] == "sgd":
        optimizer = keras.optimizers.SGD(
            momentum=spec["momentum"],
            nesterov=spec["nesterov"],
            weight_decay=spec["weightDecay"] or None,
            **shared,
        )
    else:
        moments = {"beta_1": spec["beta1"], "beta_2": spec["beta2"], "epsilon": spec["epsilon"]}
        if spec["name"] == "adam":
            optimizer = keras.optimizers.Adam(**moments, **shared)
        else:
            optimizer = keras.optimizers.AdamW(weight_decay=spec["weightDecay"], **moments, **shared)
    if undecayed:
        optimizer.exclude_from_weight_decay(var_names=undecayed)
    return optimizer


def make_loss(spec):
    """A function of (logits, batch). Each is a mean over the batch and, where there are several, the outputs."""
    if spec["name"] == "binary-cross-entropy":
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        return lambda logits, batch: loss(batch["multiLabel"], logits)
    if spec["name"] == "mean-squared-error":
        loss = keras.losses.MeanSquaredError()
        return lambda logits, batch: loss(batch["values"], logits)
    smoothing = spec.get("labelSmoothing", 0)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    weights = jax.numpy.array(spec.get("classWeights", [1] * CLASSES), "float32")

    def cross_entropy(logits, batch):
        labels = batch["labels"]
        return loss(jax.nn.one_hot(labels, CLASSES), logits, sample_weight=weights[labels])

    return cross_entropy


@functools.cache
def gradient_function(freeze, loss):
    """The model, and its jitted loss and gradients, shared by all cases that differ in the optimizer only."""
    model, loss_of = Net(*FREEZES[freeze]), make_loss(LOSSES[loss])

    def objective(trainable, fixed, batch):
        logits, fixed = model.stateless_call(trainable, fixed, batch["inputs"].astype("float32"))
        return loss_of(logits, batch), fixed

    return model, jax.jit(jax.value_and_grad(objective, has_aux=True))


def run(start, batches, freeze, optimizer, loss):
    """Losses before each step, and all weights after the last."""
    model, gradients_of = gradient_function(freeze, loss)
    named = model.named_weights()
    for name, variable in named.items():
        variable.assign(start[name])
    optimizer = make_optimizer(*OPTIMIZERS[optimizer])
    optimizer.build(model.trainable_variables)
    trainable = [v.value for v in model.trainable_variables]
    fixed = [v.value for v in model.non_trainable_variables]
    state = [v.value for v in optimizer.variables]
    losses = []
    for batch in batches:
        (value, fixed), gradients = gradients_of(trainable, fixed, batch)
        trainable, state = optimizer.stateless_apply(state, gradients, trainable)
        losses.append(value)
    for variable, value in zip(model.trainable_variables, trainable):
        variable.assign(value)
    for variable, value in zip(model.non_trainable_variables, fixed):
        variable.assign(value)
    return losses, {name: np.array(variable) for name, variable in named.items()}


def describe(start, batches, freeze, optimizer, loss):
    name = "; ".join([optimizer, freeze, loss])
    losses, after = run(start, batches, freeze, optimizer, loss)
    frozen_layers, batch_norm = FREEZES[freeze]
    frozen = [
        weight
        for weight in start
        if weight.split("/")[0] in frozen_layers or (weight in STATISTICS and batch_norm == "frozen")
    ]
    for weight, values in after.items():
        moved = np.abs(values - start[weight])
        assert moved.max() < 1e-7 if weight in frozen else moved.min() > 1e-7, (name, weight, moved)
    spec, learning_rate, clip_norm, undecayed = OPTIMIZERS[optimizer]
    return {
        "name": name,
        "optimizer": spec,
        "learningRate": learning_rate,
        "clipNorm": clip_norm,
        "withoutDecay": undecayed,
        "loss": LOSSES[loss],
        "frozenLayers": frozen_layers,
        "batchNorm": batch_norm,
        "frozen": frozen,
        "losses": losses,
        "weights": {weight: flat(values) for weight, values in after.items() if weight not in frozen},
    }


def training_steps():
    rng = np.random.default_rng(2)  # a seed with which no hidden unit stays dead
    start, batches = initial_weights(rng), make_batches(rng)
    cases = [
        describe(start, batches, freeze, optimizer, "cross-entropy")
        for optimizer in OPTIMIZERS
        for freeze in FREEZES
    ]
    cases += [
        describe(start, batches, "head only", "momentum", loss) for loss in LOSSES if loss != "cross-entropy"
    ]
    return {
        "batchSize": BATCH,
        "inputShape": INPUT_SHAPE,
        "topology": topology(),
        "start": [
            {"name": name, "shape": list(values.shape), "values": flat(values)}
            for name, values in start.items()
        ],
        "batches": [{key: flat(values) for key, values in batch.items()} for batch in batches],
        "cases": cases,
    }
