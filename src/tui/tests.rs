//! How events change the state, without any picture; and what no picture may ever hold.

use super::canvas::Hit;
use super::engine::{SignTask, Unfinished, What};
use super::event::{Effect, Ended, Event, Job, Outcome, Subject};
use super::fixtures::{self, App};
use super::theme::Theme;
use crate::bundle::Reason;
use crate::guard::{Finding as Disclosure, Ground, Level, Refusal};
use crate::ingest::LoadFile;
use crate::item::Form;
use crate::review::Review;
use crate::sign::Password;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::style::Color;

type Walk = fn(&mut App);

/// Ways to screens that show as much as possible.
const WALKS: [(&str, Walk); 16] = [
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
    ("rules", App::open_rules),
    ("scope", |app| {
        app.open_rules();
        app.press("\t\t\t\t\n");
    }),
    ("committed", |app| {
        app.open_rules();
        app.press("\t\t\t\t\t\t\t\t\t\ny");
        app.done(Outcome::Committed(Box::new(
            fixtures::commit_report_by_rules(),
        )));
    }),
    ("bad signature", |app| {
        app.open_sign();
        app.press(" \t\t\tRW\t\t\n");
        app.done(Outcome::Signed(Box::new(fixtures::signed(false))));
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
            Effect::Start(_, Job::Prove { plan, output, .. }) => {
                Some((plan.memory, plan.max_items, output.clone()))
            }
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
    assert!(app.said().contains("withhold that too"));
    app.press("5\n");
    assert!(
        app.said().contains("withhold that too"),
        "proving is refused"
    );
    app.press("3↓w\nBecause\n");
    app.press("5\n");
    assert_eq!(app.state.overlays.len(), 1, "both are withheld now");
    app.press("\u{1b}");
    app.press("3g");
    app.send(Event::Key(KeyCode::Down.into()));
    app.send(Event::Key(KeyCode::Delete.into()));
    assert!(
        app.said().contains("withhold that too"),
        "one of two copies"
    );
    app.press("3u");
    assert!(app.said().contains("withheld as"));
    for _ in 0..2 {
        app.press("u");
        app.said();
    }
    app.press("5\ny");
    let Some(Effect::Start(_, Job::Prove { withhold, .. })) = app.effects.last() else {
        panic!("not proving: {:?}", app.state.toast)
    };
    assert!(withhold.is_empty());
}

#[test]
fn decisions_are_in_the_case_at_each_key_and_come_back_with_it() {
    let hash = fixtures::classifier().hash();
    let recorded = |vault: &tempfile::TempDir| -> Vec<u32> {
        let review = Review::open(vault.path(), &hash).unwrap();
        review.decisions().keys().copied().collect()
    };
    let mut app = App::new();
    app.open_request();
    app.press("3gw\nNotes of counsel?\n");
    assert_eq!(recorded(&app.vault), [4], "with the key that decides");
    let review = Review::open(app.vault.path(), &hash).unwrap();
    // A question mark is text where text is typed.
    assert_eq!(review.decisions()[&4].description, "Notes of counsel?");
    // As the last one.
    app.press("↓↓↓W");
    assert_eq!(recorded(&app.vault).len(), 2);
    app.said();
    // Left by Esc, opened again: both are there, and the last one can still be taken back.
    app.press("\u{1b}");
    let vault = std::mem::replace(&mut app.vault, App::vault());
    let mut app = App::new();
    app.vault = vault;
    app.open_request();
    assert!(app.said().contains("2 items withheld, as recorded"));
    app.press("3u");
    assert!(app.said().contains("taken back"));
    assert_eq!(recorded(&app.vault), [4]);
    app.press("3g");
    app.send(Event::Key(KeyCode::Delete.into()));
    assert_eq!(recorded(&app.vault), [0; 0]);
    app.press("u");
    assert_eq!(recorded(&app.vault), [4]);
    app.said();
    app.press("5\ny");
    let proving = app.effects.iter().rev().find_map(|e| match e {
        Effect::Start(_, Job::Prove { withhold, .. }) => Some(withhold.len()),
        _ => None,
    });
    assert_eq!(proving, Some(1), "{}", app.said());
}

#[test]
fn a_decision_that_is_not_recorded_is_not_shown_as_taken() {
    let mut app = App::new();
    app.open_request();
    app.press("3g");
    // The case cannot be written any more.
    std::fs::remove_dir_all(app.vault.path().join("vault")).unwrap();
    app.press("w\nNotes of counsel\n");
    assert!(app.said().starts_with("NOT RECORDED"));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("to be produced, 0 withheld"), "{picture}");
    // And nothing is produced by a program that does not know what to withhold.
    app.press("5\n");
    assert!(app.said().contains("cannot be read from the case"));
    app.press("y");
    let proves = |e: &Effect| matches!(e, Effect::Start(_, Job::Prove { .. }));
    assert!(!app.effects.iter().any(proves));
}

#[test]
fn a_sealed_classifier_is_shown_as_one_and_run_with_its_secret_part() {
    let mut app = App::new();
    app.press("r");
    app.pick("/srv/model.sealed");
    app.done(Outcome::DryRun(fixtures::sealed(false), None));
    let picture = |app: &mut App| app.draw(100, 30).backend().to_string();
    let shown = picture(&mut app);
    for words in [
        "SEALED",
        "nobody else can tell",
        "secret weights",
        "Review model 3",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("money won"), "{shown}");
    // Over a case it takes the secret part, which is not beside it.
    app.press("o");
    app.pick("/srv/acme-case");
    let why = "the classifier is sealed, and its secret part is not beside it".to_owned();
    app.done(Outcome::Unopened(fixtures::sealed(false), why));
    let shown = picture(&mut app);
    assert!(shown.contains("x chooses the secret part"), "{shown}");
    app.press("x");
    app.pick("/srv/safe/model.secret");
    let last = app.effects.iter().rev().find_map(|effect| match effect {
        Effect::Start(_, Job::DryRun { case, secret, .. }) => Some((case.clone(), secret.clone())),
        _ => None,
    });
    let (case, secret) = last.expect("it is tried again");
    assert_eq!(case.as_deref(), Some("/srv/acme-case".as_ref()));
    assert_eq!(secret.as_deref(), Some("/srv/safe/model.secret".as_ref()));
    let data = Some(Box::new(fixtures::dry_run()));
    app.done(Outcome::DryRun(fixtures::sealed(true), data));
    let shown = picture(&mut app);
    assert!(shown.contains("their owner's view"), "{shown}");
}

#[test]
fn a_production_that_was_begun_is_offered_with_its_own_list_only() {
    let begun = |withheld: Option<Vec<u32>>| {
        let mut app = App::new();
        let mut case = fixtures::case();
        case.nearby.unfinished = vec![Unfinished {
            output: "/srv/begun".into(),
            classifier_hash: hex::encode(fixtures::classifier().hash()),
            finished: 1,
            proofs: 2,
            withheld,
            allowed: vec![(7, "agreed".to_owned())],
        }];
        app.press("o");
        app.pick("/srv/acme-case");
        app.done(Outcome::Case(Box::new(case)));
        app.previewed();
        let said = app.said();
        assert!(
            said.contains("not finished") && said.contains("/srv/begun"),
            "{said}"
        );
        app.press("ag\n");
        let data = Some(Box::new(fixtures::dry_run()));
        app.done(Outcome::DryRun(fixtures::classifier(), data));
        let picture = app.draw(80, 24).backend().to_string();
        assert!(picture.contains("begun before: 1 of 2 proofs"), "{picture}");
        app
    };
    let output = |app: &App| {
        app.effects.iter().find_map(|e| match e {
            Effect::Start(_, Job::Prove { output, .. }) => Some(output.clone()),
            _ => None,
        })
    };
    let mut app = begun(Some(Vec::new()));
    app.press("\ny");
    assert_eq!(output(&app).as_deref(), Some("/srv/begun".as_ref()));
    assert_eq!(
        proofs(&app),
        [[(7, "agreed".to_owned())]],
        "what was allowed goes on as well"
    );
    // Another list, or none that is known: it does not go on.
    for (list, word) in [(Some(vec![4]), "not now: 4"), (None, "does not say")] {
        let mut app = begun(list);
        app.press("\n");
        assert!(app.said().contains(word));
        app.press("y");
        assert_eq!(output(&app), None);
    }
}

/// Something that resembles a withheld item.
fn near(outgoing: u32, level: Level) -> Disclosure {
    Disclosure {
        withheld: 4,
        withheld_path: "inbox/004.eml".into(),
        part: None,
        outgoing,
        outgoing_path: format!("inbox/{outgoing:03}.eml"),
        inside: None,
        level,
        grounds: vec![Ground::Quotes { shared: 40, of: 60 }],
        elsewhere: None,
    }
}

fn refusal(exact: Vec<Disclosure>, near: Vec<Disclosure>, idle: Vec<u32>) -> Outcome {
    Outcome::Guarded(Box::new(Refusal {
        exact,
        near,
        idle,
        passages: Vec::new(),
    }))
}

fn proofs(app: &App) -> Vec<Vec<(u32, String)>> {
    let allowed = |e: &Effect| match e {
        Effect::Start(_, Job::Prove { allow, .. }) => Some(allow.clone()),
        _ => None,
    };
    app.effects.iter().filter_map(allowed).collect()
}

#[test]
fn near_copies_are_allowed_one_by_one_or_nothing_is_proved() {
    let mut app = App::new();
    app.open_request();
    app.press("3gw\nNotes of counsel\n5\ny");
    app.said();
    // Two findings about one item are one question.
    let found = vec![
        near(1, Level::Near),
        near(1, Level::Near),
        near(7, Level::Near),
    ];
    app.done(refusal(Vec::new(), found, Vec::new()));
    let picture = app.draw(120, 40).backend().to_string();
    assert!(picture.contains("would go out with 2 items"), "{picture}");
    // Not now: nothing is proved, and the next time it is asked again.
    app.press("\n\u{1b}");
    app.press("\n");
    assert_eq!(proofs(&app).len(), 1);
    let picture = app.draw(80, 24).backend().to_string();
    assert!(
        picture.contains("What is withheld would go out"),
        "{picture}"
    );
    // One is not all.
    app.press("aa newsletter\ny");
    assert_eq!(proofs(&app).len(), 1);
    app.press("aasked for\ny");
    let both = vec![(1, "a newsletter".to_owned()), (7, "asked for".to_owned())];
    assert_eq!(proofs(&app)[1], both);
    // Stopped and begun again, they still hold, and are said.
    let id = app.job();
    app.send(Event::Done(id, Ended::Cancelled("stopped".into())));
    app.press("\n");
    let picture = app.draw(120, 40).backend().to_string();
    assert!(picture.contains("near copies: items 1, 7"), "{picture}");
    app.press("y");
    assert_eq!(proofs(&app)[2], both);
    // One that is not needed any more is taken out, and said.
    app.done(refusal(Vec::new(), Vec::new(), vec![7]));
    assert!(app.said().contains("about item 7"));
    assert_eq!(proofs(&app)[3], both[..1]);
    // They were about what was withheld then.
    let id = app.job();
    app.send(Event::Done(id, Ended::Cancelled("stopped".into())));
    app.press("3u");
    assert!(app.said().contains("asked again about item 1"));
    app.press("5\ny");
    assert_eq!(proofs(&app)[4], []);
}

#[test]
fn what_is_withheld_itself_is_shown_and_refused() {
    let mut app = App::new();
    app.open_request();
    app.press("3gw\nNotes of counsel\n5\ny");
    app.said();
    // One item that is both is refused.
    let both = vec![near(1, Level::Near)];
    app.done(refusal(vec![near(1, Level::Exact)], both, Vec::new()));
    let picture = app.draw(120, 40).backend().to_string();
    assert!(picture.contains("Item 1 must not leave"), "{picture}");
    assert!(picture.contains("inbox/004.eml"), "{picture}");
    app.press("\naI want it\ny\u{1b}");
    assert_eq!(proofs(&app).len(), 1);
}

/// Ways to every overlay as well.
const OVERLAYS: [(&str, Walk); 8] = [
    ("home", |_| {}),
    ("picker", |app| app.press("o")),
    ("reason", |app| {
        app.open_request();
        app.press("3gw");
    }),
    ("description", |app| {
        app.open_request();
        app.press("3gw\n");
    }),
    ("prove?", |app| {
        app.open_request();
        app.press("5\n");
    }),
    ("prompt", |app| {
        app.open_request();
        app.press("5o");
    }),
    ("help", |app| app.press("?")),
    ("leave?", |app| {
        app.open_request();
        app.press("5\nyq");
    }),
];

/// What there is to see and what was asked for.
fn outcome(app: &mut App) -> (String, usize, usize, usize, bool) {
    let picture = app.draw(80, 24).backend().to_string();
    let state = &app.state;
    let (screens, overlays) = (state.screens.len(), state.overlays.len());
    (picture, screens, overlays, app.effects.len(), state.quit)
}

#[test]
fn a_key_with_a_modifier_is_another_key() {
    let modifiers = KeyModifiers::all().iter_names();
    let modifiers: Vec<KeyModifiers> = modifiers.map(|(_, m)| m).collect();
    let mut codes: Vec<KeyCode> = (' '..='~').map(KeyCode::Char).collect();
    codes.extend([
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Delete,
        KeyCode::Backspace,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(1),
        KeyCode::F(2),
    ]);
    for (name, walk) in WALKS.into_iter().chain(OVERLAYS) {
        let mut app = App::new();
        walk(&mut app);
        app.said();
        let before = outcome(&mut app);
        for &code in &codes {
            for &with in &modifiers {
                let named = match (with, code) {
                    // In the letter, or what Tab is with it.
                    (KeyModifiers::SHIFT, KeyCode::Char(_) | KeyCode::Tab) => true,
                    // Moving, editing a line, leaving the program.
                    (KeyModifiers::CONTROL, KeyCode::Char(c)) => "abcdefnpuw".contains(c),
                    _ => false,
                };
                if !named {
                    app.send(Event::Key(KeyEvent::new(code, with)));
                    let now = outcome(&mut app);
                    assert!(now == before, "{name}: {with:?} {code:?}:\n{}", now.0);
                }
            }
        }
        // What control moves and edits, decides nothing.
        for c in "abdefnpuw".chars() {
            let mut app = App::new();
            walk(&mut app);
            let before = outcome(&mut app);
            app.send(Event::Key(KeyEvent::new(
                KeyCode::Char(c),
                KeyModifiers::CONTROL,
            )));
            let now = outcome(&mut app);
            assert_eq!(
                (now.1, now.2, now.4),
                (before.1, before.2, before.4),
                "{name}: {c}"
            );
            let decides = |e: &Effect| !matches!(e, Effect::Preview(..));
            assert!(!app.effects[before.3..].iter().any(decides), "{name}: {c}");
        }
    }
}

#[test]
fn what_is_pasted_is_text_and_never_keys() {
    for (name, walk) in WALKS.into_iter().chain(OVERLAYS) {
        for pasted in ["y", "y\n", "\n", "q", "5\ny", "w\nx\n", "?", "\u{1b}", " "] {
            let mut app = App::new();
            walk(&mut app);
            let before = outcome(&mut app);
            let typing = app.state.typing();
            app.send(Event::Paste(pasted.to_owned()));
            let now = outcome(&mut app);
            let decided = (now.1, now.2, now.4) != (before.1, before.2, before.4);
            assert!(!decided, "{name}: {pasted:?}:\n{}", now.0);
            // A search may show another item; nothing else comes of it.
            let decides = |e: &Effect| !matches!(e, Effect::Preview(..));
            assert!(
                !app.effects[before.3..].iter().any(decides),
                "{name}: {pasted:?}"
            );
            if !typing && name != "reason" {
                assert!(
                    app.state
                        .toast
                        .as_ref()
                        .is_some_and(|t| t.contains("paste")),
                    "{name}: {pasted:?}"
                );
            }
        }
    }
}

#[test]
fn help_is_one_key_away_where_a_question_mark_is_text() {
    let mut app = App::new();
    app.open_case();
    app.press("/who?");
    assert!(app.state.overlays.is_empty());
    let picture = app.draw(80, 24).backend().to_string();
    assert!(
        picture.contains("who?") && picture.contains("F1 help"),
        "{picture}"
    );
    app.send(Event::Key(KeyCode::F(1).into()));
    assert_eq!(app.state.overlays.len(), 1);
    let mut app = App::new();
    app.open_request();
    app.press("5o?");
    assert_eq!(app.state.overlays.len(), 1);
    app.send(Event::Key(KeyCode::F(1).into()));
    assert_eq!(app.state.overlays.len(), 2, "over what is being asked");
    app.press("\u{1b}");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("bundle?"), "{picture}");
}

