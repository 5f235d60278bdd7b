//! The folder of one request, in two halves: what goes to whoever asked, and the agency's working papers.

use super::request::Request;
use crate::bundle::Disposition;
use crate::clean;
use crate::commit::Vault;
use crate::export::fields;
use crate::export::log::{self, Departures, Table};
use crate::export::named::{LogFact, Named};
use crate::export::numbering;
use crate::export::output::OutputError;
use crate::export::sides::{Side, Sides};
use crate::export::source::{self, Insider, SourceError};
use crate::guard::{self, Allowance};
use crate::progress::Silent;
use crate::verify::{Counts, NotSearched, VerifiedBundle};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// The facts in a request's folder.
pub(super) const FACTS: &str = "determination.json";
/// The same for the agency's half of the folder.
pub(super) const FACTS_PLACE: &str = "internal/determination.json";

/// What was decided, as `determination.json` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Determination {
    /// Hash of everything this was made from.
    pub fingerprint: String,
    /// The first line of the verdict on the bundle: how many items were not searched, and why.
    pub headline: String,
    /// The request's number.
    pub request: String,
    /// Who asks.
    pub requester: String,
    /// Simple, complex or expedited.
    pub track: String,
    /// "Closed" if it has a date of closing.
    pub status: String,
    /// Dates as given.
    pub received: String,
    /// As above.
    pub perfected: String,
    /// As above.
    pub closed: String,
    /// As above.
    pub target: String,
    /// In the words of the annual report.
    pub final_disposition: String,
    /// Documents withheld under each exemption.
    pub exemptions: BTreeMap<String, u32>,
    /// Statutes named for exemption 3.
    pub statutes: Vec<String>,
    /// Documents withheld on other grounds.
    pub other_grounds: BTreeMap<String, u32>,
    /// Items of the corpus.
    pub committed: u32,
    /// Documents handed over.
    pub released: u32,
    /// Documents kept back.
    pub withheld: u32,
    /// Items proved not to match.
    pub not_responsive: u32,
    /// Items that could not be processed or are outside the classifier's form.
    pub unprocessed: u32,
    /// The same by reason.
    pub not_searched: NotSearched,
    /// When the corpus was committed, and on whose word.
    pub corpus_committed: String,
    /// Root of the corpus.
    pub root: String,
    /// SHA-256 of the classifier.
    pub classifier: String,
    /// Its name, as its author gave it.
    pub classifier_name: String,
    /// What is known of it if it is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<crate::verify::SealedFacts>,
    /// What a person must still look at.
    pub open_points: Vec<String>,
}

/// The columns of a Vaughn index.
const VAUGHN: [&str; 18] = [
    "DocNo",
    "Bates",
    "Date",
    "From",
    "To",
    "Type",
    "Description",
    "PagesTotal",
    "PagesFull",
    "PagesPart",
    "PagesWithheld",
    "Exemption",
    "Statute",
    "Justification",
    "Segregable",
    "Item",
    "ZK_LEAF",
    "ZK_PROOFID",
];

const DOCUMENTS: [&str; 12] = [
    "DocNo",
    "Bates",
    "File",
    "Text",
    "Date",
    "From",
    "To",
    "Subject",
    "Path",
    "SHA256",
    "ZK_LEAF",
    "ZK_PROOFID",
];

/// The columns of the request log.
pub(super) const LOG: [&str; 11] = [
    "Request Number",
    "Requester",
    "Track",
    "Status",
    "Received",
    "Perfected",
    "Closed",
    "Target",
    "Final Disposition",
    "Exemptions",
    "Other Grounds",
];

/// Why a request's folder cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The documents.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A table.
    #[error("a table cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// Something withheld would go out.
    #[error("{0}")]
    Guard(#[from] guard::CheckError),
    /// The facts.
    #[error("the facts cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

static STATUTE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"(?i)\b\d{1,2}\s+U\.?\s?S\.?\s?C\.?\s*(?:\x{a7}+\s*)?\d+[0-9a-z-]*(?:\([0-9a-z]+\))*";
    Regex::new(pattern).expect("a fixed pattern")
});

/// The statute that a description cites: "26 U.S.C. 6103".
pub(super) fn statute(description: &str) -> Option<String> {
    STATUTE
        .find(description)
        .map(|found| found.as_str().trim().to_owned())
}

