#!/usr/bin/env python3
"""Train a text classifier with scikit-learn and write it as a candor classifier file.

    candor features LABELLED -o X.npy            # LABELLED/<label>/... holds the documents
    python3 train_sklearn.py X.npy --match spam -o spam.clf
    candor classifier inspect spam.clf

Needs numpy and scikit-learn. The features are the canonical vectors, exactly as they are committed, so
the classifier sees in court what it saw in training. `write_classifier` shows the whole file format.
"""

import argparse
import csv
import json
import struct

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import GroupShuffleSplit, GroupKFold, cross_val_predict
from sklearn.svm import LinearSVC

FORM = "text/words16376-v3"
SCALE = 1020  # Euclidean norm of a canonical vector before rounding
MAX_NORM = SCALE + 64  # and after
SHIFT = 13  # Z = 2^13 Q + R
LARGEST_Z = 16376 << SHIFT  # what the circuit of the text form holds


def quantise(weights, bias, threshold):
    """Integers w, b with `w x + b` close to `unit (logit - threshold)`, as large as the circuit allows."""
    reach = MAX_NORM * max(
        np.linalg.norm(weights[weights > 0]), np.linalg.norm(weights[weights < 0])
    ) / SCALE + abs(bias - threshold)
    # 1 % for rounding the weights, 2^SHIFT for the offset of the match neuron.
    unit = int(0.99 * (LARGEST_Z - (1 << SHIFT)) / reach)
    unit = min(unit, int(32767 * SCALE / np.abs(weights).max()))
    integers = np.rint(weights / SCALE * unit).astype(np.int64)
    return integers, round((bias - threshold) * unit), unit


def write_classifier(path, weights, offset, header):
    """The classifier file: magic, length, canonical JSON header, then per layer weights and biases."""
    one = 1 << SHIFT
    header = dict(
        header,
        form=FORM,
        shift=SHIFT,
        layers=[
            # The item matches when the activation of this neuron is at least 1, that is when Z >= 2^SHIFT.
            layer("match", "input"),
            # Always the last layer: 1 - match.
            layer("miss", {"layer": 0}),
        ],
    )
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    text = text.encode("utf-8")
    with open(path, "wb") as file:
        file.write(b"candor-clf-1\n" + struct.pack("<I", len(text)) + text)
        file.write(weights.astype("<i2").tobytes() + struct.pack("<q", offset + one))
        file.write(struct.pack("<hq", -one, one))


def layer(name, source):
    term = {"input": source, "op": "dense", "weights": "i16", "zero_point": 0}
    return {"name": name, "out": [1, 1, 1], "terms": [term]}


def rarity(x):
    """1 + ln((1 + n) / (1 + df)) of each bucket: what the vectors leave to the weights."""
    return np.log((1 + len(x)) / (1 + np.count_nonzero(x, axis=0))) + 1


def best_f1(logits, labels):
    """The threshold with the best F1."""
    order = np.argsort(-logits)
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + labels.sum())
    best = int(np.argmax(f1))
    below = logits[order[best + 1]] if best + 1 < len(order) else logits[order[best]] - 1
    return float((logits[order[best]] + below) / 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("features", help="X.npy, as 'candor features' writes it")
    parser.add_argument("--match", required=True, help="the label that is to match")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--name", help="name of the classifier")
    parser.add_argument("--svm", action="store_true", help="a linear support vector machine")
    parser.add_argument("-C", type=float, help="inverse strength of the penalty [default: 20, with --svm 0.1]")
    args = parser.parse_args()

    x = np.load(args.features)
    with open(args.features.removesuffix(".npy") + ".index.csv", newline="", encoding="utf-8") as file:
        labels = np.array([row["label"] == args.match for row in csv.DictReader(file)])
    if not 0 < labels.sum() < len(labels):
        raise SystemExit(f"no two classes: {labels.sum()} of {len(labels)} rows are labelled {args.match!r}")
    groups = [row.tobytes() for row in x]  # equal documents stay together
    groups = np.unique(groups, return_inverse=True)[1]
    split = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=1)
    train, test = next(split.split(x, labels, groups))

    # Rare words weigh more: folded into the weights, so that a vector depends on nothing but its own text.
    idf = rarity(x[train])
    values = x.astype(np.float32) / SCALE * idf.astype(np.float32)
    strength = args.C or (0.1 if args.svm else 20.0)
    model = LinearSVC(C=strength) if args.svm else LogisticRegression(C=strength, max_iter=2000)
    unseen = cross_val_predict(
        model, values[train], labels[train], groups=groups[train], cv=GroupKFold(5), method="decision_function"
    )
    threshold = best_f1(unseen, labels[train])
    model.fit(values[train], labels[train])
    weights, offset, unit = quantise(model.coef_[0] * idf, float(model.intercept_[0]), threshold)

    matches = x[test].astype(np.int64) @ weights + offset >= 0
    alike = np.mean(matches == (model.decision_function(values[test]) >= threshold))
    precision, recall, f1, _ = precision_recall_fscore_support(labels[test], matches, average="binary")
    print(f"held out: precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}")
    print(f"integer and float decide alike on {100 * alike:.2f} % of the held-out items")

    truth = labels[test]
    evaluation = {
        "set": f"held-out split: {len(test)} items, share 0.2, seed 1",
        "true_positives": int(np.sum(matches & truth)),
        "false_positives": int(np.sum(matches & ~truth)),
        "false_negatives": int(np.sum(~matches & truth)),
        "true_negatives": int(np.sum(~matches & ~truth)),
    }
    write_classifier(
        args.output,
        weights,
        offset,
        {
            "name": args.name or args.match,
            "description": "",
            "author": "",
            "labels": {"match": args.match, "other": "other"},
            "decision": {"rule": f"logit >= {threshold:.4f}", "score_unit": unit},
            "evaluations": [evaluation],
            "facts": {
                "model": "linear support vector machine" if args.svm else "logistic regression",
                "trainer": "scikit-learn",
                "penalty": f"C = {strength}",
            },
        },
    )
    print(f"wrote {args.output}")


if __name__ == "__main__":
    main()
