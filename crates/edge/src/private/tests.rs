use super::*;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A work folder as a killed process leaves it.
fn abandoned(target: &Path) -> PathBuf {
    let work = WorkFolder::place_of(target);
    create_dir_all(&work.join("content")).unwrap();
    put(&work.join("content/opening.json"), b"blinds").unwrap();
    put(&work.join("lock"), b"").unwrap();
    work
}

#[test]
fn files_and_folders_are_the_owners() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("theirs")).unwrap();
    fs::set_permissions(at("theirs"), fs::Permissions::from_mode(0o755)).unwrap();
    create_dir_all(&at("theirs/a/b")).unwrap();
    assert_eq!(mode(&at("theirs")), 0o755, "it was there");
    assert_eq!(
        (mode(&at("theirs/a")), mode(&at("theirs/a/b"))),
        (0o700, 0o700)
    );
    write(&at("a"), b"1").unwrap();
    write_new(&at("b"), b"2").unwrap();
    append(&at("c")).unwrap();
    put(&at("d"), b"4").unwrap();
    write_public(&at("e"), b"5").unwrap();
    for name in ["a", "b", "c", "d"] {
        assert_eq!(mode(&at(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&at("e")), 0o644);
    // What was open to others is no longer, even if another has it open.
    fs::set_permissions(at("a"), fs::Permissions::from_mode(0o666)).unwrap();
    write(&at("a"), b"secret").unwrap();
    assert_eq!(mode(&at("a")), 0o600);
    assert_eq!(
        write_new(&at("a"), b"x").unwrap_err().kind(),
        std::io::ErrorKind::AlreadyExists
    );
    assert_eq!(fs::read(at("a")).unwrap(), b"secret");
    assert_eq!(names(dir.path()), ["a", "b", "c", "d", "e", "theirs"]);
}

#[test]
fn links_are_not_followed_and_only_files_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    write(&at("real"), b"old").unwrap();
    std::os::unix::fs::symlink("real", at("link")).unwrap();
    assert!(write(&at("link"), b"new").is_err());
    assert_eq!(fs::read(at("real")).unwrap(), b"old");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), kind, mode, 0).unwrap();
    for other in [&at("pipe"), Path::new("/dev/null"), dir.path()] {
        assert!(write(other, b"").is_err(), "{}", other.display());
    }
}

#[test]
fn an_unfinished_file_leaves_nothing_and_a_dead_one_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("log.csv");
    let mut pending = Pending::create(&target).unwrap();
    pending.write_all(b"half").unwrap();
    pending.flush().unwrap();
    assert_eq!(names(dir.path()), [".log.csv.candor-part"]);
    assert_eq!(sweep(dir.path()), Vec::<PathBuf>::new(), "it is alive");
    drop(pending);
    assert!(names(dir.path()).is_empty());
    fs::write(
        dir.path().join(".log.csv.candor-part"),
        "much longer than that",
    )
    .unwrap();
    write(&target, b"short").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"short");
    assert_eq!(mode(&target), 0o600);
    fs::write(dir.path().join(".other.candor-part"), "secret").unwrap();
    assert_eq!(sweep(dir.path()), [dir.path().join(".other.candor-part")]);
}

#[test]
fn writers_of_one_file_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("file");
    std::thread::scope(|scope| {
        for byte in 0..8u8 {
            let target = &target;
            scope.spawn(move || {
                for _ in 0..10 {
                    write(target, &[byte; 1000]).unwrap();
                }
            });
        }
    });
    let bytes = fs::read(&target).unwrap();
    assert!(bytes.len() == 1000 && bytes.iter().all(|byte| *byte == bytes[0]));
    assert_eq!(names(dir.path()), ["file"]);
}

#[test]
fn a_folder_appears_whole_and_private() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("new/out");
    let work = WorkFolder::create(&target).unwrap();
    put(&work.content().join("a"), b"1").unwrap();
    assert!(!target.exists());
    assert!(matches!(
        WorkFolder::create(&target),
        Err(WorkError::Busy(_))
    ));
    work.publish().unwrap();
    assert_eq!(names(&dir.path().join("new")), ["out"]);
    assert_eq!(
        (mode(&target), mode(&dir.path().join("new"))),
        (0o700, 0o700)
    );
    assert!(matches!(
        WorkFolder::create(&target),
        Err(WorkError::Exists(_))
    ));
    drop(WorkFolder::create(&dir.path().join("new/other")).unwrap());
    assert_eq!(names(&dir.path().join("new")), ["out"]);
}

#[test]
fn something_that_came_into_the_way_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out");
    let work = WorkFolder::create(&target).unwrap();
    fs::create_dir(&target).unwrap(); // empty: a plain rename would replace it
    assert!(matches!(work.publish(), Err(WorkError::Exists(_))));
    assert_eq!(names(dir.path()), ["out"]);
}

#[test]
fn what_the_dead_left_is_swept_and_what_lives_stays() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let dead = abandoned(&at("incam"));
    let living = WorkFolder::create(&at("live")).unwrap();
    assert!(!dead.exists(), "whoever writes beside it sweeps it");
    let dead = abandoned(&at("incam"));
    let without_lock = abandoned(&at("early"));
    fs::remove_file(without_lock.join("lock")).unwrap();
    // Folders of 0.1.0: process 1 lives, no process has the largest number.
    let old = at(&format!(".r3.partial-{}", i32::MAX));
    fs::create_dir_all(old.join("data")).unwrap();
    fs::create_dir_all(at(".r4.partial-1")).unwrap();
    // Not ours.
    fs::create_dir_all(at("x.candor-work/content")).unwrap();
    fs::create_dir_all(at("kept.partial-99999999")).unwrap();
    std::os::unix::fs::symlink(dir.path(), at(".link.candor-work")).unwrap();
    let mut expected = vec![dead, without_lock, old];
    expected.sort();
    assert_eq!(sweep(dir.path()), expected);
    assert_eq!(
        names(dir.path()),
        [
            ".link.candor-work",
            ".live.candor-work",
            ".r4.partial-1",
            "kept.partial-99999999",
            "x.candor-work"
        ]
    );
    assert!(living.content().is_dir());
}

#[test]
fn a_lock_is_private_and_of_the_owner() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let Locking::Locked(lock) = Lock::acquire(&path).unwrap() else {
        panic!("nobody has it");
    };
    assert_eq!(mode(&path), 0o600, "others could have held it");
    assert!(matches!(Lock::acquire(&path).unwrap(), Locking::Held));
    // Removed and made again: another lock.
    fs::remove_file(&path).unwrap();
    assert!(matches!(Lock::acquire(&path).unwrap(), Locking::Locked(_)));
    drop(lock);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
    assert!(Lock::acquire(&path).is_err(), "links are not followed");
}

#[test]
fn scratch_folders_are_private_and_go_away() {
    let scratch = Scratch::new(&crate::Surroundings::system()).unwrap();
    let path = scratch.path().to_owned();
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    drop(scratch);
    assert!(!path.exists() && !path.parent().unwrap().exists());
}
