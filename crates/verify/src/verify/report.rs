//! What a verification found, for people and for programs.

use super::found::{Check, Counts, Stamped, Status};
use super::links::Link;
use super::verdict::{FAILED, NotSearched};
use crate::record::families::Whole;
use crate::record::scope::ScopeRule;
use crate::record::succession;
use crate::sealed::{Published, SealedClassifier};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// What a verified bundle proves, in plain words.
pub const PROVED: [&str; 4] = [
    "Every item of the committed corpus is accounted for, exactly once.",
    "Every item listed as not responsive was run through exactly this classifier and does not match; \
     nothing else about it is revealed.",
    "Every withheld item matches the classifier, so the withheld log is complete.",
    "Every produced item is byte for byte the item that was committed, and matches.",
];

/// What is said instead of the other sentences where nothing was searched.
pub const PROVED_OF_NOTHING: &str =
    "No item of it could be searched: nothing is proved about what any of them says.";

/// The verdicts, for programs.
const VERIFIED: &str = "verified";
const NOTHING_SEARCHED: &str = "nothing_searched";

/// What it does not prove, in plain words.
pub const NOT_PROVED: [&str; 7] = [
    "that nothing was left out of the corpus before the commitment was made",
    "that the commitment was made before the request: times are as stated by the responder, no time-stamp was \
     checked here",
    "that the committed vector of an undisclosed item was honestly computed from its file (a random audit \
     before the judge answers that)",
    "that the classifier is a good one for the request",
    "that a claim of privilege or exemption is justified",
    "anything about the content of exceptions and of items outside the classifier's form",
    "anything about what was not read of items that were read in part: their verdict is about the rest",
];
/// Which of these a verified time-stamp replaces.
const TIME: usize = 1;
/// Which of these is another sentence where the classifier is sealed.
const FITNESS: usize = 3;

/// What is not proved besides where the classifier is sealed; the first replaces what is said of its fitness.
pub const NOT_PROVED_OF_SEALED: [&str; 3] = [
    "what the classifier looks for, or that it is a good one for the request: its weights are sealed, whoever verifies \
     has not seen them, and that one and the same classifier was run over everything is all that is known of it",
    "that the classifier was fixed before its owner knew the documents or the request: its file says when only if it \
     was time-stamped",
    "that the classifier's owner did not try other classifiers and chose this one for its answers",
];

/// What is known of a sealed classifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedFacts {
    /// Who answers for it, as its file claims; may be empty.
    pub author: String,
    /// Secret weights and biases.
    pub parameters: usize,
    /// Commitments that fix them.
    pub commitments: usize,
    /// Neurons.
    pub neurons: usize,
}

impl SealedFacts {
    fn of(sealed: &SealedClassifier) -> Self {
        SealedFacts {
            author: sealed.card().author.clone(),
            parameters: sealed.plan().parameters(),
            commitments: sealed.commitments().len(),
            neurons: sealed.plan().neurons(),
        }
    }

    /// By whom the classifier is claimed, in words.
    pub fn claimed_by(&self) -> String {
        match self.author.as_str() {
            "" => "its file names nobody who answers for it".to_owned(),
            author => format!("claimed by '{author}', as its file says"),
        }
    }

    /// What everybody should know who reads the verdict, in a sentence.
    pub fn sentence(&self) -> String {
        format!(
            "THE CLASSIFIER IS SEALED ({}): its {} weights and biases are a secret, fixed by its file. What it looks \
             for, whoever verifies does not know.",
            crate::clean::line(&self.claimed_by()),
            self.parameters
        )
    }
}

/// What a supplement does not prove besides.
pub const NOT_PROVED_OF_SUPPLEMENTS: [&str; 2] = [
    "that a supplement was made before the request: it has a time of its own, and what it holds was not committed \
     before that",
    "that an item that answers an earlier exception is the same document: the responder states it (an audit before \
     the judge can compare the two)",
];

/// The outcome of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    headline: String,
    verdict: &'static str,
    not_searched: Option<NotSearched>,
    #[serde(flatten, serialize_with = "established")]
    counts: (u32, Option<Counts>),
    /// The corpus's root, in hexadecimal. Of several commitments this, the case and the time are those of the last one;
    /// each has its own in `commitments`.
    pub root: String,
    /// The case's name.
    pub case: String,
    /// Whose documents these are.
    pub custodian: Option<String>,
    /// When the commitment was made, as stated by the responder.
    pub committed_at: String,
    /// When it existed, as an authority attests whose time-stamp was checked.
    pub time_stamp: Option<Stamped>,
    /// What the responder states to have left out before the commitment.
    pub scope: Vec<ScopeRule>,
    /// What of the partly read items was not read, as the responder states: items by code.
    pub unread: BTreeMap<String, u32>,
    /// SHA-256 of the classifier file.
    pub classifier: String,
    /// The classifier's name, as its author gave it.
    pub classifier_name: String,
    /// What is known of the classifier if it is sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedFacts>,
    /// The checks, in the order they ran.
    pub checks: Vec<Check>,
    /// The commitments, where there are several of which each supplements the one before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commitments: Vec<Link>,
    /// What is proved, if verified.
    pub proved: Vec<&'static str>,
    /// What is not proved in any case.
    pub not_proved: Vec<String>,
}

