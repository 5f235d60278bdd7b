#!/usr/bin/env python3
"""Train the footwear classifier's float network on Fashion-MNIST and write it as ONNX.

Needs numpy, onnx and Pillow, and the data of the Debian package dataset-fashion-mnist:

    apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb fashion
    classifiers/train-footwear.py --data fashion/usr/share/datasets/fashion-mnist --out build

writes build/footwear.onnx, build/labels.txt, build/calibrate (200 training pictures) and build/test
(all 10,000 test pictures, in folders named by label), and prints the float accuracy. With
--corpus DIR it also writes the 40 pictures of corpus-examples/images.

The network sees exactly what candor commits: pictures scaled to 32 x 32 by the integer area average of
the form image/rgb32-v1. Half of the training pictures are shown inverted, as photographs of goods are
dark on white; the test folder holds the data set's own polarity and its inverse in turn.
"""

import argparse
import csv
import gzip
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

LABELS = ["t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
FOOTWEAR = {5, 7, 9}
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# Input channels, output channels and stride of the 3 x 3 convolutions; --width and --average change them.
WIDTHS = [(1, 8, 2), (8, 16, 2), (16, 32, 2)]
AVERAGE = False


def read(folder, part):
    with gzip.open(folder / f"{part}-images-idx3-ubyte.gz") as f:
        images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(folder / f"{part}-labels-idx1-ubyte.gz") as f:
        labels = np.frombuffer(f.read(), np.uint8, offset=8)
    return images, labels


def overlaps(source, target):
    """Weights of the exact area average, times `source`."""
    w = np.zeros((target, source), np.int64)
    for t in range(target):
        for s in range(source):
            w[t, s] = max(0, min((s + 1) * target, (t + 1) * source) - max(s * target, t * source))
    return w


def form32(images):
    """What image/rgb32-v1 makes of grey pictures (one of three equal channels)."""
    w = overlaps(28, 32)
    sums = np.einsum("ts,nsu,vu->ntv", w, images.astype(np.int64), w, optimize=True)
    return ((sums + 392) // 784).astype(np.uint8)


def columns(x, stride):
    """3 x 3 patches, with one zero before each axis (and after, for stride 1): (n, h, w, c * 9)."""
    n, c, h, w = x.shape
    after = 1 if stride == 1 else 0
    x = np.pad(x, ((0, 0), (0, 0), (1, after), (1, after)))
    view = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.ascontiguousarray(view.transpose(0, 2, 3, 1, 4, 5)).reshape(n, h // stride, w // stride, c * 9)


def scatter(g, c, stride):
    """The transpose of `columns`."""
    n, h, w, _ = g.shape
    g = g.reshape(n, h, w, c, 3, 3)
    x = np.zeros((n, c, stride * h + 2, stride * w + 2), np.float32)
    for dy in range(3):
        for dx in range(3):
            x[:, :, dy : dy + stride * h : stride, dx : dx + stride * w : stride] += g[..., dy, dx].transpose(0, 3, 1, 2)
    return x[:, :, 1 : 1 + stride * h, 1 : 1 + stride * w]


def forward(p, x, keep=None):
    for i in range(len(WIDTHS)):
        patches = columns(x, WIDTHS[i][2])
        z = patches @ p[f"w{i}"] + p[f"b{i}"]
        if keep is not None:
            keep.append((patches, z > 0))
        x = np.maximum(z, 0).transpose(0, 3, 1, 2)
    flat = x.mean((2, 3)) if AVERAGE else x.reshape(len(x), -1)
    if keep is not None:
        keep.append((x.shape, flat))
    return flat @ p["w"] + p["b"]


def backward(p, keep, d):
    g = {}
    shape, flat = keep.pop()
    g["w"], g["b"] = flat.T @ d, d.sum(0)
    d = d @ p["w"].T
    if AVERAGE:
        d = np.broadcast_to(d[:, :, None, None] / np.float32(shape[2] * shape[3]), shape)
    else:
        d = d.reshape(shape)
    for i in reversed(range(len(WIDTHS))):
        patches, on = keep.pop()
        dz = d.transpose(0, 2, 3, 1) * on
        flat = dz.reshape(-1, dz.shape[-1])
        g[f"w{i}"], g[f"b{i}"] = patches.reshape(len(flat), -1).T @ flat, flat.sum(0)
        if i:
            d = scatter(dz @ p[f"w{i}"].T, WIDTHS[i][0], WIDTHS[i][2])
    return g


def train(x, y, epochs, rng):
    p = {}
    for i, (a, b, stride) in enumerate(WIDTHS):
        p[f"w{i}"] = rng.normal(0, (2 / (9 * a)) ** 0.5, (9 * a, b)).astype(np.float32)
        p[f"b{i}"] = np.zeros(b, np.float32)
    size = WIDTHS[-1][1] * (1 if AVERAGE else 4 * 4)
    p["w"] = rng.normal(0, size**-0.5, (size, 10)).astype(np.float32)
    p["b"] = np.zeros(10, np.float32)
    m = {k: np.zeros_like(v) for k, v in p.items()}
    v = {k: np.zeros_like(v) for k, v in p.items()}
    size, step = 128, 0
    total = epochs * (len(x) // size)
    for epoch in range(epochs):
        order, losses = rng.permutation(len(x)), []
        for at in range(0, len(x) - size + 1, size):
            batch = order[at : at + size]
            xb = augment(x[batch], rng)
            keep = []
            scores = forward(p, xb, keep)
            scores -= scores.max(1, keepdims=True)
            e = np.exp(scores)
            d = e / e.sum(1, keepdims=True)
            losses.append(-np.log(d[np.arange(size), y[batch]] + 1e-9).mean())
            d[np.arange(size), y[batch]] -= 1
            step += 1
            rate = 3e-3 * 0.5 * (1 + np.cos(np.pi * step / total))
            for k, g in backward(p, keep, d / size).items():
                m[k] += 0.1 * (g - m[k])
                v[k] += 0.001 * (g * g - v[k])
                p[k] -= rate * (m[k] / (1 - 0.9**step)) / (np.sqrt(v[k] / (1 - 0.999**step)) + 1e-8)
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    return p


def augment(x, rng):
    x = x.astype(np.float32)
    dy, dx = rng.integers(-2, 3, 2)
    x = np.roll(x, (dy, dx), axis=(1, 2))
    flip = rng.random(len(x)) < 0.5
    x[flip] = x[flip, :, ::-1]
    invert = rng.random(len(x)) < 0.5
    x[invert] = 255 - x[invert]
    return (x / 255)[:, None]


def export(p, path):
    inits, nodes, name = [], [], "picture"
    for i, (a, b, stride) in enumerate(WIDTHS):
        w = p[f"w{i}"].T.reshape(b, a, 3, 3)
        if i == 0:
            # Trained on one channel: read the luminance of three.
            w = w * LUMA[None, :, None, None]
        inits += [numpy_helper.from_array(np.ascontiguousarray(w), f"w{i}"), numpy_helper.from_array(p[f"b{i}"], f"b{i}")]
        nodes.append(helper.make_node("Conv", [name, f"w{i}", f"b{i}"], [f"c{i}"], name=f"conv{i}", kernel_shape=[3, 3], strides=[stride, stride], pads=[1, 1, 1, 1] if stride == 1 else [1, 1, 0, 0]))
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}"], name=f"relu{i}"))
        name = f"r{i}"
    inits += [numpy_helper.from_array(p["w"], "w"), numpy_helper.from_array(p["b"], "b")]
    if AVERAGE:
        nodes.append(helper.make_node("GlobalAveragePool", [name], ["average"], name="average"))
        name = "average"
    nodes.append(helper.make_node("Flatten", [name], ["flat"], name="flat"))
    nodes.append(helper.make_node("Gemm", ["flat", "w", "b"], ["scores"], name="scores"))
    graph = helper.make_graph(
        nodes, "footwear",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 10])],
        inits,
    )
    model = helper.make_model(graph, producer_name="train-footwear.py", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)


