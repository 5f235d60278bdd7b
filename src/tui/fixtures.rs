//! A small case that is the same on every machine, and a terminal to look at it.

use super::engine::{
    Body, BundleData, CaseData, DryRunData, Fact, Found, FoundBundle, FoundClassifier,
    FoundException, ItemRow, Nearby, Page, PlanFacts, Preview, Reviews, Signed,
};
use super::event::{Effect, Ended, Event, JobId, Outcome, Snapshot};
use super::overlay::Overlay;
use super::recent::{Kind, Recent};
use super::state::State;
use super::theme::Theme;
use super::{update, view};
use crate::audit::estimate::Hits;
use crate::audit::{AuditReport, Elusion, ItemResult, ItemStatus, Stratum};
use crate::bundle::{Batch, Dispositions, Manifest, Reason, Withheld};
use crate::classify::{
    Card, Classifier, Decision, Evaluation, Labels, Layer, Linear, Network, TensorRef, Term,
};
use crate::commit::commitment::{Commitment, Tally};
use crate::commit::commitment::{Numbering, Stated};
use crate::commit::leaf::{FormCommitment, LeafStatus, PublicLeaf, ReasonCode};
use crate::commit::report::{CommitReport, ExceptionLine, TypeCount};
use crate::commit::scope::{ScopeRule, Unit};
use crate::custody::{Chain, Entry, Fault};
use crate::dryrun::Counts as DryCounts;
use crate::ingest::corpus::LoadFileFacts;
use crate::item::Form;
use crate::prove::ItemFacts;
use crate::sealed::{AnyClassifier, Held};
use crate::sign::Beside;
use crate::sign::beside::Signed as SignedBeside;
use crate::sign::tsp::Stamp;
use crate::verify::{Check, Counts, NotSearched, Report, Status};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use group::CurveAffine;
use halo2_proofs::pasta::EqAffine;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use time::macros::date;

pub const FORM: Form = Form::TextWordsV3;

/// Subject, path, score; no score is an exception.
pub const ITEMS: [(&str, &str, Option<i64>); 9] = [
    ("Quarterly figures", "inbox/001.eml", Some(-4100)),
    ("You have won the lottery", "inbox/002.eml", Some(2900)),
    ("", "inbox/002.eml!/attachments/1-claim.txt", Some(700)),
    ("Re: lunch on Friday?", "inbox/003.eml", Some(-90)),
    (
        "Make money fast \u{1b}[31m\u{202e}now",
        "inbox/004.eml",
        Some(5100),
    ),
    ("", "inbox/damaged\u{7}.zip", None),
    ("Offer for cheese, two wheels", "sent/001.eml", Some(-700)),
    ("You have won the lottery", "sent/002.eml", Some(2900)),
    (
        "Draft for counsel: the lottery claim",
        "sent/003.eml",
        Some(60),
    ),
];

/// The same sealed, without its secret part or with it.
pub fn sealed(opened: bool) -> Arc<AnyClassifier> {
    let plain = classifier();
    let Some(Held::Public(plain)) = plain.held() else {
        panic!("it is public");
    };
    let card = Card {
        name: "Review model 3".into(),
        ..plain.card().published()
    };
    let opening = crate::sealed::seal(plain.clone(), card, Vec::new()).unwrap();
    Arc::new(match opened {
        true => AnyClassifier::Opened(Box::new(opening)),
        false => AnyClassifier::Sealed(opening.sealed().clone()),
    })
}

pub fn classifier() -> Arc<AnyClassifier> {
    let layer = Layer {
        name: "word".into(),
        out: [1, 1, 1],
        terms: vec![Term {
            input: TensorRef::Input,
            op: Linear::Dense {
                weights: (0..FORM.len() as i32).map(|i| i % 7 - 3).collect(),
            },
            zero_point: 0,
        }],
        bias: vec![-100],
    };
    let network = Network::with_miss(FORM, 8, vec![layer]).unwrap();
    let card = Card {
        name: "Lottery mail".into(),
        description: "Finds mail that tells its reader of money won.\nTrained on public mail."
            .into(),
        author: "Harbour Daily, data desk".into(),
        labels: Labels {
            matching: "lottery mail".into(),
            other: "other mail".into(),
        },
        decision: Decision {
            rule: "logit >= -0.35".into(),
            score_unit: Some(1000),
        },
        evaluations: vec![Evaluation {
            set: "held-out fifth".into(),
            true_positives: 96,
            false_negatives: 4,
            false_positives: 3,
            true_negatives: 397,
        }],
        facts: [("training items".to_owned(), "2,000".to_owned())].into(),
    };
    Arc::new(AnyClassifier::Public(
        Classifier::new(card, network).unwrap(),
    ))
}

