//! Layers that are switched off. What they hold is in the file, so it is read; the interpreter leaves it
//! out and cannot be told otherwise, so the layers' settings are put out of its sight.

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::Dict;

const SETTINGS: &[u8] = b"/OCProperties";
/// As long as [`SETTINGS`], so that nothing in the file moves.
const NO_SETTINGS: &[u8] = b"/XCProperties";

/// What became of the layers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Layers {
    /// None is switched off.
    All,
    /// These bytes have them all.
    Shown(Vec<u8>),
    /// Some stay out of sight.
    Hidden,
}

/// Shows the layers that are switched off.
pub(super) fn show(pdf: &Pdf, password: &str) -> Layers {
    let bytes = pdf.data().as_ref();
    let Some(catalog) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else {
        return Layers::All;
    };
    let settings = catalog.get::<Dict<'_>>("OCProperties");
    let settings = settings.and_then(|settings| settings.get::<Dict<'_>>("D"));
    if !settings.is_some_and(|on| on.contains_key("OFF") || on.contains_key("BaseState")) {
        return Layers::All;
    }
    let pages = pdf.pages().len();
    let fits = |shown: &Vec<u8>| {
        let again = Pdf::new_with_password(shown.clone(), password);
        again.is_ok_and(|again| {
            let catalog = again.xref().get::<Dict<'_>>(again.xref().root_id());
            again.pages().len() == pages
                && catalog.is_some_and(|catalog| !catalog.contains_key("OCProperties"))
        })
    };
    let ways = [in_place(bytes, &catalog), appended(pdf, &catalog)];
    match ways.into_iter().flatten().find(fits) {
        Some(shown) => Layers::Shown(shown),
        None => Layers::Hidden,
    }
}

/// Where the catalogue lies in the file as it is.
fn in_place(bytes: &[u8], catalog: &Dict<'_>) -> Option<Vec<u8>> {
    let start = (catalog.data().as_ptr() as usize).checked_sub(bytes.as_ptr() as usize)?;
    let end = start.checked_add(catalog.data().len())?;
    let place = find(bytes.get(start..end)?, SETTINGS)? + start;
    let mut out = bytes.to_vec();
    out[place..place + SETTINGS.len()].copy_from_slice(NO_SETTINGS);
    Some(out)
}

/// Where it is packed: another one is appended, as a later revision would do.
fn appended(pdf: &Pdf, catalog: &Dict<'_>) -> Option<Vec<u8>> {
    let bytes = pdf.data().as_ref();
    if find(bytes, b"/Encrypt").is_some() {
        return None;
    }
    let data = catalog.data();
    let place = find(data, SETTINGS)?;
    let mut body = data.to_vec();
    body[place..place + SETTINGS.len()].copy_from_slice(NO_SETTINGS);
    let wrapped = data.trim_ascii_start().starts_with(b"<<");
    let (open, close) = if wrapped { ("", "") } else { ("<<", ">>") };
    let tail = &bytes[bytes.len().saturating_sub(2048)..];
    let start = tail.windows(9).rposition(|word| word == b"startxref")?;
    let number: Vec<u8> = tail[start + 9..]
        .trim_ascii_start()
        .iter()
        .copied()
        .take_while(u8::is_ascii_digit)
        .collect();
    let before: u64 = std::str::from_utf8(&number).ok()?.parse().ok()?;
    let id = pdf.xref().root_id();
    let (number, generation) = (id.obj_number, id.gen_number);
    let mut out = bytes.to_vec();
    out.push(b'\n');
    let at = out.len();
    out.extend(format!("{number} {generation} obj\n{open}").bytes());
    out.extend(body);
    out.extend(format!("{close}\nendobj\n").bytes());
    let table = out.len();
    out.extend(
        format!(
            "xref\n{number} 1\n{at:010} {generation:05} n \ntrailer\n<</Size 100000000 \
             /Root {number} {generation} R /Prev {before}>>\nstartxref\n{table}\n%%EOF\n"
        )
        .bytes(),
    );
    Some(out)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