#[test]
fn an_error_of_any_length_can_be_read() {
    let long: String = (1..=90)
        .map(|n| format!("line {n}: this item is not one\n"))
        .collect();
    let mut app = App::new();
    app.open_request();
    app.press("3");
    app.draw(80, 24);
    let file = std::path::PathBuf::from("/srv/list.csv");
    app.send(Event::WithholdRead(file, Err(long)));
    let mut seen = String::new();
    for _ in 0..100 {
        seen += &app.draw(80, 24).backend().to_string();
        app.press("↓");
    }
    for n in 1..=90 {
        assert!(seen.contains(&format!("line {n}: ")), "line {n}");
    }
    // Keys that decide something do nothing meanwhile.
    app.press("wyu");
    assert_eq!(app.state.overlays.len(), 1);
    app.press("\n");
    assert!(app.state.overlays.is_empty());
    // What cannot be opened says why, whole.
    let why = "a reason of many words ".repeat(120) + "with an end";
    let mut app = App::new();
    app.press("o");
    app.pick("/srv/acme-case");
    let id = app.job();
    app.send(Event::Done(id, Ended::Failed(why)));
    app.draw(80, 24);
    app.press("G");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("with an end"), "{picture}");
}

#[test]
fn a_file_that_was_found_is_said_to_be_before_anybody_relies_on_it() {
    let mut app = App::new();
    app.open_verify();
    let found = "The commitment file was found nearby and not chosen";
    let squeezed = |app: &mut App| {
        let picture = app.draw(140, 45).backend().to_string();
        picture.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(squeezed(&mut app).contains(found));
    app.press("\n");
    app.done(Outcome::Verified(Box::new(fixtures::report(true)), None));
    assert!(squeezed(&mut app).contains(found), "beside the verdict too");
    app.press("x");
    assert!(squeezed(&mut app).contains(found), "export");
    let mut app = App::new();
    app.open_bundle();
    app.press("u");
    assert!(squeezed(&mut app).contains(found), "audit");
    // Chosen, it is somebody's own business.
    let mut app = App::new();
    app.open_verify();
    app.press("g↓\n");
    app.pick("/srv/published.json");
    assert!(!squeezed(&mut app).contains(found));
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
        Some(Effect::Preview(Subject::Bundle(_, index), ..)) => Some(*index),
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
    assert!(app.said().contains("seal"));
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
            Effect::Start(_, Job::Commit(_, options, _)) => Some(options.clone()),
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
    assert_eq!(forms(&mut app), Form::CURRENT[..3]);
}

#[test]
fn nothing_is_committed_without_a_form() {
    let mut app = with_pictures();
    app.press("\t\t\t\t\t \t \t \t \t\t\n");
    assert!(app.state.overlays.is_empty());
    assert!(app.state.toast.as_ref().is_some_and(|t| t.contains("form")));
}

/// The same number, from the same place, on the screens of a bundle and of its verification.
#[test]
fn screens_say_first_how_many_items_were_not_searched() {
    let sentence = fixtures::bundle().not_searched.sentence();
    assert!(
        sentence.starts_with("1 of 9 items could not be searched ("),
        "{sentence}"
    );
    let mut app = App::new();
    app.open_bundle();
    let picture = app.draw(140, 45).backend().to_string();
    let line = format!("NOT VERIFIED HERE: {sentence}");
    assert!(picture.contains(&line), "{picture}");
    for (good, headline) in [
        (true, format!("VERIFIED: {sentence}")),
        (false, crate::verify::FAILED.to_owned()),
    ] {
        let mut app = App::new();
        app.open_verify();
        app.press("\n");
        let report = Box::new(fixtures::report(good));
        assert_eq!(report.headline(), headline);
        app.done(Outcome::Verified(report, None));
        let picture = app.draw(140, 45).backend().to_string();
        let at = picture.find(&headline);
        let at = at.unwrap_or_else(|| panic!("{headline} is not in {picture}"));
        // First, before anything that is proved, and no zeros where nothing is established.
        let proved = picture.find("Proved");
        assert!(proved.is_none_or(|proved| at < proved), "{picture}");
        assert_eq!(picture.contains("is not established"), !good, "{picture}");
    }
}

/// A case that happens to lie nearby is not taken: with it, secrets are written.
#[test]
fn an_export_takes_no_case_that_nobody_chose() {
    let mut app = App::new();
    app.open_bundle();
    app.press("x");
    let picture = app.draw(140, 45).backend().to_string();
    assert!(picture.contains("From a verified bundle"), "{picture}");
    let row = picture.lines().find(|line| line.contains("│Case "));
    assert!(
        row.is_some_and(|row| row.contains("none; the responder's own")),
        "{picture}"
    );
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
    app.press("x\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n");
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

/// What the guard asks before a production or a sample leaves is answered where it is asked.
#[test]
fn near_copies_are_allowed_where_productions_and_samples_are_made() {
    let mut app = App::new();
    app.open_bundle();
    app.press("x\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n");
    app.press("y");
    let allowed = |app: &App| match app.effects.last() {
        Some(Effect::Start(_, Job::Export(task))) => match &task.what {
            What::Production(options) => Some(options.allow.clone()),
            _ => None,
        },
        _ => None,
    };
    assert_eq!(allowed(&app), Some(Vec::new()));
    let found = vec![near(1, Level::Near), near(7, Level::Near)];
    app.done(refusal(Vec::new(), found, Vec::new()));
    let picture = app.draw(120, 40).backend().to_string();
    assert!(picture.contains("would go out with 2 items"), "{picture}");
    let before = app.effects.len();
    // Not now, then one, then both.
    app.press("\n\u{1b}");
    app.press("\naa newsletter\ny");
    assert_eq!(app.effects.len(), before);
    app.said();
    app.press("aasked for\ny");
    let both = vec!["1=a newsletter".to_owned(), "7=asked for".to_owned()];
    assert_eq!(allowed(&app), Some(both));
    // What is withheld itself cannot be allowed here either.
    app.done(refusal(vec![near(1, Level::Exact)], Vec::new(), Vec::new()));
    let before = app.effects.len();
    app.press("\naI want it\ny\u{1b}");
    assert_eq!(app.effects.len(), before);
}

#[test]
fn opening_a_sample_asks_first() {
    // Past every row of the step, to the button.
    let go = "\t\t\t\t\t\t\n";
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
    // The case beside the bundle is found as well, but whose documents are opened, a person says.
    let said = app.state.toast.clone().unwrap_or_default();
    assert!(said.contains("choose the case"), "{said}");
    app.press("\u{1b}u\t\n");
    app.press("/srv/acme-case\n");
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

/// The last commitment that was asked for.
fn committing(app: &App) -> &crate::commit::CommitOptions {
    let options = app.effects.iter().rev().find_map(|e| match e {
        Effect::Start(_, Job::Commit(_, options, _)) => Some(options),
        _ => None,
    });
    options.expect("committing")
}

#[test]
fn rules_decide_what_is_looked_at_and_what_is_committed() {
    let mut app = App::new();
    app.open_rules();
    // Into the rules: no load file, custodians by folder, only mail, from a day on.
    app.press("\t\t\t\t\n");
    app.press(" \t \t\t*.eml; sent/**\t\tJane Roe\t2002-07-32");
    // Past days and limits to the button.
    app.press(&("\t".repeat(9) + "\n"));
    assert!(
        app.state
            .toast
            .as_ref()
            .is_some_and(|t| t.contains("2001-12-31"))
    );
    app.press(&"↑".repeat(9));
    app.send(Event::Key(KeyCode::Backspace.into()));
    app.press(&("1".to_owned() + &"\t".repeat(9) + "\n"));
    let Some(Effect::Start(_, Job::Scan(_, what))) = app.effects.last() else {
        panic!("not looking: {:?}", app.state.toast)
    };
    let (rules, _) = &**what;
    assert_eq!(rules.load_file, LoadFile::Ignore);
    assert!(rules.custodian_folders);
    assert_eq!(rules.include, ["*.eml", "sent/**"]);
    assert_eq!(rules.custodians, ["Jane Roe"]);
    assert_eq!(
        rules.from.map(|d| d.to_string()).as_deref(),
        Some("2002-07-31")
    );
    app.done(Outcome::Scanned(fixtures::found_by_rules()));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(
        picture.contains("no load file, custodians by folder"),
        "{picture}"
    );
    app.press("\t\t\t\t\t\t\n");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("1 of 10 families left"), "{picture}");
    app.press("y");
    let options = committing(&app);
    assert_eq!(options.selection.include, ["*.eml", "sent/**"]);
    assert_eq!(options.selection.custodians, ["Jane Roe"]);
}

#[test]
fn rules_that_are_not_kept_change_nothing() {
    let mut app = App::new();
    app.open_rules();
    app.press("\t\t\t\t\n\t\t\t\t*.tmp");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("No paths             *.tmp"), "{picture}");
    app.press("\u{1b}");
    assert_eq!(app.state.screens.len(), 2, "only the rules are closed");
    app.press("\t\t\t\t\t\t\ny");
    assert!(committing(&app).selection.exclude.is_empty());
}

#[test]
fn a_rule_about_custodians_looks_again_when_their_name_changes() {
    let scans = |app: &App| {
        let scan = |e: &&Effect| matches!(e, Effect::Start(_, Job::Scan(..)));
        app.effects.iter().filter(scan).count()
    };
    let mut app = App::new();
    app.open_rules();
    app.press("\tJohn\t");
    assert_eq!(scans(&app), 1, "nothing depends on it");
    app.press("\t\t\n\t\t\t\t\tJane Roe\t\t\t\t\t\t\t\t\t\t\n");
    assert_eq!(scans(&app), 2);
    app.press("↑↑↑ Doe\t");
    assert_eq!(scans(&app), 3);
    let Some(Effect::Start(_, Job::Scan(_, what))) = app.effects.last() else {
        panic!("not looking")
    };
    assert_eq!(what.0.custodian.as_deref(), Some("John Doe"));
}

#[test]
fn nothing_is_no_corpus() {
    let mut app = App::new();
    app.press("c");
    app.send(Event::Listed("/srv".into(), Ok(Vec::new())));
    app.press("\n");
    app.done(Outcome::Scanned(Default::default()));
    app.press("\t\t\t\t\t\t\t\t\t\t\n");
    assert!(app.state.overlays.is_empty());
    assert!(
        app.state
            .toast
            .as_ref()
            .is_some_and(|t| t.contains("no document"))
    );
}

#[test]
fn what_is_stopping_is_neither_paused_nor_stopped_again() {
    let mut app = App::new();
    app.open_request();
    app.press("5\ny");
    let id = app.job();
    app.press("cy");
    let before = app.effects.len();
    app.press("pc");
    assert_eq!(app.effects.len(), before);
    assert!(app.state.overlays.is_empty());
    app.send(Event::Progress(id, fixtures::snapshot()));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("stopping when the proof"), "{picture}");
    app.send(Event::Done(id, Ended::Cancelled("stopped".into())));
    app.press("\ny");
    assert_ne!(app.job(), id, "it can go on");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(!picture.contains("stopping"), "{picture}");
}

