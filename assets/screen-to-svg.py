#!/usr/bin/env python3
"""A picture of a terminal: reads `tmux capture-pane -e -p` on standard input, writes SVG.

    tmux capture-pane -e -p -t candor | assets/screen-to-svg.py --title "candor" > assets/case.svg
"""

import argparse
import html
import re
import sys
import unicodedata

COLOURS = [
    "#1d1f21", "#cc6666", "#8fb573", "#e0b45c", "#6f9fc8", "#b294bb", "#5fb3b3", "#d0d2d0",
    "#7c8083", "#e78a8a", "#a9cf8d", "#f0cf84", "#8fbbe0", "#cdb0d6", "#85cfcf", "#ffffff",
]
BACK, FORE = "#1d1f21", "#d0d2d0"
WIDTH, HEIGHT, PAD = 8.4, 18, 14
# Top and height of the part of a cell that a block character fills.
BLOCKS = {chr(0x2580 + n): (1 - n / 8, n / 8) for n in range(1, 9)} | {"▀": (0, 0.5)}


def runs(line):
    """Pieces of a line with the style of each."""
    style = {"fg": None, "bg": None, "bold": False, "dim": False, "rev": False, "under": False}
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        match = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not match:
            if part:
                yield part, dict(style)
            continue
        codes = [int(c or 0) for c in match[1].split(";")]
        while codes:
            c = codes.pop(0)
            if c == 0:
                style.update(fg=None, bg=None, bold=False, dim=False, rev=False, under=False)
            elif c in (1, 2, 4, 7):
                style[{1: "bold", 2: "dim", 4: "under", 7: "rev"}[c]] = True
            elif c == 22:
                style.update(bold=False, dim=False)
            elif c in (24, 27):
                style[{24: "under", 27: "rev"}[c]] = False
            elif c in (39, 49):
                style[{39: "fg", 49: "bg"}[c]] = None
            elif 30 <= c <= 37 or 90 <= c <= 97:
                style["fg"] = COLOURS[c - 30 if c < 90 else c - 82]
            elif 40 <= c <= 47 or 100 <= c <= 107:
                style["bg"] = COLOURS[c - 40 if c < 100 else c - 92]
            elif c in (38, 48) and codes:
                kind = codes.pop(0)
                if kind == 5:
                    n = codes.pop(0)
                    colour = COLOURS[n] if n < 16 else grey_or_cube(n)
                else:
                    colour = "#%02x%02x%02x" % tuple(codes[:3])
                    del codes[:3]
                style["fg" if c == 38 else "bg"] = colour


def grey_or_cube(n):
    if n >= 232:
        return "#%02x%02x%02x" % ((8 + 10 * (n - 232),) * 3)
    n -= 16
    level = [0, 95, 135, 175, 215, 255]
    return "#%02x%02x%02x" % (level[n // 36], level[n // 6 % 6], level[n % 6])


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def blocks(text, x, y, fill, opacity):
    """Block characters and upright lines as rectangles, because fonts leave gaps between them; equal neighbours are one."""
    at = 0
    while at < len(text):
        c = text[at]
        end = at
        while end < len(text) and text[end] == c:
            end += 1
        if c == "│":
            for column in range(at, end):
                left = x + (column + 0.5) * WIDTH - 0.6
                yield f'<rect x="{left:.1f}" y="{y}" width="1.2" height="{HEIGHT}" fill="{fill}"{opacity}/>'
        elif c in BLOCKS:
            top, height = BLOCKS[c]
            yield (
                f'<rect x="{x + at * WIDTH:.1f}" y="{y + top * HEIGHT:.2f}" '
                f'width="{(end - at) * WIDTH:.1f}" height="{height * HEIGHT:.2f}" fill="{fill}"{opacity}/>'
            )
        at = end


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--title", default="candor")
    title = args.parse_args().title
    lines = sys.stdin.read().rstrip("\n").split("\n")
    parsed = [list(runs(line)) for line in lines]
    columns = max(sum(cells(t) for t, _ in line) for line in parsed)
    width, height = columns * WIDTH + 2 * PAD, len(lines) * HEIGHT + 2 * PAD
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{html.escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>',
        '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">',
    ]
    for row, line in enumerate(parsed):
        x, y = PAD, PAD + row * HEIGHT
        for text, style in line:
            wide = cells(text) * WIDTH
            fg, bg = style["fg"] or FORE, style["bg"]
            if style["rev"]:
                fg, bg = bg or BACK, fg
            if bg:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{HEIGHT}" fill="{bg}"/>')
            dim = ' opacity="0.6"' if style["dim"] else ""
            if any(c in BLOCKS or c == "│" for c in text):
                out.extend(blocks(text, x, y, fg, dim))
                text = "".join(" " if c in BLOCKS or c == "│" else c for c in text)
            if text.strip():
                more = ' font-weight="bold"' if style["bold"] else ""
                more += dim
                more += ' text-decoration="underline"' if style["under"] else ""
                out.append(
                    f'<text x="{x:.1f}" y="{y + 14}" fill="{fg}" textLength="{wide:.1f}"{more}>'
                    # Spaces that no renderer collapses.
                    + html.escape(text).replace(" ", "\u00a0")
                    + "</text>"
                )
            x += wide
    print("\n".join(out + ["</g>", "</svg>"]))


if __name__ == "__main__":
    main()
