//! How events change the state, without any picture; and what no picture may ever hold.

use super::canvas::Hit;
use super::engine::What;
use super::event::{Effect, Ended, Event, Job, Outcome, Subject};
use super::fixtures::{self, App};
use super::theme::Theme;
use crate::bundle::Reason;
use crate::item::Form;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::style::Color;

type Walk = fn(&mut App);

/// Ways to screens that show as much as possible.
const WALKS: [(&str, Walk); 12] = [
    ("case", App::open_case),
    ("around", |app| {
        app.open_case();
        app.press("xxa");
    }),
    ("matches", |app| {
        app.open_request();
        app.press("3");
        app.previewed();
    }),
    ("scores", |app| {
        app.open_request();
        app.press("2");
    }),
    ("bundle", App::open_bundle),
    ("not responsive", |app| {
        app.open_bundle();
        app.press("3");
    }),
    ("commit", find_pictures),
    ("export", |app| {
        app.open_bundle();
        app.press("x\t");
    }),
    ("audit", |app| {
        app.open_bundle();
        app.press("u\t\t\t\t\t\t\t\t\t\n");
        app.done(Outcome::Audited(Box::new(fixtures::audit())));
    }),
    ("custody", |app| {
        app.open_case();
        app.press("l");
        let chain = Ok(fixtures::chain(true));
        app.send(Event::Custody("/srv/acme-case".into(), chain));
    }),
    ("signed", |app| {
        app.open_bundle();
        app.send(Event::Vouched("/srv/bundle".into(), fixtures::vouched()));
    }),
    ("verify", |app| {
        app.open_verify();
        app.press("\n");
        app.done(Outcome::Verified(Box::new(fixtures::report(false)), None));
    }),
];

#[test]
fn hostile_text_is_escaped_on_every_screen() {
    for (name, walk) in WALKS {
        let mut app = App::new();
        walk(&mut app);
        for (width, height) in [(60, 16), (80, 24), (200, 60)] {
            let terminal = app.draw(width, height);
            for cell in terminal.backend().buffer().content() {
                let bad = |c: char| {
                    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                };
                assert!(!cell.symbol().contains(bad), "{name}: {:?}", cell.symbol());
            }
        }
    }
    // And it is shown, not swallowed.
    let mut app = App::new();
    app.open_case();
    let picture = app.draw(200, 40).backend().to_string();
    assert!(
        picture.contains("Make money fast \\u{1b}[31m\\u{202e}now"),
        "{picture}"
    );
}

#[test]
fn without_colours_there_are_none_and_with_them_only_the_sixteen() {
    for (name, walk) in WALKS {
        for colour in [false, true] {
            let mut app = App::with(Theme::new(colour), App::recent());
            walk(&mut app);
            let terminal = app.draw(140, 45);
            for cell in terminal.backend().buffer().content() {
                for c in [cell.fg, cell.bg] {
                    let allowed = match c {
                        Color::Reset => true,
                        Color::Rgb(..) | Color::Indexed(_) => false,
                        _ => colour,
                    };
                    assert!(allowed, "{name}: {c:?}");
                }
            }
        }
    }
}

#[test]
fn leaving_asks_while_something_runs_and_then_stops_it() {
    let mut app = App::new();
    app.open_request();
    app.press("5\ny");
    let id = app.job();
    app.press("q");
    assert_eq!(app.state.overlays.len(), 1);
    app.press("n");
    assert_eq!(app.state.screens.len(), 3);
    app.press("qy");
    assert_eq!(app.state.screens.len(), 2);
    let cancelled = |e: &Effect| matches!(e, Effect::Cancel(n) if *n == id);
    assert!(app.effects.iter().any(cancelled));
}

#[test]
fn nothing_is_committed_or_proved_without_a_yes() {
    let mut app = App::new();
    app.open_request();
    app.press("5\n");
    let proofs = |app: &App| {
        let prove = |e: &&Effect| matches!(e, Effect::Start(_, Job::Prove { .. }));
        app.effects.iter().filter(prove).count()
    };
    app.press("\n \u{1b}");
    assert_eq!(proofs(&app), 0);
    app.press("\ny");
    assert_eq!(proofs(&app), 1);
}