def inverted(n):
    return n % 2 == 1


def picture(image, n):
    return Image.fromarray(255 - image if inverted(n) else image)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--width", type=int, default=8, help="channels of the first convolution; the next have twice and four times as many")
    parser.add_argument("--average", action="store_true", help="full resolution in the first convolution, and a global average before the scores")
    parser.add_argument("--corpus", type=pathlib.Path, help="also write corpus-examples/images here")
    args = parser.parse_args()
    global AVERAGE
    w, AVERAGE = args.width, args.average
    WIDTHS[:] = [(1, w, 1 if AVERAGE else 2), (w, 2 * w, 2), (2 * w, 4 * w, 2)]
    rng = np.random.default_rng(2022)
    images, labels = read(args.data, "train")
    tests, wanted = read(args.data, "t10k")
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "labels.txt").write_text("\n".join(LABELS) + "\n")
    folder = args.out / "calibrate"
    folder.mkdir(exist_ok=True)
    for n in range(200):
        picture(images[n], n).save(folder / f"{n:05}.png")
    for n, (image, label) in enumerate(zip(tests, wanted)):
        folder = args.out / "test" / LABELS[label]
        folder.mkdir(parents=True, exist_ok=True)
        picture(image, n).save(folder / f"{n:05}.png")
    if args.corpus:
        write_corpus(tests, wanted, args.corpus)
    p = train(form32(images), labels, args.epochs, rng)
    export(p, args.out / "footwear.onnx")
    x = form32(tests)
    x[1::2] = 255 - x[1::2]
    scores = np.concatenate([forward(p, (x[i : i + 500] / np.float32(255))[:, None]) for i in range(0, len(x), 500)])
    best = scores.argmax(1)
    shoes = np.isin(best, list(FOOTWEAR)) == np.isin(wanted, list(FOOTWEAR))
    print(f"test: {np.mean(best == wanted):.4f} of ten classes, footwear or not {np.mean(shoes):.4f}")


def write_corpus(tests, wanted, folder):
    """40 test pictures: five of each footwear class, the rest evenly from the others."""
    folder.mkdir(parents=True, exist_ok=True)
    left = {label: 5 if label in FOOTWEAR else 4 if label in (0, 1, 8, 2) else 3 for label in range(10)}
    rows = []
    for n, (image, label) in enumerate(zip(tests, wanted)):
        if left[int(label)] == 0:
            continue
        left[int(label)] -= 1
        name = f"item-{len(rows) + 1:02}.png"
        picture(image, n).save(folder / name, optimize=True)
        rows.append([name, "positive" if int(label) in FOOTWEAR else "negative", LABELS[label], n])
    with open(folder.parent / "images-labels.csv", "w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["file", "label", "class", "number in the test set"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