pub fn leaves() -> Vec<PublicLeaf> {
    ITEMS
        .iter()
        .enumerate()
        .map(|(i, (_, _, score))| {
            let index = i as u32;
            let (status, forms) = match score {
                Some(_) => {
                    let point = EqAffine::generator();
                    let form = FormCommitment::new(FORM, vec![point]).unwrap();
                    (LeafStatus::Read, vec![form])
                }
                None => {
                    let reason = ReasonCode::new("corrupt").unwrap();
                    (LeafStatus::Exception(reason), Vec::new())
                }
            };
            PublicLeaf::new(index, status, [index as u8; 32], forms).unwrap()
        })
        .collect()
}

pub fn commitment() -> Commitment {
    let mut tally = Tally::default();
    leaves().iter().for_each(|leaf| tally.add(leaf));
    let at = time::macros::datetime!(2026-03-02 09:30:00 UTC);
    Commitment::new(stated(Some("Jane Roe"), at, vec![]), &tally).unwrap()
}

fn stated(
    custodian: Option<&'static str>,
    created: time::OffsetDateTime,
    scope: Vec<crate::commit::scope::ScopeRule>,
) -> Stated<'static> {
    Stated {
        case: "acme",
        custodian,
        created,
        id: [6; 32],
        numbering: Numbering::Shuffled,
        forms: &[FORM],
        unread: Default::default(),
        scope,
        audit_anchor: [5; 32],
        supplements: None,
    }
}

pub fn found() -> Box<Found> {
    Box::new(plain_found())
}

fn plain_found() -> Found {
    Found {
        files: 8,
        bytes: 48_211,
        items: 9,
        types: [
            (
                "message/rfc822".to_owned(),
                TypeCount {
                    items: 7,
                    bytes: 41_000,
                },
            ),
            (
                "text/plain".to_owned(),
                TypeCount {
                    items: 1,
                    bytes: 211,
                },
            ),
            (
                "application/zip".to_owned(),
                TypeCount {
                    items: 1,
                    bytes: 7_000,
                },
            ),
        ]
        .into(),
        duplicates: 1,
        texts: 8,
        pictures: 0,
        neither: 0,
        reasons: [("corrupt".to_owned(), 1)].into(),
        load_file: None,
        rules: Vec::new(),
        custodians: Default::default(),
        dates: None,
        exceptions: vec![FoundException {
            path: "inbox/damaged\u{7}.zip".into(),
            reason: "corrupt".into(),
            detail: "the archive ends early; ask the custodian for another copy".into(),
        }],
    }
}

/// What rules leave out, as a commitment states it.
pub fn rules() -> Vec<ScopeRule> {
    let rule = |rule: &str, words: &str, unit, considered, left_out| ScopeRule {
        rule: rule.to_owned(),
        words: words.to_owned(),
        unit,
        considered,
        left_out,
    };
    let load = "only files that the load file DATA/VOL001.dat names, which lists 10 documents";
    let dates = "only dates from 2002-07-01 to 2002-07-31 (UTC); families without a date, 1 of them, are \
                 left out";
    vec![
        rule("load_file", load, Unit::Files, 14, 3),
        rule(
            "exclude",
            "no paths that match '*.tmp'",
            Unit::Families,
            10,
            1,
        ),
        rule("date", dates, Unit::Families, 9, 1),
    ]
}

/// A volume with two custodians, under rules.
pub fn found_by_rules() -> Box<Found> {
    Box::new(Found {
        load_file: Some(LoadFileFacts {
            path: "/srv/mail/DATA/VOL001.dat".into(),
            documents: 10,
            ignored: vec!["Reviewer\u{1b}[7m".into()],
            unnamed: Vec::new(),
            notes: Vec::new(),
        }),
        rules: rules(),
        custodians: [("Jane Roe".to_owned(), 7), ("John\u{7} Doe".to_owned(), 2)].into(),
        dates: Some((date!(2002 - 07 - 01), date!(2002 - 07 - 09))),
        ..plain_found()
    })
}