impl Determination {
    /// The row of the request log.
    pub(super) fn log_row(&self) -> Vec<String> {
        let codes = |grounds: &BTreeMap<String, u32>| -> String {
            grounds.keys().cloned().collect::<Vec<_>>().join("; ")
        };
        vec![
            self.request.clone(),
            self.requester.clone(),
            self.track.clone(),
            self.status.clone(),
            self.received.clone(),
            self.perfected.clone(),
            self.closed.clone(),
            self.target.clone(),
            self.final_disposition.clone(),
            codes(&self.exemptions),
            codes(&self.other_grounds),
        ]
    }

    /// The facts of the determination letter.
    fn letter(&self) -> String {
        let mut out = format!(
            "FACTS FOR THE DETERMINATION LETTER\n(a draft of facts, not a determination: the agency \
             decides and signs)\n\n{}\n\nRequest: {}\nFinal disposition: {}\n\n\
             Committed: {} items; of those that were searched, {} match the request.\n\
             Released: {}\nWithheld in full: {}\nDo not match, as proved: {}\nNot searched (could not be \
             processed or are outside the classifier's form): {}\n",
            clean::line(&self.headline),
            clean::line(&self.request),
            self.final_disposition,
            self.committed,
            self.released + self.withheld,
            self.released,
            self.withheld,
            self.not_responsive,
            self.unprocessed,
        );
        for (title, grounds) in [
            ("Exemptions", &self.exemptions),
            ("Other grounds", &self.other_grounds),
        ] {
            if !grounds.is_empty() {
                out += &format!("\n{title}:\n");
            }
            for (code, documents) in grounds {
                let name = crate::bundle::Reason::parse(code).map_or("", |r| r.title());
                let code = clean::line(code);
                out += &format!("  {code}: {name}: {documents} documents\n");
            }
        }
        for statute in &self.statutes {
            out += &format!("  statute: {}\n", clean::line(statute));
        }
        if !self.open_points.is_empty() {
            out += "\nStill to be looked at by a person:\n";
        }
        for point in &self.open_points {
            out += &format!("  - {}\n", clean::line(point));
        }
        out += &self.check_it();
        out
    }

    fn check_it(&self) -> String {
        let sealed = self.sealed.as_ref().map_or(String::new(), |sealed| {
            format!("  {}\n", clean::line(&sealed.sentence()))
        });
        format!(
            "\nThe search can be checked by anybody with the bundle:\n  corpus root     {}\n  \
             committed       {}\n  classifier      {} (called \"{}\" by its author)\n{sealed}",
            clean::line(&self.root),
            clean::line(&self.corpus_committed),
            clean::line(&self.classifier),
            clean::line(&self.classifier_name)
        )
    }

    /// What whoever asked is told of the search: counts, and nothing of any document.
    fn search(&self) -> String {
        format!(
            "ABOUT THE SEARCH\n\n{}\n\nRequest: {}\nCommitted: {} items\nReleased: {}\nWithheld in full: {} \
             (see vaughn-index.csv)\nDo not match, as proved: {}\nNot searched: {}\n{}",
            clean::line(&self.headline),
            clean::line(&self.request),
            self.committed,
            self.released,
            self.withheld,
            self.not_responsive,
            self.unprocessed,
            self.check_it()
        )
    }
}

/// The disposition in the words of the annual report. Where nothing was searched, it is not known that there are no
/// records.
fn final_disposition(counts: &Counts) -> &'static str {
    match (counts.produced, counts.withheld) {
        (0, 0) if counts.not_responsive == 0 => "Other Reasons",
        (0, 0) => "No Records",
        (_, 0) => "Full Grant",
        (0, _) => "Full Denial Based on Exemptions",
        _ => "Partial Grant/Partial Denial",
    }
}

