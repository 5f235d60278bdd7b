//! Scans made from text, for tests: a page with that text is painted, and files are made around the picture.

use crate::readers::Format;
use crate::reading::Given;
use crate::reading::Scan;

/// A grey picture of lines of text, 200 dots to the inch: width, height, pixels.
pub fn picture(lines: &[&str]) -> (usize, usize, Vec<u8>) {
    let height = lines.len() * 24 + 72;
    let mut content = format!("BT /F1 14 Tf 36 {} Td 24 TL ", height - 48);
    for line in lines {
        content.push_str(&format!("({line}) Tj T* "));
    }
    let page = format!(
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 432 {height}] /Contents 4 0 R \
         /Resources <</Font <</F1 5 0 R>>>>>>"
    );
    let pdf = file(&[
        b"<</Type /Catalog /Pages 2 0 R>>".to_vec(),
        b"<</Type /Pages /Count 1 /Kids [3 0 R]>>".to_vec(),
        page.into_bytes(),
        stream("", (content + "ET").as_bytes()),
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".to_vec(),
    ]);
    let scan = Scan {
        page: 1,
        dpi: 200,
        ..Scan::default()
    };
    let given = Given {
        scans: vec![scan],
        ..Given::default()
    };
    let painted = Format::PdfPages.reader().read(&pdf, &given);
    let picture = painted.map_or_else(
        |_| Vec::new(),
        |mut reading| reading.children.remove(0).bytes,
    );
    let mut parts = picture.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut number = || {
        let part = parts.next().unwrap_or_default();
        std::str::from_utf8(part).ok()?.parse::<usize>().ok()
    };
    let (_, width, height) = (number(), number(), number());
    let (width, height) = (width.unwrap_or(0), height.unwrap_or(0));
    let pixels = picture[picture.len() - width * height..].to_vec();
    (width, height, pixels)
}

/// What a scanned page of [`pdf_with_a_scan`] says.
pub const SCANNED: [&str; 2] = [
    "the kingfisher ledger was moved",
    "to the cellar before the audit",
];

/// A PDF of a page with text, a page that is a picture of [`SCANNED`], and a page with text.
pub fn pdf_with_a_scan(before: &[&str], after: &[&str]) -> Vec<u8> {
    let (width, height, pixels) = picture(&SCANNED);
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
