//! The report in a real browser: as it is read there, and as it is printed.

use super::matter::{Matter, build, matter};
use crate::common::{candor, copy_dir, output, runs, text, tool};
use std::fs;
use std::path::Path;

/// Said at the end of the summary.
const LAST_WORDS: &str = "Signatures and time";

fn browser() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| runs(name, "--version"));
    let reads = runs("pdftotext", "-v");
    (tool(found.is_some(), "Chromium", "apt-get install chromium")
        && tool(reads, "pdftotext", "apt-get install poppler-utils"))
    .then_some(found)
    .flatten()
}

/// Opens a page in the browser and returns what it prints.
fn open(browser: &str, page: &Path, arguments: &[String]) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The text of each page that the browser prints on this paper, words apart by one space.
fn printed(browser: &str, page: &Path, paper: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let (copy, pdf) = (dir.path().join("page.html"), dir.path().join("page.pdf"));
    let html = text(page).replace("@page {", &format!("@page {{ size: {paper};"));
    assert!(html.contains(paper), "the page has no rule for paper");
    fs::write(&copy, html).unwrap();
    open(
        browser,
        &copy,
        &[
            format!("--print-to-pdf={}", pdf.display()),
            "--no-pdf-header-footer".into(),
        ],
    );
    let read = std::process::Command::new("pdftotext")
        .args(["-enc", "UTF-8"])
        .args([pdf.as_path(), Path::new("-")])
        .output()
        .unwrap();
    assert!(read.status.success(), "{read:?}");
    let text = String::from_utf8(read.stdout).unwrap();
    // Every page ends with a form feed.
    text.trim_end_matches('\u{c}')
        .split('\u{c}')
        .map(|page| page.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// Without white space, ligatures, and the hyphens that pdftotext drops where a line ends.
fn squeezed(text: &str) -> String {
    let plain = text.replace('\u{fb00}', "ff").replace('\u{fb01}', "fi");
    let plain = plain.replace('\u{fb02}', "fl").replace('-', "");
    plain.split_whitespace().collect()
}

fn write_report(matter: &Matter, bundle: &Path, code: i32) -> std::path::PathBuf {
    let page = matter.at(&format!("report-{code}.html"));
    let mut verify = candor();
    verify.args(["verify-bundle", "-q"]).arg(bundle);
    output(verify.args(matter.files()).arg("--report").arg(&page), code);
    page
}

/// The first page has all of the summary and nothing else, the details begin on the second.
fn summary_is_one_page(browser: &str, page: &Path, says: &[&str]) {
    for paper in ["Letter", "A4"] {
        let pages = printed(browser, page, paper);
        assert!(pages.len() >= 2, "{} pages", pages.len());
        let first = squeezed(&pages[0]);
        for line in says {
            assert!(
                first.contains(&squeezed(line)),
                "'{line}' is not on the first {paper} page: {}",
                pages[0]
            );
        }
        assert!(first.contains(&squeezed(LAST_WORDS)), "{}", pages[0]);
        assert!(!first.contains(&squeezed("The checks")), "{}", pages[0]);
        assert!(
            pages[1].starts_with("The checks"),
            "the second {paper} page begins: {}",
            pages[1]
        );
    }
}

#[test]
fn the_report_says_what_was_found_and_the_certificate_that_it_is_unsigned() {
    let matter = matter();
    let certificate = matter.at("certificate.html");
    let html = text(&write_report(matter, &matter.at("bundle"), 4));
    assert!(
        html.contains("VERIFIED") && html.contains("26 U.S.C. 6103"),
        "{html}"
    );
    assert!(html.contains("candor verify-bundle bundle --commitment commitment.json"));
    let mut verify = matter.bundle_command(&["verify-bundle", "-q"]);
    output(verify.arg("--certificate").arg(&certificate), 4);
    assert!(text(&certificate).contains("UNSIGNED"));
}

#[test]
fn a_browser_reads_the_report_as_it_is_written() {
    let Some(browser) = browser() else { return };
    let matter = matter();
    let page = write_report(matter, &matter.at("bundle"), 4);
    let (dom, html) = (open(browser, &page, &["--dump-dom".into()]), text(&page));
    // A browser that had to repair the page would have another tree than the file.
    for element in ["<section", "<table", "<tr", "<td", "<li", "<p"] {
        assert_eq!(
            dom.matches(element).count(),
            html.matches(element).count(),
            "{element}"
        );
    }
}

#[test]
fn the_summary_is_printed_on_one_page() {
    let Some(browser) = browser() else { return };
    let matter = matter();
    let page = write_report(matter, &matter.at("bundle"), 4);
    let mut says = vec!["VERIFIED: 1 of 11 items could not be searched (1 empty)"];
    says.extend(candor::verify::PROVED);
    says.extend(candor::verify::NOT_PROVED);
    summary_is_one_page(browser, &page, &says);
}

/// A first line with several reasons, and all columns of the identity.
#[test]
fn the_summary_of_a_search_that_left_much_out_is_printed_on_one_page() {
    let Some(browser) = browser() else { return };
    let matter = super::serve::pictures();
    let page = write_report(matter, &matter.at("bundle"), 4);
    let mut verify = matter.bundle_command(&["verify-bundle", "-q", "--json"]);
    let report = crate::common::json(&mut verify, 4);
    let headline = report["headline"].as_str().unwrap();
    assert!(headline.contains("outside the classifier's form"));
    let mut says = vec![headline];
    says.extend(candor::verify::NOT_PROVED);
    summary_is_one_page(browser, &page, &says);
}

/// The longest names that a commitment can have, every document damaged: the summary stays one page and
/// names what comes first; the rest is in the list of failures.
#[test]
fn the_summary_of_a_failure_is_printed_on_one_page_too() {
    let Some(browser) = browser() else { return };
    let long = "In re Lengthy Proceedings of Many Parties ".repeat(4);
    let contents: Vec<(String, String)> = (0..40)
        .map(|i| (format!("{i}.txt"), format!("lottery draw number {i}")))
        .collect();
    let matter = build(
        &contents,
        "",
        &["--name", long.trim(), "--custodian", long.trim()],
    );
    let bundle = matter.at("damaged");
    copy_dir(&matter.at("bundle"), &bundle);
    for i in 0..40 {
        fs::write(bundle.join(format!("data/produced/{i:06}/text.txt")), "x").unwrap();
    }
    candor::bundle::bag::unseal(&bundle).unwrap();
    candor::bundle::bag::seal(&bundle, "2026-01-01", &[]).unwrap();
    let page = write_report(&matter, &bundle, 1);
    let mut says = vec![
        candor::verify::FAILED,
        "item 0: its text is not the committed one",
    ];
    says.extend(candor::verify::NOT_PROVED);
    summary_is_one_page(browser, &page, &says);
    assert!(text(&page).contains("<td>item 39</td>"));
}
