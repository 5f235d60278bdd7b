//! What the guard costs and what it catches, on real mail. The tests that take long are run by name:
//!
//! ```sh
//! cargo test --release --lib guard::measure -- --ignored --nocapture
//! CANDOR_GUARD_MAIL=folder-of-messages cargo test --release --lib guard::measure -- --ignored --nocapture
//! ```

use super::index::{Likeness, RULE, Rule, Texts};
use super::passage::{Passages, Shared};
use crate::commit::{CommitOptions, Numbering, Vault, commit_folder};
use crate::ingest::again::{Outside, read};
use crate::ingest::{IngestOptions, ItemKind};
use crate::item::Form;
use crate::progress::Silent;
use cpu_time::ProcessTime;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A message as the guard sees it, with what says who its kin are.
struct Message {
    raw: Vec<u8>,
    text: String,
    facts: BTreeMap<String, String>,
}

fn folder() -> PathBuf {
    match std::env::var_os("CANDOR_GUARD_MAIL") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus-examples/mail"),
    }
}

fn messages() -> Vec<Message> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder())
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
        .collect();
    files.sort();
    let all = files
        .par_iter()
        .filter_map(|path| message(fs::read(path).unwrap()));
    all.collect()
}

fn message(raw: Vec<u8>) -> Option<Message> {
    let outside = Outside {
        name: "message.eml",
        message: true,
        ..Outside::default()
    };
    let item = read(&raw, &outside, &IngestOptions::default()).remove(0);
    if item.kind != ItemKind::Mail {
        return None;
    }
    Some(Message {
        raw,
        text: item.text?,
        facts: item.metadata,
    })
}

/// Random numbers that are the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }
}

/// A message of these words.
fn written(subject: &str, body: &str) -> Option<String> {
    let subject = subject.replace('\n', " ");
    let raw = format!(
        "From: Cy <cy@example.org>\nTo: Di <di@example.org>\nSubject: {subject}\n\
         Content-Type: text/plain; charset=utf-8\n\n{body}\n"
    );
    message(raw.into_bytes()).map(|m| m.text)
}

const WORDS: [&str; 12] = [
    "yesterday",
    "sample",
    "bridge",
    "cotton",
    "seven",
    "plainly",
    "garden",
    "offered",
    "window",
    "north",
    "basis",
    "candle",
];

/// The body with one word in `one_in` replaced by another.
fn reworded(body: &str, one_in: usize, dice: &mut Dice) -> String {
    let parts: Vec<&str> = body.split_inclusive(char::is_whitespace).collect();
    let mut out = String::new();
    for part in parts {
        let word = part.trim_end();
        if !word.is_empty() && dice.below(one_in) == 0 {
            out += WORDS[dice.below(WORDS.len())];
            out += &part[word.len()..];
        } else {
            out += part;
        }
    }
    out
}

fn wrapped(body: &str, width: usize) -> String {
    let mut out = String::new();
    for paragraph in body.split("\n\n") {
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            if column > 0 && column + word.len() > width {
                out.push('\n');
                column = 0;
            }
            out += word;
            out.push(' ');
            column += word.len() + 1;
        }
        out += "\n\n";
    }
    out
}

/// A message changed as people and programs change messages; its text, as it is read.
fn edits(message: &Message, dice: &mut Dice) -> Vec<(&'static str, Option<String>)> {
    use crate::guard::words::body;
    let subject = message.facts.get("subject").cloned().unwrap_or_default();
    let text = body(&message.text);
    let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let kept = lines.len().saturating_sub(4).max(lines.len().div_ceil(2));
    let signed = lines[..kept].join("\n")
        + "\n-- \nDi Example\nExample Limited, 5 High Street, Newtown\n+44 20 7946 0000\n";
    let halves = text.len() / 2;
    let half = (halves..=text.len()).find(|at| text.is_char_boundary(*at));
    let html = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('\n', "<br>\n");
    let html = format!(
        "From: Cy <cy@example.org>\nTo: Di <di@example.org>\nSubject: {}\nMIME-Version: 1.0\n\
         Content-Type: text/html; charset=utf-8\n\n<html><body><p>{html}</p></body></html>\n",
        subject.replace('\n', " ")
    );
    let received = b"Received: from mx by mail.example.org; Mon, 22 Jul 2002 18:12:26 +0100\n";
    let again = |raw: Vec<u8>| self::message(raw).map(|m| m.text);
    vec![
        (
            "a Received line more",
            again([received, &message.raw[..]].concat()),
        ),
        (
            "an empty line more",
            written(&subject, &text.replacen('\n', "\n\n", 1)),
        ),
        ("wrapped anew", written(&subject, &wrapped(text, 60))),
        ("as HTML", again(html.into_bytes())),
        (
            "quoted in a reply",
            written(
                &format!("Re: {subject}"),
                &format!(
                    "I am not sure about this, let us talk on Monday.\n\nCy wrote:\n{quoted}\nDi"
                ),
            ),
        ),
        (
            "forwarded",
            written(
                &format!("Fwd: {subject}"),
                &format!(
                    "For your information.\n\n-----Original Message-----\nFrom: A\nTo: B\nSubject: {subject}\n\n{text}"
                ),
            ),
        ),
        ("another signature", written(&subject, &signed)),
        (
            "1 % of words changed",
            written(&subject, &reworded(text, 100, dice)),
        ),
        (
            "5 % of words changed",
            written(&subject, &reworded(text, 20, dice)),
        ),
        (
            "20 % of words changed",
            written(&subject, &reworded(text, 5, dice)),
        ),
        (
            "first half only",
            written(&subject, &text[..half.unwrap_or(0)]),
        ),
    ]
}