#[test]
fn a_stopped_production_can_go_on_with_the_same_plan() {
    let mut app = App::new();
    app.open_request();
    app.press("5\ny");
    let first = app.job();
    app.press("cy");
    app.send(Event::Done(first, Ended::Cancelled("stopped".into())));
    app.press("\ny");
    assert_ne!(app.job(), first);
    let plans: Vec<_> = app
        .effects
        .iter()
        .filter_map(|e| match e {
            Effect::Start(_, Job::Prove { memory, output, .. }) => Some((*memory, output.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(plans.len(), 2);
    assert_eq!(plans[0], plans[1]);
}

#[test]
fn withholding_is_for_matches_and_must_make_sense() {
    let mut app = App::new();
    app.open_request();
    // The last of the borderline items does not match.
    app.press("4Gw");
    assert!(app.state.overlays.is_empty());
    assert!(app.state.toast.is_some());
    // Item 1 has the same bytes as item 7, which would be produced.
    app.press("3g↓w\nBecause\n");
    assert!(
        app.state
            .toast
            .as_ref()
            .is_some_and(|t| t.contains("withhold that too"))
    );
    app.press("5\n");
    assert!(app.state.overlays.is_empty(), "proving is refused");
    app.press("3↓w\nBecause\n");
    app.press("5\n");
    assert_eq!(app.state.overlays.len(), 1, "both are withheld now");
    app.press("\u{1b}");
    app.press("3g↓u↓u5\ny");
    let Some(Effect::Start(_, Job::Prove { withhold, .. })) = app.effects.last() else {
        panic!("not proving: {:?}", app.state.toast)
    };
    assert!(withhold.is_empty());
}

#[test]
fn only_the_item_that_is_selected_is_shown() {
    let mut app = App::new();
    app.open_case();
    app.press("jj");
    let stale = Subject::Case("/srv/acme-case".into(), 1);
    app.send(Event::Previewed(stale, Ok(fixtures::preview())));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(!picture.contains("Dear reader"), "{picture}");
    app.previewed();
    app.press("\n");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("Dear reader"), "{picture}");
}

#[test]
fn the_mouse_points_at_rows_and_keys() {
    let mut app = App::new();
    app.open_bundle();
    let click = |app: &mut App, wanted: Hit| {
        app.draw(80, 24);
        let at = (0..24)
            .flat_map(|row| (0..80).map(move |column| (column, row)))
            .find(|(column, row)| app.state.hits.at(*column, *row) == Some(wanted));
        let (column, row) = at.unwrap_or_else(|| panic!("{wanted:?} is not on the screen"));
        app.send(Event::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }));
    };
    click(&mut app, Hit::Row(2));
    let asked = |app: &App| match app.effects.last() {
        Some(Effect::Preview(Subject::Bundle(_, index), _)) => Some(*index),
        _ => None,
    };
    assert_eq!(asked(&app), Some(4));
    click(&mut app, Hit::Key(KeyCode::Char('3')));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("nothing else:"), "{picture}");
    click(&mut app, Hit::Key(KeyCode::Char('q')));
    assert_eq!(app.state.screens.len(), 1);
}

#[test]
fn ctrl_c_and_signals_end_the_program() {
    let mut app = App::new();
    app.send(Event::Key(KeyEvent::new(
        KeyCode::Char('c'),
        KeyModifiers::CONTROL,
    )));
    assert!(app.state.quit);
    let mut app = App::new();
    app.open_case();
    app.send(Event::Key(KeyEvent::new(
        KeyCode::Char('c'),
        KeyModifiers::CONTROL,
    )));
    assert!(!app.state.quit, "it asks first");
    app.send(Event::Terminate);
    assert!(app.state.quit);
}

