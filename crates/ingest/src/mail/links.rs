//! Content that a message speaks of and does not hold: files in a cloud, attachments that were stripped.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::mime::Walk;
use crate::ledger::Unread;

/// Most links that are counted.
const MAX: usize = 200;

static CLOUD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)https?://(?:[a-z0-9.-]+\.)?(?:",
        r"drive\.google\.com/(?:file|open|drive|uc|folderview)|docs\.google\.com/(?:a/[^/]+/)?(?:document|spreadsheets|presentation|file|uc|drawings|forms)|",
        r"1drv\.ms/|onedrive\.live\.com/|sharepoint\.com/(?::[a-z]:/|personal/|sites/|teams/|_layouts/)|",
        r"dropbox\.com/(?:s|sh|scl|t|l|transfer)/|db\.tt/|we\.tl/|wetransfer\.com/downloads|",
        r"box\.com/(?:s|v|file|shared)/|icloud\.com/(?:iclouddrive|attachment|pages|numbers|keynote)|",
        r"mega\.(?:co\.)?nz/|sharefile\.com/d|hightail\.com/|yousendit\.com/|mediafire\.com/|send\.firefox\.com/|filelink\.[a-z0-9.-]+/",
        r#")[^\s<>"'\)\]]*"#
    ))
    .expect("constant expression")
});

/// "<< File: ledger.xls >>" and "<<ledger.xls>>", which Outlook leaves in the text where a file was.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<<\s*(?:File:\s*)?([^<>\n]+?\.[A-Za-z0-9]{2,5})\s*>>")
        .expect("constant expression")
});

/// What programs write where they took an attachment out.
static STRIPPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\[?(?:attachments? (?:has|have) been (?:removed|stripped|deleted|archived)|",
        r"attachment \S{1,100} (?:deleted|removed|stripped) by|",
        r"attachment [\x22'][^\x22'\n]{1,120}[\x22'] (?:was )?(?:deleted|removed)|",
        r"(?:the )?original attachment (?:was|has been) (?:removed|deleted|replaced)|",
        r"\[demime [^\]\n]{1,60} removed an attachment|",
        r"a non-text attachment was scrubbed|an html attachment was scrubbed)[^\n]{0,120}"
    ))
    .expect("constant expression")
});

/// Writes down what lies elsewhere.
pub(crate) fn report(walk: &mut Walk, text: &str) {
    let mut links = BTreeSet::new();
    let pages = std::mem::take(&mut walk.pages);
    for source in pages.iter().map(String::as_str).chain([text]) {
        for found in CLOUD.find_iter(source).take(MAX) {
            let link = found.as_str().replace("&amp;", "&");
            links.insert(link.trim_end_matches(['.', ',', ';']).to_owned());
        }
    }
    for link in links.into_iter().take(MAX) {
        walk.ledger
            .add(Unread::External, format!("a file in a cloud: {link}"));
    }
    let attached: Vec<String> = walk
        .children
        .iter()
        .map(|child| child.name.to_lowercase())
        .collect();
    let mut missing = BTreeSet::new();
    for found in PLACEHOLDER.captures_iter(text).take(MAX) {
        let name = found[1].trim();
        if !attached.contains(&name.to_lowercase()) {
            missing.insert(name.to_owned());
        }
    }
    for name in missing {
        walk.ledger.add(
            Unread::External,
            format!("{name} is spoken of, but not attached"),
        );
    }
    for found in STRIPPED.find_iter(text).take(MAX) {
        walk.ledger.add(
            Unread::External,
            format!("an attachment was taken out: {}", found.as_str()),
        );
    }
}
