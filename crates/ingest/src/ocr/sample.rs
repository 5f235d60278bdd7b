//! Scans made from text, for tests: a small font drawn into a picture, and PDF files around such pictures.

/// Letters of five by seven dots; the first bit of each row is on the left.
const LETTERS: [(char, [u8; 7]); 27] = [
    (' ', [0, 0, 0, 0, 0, 0, 0]),
    ('A', [0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11]),
    ('B', [0x1E, 0x11, 0x11, 0x1E, 0x11, 0x11, 0x1E]),
    ('C', [0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E]),
    ('D', [0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E]),
    ('E', [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F]),
    ('F', [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10]),
    ('G', [0x0E, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0F]),
    ('H', [0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11]),
    ('I', [0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E]),
    ('J', [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0C]),
    ('K', [0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11]),
    ('L', [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F]),
    ('M', [0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11]),
    ('N', [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11]),
    ('O', [0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E]),
    ('P', [0x1E, 0x11, 0x11, 0x1E, 0x10, 0x10, 0x10]),
    ('Q', [0x0E, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0D]),
    ('R', [0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11]),
    ('S', [0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E]),
    ('T', [0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04]),
    ('U', [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E]),
    ('V', [0x11, 0x11, 0x11, 0x11, 0x11, 0x0A, 0x04]),
    ('W', [0x11, 0x11, 0x11, 0x15, 0x15, 0x1B, 0x11]),
    ('X', [0x11, 0x11, 0x0A, 0x04, 0x0A, 0x11, 0x11]),
    ('Y', [0x11, 0x11, 0x0A, 0x04, 0x04, 0x04, 0x04]),
    ('Z', [0x1F, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1F]),
];

/// A grey picture of lines of capital letters: width, height, pixels.
pub fn picture(lines: &[&str], dot: usize) -> (usize, usize, Vec<u8>) {
    let longest = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    let (width, height) = ((longest + 6) * 6 * dot, (lines.len() * 12 + 12) * dot);
    let mut pixels = vec![255; width * height];
    for (row, line) in lines.iter().enumerate() {
        for (column, c) in line.to_ascii_uppercase().chars().enumerate() {
            let found = LETTERS.iter().find(|(letter, _)| *letter == c);
            let Some((_, rows)) = found else { continue };
            for (y, bits) in rows.iter().enumerate() {
                for x in (0..5).filter(|x| bits & (0x10 >> x) != 0) {
                    let left = ((column + 3) * 6 + x) * dot;
                    let top = (row * 12 + 6 + y) * dot;
                    for line in top..top + dot {
                        pixels[line * width + left..][..dot].fill(0);
                    }
                }
            }
        }
    }
    (width, height, pixels)
}

/// That picture as a portable graymap.
pub fn graymap(lines: &[&str]) -> Vec<u8> {
    let (width, height, pixels) = picture(lines, 6);
    let mut out = format!("P5\n{width} {height}\n255\n").into_bytes();
    out.extend(pixels);
    out
}

/// What a scanned page of [`pdf_with_a_scan`] says.
pub const SCANNED: [&str; 2] = [
    "THE KINGFISHER LEDGER WAS MOVED",
    "TO THE CELLAR BEFORE THE AUDIT",
];

/// A PDF of a page with text, a page that is a picture of [`SCANNED`], and a page with text.
pub fn pdf_with_a_scan(before: &[&str], after: &[&str]) -> Vec<u8> {
    let (width, height, pixels) = picture(&SCANNED, 6);
    let text = |lines: &[&str]| {
        let mut content = "BT /F1 12 Tf 72 700 Td 14 TL ".to_owned();
        for line in lines {
            content.push_str(&format!("({line}) Tj T* "));
        }
        stream("", (content + "ET").as_bytes())
    };
    let picture = format!(
        "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray \
         /BitsPerComponent 8 "
    );
    let page = |content: u32| {
        format!(
            "<</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {content} 0 R \
             /Resources <</Font <</F1 9 0 R>> /XObject <</Im 10 0 R>>>>>>"
        )
        .into_bytes()
    };
    file(&[
        b"<</Type /Catalog /Pages 2 0 R>>".to_vec(),
        b"<</Type /Pages /Count 3 /Kids [3 0 R 4 0 R 5 0 R]>>".to_vec(),
        page(6),
        page(7),
        page(8),
        text(before),
        stream("", b"q 540 0 0 90 36 600 cm /Im Do Q"),
        text(after),
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".to_vec(),
        stream(&picture, &pixels),
    ])
}

/// A stream with more in its dictionary than its length.
pub fn stream(dict: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<<{dict}/Length {}>>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// A PDF of these objects, numbered from 1; the first one is the catalogue.
pub fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(out.len());
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    out.extend(
        format!("trailer\n<</Size {size} /Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    out
}
