"""Trains a base on the training families and writes .cache/OUT.weights.h5 and .cache/OUT.json.

    python train.py [--cars-only] [--epochs N] [--seed N] [--out iconnet]

--cars-only makes the counterexample: a base that knows kinds of car and nothing else."""
import argparse
import json
import time

import jax
import numpy as np

from augment import augment
from data import FOLDER, load
from network import build, keras, multiply_adds

SEED = 2024
BATCH = 128
PEAK_RATE = 3e-3
WEIGHT_DECAY = 0.02
CAR_KINDS = ["taxi", "police", "sport", "racing", "profile", "automobile", "car"]


class Batches(keras.utils.PyDataset):
    """Shuffled and augmented anew each epoch, from the seed alone."""

    def __init__(self, images, targets, seed):
        super().__init__()
        self.images, self.targets = images, targets
        self.random = np.random.default_rng(seed)
        self.key = jax.random.key(seed)
        self.on_epoch_end()

    def __len__(self):
        return len(self.images) // BATCH

    def __getitem__(self, index):
        rows = self.rows[index * BATCH : (index + 1) * BATCH]
        key = jax.random.fold_in(self.key, self.epoch * 100_000 + index)
        return augment(key, self.images[rows]), self.targets[rows]

    def on_epoch_end(self):
        self.epoch = getattr(self, "epoch", -1) + 1
        self.rows = self.random.permutation(len(self.images))


def schedule(steps):
    """Warm-up over the first twentieth, then a cosine down to zero."""
    warm = steps // 20
    return keras.optimizers.schedules.CosineDecay(
        PEAK_RATE / 20, steps - warm, warmup_target=PEAK_RATE, warmup_steps=warm
    )


def train(images, targets, classes, epochs, seed, verbose=2):
    keras.utils.set_random_seed(seed)
    model = build(classes)
    batches = Batches(images, targets, seed)
    model.compile(
        keras.optimizers.AdamW(schedule(epochs * len(batches)), weight_decay=WEIGHT_DECAY),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(batches, epochs=epochs, verbose=verbose, shuffle=False)
    return model


def rows_of(records, index, split, class_of=lambda record: record["concept"]):
    rows = [i for i, r in enumerate(records) if r["known"] and r["split"] == split and class_of(r) in index]
    return np.array(rows), np.array([index[class_of(records[i])] for i in rows])


def car_kind(record):
    """One of CAR_KINDS, or none for what is no car."""
    if record["label"] != "car":
        return None
    kinds = [kind for kind in CAR_KINDS[:-1] if kind in record["name"]]
    return kinds[0] if kinds else CAR_KINDS[-1]


def top1(model, images, targets):
    return float((model.predict(images, batch_size=512, verbose=0).argmax(1) == targets).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cars-only", action="store_true")
    parser.add_argument("--out", default="iconnet")
    options = parser.parse_args()

    classes = CAR_KINDS if options.cars_only else json.loads((FOLDER / "concepts.json").read_text())
    class_of = car_kind if options.cars_only else lambda record: record["concept"]
    index = {name: i for i, name in enumerate(classes)}
    records, images = load()
    start = time.time()
    rows, targets = rows_of(records, index, "train", class_of)
    model = train(images[rows], targets, len(classes), options.epochs, options.seed)
    result = {"classes": len(classes), "trainingIcons": len(rows), "epochs": options.epochs}
    result |= {"parameters": model.count_params(), "multiplyAdds": multiply_adds(len(classes))}
    for split in ("development", "test"):
        rows, targets = rows_of(records, index, split, class_of)
        result[split] = {"icons": len(rows), "top1": round(top1(model, images[rows], targets), 4)}
    result["seconds"] = round(time.time() - start)
    model.save_weights(FOLDER / f"{options.out}.weights.h5")
    (FOLDER / f"{options.out}.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))
