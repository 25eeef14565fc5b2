"""Learning rates per step, from the formulas in README.md. Step numbers start at 0."""

import numpy as np


def constant(rate, steps):
    return np.full(steps, rate)


def cosine(rate, steps, warm_up):
    """`warm_up` steps up to the rate in a straight line, then half a cosine down towards 0."""
    step = np.arange(steps)
    fall = (1 + np.cos(np.pi * (step - warm_up) / (steps - warm_up))) / 2
    return rate * np.where(step < warm_up, (step + 1) / max(warm_up, 1), fall)


def half_cosine(start, end, share):
    return start + (end - start) * (1 - np.cos(np.pi * share)) / 2


def one_cycle(rate, steps, peak, div, final_div):
    """fastai's fit_one_cycle, stretched so that the last step, not the one after it, has the final rate."""
    position = np.arange(steps) / max(1, steps - 1)
    rise = half_cosine(rate / div, rate, position / peak)
    fall = half_cosine(rate, rate / final_div, (position - peak) / (1 - peak))
    return np.where(position < peak, rise, fall)


def schedules():
    cases = []
    for steps in (1, 2, 7, 20):
        cases.append({"name": "constant", "rate": 0.01, "steps": steps, "rates": constant(0.01, steps)})
    for steps, share in ((1, 0), (10, 0), (10, 0.1), (20, 0.1), (20, 0.25), (3, 0.7), (7, 0.1)):
        warm_up = int(share * steps)
        case = {"name": "cosine", "rate": 0.01, "steps": steps, "warmUp": share, "warmUpSteps": warm_up}
        cases.append({**case, "rates": cosine(0.01, steps, warm_up)})
    for steps, peak, div in ((1, 0.25, 25), (4, 0.25, 25), (20, 0.25, 25), (20, 0.3, 10), (7, 0.5, 25)):
        case = {"name": "one-cycle", "rate": 0.01, "steps": steps, "peak": peak, "div": div, "finalDiv": 1e5}
        cases.append({**case, "rates": one_cycle(0.01, steps, peak, div, 1e5)})
    return {"cases": cases}