#[test]
fn a_plan_within_other_bounds_is_the_one_that_is_proved() {
    let clear = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL);
    let mut app = App::new();
    app.open_request();
    app.press("5m");
    app.send(Event::Key(clear));
    app.press("much\n");
    assert!(app.state.toast.is_some());
    assert!(
        !app.effects
            .iter()
            .any(|e| matches!(e, Effect::Start(_, Job::Plan { .. })))
    );
    let planned = |app: &mut App| {
        let Some(Effect::Start(_, Job::Plan { options, .. })) = app.effects.last() else {
            panic!("not planning: {:?}", app.state.toast)
        };
        let (limit, most) = (options.memory, options.max_items);
        let Ok(plan) = fixtures::dry_run().plan else {
            unreachable!()
        };
        app.done(Outcome::Planned(Ok(crate::tui::engine::PlanFacts {
            limit,
            most,
            ..plan
        })));
    };
    app.press("m");
    app.send(Event::Key(clear));
    app.press("900M\n");
    // Nothing is proved by a plan that is about to change.
    app.press("\n");
    assert!(app.state.overlays.is_empty());
    planned(&mut app);
    app.press("b3\n");
    planned(&mut app);
    app.press("\ny");
    let Some(Effect::Start(_, Job::Prove { plan, .. })) = app.effects.last() else {
        panic!("not proving: {:?}", app.state.toast)
    };
    assert_eq!((plan.memory, plan.max_items), (900 << 20, Some(3)));
}

