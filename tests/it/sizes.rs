//! Sizes, costs and stakes of tests, by the commands.

use crate::common::{candor, json, output};

fn said(args: &[&str], code: i32) -> String {
    String::from_utf8(output(candor().args(args), code).stdout).unwrap()
}

#[test]
fn a_plan_states_sizes_and_costs() {
    let plan = json(
        candor().args([
            "accuracy",
            "plan",
            "--confidence",
            "97.5",
            "--tampered",
            "2",
            "--margin",
            "1",
            "--price",
            "0.16656",
            "--json",
        ]),
        0,
    );
    assert_eq!(plan["items_for_tampering"], 183);
    assert_eq!(plan["items"], 18_445);
    let words = said(
        &[
            "accuracy",
            "plan",
            "--cpu-seconds",
            "0.5",
            "--price-per-hour",
            "0.12",
        ],
        0,
    );
    // 600 items, 300 CPU seconds, a cent.
    assert!(
        words.starts_with("600 items are to be drawn, with 95 % confidence"),
        "{words}"
    );
    assert!(
        words.contains("     300  CPU seconds") && words.contains("    0.01  for their proofs"),
        "{words}"
    );
    let pool = json(
        candor().args(["accuracy", "plan", "--pool", "50", "--json"]),
        0,
    );
    assert!(pool["items"].as_u64().unwrap() <= 50, "{pool}");
    for wrong in [
        vec!["--margin", "0"],
        vec!["--margin", "x"],
        vec!["--confidence", "100"],
        vec!["--pool", "0"],
        vec!["--cpu-seconds", "3"],
        vec!["--price", "-1"],
        vec!["--margin", "0.0001"],
    ] {
        output(candor().args(["accuracy", "plan"]).args(&wrong), 2);
    }
}

#[test]
fn stakes_are_judged_and_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let plot = dir.path().join("stakes.svg");
    let sale = [
        "economics",
        "--fee",
        "1000",
        "--value",
        "500",
        "--stake",
        "300",
        "--proof-cost",
        "99.94",
        "--consumer-stake",
        "100",
    ];
    let words = said(
        &[&sale[..], &["--plot", plot.to_str().unwrap()]].concat(),
        0,
    );
    for line in [
        "yes cheating does not pay",
        "yes an honest provider takes part",
        "yes griefing does not pay",
        "Stakes of the provider",
    ] {
        assert!(words.contains(line), "{line}: {words}");
    }
    let svg = std::fs::read_to_string(&plot).unwrap();
    assert!(
        svg.starts_with("<svg")
            && svg.contains("cheating")
            && svg.contains("stake of the provider")
    );
    // An earlier picture is replaced, and nothing else.
    output(candor().args(sale).arg("--plot").arg(&plot), 0);
    std::fs::write(&plot, "a letter").unwrap();
    output(candor().args(sale).arg("--plot").arg(&plot), 2);
    output(
        candor().args(sale).arg("--force").arg("--plot").arg(&plot),
        0,
    );
    // Too few items: there is no such stake.
    let words = said(&[&sale[..], &["--items", "100"]].concat(), 4);
    assert!(
        words.contains("NO  cheating does not pay")
            && words.contains("No stake of the provider does both"),
        "{words}"
    );
    let round = json(
        candor().args([
            "economics",
            "--predictions",
            "1000",
            "--contested",
            "50",
            "--gain",
            "1",
            "--json",
        ]),
        0,
    );
    assert!(
        (round["round_stake"]["forfeited"].as_f64().unwrap() - 19.0).abs() < 1e-6,
        "{round}"
    );
    assert!(round["verdict"].is_null());
    output(
        candor().args([
            "economics",
            "--predictions",
            "10",
            "--contested",
            "50",
            "--gain",
            "1",
        ]),
        2,
    );
    output(candor().args(["economics", "--fee", "x"]), 2);
    output(candor().arg("economics"), 2);
}
