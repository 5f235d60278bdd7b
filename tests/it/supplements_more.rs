//! Chains of commitments, where nothing goes as planned: nothing to search, documents read in part, cases that moved or
//! were replaced, copies of what another case withheld.

use crate::common::{output, text};
use crate::supplements::{Matter, data, verify};
use serde_json::{Value, json};
use std::fs;

/// A supplement in which nothing has the classifier's form gets a bundle that says so, and the chain is verified with it.
#[test]
fn a_supplement_without_anything_to_search_is_proved_as_such() {
    let m = Matter::new();
    fs::create_dir(m.at("late")).unwrap();
    fs::write(m.at("late/void.txt"), "").unwrap();
    fs::copy(data("locked.xlsx"), m.at("late/other.xlsx")).unwrap();
    m.run("commit late --supplements acme --case acme-2 -q", 0);
    m.prove("acme", "b1");
    let said = m.run("prove --case acme-2 --classifier lottery.clf -o b2", 0);
    for part in [
        "WARNING: nothing can be searched: the classifier reads text/words16376-v3",
        "NOTHING WAS SEARCHED: none of the 2 items could be searched (1 empty, 1 encrypted)",
        "It is one of 2 that are verified together, the first commitment first:",
        "  candor verify-bundle b1 b2 --commitment /",
        "/acme/commitment.json --commitment acme-2/commitment.json --classifier lottery.clf",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let alone = verify(&["b2"], &["acme-2"]);
    let said = m.run(&alone, 4);
    let first = "NOTHING WAS SEARCHED: none of the 2 items could be searched (1 empty, 1 encrypted); this is supplement 1, \
                 and what it supplements was not given";
    assert_eq!(said.lines().next().unwrap(), first);
    assert!(!said.contains("VERIFIED"), "{said}");
    assert!(!said.contains("was run through exactly"), "{said}");
    let report = m.json(&format!("{alone} --json"), 4);
    assert_eq!(report["verdict"], "nothing_searched");
    assert_eq!(report["not_responsive"], 0);
    let both = verify(&["b1", "b2"], &["acme", "acme-2"]);
    let said = m.run(&both, 4);
    assert_eq!(
        said.lines().next().unwrap(),
        "VERIFIED: 7 items committed in 2 commitments, 2 searched, 0 resolved by a supplement (as the responder states), 5 \
         could not be searched (3 encrypted, 2 empty)"
    );
    // The small verifier, the report, the certificate and an export say the same first.
    let path = |name: &str| m.at(name).into_os_string();
    let small = candor_verify::program::run([
        path("b2"),
        "--commitment".into(),
        path("acme-2/commitment.json"),
        "--classifier".into(),
        path("lottery.clf"),
    ]);
    assert_eq!((small.code, small.out.lines().next()), (4, Some(first)));
    m.run(
        &format!("{alone} --report r.html --certificate c.txt -q"),
        4,
    );
    assert!(text(&m.at("r.html")).contains("verdict nothing\">NOTHING WAS SEARCHED"));
    assert!(text(&m.at("c.txt")).contains("NOTHING WAS SEARCHED"));
    let said = m.run(
        "export b2 --commitment acme-2/commitment.json --classifier lottery.clf --profile csv -o out",
        4,
    );
    assert!(said.contains("NOTHING WAS SEARCHED"), "{said}");
    // Neither does it pass where there is something to search: a bundle without proofs over other leaves fails.
    let forged = m.at("forged");
    copy_all(&m.at("b2"), &forged);
    fs::copy(m.at("acme/leaves"), forged.join("data/leaves")).unwrap();
    let said = m.run(&verify(&["forged"], &["acme"]), 1);
    assert!(said.starts_with("VERIFICATION FAILED"), "{said}");
}

fn copy_all(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_all(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// A corpus in which nothing could be read at all is answered as well, and resumed, classified, planned.
#[test]
fn a_lone_commitment_without_anything_to_search_is_answered() {
    let m = Matter::new();
    fs::create_dir(m.at("none")).unwrap();
    fs::write(m.at("none/void.txt"), "").unwrap();
    m.run("commit none --case none-case -q", 0);
    let said = m.run("classify --case none-case --classifier lottery.clf", 0);
    assert!(said.contains("nothing can be searched"), "{said}");
    let said = m.run("prove --case none-case --classifier lottery.clf --plan", 0);
    assert!(said.contains("0 items in 0 proofs"), "{said}");
    m.prove("none-case", "b");
    let said = m.run(&verify(&["b"], &["none-case"]), 4);
    assert_eq!(
        said.lines().next().unwrap(),
        "NOTHING WAS SEARCHED: the one item could not be searched (1 empty)"
    );
}

/// A message whose end was missing, and its whole copy: named by a list, counted apart, and checked by the leaves.
#[test]
fn what_was_read_in_part_is_completed_by_name() {
    let m = Matter::new();
    let torn = "From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
                --b\r\nContent-Type: text/plain\r\n\r\nhello everybody\r\n";
    fs::create_dir(m.at("mail")).unwrap();
    fs::write(m.at("mail/1.eml"), torn).unwrap();
    fs::write(m.at("mail/b.txt"), "two wheels").unwrap();
    m.run("commit mail --case mail-case -q", 0);
    let said = m.run("commit --supplements mail-case --case again -q", 3);
    assert!(
        said.contains(
            "of the 1 items that could not be read, or not wholly, nothing more can be read now"
        ),
        "{said}"
    );
    // The same bytes, torn as before, are no answer either.
    fs::create_dir(m.at("copies")).unwrap();
    fs::copy(m.at("mail/1.eml"), m.at("copies/1.eml")).unwrap();
    let report = m.json(
        "commit copies --supplements mail-case --case torn --json",
        0,
    );
    assert_eq!(report["supplements"]["completed"], 0);
    assert_eq!(report["supplements"]["left_partly"], 1);
    fs::create_dir(m.at("whole")).unwrap();
    fs::write(m.at("whole/1.eml"), format!("{torn}--b--\r\n")).unwrap();
    fs::write(m.at("list.csv"), format!("item,path\n{},1.eml\n", 0)).unwrap();
    let line = format!(
        "commit whole --supplements mail-case --case whole-case --resolves list.csv --instead-of {} --json",
        m.root("torn")
    );
    let report = m.json(&line, 0);
    let found = &report["supplements"];
    assert_eq!(
        [
            &found["resolved"],
            &found["completed"],
            &found["left"],
            &found["left_partly"]
        ],
        [&json!(0), &json!(1), &json!(0), &json!(0)]
    );
    m.prove("mail-case", "b1");
    m.prove("whole-case", "b2");
    let both = verify(&["b1", "b2"], &["mail-case", "whole-case"]);
    let said = m.run(&both, 4);
    assert_eq!(
        said.lines().next().unwrap(),
        "VERIFIED: 3 items committed in 2 commitments, 3 searched, 0 resolved by a supplement (as the responder states), \
         none that could not be searched, 1 read in part at first and wholly in a supplement (as the responder states)"
    );
    let named = "(read in part) is completed by item 0 of supplement 1";
    assert!(said.contains(named), "{said}");
    let report = m.json(&format!("{both} --json"), 4);
    assert_eq!(report["not_searched"]["partly"], 0);
    assert_eq!(
        report["commitments"][0]["resolved"][0]["outcome"],
        "completed"
    );
    // Root and time are those of one commitment, and each has its own.
    assert_eq!(report["root"], report["commitments"][1]["root"]);
    assert_eq!(
        report["committed_at"],
        report["commitments"][1]["committed_at"]
    );
}

/// A scanned page is read by OCR later: of the document that was read in part no more than itself is committed again.
#[cfg(unix)]
#[test]
fn a_scanned_page_is_recognised_later() {
    if !crate::ocr::tesseract() {
        return;
    }
    let m = Matter::new();
    fs::create_dir(m.at("scans")).unwrap();
    let scan =
        candor::ingest::ocr::sample::pdf_with_a_scan(&["before the scan"], &["after the scan"]);
    fs::write(m.at("scans/scan.pdf"), scan).unwrap();
    m.run("commit scans --case scans-case -q", 0);
    let report = m.json(
        "commit --supplements scans-case --case scans-2 --ocr --json",
        0,
    );
    assert_eq!(
        (&report["count"], &report["supplements"]["completed"]),
        (&json!(1), &json!(1))
    );
    let items = m.run("case items --case scans-2 --json --text", 0);
    let item: Value = serde_json::from_str(items.lines().next().unwrap()).unwrap();
    assert!(
        item["text"]
            .as_str()
            .unwrap()
            .to_uppercase()
            .contains("KINGFISHER LEDGER"),
        "{item}"
    );
    assert_eq!(item["resolves"], json!({"commitment": 0, "item": 0}));
}

/// An answer that this request does not read resolves nothing for it.
#[test]
fn an_answer_outside_the_form_resolves_nothing() {
    let m = Matter::new();
    let line =
        "commit --supplements acme --case acme-2 --passwords passwords.txt --forms text-v1 -q";
    m.run(line, 0);
    m.prove("acme", "b1");
    m.prove("acme-2", "b2");
    let both = verify(&["b1", "b2"], &["acme", "acme-2"]);
    let said = m.run(&both, 4);
    assert_eq!(
        said.lines().next().unwrap(),
        "VERIFIED: 7 items committed in 2 commitments, 2 searched, 0 resolved by a supplement (as the responder states), 5 \
         could not be searched (2 encrypted, 2 outside the classifier's form, 1 empty)"
    );
    for part in [
        "(encrypted) is answered by item 0 of supplement 1, outside the classifier's form: this request did not search \
         that one either, so it is not resolved",
        "2 answered by an item outside the classifier's form, which counts as not resolved",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The forms of the first commitment are those of its supplements, unless others are named.
    m.run("commit corpus --case old --forms text,text-v1 -q", 0);
    m.run(
        "commit --supplements old --case old-2 --passwords passwords.txt -q",
        0,
    );
    let file: Value = serde_json::from_str(&text(&m.at("old-2/commitment.json"))).unwrap();
    assert_eq!(file["forms"]["text/hash4080-v1"], 2, "{file}");
}

/// Cases that were moved, replaced, or are another's.
#[test]
fn cases_of_a_chain_are_found_by_root() {
    let m = Matter::new();
    m.run(
        "commit --supplements acme --case s1 --passwords passwords.txt -q",
        0,
    );
    fs::rename(m.at("acme"), m.at("archive")).unwrap();
    let prove = "prove --case s1 --classifier lottery.clf -o b1 -q";
    let said = m.run(prove, 3);
    assert!(said.contains("candor case chain s1 --moved DIR"), "{said}");
    // Another case in that place is not taken for it.
    m.run("commit corpus --case acme -q", 0);
    let said = m.run(prove, 3);
    assert!(
        said.contains("has another one") && said.contains(&m.root("acme")),
        "{said}"
    );
    let said = m.run("case chain s1 --moved acme", 3);
    assert!(
        said.contains("neither what s1 supplements nor a supplement of it"),
        "{said}"
    );
    let said = m.run("case chain s1 --moved archive", 0);
    assert!(
        said.contains("supplement 1") && said.contains("<- this case"),
        "{said}"
    );
    m.run(prove, 0);
    // The other way round: the case after it.
    fs::rename(m.at("s1"), m.at("s1-moved")).unwrap();
    let said = m.run("case chain archive", 0);
    assert!(said.contains("CANNOT BE OPENED"), "{said}");
    let chain = m.json("case chain archive --moved s1-moved --json -q", 0);
    assert_eq!(chain["chain"][1]["items"], 2);
    assert_eq!(chain["chain"][1]["unreachable"], Value::Null);

    // Replaced, it is nobody's predecessor any more.
    let root = m.root("s1-moved");
    fs::create_dir(m.at("late")).unwrap();
    fs::write(m.at("late/n.txt"), "found late").unwrap();
    let unknown = format!(
        "commit late --supplements archive --case s2 --instead-of {}",
        "ab".repeat(32)
    );
    let said = m.run(&unknown, 2);
    assert!(
        said.contains("knows of no supplement with that root") && said.contains(&root),
        "{said}"
    );
    let line = format!(
        "commit late --supplements archive --case s2 -q --instead-of {root} --instead-of {root}"
    );
    m.run(&line, 0);
    let said = m.run("commit late --supplements s1-moved --case s3", 2);
    assert!(
        said.contains("was replaced") && said.contains(&m.root("s2")),
        "{said}"
    );
    let said = m.run("case chain s1-moved", 0);
    assert!(said.contains("REPLACED by the one with root"), "{said}");
    // The one that took its place stands, and needs no mention of what it replaced.
    m.run(
        &format!(
            "commit late --supplements archive --case s4 -q --instead-of {}",
            m.root("s2")
        ),
        0,
    );
}

/// A row without a column for the commitment is about the case that is supplemented, and the refusal says so.
#[test]
fn a_row_says_which_commitment_it_means() {
    let m = Matter::new();
    fs::create_dir(m.at("late")).unwrap();
    fs::write(m.at("late/n.txt"), "found late").unwrap();
    m.run("commit late --supplements acme --case s1 -q", 0);
    fs::write(m.at("list.csv"), "item,path\n0,n.txt\n").unwrap();
    let said = m.run(
        "commit late --supplements s1 --case s2 --resolves list.csv",
        3,
    );
    for part in [
        "item 0 of commitment 1 is no exception",
        "without a column 'commitment' that is the case which is supplemented",
        "commitment 0 has an unresolved item of that number: if it is meant, write 0 into a column 'commitment'",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// What one case of a chain withheld is compared with what another hands over as within one case, in both directions.
#[test]
fn near_copies_of_what_another_case_withheld_are_asked_about() {
    let m = Matter::new();
    let advice = "we won the lottery and should by no means tell the other side before the hearing because the \
                  prize was bought with money of the firm and every partner has to answer for that in person";
    fs::create_dir(m.at("first")).unwrap();
    fs::write(m.at("first/advice.txt"), advice).unwrap();
    fs::write(m.at("first/public.txt"), "the lottery of the parish will be held on the second sunday in may as usual \
                                        and everybody is welcome to buy as many tickets as there are").unwrap();
    m.run("commit first --case first-case -q", 0);
    fs::create_dir(m.at("late")).unwrap();
    fs::write(
        m.at("late/reply.txt"),
        format!(
            "Of the lottery:\n\n> {}\n\nI agree.",
            advice.replace(" the ", "  The\n> ")
        ),
    )
    .unwrap();
    fs::write(m.at("late/public-again.txt"), "FWD the lottery of the parish will be held on the second sunday in may as \
                                              usual and everybody is welcome to buy as many tickets as there are ok").unwrap();
    m.run(
        "commit late --supplements first-case --case late-case -q",
        0,
    );

    // What is only decided there counts as well.
    fs::write(
        m.at("keep.csv"),
        "item,reason,description\nadvice.txt,AC,advice of counsel\n",
    )
    .unwrap();
    m.run(
        "review import keep.csv --case first-case --classifier lottery.clf -q",
        0,
    );
    let prove = "prove --case late-case --classifier lottery.clf -o late-bundle -q";
    let said = m.run(prove, 1);
    assert!(
        said.contains("(advice.txt) of ")
            && said.contains("first-case, which this case supplements: item"),
        "{said}"
    );
    assert!(
        said.contains("(reply.txt) has") && said.contains("of its text in it"),
        "{said}"
    );

    // Withheld here as well, it is told that the other case will hand over what this one withholds.
    fs::write(
        m.at("late.csv"),
        "item,reason,description\nreply.txt,AC,quotes counsel\npublic-again.txt,AC,notes of counsel\n",
    )
    .unwrap();
    let said = m.run(&format!("{prove} --withhold late.csv"), 0);
    let told = "(public.txt) of ";
    assert!(
        said.contains("WARNING: item")
            && said.contains("(public-again.txt) is withheld")
            && said.contains(told),
        "{said}"
    );
    assert!(
        said.contains("will be handed over with this request, unless it is withheld there"),
        "{said}"
    );

    // And the first case, answered behind it, is asked about what its supplement withheld.
    let prove = "prove --case first-case --classifier lottery.clf -o first-bundle -q";
    let said = m.run(prove, 1);
    assert!(
        said.contains("late-case, which supplements this case: item")
            && said.contains("(public.txt) has"),
        "{said}"
    );
    let mut allowed = m.command(prove);
    allowed.args(["--allow", "public.txt=it is a public notice"]);
    output(&mut allowed, 0);
    // A supplement that cannot be opened is named, and stops nothing.
    fs::rename(m.at("late-case"), m.at("gone")).unwrap();
    let mut plan = m.command("prove --case first-case --classifier lottery.clf --plan");
    let ended = output(&mut plan, 0);
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        said.contains("NOT COMPARED with") && said.contains("late-case"),
        "{said}"
    );
}

/// Leaves of several commitments in one folder go by the names of the commitments.
#[test]
fn several_commitments_lie_in_one_folder() {
    let m = Matter::new();
    m.run(
        "commit --supplements acme --case acme-2 --passwords passwords.txt -q",
        0,
    );
    for (case, bundle) in [("acme", "b1"), ("acme-2", "b2")] {
        let line =
            format!("prove --case {case} --classifier lottery.clf -o {bundle} -q --leaves omit");
        m.run(&line, 0);
    }
    fs::create_dir(m.at("public")).unwrap();
    fs::copy(m.at("acme/commitment.json"), m.at("public/acme.json")).unwrap();
    fs::copy(m.at("acme-2/commitment.json"), m.at("public/acme-2.json")).unwrap();
    fs::copy(m.at("acme/leaves"), m.at("public/leaves")).unwrap();
    let line = "verify-bundle b1 b2 --commitment public/acme.json --commitment public/acme-2.json --classifier lottery.clf";
    let said = m.run(line, 1);
    assert!(
        said.contains("give each its own: the leaves of this one may be called acme-2.leaves"),
        "{said}"
    );
    // What holds of one bundle is not the verdict on the chain.
    assert!(said.contains("its bundle by itself: VERIFIED"), "{said}");
    fs::copy(m.at("acme-2/leaves"), m.at("public/acme-2.leaves")).unwrap();
    m.run(line, 4);
    // Mistakes of whoever types are no verdict.
    let said = m.run(&line.replace("b1 b2", "b1 nowhere"), 3);
    assert!(said.contains("there is no such folder"), "{said}");
    let said = m.run(&line.replace("b1 b2", "b1 acme-2"), 3);
    assert!(said.contains("it is a case"), "{said}");
    fs::remove_file(m.at("public/leaves")).unwrap();
    let said = m.run(line, 3);
    assert!(said.contains("leaves"), "{said}");
}

/// Forms have the same names everywhere.
#[test]
fn a_classifier_is_trained_for_the_first_form_by_its_short_name() {
    let m = Matter::new();
    for (folder, words) in [("yes", "lottery prize won"), ("no", "cheese wheel gruyere")] {
        fs::create_dir(m.at(folder)).unwrap();
        for n in 0..30 {
            let file = m.at(&format!("{folder}/{n}.txt"));
            fs::write(file, format!("{words} number{n} letter{}", n * 7)).unwrap();
        }
    }
    m.run(
        "classifier train --positive yes --negative no --form text-v1 -o old.clf -q",
        0,
    );
    let said = m.run(
        "classifier train --positive yes --negative no --form text-v9 -o x.clf -q",
        2,
    );
    assert!(
        said.contains("there is no form 'text-v9'") && said.contains("text-v1"),
        "{said}"
    );
}