/// The last step with a signature that was asked for.
fn signing(app: &App) -> &SignTask {
    match app
        .effects
        .iter()
        .rev()
        .find(|e| matches!(e, Effect::Start(_, Job::Sign(_))))
    {
        Some(Effect::Start(_, Job::Sign(task))) => task,
        _ => panic!("not signing: {:?}", app.state.toast),
    }
}

#[test]
fn signing_asks_hides_the_password_and_asks_again_before_it_replaces() {
    let mut app = App::new();
    app.open_sign();
    app.press("\t\t\n");
    app.pick("/srv/my.key");
    app.press("\tsesame");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(
        picture.contains("••••••") && !picture.contains("sesame"),
        "{picture}"
    );
    app.press("\t\t\n");
    let signs = |app: &App| {
        let sign = |e: &&Effect| matches!(e, Effect::Start(_, Job::Sign(_)));
        app.effects.iter().filter(sign).count()
    };
    assert_eq!(signs(&app), 0);
    app.press("ny");
    assert_eq!(signs(&app), 0, "no, and then a key that means nothing");
    app.press("\ny");
    assert_eq!(signs(&app), 1);
    let SignTask::Sign {
        what,
        key,
        password: Password::Of(password),
        replace: false,
        ..
    } = signing(&app)
    else {
        panic!("{:?}", signing(&app))
    };
    assert_eq!(what.to_str(), Some("/srv/acme-case"));
    assert_eq!(key.to_str(), Some("/srv/my.key"));
    assert_eq!(password.as_str(), "sesame");
    assert!(!format!("{:?}", app.effects).contains("sesame"));
    app.done(Outcome::InTheWay(
        "/srv/acme-case/commitment.json.minisig".into(),
    ));
    assert_eq!(app.state.overlays.len(), 1);
    app.press("y");
    assert_eq!(signs(&app), 2);
    assert!(matches!(
        signing(&app),
        SignTask::Sign {
            replace: true,
            password: Password::Of(_),
            ..
        }
    ));
    app.done(Outcome::Signed(Box::new(fixtures::signed(true))));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(
        !picture.contains("•"),
        "the password is forgotten: {picture}"
    );
}

