//! What documents say about themselves, in load files and logs.

use super::export::dat;
use super::matter::build;
use crate::common::{output, text};

/// Rich text by somebody, made and changed, with three pages.
fn rich(words: &str, author: &str) -> String {
    format!(
        r"{{\rtf1{{\info{{\title Concerning {author}}}{{\author {author}}}{{\creatim\yr2002\mo3\dy12\hr9\min5}}\
{{\revtim\yr2002\mo3\dy13}}{{\nofpages3}}}}{words}\par}}"
    )
}

#[test]
fn author_title_dates_and_pages_of_documents_are_exported_and_named_as_far_as_asked() {
    let flat = "<?xml version='1.0'?>\n<office:document xmlns:office='x' office:mimetype=\"application/vnd.oasis.opendocument.text\">\
        <office:meta><dc:title>Odt title</dc:title><dc:creator>Olive Clerk</dc:creator><meta:creation-date>2002-03-12T10:00:00.5</meta:creation-date>\
        <dc:date>2002-03</dc:date><meta:document-statistic meta:page-count='7'/></office:meta>\
        <office:body><office:text><text:p>lottery again</text:p></office:text></office:body></office:document>";
    let files = [
        ("a.rtf", rich("the lottery", "Ann Author")),
        ("b.fodt", flat.to_owned()),
        ("c.rtf", rich("a lottery, says counsel", "Carl Counsel")),
        ("d.rtf", rich("a lottery source", "Sam Source")),
        ("e.txt", "cheese".to_owned()),
    ];
    let withhold = "c.rtf,AC,advice\nd.rtf,(b)(7)(D),a source";
    let matter = build(&files, withhold, &[]);
    let export = |name: &str, more: &[&str]| {
        let target = matter.at(name);
        let mut export = matter.bundle_command(&["export", "-q", "--profile", "relativity"]);
        export.args(more).arg("--case").arg(matter.at("case"));
        // The item whose date is none was read in part only.
        output(export.arg("-o").arg(&target), 4);
        target
    };
    let target = export("quiet", &[]);
    let rows = dat(&target.join("serve/VOL001/DATA/VOL001.dat"));
    let row = |name: &str| rows.iter().find(|row| row["FILENAME"] == name).unwrap();
    let rich = row("a.rtf");
    for (column, value) in [
        ("AUTHOR", "Ann Author"),
        ("TITLE", "Concerning Ann Author"),
        ("DATECREATED", "03/12/2002 09:05:00"),
        ("DATELASTMOD", "03/13/2002 00:00:00"),
        ("PGCOUNT", "3"),
        ("TIMEZONE", "UTC"),
        ("FROM", ""),
    ] {
        assert_eq!(rich[column], value, "{column}");
    }
    let flat = row("b.fodt");
    for (column, value) in [
        ("AUTHOR", "Olive Clerk"),
        ("TITLE", "Odt title"),
        ("DATECREATED", "03/12/2002 10:00:00"),
        // A month is no date; the item says so in its ledger.
        ("DATELASTMOD", ""),
        ("PGCOUNT", "7"),
    ] {
        assert_eq!(flat[column], value, "{column}");
    }
    let served = text(&target.join("serve/privilege-log.csv"));
    assert!(
        !served.contains("Carl") && !served.contains("Sam"),
        "{served}"
    );
    let kept = text(&target.join("internal/privilege-log.csv"));
    for known in [
        "Carl Counsel",
        "Concerning Sam Source",
        "03/12/2002",
        "03/13/2002",
    ] {
        assert!(kept.contains(known), "{known}: {kept}");
    }
    // Asked for, the author of what is privileged is named, and that of what protects a person is not.
    let target = export("named", &["--log-facts", "author,date,subject"]);
    let served = text(&target.join("serve/privilege-log.csv"));
    assert!(
        served.contains("Carl Counsel") && served.contains("03/13/2002"),
        "{served}"
    );
    assert!(!served.contains("Sam Source"), "{served}");
}
