//! The keys of the terminal application, `docs/keys.md`: written from the help of the screens and compared.

use super::fixtures::App;
use super::overlay::EVERYWHERE;
use super::screens::Keys;
use crate::reference::matches_file;
use std::fmt::Write as _;

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

/// Opens a screen, and what it is called.
type Opening = (&'static str, fn(&mut App));

const SCREENS: [Opening; 10] = [
    ("Start", |_| ()),
    ("Commit to a folder", App::open_rules),
    ("A case", App::open_case),
    ("A request", App::open_request),
    ("A bundle", App::open_bundle),
    ("Verification", App::open_verify),
    ("Export", |app| {
        app.open_bundle();
        app.press("x");
    }),
    ("Audit", |app| {
        app.open_bundle();
        app.press("u");
    }),
    ("Keys, signatures, time-stamps", App::open_sign),
    ("Custody", |app| {
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
    for (title, open) in SCREENS {
        let mut app = App::new();
        open(&mut app);
        section(&mut out, title, app.state.screen().help());
    }
    matches_file("docs/keys.md", &out);
}
