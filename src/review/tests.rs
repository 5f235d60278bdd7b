use super::*;
use crate::Surroundings;
use crate::bundle::WithheldError;
use std::fs;

const CLASSIFIER: [u8; 32] = [7; 32];

fn case() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("vault")).unwrap();
    fs::write(dir.path().join("vault/vault.json"), "").unwrap();
    dir
}

fn open(case: &tempfile::TempDir) -> Review {
    Review::open(case.path(), &CLASSIFIER).unwrap()
}

fn reason(code: &str) -> Reason {
    Reason::parse(code).unwrap()
}

fn withheld(index: u32, description: &str) -> Withheld {
    Withheld {
        index,
        reason: reason("AC"),
        description: description.into(),
    }
}

fn indices(review: &Review) -> Vec<u32> {
    review.decisions().keys().copied().collect()
}

#[test]
fn a_decision_is_on_disk_at_once_and_another_process_reads_it() {
    let case = case();
    let mut review = open(&case);
    assert!(!review.path().exists(), "nothing was decided yet");
    review
        .withhold(
            &Surroundings::system(),
            7,
            reason("b5"),
            "  draft, \"internal\"\nsecond line ",
        )
        .unwrap();
    // The first review is still open: a program that is killed now has lost nothing.
    let other = open(&case);
    let decision = &other.decisions()[&7];
    assert_eq!(decision.reason.code(), "(b)(5)");
    assert_eq!(decision.description, "draft, \"internal\"\nsecond line");
    assert!(decision.decided_at.ends_with('Z'));
    assert!(other.remarks().is_empty());
    // Of another request, nothing was decided.
    let another = Review::open(case.path(), &[8; 32]).unwrap();
    assert!(another.decisions().is_empty());
    let found = requests(case.path()).unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), [&hex::encode(CLASSIFIER)]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_decisions() {
    use std::os::unix::fs::PermissionsExt;
    let case = case();
    let mut review = open(&case);
    review
        .withhold(&Surroundings::system(), 1, reason("AC"), "x")
        .unwrap();
    let mode = fs::metadata(review.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn undo_walks_back_step_by_step() {
    let case = case();
    let mut review = open(&case);
    review
        .withhold(&Surroundings::system(), 1, reason("AC"), "one")
        .unwrap();
    review
        .withhold(&Surroundings::system(), 1, reason("WP"), "another ground")
        .unwrap();
    review
        .withhold_all(
            &Surroundings::system(),
            [withheld(2, "two"), withheld(3, "three")],
        )
        .unwrap();
    review.release(&Surroundings::system(), 2).unwrap();
    assert_eq!(indices(&review), [1, 3]);
    review.undo(&Surroundings::system()).unwrap().unwrap();
    assert_eq!(indices(&review), [1, 2, 3]);
    // What was decided together goes together.
    let undone = review.undo(&Surroundings::system()).unwrap().unwrap();
    assert_eq!(undone.items, [(2, None), (3, None)].into());
    // The reason that held before holds again.
    let mut review = open(&case);
    let undone = review.undo(&Surroundings::system()).unwrap().unwrap();
    assert_eq!(undone.items[&1].as_ref().unwrap().description, "one");
    review.undo(&Surroundings::system()).unwrap().unwrap();
    assert!(review.decisions().is_empty());
    assert_eq!(review.undo(&Surroundings::system()).unwrap(), None);
    // A decision after an undo is undone first.
    review
        .withhold(&Surroundings::system(), 9, reason("AC"), "nine")
        .unwrap();
    review.undo(&Surroundings::system()).unwrap().unwrap();
    assert!(open(&case).decisions().is_empty());
    // Nothing was rewritten: who wants to know how it came finds every act.
    assert_eq!(review.history().len(), 5 + 5 + 1);
}

#[test]
fn deciding_the_same_again_writes_nothing() {
    let case = case();
    let mut review = open(&case);
    review
        .withhold(&Surroundings::system(), 1, reason("AC"), "one")
        .unwrap();
    review
        .withhold(&Surroundings::system(), 1, reason("AC"), " one ")
        .unwrap();
    review.release(&Surroundings::system(), 5).unwrap();
    assert_eq!(review.history().len(), 1);
}

#[test]
fn a_list_replaces_what_was_decided_and_one_undo_brings_it_back() {
    let case = case();
    let mut review = open(&case);
    review
        .withhold(&Surroundings::system(), 1, reason("AC"), "one")
        .unwrap();
    review
        .withhold(&Surroundings::system(), 2, reason("AC"), "two")
        .unwrap();
    review
        .replace(
            &Surroundings::system(),
            [withheld(2, "two"), withheld(4, "four")],
        )
        .unwrap();
    assert_eq!(indices(&review), [2, 4]);
    review.undo(&Surroundings::system()).unwrap().unwrap();
    assert_eq!(indices(&review), [1, 2]);
}

#[test]
fn what_was_cut_off_does_not_count_is_said_and_makes_room() {
    let case = case();
    let mut review = open(&case);
    review
        .withhold(&Surroundings::system(), 1, reason("AC"), "one")
        .unwrap();
    let whole = fs::read(review.path()).unwrap();
    review
        .withhold(&Surroundings::system(), 2, reason("AC"), "secret two")
        .unwrap();
    let all = fs::read(review.path()).unwrap();
    for end in whole.len() + 1..all.len() {
        fs::write(review.path(), &all[..end]).unwrap();
        let mut torn = open(&case);
        assert_eq!(indices(&torn), [1], "cut at {end}");
        let [remark] = torn.remarks() else {
            panic!("cut at {end} and said {:?}", torn.remarks());
        };
        assert!(
            remark.contains("cut off") && remark.contains("{"),
            "{remark}"
        );
        torn.withhold(&Surroundings::system(), 3, reason("AC"), "three")
            .unwrap();
        assert!(torn.remarks().is_empty());
        let after = open(&case);
        assert_eq!(indices(&after), [1, 3]);
        assert!(after.remarks().is_empty());
    }
}

#[test]
fn half_a_list_does_not_count() {
    let case = case();
    let mut review = open(&case);
    review
        .withhold_all(&Surroundings::system(), (0..3).map(|n| withheld(n, "x")))
        .unwrap();
    let all = fs::read_to_string(review.path()).unwrap();
    let two: String = all.split_inclusive('\n').take(2).collect();
    fs::write(review.path(), two).unwrap();
    let mut torn = open(&case);
    assert!(torn.decisions().is_empty());
    assert_eq!(torn.remarks().len(), 1);
    torn.withhold(&Surroundings::system(), 9, reason("AC"), "x")
        .unwrap();
    assert_eq!(indices(&open(&case)), [9]);
}

#[test]
fn a_line_that_cannot_be_read_is_not_skipped() {
    let case = case();
    let mut review = open(&case);
    for n in 0..3 {
        review
            .withhold(&Surroundings::system(), n, reason("AC"), "x")
            .unwrap();
    }
    let text = fs::read_to_string(review.path()).unwrap();
    let long = "y".repeat(crate::bundle::MAX_DESCRIPTION + 1);
    for (from, to) in [
        ("\"index\":1", "\"index\":-1"),
        ("\"index\":1", "\"number\":1"),
        ("\"withhold\",\"index\":1", "\"forget\",\"index\":1"),
        (
            "\"index\":1,\"reason\":\"AC\"",
            "\"index\":1,\"reason\":\"because\"",
        ),
        (
            "\"index\":1,\"reason\":\"AC\",\"description\":\"x\"",
            &format!("\"index\":1,\"reason\":\"AC\",\"description\":\"{long}\""),
        ),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text);
        fs::write(review.path(), &broken).unwrap();
        let error = Review::open(case.path(), &CLASSIFIER).unwrap_err();
        assert!(
            matches!(error, ReviewError::Broken { line: 2, .. }),
            "{error}"
        );
        // Nor is anything added to it.
        assert!(
            review
                .withhold(&Surroundings::system(), 8, reason("AC"), "x")
                .is_err()
        );
        assert_eq!(fs::read_to_string(review.path()).unwrap(), broken);
    }
}

#[test]
fn a_decision_that_says_too_little_or_too_much_is_refused() {
    let case = case();
    let mut review = open(&case);
    let mut refused = |description: &str| match review.withhold(
        &Surroundings::system(),
        1,
        reason("AC"),
        description,
    ) {
        Err(ReviewError::Entry(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(" \n "), WithheldError::NoDescription(1));
    assert_eq!(
        refused(&"x".repeat(crate::bundle::MAX_DESCRIPTION + 1)),
        WithheldError::TooLong(1)
    );
    assert!(open(&case).decisions().is_empty());
}

#[test]
fn two_who_review_do_not_lose_each_others_decisions() {
    let case = case();
    let (mut one, mut other) = (open(&case), open(&case));
    one.withhold(&Surroundings::system(), 1, reason("AC"), "one")
        .unwrap();
    other
        .withhold(&Surroundings::system(), 2, reason("AC"), "two")
        .unwrap();
    assert_eq!(indices(&other), [1, 2]);
    // What one would take back is not what one saw last.
    assert!(matches!(
        one.undo(&Surroundings::system()),
        Err(ReviewError::Changed(_))
    ));
    assert_eq!(indices(&one), [1, 2]);
    one.undo(&Surroundings::system()).unwrap().unwrap();
    assert!(other.refresh().unwrap());
    assert_eq!(indices(&other), [1]);
    assert!(!other.refresh().unwrap());
}

#[test]
fn many_threads_of_many_processes_take_turns() {
    let case = case();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let case = &case;
            scope.spawn(move || {
                let mut review = open(case);
                for m in 0..5 {
                    review
                        .withhold(&Surroundings::system(), 10 * n + m, reason("AC"), "x")
                        .unwrap();
                }
            });
        }
    });
    let review = open(&case);
    assert_eq!(review.decisions().len(), 40);
    assert!(review.remarks().is_empty());
}

#[test]
fn who_keeps_the_file_is_named_and_nothing_is_lost() {
    let case = case();
    let mut review = open(&case);
    review
        .withhold(&Surroundings::system(), 1, reason("AC"), "one")
        .unwrap();
    let held = fs::File::open(review.path()).unwrap();
    held.lock().unwrap();
    let error = review
        .withhold(&Surroundings::system(), 2, reason("AC"), "two")
        .unwrap_err();
    assert!(matches!(error, ReviewError::Busy(_)), "{error}");
    drop(held);
    assert_eq!(indices(&open(&case)), [1]);
}

#[test]
fn a_folder_without_a_vault_is_no_case() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        Review::open(dir.path(), &CLASSIFIER),
        Err(ReviewError::Vault(
            crate::commit::VaultError::Missing { .. }
        ))
    ));
}
