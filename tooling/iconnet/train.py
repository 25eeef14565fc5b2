"""Trains the base on the training families and writes .cache/iconnet.weights.h5 and .cache/iconnet.json."""
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


class Batches(keras.utils.PyDataset):
    """Shuffled and augmented anew each epoch, from the seed alone."""

    def __init__(self, images, targets, seed, weights=None):
        super().__init__()
        self.images, self.targets, self.weights = images, targets, weights
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


def rows_of(records, index, split):
    rows = [i for i, r in enumerate(records) if r["known"] and r["split"] == split]
    return np.array(rows), np.array([index[records[i]["concept"]] for i in rows])


def top1(model, images, targets):
    return float((model.predict(images, batch_size=512, verbose=0).argmax(1) == targets).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=45)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", default="iconnet")
    options = parser.parse_args()

    concepts = json.loads((FOLDER / "concepts.json").read_text())
    index = {concept: i for i, concept in enumerate(concepts)}
    records, images = load()
    start = time.time()
    rows, targets = rows_of(records, index, "train")
    model = train(images[rows], targets, len(concepts), options.epochs, options.seed)
    result = {"concepts": len(concepts), "trainingIcons": len(rows), "epochs": options.epochs}
    result |= {"parameters": model.count_params(), "multiplyAdds": multiply_adds(len(concepts))}
    for split in ("development", "test"):
        rows, targets = rows_of(records, index, split)
        result[split] = {"icons": len(rows), "top1": round(top1(model, images[rows], targets), 4)}
    result["seconds"] = round(time.time() - start)
    model.save_weights(FOLDER / f"{options.out}.weights.h5")
    (FOLDER / f"{options.out}.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))
