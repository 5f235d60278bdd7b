//! The random audit.

use crate::common::{candor, copy_dir, json, output, text};
use crate::matter::matter;
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn a_random_audit_from_challenge_to_estimate() {
    let matter = matter();
    let challenge = matter.at("challenge.json");
    let mut draw = matter.bundle_command(&["audit", "challenge", "-q", "--json"]);
    draw.args(["--size", "4", "--nonce", "spoken in court", "-o"])
        .arg(&challenge);
    let drawn = json(&mut draw, 0);
    assert_eq!(drawn["population_count"], 6);
    let items: Vec<u64> = drawn["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert_eq!(items.len(), 4);

    let open = |challenge: &Path, target: &str, code| {
        let mut open = candor();
        open.args(["audit", "open", "-q", "--case"])
            .arg(matter.at("case"));
        open.arg("--bundle")
            .arg(matter.at("bundle"))
            .arg("--classifier")
            .arg(matter.at("r.clf"));
        output(
            open.arg("--challenge")
                .arg(challenge)
                .arg("-o")
                .arg(matter.at(target)),
            code,
        )
    };
    // A requester who wants to see a certain item.
    let picked = matter.at("picked.json");
    let other = (0..12).find(|i| !items.contains(i)).unwrap();
    fs::write(
        &picked,
        text(&challenge).replacen(&format!("{}", items[0]), &format!("{other}"), 1),
    )
    .unwrap();
    open(&picked, "picked", 3);
    assert!(!matter.at("picked").exists());
    open(&challenge, "in-camera", 0);

    let labels = matter.at("labels.csv");
    let rows: String = items.iter().map(|i| format!("{i},no\n")).collect();
    fs::write(&labels, format!("item,responsive\n{rows}")).unwrap();
    let verify = |openings: &Path, code| {
        let mut verify = candor();
        verify
            .args(["audit", "verify", "-q", "--json"])
            .arg(openings)
            .arg("--challenge")
            .arg(&challenge);
        verify
            .arg("--bundle")
            .arg(matter.at("bundle"))
            .args(matter.files());
        json(verify.arg("--labels").arg(&labels), code)
    };
    let report = verify(&matter.at("in-camera"), 0);
    assert_eq!((&report["ok"], &report["failed"]), (&4.into(), &0.into()));
    assert_eq!(report["elusion"]["hits"], 0);
    assert_eq!(report["elusion"]["missed_high"], 2);

    // The judge is shown another text than the committed one, in a folder that is a sound bag.
    let dir = tempfile::tempdir().unwrap();
    let forged = dir.path().join("forged");
    copy_dir(&matter.at("in-camera"), &forged);
    let file = forged.join(format!("data/items/{:06}/text.txt", items[0]));
    fs::write(&file, "nothing to see").unwrap();
    candor::bundle::bag::unseal(&forged).unwrap();
    candor::bundle::bag::seal(&forged, "2026-01-01", &[]).unwrap();
    let report = verify(&forged, 1);
    assert_eq!(report["failed"], 1);
    let bad = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["status"] == "failed")
        .unwrap();
    assert_eq!(bad["detail"], "its text is not the committed one");
}