/// Of how many messages each edit is recognised: all, and those of at least 20 words of their own.
fn recall(messages: &[Message], rule: &Rule) -> BTreeMap<&'static str, [usize; 4]> {
    let all: Vec<_> = messages
        .par_iter()
        .enumerate()
        .map(|(i, message)| {
            let mut texts = Texts::default();
            texts.add(&message.text, true);
            let own = super::words::own(super::words::body(&message.text));
            let long = super::words::words(&own).len() >= 20;
            let mut dice = Dice(i as u64 + 1);
            let found = edits(message, &mut dice)
                .into_iter()
                .filter_map(|(name, text)| {
                    let found = !texts.compare_by(rule, &text?).is_empty();
                    Some((name, found, long))
                });
            found.collect::<Vec<_>>()
        })
        .collect();
    let mut out: BTreeMap<&'static str, [usize; 4]> = BTreeMap::new();
    for (name, found, long) in all.into_iter().flatten() {
        let count = out.entry(name).or_default();
        count[0] += usize::from(found);
        count[1] += 1;
        count[2] += usize::from(found && long);
        count[3] += usize::from(long);
    }
    out
}

fn plain(subject: &str) -> String {
    let lower = subject.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let words = words.skip_while(|word| ["re", "fw", "fwd", "aw"].contains(word));
    words.collect::<Vec<_>>().join(" ")
}

fn sender(message: &Message) -> String {
    let from = message.facts.get("from").cloned().unwrap_or_default();
    from.rsplit('<')
        .next()
        .unwrap_or_default()
        .trim_end_matches('>')
        .to_lowercase()
}

/// Whether two messages belong together: the same conversation, or copies.
fn kin(x: &Message, y: &Message) -> bool {
    let subject = |m: &Message| plain(m.facts.get("subject").map_or("", String::as_str));
    let id = |m: &Message| m.facts.get("message_id").cloned().unwrap_or_default();
    let refers = |m: &Message, id: &str| {
        let facts = ["in_reply_to", "references"];
        let mut said = facts.iter().filter_map(|f| m.facts.get(*f));
        !id.is_empty() && said.any(|f| f.contains(id))
    };
    (!subject(x).is_empty() && subject(x) == subject(y)) || refers(x, &id(y)) || refers(y, &id(x))
}

/// How many messages that go out are asked about, if others are withheld at random.
#[derive(Debug, Default)]
struct Asked {
    out: usize,
    /// Because of one of the same conversation, or a copy.
    kin: usize,
    /// Of the same sender: a newsletter's next issue.
    sender: usize,
    /// Neither.
    others: usize,
    set_aside: usize,
    /// Answers that are due: one for each passage, one for each message that shares none with another.
    questions: usize,
    examples: Vec<(usize, usize)>,
}

