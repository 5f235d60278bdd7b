//! Batches of requests for records.

use super::matter::{FAMILY, matter};
use crate::common::{candor, json, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn a_batch_of_requests_goes_on_after_failures_and_resumes() {
    let matter = matter();
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("requests.csv");
    let bundle = matter.at("bundle");
    let write = |third: &Path| {
        fs::write(
            &list,
            format!(
                "request,bundle,requester,track,received,closed\n\
                 2026-1,{bundle},A. Citizen,simple,2026-01-05,2026-02-01\n\
                 2026-2,{bundle},\"=B\",complex,2026-01-06,\n\
                 2026-3,{third},C,simple,2026-01-07,\n",
                bundle = bundle.display(),
                third = third.display()
            ),
        )
        .unwrap();
    };
    write(Path::new("nowhere"));
    let target = dir.path().join("batch");
    let run = |code| {
        let mut run = candor();
        run.args(["foia", "export", "-q", "--json", "--case"]);
        run.arg(matter.at("case")).arg(&list).args(matter.files());
        json(run.arg("-o").arg(&target), code)
    };
    let first = run(1);
    assert_eq!((&first["exported"], &first["kept"]), (&2.into(), &0.into()));
    assert_eq!(first["failures"][0]["request"], "2026-3");
    assert!(text(&target.join("internal/failures.csv")).contains("2026-3"));
    // Once per request, however many documents.
    assert_eq!(first["exemptions"]["(b)(3)"], 2);
    write(&bundle);
    let second = run(4);
    assert_eq!(
        (&second["exported"], &second["kept"]),
        (&3.into(), &2.into())
    );
    assert_eq!(second["failures"], Value::Array(vec![]));
    let custody = text(&matter.at("case").join("custody.log"));
    let recorded = custody.lines().filter(|l| l.contains("foia export"));
    assert_eq!(recorded.count(), 2, "{custody}");

    let folder = target.join("requests/2026-1");
    assert_eq!(
        fs::read(folder.join("serve/documents/0001.eml")).unwrap(),
        FAMILY.as_bytes()
    );
    let vaughn = text(&folder.join("serve/vaughn-index.csv"));
    let line = vaughn.lines().nth(1).unwrap();
    assert!(line.starts_with("0003,2026-1-0003,"), "{line}");
    assert!(line.contains("(b)(3),26 U.S.C. 6103,"), "{line}");
    let facts: Value =
        serde_json::from_str(&text(&folder.join("internal/determination.json"))).unwrap();
    assert_eq!(facts["final_disposition"], "Partial Grant/Partial Denial");
    let log = text(&target.join("internal/request-log.csv"));
    assert!(
        log.contains("2026-1,A. Citizen,simple,Closed,2026-01-05,,2026-02-01"),
        "{log}"
    );
    assert!(log.contains("2026-2,'=B,complex,Open"), "{log}");
    assert_eq!(log.lines().count(), 4);
}
