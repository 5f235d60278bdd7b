//! The first line of every verdict says how many items were not searched, the same everywhere.

use super::serve::pictures;
use crate::common::{candor, copy_dir, json, output, text};
use candor::bundle::Bundle;
use candor::item::Form;
use candor::report::escape;
use serde_json::Value;
use std::fs;

/// The first line that a command prints.
fn first_line(command: &mut assert_cmd::Command, code: i32) -> String {
    let said = String::from_utf8(output(command, code).stdout).unwrap();
    said.lines().next().unwrap_or_default().to_owned()
}

fn read(path: &std::path::Path) -> Value {
    serde_json::from_str(&text(path)).unwrap()
}

#[test]
fn every_output_begins_with_the_same_number() {
    let matter = pictures();
    let report = json(
        &mut matter.bundle_command(&["verify-bundle", "-q", "--json"]),
        4,
    );

    // The number, counted from the leaves by hand.
    let leaves = Bundle::open(&matter.at("bundle"))
        .unwrap()
        .own_leaves()
        .unwrap();
    let searched = leaves
        .iter()
        .filter(|leaf| leaf.form(Form::ImageRgb32V1).is_some());
    let (committed, searched) = (leaves.len(), searched.count());
    let not = committed - searched;
    assert!(searched >= 4 && not >= 15, "{searched} of {committed}");
    let headline = report["headline"].as_str().unwrap();
    let begins = format!("VERIFIED: {not} of {committed} items could not be searched (");
    assert!(headline.starts_with(&begins), "{headline}");
    assert_eq!(report["not_searched"]["items"], not);
    let reasons = report["not_searched"]["reasons"].as_object().unwrap();
    assert!(reasons.len() >= 3, "{reasons:?}");
    let sum: u64 = reasons.values().filter_map(Value::as_u64).sum();
    assert_eq!(sum, not as u64);
    let count = |key: &str| report[key].as_u64().unwrap();
    assert_eq!(count("exceptions") + count("outside_form"), not as u64);

    // The command line, for people.
    let verify = || matter.bundle_command(&["verify-bundle", "-q"]);
    assert_eq!(first_line(&mut verify(), 4), headline);
    let whole = String::from_utf8(output(&mut verify(), 4).stdout).unwrap();
    assert!(
        whole.contains("as stated by the responder; no time-stamp was checked"),
        "{whole}"
    );
    assert!(
        whole.contains("that the commitment was made before the request"),
        "{whole}"
    );

    // The report and the certificate.
    let papers = [
        "verdict.html",
        "verdict-certificate.html",
        "verdict-certificate.txt",
    ];
    let [page, html, txt] = papers.map(|name| matter.at(name));
    output(
        verify()
            .arg("--report")
            .arg(&page)
            .arg("--certificate")
            .arg(&html),
        4,
    );
    output(verify().arg("--certificate").arg(&txt), 4);
    let escaped = escape(headline);
    assert!(text(&page).contains(&format!("<p class=\"verdict verified\">{escaped}</p>")));
    assert!(text(&html).contains(&escaped));
    assert!(text(&txt).contains(&format!("Outcome: {headline}\n")));
    for paper in [&page, &html, &txt] {
        let paper = text(paper);
        assert!(paper.contains("as stated by the responder"), "{paper}");
        assert!(paper.contains("as its author calls it"), "{paper}");
    }

    // An export.
    let target = matter.at("verdict-export");
    let mut export = matter.bundle_command(&["export", "-q", "--profile", "csv"]);
    assert_eq!(first_line(export.arg("-o").arg(&target), 4), headline);
    let production = read(&target.join("serve/production.json"));
    assert_eq!(production["headline"], headline);
    assert_eq!(production["not_searched"], report["not_searched"]);
    let listed = text(&target.join("serve/exceptions.csv"));
    assert_eq!(
        listed
            .lines()
            .filter(|l| l.starts_with("unprocessed,"))
            .count(),
        not
    );

    // An answer to a request for records.
    let list = matter.at("verdict.csv");
    fs::write(
        &list,
        format!("request,bundle\n7,{}\n", matter.at("bundle").display()),
    )
    .unwrap();
    let target = matter.at("verdict-answers");
    let mut run = candor();
    run.args(["foia", "export", "-q"])
        .arg(&list)
        .args(matter.files());
    let line = first_line(run.arg("-o").arg(&target), 4);
    assert!(
        line.starts_with(&format!("{not} items could not be searched")),
        "{line}"
    );
    let answer = target.join("requests/7");
    let facts = read(&answer.join("internal/determination.json"));
    assert_eq!(facts["headline"], headline);
    assert_eq!(facts["not_searched"], report["not_searched"]);
    for paper in ["internal/determination.txt", "serve/search.txt"] {
        let paper = text(&answer.join(paper));
        let line = paper.lines().find(|line| line.contains("VERIFIED"));
        assert_eq!(line, Some(headline), "{paper}");
    }

    // The proof itself.
    let mut prove = candor();
    prove.args(["prove", "-q", "--case"]).arg(matter.at("case"));
    prove.arg("--classifier").arg(matter.at("r.clf"));
    let again = matter.at("verdict-bundle");
    assert_eq!(first_line(prove.arg("-o").arg(again), 0), headline);
}

/// What failed establishes nothing: no number, not even 0.
#[test]
fn a_failure_says_that_nothing_is_established() {
    let matter = pictures();
    let bundle = matter.at("verdict-damaged");
    copy_dir(&matter.at("bundle"), &bundle);
    let proof = bundle.join("data/proofs/000000.proof");
    let mut bytes = fs::read(&proof).unwrap();
    bytes[100] ^= 1;
    fs::write(&proof, bytes).unwrap();
    let verify = || {
        let mut verify = candor();
        verify
            .args(["verify-bundle", "-q"])
            .arg(&bundle)
            .args(matter.files());
        verify
    };
    let report = json(verify().arg("--json"), 1);
    assert_eq!(report["headline"], candor::verify::FAILED);
    assert!(report["committed"].as_u64().unwrap() > 0);
    for unknown in [
        "produced",
        "withheld",
        "not_responsive",
        "exceptions",
        "outside_form",
    ] {
        assert!(report[unknown].is_null(), "{unknown}: {report}");
    }
    assert!(report["not_searched"].is_null());
    assert_eq!(first_line(&mut verify(), 1), candor::verify::FAILED);
    let (page, certificate) = (matter.at("failed.html"), matter.at("failed.txt"));
    output(
        verify()
            .arg("--report")
            .arg(&page)
            .arg("--certificate")
            .arg(&certificate),
        1,
    );
    let said = String::from_utf8(output(&mut verify(), 1).stdout).unwrap();
    for paper in [said, text(&page), text(&certificate)] {
        assert!(paper.contains("not established"), "{paper}");
        assert!(
            !paper.contains("0 produced") && !paper.contains("0 withheld"),
            "{paper}"
        );
    }
}

/// Every reason of the readers is said in words, and only those that no reader gives are quoted.
#[test]
fn reasons_are_said_in_words() {
    for reason in candor::ingest::ExceptionReason::ALL {
        let words = candor::verify::in_words(reason.id());
        assert!(!words.contains('\''), "{words}");
    }
    assert_eq!(candor::verify::in_words("other"), "'other'");
}