fn asked(
    messages: &[Message],
    rule: &Rule,
    withheld: usize,
    out: usize,
    aside: bool,
    seed: u64,
) -> Asked {
    let mut dice = Dice(seed);
    let mut order: Vec<usize> = (0..messages.len()).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, dice.below(i + 1));
    }
    let (kept, rest) = order.split_at(withheld);
    let leaving = &rest[..out.min(rest.len())];
    let mut texts = Texts::default();
    for &i in kept {
        texts.add(&messages[i].text, true);
    }
    let mut told = Asked {
        out: leaving.len(),
        ..Asked::default()
    };
    if aside {
        let leaving: Vec<String> = leaving.iter().map(|i| messages[*i].text.clone()).collect();
        told.set_aside = texts.set_aside(&texts.widespread(), &leaving);
    }
    let found: Vec<(usize, Vec<usize>, Shared)> = leaving
        .par_iter()
        .map(|&i| {
            let (mut near, mut shared) = (Vec::new(), Shared::default());
            for (j, likeness) in texts.compare_by(rule, &messages[i].text) {
                if let Likeness::Contains { runs, .. } = likeness {
                    near.push(kept[j as usize]);
                    shared.runs.extend(runs);
                }
            }
            (i, near, shared)
        })
        .collect();
    let shared = found.iter().filter(|(_, near, _)| !near.is_empty());
    let shared: BTreeMap<u32, Shared> = shared.map(|(i, _, s)| (*i as u32, s.clone())).collect();
    let passages = Passages::of(&shared, None).unwrap();
    let all = shared.keys().copied().collect();
    let alone = shared
        .keys()
        .filter(|item| !passages.is_grouped(**item))
        .count();
    told.questions = passages.open(&all).len() + alone;
    for (i, near, _) in found {
        let (kin, sender) = (
            near.iter().any(|j| kin(&messages[i], &messages[*j])),
            near.iter()
                .any(|j| sender(&messages[i]) == sender(&messages[*j])),
        );
        match (near.first(), kin, sender) {
            (None, ..) => {}
            (_, true, _) => told.kin += 1,
            (_, _, true) => told.sender += 1,
            (Some(j), ..) => {
                told.others += 1;
                told.examples.push((*j, i));
            }
        }
    }
    told
}

/// What changes leave of a message is recognised, and what is not asked about without need: the table of the
/// module above, as far as the shipped messages carry it.
#[test]
fn edits_of_shipped_messages_are_recognised() {
    let messages = messages();
    assert!(messages.len() > 100);
    let found = recall(&messages, &RULE);
    for (name, [_, _, found, of]) in &found {
        let least = match *name {
            "20 % of words changed" => 75,
            "first half only" => 90,
            _ => 97,
        };
        assert!(found * 100 >= least * of, "{name}: {found} of {of}");
    }
    let told = asked(&messages, &RULE, 30, 1_000, true, 1);
    assert!(told.out > 100 && told.others * 6 <= told.out, "{told:?}");
}

#[test]
#[ignore = "measures: prints a table"]
fn table_of_edits() {
    let messages = messages();
    println!("{} messages", messages.len());
    for aside in [false, true] {
        for (share, passage) in [
            (0.5, 20),
            (0.5, 40),
            (0.5, 60),
            (0.4, 40),
            (0.33, 40),
            (0.25, 40),
            (0.25, 60),
        ] {
            let rule = Rule {
                share,
                passage,
                ..RULE
            };
            let mut sum = Asked::default();
            for seed in 1..=5 {
                let told = asked(&messages, &rule, 200, 2_000, aside, seed);
                sum.out += told.out;
                sum.kin += told.kin;
                sum.sender += told.sender;
                sum.others += told.others;
                sum.set_aside += told.set_aside;
                sum.questions += told.questions;
                sum.examples = told.examples;
            }
            println!(
                "set aside {aside}, share {share}, passage {passage}: of {} that go out, asked about {} of a \
                 conversation, {} of a sender, {} others, by {} questions; {} runs set aside",
                sum.out, sum.kin, sum.sender, sum.others, sum.questions, sum.set_aside
            );
            let subject = |i: usize| {
                messages[i]
                    .facts
                    .get("subject")
                    .cloned()
                    .unwrap_or_default()
            };
            for (a, b) in sum.examples.iter().step_by(sum.examples.len() / 5 + 1) {
                println!("    e.g. {:?} | {:?}", subject(*a), subject(*b));
            }
        }
    }
    for (share, passage) in [(0.5, 40), (0.33, 40), (0.25, 40)] {
        let rule = Rule {
            share,
            passage,
            ..RULE
        };
        println!("share {share} passage {passage}");
        for (name, [found, of, long, of_long]) in recall(&messages, &rule) {
            println!(
                "  {name}: {:.1} % of {of}, {:.1} % of {of_long} with 20 words and more",
                found as f64 * 100.0 / of as f64,
                long as f64 * 100.0 / of_long as f64
            );
        }
    }
}

#[test]
#[ignore = "measures: prints how many answers are due"]
fn questions_about_real_mail() {
    let messages = messages();
    let mut sum = Asked::default();
    for seed in 1..=5 {
        let told = asked(&messages, &RULE, 200, 2_000, true, seed);
        sum.out += told.out;
        sum.kin += told.kin + told.sender + told.others;
        sum.questions += told.questions;
    }
    println!(
        "of {} that go out, asked about {}, by {} questions",
        sum.out, sum.kin, sum.questions
    );
}