fn determine(request: &Request, fingerprint: &str, verified: &VerifiedBundle) -> Determination {
    let report = verified.report();
    let counts = verified.counts();
    let mut found = Determination {
        fingerprint: fingerprint.to_owned(),
        headline: report.headline().to_owned(),
        request: request.number.clone(),
        requester: request.facts.requester.clone(),
        track: request.facts.track.clone(),
        status: if request.facts.closed.is_empty() {
            "Open".to_owned()
        } else {
            "Closed".to_owned()
        },
        received: request.facts.received.clone(),
        perfected: request.facts.perfected.clone(),
        closed: request.facts.closed.clone(),
        target: request.facts.target.clone(),
        final_disposition: final_disposition(&counts).to_owned(),
        exemptions: BTreeMap::new(),
        statutes: Vec::new(),
        other_grounds: BTreeMap::new(),
        committed: counts.committed,
        released: counts.produced,
        withheld: counts.withheld,
        not_responsive: counts.not_responsive,
        unprocessed: counts.exceptions + counts.outside_form,
        not_searched: verified.not_searched().clone(),
        corpus_committed: report.committed(),
        root: report.root.clone(),
        classifier: report.classifier.clone(),
        classifier_name: report.classifier_name.clone(),
        sealed: report.sealed.clone(),
        open_points: Vec::new(),
    };
    for entry in &verified.bundle().manifest().withheld {
        let code = entry.reason.code();
        if code.starts_with("(b)") {
            *found.exemptions.entry(code.to_owned()).or_default() += 1;
        } else {
            *found.other_grounds.entry(code.to_owned()).or_default() += 1;
            let item = entry.index;
            found.open_points.push(format!(
                "item {item} is withheld as {code}, which is not a FOIA exemption: name the \
                 exemption, for instance (b)(5)"
            ));
        }
        if code == "(b)(3)" {
            match statute(&entry.description) {
                Some(statute) if !found.statutes.contains(&statute) => found.statutes.push(statute),
                Some(_) => {}
                None => found.open_points.push(format!(
                    "item {} is withheld under (b)(3) without naming the statute",
                    entry.index
                )),
            }
        }
    }
    if counts.withheld > 0 {
        found.open_points.push(
            "for every withheld document: whether a part can be segregated and released".to_owned(),
        );
    }
    if found.unprocessed > 0 {
        found.open_points.push(format!(
            "{}: whether what is responsive among them is to be searched for by other means",
            found.not_searched.sentence()
        ));
    }
    found
}

/// Which of the allowances given a request needed.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    /// These.
    pub used: Vec<Allowance>,
    /// Nothing was found about these: items, passages.
    pub idle: Vec<String>,
}

/// Writes the folder of a request.
pub(super) fn write(
    request: &Request,
    fingerprint: &str,
    verified: &VerifiedBundle,
    vault: Option<&Vault>,
    named: &Named,
    allow: &[String],
    target: &Path,
) -> Result<(Determination, Allowed), WriteError> {
    let determination = determine(request, fingerprint, verified);
    let mut allowed = Allowed::default();
    if let Some(vault) = vault {
        let given = guard::allow::parse_in(vault, allow).map_err(guard::CheckError::from)?;
        let (found, all) = guard::check_bundle(vault, verified, allow, &Silent)?;
        let idle = given.iter().filter(|a| !all.contains(a));
        allowed.idle = idle.map(|a| format!("item {}", a.item)).collect();
        let passages = found.idle_passages.iter();
        allowed
            .idle
            .extend(passages.map(|id| format!("passage {id}")));
        let passages = guard::allow::passages(allow).map_err(guard::CheckError::from)?;
        // What was allowed when the bundle was made is in the log already.
        let now = |a: &Allowance| given.contains(a) || passages.iter().any(|(id, _)| a.is_by(id));
        allowed.used = all.into_iter().filter(now).collect();
    }
    let insider = vault
        .map(|vault| Insider::new(vault, verified))
        .transpose()?;
    let insider = insider.as_ref();
    let mut output = Sides::create(target)?;
    let documents = documents(request, verified, &mut output)?;
    output.write(Side::Serve, "documents.csv", &documents.csv()?)?;
    let index = vaughn(request, verified, insider, named)?;
    output.write(Side::Serve, "vaughn-index.csv", &index.csv()?)?;
    let search = determination.search();
    output.write(Side::Serve, "search.txt", search.as_bytes())?;
    if insider.is_some() {
        let index = vaughn(request, verified, insider, &Named::everything())?;
        output.write(Side::Internal, "vaughn-index.csv", &index.csv()?)?;
        let mut unprocessed = Departures::default();
        unprocessed.add_unprocessed(verified, insider)?;
        let table = unprocessed.table().csv()?;
        output.write(Side::Internal, "not-searched.csv", &table)?;
    }
    let mut log = Table::new(&LOG);
    log.rows.push(determination.log_row());
    output.write(Side::Internal, "request-log.csv", &log.csv()?)?;
    let letter = determination.letter();
    output.write(Side::Internal, "determination.txt", letter.as_bytes())?;
    let json = clean::to_json(&determination)? + "\n";
    output.write(Side::Internal, FACTS, json.as_bytes())?;
    output.finish()?;
    Ok((determination, allowed))
}

/// The matching items in order, each with its number in this request.
fn matches<'a>(
    request: &'a Request,
    verified: &'a VerifiedBundle,
) -> impl Iterator<Item = (String, String, u32, Disposition)> + 'a {
    let name = super::request::folder_name(&request.number);
    let matches = verified
        .dispositions()
        .iter()
        .filter(|(_, d)| matches!(d, Disposition::Produced | Disposition::Withheld));
    (1..).zip(matches).map(move |(n, (index, disposition))| {
        let number = format!("{n:04}");
        let bates = format!("{name}-{number}");
        (number, bates, index, disposition)
    })
}

