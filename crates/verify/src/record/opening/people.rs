//! Senders and recipients as leaves, one each: a single address can be opened, or all but one.
//!
//! A leaf is the number of the field and a piece of its value with what separates it from the next. Put together,
//! the pieces of a field are its value, so nothing that a header says beside addresses is lost.

use super::facts::PEOPLE;
use crate::record::meta::ItemMeta;

/// The leaves, field by field. A field that is there and empty has one empty piece; one that is absent has none.
pub fn values(meta: &ItemMeta) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for (number, field) in (0u8..).zip(PEOPLE) {
        let Some(value) = meta.metadata.get(field) else {
            continue;
        };
        let mut rest = value.as_str();
        loop {
            let (piece, more) = rest.split_at(end(rest));
            out.push([&[number], piece.as_bytes()].concat());
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
    }
    out
}

/// Where the first address ends: behind a comma or semicolon and its spaces, unless that stands in quotation marks
/// or before any `@` ("Doe, Jane <j@x>").
fn end(text: &str) -> usize {
    let (mut quoted, mut address) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '@' => address = true,
            ',' | ';' if address && !quoted => {
                let behind = &text[at + 1..];
                return text.len() - behind.trim_start_matches(' ').len();
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(to: &str) -> Vec<String> {
        let meta = ItemMeta {
            metadata: [("to".to_owned(), to.to_owned())].into(),
            ..ItemMeta::default()
        };
        let values = values(&meta);
        assert!(values.iter().all(|value| value[0] == 1));
        let of = |value: &Vec<u8>| String::from_utf8(value[1..].to_vec()).unwrap();
        let pieces: Vec<String> = values.iter().map(of).collect();
        assert_eq!(pieces.concat(), to);
        pieces
    }

    #[test]
    fn one_address_a_leaf_and_nothing_is_lost() {
        assert_eq!(
            pieces("Doe, Jane <j@x>, b@y;  \"Roe, R@x, K\" <r@z>"),
            ["Doe, Jane <j@x>, ", "b@y;  ", "\"Roe, R@x, K\" <r@z>"]
        );
        assert_eq!(
            pieces("undisclosed-recipients:"),
            ["undisclosed-recipients:"]
        );
        assert_eq!(pieces(""), [""]);
        assert!(values(&ItemMeta::default()).is_empty());
    }
}
