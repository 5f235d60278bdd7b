//! The report of a verification: one page that says it all, then the details.

use super::html::{document, escape, fact, hash, list};
use crate::bundle::Disposition;
use crate::commit::succession;
use crate::output::{Kind, is_page};
use crate::verify::{Check, Report, Status, VerifiedBundle};
use std::fmt::Write;

/// Most documents that are listed by name under each heading.
const LISTED: usize = 500;
/// Most failed checks, and most rules of the scope, that the summary names, and most characters of each: the
/// summary is one page.
const SUMMARISED: usize = 3;
const SUMMARY_LENGTH: usize = 300;
/// Longest name in the summary.
const NAME_LENGTH: usize = 200;

/// What a report is made from.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// What the verification found.
    pub report: &'a Report,
    /// The bundles that verified, of a commitment and its supplements in their order: for the lists of documents.
    pub verified: Vec<&'a VerifiedBundle>,
    /// The command that was run, as somebody else would type it.
    pub command: &'a str,
    /// When it was run (RFC 3339, UTC).
    pub date: &'a str,
    /// What is known of signatures and time-stamps, as sentences.
    pub trust: &'a [String],
}

const TITLE: &str = "Verification of a disclosure bundle";

/// What the page is, for whoever is about to replace one.
pub const KIND: Kind = Kind {
    name: "a report",
    is: |bytes| is_page(bytes, TITLE),
};

/// The page, self-contained: no script, no font, no image, no connection.
pub fn page(inputs: &Inputs<'_>) -> String {
    let report = inputs.report;
    let title = format!("{TITLE}: {}", report.case);
    let mut body = String::new();
    summary(inputs, &mut body);
    checks(report, &mut body);
    commitments(report, &mut body);
    scope(report, &mut body);
    documents(inputs, &mut body);
    reproduce(inputs, &mut body);
    document(&title, &body)
}

fn summary(inputs: &Inputs<'_>, out: &mut String) {
    let report = inputs.report;
    out.push_str(
        "<section class=\"summary\">\n<h1>Verification of a disclosure bundle</h1>\n<table>\n",
    );
    let custodian = report.custodian.as_deref().unwrap_or("not stated");
    for (what, name) in [
        ("Case", &*report.case),
        ("Custodian", custodian),
        ("Request (as its author calls it)", &report.classifier_name),
        ("Corpus committed", &report.committed()),
    ] {
        out.push_str(&fact(what, &cut(name, NAME_LENGTH)));
    }
    out.push_str(&fact("Verified", inputs.date));
    out.push_str("</table>\n");
    let class = match report.verified() {
        true if report.nothing_searched() => "nothing",
        true => "verified",
        false => "failed",
    };
    let _ = writeln!(
        out,
        "<p class=\"verdict {class}\">{}</p>",
        escape(report.headline())
    );
    if let Some(sealed) = &report.sealed {
        let _ = writeln!(
            out,
            "<p><strong>{}</strong></p>",
            escape(&cut(&sealed.sentence(), 2000))
        );
    }
    if !report.verified() {
        let failures = report.failures();
        let mut lines: Vec<String> = failures
            .iter()
            .take(SUMMARISED)
            .map(|failure| cut(failure, SUMMARY_LENGTH))
            .collect();
        if failures.len() > SUMMARISED {
            lines.push(format!("and {} more", failures.len() - SUMMARISED));
        }
        out.push_str(&list(lines));
    }
    identity(report, out);
    if report.verified() {
        out.push_str("<h2>What this proves</h2>\n");
        out.push_str(&list(&report.proved));
    }
    out.push_str("<h2>What this does not prove</h2>\n");
    out.push_str(&list(&report.not_proved));
    if !report.scope.is_empty() {
        out.push_str("<h2>Left out before the commitment, as the responder states</h2>\n");
        let rules = report.scope.len();
        let stated = report.scope.iter().take(SUMMARISED);
        let mut lines: Vec<String> = stated
            .map(|rule| cut(&rule.to_string(), SUMMARY_LENGTH))
            .collect();
        if rules > SUMMARISED {
            lines.push(format!(
                "and by {} more rules, listed on the next page",
                rules - SUMMARISED
            ));
        }
        out.push_str(&list(lines));
    }
    out.push_str("<h2>What it is about</h2>\n<table>\n");
    for root in report.roots() {
        out.push_str(&hash("Root of the corpus", root));
    }
    out.push_str(&hash("Classifier, SHA-256", &report.classifier));
    for line in inputs.trust {
        out.push_str(&fact("Signatures and time", line));
    }
    out.push_str("</table>\n</section>\n");
}