/// The commitment to it.
pub fn commit_report_by_rules() -> CommitReport {
    let mut tally = Tally::default();
    leaves().iter().for_each(|leaf| tally.add(leaf));
    let at = time::macros::datetime!(2026-03-02 09:30:00 UTC);
    let found = found_by_rules();
    CommitReport {
        commitment: Commitment::new(stated(None, at, rules()), &tally).unwrap(),
        custodians: [("Jane Roe".to_owned(), 7), ("John\u{7} Doe".to_owned(), 2)].into(),
        dates: found.dates,
        undated: 1,
        load_file: found.load_file,
        across_custodians: 1,
        ..commit_report()
    }
}

/// A step with a signature or a time-stamp.
pub fn signed(good: bool) -> Signed {
    if !good {
        let why = "it was made with key E7620F1842B4E81F, not with 90A1\u{1b}[0m";
        return Signed {
            good,
            verdict: format!("BAD SIGNATURE: {why}"),
            facts: vec![("file", "/srv/acme-case/commitment.json".to_owned())],
            next: "",
            keys: None,
        };
    }
    let verdict = "The time-stamp holds, by a certificate that you trust.";
    Signed {
        good,
        verdict: verdict.to_owned(),
        facts: vec![
            ("stamped", "2026-03-02T09:31:07Z".to_owned()),
            ("by", "Example Time\u{202e} Authority".to_owned()),
            ("token", "/srv/acme-case/commitment.json.tsr".to_owned()),
        ],
        next: "The file existed, exactly as it is, at that time.",
        keys: None,
    }
}

pub fn commit_report() -> CommitReport {
    CommitReport {
        commitment: commitment(),
        commitment_file: "/srv/acme-case/commitment.json".into(),
        exceptions_file: "/srv/acme-case/vault/exceptions.csv".into(),
        leaves_file: "/srv/acme-case/leaves".into(),
        unread: Default::default(),
        first_partly: Vec::new(),
        supplements: None,
        files: 8,
        bytes: 48_211,
        types: found().types,
        duplicates: 1,
        same_message: 0,
        across_custodians: 0,
        first_across_custodians: Vec::new(),
        duplicates_file: "cases/acme/vault/duplicates.csv".into(),
        custodians: Default::default(),
        dates: None,
        undated: 0,
        load_file: None,
        recognised: None,
        first_exceptions: vec![ExceptionLine {
            item: 5,
            path: "inbox/damaged\u{7}.zip".into(),
            reason: "corrupt".into(),
            detail: "the archive ends early".into(),
        }],
        seconds: 1.5,
    }
}

pub fn nearby() -> Nearby {
    Nearby {
        classifiers: vec![FoundClassifier {
            path: "/srv/lottery.clf".into(),
            name: "Lottery mail".into(),
            hash: hex::encode(classifier().hash()),
        }],
        bundles: vec![FoundBundle {
            path: "/srv/bundle".into(),
            classifier: "Lottery mail".into(),
            classifier_hash: hex::encode(classifier().hash()),
            created: "2026-03-09T10:00:00Z".into(),
            matches: 5,
            withheld: 1,
        }],
        commitment: Some("/srv/acme-case/commitment.json".into()),
        case: Some("/srv/acme-case".into()),
        ..Nearby::default()
    }
}

pub fn case() -> CaseData {
    let items = ITEMS
        .iter()
        .enumerate()
        .map(|(i, (subject, path, score))| ItemRow {
            index: i as u32,
            parent: (i == 2).then_some(1),
            partly: false,
            path: (*path).to_owned(),
            media_type: match i {
                2 => "text/plain",
                5 => "application/zip",
                _ => "message/rfc822",
            }
            .to_owned(),
            size: 1000 * (i as u64 + 1),
            exception: score.is_none().then(|| "corrupt".to_owned()),
            duplicate_of: (i == 7).then_some(1),
            subject: (*subject).to_owned(),
            date: if subject.is_empty() {
                String::new()
            } else {
                format!("2002-07-{:02}", i + 1)
            },
        });
    CaseData {
        path: "/srv/acme-case".into(),
        name: "acme".into(),
        custodian: Some("Jane Roe".into()),
        created: "2026-03-02T09:30:00Z".into(),
        root: commitment().root_hex().to_owned(),
        source: "/srv/mail".into(),
        forms: vec![(FORM.id().to_owned(), 8)],
        supplement: None,
        items: items.collect(),
        recovered: Vec::new(),
        nearby: nearby(),
    }
}