#[test]
fn reports_are_not_saved_into_the_bundle() {
    let mut app = App::new();
    app.open_verify();
    app.press("\n");
    app.done(Outcome::Verified(Box::new(fixtures::report(true)), None));
    app.press("s");
    app.send(Event::Key(KeyEvent::new(
        KeyCode::Char('u'),
        KeyModifiers::CONTROL,
    )));
    app.press("/srv/bundle/report.txt\n");
    assert!(app.state.toast.as_ref().is_some_and(|t| t.contains("seal")));
    app.press("s");
    app.send(Event::Key(KeyEvent::new(
        KeyCode::Char('u'),
        KeyModifiers::CONTROL,
    )));
    app.press("/srv/report.json\n");
    let Some(Effect::Start(_, Job::Export(task))) = app.effects.last() else {
        panic!("nothing saved")
    };
    assert_eq!(task.output.to_str(), Some("/srv/report.json"));
    // Without a verified bundle, the report that was seen is the one that is written.
    let What::Report(Some(report)) = &task.what else {
        panic!("{:?}", task.what)
    };
    assert!(report.verified());
}

/// To the commit screen, after a scan that found pictures as well.
fn find_pictures(app: &mut App) {
    app.press("c");
    app.send(Event::Listed("/srv".into(), Ok(Vec::new())));
    app.press("\n");
    let mut found = fixtures::found();
    found.pictures = 3;
    app.done(Outcome::Scanned(found));
}

fn with_pictures() -> App {
    let mut app = App::new();
    find_pictures(&mut app);
    app
}

#[test]
fn forms_follow_what_was_found_until_somebody_chooses() {
    let forms = |app: &mut App| {
        app.press("\t\t\t\t\t\t\t\t\t\t\ny");
        let options = app.effects.iter().rev().find_map(|e| match e {
            Effect::Start(_, Job::Commit(_, options)) => Some(options.clone()),
            _ => None,
        });
        options.expect("committing").forms
    };
    // None named: the library takes every form that occurs, and the screen says which.
    let mut app = with_pictures();
    let picture = app.draw(80, 24).backend().to_string();
    assert!(
        picture.contains("[x] text  [x] rgb32  [x] rgb96  [x] rgb224"),
        "{picture}"
    );
    assert_eq!(forms(&mut app), []);
    // The last of the forms, off.
    let mut app = with_pictures();
    app.press("\t\t\t\t\t\t\t\t ");
    assert_eq!(forms(&mut app), Form::ALL[..3]);
}

#[test]
fn nothing_is_committed_without_a_form() {
    let mut app = with_pictures();
    app.press("\t\t\t\t\t \t \t \t \t\n");
    assert!(app.state.overlays.is_empty());
    assert!(app.state.toast.as_ref().is_some_and(|t| t.contains("form")));
}

#[test]
fn work_that_is_left_goes_on_and_can_be_found_again() {
    let mut app = App::new();
    app.open_verify();
    app.press("\n");
    let id = app.job();
    app.press("qk");
    assert_eq!(app.state.screens.len(), 1);
    assert_eq!(app.state.parked.len(), 1);
    let cancelled = |app: &App| app.effects.iter().any(|e| matches!(e, Effect::Cancel(_)));
    assert!(!cancelled(&app));
    app.send(Event::Progress(id, fixtures::snapshot()));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("Verify bundle 37 % F2"), "{picture}");
    // Leaving the program asks.
    app.press("q");
    assert_eq!(app.state.overlays.len(), 1);
    app.press("n");
    let report = Box::new(fixtures::report(true));
    app.send(Event::Done(id, Ended::Ok(Outcome::Verified(report, None))));
    assert!(app.state.toast.as_ref().is_some_and(|t| t.contains("F2")));
    app.send(Event::Key(KeyCode::F(2).into()));
    assert!(app.state.parked.is_empty());
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("VERIFIED"), "{picture}");
}

