//! The random audit: drawn, opened and checked as a requester, a responder and a judge do it.

use super::matter::{Matter, build_with, matter};
use crate::common::{bright, candor, copy_dir, json, output, text, walk};
use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The files of one audit of a bundle.
struct Audit<'m> {
    matter: &'m Matter,
    dir: TempDir,
}

impl<'m> Audit<'m> {
    fn new(matter: &'m Matter) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Audit { matter, dir }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Asks for a sample and returns what the challenge says.
    fn challenge(&self, arguments: &[&str], code: i32) -> Value {
        let mut draw = self.matter.bundle_command(&["audit", "challenge", "-q"]);
        draw.args(["--json", "--nonce", "spoken in court"]);
        // A bare name, as people write it.
        draw.current_dir(self.dir.path())
            .args(["-o", "challenge.json"]);
        let done = output(draw.args(arguments), code);
        match code {
            0 => serde_json::from_slice(&done.stdout).unwrap(),
            _ => Value::String(String::from_utf8(done.stderr).unwrap()),
        }
    }

    /// Answers a challenge; returns what is said on standard error.
    fn open(&self, challenge: &Path, target: &Path, code: i32) -> String {
        self.open_for(&self.matter.at("bundle"), challenge, target, &[], code)
    }

    fn open_for(
        &self,
        bundle: &Path,
        challenge: &Path,
        target: &Path,
        more: &[&str],
        code: i32,
    ) -> String {
        let mut open = candor();
        open.args(["audit", "open", "-q", "--case"])
            .arg(self.matter.at("case"));
        open.arg("--bundle").arg(bundle);
        open.arg("--classifier").arg(self.matter.at("r.clf"));
        open.arg("--challenge").arg(challenge).args(more);
        let done = output(open.arg("-o").arg(target), code);
        if code != 0 {
            assert!(!target.exists());
        }
        String::from_utf8(done.stderr).unwrap()
    }

    /// The items that were opened.
    fn items(&self) -> Vec<u64> {
        let answer: Value =
            serde_json::from_str(&text(&self.at("in-camera/data/answer.json"))).unwrap();
        let items = answer["items"].as_array().unwrap();
        items.iter().filter_map(Value::as_u64).collect()
    }

    /// The command that checks an answer.
    fn verify_command(&self, openings: &Path) -> Command {
        let mut verify = candor();
        verify
            .args(["audit", "verify", "-q", "--json"])
            .arg(openings);
        verify.arg("--challenge").arg(self.at("challenge.json"));
        verify.arg("--bundle").arg(self.matter.at("bundle"));
        verify.args(self.matter.files());
        verify
    }

    fn verify(&self, openings: &Path, labels: Option<&str>, code: i32) -> Value {
        let mut verify = self.verify_command(openings);
        if let Some(labels) = labels {
            fs::write(self.at("labels.csv"), labels).unwrap();
            verify.arg("--labels").arg(self.at("labels.csv"));
        }
        json(&mut verify, code)
    }

    /// Draws, opens and checks, all in one.
    fn whole(&self, arguments: &[&str], labels: Option<&str>, code: i32) -> Value {
        self.challenge(arguments, 0);
        let (bundle, challenge) = (self.matter.at("bundle"), self.at("challenge.json"));
        let again = ["--again", "all of it, for a test"];
        self.open_for(&bundle, &challenge, &self.at("in-camera"), &again, 0);
        self.verify(&self.at("in-camera"), labels, code)
    }

    /// The opened items with one file of one item replaced, in a folder that is a sound bag.
    fn forged(&self, file: &str, content: &[u8]) -> PathBuf {
        let forged = self.at("forged");
        copy_dir(&self.at("in-camera"), &forged);
        assert!(forged.join(file).exists(), "{:?}", walk(&forged));
        fs::write(forged.join(file), content).unwrap();
        reseal(&forged);
        forged
    }
}

/// Makes a folder that was changed a sound bag again.
fn reseal(folder: &Path) {
    candor::bundle::bag::unseal(folder).unwrap();
    candor::bundle::bag::seal(folder, "2026-01-01", &[]).unwrap();
}

/// The label "no" for each item.
fn no(column: &str, items: &[u64]) -> String {
    let rows: String = items.iter().map(|i| format!("{i},no\n")).collect();
    format!("item,{column}\n{rows}")
}

/// The details of items with a status.
fn with_status(report: &Value, status: &str) -> Vec<(u64, String)> {
    let items = report["items"].as_array().unwrap();
    items
        .iter()
        .filter(|item| item["status"] == status)
        .map(|item| {
            let detail = item["detail"].as_str().unwrap().to_owned();
            (item["item"].as_u64().unwrap(), detail)
        })
        .collect()
}

/// A case of its own for each test that opens: audits of a case are numbered.
fn fresh() -> Matter {
    let cheese: Vec<(String, String)> = (0..6)
        .map(|i| {
            let text = format!("Cheese order number {i}: two wheels of gruyere");
            (format!("e{i}.txt"), text)
        })
        .collect();
    let mut files = vec![
        ("b.txt", "=lottery won, says counsel"),
        ("c.txt", "another lottery"),
        ("d.txt", ""),
    ];
    files.extend(cheese.iter().map(|(name, text)| (&**name, &**text)));
    super::matter::build(&files, "b.txt,b3,advice of counsel", &[])
}

#[test]
fn a_random_audit_from_challenge_to_estimate() {
    let matter = fresh();
    let audit = Audit::new(&matter);
    let asked = audit.challenge(&["--size", "4", "--deadline", "2099-01-01"], 0);
    assert_eq!(asked["population"], "not_responsive");
    assert_eq!(
        (&asked["population_count"], &asked["sample"]),
        (&6.into(), &4.into())
    );
    assert_eq!(asked["number"], 1);
    // Which items these will be, the requester cannot know: the challenge has no list, and nothing that
    // gives one without the secret of the case.
    assert!(asked.get("items").is_none());

    let challenge = audit.at("challenge.json");
    audit.open(&challenge, &audit.at("in-camera"), 0);
    let items = audit.items();
    assert_eq!(items.len(), 4);
    let labels = no("responsive", &items);
    let report = audit.verify(&audit.at("in-camera"), Some(&labels), 0);
    assert_eq!((&report["ok"], &report["failed"]), (&4.into(), &0.into()));
    assert_eq!(report["elusion"]["hits"], 0);
    assert_eq!(report["elusion"]["missed_high"], 2);
    assert_eq!(
        (&report["number"], &report["late"]),
        (&1.into(), &false.into())
    );

    // The same challenge once more gives the same items, and takes no number.
    audit.open(&challenge, &audit.at("again"), 0);
    assert_eq!(
        text(&audit.at("again/data/answer.json")),
        text(&audit.at("in-camera/data/answer.json"))
    );

    // The judge is shown another text than the committed one.
    let file = format!("data/items/{:06}/text.txt", items[0]);
    let report = audit.verify(&audit.forged(&file, b"nothing to see"), Some(&labels), 1);
    assert_eq!(
        with_status(&report, "failed"),
        [(items[0], "its text is not the committed one".to_owned())]
    );
}

/// Three ways to choose the sample: grinding the nonce against a link that is public, another number, and
/// a link of the responder's liking.
#[test]
fn neither_side_can_choose_the_sample() {
    let matter = fresh();
    let audit = Audit::new(&matter);
    audit.challenge(&["--size", "2"], 0);
    let challenge = audit.at("challenge.json");
    audit.open(&challenge, &audit.at("in-camera"), 0);
    let read = |name: &str| -> Value { serde_json::from_str(&text(&audit.at(name))).unwrap() };
    let answer = read("in-camera/data/answer.json");

    // The requester knows link 1 by now, and could try nonces against it.
    let with = |key: &str, value: Value| {
        let mut other = read("challenge.json");
        other[key] = value;
        let path = audit.at("other.json");
        fs::write(&path, other.to_string()).unwrap();
        path
    };
    let ground = with("nonce", "07".repeat(32).into());
    let error = audit.open(&ground, &audit.at("x"), 2);
    assert!(
        error.contains("the next one of this case has number 2"),
        "{error}"
    );
    let error = audit.open(&with("number", 7.into()), &audit.at("x"), 2);
    assert!(error.contains("number 2"), "{error}");
    // More items than there are, and another size than the margin gives.
    for sample in [0, 7, 4_000_000_000u32] {
        audit.open(&with("sample", sample.into()), &audit.at("x"), 3);
    }

    // A second sample of the same items is refused, and ordered with a reason.
    let mut second = read("challenge.json");
    second["number"] = 2.into();
    second["nonce"] = "07".repeat(32).into();
    let path = audit.at("second.json");
    fs::write(&path, second.to_string()).unwrap();
    let error = audit.open(&path, &audit.at("x"), 2);
    assert!(
        error.contains("audited already for this classifier, as number 1"),
        "{error}"
    );
    let bundle = matter.at("bundle");
    let reason = ["--again", "order of 3 May"];
    audit.open_for(&bundle, &path, &audit.at("second"), &reason, 0);
    let mut log = candor();
    let log = json(
        log.args(["audit", "log", "--json"]).arg(matter.at("case")),
        0,
    );
    assert_eq!(log["next"], 3);
    assert_eq!(log["audits"][1]["reason"], "order of 3 May");
    assert_eq!(
        read("second/data/answer.json")["earlier"][0]["challenge"],
        answer["challenge"]
    );

    // The responder reveals another link, or names other items than both halves give.
    let forged = |key: &str, value: Value| {
        let mut other = answer.clone();
        other[key] = value;
        let _ = fs::remove_dir_all(audit.at("forged"));
        let forged = audit.forged("data/answer.json", other.to_string().as_bytes());
        let done = output(&mut audit.verify_command(&forged), 3);
        String::from_utf8(done.stderr).unwrap()
    };
    let error = forged("link", "07".repeat(32).into());
    assert!(error.contains("not drawn at random"), "{error}");
    let error = forged("number", 2.into());
    assert!(error.contains("another challenge"), "{error}");
    let items = audit.items();
    let other: Vec<u64> = (0..9)
        .filter(|item| !items.contains(item))
        .take(2)
        .collect();
    let error = forged("items", other.into());
    assert!(error.contains("both halves"), "{error}");
}

/// Whatever the sample depends on is fixed before it is known: an answer to one challenge is none to another, be it
/// another population, count, size, nonce, number, bundle or classifier.
#[test]
fn what_is_drawn_from_cannot_be_chosen_afterwards() {
    let matter = fresh();
    let audit = Audit::new(&matter);
    audit.challenge(&["--size", "3"], 0);
    let served = audit.at("challenge.json");
    audit.open(&served, &audit.at("in-camera"), 0);
    assert_eq!(audit.verify(&audit.at("in-camera"), None, 0)["ok"], 3);
    let honest: Value = serde_json::from_str(&text(&served)).unwrap();
    let hash = "07".repeat(32);
    for (key, value) in [
        ("population", Value::from("all")),
        ("population", "exceptions".into()),
        ("population", "withheld".into()),
        ("population", "partly".into()),
        ("population_count", 5.into()),
        ("population_count", 7.into()),
        ("sample", 2.into()),
        ("sample", 4.into()),
        ("sample", 0.into()),
        ("number", 2.into()),
        ("number", 0.into()),
        ("number", 4_000_000_000u32.into()),
        ("nonce", hash.clone().into()),
        ("nonce", "".into()),
        ("bundle", hash.clone().into()),
        ("classifier", hash.clone().into()),
        ("root", hash.into()),
    ] {
        let mut other = honest.clone();
        other[key] = value;
        fs::write(&served, other.to_string()).unwrap();
        let refused = audit
            .verify_command(&audit.at("in-camera"))
            .output()
            .unwrap();
        let code = refused.status.code();
        assert!(matches!(code, Some(1 | 3)), "{key} {other}: {code:?}");
        // Not even if the answer brings the changed challenge along.
        let bytes = other.to_string();
        let _ = fs::remove_dir_all(audit.at("forged"));
        let forged = audit.forged("data/challenge.json", bytes.as_bytes());
        let refused = audit.verify_command(&forged).output().unwrap();
        let code = refused.status.code();
        assert!(matches!(code, Some(1 | 3)), "{key} {other}: {code:?}");
        // And the responder's own program does not open for it, without a word why there is another sample.
        let opened = audit.at("opened-for-another");
        let mut open = candor();
        open.args(["audit", "open", "-q", "--case"])
            .arg(matter.at("case"));
        open.arg("--bundle").arg(matter.at("bundle"));
        open.arg("--classifier").arg(matter.at("r.clf"));
        open.arg("--challenge").arg(&served).arg("-o").arg(&opened);
        let code = open.output().unwrap().status.code();
        assert!(
            !opened.exists() && code != Some(0),
            "{key} {other}: {code:?}"
        );
    }
}

/// A withheld item is called not responsive in a copy of the bundle; and a bundle that verifies, but is
/// not the one that was proved.
#[test]
fn only_the_bundle_that_was_proved_is_opened_for() {
    let matter = fresh();
    let audit = Audit::new(&matter);
    audit.challenge(&["--size", "6"], 0);
    let challenge = audit.at("challenge.json");

    let moved = audit.at("moved");
    copy_dir(&matter.at("bundle"), &moved);
    let path = moved.join("data/bundle.json");
    let mut manifest: Value = serde_json::from_str(&text(&path)).unwrap();
    let withheld = manifest["withheld"][0]["index"].clone();
    manifest["withheld"] = Value::Array(Vec::new());
    let matches = manifest["matches"].as_array_mut().unwrap();
    matches.retain(|index| *index != withheld);
    let mut bytes = serde_json::to_vec_pretty(&manifest).unwrap();
    bytes.push(b'\n');
    fs::write(&path, bytes).unwrap();
    reseal(&moved);
    let error = audit.open_for(&moved, &challenge, &audit.at("x"), &[], 1);
    assert!(error.contains("does not verify"), "{error}");

    let other = audit.at("other");
    copy_dir(&matter.at("bundle"), &other);
    reseal(&other);
    let mut draw = candor();
    draw.args(["audit", "challenge", "-q"]).arg(&other);
    draw.args(matter.files()).arg("-o").arg(audit.at("o.json"));
    output(&mut draw, 0);
    let error = audit.open_for(&other, &audit.at("o.json"), &audit.at("x"), &[], 3);
    assert!(
        error.contains("has no proof of a bundle with seal"),
        "{error}"
    );
    // Nothing of this took a number, and the challenge to one bundle is none to another.
    audit.open_for(&other, &challenge, &audit.at("x"), &[], 3);
    audit.open(&challenge, &audit.at("in-camera"), 0);
}

#[test]
fn what_is_not_opened_in_time_is_a_defect() {
    let matter = fresh();
    let audit = Audit::new(&matter);
    let asked = audit.challenge(&["--size", "3", "--deadline", "2099-01-01T12:00:00Z"], 0);
    let unanswered = |code: i32| {
        let mut verify = candor();
        verify.args(["audit", "verify", "--unanswered", "-q", "--json"]);
        verify.arg("--challenge").arg(audit.at("challenge.json"));
        verify.arg("--bundle").arg(matter.at("bundle"));
        output(verify.args(matter.files()), code)
    };
    let early = String::from_utf8(unanswered(3).stderr).unwrap();
    assert!(early.contains("is not over"), "{early}");

    audit.open(&audit.at("challenge.json"), &audit.at("in-camera"), 0);
    let items = audit.items();
    let mut verify = audit.verify_command(&audit.at("in-camera"));
    let report = json(verify.args(["--received", "2098-12-31T00:00:00Z"]), 0);
    assert_eq!((&report["ok"], &report["late"]), (&3.into(), &false.into()));
    let mut verify = audit.verify_command(&audit.at("in-camera"));
    let report = json(verify.args(["--received", "2099-01-02T00:00:00Z"]), 1);
    assert_eq!(
        (&report["unopened"], &report["late"]),
        (&3.into(), &true.into())
    );

    // One of three is not there; the labels of the others say no, and it counts as yes.
    let short = audit.at("short");
    copy_dir(&audit.at("in-camera"), &short);
    fs::remove_dir_all(short.join(format!("data/items/{:06}", items[1]))).unwrap();
    reseal(&short);
    let labels = no("responsive", &[items[0], items[2]]);
    let report = audit.verify(&short, Some(&labels), 1);
    assert_eq!(
        with_status(&report, "not_opened"),
        [(items[1], "it was not opened".to_owned())]
    );
    assert_eq!(
        (&report["unopened"], &report["elusion"]["hits"]),
        (&1.into(), &1.into())
    );

    // The same challenge, due long ago, and no answer at all.
    let mut past = asked;
    past["deadline"] = "2020-01-01T00:00:00Z".into();
    fs::write(audit.at("challenge.json"), past.to_string()).unwrap();
    let report: Value = serde_json::from_slice(&unanswered(1).stdout).unwrap();
    assert_eq!(
        (&report["failed"], &report["unopened"]),
        (&0.into(), &3.into())
    );
    assert_eq!(report["elusion"]["missed_high"], 6);
}

/// A served challenge is its author's: signed and time-stamped as any other file.
#[test]
fn a_challenge_can_be_signed_and_time_stamped() {
    let audit = Audit::new(matter());
    audit.challenge(&["--deadline", "2099-01-01"], 0);
    let challenge = audit.at("challenge.json");
    let run = |arguments: &[&str], code: i32| {
        let mut run = candor();
        output(run.current_dir(audit.dir.path()).args(arguments), code)
    };
    run(&["keygen", "judge", "--no-password"], 0);
    run(&["sign", "challenge.json", "--key", "judge.key"], 0);
    run(
        &["verify-signature", "challenge.json", "--key", "judge.pub"],
        0,
    );
    run(&["timestamp", "request", "challenge.json"], 0);
    assert!(audit.at("challenge.json.tsq").exists());
    fs::write(&challenge, text(&challenge).replacen("2099", "2098", 1)).unwrap();
    run(
        &["verify-signature", "challenge.json", "--key", "judge.pub"],
        1,
    );
}

/// A later bundle says what was before it, so that proving again does not wipe out an audit.
#[test]
fn a_later_bundle_states_earlier_bundles_and_audits() {
    let matter = fresh();
    let audit = Audit::new(&matter);
    let asked = audit.challenge(&["--size", "2"], 0);
    audit.open(&audit.at("challenge.json"), &audit.at("in-camera"), 0);
    let mut prove = candor();
    prove.args(["prove", "-q", "--case"]).arg(matter.at("case"));
    prove.arg("--classifier").arg(matter.at("r.clf"));
    // The list again: without it, what was withheld the first time would leave, and that is asked about.
    prove.arg("--withhold").arg(matter.at("withhold.csv"));
    output(prove.arg("-o").arg(matter.at("later")), 0);
    let info = text(&matter.at("later/bag-info.txt"));
    let seal = asked["bundle"].as_str().unwrap();
    assert!(
        info.contains(&format!("Candor-Earlier-Bundle: {seal}")),
        "{info}"
    );
    assert!(info.contains("Candor-Earlier-Audit: 1 "), "{info}");
    // The next challenge takes the next number by itself.
    let mut draw = candor();
    draw.args(["audit", "challenge", "-q", "--json"])
        .arg(matter.at("later"));
    draw.args(matter.files())
        .arg("-o")
        .arg(audit.at("next.json"));
    assert_eq!(json(&mut draw, 0)["number"], 2);
}

#[test]
fn what_was_withheld_can_be_looked_at_by_the_judge() {
    let matter = fresh();
    let audit = Audit::new(&matter);
    audit.challenge(&["--population", "withheld"], 0);
    audit.open(&audit.at("challenge.json"), &audit.at("in-camera"), 0);
    let items = audit.items();
    assert_eq!(items.len(), 1);
    let file = format!("data/items/{:06}/native.txt", items[0]);
    assert_eq!(
        text(&audit.at("in-camera").join(&file)),
        "=lottery won, says counsel"
    );
    let labels = no("justified", &items);
    let report = audit.verify(&audit.at("in-camera"), Some(&labels), 0);
    assert_eq!(
        (&report["ok"], &report["stratum"]),
        (&1.into(), &"withheld".into())
    );
    let plain = report["elusion"]["plain"].as_array().unwrap();
    assert_eq!(
        plain[0],
        "1 of the 1 withheld items were drawn at random and read; 1 of them is withheld without a good \
         ground (100.00 %)."
    );
    // Something harmless instead of what was withheld.
    let report = audit.verify(&audit.forged(&file, b"a lottery ticket"), Some(&labels), 1);
    assert_eq!(
        with_status(&report, "failed"),
        [(items[0], "its bytes are not the committed ones".to_owned())]
    );
}

#[test]
fn there_must_be_something_to_draw_from() {
    let contents = [("a.txt", "a lottery"), ("b.txt", "cheese")];
    let matter = super::matter::build(&contents, "", &[]);
    let audit = Audit::new(&matter);
    for (population, none) in [
        ("exceptions", "no items that could not be searched"),
        ("withheld", "no withheld items"),
    ] {
        let error = audit.challenge(&["--population", population], 3);
        assert!(error.as_str().unwrap().contains(none), "{error}");
    }
    audit.challenge(&["--population", "produced"], 2);
}

/// The shipped mail with all that cannot be read in it, and the shipped classifier.
fn real_mail() -> Matter {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("corpus-examples/mail");
    let mut files: Vec<(String, Vec<u8>)> = walk(&corpus)
        .into_iter()
        .map(|name| {
            let bytes = fs::read(corpus.join(&name)).unwrap();
            (name, bytes)
        })
        .collect();
    files.push(("broken.docx".into(), b"PK\x03\x04 and no more".to_vec()));
    files.push(("nothing.txt".into(), Vec::new()));
    let shipped = root.join("classifiers/unsolicited-commercial-email.clf");
    let classifier = |path: &Path| {
        fs::copy(&shipped, path).unwrap();
    };
    build_with(classifier, &files, "", &[])
}

/// Every item of a real corpus that was not produced, and every produced document, read again: an honest
/// responder passes, and what an audit cannot settle by itself it says.
#[test]
fn an_honest_responder_passes_on_real_mail() {
    let matter = real_mail();
    let everything = |number: &str, population: &str, labels: Option<&str>, code: i32| {
        let audit = Audit::new(&matter);
        let size = ["--size", "9999", "--number", number];
        audit.whole(
            &[&size[..], &["--population", population]].concat(),
            labels,
            code,
        )
    };
    let misses = everything("1", "not-responsive", None, 0);
    let failed = with_status(&misses, "failed");
    assert!(failed.is_empty(), "{failed:?}");
    assert!(misses["ok"].as_u64().unwrap() > 100);

    let audit = Audit::new(&matter);
    audit.whole(
        &[
            "--size",
            "9999",
            "--population",
            "exceptions",
            "--number",
            "2",
        ],
        None,
        0,
    );
    let exceptions = audit.items();
    assert!(exceptions.len() >= 15);
    let yes = exceptions[0];
    let labels =
        no("responsive", &exceptions).replacen(&format!("{yes},no"), &format!("{yes},yes"), 1);
    let report = audit.verify(&audit.at("in-camera"), Some(&labels), 0);
    assert_eq!(report["failed"], 0, "{:?}", with_status(&report, "failed"));
    assert_eq!(report["sampled"], exceptions.len());
    let plain = report["elusion"]["plain"].as_array().unwrap();
    assert_eq!(plain.len(), 2);
    assert!(
        plain[0]
            .as_str()
            .unwrap()
            .contains("items that could not be searched")
    );
    assert!(
        plain[1]
            .as_str()
            .unwrap()
            .starts_with("That is all of them: exactly 1 is responsive")
    );

    let all = everything("3", "all", None, 0);
    assert_eq!(
        all["sampled"].as_u64().unwrap(),
        misses["sampled"].as_u64().unwrap() + exceptions.len() as u64
    );

    let mut reread = matter.bundle_command(&["audit", "reread", "-q", "--json"]);
    let report = json(&mut reread, 0);
    assert!(report["produced"].as_u64().unwrap() > 40);
    assert_eq!(report["ok"], report["produced"], "{report}");
}

/// Pictures are searched by their pixels: their vectors come from the files, and documents without pixels
/// are outside the form.
#[test]
fn pictures_are_audited_from_their_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus-examples/images");
    let mut files: Vec<(String, Vec<u8>)> = walk(&root)
        .into_iter()
        .take(8)
        .map(|name| {
            let bytes = fs::read(root.join(&name)).unwrap();
            (name, bytes)
        })
        .collect();
    files.push(("z.txt".into(), b"two wheels of gruyere".to_vec()));
    let matter = build_with(bright, &files, "", &["--forms", "text,rgb32"]);
    let audit = Audit::new(&matter);
    let report = audit.whole(&["--size", "99", "--population", "all"], None, 0);
    let sampled = report["sampled"].as_u64().unwrap();
    assert!(
        (3..=8).contains(&sampled),
        "{sampled} of 8 pictures and a text"
    );
    assert_eq!(report["ok"], sampled);

    // Another picture, and other pixels than the file's.
    let dark = audit.items()[0];
    let native = format!("data/items/{dark:06}/native.png");
    let other = files.iter().find(|(name, _)| {
        fs::read(audit.at("in-camera").join(&native)).unwrap() != fs::read(root.join(name)).unwrap()
    });
    let report = audit.verify(&audit.forged(&native, &other.unwrap().1), None, 1);
    assert_eq!(
        with_status(&report, "failed"),
        [(dark, "its bytes are not the committed ones".to_owned())]
    );
    let vector = format!("data/items/{dark:06}/vector.bin");
    fs::remove_dir_all(audit.at("forged")).unwrap();
    let report = audit.verify(&audit.forged(&vector, &[0; 3072]), None, 1);
    let why =
        "its image/rgb32-v1 vector is not the committed one: it was searched as something else";
    assert_eq!(with_status(&report, "failed"), [(dark, why.to_owned())]);
    // The produced ones were searched as what they are, too.
    let mut reread = matter.bundle_command(&["audit", "reread", "-q", "--json"]);
    let report = json(&mut reread, 0);
    assert_eq!(report["ok"].as_u64().unwrap(), 9 - sampled);
}