fn zipped(path: &Path, members: &[(String, String)]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, text) in members {
        zip.start_file(&**name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

/// Sizes of a corpus made of the words of real mail.
pub(super) struct Sizes {
    pub withheld: usize,
    pub produced: usize,
    pub archives: usize,
    pub members: usize,
}

/// Commits to it. Every tenth produced text and member has a withheld text in it; archives are produced, and one
/// more is withheld that holds as many members, produced by themselves.
pub(super) fn made(dir: &Path, sizes: &Sizes) -> (Vault, BTreeSet<u32>, BTreeSet<u32>) {
    let material: Vec<String> = messages()
        .iter()
        .map(|m| super::words::body(&m.text).to_owned())
        .filter(|body| super::words::words(body).len() > 60)
        .collect();
    let lines: Vec<&str> = material
        .iter()
        .flat_map(|body| body.lines())
        .filter(|l| l.len() > 20)
        .collect();
    let mut dice = Dice(7);
    let mut other = || -> String {
        (0..20)
            .map(|_| lines[dice.below(lines.len())].to_owned() + "\n")
            .collect()
    };
    let withheld: Vec<String> = (0..sizes.withheld)
        .map(|i| format!("{}\n{}", material[i % material.len()], other()))
        .collect();
    let mut text = |i: usize| match i % 10 {
        0 => format!(
            "{}\n{}\n{}",
            other(),
            withheld[i / 10 % withheld.len()],
            other()
        ),
        _ => other(),
    };
    let corpus = dir.join("corpus");
    for folder in ["withheld", "produced"] {
        fs::create_dir_all(corpus.join(folder)).unwrap();
    }
    for i in 0..sizes.produced {
        fs::write(corpus.join(format!("produced/{i:05}.txt")), text(i)).unwrap();
    }
    for archive in 0..=sizes.archives {
        let members: Vec<_> = (0..sizes.members)
            .map(|i| (format!("{i:05}.txt"), text(i)))
            .collect();
        let side = if archive == 0 { "withheld" } else { "produced" };
        zipped(&corpus.join(format!("{side}/{archive}.zip")), &members);
    }
    for (i, text) in withheld.iter().enumerate() {
        fs::write(corpus.join(format!("withheld/{i:05}.txt")), text).unwrap();
    }
    let options = CommitOptions {
        case: dir.join("case"),
        name: "scale".into(),
        custodian: None,
        reference: false,
        forms: vec![Form::TextHash4080V1],
        ingest: IngestOptions::default(),
        selection: Default::default(),
        numbering: Numbering::AsRead,
        supplements: None,
    };
    commit_folder(&crate::Surroundings::system(), &corpus, &options, &Silent).unwrap();
    let vault = Vault::open(&options.case).unwrap();
    let (mut kept, mut leaving) = (BTreeSet::new(), BTreeSet::new());
    for item in vault.items().map(Result::unwrap) {
        let (path, inside) = (item.path(), item.path().contains("!/"));
        if path.starts_with("withheld/") && !inside {
            kept.insert(item.index());
        } else if path.starts_with("withheld/") || !inside {
            leaving.insert(item.index());
        }
    }
    (vault, kept, leaving)
}

/// The record of a container names everything inside, so reading it again for each finding is quadratic: no record is
/// read more often because there are more findings.
#[test]
fn no_record_is_read_for_every_finding() {
    let dir = tempfile::tempdir().unwrap();
    let sizes = Sizes {
        withheld: 3,
        produced: 40,
        archives: 2,
        members: 150,
    };
    let (vault, kept, leaving) = made(dir.path(), &sizes);
    vault.read.lock().unwrap().clear();
    let found = super::inspect(&vault, &kept, &leaving, &Silent).unwrap();
    assert!(found.findings.len() >= 45, "{}", found.findings.len());
    let read = vault.read.lock().unwrap();
    // Who lies in whom, what is withheld, what is compared, paths, words of passages.
    let often: Vec<_> = read.iter().filter(|(_, times)| **times > 8).collect();
    assert!(
        often.is_empty(),
        "{often:?} of {} findings",
        found.findings.len()
    );
}

#[test]
#[ignore = "measures: prints the CPU time of a large corpus"]
fn time_of_a_large_corpus() {
    for (withheld, produced, archives, members) in [
        (200, 500, 2, 1_500),
        (200, 500, 4, 4_500),
        (800, 2_000, 16, 4_500),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let sizes = Sizes {
            withheld,
            produced,
            archives,
            members,
        };
        let (vault, kept, leaving) = made(dir.path(), &sizes);
        let cpu = ProcessTime::now();
        let found = super::inspect(&vault, &kept, &leaving, &Silent).unwrap();
        println!(
            "{} items, {} withheld, {} produced, {} inside of these, {} findings: {:.1} CPU s",
            vault.len(),
            kept.len(),
            leaving.len(),
            found.compared,
            found.findings.len(),
            cpu.elapsed().as_secs_f64()
        );
    }
}
