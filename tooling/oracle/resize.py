"""Small images resized by the two rules, by brute force in float64 and held to a second way of computing each."""

import math

import jax
import numpy as np


def bilinear_weights(source, target):
    """[target, source]: half-pixel centres, the border repeated."""
    weights = np.zeros([target, source])
    for index in range(target):
        place = (index + 0.5) * source / target - 0.5
        low = math.floor(place)
        for neighbour, share in ((low, 1 - (place - low)), (low + 1, place - low)):
            weights[index, min(max(neighbour, 0), source - 1)] += share
    return weights


def area_weights(source, target):
    """[target, source]: the share of each source pixel that a target pixel covers."""
    weights = np.zeros([target, source])
    for index in range(target):
        start, end = index * source / target, (index + 1) * source / target
        for pixel in range(source):
            weights[index, pixel] = max(0, min(end, pixel + 1) - max(start, pixel)) / (end - start)
    return weights


def axis_weights(source, target):
    """Each axis by itself: area average where it shrinks, else bilinear (equal sizes stay as they are)."""
    return area_weights(source, target) if target < source else bilinear_weights(source, target)


def resize_image(image, height, width):
    rows = axis_weights(image.shape[0], height)
    columns = axis_weights(image.shape[1], width)
    return np.einsum("ys,xt,stc->yxc", rows, columns, image)


def second_opinion(image, height, width):
    """Bilinear by JAX; area by repeating every pixel until the target divides the source, then block means."""
    for axis, target in ((0, height), (1, width)):
        source = image.shape[axis]
        if target < source:
            fine = np.repeat(image, math.lcm(source, target) // source, axis)
            blocks = np.split(fine, target, axis)
            image = np.stack([block.mean(axis) for block in blocks], axis)
        else:
            shape = list(image.shape)
            shape[axis] = target
            image = np.array(jax.image.resize(image, shape, "linear", antialias=False))
    return image


def resize():
    rng = np.random.default_rng(7)
    cases = []
    for name, (h, w), (height, width) in (
        ("same size", (3, 4), (3, 4)),
        ("twice as large", (3, 4), (6, 8)),
        ("larger by a fraction", (4, 3), (7, 5)),
        ("one pixel", (1, 1), (3, 2)),
        ("half", (8, 6), (4, 3)),
        ("smaller by a fraction", (7, 9), (3, 4)),
        ("to one pixel", (5, 4), (1, 1)),
        ("just smaller", (10, 10), (9, 7)),
        ("wider and lower", (9, 4), (4, 7)),
        ("narrower and higher", (3, 11), (5, 4)),
    ):
        image = rng.integers(0, 256, [h, w, 3])
        resized = resize_image(image, height, width)
        assert np.abs(resized - second_opinion(image.astype("float32"), height, width)).max() < 1e-3, name
        size = {"width": w, "height": h, "targetWidth": width, "targetHeight": height}
        cases.append({"name": name, **size, "rgb": image.ravel(), "expected": resized.ravel()})
    return {"cases": cases}
