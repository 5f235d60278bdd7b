//! Whether an item's committed facts are those that its file states: dates, senders, titles, what of it was not read.

use super::committed::{Committed, Made};
use super::compared::{Compared, What};
use crate::commit::{UNREAD, hashes, identity};
use crate::ingest::volume::may_state;
use crate::ingest::{Ledger, RawItem, Unread, ocr};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Facts that an item has from the container that it lies in.
const OF_THE_CONTAINER: [&str; 5] = [
    "file_name",
    "declared_type",
    "content_id",
    "charset",
    "folder",
];

/// Compares the committed facts with those of a reading.
pub(super) fn compare(made: &Made, item: &Committed<'_>, found: &RawItem, out: &mut Compared) {
    // Size and hashes of the bytes were compared before.
    let mut found = RawItem {
        metadata: found.metadata.clone(),
        ..RawItem::nameless(Vec::new())
    };
    hashes::record(&mut found);
    let committed = &item.meta.metadata;
    // Content that is not held in memory is hashed while it passes.
    let passed = item.native.is_empty() && item.public.reason.as_deref() == Some("too_large");
    let listed = made.lists(item.meta);
    let keys: BTreeSet<&String> = found.metadata.keys().chain(committed.keys()).collect();
    let (mut wrong, mut told) = (Vec::new(), Vec::new());
    for key in keys {
        let (says, stated) = (found.metadata.get(key), committed.get(key));
        let key = key.as_str();
        let of_the_bytes = matches!(key, "sha256" | "md5") && !item.native.is_empty();
        if key == UNREAD || of_the_bytes || says == stated {
            continue;
        }
        // What neither the file nor this program can say: it stands as it was stated.
        let from_elsewhere = match key {
            // A folder of the corpus, or what was known before.
            "custodian" => {
                let folder = item.meta.path.split_once('/').map(|(folder, _)| folder);
                listed || made.supplements || stated.map(String::as_str) == folder
            }
            ocr::RECOGNISED => ocr::is_recognised(&item.meta.extractor),
            "size" | "sha256" if passed => true,
            key if OF_THE_CONTAINER.contains(&key) => item.is_contained() || made.supplements,
            _ => false,
        };
        match (says, stated) {
            // Which of another list of passwords it was, says nothing.
            (Some(_), Some(_)) if key == "opened_with" => drop(out.taken.insert(key.to_owned())),
            (None, Some(_)) if key == "opened_with" => told.push(key.to_owned()),
            (_, Some(hash)) if key == "edrm_mih" => {
                let id = committed.get("message_id").map(String::as_str);
                if identity::message_hash(id.unwrap_or_default()) != *hash {
                    wrong.push(key.to_owned());
                }
            }
            (_, Some(_)) if from_elsewhere => {
                out.taken.insert(key.to_owned());
            }
            (None, Some(_)) if (listed || made.supplements) && may_state(key) => {
                out.taken.insert(key.to_owned());
            }
            (Some(says), Some(stated)) if listed && may_state(key) => {
                match consistent(says, stated) {
                    true => drop(out.taken.insert(key.to_owned())),
                    false => told.push(key.to_owned()),
                }
            }
            // Of a file whose text came with it, only the load file's facts were taken.
            (Some(_), None) if listed && item.is_given() => {}
            _ => wrong.push(key.to_owned()),
        }
    }
    if !wrong.is_empty() {
        let why = format!(
            "its committed facts are not what the file says: {}",
            wrong.join(", ")
        );
        out.differs(What::Facts, why);
    }
    if told == ["opened_with"] {
        let why = "it is said to have been opened with a password that is not at hand: compare the two by eye";
        out.unclear(What::Facts, why.to_owned());
    } else if !told.is_empty() {
        let why = format!(
            "what the load file states is not what the file itself says ({}): compare the two by eye",
            told.join(", ")
        );
        out.unclear(What::Facts, why);
    }
}

/// Whether a load file and a file say the same in other words: times in another zone, a name without its address.
fn consistent(one: &str, other: &str) -> bool {
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    if let (Some(one), Some(other)) = (time(one), time(other)) {
        return (one - other).abs() <= time::Duration::hours(26);
    }
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        words
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (one, other) = (words(one), words(other));
    !one.is_empty() && !other.is_empty() && (one.is_subset(&other) || other.is_subset(&one))
}

/// Codes that text recognition takes out of a ledger, and those that depend on it.
const BY_RECOGNITION: [Unread; 4] = [
    Unread::PicturePage,
    Unread::Picture,
    Unread::Uncertain,
    Unread::Undecodable,
];

/// Compares what of the item was not read with the same of a reading.
pub(super) fn compare_unread(
    made: &Made,
    item: &Committed<'_>,
    found: &Ledger,
    out: &mut Compared,
) {
    let fact = item
        .meta
        .metadata
        .get(UNREAD)
        .map(|fact| Ledger::from_fact(fact));
    let stated = match fact {
        None => Ledger::default(),
        Some(Some(ledger)) => ledger,
        Some(None) => {
            let why = "what its metadata states as not read is no such list";
            return out.differs(What::Unread, why.to_owned());
        }
    };
    let recognised = ocr::is_recognised(&item.meta.extractor);
    let listed = made.lists(item.meta);
    let (mut less, mut more, mut other) = (Vec::new(), Vec::new(), Vec::new());
    let mut unexplained = (false, false);
    for &code in Unread::ALL {
        let entry = |ledger: &Ledger| {
            let mut entries = ledger.entries();
            let found = entries.find(|(known, _)| *known == code);
            found.map_or((0, String::new()), |(_, entry)| {
                (entry.count, entry.detail.clone())
            })
        };
        let ((here, says), (count, said)) = (entry(found), entry(&stated));
        let name = || format!("{} ({here} here, {count} stated)", code.shown());
        if recognised && BY_RECOGNITION.contains(&code) {
            continue;
        }
        if here > count {
            // The text is the load file's: what its file has beside, was looked for only.
            if item.is_given() && listed && code != Unread::Embedded {
                continue;
            }
            less.push(name());
            unexplained.0 |= code != Unread::Encrypted;
        } else if count > here {
            if code == Unread::Changed || listed {
                out.taken.insert(format!("not read: {}", code.shown()));
                continue;
            }
            more.push(name());
            unexplained.1 |= !item.is_contained();
        } else if says != said && !listed {
            other.push(code.shown());
        }
    }
    if !less.is_empty() {
        let less = less.join(", ");
        match unexplained.0 && made.here {
            true => out.differs(
                What::Unread,
                format!("it could not be read whole, and the commitment does not say so: {less}"),
            ),
            false => out.unclear(
                What::Unread,
                format!(
                    "reading it here misses more than the commitment says, which another version or a password may \
                     explain ({less}): compare the two by eye"
                ),
            ),
        }
    }
    if !more.is_empty() {
        let more = more.join(", ");
        match unexplained.1 && made.here {
            true => out.differs(
                What::Unread,
                format!("the commitment says that more of it was not read than there is to miss: {more}"),
            ),
            false => out.unclear(
                What::Unread,
                format!(
                    "the commitment says that more of it was not read than is missed here, which what it lay in may \
                     explain ({more}): look at that"
                ),
            ),
        }
    }
    if !other.is_empty() {
        let why = format!(
            "what the commitment says of its {} is not what is said here: compare the two by eye",
            other.join(", ")
        );
        out.unclear(What::UnreadWords, why);
    }
}
