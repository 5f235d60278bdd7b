//! XML as it stands, with its references undone.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

/// Longest replacement of an entity that a file declares, and most of them together.
const MAX_ENTITY: usize = 10_000;
const MAX_ADDED: usize = 1 << 20;

static ENTITY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<!ENTITY\s+([A-Za-z_][A-Za-z0-9_.-]*)\s+(?:"([^"]*)"|'([^']*)')\s*>"#)
        .expect("constant expression")
});

/// The text of `source`. Entities are replaced once: those within others stay.
pub(crate) fn tell(source: &str) -> String {
    let mut declared: HashMap<&str, String> = HashMap::new();
    for found in ENTITY.captures_iter(source).take(1000) {
        let value = found.get(2).or(found.get(3)).map_or("", |m| m.as_str());
        if let Some(name) = found.get(1) {
            let value: String = value.chars().take(MAX_ENTITY).collect();
            declared
                .entry(name.as_str())
                .or_insert_with(|| undone(&value, |_| None));
        }
    }
    let mut added = 0;
    undone(source, |name| {
        let value = declared.get(name)?;
        added += value.len();
        (added <= MAX_ADDED).then(|| value.clone())
    })
}

fn undone(source: &str, mut declared: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let name = rest[at + 1..]
            .split([';', '&', '<', ' ', '\n'])
            .next()
            .unwrap_or_default();
        let ended = rest[at + 1 + name.len()..].starts_with(';');
        let value = (ended && name.len() <= 100)
            .then(|| reference(name).or_else(|| declared(name)))
            .flatten();
        match value {
            Some(value) => {
                out.push_str(&value);
                rest = &rest[at + name.len() + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A reference to a character, or one of the entities that every file has. Those of HTML are known as well.
fn reference(name: &str) -> Option<String> {
    let number = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => digits.parse().ok()?,
        },
        None => {
            let known = match name {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                "quot" => "\"",
                "apos" => "'",
                "nbsp" => " ",
                "shy" => "",
                _ => return None,
            };
            return Some(known.to_owned());
        }
    };
    char::from_u32(number)
        .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
        .map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_undone() {
        assert_eq!(
            tell("<a b=\"x&amp;y\">Gespr&#228;ch &#x437;&#x438;&#1084; &unknown; &lt; AT&T</a>"),
            "<a b=\"x&y\">Gespräch зим &unknown; < AT&T</a>"
        );
        assert!(
            tell("<!DOCTYPE a [<!ENTITY n \"North&#119;ind\">]><a>&n;</a>")
                .ends_with("<a>Northwind</a>")
        );
        let bomb = format!(
            "<!ENTITY a \"{}\">{}",
            "x".repeat(9_000),
            "&a;".repeat(100_000)
        );
        assert!(tell(&bomb).len() < MAX_ADDED + bomb.len());
    }
}