pub fn preview() -> Preview {
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let text = "From a friend:\u{1b}]0;title\u{7}\n\n\tDear reader, you have been chosen.\n";
    Preview {
        facts: vec![
            fact("item", "1"),
            fact("path", "inbox/002.eml"),
            fact("subject", "You have won the lottery"),
            fact("from", "\"Claims\" <claims@example.com>"),
            fact("to", "jane@acme.example"),
            fact("type", "message/rfc822, 2.00 KiB"),
        ],
        body: Body::Text(Page::of(text, 0)),
    }
}

pub fn dry_run() -> DryRunData {
    let items = ITEMS
        .iter()
        .enumerate()
        .map(|(i, (subject, path, score))| Fact {
            facts: ItemFacts {
                index: i as u32,
                path: (*path).to_owned(),
                parent: (i == 2).then_some(1),
                sha256: if i == 7 {
                    "1".to_owned()
                } else {
                    i.to_string()
                },
                control_number: None,
                verdict: score.map(|s| s >= 0),
            },
            score: *score,
            title: if subject.is_empty() { path } else { subject }.to_string(),
            duplicate_of: (i == 7).then_some(1),
        });
    DryRunData {
        counts: DryCounts {
            committed: 9,
            matches: 5,
            duplicate_matches: 1,
            no_matches: 3,
            other_form: 0,
            exceptions: 1,
            partly_read: 0,
        },
        items: items.collect(),
        warnings: vec!["this classifier looks at about 3 words".to_owned()],
        answered: vec![
            "1 request was answered over this root before: 1 bit about each of 8 undisclosed items"
                .to_owned(),
            "with this one: 2 bits about each of 8 undisclosed items".to_owned(),
        ],
        plan: Ok(PlanFacts {
            items: 8,
            proofs: vec![3, 3, 2],
            memory: 900 << 20,
            cpu_seconds: 6.4,
            seconds: 3.2,
            bytes: 11_424,
            limit: 4 << 30,
            most: None,
        }),
    }
}

pub fn manifest() -> Manifest {
    let withheld = vec![Withheld {
        index: 8,
        reason: Reason::parse("AC").unwrap(),
        description: "Draft letter to outside counsel about a claim".into(),
    }];
    Manifest::new(
        "2026-03-09T10:00:00Z".into(),
        *commitment().root(),
        classifier().hash(),
        "Lottery mail".into(),
        FORM,
        vec![1, 2, 4, 7, 8],
        withheld,
        vec![Batch { items: 8, lanes: 1 }],
    )
}

pub fn counts() -> Counts {
    Counts {
        committed: 9,
        produced: 4,
        withheld: 1,
        not_responsive: 3,
        exceptions: 1,
        outside_form: 0,
        resolved: 0,
    }
}

pub fn bundle() -> BundleData {
    let leaves = leaves();
    let title = |i: u32| {
        let (subject, path, _) = ITEMS[i as usize];
        (i, path.to_owned(), subject.to_owned())
    };
    let dispositions = Dispositions::derive(&manifest(), &leaves).unwrap();
    BundleData {
        path: "/srv/bundle".into(),
        not_searched: NotSearched::count(&leaves, &dispositions),
        dispositions,
        manifest: manifest(),
        leaves,
        counts: counts(),
        titles: [1, 2, 4, 7].map(title).to_vec(),
        slots: Some(2044),
        proof_bytes: 11_424,
        nearby: nearby(),
    }
}

pub fn check(name: &'static str, status: Status, detail: &str) -> Check {
    Check {
        milliseconds: 230,
        ..Check::new(name, status, detail)
    }
}

pub fn report(good: bool) -> Report {
    let (proofs, after) = if good {
        (Status::Ok, Status::Ok)
    } else {
        (Status::Failed, Status::NotRun)
    };
    let detail = if good {
        "1 proofs over 8 items, 11424 bytes"
    } else {
        "proof 0 (items 0 to 8): the proof does not satisfy the circuit's equations"
    };
    let checks = vec![
        check("bundle", Status::Ok, "19 files, all listed and unaltered"),
        check(
            "commitment",
            Status::Ok,
            &format!("root {}", commitment().root_hex()),
        ),
        check("classifier", Status::Ok, "'Lottery mail'"),
        check("leaves", Status::Ok, "9 leaves hash to the committed root"),
        check("dispositions", Status::Ok, "every item has exactly one"),
        check(
            "produced",
            Status::Ok,
            "4 items: bytes, text, metadata, vector and score are the committed ones",
        ),
        check("withheld", Status::Ok, "1 items, each with a reason"),
        check("proofs", proofs, detail),
        check("openings", after, "the final equation holds for all proofs"),
        check("count identity", after, &counts().to_string()),
    ];
    let not_searched = Some(bundle().not_searched);
    Report::new(
        counts(),
        not_searched,
        &commitment(),
        classifier().published(),
        checks,
    )
}