#[test]
fn a_key_needs_the_same_password_twice() {
    let mut app = App::new();
    app.open_sign();
    app.send(Event::Key(KeyCode::Left.into()));
    app.press("\t\t\tsesame\tSesame\t\n");
    assert!(
        app.state
            .toast
            .as_ref()
            .is_some_and(|t| t.contains("not the same"))
    );
    app.press("↑");
    app.send(Event::Key(KeyEvent::new(
        KeyCode::Char('u'),
        KeyModifiers::CONTROL,
    )));
    app.press("sesame\t\n");
    assert!(matches!(
        signing(&app),
        SignTask::Keygen {
            password: Password::Of(_),
            ..
        }
    ));
    // The new key is at hand for the next step.
    let made = crate::tui::engine::Signed {
        keys: Some(("/srv/my-key.key".into(), "/srv/my-key.pub".into())),
        ..fixtures::signed(true)
    };
    app.done(Outcome::Signed(Box::new(made)));
    app.press("↑↑↑↑↑ ");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("/srv/my-key.key"), "{picture}");
}

#[test]
fn time_stamps_are_asked_for_kept_and_checked() {
    let mut app = App::new();
    app.open_sign();
    app.press("  \t\t\t\n");
    assert!(matches!(
        signing(&app),
        SignTask::Request {
            output: None,
            replace: false,
            ..
        }
    ));
    app.done(Outcome::Signed(Box::new(fixtures::signed(true))));
    app.press("↑↑↑ \t\t\t\t\t\n");
    assert!(
        app.state
            .toast
            .as_ref()
            .is_some_and(|t| t.contains("answer"))
    );
    app.press("↑↑↑\n");
    app.pick("/srv/reply.tsr");
    app.press("\t\t\t\n");
    assert!(matches!(
        signing(&app),
        SignTask::Store { request: None, .. }
    ));
    app.done(Outcome::Signed(Box::new(fixtures::signed(true))));
    app.press("↑↑↑↑↑ \t\t\n");
    app.pick("/srv/root.pem");
    app.press("\n");
    app.pick("/srv/other.pem");
    app.press("\t\t\t\n");
    let SignTask::CheckStamp { roots, .. } = signing(&app) else {
        panic!("{:?}", signing(&app))
    };
    assert_eq!(roots.len(), 2);
}

