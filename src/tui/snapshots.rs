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
    app.press("\tJane Roe\t\t\t\t\t\t\t\t\t");
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
    app.done(Outcome::Verified(Box::new(report), None));
    look("verify_verified", &mut app);
    app.press("a");
    let bad = fixtures::report(false);
    assert_eq!(bad.checks[7].status, Status::Failed);
    app.done(Outcome::Verified(Box::new(bad), None));
    look("verify_failed", &mut app);
    app.press("s");
    look("verify_save", &mut app);
}

#[test]
fn too_small() {
    let terminal = App::new().draw(50, 10);
    insta::assert_snapshot!("too_small", terminal.backend());
}

#[test]
fn commit_pictures() {
    let mut app = App::new();
    app.press("c");
    app.send(Event::Listed("/srv".into(), Ok(Vec::new())));
    app.press("\n");
    let mut found = fixtures::found();
    found.pictures = 3;
    found.neither = 2;
    app.done(Outcome::Scanned(found));
    app.press("\t\t\t\t\t");
    look("commit_forms", &mut app);
    app.press("\t \t \t ");
    look("commit_forms_text_only", &mut app);
}

#[test]
fn export() {
    let mut app = App::new();
    app.open_bundle();
    app.press("x");
    look("export_production", &mut app);
    app.press(" ");
    look("export_log", &mut app);
    app.press("\t\t\t\t\t\t\n");
    let id = app.job();
    app.send(Event::Checking(id, "proofs"));
    app.send(Event::Progress(id, fixtures::snapshot()));
    look("export_running", &mut app);
    let lines = vec!["The privilege log: 1 lines.".to_owned()];
    app.done(Outcome::Exported(
        lines,
        "/srv/bundle-privilege-log.csv".into(),
    ));
    look("export_done", &mut app);
}

#[test]
fn audit() {
    let mut app = App::new();
    app.open_bundle();
    app.press("u");
    look("audit_draw", &mut app);
    app.press("\t\t\t\t\t\t\t\t\t\n");
    app.done(Outcome::Audited(Box::new(fixtures::audit())));
    look("audit_done", &mut app);
}

#[test]
fn custody() {
    let mut app = App::new();
    app.open_case();
    app.press("l");
    let case = || std::path::PathBuf::from("/srv/acme-case");
    app.send(Event::Custody(case(), Ok(fixtures::chain(false))));
    look("custody", &mut app);
    app.send(Event::Custody(case(), Ok(fixtures::chain(true))));
    look("custody_broken", &mut app);
}

#[test]
fn vouched() {
    let mut app = App::new();
    app.open_bundle();
    app.send(Event::Vouched("/srv/bundle".into(), fixtures::vouched()));
    look("bundle_signed", &mut app);
    let mut app = App::new();
    app.open_verify();
    app.press("\n");
    app.send(Event::Vouched("/srv/bundle".into(), fixtures::vouched()));
    app.done(Outcome::Verified(Box::new(fixtures::report(true)), None));
    app.press("jjjjjjjjjjjj");
    look("verify_signed", &mut app);
}

#[test]
fn case_checked() {
    let mut app = App::new();
    app.open_case();
    app.press("i");
    app.done(Outcome::CaseChecked(Box::new(
        crate::commit::audit::Audit {
            items: 9,
            root_matches: true,
            damaged: 0,
            problems: Vec::new(),
        },
    )));
    look("case_intact", &mut app);
}

#[test]
fn going_on_elsewhere() {
    let mut app = App::new();
    app.open_request();
    app.press("5\ny");
    let id = app.job();
    app.send(Event::Progress(id, fixtures::snapshot()));
    look("request_proving", &mut app);
    app.press("q");
    look("leave", &mut app);
    app.press("k");
    look("parked", &mut app);
}

#[test]
fn sketches() {
    let mut app = App::new();
    app.press("o");
    app.pick("/srv/acme-case");
    app.done(Outcome::Case(Box::new(fixtures::case())));
    let mut preview = fixtures::preview();
    preview.facts.truncate(2);
    preview.body = super::engine::Body::Sketch(vec![" .:-=+*#%@".repeat(3); 4]);
    let subject = super::event::Subject::Case("/srv/acme-case".into(), 0);
    app.send(Event::Previewed(subject, Ok(preview)));
    look("case_sketch", &mut app);
}

#[test]
fn commit_by_rules() {
    let mut app = App::new();
    app.open_rules();
    look("commit_rules", &mut app);
    app.press("\t\t\t\t\n\t\t\t\t*.tmp");
    look("commit_scope", &mut app);
    app.press("\t\t\t\t\t\t\t\t\t\t\t\t\n");
    app.done(Outcome::Scanned(fixtures::found_by_rules()));
    app.press("\t\t\t\t\t\t\n");
    look("commit_rules_confirm", &mut app);
    app.press("y");
    let report = fixtures::commit_report_by_rules();
    app.done(Outcome::Committed(Box::new(report)));
    look("commit_rules_done", &mut app);
}

#[test]
fn bounds() {
    let mut app = App::new();
    app.open_request();
    app.press("5m");
    look("request_memory", &mut app);
    app.press("\n");
    let why = "proving one item takes about 900 MiB of memory, the limit is 100 MiB: raise it with \
               --memory, or use a machine with more memory";
    app.done(Outcome::Planned(Err(why.to_owned())));
    look("request_no_plan", &mut app);
    let mut app = App::new();
    app.open_request();
    app.press("5\ny");
    let id = app.job();
    app.send(Event::Progress(id, fixtures::snapshot()));
    app.press("cy");
    look("request_stopping", &mut app);
}

#[test]
fn sign() {
    let mut app = App::new();
    app.open_sign();
    look("sign", &mut app);
    app.press("\t\t\n");
    app.pick("/srv/acme-records.key");
    app.press("\tsesame\t\t\n");
    look("sign_confirm", &mut app);
    app.press("y");
    app.done(Outcome::InTheWay(
        "/srv/acme-case/commitment.json.minisig".into(),
    ));
    look("sign_replace", &mut app);
    app.press("n↑↑↑↑↑ ");
    look("sign_check", &mut app);
    app.press("\t\t\tRWQf6LRCGA9i\t\t\n");
    app.done(Outcome::Signed(Box::new(fixtures::signed(false))));
    look("sign_bad", &mut app);
}

#[test]
fn stamp() {
    let mut app = App::new();
    app.open_sign();
    app.press("  ");
    look("stamp_request", &mut app);
    app.press(" ");
    look("stamp_store", &mut app);
    app.press(" \t\t\n");
    app.pick("/srv/tsa-root.pem");
    app.press("\t\t\t\n");
    app.done(Outcome::Signed(Box::new(fixtures::signed(true))));
    look("stamp_checked", &mut app);
    app.press("↑↑↑↑↑ ");
    look("sign_keygen", &mut app);
}

#[test]
fn verify_by_rules() {
    let mut app = App::new();
    app.open_verify();
    app.press("\n");
    let mut report = fixtures::report(true);
    report.scope = fixtures::rules();
    app.done(Outcome::Verified(Box::new(report), None));
    app.press("jjjjjjjjjjjjj");
    look("verify_rules", &mut app);
}
