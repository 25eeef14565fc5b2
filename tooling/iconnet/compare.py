"""Car, truck or other, from a few truck examples: a linear head on the base's features against the same network
trained from scratch on the same examples.

    python compare.py --split development|test [--seeds 10] [--base iconnet]

Splits and seeds are fixed here, and choices are made on the development families only."""
import argparse
import json

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from data import FOLDER, load
from network import build, keras

LABELS = ["car", "truck", "other"]
TRUCKS = [5, 10, 20, 40]
OTHERS = 50  # car examples, and as many of other
EPOCHS, BATCH, RATE = 30, 16, 3e-3  # from scratch


def family_of(record):
    return f"{record['concept']} {record['family']}"


def split_rows(records, split, seed):
    """Rows that examples may be drawn from, and rows that are asked.

    test: the sprite's pool, and its test families. development: no test family at all; asked are the development
    families of car and other, which the base has not seen, and a third of the pool's truck families."""
    tiles = [i for i, r in enumerate(records) if r["tile"]]
    if split == "test":
        asked = {i for i in tiles if records[i]["split"] == "test"}
        return [i for i in tiles if i not in asked], sorted(asked)
    pool = [i for i in tiles if records[i]["split"] != "test"]
    families = sorted({family_of(records[i]) for i in pool if records[i]["label"] == "truck"})
    random = np.random.default_rng([seed, 1])
    held = set(random.permutation(families)[: len(families) // 3])
    asked = {i for i in pool if family_of(records[i]) in held}
    asked |= {i for i, r in enumerate(records) if r["split"] == "development" and r["label"] != "truck"}
    return [i for i in pool if i not in asked], sorted(asked)


def draw(records, pool, trucks, seed):
    """Example rows of each label in random order, a second picture of a family only when all families had a first."""
    random = np.random.default_rng([seed, 2])
    rows = []
    for label in LABELS:
        mine = [i for i in pool if records[i]["label"] == label]
        turn, ranked = {}, []
        for i in random.permutation(mine):
            family = family_of(records[i])
            turn[family] = turn.get(family, -1) + 1
            ranked.append((turn[family], len(ranked), i))
        rows += [i for _, _, i in sorted(ranked)[: trucks if label == "truck" else OTHERS]]
    return np.array(rows)


def balanced_accuracy(answers, targets):
    return float(np.mean([(answers[targets == c] == c).mean() for c in range(len(LABELS))]))


def head(features, targets, rows):
    scaler = StandardScaler().fit(features[rows])
    model = LogisticRegression(C=0.05, class_weight="balanced", max_iter=2000)
    model.fit(scaler.transform(features[rows]), targets[rows])
    return lambda some: model.predict(scaler.transform(features[some]))


class Scratch:
    """The network with its first random weights, trained on the examples alone."""

    def __init__(self):
        self.model = build(len(LABELS), head="labels")
        self.optimizer = keras.optimizers.Adam(RATE)
        self.optimizer.build(self.model.trainable_variables)
        self.step = jax.jit(self._step)

    def _step(self, state, images, targets, weights, rate):
        trainable, fixed, (iteration, _, *moments) = state

        def loss_of(trainable):
            answers, new = self.model.stateless_call(trainable, fixed, images, training=True)
            right = jnp.take_along_axis(answers, targets[:, None], 1)[:, 0]
            return -(jnp.log(right + 1e-7) * weights).mean(), new

        gradients, fixed = jax.grad(loss_of, has_aux=True)(trainable)
        trainable, slots = self.optimizer.stateless_apply([iteration, rate, *moments], gradients, trainable)
        return trainable, fixed, slots

    def fit(self, images, targets, rows, seed):
        keras.utils.set_random_seed(seed)
        fresh = build(len(LABELS), head="labels")
        state = (
            [v.value for v in fresh.trainable_variables],
            [v.value for v in fresh.non_trainable_variables],
            [jnp.zeros_like(v.value) for v in self.optimizer.variables],
        )
        random = np.random.default_rng([seed, 3])
        batches = len(rows) // BATCH
        order = [random.permutation(len(rows))[: batches * BATCH].reshape(batches, BATCH) for _ in range(EPOCHS)]
        order = rows[np.concatenate(order)]
        rates = RATE * (1 + np.cos(np.pi * np.arange(len(order)) / len(order))) / 2
        counts = np.bincount(targets[rows], minlength=len(LABELS))
        weights = (len(rows) / (len(LABELS) * counts))[targets].astype(np.float32)
        for batch, rate in zip(order, rates.astype(np.float32)):
            state = self.step(state, images[batch], targets[batch], weights[batch], rate)
        return lambda some: np.asarray(
            self.model.stateless_call(state[0], state[1], images[some], training=False)[0]
        ).argmax(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", choices=["development", "test"], required=True)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--base", default="iconnet")
    parser.add_argument("--no-scratch", action="store_true")
    options = parser.parse_args()

    records, images = load()
    targets = np.array([LABELS.index(r["label"]) for r in records])
    base = build(json.loads((FOLDER / f"{options.base}.json").read_text())["classes"])
    base.load_weights(FOLDER / f"{options.base}.weights.h5")
    features = keras.Model(base.input, base.get_layer("features").output).predict(images, batch_size=512, verbose=0)

    scratch = Scratch()
    table = []
    for trucks in TRUCKS:
        result = {"trucks": trucks, "head": [], "scratch": []}
        for seed in range(options.seeds):
            pool, asked = split_rows(records, options.split, seed)
            rows = draw(records, pool, trucks, seed)
            result["head"].append(balanced_accuracy(head(features, targets, rows)(asked), targets[asked]))
            if not options.no_scratch:
                answers = scratch.fit(images, targets, rows, seed)(asked)
                result["scratch"].append(balanced_accuracy(answers, targets[asked]))
        table.append(result)
        text = "  ".join(f"{k} {np.mean(result[k]):.3f} +- {np.std(result[k]):.3f}" for k in ("head", "scratch") if result[k])
        print(f"{trucks:3d} trucks  {text}", flush=True)
    rounded = [{k: np.round(v, 4).tolist() for k, v in row.items()} for row in table]
    (FOLDER / f"compare-{options.base}-{options.split}.json").write_text(json.dumps(rounded, indent=2) + "\n")