#[test]
fn nothing_is_pressed_where_nothing_can_be_seen() {
    let mut app = App::new();
    app.open_request();
    app.press("5\n");
    app.send(Event::Resize(40, 10));
    app.press("y");
    assert!(
        !app.effects
            .iter()
            .any(|e| matches!(e, Effect::Start(_, Job::Prove { .. })))
    );
    app.send(Event::Resize(80, 24));
    app.press("y");
    let interrupt = || Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    let id = app.job();
    app.send(Event::Resize(40, 10));
    app.send(interrupt());
    assert!(!app.state.quit, "something runs");
    app.send(Event::Done(id, Ended::Cancelled("stopped".into())));
    app.send(interrupt());
    assert!(app.state.quit);
}

#[test]
fn a_noted_hash_is_looked_for_in_the_log() {
    let mut app = App::new();
    app.open_case();
    app.press("l");
    let chain = Ok(fixtures::chain(false));
    app.send(Event::Custody("/srv/acme-case".into(), chain));
    let hash = "01".repeat(32);
    app.press(&format!("h{hash}\n"));
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("that of entry 0"), "{picture}");
    app.press("hffff\n");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("CUT OR REWRITTEN"), "{picture}");
}

#[test]
fn what_the_classifier_says_is_saved_as_a_list() {
    let mut app = App::new();
    app.open_request();
    app.press("2s\n");
    let Some(Effect::Start(_, Job::Scores { output, .. })) = app.effects.last() else {
        panic!("not saving: {:?}", app.state.toast)
    };
    assert_eq!(output.to_str(), Some("/srv/acme-case-lottery-scores.csv"));
    let output = output.clone();
    app.done(Outcome::Exported(Vec::new(), output));
    assert!(
        app.state
            .toast
            .as_ref()
            .is_some_and(|t| t.starts_with("saved"))
    );
}

#[test]
fn a_commitment_by_rules_is_never_called_one_to_everything() {
    let mut app = App::new();
    app.open_rules();
    app.press("\t\t\t\t\n\t\t\t\t*.tmp\t\t\t\t\t\t\t\t\t\t\t\t\n");
    // Nothing is known of it yet, and somebody is quick.
    app.press("\t\t\t\t\t\t\n");
    let picture = app.draw(80, 24).backend().to_string();
    assert!(picture.contains("What the rules leave of"), "{picture}");
    assert!(picture.contains("still being looked at"), "{picture}");
}
