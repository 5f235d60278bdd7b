//! Every screen as it looks in a small and in a large terminal.

use super::engine::{Entry, EntryKind};
use super::event::{Event, Outcome};
use super::fixtures::{self, App};
use super::theme::Theme;
use crate::verify::Status;

/// Compares with the stored pictures at both sizes.
fn look(name: &str, app: &mut App) {
    for (width, height) in [(80, 24), (140, 45)] {
        let terminal = app.draw(width, height);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), terminal.backend());
    }
}

#[test]
fn home() {
    look("home_empty", &mut App::new());
    let mut app = App::with(Theme::new(true), App::recent());
    app.press("\t");
    look("home", &mut app);
    app.press("?");
    look("help", &mut app);
}

#[test]
fn picker() {
    let mut app = App::new();
    app.press("o");
    let entry = |name: &str, kind| Entry {
        name: name.into(),
        path: std::path::Path::new("/srv").join(name),
        kind,
    };
    let entries = vec![
        entry("acme-case", EntryKind::Case),
        entry("bundle", EntryKind::Bundle),
        entry("mail", EntryKind::Folder),
        entry("re\u{202e}lam", EntryKind::Folder),
        entry("lottery.clf", EntryKind::Classifier),
    ];
    app.send(Event::Listed("/srv".into(), Ok(entries)));
    look("picker", &mut app);
    app.press("a");
    look("picker_filtered", &mut app);
}

#[test]
fn commit() {
    let mut app = App::new();
    app.press("c");
    let entries = vec![Entry {
        name: "mail".into(),
        path: "/srv/mail".into(),
        kind: EntryKind::Folder,
    }];
    app.send(Event::Listed("/srv".into(), Ok(entries)));
    app.press("mail\n");
    app.press("\n");
    let id = app.job();
    let mut at = fixtures::snapshot();
    at.label = "Looking at files".into();
    at.note.clear();
    at.in_bytes = true;
    app.send(Event::Progress(id, at));
    app.send(Event::Found(id, fixtures::found()));
    look("commit_scanning", &mut app);
    app.done(Outcome::Scanned(fixtures::found()));
    app.press("\tJane Roe\t\t\t\t");
    look("commit_form", &mut app);
    app.press("\n");
    look("commit_confirm", &mut app);
    app.press("y");
    let id = app.job();
    app.send(Event::Progress(id, fixtures::snapshot()));
    look("commit_running", &mut app);
    app.done(Outcome::Committed(Box::new(fixtures::commit_report())));
    look("commit_done", &mut app);
}

#[test]
fn case() {
    let mut app = App::new();
    app.open_case();
    look("case", &mut app);
    app.press("/lottery");
    look("case_search", &mut app);
    app.press("\u{1b}xx");
    look("case_exceptions", &mut app);
    app.press("a");
    look("case_around", &mut app);
}

#[test]
fn request() {
    let mut app = App::new();
    app.open_request();
    look("request_classifier", &mut app);
    app.press("2");
    look("request_scores", &mut app);
    app.press("3");
    app.previewed();
    app.press("Gw");
    look("request_reason", &mut app);
    app.press("\nDraft to counsel\n");
    look("request_matches", &mut app);
    app.press("4");
    look("request_borderline", &mut app);
    app.press("5");
    look("request_plan", &mut app);
    app.press("\n");
    look("request_confirm", &mut app);
    app.press("y");
    let id = app.job();
    app.send(Event::Progress(id, fixtures::snapshot()));
    app.press("p");
    look("request_paused", &mut app);
    app.done(Outcome::Proved(Box::new(fixtures::report(true))));
    look("request_proved", &mut app);
}

#[test]
fn classifier_alone() {
    let mut app = App::new();
    app.press("r");
    app.pick("/srv/lottery.clf");
    app.done(Outcome::DryRun(fixtures::classifier(), None));
    look("request_no_case", &mut app);
}

#[test]
fn bundle() {
    let mut app = App::new();
    app.open_bundle();
    look("bundle_produced", &mut app);
    app.press("2");
    look("bundle_withheld", &mut app);
    app.press("3");
    look("bundle_not_responsive", &mut app);
    app.press("4");
    look("bundle_exception", &mut app);
    app.press("6");
    look("bundle_all", &mut app);
}

#[test]
fn verify() {
    let mut app = App::new();
    app.open_verify();
    look("verify_inputs", &mut app);
    app.press("\n");
    let id = app.job();
    let report = fixtures::report(true);
    for check in &report.checks[..7] {
        app.send(Event::Checking(id, check.name));
        app.send(Event::Checked(id, check.clone()));
    }
    app.send(Event::Checking(id, "proofs"));
    app.send(Event::Progress(id, fixtures::snapshot()));
    look("verify_running", &mut app);
    app.done(Outcome::Verified(Box::new(report)));
    look("verify_verified", &mut app);
    app.press("a");
    let bad = fixtures::report(false);
    assert_eq!(bad.checks[7].status, Status::Failed);
    app.done(Outcome::Verified(Box::new(bad)));
    look("verify_failed", &mut app);
    app.press("s");
    look("verify_save", &mut app);
}

#[test]
fn too_small() {
    let terminal = App::new().draw(50, 10);
    insta::assert_snapshot!("too_small", terminal.backend());
}