fn identity(report: &Report, out: &mut String) {
    let Some(counts) = report.counts() else {
        let _ = writeln!(out, "<p>{}.</p>", escape(&report.identity()));
        return;
    };
    out.push_str("<table class=\"identity\">\n<tr>");
    let mut cells = vec![
        ("committed", counts.committed),
        ("= produced", counts.produced),
        ("+ withheld", counts.withheld),
        ("+ not responsive", counts.not_responsive),
        ("+ exceptions", counts.exceptions),
    ];
    if counts.outside_form > 0 {
        cells.push(("+ outside the classifier's form", counts.outside_form));
    }
    if counts.resolved > 0 {
        cells.push(("+ exceptions resolved by a supplement", counts.resolved));
    }
    for (name, _) in &cells {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(name));
    }
    out.push_str("</tr>\n<tr>");
    for (n, (_, count)) in cells.iter().enumerate() {
        let class = if n == 0 { " class=\"sum\"" } else { "" };
        let _ = write!(out, "<td{class}>{count}</td>");
    }
    out.push_str("</tr>\n</table>\n");
}

/// The commitments of a chain, one after the other: how each began, what its bundle came to, what was resolved.
fn commitments(report: &Report, out: &mut String) {
    for link in &report.commitments {
        let _ = writeln!(out, "<section>\n<h2>{}</h2>", escape(&link.title()));
        let sentences = link.sentences();
        out.push_str(&list(sentences.iter().map(|line| cut(line, 2000))));
        out.push_str("</section>\n");
        if !link.checks.is_empty() {
            let title = format!("The checks of {}", succession::name(link.number));
            table_of_checks(&title, &link.checks, out);
        }
    }
}

fn checks(report: &Report, out: &mut String) {
    table_of_checks("The checks", &report.checks, out);
}

fn table_of_checks(title: &str, checks: &[Check], out: &mut String) {
    let _ = write!(
        out,
        "<section>\n<h2>{}</h2>\n<table>\n<thead><tr><th>Check</th><th>Result</th>\
         <th>Found</th></tr></thead>\n<tbody>\n",
        escape(title)
    );
    for check in checks {
        let result = match check.status {
            Status::Ok => "holds",
            Status::Failed => "FAILED",
            Status::NotRun => "not run",
        };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{result}</td><td>{}</td></tr>",
            escape(check.name),
            escape(&cut(&check.detail, 2000))
        );
    }
    out.push_str("</tbody>\n</table>\n</section>\n");
}

/// Every rule of the scope, where the summary has not all.
fn scope(report: &Report, out: &mut String) {
    let rules: Vec<String> = report.scope.iter().map(ToString::to_string).collect();
    let long = |rule: &String| rule.chars().count() > SUMMARY_LENGTH;
    if rules.len() > SUMMARISED || rules.iter().any(long) {
        out.push_str(
            "<section>\n<h2>Left out before the commitment, as the responder states: all rules</h2>\n",
        );
        out.push_str(&list(rules));
        out.push_str("</section>\n");
    }
}

/// Failures by document, as the checks name them: "item 12: why; item 13: why".
fn failures_by_document(report: &Report) -> Vec<(String, String)> {
    let complaints = report.checks.iter().flat_map(|check| &check.complaints);
    complaints
        .map(|one| (one.about.clone(), one.why.clone()))
        .collect()
}

