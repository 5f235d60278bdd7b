use super::*;
use crate::Surroundings;
use crate::commit::{CommitOptions, commit_folder};
use crate::custody;
use crate::progress::Silent;

const WORDS: &str = "correct horse battery";

fn case() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let corpus = dir.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    for n in 0..3 {
        let text = format!("words of document {n}");
        fs::write(corpus.join(format!("{n}.txt")), text).unwrap();
    }
    let case = dir.path().join("acme");
    let options = CommitOptions {
        case: case.clone(),
        name: "acme".to_owned(),
        custodian: None,
        numbering: crate::commit::Numbering::Shuffled,
        supplements: None,
        reference: false,
        forms: Vec::new(),
        ingest: crate::ingest::IngestOptions::default(),
        selection: crate::ingest::Selection::default(),
    };
    commit_folder(&Surroundings::system(), &corpus, &options, &Silent).unwrap();
    (dir, case)
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn content(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| {
        let bytes = fs::read(dir.join(&name)).unwrap();
        (name, bytes)
    };
    names(dir).into_iter().map(read).collect()
}

fn actions(case: &Path) -> Vec<String> {
    let entries = custody::read(case).unwrap().entries;
    entries.into_iter().map(|entry| entry.action).collect()
}

/// Announces an act as a process does that is killed before it is done: its lock is free again.
fn announced(case: &Path, action: &str, doing: Doing) {
    let none: [(&str, &str); 0] = [];
    let act = Act::begin(&Surroundings::system(), case, action, none, doing).unwrap();
    let folder = case.join(".custody");
    let kept = content(&folder);
    drop(act);
    fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in kept {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

fn locking(case: &Path) -> Doing {
    Doing {
        lock: Some(case.join(layout::LOCK)),
        scrub: vec![archive(case)],
        gone: Some(layout::dir(case)),
        ..Doing::leaving(archive(case))
    }
}

#[test]
fn a_locked_vault_comes_back_as_it_was() {
    let (_dir, case) = case();
    let before = content(&layout::dir(&case));
    // As a commit with text recognition leaves it that is killed at its end.
    let kept = case.join(layout::RECOGNISED);
    fs::create_dir(&kept).unwrap();
    fs::write(kept.join("00"), "words of a scanned page").unwrap();
    let done = lock(&Surroundings::system(), &case, WORDS, &Silent).unwrap();
    assert_eq!(done.files, before.len());
    let locked = [".lock", "commitment.json", "custody.log", "leaves", LOCKED];
    assert_eq!(names(&case), locked);
    let refused = Vault::open(&case).unwrap_err().to_string();
    assert!(refused.contains("candor case unlock"), "{refused}");
    let again = lock(&Surroundings::system(), &case, WORDS, &Silent);
    assert!(matches!(
        again,
        Err(LockError::Vault(VaultError::Locked { .. }))
    ));
    let wrong = unlock(
        &Surroundings::system(),
        &case,
        "wrong horse battery",
        &Silent,
    );
    assert!(matches!(wrong, Err(LockError::Passphrase(_))), "{wrong:?}");
    assert_eq!(names(&case), locked);
    unlock(&Surroundings::system(), &case, WORDS, &Silent).unwrap();
    assert_eq!(content(&layout::dir(&case)), before);
    assert!(crate::commit::audit::audit(&Vault::open(&case).unwrap(), &Silent).is_sound());
    let again = unlock(&Surroundings::system(), &case, WORDS, &Silent);
    assert!(matches!(again, Err(LockError::NotLocked(_))), "{again:?}");
    assert_eq!(actions(&case), ["vault lock", "vault unlock"]);
}

#[test]
fn what_can_be_guessed_is_no_passphrase() {
    let (_dir, case) = case();
    for weak in [
        "",
        "short",
        "elevenchars",
        "aaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
    ] {
        let refused = lock(&Surroundings::system(), &case, weak, &Silent);
        assert!(matches!(refused, Err(LockError::Weak)), "{weak}");
    }
    assert!(layout::dir(&case).is_dir());
    assert!(actions(&case).is_empty());
}

#[test]
fn an_archive_that_was_cut_or_changed_gives_nothing() {
    let (_dir, case) = case();
    lock(&Surroundings::system(), &case, WORDS, &Silent).unwrap();
    let whole = fs::read(archive(&case)).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    let half = &whole[..whole.len() / 2];
    for bytes in [&whole[..whole.len() - 1], half, &changed] {
        fs::write(archive(&case), bytes).unwrap();
        let refused = unlock(&Surroundings::system(), &case, WORDS, &Silent);
        assert!(matches!(refused, Err(LockError::Decrypt { .. })));
        assert!(!layout::dir(&case).exists());
        assert!(!WorkFolder::place_of(&layout::dir(&case)).exists());
    }
    fs::write(archive(&case), whole).unwrap();
    unlock(&Surroundings::system(), &case, WORDS, &Silent).unwrap();
}

#[test]
fn nobody_locks_a_vault_that_others_read_or_decide_about() {
    let (_dir, case) = case();
    let reader = Vault::open(&case).unwrap();
    let refused = lock(&Surroundings::system(), &case, WORDS, &Silent);
    assert!(matches!(refused, Err(LockError::InUse(_))), "{refused:?}");
    drop(reader);
    // And while it is being locked, nobody decides.
    let manifest = layout::dir(&case).join(layout::MANIFEST);
    let mut review = crate::review::Review::open(&case, &[7; 32]).unwrap();
    let reason = crate::bundle::Reason::parse("AC").unwrap();
    let alone = Lock::of_existing(&manifest).unwrap().unwrap();
    let refused = review
        .withhold(&Surroundings::system(), 1, reason, "advice")
        .unwrap_err();
    assert!(refused.to_string().contains("is locking"), "{refused}");
    let refused = Vault::open(&case).unwrap_err();
    assert!(matches!(refused, VaultError::BeingLocked { .. }));
    drop(alone);
    review
        .withhold(&Surroundings::system(), 1, reason, "advice")
        .unwrap();
    lock(&Surroundings::system(), &case, WORDS, &Silent).unwrap();
    // A review that was open meanwhile does not write beside the archive.
    let refused = review
        .withhold(&Surroundings::system(), 2, reason, "advice")
        .unwrap_err();
    assert!(
        refused.to_string().contains("candor case unlock"),
        "{refused}"
    );
    let refused = crate::review::Review::open(&case, &[7; 32]).unwrap_err();
    assert!(
        refused.to_string().contains("candor case unlock"),
        "{refused}"
    );
    unlock(&Surroundings::system(), &case, WORDS, &Silent).unwrap();
    let review = crate::review::Review::open(&case, &[7; 32]).unwrap();
    assert_eq!(review.decisions().keys().collect::<Vec<_>>(), [&1]);
}

#[test]
fn a_killed_lock_leaves_the_vault_until_it_is_taken_away() {
    let (_dir, case) = case();
    let dir = layout::dir(&case);
    let before = content(&dir);
    drop(writer::lock(&case).unwrap());
    // While the archive was being written.
    announced(&case, "vault lock", locking(&case));
    let part = case.join(format!(".{LOCKED}.candor-part"));
    fs::write(&part, "half of it").unwrap();
    custody::recover(&Surroundings::system(), &case).unwrap();
    assert!(!part.exists());
    // It was in place, the vault was not taken away yet: perhaps somebody decided something since.
    announced(&case, "vault lock", locking(&case));
    fs::write(archive(&case), "all of it").unwrap();
    let said = custody::recover(&Surroundings::system(), &case).unwrap();
    assert_eq!(said.len(), 1);
    assert!(said[0].to_string().contains(LOCKED), "{}", said[0]);
    assert!(!archive(&case).exists());
    assert_eq!(content(&dir), before);
    // The vault was taken away, not everything of it was removed.
    announced(&case, "vault lock", locking(&case));
    fs::write(archive(&case), "all of it").unwrap();
    let away = WorkFolder::place_of(&dir);
    fs::rename(&dir, &away).unwrap();
    let said = custody::recover(&Surroundings::system(), &case).unwrap();
    assert!(matches!(said[0], Recovered::Completed(_)), "{said:?}");
    assert!(!away.exists() && is_locked(&case));
    assert_eq!(actions(&case), ["interrupted", "interrupted", "vault lock"]);
}

#[test]
fn a_killed_unlock_leaves_the_archive_until_the_vault_is_there() {
    let (_dir, case) = case();
    let dir = layout::dir(&case);
    let before = content(&dir);
    lock(&Surroundings::system(), &case, WORDS, &Silent).unwrap();
    let unlocking = || Doing {
        lock: Some(case.join(layout::LOCK)),
        replaced: Some(archive(&case)),
        ..Doing::leaving(dir.clone())
    };
    announced(&case, "vault unlock", unlocking());
    let work = WorkFolder::place_of(&dir);
    fs::create_dir_all(work.join("content")).unwrap();
    fs::write(work.join("content/natives.bin"), "half of it").unwrap();
    custody::recover(&Surroundings::system(), &case).unwrap();
    assert!(!work.exists() && is_locked(&case));
    // The vault is there, the archive not removed yet.
    let kept = fs::read(archive(&case)).unwrap();
    announced(&case, "vault unlock", unlocking());
    fs::create_dir(&dir).unwrap();
    for (name, bytes) in &before {
        fs::write(dir.join(name), bytes).unwrap();
    }
    fs::write(archive(&case), kept).unwrap();
    let said = custody::recover(&Surroundings::system(), &case).unwrap();
    assert!(matches!(said[0], Recovered::Completed(_)), "{said:?}");
    assert!(!archive(&case).exists());
    assert_eq!(content(&dir), before);
    assert_eq!(
        actions(&case),
        ["vault lock", "interrupted", "vault unlock"]
    );
}

#[test]
fn both_without_a_killed_run_are_left_alone() {
    let (_dir, case) = case();
    fs::write(archive(&case), "a copy that somebody keeps here").unwrap();
    custody::recover(&Surroundings::system(), &case).unwrap();
    Vault::open(&case).unwrap();
    let refused = lock(&Surroundings::system(), &case, WORDS, &Silent);
    assert!(matches!(refused, Err(LockError::Both(_))), "{refused:?}");
    let refused = unlock(&Surroundings::system(), &case, WORDS, &Silent);
    assert!(matches!(refused, Err(LockError::Both(_))), "{refused:?}");
    assert_eq!(
        fs::read(archive(&case)).unwrap(),
        b"a copy that somebody keeps here"
    );
}