pub fn snapshot() -> Snapshot {
    Snapshot {
        label: "Proving".into(),
        done: 3,
        total: Some(8),
        in_bytes: false,
        note: "batch 1 of 2".into(),
        elapsed: Duration::from_secs(6),
    }
}

/// What lies beside commitment and bundle.
pub fn vouched() -> Vec<Beside> {
    let signed = |checked| SignedBeside {
        key: "E7620F1842B4E81F".to_owned(),
        comment: "timestamp:1772442600\tfile:commitment.json".to_owned(),
        checked,
    };
    vec![
        Beside {
            what: "The commitment",
            file: "/srv/acme-case/commitment.json".into(),
            signature: Some(Ok(signed(Some(Ok("/srv/acme-records.pub".into()))))),
            stamp: Some(Ok(Stamp {
                time: "2026-03-02T09:31:07Z".to_owned(),
                authority: String::new(),
                policy: "1.2.3.4.1".to_owned(),
                serial: "02".to_owned(),
                trusted: false,
            })),
        },
        Beside {
            what: "The bundle",
            file: "/srv/bundle/tagmanifest-sha256.txt".into(),
            signature: Some(Ok(signed(None))),
            stamp: None,
        },
    ]
}

/// A custody log, whole or with a fault.
pub fn chain(broken: bool) -> Chain {
    let entry = |seq: u64, action: &str, facts: &[(&str, &str)]| Entry {
        seq,
        time: format!("2026-03-0{}T09:30:00Z", seq + 2),
        action: action.to_owned(),
        facts: facts
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        previous: format!("{seq:02}").repeat(32),
        hash: format!("{:02}", seq + 1).repeat(32),
    };
    let root = commitment().root_hex().to_owned();
    let counts = counts().to_string();
    Chain {
        entries: vec![
            entry(0, "commit", &[("root", &root), ("items", "9")]),
            entry(
                1,
                "prove",
                &[("bundle", "/srv/bun\u{1b}[2Jdle"), ("counts", &counts)],
            ),
        ],
        fault: broken.then(|| Fault {
            line: 3,
            what: "it was changed: its hash is another".to_owned(),
        }),
        remarks: Vec::new(),
    }
}

/// An audit with one item of every kind.
pub fn audit() -> AuditReport {
    let item = |item, path: &str, status, detail: &str| ItemResult {
        item,
        path: path.to_owned(),
        status,
        detail: detail.to_owned(),
    };
    AuditReport {
        root: commitment().root_hex().to_owned(),
        number: 1,
        challenge: "cd".repeat(32),
        nonce: "ab".repeat(32),
        bundle: "ef".repeat(32),
        stratum: Stratum::NotResponsive,
        sampled: 3,
        population: 3,
        ok: 1,
        compare: 1,
        failed: 1,
        unopened: 0,
        roundings: 0,
        deadline: None,
        other_deadline: None,
        received: None,
        late: false,
        confidence: 95.0,
        defects_high: 2,
        not_derived: Default::default(),
        earlier: Vec::new(),
        items: vec![
            item(0, "inbox/001.eml", ItemStatus::Ok, ""),
            item(
                3,
                "inbox/003\u{7}.eml",
                ItemStatus::Compare,
                "no reader for it here",
            ),
            item(
                6,
                "sent/001.eml",
                ItemStatus::Failed,
                "its text is not the committed one",
            ),
        ],
        elusion: Some(Elusion::new(
            Stratum::NotResponsive,
            Hits {
                said: 1,
                assumed: 0,
            },
            3,
            3,
            5,
            95.0,
        )),
    }
}

/// The application without an engine: events go in by hand, effects are kept.
pub struct App {
    pub state: State,
    pub effects: Vec<Effect>,
    reviews: Reviews,
    /// Where decisions are recorded, whatever the case is called.
    pub vault: tempfile::TempDir,
}

impl App {
    pub fn new() -> Self {
        App::with(Theme::new(true), Vec::new())
    }

    pub fn with(theme: Theme, recent: Vec<Recent>) -> Self {
        App {
            state: State::new("/srv".into(), recent, theme),
            effects: Vec::new(),
            reviews: Reviews::new(&crate::Surroundings::system()),
            vault: App::vault(),
        }
    }