/// The counts for programs. Of a bundle that failed, nothing but the commitment's own number is known: the
/// others are null, not 0.
fn established<S: Serializer>(
    (committed, counts): &(u32, Option<Counts>),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown {
        committed: u32,
        produced: Option<u32>,
        withheld: Option<u32>,
        not_responsive: Option<u32>,
        exceptions: Option<u32>,
        outside_form: Option<u32>,
        resolved: Option<u32>,
    }
    let of = |count: fn(&Counts) -> u32| counts.as_ref().map(count);
    let shown = Shown {
        committed: *committed,
        produced: of(|c| c.produced),
        withheld: of(|c| c.withheld),
        not_responsive: of(|c| c.not_responsive),
        exceptions: of(|c| c.exceptions),
        outside_form: of(|c| c.outside_form),
        resolved: of(|c| c.resolved),
    };
    shown.serialize(serializer)
}

impl Report {
    /// What the checks found, with what both files say about themselves.
    pub fn new(
        counts: Counts,
        not_searched: Option<NotSearched>,
        commitment: &crate::record::Commitment,
        classifier: Published<'_>,
        checks: Vec<Check>,
    ) -> Self {
        let mut report = Report {
            headline: String::new(),
            verdict: "",
            not_searched,
            counts: (commitment.count(), Some(counts)),
            root: commitment.root_hex().to_owned(),
            case: commitment.case().to_owned(),
            custodian: commitment.custodian().map(str::to_owned),
            committed_at: commitment.created().to_owned(),
            time_stamp: None,
            scope: commitment.scope().to_vec(),
            unread: commitment.unread().clone(),
            classifier: hex::encode(classifier.hash()),
            classifier_name: classifier.name().to_owned(),
            sealed: classifier.sealed().map(SealedFacts::of),
            checks,
            commitments: Vec::new(),
            proved: Vec::new(),
            not_proved: NOT_PROVED.map(str::to_owned).to_vec(),
        };
        report.remark_on_seal();
        if commitment.supplements().is_some() {
            let more = NOT_PROVED_OF_SUPPLEMENTS.map(str::to_owned);
            report.not_proved.extend(more);
        }
        report.conclude();
        report
    }

    /// What was found of a commitment and its supplements, each with its bundle.
    pub(super) fn over(
        counts: Counts,
        not_searched: Option<NotSearched>,
        classifier: Published<'_>,
        checks: Vec<Check>,
        links: Vec<Link>,
    ) -> Self {
        let last = &links[links.len() - 1];
        let mut unread = BTreeMap::new();
        let mut scope = Vec::new();
        for link in &links {
            for (code, items) in &link.unread {
                *unread.entry(code.clone()).or_default() += items;
            }
            let named = |rule: &ScopeRule| ScopeRule {
                words: format!("{}: {}", succession::name(link.number), rule.words),
                ..rule.clone()
            };
            scope.extend(link.scope.iter().map(named));
        }
        let mut not_proved = NOT_PROVED.map(str::to_owned).to_vec();
        not_proved.extend(NOT_PROVED_OF_SUPPLEMENTS.map(str::to_owned));
        let mut report = Report {
            headline: String::new(),
            verdict: "",
            not_searched,
            counts: (counts.committed, Some(counts)),
            // All of the last one, whose root binds those before it, and which was made when all was committed.
            root: last.root.clone(),
            case: last.case.clone(),
            custodian: custodians(&links),
            committed_at: last.committed_at.clone(),
            time_stamp: None,
            scope,
            unread,
            classifier: hex::encode(classifier.hash()),
            classifier_name: classifier.name().to_owned(),
            sealed: classifier.sealed().map(SealedFacts::of),
            checks,
            commitments: links,
            proved: Vec::new(),
            not_proved,
        };
        report.remark_on_seal();
        report.conclude();
        report
    }

    /// What a sealed classifier changes of what is proved.
    fn remark_on_seal(&mut self) {
        if self.sealed.is_some() {
            self.not_proved[FITNESS] = NOT_PROVED_OF_SEALED[0].to_owned();
            let more = NOT_PROVED_OF_SEALED[1..].iter().copied();
            self.not_proved.extend(more.map(str::to_owned));
        }
    }

    /// Whether the bundle verified and not one item was searched.
    pub fn nothing_searched(&self) -> bool {
        self.not_searched().is_some_and(NotSearched::nothing)
    }

