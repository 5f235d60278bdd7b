//! What somebody filled into a form: fields (AcroForm) and the data of dynamic forms (XFA).

use std::collections::HashSet;

use hayro::hayro_syntax::object::{Array, Dict, Name, Object, String as PdfString};

use super::strings;

/// Most fields that are read, and most bytes of a dynamic form.
const MAX_FIELDS: usize = 100_000;
/// Most options of one field.
const MAX_OPTIONS: usize = 10_000;
const MAX_XFA: usize = 64 << 20;
/// Longest name of a field, with the names of those around it.
const MAX_NAME: usize = 500;

/// Lines of a form.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// Name and value of a field.
    pub values: Vec<(String, String)>,
    /// Data and labels of a dynamic form.
    pub dynamic: Vec<String>,
    /// Parts of it that cannot be decoded.
    pub damaged: u32,
}

/// Reads the form of a document.
pub(super) fn read(catalog: &Dict<'_>) -> Form {
    let mut out = Form::default();
    let Some(form) = catalog.get::<Dict<'_>>("AcroForm") else {
        return out;
    };
    fields(&form, &mut out);
    let mut xml = Vec::new();
    let streams = match form.get::<Object<'_>>("XFA") {
        Some(Object::Stream(stream)) => vec![stream],
        Some(Object::Array(parts)) => parts
            .iter::<Object<'_>>()
            .filter_map(Object::into_stream)
            .collect(),
        _ => Vec::new(),
    };
    for stream in streams {
        match stream.decoded_data() {
            Ok(part) if xml.len() + part.len() <= MAX_XFA => xml.extend_from_slice(&part),
            _ => out.damaged += 1,
        }
    }
    if !xml.is_empty() {
        out.dynamic = dynamic(&strings::text(&with_mark(xml)));
    }
    out
}

/// XML is UTF-8 where it does not say otherwise.
fn with_mark(xml: Vec<u8>) -> Vec<u8> {
    match xml.starts_with(b"\xfe\xff") || xml.starts_with(b"\xff\xfe") {
        true => xml,
        false => [b"\xef\xbb\xbf".as_slice(), &xml].concat(),
    }
}

fn fields(form: &Dict<'_>, out: &mut Form) {
    let mut seen = HashSet::new();
    let top = form.get::<Array<'_>>("Fields");
    let mut open: Vec<(Dict<'_>, String, Kind)> = top
        .map(|top| {
            let all = top.iter();
            all.map(|dict| (dict, String::new(), Kind::default()))
                .collect()
        })
        .unwrap_or_default();
    open.reverse();
    while let Some((dict, above, kind)) = open.pop() {
        if seen.len() >= MAX_FIELDS || !seen.insert(dict.data().as_ptr() as usize) {
            continue;
        }
        let mut name = match strings::of(&dict, "T") {
            Some(own) if above.is_empty() => own,
            Some(own) => format!("{above}.{own}"),
            None => above,
        };
        if name.len() > MAX_NAME {
            name = name.chars().take(MAX_NAME / 4).collect();
        }
        let kind = kind.of(&dict);
        if let Some(value) = value(&dict, kind) {
            out.values.push((name.clone(), value));
        }
        if let Some(kids) = dict.get::<Array<'_>>("Kids") {
            let kids: Vec<Dict<'_>> = kids.iter().collect();
            open.extend(kids.into_iter().rev().map(|kid| (kid, name.clone(), kind)));
        }
    }
}

/// What sort of field it is, which it may have from the one around it.
#[derive(Clone, Copy, Default)]
struct Kind {
    choice: bool,
    flags: i32,
}

impl Kind {
    fn of(self, dict: &Dict<'_>) -> Self {
        Self {
            choice: dict
                .get::<Name<'_>>("FT")
                .map_or(self.choice, |kind| kind.as_str() == "Ch"),
            flags: dict.get::<i32>("Ff").unwrap_or(self.flags),
        }
    }

    /// Whether all of its options are seen, and not the chosen one only.
    fn is_open(self) -> bool {
        const COMBO: i32 = 1 << 17;
        self.choice && self.flags & COMBO == 0
    }
}

/// What the options of a field are called inside, and how they are shown.
fn options(dict: &Dict<'_>) -> Vec<(String, String)> {
    let Some(all) = dict.get::<Array<'_>>("Opt") else {
        return Vec::new();
    };
    let one = |option| match option {
        Object::String(string) => {
            let text = strings::text(string.as_bytes());
            Some((text.clone(), text))
        }
        Object::Array(pair) => {
            let mut pair = pair
                .iter::<PdfString<'_>>()
                .map(|part| strings::text(part.as_bytes()));
            let first = pair.next()?;
            let shown = pair.next().unwrap_or_else(|| first.clone());
            Some((first, shown))
        }
        _ => None,
    };
    all.iter::<Object<'_>>()
        .take(MAX_OPTIONS)
        .filter_map(one)
        .collect()
}

fn value(dict: &Dict<'_>, kind: Kind) -> Option<String> {
    let mut said = Vec::new();
    if let Some(Object::Dict(signature)) = dict.get::<Object<'_>>("V") {
        let keys = ["Name", "Reason", "Location", "ContactInfo"];
        said.extend(keys.iter().filter_map(|key| strings::of(&signature, key)));
    }
    // A button that is off is a box without a cross.
    let off = dict
        .get::<Name<'_>>("V")
        .is_some_and(|name| name.as_str() == "Off");
    said.extend(strings::of(dict, "V").filter(|_| !off));
    if kind.choice {
        // What is chosen is shown by another name than it is stored.
        let chosen: HashSet<String> = said
            .iter()
            .flat_map(|value| value.lines())
            .map(str::to_owned)
            .collect();
        let seen = options(dict)
            .into_iter()
            .filter(|(inside, shown)| {
                kind.is_open() || inside != shown && chosen.contains(inside.trim())
            })
            .map(|(_, shown)| shown)
            .filter(|shown| !chosen.contains(shown.trim()));
        said.extend(seen);
    }
    if let Some(rich) = strings::of(dict, "RV") {
        let rich = strings::xml_text(&rich);
        said.extend((!rich.is_empty() && !said.contains(&rich)).then_some(rich));
    }
    said.extend(strings::of(dict, "TU").filter(|_| !said.is_empty()));
    (!said.is_empty()).then(|| said.join("\n"))
}

/// The data of a dynamic form, and the texts of its template; not its scripts.
fn dynamic(xml: &str) -> Vec<String> {
    let (mut data, mut labels) = (String::new(), String::new());
    strings::walk_xml(xml, |around, text| {
        let is_in = |name: &str| around.iter().any(|element| element == name);
        if is_in("datasets") {
            data.push_str(text);
        } else if is_in("template") && (is_in("text") || is_in("exData")) && !is_in("script") {
            labels.push_str(text);
        }
    });
    let both = [strings::lines(&data), strings::lines(&labels)];
    both.iter()
        .flat_map(|text| text.lines())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamic_forms_have_data_and_labels_but_no_scripts() {
        let xml = "<xdp:xdp><template><subform><field><caption><value><text>Your name</text></value>\
            </caption><event><script>var hidden = 1;</script></event></field></subform></template>\
            <config><present>PDF</present></config>\
            <xfa:datasets><xfa:data><form><name>the kingfisher</name><plan>osprey</plan></form></xfa:data>\
            </xfa:datasets></xdp:xdp>";
        assert_eq!(dynamic(xml), ["the kingfisher", "osprey", "Your name"]);
    }
}
