//! The keys of the terminal application, `docs/keys.md`: written from the help of the screens and compared.

use super::fixtures::App;
use super::overlay::{DIALOGS, EVERYWHERE};
use super::screens::Keys;
use crate::reference::matches_file;
use regex::Regex;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn section(out: &mut String, title: &str, keys: Keys) {
    let _ = write!(out, "\n## {title}\n\n| key | what it does |\n|---|---|\n");
    for (key, what) in keys {
        let _ = writeln!(
            out,
            "| {} | {} |",
            key.replace('|', "\\|"),
            what.replace('|', "\\|")
        );
    }
}

/// What a screen is called, which files take its keys, and what opens it.
type Opening = (&'static str, &'static [&'static str], fn(&mut App));

const SCREENS: [Opening; 10] = [
    ("Start", &["home"], |_| ()),
    (
        "Commit to a folder",
        &["commit", "commit_scope", "form"],
        App::open_rules,
    ),
    ("A case", &["case", "pane", "search"], App::open_case),
    (
        "A request",
        &[
            "request",
            "request_guard",
            "request_lists",
            "request_prove",
            "pane",
            "search",
        ],
        App::open_request,
    ),
    ("A bundle", &["bundle", "pane", "search"], App::open_bundle),
    ("Verification", &["verify"], App::open_verify),
    ("Export", &["export", "desk", "form"], |app| {
        app.open_bundle();
        app.press("x");
    }),
    ("Audit", &["audit", "desk", "form"], |app| {
        app.open_bundle();
        app.press("u");
    }),
    (
        "Keys, signatures, time-stamps",
        &["sign", "desk", "form"],
        App::open_sign,
    ),
    ("Custody", &["custody"], |app| {
        app.open_case();
        app.press("l");
    }),
];

#[test]
fn the_reference_of_keys_is_what_the_screens_explain() {
    let mut out = String::from(
        "# Keys of the terminal application\n\n\
         Written from the screens themselves (`CANDOR_REGENERATE=1 cargo test --release reference`); `?` (`F1` where text is typed) shows\n\
         the same on each screen.\n",
    );
    section(&mut out, "Everywhere", EVERYWHERE);
    for (title, _, open) in SCREENS {
        let mut app = App::new();
        open(&mut app);
        section(&mut out, title, app.state.screen().help());
    }
    section(&mut out, "Questions", DIALOGS);
    matches_file("docs/keys.md", &out);
}

/// Letters and signs that move, wherever there is something to move in: see [`EVERYWHERE`].
const MOVES: &str = "jkgG ";

/// The letters and signs that the code of these files has as keys.
fn keys_in(folder: &str, files: &[&str]) -> BTreeSet<char> {
    let key = Regex::new(r"KeyCode::Char\(((?:\s*\|?\s*'(?:[^'\\]|\\.)')+)\s*\)").unwrap();
    let sign = Regex::new(r"'([^'\\])'").unwrap();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui");
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(src.join(folder).join(format!("{file}.rs"))).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for all in key.captures_iter(code) {
            let signs = sign.captures_iter(all.get(1).unwrap().as_str());
            found.extend(signs.filter_map(|one| one[1].chars().next()));
        }
    }
    found.retain(|c| !MOVES.contains(*c));
    found
}

/// The ones that are explained: single signs in the first column.
fn explained(keys: Keys) -> BTreeSet<char> {
    let names = keys.iter().flat_map(|(names, _)| names.split(' '));
    names
        .filter(|name| name.chars().count() == 1)
        .flat_map(str::chars)
        .collect()
}

#[test]
fn every_key_that_the_code_knows_is_explained() {
    let everywhere = explained(EVERYWHERE);
    let (mut missing, mut count) = (Vec::new(), 0);
    for (title, files, open) in SCREENS {
        let mut app = App::new();
        open(&mut app);
        let here = explained(app.state.screen().help());
        let known = keys_in("screens", files);
        count += known.len();
        let silent = known
            .into_iter()
            .filter(|c| !here.contains(c) && !everywhere.contains(c));
        missing.extend(silent.map(|c| format!("{title}: {c}")));
    }
    let dialogs = [
        "confirm", "findings", "notice", "picker", "prompt", "reason",
    ];
    let here = explained(DIALOGS);
    let silent = keys_in("overlay", &dialogs)
        .into_iter()
        .filter(|c| !here.contains(c));
    missing.extend(silent.map(|c| format!("a dialog: {c}")));
    assert!(count > 40, "only {count} keys were found");
    assert_eq!(missing, [""; 0]);
}