fn leaf(verified: &VerifiedBundle, index: u32) -> String {
    let leaf = verified.leaves().get(index as usize);
    leaf.map(|leaf| hex::encode(leaf.hash()))
        .unwrap_or_default()
}

/// Writes the released documents and lists them.
fn documents(
    request: &Request,
    verified: &VerifiedBundle,
    output: &mut Sides,
) -> Result<Table, WriteError> {
    let proofs = numbering::proofs(verified);
    let mut table = Table::new(&DOCUMENTS);
    let released = |found: &(_, _, _, Disposition)| found.3 == Disposition::Produced;
    for (number, bates, index, _) in matches(request, verified).filter(released) {
        let document = source::document(verified, index)?;
        let file = format!("documents/{number}.{}", fields::extension(&document.meta));
        let text = format!("documents/{number}.text.txt");
        let fact = output.write(Side::Serve, &file, &document.native)?;
        output.write(Side::Serve, &text, document.text.as_bytes())?;
        let known = |key: &str| -> &str {
            let found = document.meta.metadata.get(key);
            found.map_or("", String::as_str)
        };
        table.rows.push(vec![
            number,
            bates,
            file,
            text,
            fields::any_date(|key| known(key).to_owned()),
            match known("from") {
                "" => fields::author(known).to_owned(),
                from => fields::multiple(from),
            },
            fields::multiple(known("to")),
            known("subject").to_owned(),
            document.meta.path.clone(),
            fact.sha256,
            leaf(verified, index),
            proofs.get(&index).cloned().unwrap_or_default(),
        ]);
    }
    Ok(table)
}

/// The index of what is withheld; it names what `named` says and the case knows.
fn vaughn(
    request: &Request,
    verified: &VerifiedBundle,
    insider: Option<&Insider<'_>>,
    named: &Named,
) -> Result<Table, WriteError> {
    let proofs = numbering::proofs(verified);
    let manifest = verified.bundle().manifest();
    let mut table = Table::new(&VAUGHN);
    for (number, bates, index, _) in matches(request, verified) {
        let found = manifest.withheld.binary_search_by_key(&index, |w| w.index);
        let Ok(entry) = found.map(|at| &manifest.withheld[at]) else {
            continue;
        };
        let known = log::Withheld::look(verified, insider, index, entry.reason, named)?;
        let cited = (entry.reason.code() == "(b)(3)")
            .then(|| statute(&entry.description))
            .flatten();
        table.rows.push(vec![
            number,
            bates,
            known.any_date(),
            known.people(LogFact::Author),
            known.people(LogFact::To),
            known.kind(),
            entry.description.clone(),
            // Native files have no pages; an agency that counts pages fills these in.
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            entry.reason.code().to_owned(),
            cited.unwrap_or_default(),
            entry.reason.title().to_owned(),
            "to be stated by the agency".to_owned(),
            index.to_string(),
            leaf(verified, index),
            proofs.get(&index).cloned().unwrap_or_default(),
        ]);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statutes_are_found_as_lawyers_write_them() {
        for (text, want) in [
            ("26 U.S.C. 6103; return information", Some("26 U.S.C. 6103")),
            (
                "see 50 USC \u{a7} 3024(i)(1), sources",
                Some("50 USC \u{a7} 3024(i)(1)"),
            ),
            (
                "under 8 U.S.C. \u{a7} 1202(f)",
                Some("8 U.S.C. \u{a7} 1202(f)"),
            ),
            ("another statute", None),
            ("in 1995 the USC team", None),
        ] {
            assert_eq!(statute(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn dispositions_are_those_of_the_annual_report() {
        let counts = |produced, withheld| Counts {
            produced,
            withheld,
            ..Counts::default()
        };
        let searched = Counts {
            not_responsive: 1,
            ..counts(0, 0)
        };
        assert_eq!(final_disposition(&searched), "No Records");
        // Nothing was searched, so nobody knows.
        assert_eq!(final_disposition(&counts(0, 0)), "Other Reasons");
        assert_eq!(final_disposition(&counts(2, 0)), "Full Grant");
        assert_eq!(
            final_disposition(&counts(0, 2)),
            "Full Denial Based on Exemptions"
        );
        assert_eq!(
            final_disposition(&counts(1, 1)),
            "Partial Grant/Partial Denial"
        );
    }
}