#[test]
fn what_nobody_waits_for_is_cancelled() {
    let cancels = |app: &App| -> Vec<u64> {
        let ids = app.effects.iter().filter_map(|e| match e {
            Effect::Cancel(id) => Some(*id),
            _ => None,
        });
        ids.collect()
    };
    // A case that is still being read, a classifier: left without a question.
    let mut app = App::new();
    app.press("o");
    app.pick("/srv/acme-case");
    let id = app.job();
    app.press("q");
    assert_eq!(cancels(&app), [id]);
    let mut app = App::new();
    app.press("r");
    app.pick("/srv/lottery.clf");
    let id = app.job();
    app.press("q");
    assert_eq!(cancels(&app), [id]);
    // A verification only after one.
    let mut app = App::new();
    app.open_verify();
    app.press("\n");
    let id = app.job();
    app.press("q");
    assert!(cancels(&app).is_empty());
    app.press("y");
    assert_eq!(cancels(&app), [id]);
    assert!(app.state.parked.is_empty());
}

#[test]
fn a_production_is_asked_about_and_verified_first() {
    let mut app = App::new();
    app.open_bundle();
    app.press("x\t\t\t\t\t\t\t\t\t\t\t\t\n");
    let exports = |app: &App| {
        let export = |e: &&Effect| matches!(e, Effect::Start(_, Job::Export(_)));
        app.effects.iter().filter(export).count()
    };
    assert_eq!(exports(&app), 0);
    app.press("n\ny");
    assert_eq!(exports(&app), 1);
    let Some(Effect::Start(_, Job::Export(task))) = app.effects.last() else {
        panic!("not exporting")
    };
    assert!(task.verified.is_none());
    let commitment = task.target.commitment.to_str();
    assert_eq!(commitment, Some("/srv/acme-case/commitment.json"));
    let What::Production(options) = &task.what else {
        panic!("{:?}", task.what)
    };
    assert_eq!(options.bates.number(0), "PROD0000001");
    // A bundle that does not verify gives nothing.
    let report = Box::new(fixtures::report(false));
    app.done(Outcome::Verified(report, None));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("nothing was written"), "{picture}");
}

#[test]
fn opening_a_sample_asks_first() {
    let go = "\t\t\t\t\t\t\t\t\t\n";
    let opens = |app: &App| {
        let open = |e: &&Effect| matches!(e, Effect::Start(_, Job::Audit(_)));
        app.effects.iter().filter(open).count()
    };
    let mut app = App::new();
    app.open_bundle();
    app.press("u ");
    app.press(go);
    assert!(app.state.toast.is_some(), "the challenge is missing");
    // One that lies beside the bundle is found.
    app.press("\u{1b}");
    let mut nearby = fixtures::nearby();
    nearby.challenges = vec!["/srv/challenge.json".into()];
    app.send(Event::Located("/srv/bundle".into(), nearby));
    app.press("u");
    app.press(go);
    assert_eq!(opens(&app), 0);
    assert_eq!(app.state.overlays.len(), 1);
    app.press("y");
    assert_eq!(opens(&app), 1);
}

#[test]
fn lists_can_be_searched() {
    let mut app = App::new();
    app.open_bundle();
    app.press("/cheese");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("no item"), "{picture}");
    app.press("\u{1b}/claim\n");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("1-claim.txt"), "{picture}");
    let mut app = App::new();
    app.open_request();
    app.press("3/lottery\n");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(!picture.contains("Make money fast"), "{picture}");
    app.press("\u{1b}");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("Make money fast"), "{picture}");
}

#[test]
fn a_list_of_items_to_withhold_is_taken_if_it_fits() {
    let mut app = App::new();
    app.open_request();
    app.press("3");
    let entry = |item: &str| crate::prove::WithholdEntry {
        item: item.to_owned(),
        reason: Reason::parse("AC").unwrap(),
        description: "Advice".to_owned(),
    };
    let list = |app: &mut App, item: &str| {
        let entries = vec![entry(item)];
        app.send(Event::WithholdRead("/srv/list.csv".into(), Ok(entries)));
        app.draw(80, 24).backend().to_string()
    };
    let picture = list(&mut app, "0");
    assert!(
        picture.contains("0 withheld"),
        "item 0 does not match: {picture}"
    );
    let picture = list(&mut app, "sent/003.eml");
    assert!(picture.contains("1 withheld"), "{picture}");
}