    /// A case that can record decisions.
    pub fn vault() -> tempfile::TempDir {
        let case = tempfile::tempdir().unwrap();
        std::fs::create_dir(case.path().join("vault")).unwrap();
        std::fs::write(case.path().join("vault/vault.json"), "").unwrap();
        case
    }

    pub fn recent() -> Vec<Recent> {
        vec![
            Recent {
                kind: Kind::Case,
                path: "/srv/acme-case".into(),
            },
            Recent {
                kind: Kind::Bundle,
                path: "/srv/bundle".into(),
            },
            Recent {
                kind: Kind::Classifier,
                path: "/srv/lottery.clf".into(),
            },
        ]
    }

    pub fn send(&mut self, event: Event) {
        let effects = update(&mut self.state, event);
        for effect in effects {
            if let Effect::Review(matter, what) = &effect {
                let here = (self.vault.path().to_owned(), matter.1);
                let (result, recorded) = self.reviews.decide(&here, what.clone());
                self.send(Event::Reviewed {
                    matter: matter.clone(),
                    what: what.clone(),
                    result,
                    recorded,
                });
            } else {
                self.effects.push(effect);
            }
        }
    }

    /// Presses keys: characters, and \n for Enter, \t for Tab, \u{1b} for Esc, ↓ and ↑.
    pub fn press(&mut self, keys: &str) {
        for c in keys.chars() {
            let code = match c {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\u{1b}' => KeyCode::Esc,
                '↓' => KeyCode::Down,
                '↑' => KeyCode::Up,
                c => KeyCode::Char(c),
            };
            self.send(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        }
    }

    /// What is said in the last line or over the screen; it is read and gone then.
    pub fn said(&mut self) -> String {
        let mut said = self.state.toast.take().unwrap_or_default();
        while let Some(Overlay::Notice(notice)) = self.state.overlays.last() {
            said = notice.text() + "\n" + &said;
            self.state.overlays.pop();
        }
        said
    }

    /// The job that was started last.
    pub fn job(&self) -> JobId {
        let started = self.effects.iter().rev().find_map(|e| match e {
            Effect::Start(id, _) => Some(*id),
            _ => None,
        });
        started.expect("a job was started")
    }

    pub fn done(&mut self, outcome: Outcome) {
        let id = self.job();
        self.send(Event::Done(id, Ended::Ok(outcome)));
    }

    /// Answers the preview that was asked for last.
    pub fn previewed(&mut self) {
        let subject = self.effects.iter().rev().find_map(|e| match e {
            Effect::Preview(subject, ..) => Some(subject.clone()),
            _ => None,
        });
        let subject = subject.expect("a preview was asked for");
        self.send(Event::Previewed(subject, Ok(preview())));
    }

    pub fn pick(&mut self, path: &str) {
        self.send(Event::Paste(path.to_owned()));
        self.press("\n");
    }

    /// Opens the case from the first screen.
    pub fn open_case(&mut self) {
        self.press("o");
        self.pick("/srv/acme-case");
        self.done(Outcome::Case(Box::new(case())));
        self.previewed();
    }

    /// Opens a request over the case.
    pub fn open_request(&mut self) {
        self.open_case();
        self.press("r");
        self.pick("/srv/lottery.clf");
        let data = Some(Box::new(dry_run()));
        self.done(Outcome::DryRun(classifier(), data));
    }

    pub fn open_bundle(&mut self) {
        self.press("b");
        self.pick("/srv/bundle");
        self.done(Outcome::Bundle(Box::new(bundle())));
        self.previewed();
    }

    /// Opens the signatures of the case.
    pub fn open_sign(&mut self) {
        self.open_case();
        self.press("n");
        let vouched = vec![vouched().swap_remove(0)];
        self.send(Event::Vouched("/srv/acme-case".into(), vouched));
    }

    /// To a folder of documents that rules apply to.
    pub fn open_rules(&mut self) {
        self.press("c");
        self.send(Event::Listed("/srv".into(), Ok(Vec::new())));
        self.press("\n");
        self.done(Outcome::Scanned(found_by_rules()));
    }

    pub fn open_verify(&mut self) {
        self.press("v");
        self.pick("/srv/bundle");
        self.send(Event::Located(PathBuf::from("/srv/bundle"), nearby()));
    }

    pub fn draw(&mut self, width: u16, height: u16) -> Terminal<TestBackend> {
        self.send(Event::Resize(width, height));
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut hits = None;
        terminal
            .draw(|frame| hits = Some(view::draw(&self.state, frame)))
            .unwrap();
        self.state.hits = hits.unwrap();
        terminal
    }
}