    /// Derives the verdict from the checks. What a failure leaves unestablished is forgotten here, so that
    /// nobody shows it.
    fn conclude(&mut self) {
        let ok = self.checks.iter().all(|c| c.ok);
        let searched = self.not_searched.take().filter(|_| ok);
        self.counts.1 = self.counts.1.filter(|_| searched.is_some());
        (self.verdict, self.headline) = match &searched {
            // Not the word that programs look for: there is no search that it could be said of.
            Some(searched) if searched.nothing() => (NOTHING_SEARCHED, searched.headline()),
            Some(searched) => (VERIFIED, searched.headline()),
            None => ("failed", FAILED.to_owned()),
        };
        self.proved = match &searched {
            Some(searched) if searched.nothing() => vec![PROVED[0], PROVED_OF_NOTHING],
            Some(_) => PROVED.to_vec(),
            None => Vec::new(),
        };
        self.not_searched = searched;
    }

    /// A report made up for tests of what shows reports.
    #[doc(hidden)]
    pub fn for_display(ok: bool, counts: Counts, case: &str, checks: Vec<Check>) -> Self {
        let reasons = [
            ("encrypted", counts.exceptions),
            ("outside-form", counts.outside_form),
        ];
        let not_searched = NotSearched {
            items: counts.exceptions + counts.outside_form,
            of: counts.committed,
            reasons: reasons
                .into_iter()
                .filter(|(_, n)| *n > 0)
                .map(|(reason, n)| (reason.to_owned(), n))
                .collect(),
            ..NotSearched::default()
        };
        let mut report = Report {
            headline: String::new(),
            verdict: "",
            not_searched: Some(not_searched).filter(|_| ok),
            counts: (counts.committed, Some(counts)),
            root: "ab".repeat(32),
            case: case.to_owned(),
            custodian: None,
            committed_at: "2026-01-01T00:00:00Z".to_owned(),
            time_stamp: None,
            scope: Vec::new(),
            unread: BTreeMap::new(),
            classifier: "cd".repeat(32),
            classifier_name: case.to_owned(),
            sealed: None,
            checks,
            commitments: Vec::new(),
            proved: Vec::new(),
            not_proved: NOT_PROVED.map(str::to_owned).to_vec(),
        };
        report.conclude();
        report
    }

    /// Takes up that a time-stamp over the commitment file was asked for, and how its check ended. One that
    /// does not hold is a failed check: whoever asked must not read the verdict as if it did.
    pub fn stamped(&mut self, stamp: Result<Stamped, String>) {
        let (status, detail) = match &stamp {
            Ok(stamp) => (
                Status::Ok,
                format!(
                    "the commitment existed at {}, as {} attests",
                    stamp.time, stamp.authority
                ),
            ),
            Err(why) => (Status::Failed, why.clone()),
        };
        self.checks.push(Check::new("time-stamp", status, detail));
        if let Ok(stamp) = stamp {
            self.not_proved[TIME] = format!(
                "that the request came later than {}, when the commitment existed, as {} attests: compare that \
                 with the day of the request",
                stamp.time, stamp.authority
            );
            self.time_stamp = Some(stamp);
        }
        self.conclude();
    }

    /// As [`Report::stamped`], of every commitment in its turn.
    pub fn stamped_each(&mut self, stamps: Vec<Result<Stamped, String>>) {
        let mut found = Vec::new();
        let mut status = Status::Ok;
        for (link, stamp) in self.commitments.iter_mut().zip(stamps) {
            let name = succession::name(link.number);
            found.push(match &stamp {
                Ok(stamp) => format!(
                    "{name} existed at {}, as {} attests",
                    stamp.time, stamp.authority
                ),
                Err(why) => format!("{name}: {why}"),
            });
            if stamp.is_err() {
                status = Status::Failed;
            }
            link.time_stamp = stamp.ok();
        }
        let detail = found.join("; ");
        if status == Status::Ok {
            self.not_proved[TIME] = format!(
                "that the request came later than the commitments: {detail}. Compare that with the day of the \
                 request, for each of them"
            );
        }
        self.checks.push(Check::new("time-stamp", status, detail));
        self.conclude();
    }

    /// Takes up that opened families were to be checked, and how that ended: as with a time-stamp, what does not hold
    /// is a failed check. `None`: there was nothing to check them against.
    pub fn with_families(&mut self, found: Option<Result<Whole, String>>) {
        let (status, detail) = match found {
            Some(Ok(whole)) => (Status::Ok, whole.to_string()),
            Some(Err(why)) => (Status::Failed, why),
            None => (Status::NotRun, "not reached".to_owned()),
        };
        self.checks.push(Check::new("families", status, detail));
        self.conclude();
    }

