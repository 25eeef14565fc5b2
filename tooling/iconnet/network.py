"""The network: five small convolutions, cheap enough to train from scratch in seconds without a GPU."""
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras import Model, layers

# name, filters, kernel edge, stride; about 3.7 M multiply-adds for one 32 x 32 image
BLOCKS = [
    ("stem", 16, 3, 2),  # [n, 16, 16, 16]
    ("block1", 32, 3, 2),  # [n, 8, 8, 32]
    ("block2", 48, 3, 1),  # [n, 8, 8, 48]
    ("block3", 96, 3, 2),  # [n, 4, 4, 96]
    ("block4", 128, 3, 1),  # [n, 4, 4, 128]
]
BATCH_NORM_EPSILON = 1e-3
BATCH_NORM_MOMENTUM = 0.9


def build(classes: int, head: str = "concepts") -> Model:
    """Input [n, 32, 32, 1]: luminance in 0..1 minus 1, so paper is 0 and ink is -1. Output: probabilities."""
    image = layers.Input((32, 32, 1), name="image")
    x = image
    for name, filters, kernel, stride in BLOCKS:
        conv = name if name == "stem" else f"{name}_conv"
        x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=conv)(x)
        x = layers.BatchNormalization(
            momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, name=f"{name}_bn"
        )(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
    x = layers.GlobalAveragePooling2D(name="features")(x)
    x = layers.Dense(classes, name=head)(x)
    return Model(image, layers.Activation("softmax", name="probabilities")(x), name="iconnet")


def multiply_adds(classes: int) -> int:
    """Of one image."""
    edge, channels, total = 32, 1, 0
    for _, filters, kernel, stride in BLOCKS:
        edge //= stride
        total += edge * edge * kernel * kernel * channels * filters
        channels = filters
    return total + channels * classes
