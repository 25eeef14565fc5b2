"""Scores of random answers from scikit-learn."""

import warnings

import numpy as np
from sklearn import metrics as sk


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def classification(name, probabilities, truth):
    classes = range(probabilities.shape[1])
    answers = probabilities.argmax(axis=1)
    precision, recall, _, support = sk.precision_recall_fscore_support(
        truth, answers, labels=classes, zero_division=np.nan
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 'y_pred contains classes not in y_true': such a case is wanted
        balanced = sk.balanced_accuracy_score(truth, answers)
        loss = sk.log_loss(truth, probabilities, labels=list(classes))
    return {
        "name": name,
        "probabilities": probabilities,
        "truth": truth,
        "accuracy": sk.accuracy_score(truth, answers),
        "balancedAccuracy": balanced,
        "loss": loss,
        "perClass": [
            {"precision": p, "recall": r, "support": int(n)} for p, r, n in zip(precision, recall, support)
        ],
        "confusion": sk.confusion_matrix(truth, answers, labels=classes),
    }


def regression(name, answers, truth):
    with np.errstate(divide="ignore", invalid="ignore"):  # a constant truth has no r2
        r2 = sk.r2_score(truth, answers, force_finite=False)
    return {
        "name": name,
        "answers": answers,
        "truth": truth,
        "meanAbsoluteError": sk.mean_absolute_error(truth, answers),
        "rootMeanSquaredError": sk.root_mean_squared_error(truth, answers),
        "r2": r2,
    }


def multi_label(name, probabilities, truth):
    answers = probabilities >= 0.5
    return {
        "name": name,
        "probabilities": probabilities,
        "truth": truth,
        "exactMatch": sk.accuracy_score(truth, answers),
        "perLabelAccuracy": [sk.accuracy_score(t, a) for t, a in zip(truth.T, answers.T)],
        "loss": np.mean([sk.log_loss(t, p, labels=[0, 1]) for t, p in zip(truth.T, probabilities.T)]),
    }


def random_probabilities(rng, rows, classes, truth, skill):
    logits = rng.normal(0, 1, [rows, classes]) + skill * np.eye(classes)[truth]
    # Rounded so that the file holds exactly what was scored, then made to add up to 1 again.
    rows = np.round(softmax(logits), 4)
    rows[np.arange(len(rows)), rows.argmax(axis=1)] += 1 - rows.sum(axis=1)
    return np.round(rows, 4)


def metrics():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 4, 24)
    common = rng.choice(3, 30, p=[0.8, 0.15, 0.05])
    binary = rng.integers(0, 2, 16)
    no_two = rng.integers(0, 2, 12)
    never_answered = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.2, 0.3], [0.4, 0.5, 0.1]])
    sure = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.25, 0.75]])
    values = np.round(rng.normal(5, 2, 20), 3)
    labels = rng.integers(0, 2, [12, 3])
    return {
        "classification": [
            classification("four classes", random_probabilities(rng, 24, 4, truth, 2), truth),
            classification("imbalanced", random_probabilities(rng, 30, 3, common, 1), common),
            classification("two classes", random_probabilities(rng, 16, 2, binary, 1), binary),
            classification("a class without examples", random_probabilities(rng, 12, 3, no_two, 0.5), no_two),
            classification("a class that is never answered", never_answered, np.array([0, 1, 2, 2])),
            classification("all right", np.eye(3)[[0, 1, 2, 1]] * 0.7 + 0.1, np.array([0, 1, 2, 1])),
            classification("sure, once right and twice wrong", sure, np.array([0, 0, 1, 1])),
        ],
        "regression": [
            regression("noisy", np.round(values + rng.normal(0, 1, 20), 3), values),
            regression("worse than the mean", np.round(-values, 3), values),
            regression("exact", values[:5], values[:5]),
            regression("the same truth everywhere", np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])),
        ],
        "multiLabel": [
            multi_label("three labels", np.round(rng.uniform(0.02, 0.98, [12, 3]), 3), labels),
        ],
    }