    /// What every verdict says first: how it ended, and how many items were not searched.
    pub fn headline(&self) -> &str {
        &self.headline
    }

    /// The items that were not searched; unknown if the verification failed.
    pub fn not_searched(&self) -> Option<&NotSearched> {
        self.not_searched.as_ref()
    }

    /// The count identity; unknown if the verification failed.
    pub fn counts(&self) -> Option<&Counts> {
        self.counts.1.as_ref()
    }

    /// The count identity in words, or that it is not established.
    pub fn identity(&self) -> String {
        match self.counts() {
            Some(counts) => counts.to_string(),
            None => format!(
                "{} committed; how many are produced, withheld and not responsive is not established",
                self.counts.0
            ),
        }
    }

    /// The root of every commitment that this is about, in hexadecimal.
    pub fn roots(&self) -> Vec<&str> {
        match &self.commitments[..] {
            [] => vec![&self.root],
            links => links.iter().map(|link| &*link.root).collect(),
        }
    }

    /// What fixed the documents, in words.
    pub fn fixed_by(&self) -> String {
        match &self.roots()[..] {
            [root] => format!("the commitment whose root is {root}"),
            roots => format!("the commitments whose roots are {}", roots.join(", ")),
        }
    }

    /// When the commitment was made, and on whose word; of supplements, each.
    pub fn committed(&self) -> String {
        if self.commitments.is_empty() {
            return on_whose_word(&self.committed_at, self.time_stamp.as_ref());
        }
        let each = |link: &Link| {
            let word = on_whose_word(&link.committed_at, link.time_stamp.as_ref());
            format!("{} {word}", succession::name(link.number))
        };
        let each: Vec<String> = self.commitments.iter().map(each).collect();
        each.join("; ")
    }

    /// Whether every check holds.
    pub fn verified(&self) -> bool {
        matches!(self.verdict, VERIFIED | NOTHING_SEARCHED)
    }

    /// "verified", "nothing_searched" (every check holds, and no item was searched) or "failed".
    pub fn verdict(&self) -> &'static str {
        self.verdict
    }

    /// What a program says of it: 0 verified, 1 failed, 4 verified with items that were not searched, or not wholly.
    /// That is 4 where nothing was searched as well: of 3,000 items 2,999 could not be, and all of them could not be, are
    /// not two kinds of end. Whoever takes 4 has to read how many.
    pub fn exit_code(&self) -> u8 {
        match self.not_searched() {
            _ if !self.verified() => 1,
            Some(unsearched) if unsearched.any() => 4,
            _ => 0,
        }
    }

    /// The report for people.
    pub fn to_text(&self) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{}", self.headline);
        let _ = writeln!(out, "{}", self.identity());
        self.failures().iter().for_each(|line| {
            let _ = writeln!(out, "  - {line}");
        });
        if let Some(sealed) = &self.sealed {
            let _ = writeln!(out, "{}", sealed.sentence());
        }
        let _ = writeln!(out, "committed {}\n", self.committed());
        for check in &self.checks {
            let _ = writeln!(out, "{}", check.line());
        }
        self.commitments.iter().for_each(|link| link.show(&mut out));
        if self.verified() {
            let _ = writeln!(out, "\nProved:");
            self.proved.iter().for_each(|line| {
                let _ = writeln!(out, "  - {line}");
            });
        }
        if !self.scope.is_empty() {
            let _ = writeln!(
                out,
                "\nLeft out before the commitment, as the responder states:"
            );
            self.scope.iter().for_each(|rule| {
                let _ = writeln!(out, "  - {}", crate::clean::line(&rule.to_string()));
            });
        }
        if self.verified() && !self.unread.is_empty() {
            let _ = writeln!(
                out,
                "\nNot read of the items that were read in part, as the responder states (items by code):"
            );
            self.unread.iter().for_each(|(code, items)| {
                let _ = writeln!(out, "  - {items} {}", crate::clean::line(code));
            });
        }
        let _ = writeln!(out, "\nNot proved:");
        self.not_proved.iter().for_each(|line| {
            let _ = writeln!(out, "  - {line}");
        });
        out
    }

    /// The failed checks, each as "name: detail".
    pub fn failures(&self) -> Vec<String> {
        Check::failures(&self.checks).collect()
    }
}

/// Whose documents several commitments are, each once.
fn custodians(links: &[Link]) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for name in links.iter().filter_map(|link| link.custodian.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join("; "))
}

fn on_whose_word(time: &str, stamp: Option<&Stamped>) -> String {
    let stated = format!("{time}, as stated by the responder");
    match stamp {
        Some(stamp) => format!(
            "{stated}; it existed at {}, as {} attests (time-stamp checked)",
            stamp.time, stamp.authority
        ),
        None => format!("{stated}; no time-stamp was checked"),
    }
}