fn table(out: &mut String, title: &str, header: [&str; 3], rows: &[[String; 3]]) {
    if rows.is_empty() {
        return;
    }
    let [a, b, c] = header.map(escape);
    let _ = writeln!(
        out,
        "<section>\n<h2>{}</h2>\n<table>\n<thead><tr><th>{a}</th><th>{b}</th><th>{c}</th></tr></thead>\
         \n<tbody>",
        escape(title)
    );
    for row in rows.iter().take(LISTED) {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{}</td>", escape(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
    if rows.len() > LISTED {
        let _ = writeln!(
            out,
            "<p class=\"note\">and {} more</p>",
            rows.len() - LISTED
        );
    }
    out.push_str("</section>\n");
}

fn documents(inputs: &Inputs<'_>, out: &mut String) {
    let failures: Vec<[String; 3]> = failures_by_document(inputs.report)
        .into_iter()
        .map(|(item, why)| [item, why, String::new()])
        .collect();
    table(
        out,
        "Failures by document",
        ["Document", "What is wrong", ""],
        &failures,
    );
    for (number, verified) in (0..).zip(&inputs.verified) {
        let whose = match inputs.verified.len() {
            1 => String::new(),
            _ => format!(" ({})", succession::name(number)),
        };
        documents_of(verified, &whose, out);
    }
}

fn documents_of(verified: &VerifiedBundle, whose: &str, out: &mut String) {
    let leaf = |index: u32| -> String {
        let leaf = verified.leaves().get(index as usize);
        leaf.map(|leaf| hex::encode(&leaf.hash()[..8]))
            .unwrap_or_default()
    };
    let withheld: Vec<[String; 3]> = verified
        .bundle()
        .manifest()
        .withheld
        .iter()
        .map(|entry| {
            [
                format!("{} ({}...)", entry.index, leaf(entry.index)),
                format!("{}: {}", entry.reason.code(), entry.reason.title()),
                entry.description.clone(),
            ]
        })
        .collect();
    table(
        out,
        &format!("Withheld: matches that were kept back{whose}"),
        ["Item (leaf)", "Ground", "Description"],
        &withheld,
    );
    let unprocessed: Vec<[String; 3]> = verified
        .dispositions()
        .iter()
        .filter_map(|(index, disposition)| {
            let why = match disposition {
                Disposition::Exception => verified
                    .leaves()
                    .get(index as usize)
                    .and_then(|leaf| leaf.exception())
                    .map_or("", |reason| reason.as_str())
                    .to_owned(),
                Disposition::OutsideForm => "outside the classifier's form".to_owned(),
                _ => return None,
            };
            Some([format!("{index} ({}...)", leaf(index)), why, String::new()])
        })
        .collect();
    table(
        out,
        &format!("Not searched: exceptions and items outside the classifier's form{whose}"),
        ["Item (leaf)", "Reason", ""],
        &unprocessed,
    );
}

fn reproduce(inputs: &Inputs<'_>, out: &mut String) {
    out.push_str("<section>\n<h2>How to reproduce this</h2>\n<p>");
    out.push_str(
        "Anybody can repeat the verification, offline, with the bundle, the commitment file as it was \
         published and the classifier file as it was submitted. The program is open source; build it \
         yourself, or use a copy that you trust, and run:",
    );
    let _ = write!(
        out,
        "</p>\n<pre>{}</pre>\n<p class=\"note\">Report made by candor {}. It states what the program \
         found and carries no weight of its own: whoever must rely on it should run the command.</p>\n\
         </section>\n",
        escape(inputs.command),
        env!("CARGO_PKG_VERSION")
    );
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{} ...", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::html::check;
    use super::*;
    use crate::verify::{Complaint, Counts, NOT_PROVED, PROVED};

    fn damaged() -> Check {
        let whys = [
            ("item 4", "its text is not the committed one"),
            ("item 7", "its bytes are not the committed ones"),
        ];
        let complaint = |(about, why): (&str, &str)| Complaint {
            about: about.to_owned(),
            why: why.to_owned(),
        };
        let detail = whys
            .map(|(about, why)| format!("{about}: {why}"))
            .join("; ");
        Check {
            complaints: whys.map(complaint).to_vec(),
            ..Check::new("produced", Status::Failed, detail)
        }
    }

    /// A report with hostile names in it.
    pub fn report(ok: bool) -> Report {
        let checks = vec![
            Check::new("bundle", Status::Ok, "3 files"),
            match ok {
                true => Check::new("produced", Status::Ok, "2 items"),
                false => damaged(),
            },
        ];
        Report::for_display(
            ok,
            Counts {
                committed: 5,
                produced: 2,
                withheld: 1,
                not_responsive: 1,
                exceptions: 1,
                outside_form: 0,
                resolved: 0,
            },
            "Doe & <b>Acme</b>\u{202e}",
            checks,
        )
    }

    fn inputs(report: &Report) -> Inputs<'_> {
        Inputs {
            report,
            verified: Vec::new(),
            command: "candor verify-bundle bundle --commitment 'c & d.json' --classifier r.clf",
            date: "2026-03-01T12:00:00Z",
            trust: &[],
        }
    }

    #[test]
    fn the_page_says_what_is_proved_and_what_is_not() {
        let report = report(true);
        let page = page(&inputs(&report));
        check(&page).unwrap();
        assert!(page.contains(&format!(
            "verdict verified\">{}<",
            escape(report.headline())
        )));
        assert!(page.contains("VERIFIED: 1 of 5 items could not be searched (1 encrypted)"));
        for line in PROVED.iter().chain(&NOT_PROVED) {
            assert!(page.contains(&escape(line)), "{line}");
        }
        let order = |text: &str| page.find(text).unwrap();
        assert!(
            order("does not prove") < order("</section>"),
            "not on the first page"
        );
        assert!(page.contains("c &amp; d.json"));
        assert!(!page.contains("<b>Acme") && !page.contains('\u{202e}'));
        for outside in ["http://", "https://", "<script", "url(", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn failures_are_listed_by_document() {
        let report = report(false);
        assert_eq!(
            failures_by_document(&report),
            [
                (
                    "item 4".to_owned(),
                    "its text is not the committed one".to_owned()
                ),
                (
                    "item 7".to_owned(),
                    "its bytes are not the committed ones".to_owned()
                )
            ]
        );
        let page = page(&inputs(&report));
        check(&page).unwrap();
        assert!(page.contains("VERIFICATION FAILED") && !page.contains("What this proves"));
        assert!(page.contains("<td>item 7</td>"));
        // A failure establishes no number: neither the real ones nor zeros.
        assert!(page.contains("is not established"));
        assert!(!page.contains("= produced") && !page.contains("not searched (0"));
    }
}
