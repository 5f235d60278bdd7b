//! The facts of an item as leaves: a fixed position for each, whether there is such a fact or not.

use crate::record::meta::ItemMeta;
use std::collections::BTreeMap;

/// A position in the section of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name: a key of the metadata, or one of those that every item has.
    pub name: &'static str,
    /// Whether it may be opened while something of the item stays closed. Hashes, sizes and what was not read would
    /// let anybody who guesses the closed part find out that the guess is right.
    pub alone: bool,
}

const fn open(name: &'static str) -> Fact {
    Fact { name, alone: true }
}

const fn shut(name: &'static str) -> Fact {
    Fact { name, alone: false }
}

/// Every position. New ones would go to the end, and are another format.
pub const FIELDS: [Fact; 32] = [
    open("path"),
    open("kind"),
    open("media_type"),
    open("extractor"),
    open("exception"),
    shut("size"),
    open("parent"),
    open("children"),
    shut("sha256"),
    shut("md5"),
    shut("edrm_mih"),
    shut("unread"),
    shut("message_id"),
    open("in_reply_to"),
    open("references"),
    open("control_number"),
    open("custodian"),
    open("file_name"),
    open("subject"),
    open("title"),
    open("author"),
    open("date"),
    open("date_received"),
    open("created"),
    open("modified"),
    open("charset"),
    open("text_charset"),
    shut("pages"),
    shut("attachments"),
    open("width"),
    open("height"),
    // All others, together.
    shut("other"),
];

/// Keys of the metadata that are leaves of [`super::people`].
pub(super) const PEOPLE: [&str; 6] = ["from", "to", "cc", "bcc", "reply_to", "sender"];

/// The position of a fact.
pub fn position(name: &str) -> Option<u32> {
    FIELDS
        .iter()
        .position(|fact| fact.name == name)
        .map(|at| at as u32)
}

/// The values, one for each of [`FIELDS`]. A fact that may be absent is empty if it is, and begins with `=` if it
/// is not, so that no two items have the same values.
pub fn values(meta: &ItemMeta) -> Vec<Vec<u8>> {
    let stated = |value: Option<&String>| -> Vec<u8> {
        value.map_or_else(Vec::new, |value| format!("={value}").into_bytes())
    };
    FIELDS
        .iter()
        .map(|fact| match fact.name {
            "path" => meta.path.clone().into_bytes(),
            "kind" => meta.kind.clone().into_bytes(),
            "media_type" => meta.media_type.clone().into_bytes(),
            "extractor" => meta.extractor.clone().into_bytes(),
            "exception" => stated(meta.exception.as_ref()),
            "size" => meta.size.to_string().into_bytes(),
            "parent" => parent(meta.parent),
            "children" => children(&meta.children),
            "other" => others(&meta.metadata),
            key => stated(meta.metadata.get(key)),
        })
        .collect()
}

/// The value of the fact `parent`.
pub fn parent(parent: Option<u32>) -> Vec<u8> {
    parent.map_or_else(Vec::new, |parent| parent.to_string().into_bytes())
}

/// The value of the fact `children`.
pub fn children(children: &[u32]) -> Vec<u8> {
    let numbers: Vec<String> = children.iter().map(u32::to_string).collect();
    numbers.join(",").into_bytes()
}

/// Whether a key of the metadata has no place of its own. Names of facts that are no keys do not take their place.
fn is_other(key: &str) -> bool {
    const NO_KEYS: [&str; 8] = [
        "path",
        "kind",
        "media_type",
        "extractor",
        "exception",
        "parent",
        "children",
        "other",
    ];
    // "size" is a fact of every item, and a key of those whose bytes were not kept.
    key == "size" || NO_KEYS.contains(&key) || (position(key).is_none() && !PEOPLE.contains(&key))
}

fn others(metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let others: BTreeMap<&String, &String> =
        metadata.iter().filter(|(key, _)| is_other(key)).collect();
    serde_json::to_vec(&others).expect("strings always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn meta() -> ItemMeta {
        ItemMeta {
            children: vec![4, 900],
            exception: None,
            extractor: "x/1".into(),
            kind: "mail".into(),
            media_type: "message/rfc822".into(),
            metadata: [
                ("subject", "s"),
                ("from", "a@b"),
                ("x_new", "1"),
                ("size", "7"),
            ]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
            parent: Some(77),
            path: "a.eml".into(),
            size: 3,
        }
    }

    #[test]
    fn every_fact_is_somewhere_and_only_there() {
        let values = values(&meta());
        let of = |name: &str| {
            String::from_utf8(values[position(name).unwrap() as usize].clone()).unwrap()
        };
        assert_eq!(
            (of("parent"), of("children")),
            ("77".into(), "4,900".into())
        );
        assert_eq!((of("subject"), of("title")), ("=s".into(), String::new()));
        assert_eq!(of("other"), "{\"size\":\"7\",\"x_new\":\"1\"}");
        assert_eq!(of("size"), "3");
        let names: BTreeSet<&str> = FIELDS.iter().map(|fact| fact.name).collect();
        assert_eq!(names.len(), FIELDS.len());
    }

    #[test]
    fn no_two_items_have_the_same_values() {
        type Change = fn(&mut ItemMeta);
        let changes: [Change; 9] = [
            |m| m.exception = Some(String::new()),
            |m| drop(m.metadata.insert("title".into(), String::new())),
            |m| drop(m.metadata.insert("path".into(), "other".into())),
            |m| drop(m.metadata.insert("parent".into(), "1".into())),
            |m| drop(m.metadata.remove("x_new")),
            |m| m.parent = None,
            |m| m.children = vec![4],
            |m| m.size = 7,
            |m| m.path = "b".into(),
        ];
        for (n, change) in changes.iter().enumerate() {
            let mut other = meta();
            change(&mut other);
            assert_ne!(values(&other), values(&meta()), "change {n}");
        }
    }

    #[test]
    fn what_identifies_a_closed_part_is_never_opened_alone() {
        for name in [
            "size",
            "sha256",
            "md5",
            "edrm_mih",
            "unread",
            "message_id",
            "other",
        ] {
            assert!(!FIELDS[position(name).unwrap() as usize].alone, "{name}");
        }
        for name in ["parent", "children", "date", "subject", "custodian"] {
            assert!(FIELDS[position(name).unwrap() as usize].alone, "{name}");
        }
    }
}
