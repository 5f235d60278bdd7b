use super::check::*;
use super::seal::{seal, sha256_file};
use crate::input::Folder;
use std::fs;
use std::path::Path;

fn bag() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("data/sub")).unwrap();
    fs::write(dir.path().join("data/a.bin"), b"one").unwrap();
    fs::write(dir.path().join("data/sub/b.bin"), b"two!").unwrap();
    seal(
        dir.path(),
        "2026-01-02",
        &[("External-Identifier", "root".into())],
    )
    .unwrap();
    dir
}

#[test]
fn a_sealed_bag_checks_and_states_its_payload() {
    let dir = bag();
    let sealed = check(dir.path()).unwrap();
    assert_eq!(sealed.files, ["data/a.bin", "data/sub/b.bin"]);
    assert_eq!(check(dir.path()).unwrap(), sealed);
    let info = fs::read_to_string(dir.path().join(INFO)).unwrap();
    assert!(info.contains("Payload-Oxum: 7.2\n"), "{info}");
    let manifest = fs::read_to_string(dir.path().join(MANIFEST)).unwrap();
    assert!(manifest.starts_with(
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  data/a.bin\n"
    ));
}

#[test]
fn each_kind_of_damage_is_named() {
    let damage = |f: &dyn Fn(&Path)| {
        let dir = bag();
        f(dir.path());
        check(dir.path()).unwrap_err()
    };
    assert!(
        matches!(damage(&|d| fs::write(d.join("data/a.bin"), b"onE").unwrap()), BagError::Changed(n) if n == "data/a.bin")
    );
    assert!(
        matches!(damage(&|d| fs::remove_file(d.join("data/a.bin")).unwrap()), BagError::Missing(n) if n == "data/a.bin")
    );
    assert!(
        matches!(damage(&|d| fs::write(d.join("data/c"), b"").unwrap()), BagError::Unlisted(n) if n == "data/c")
    );
    assert!(
        matches!(damage(&|d| fs::write(d.join("extra.txt"), b"").unwrap()), BagError::Unlisted(n) if n == "extra.txt")
    );
    assert!(
        matches!(damage(&|d| fs::write(d.join(INFO), b"x").unwrap()), BagError::Changed(n) if n == INFO)
    );
    assert!(matches!(
        damage(&|d| fs::write(d.join(BAGIT), b"x").unwrap()),
        BagError::Tag { .. }
    ));
    assert!(matches!(
        damage(&|d| fs::remove_file(d.join(MANIFEST)).unwrap()),
        BagError::NotABag(_)
    ));
    let with_line = |line: &'static str| {
        damage(&move |d| {
            let path = d.join(MANIFEST);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text + line).unwrap();
        })
    };
    assert!(matches!(
        with_line("zz  data/x\n"),
        BagError::Tag { line: 3, .. }
    ));
    let hash = "0".repeat(64);
    let escape: &'static str =
        Box::leak(format!("{hash}  data/../../etc/passwd\n").into_boxed_str());
    assert!(matches!(with_line(escape), BagError::Tag { line: 3, .. }));
}

#[cfg(unix)]
#[test]
fn links_are_refused() {
    let dir = bag();
    std::os::unix::fs::symlink("/etc/hostname", dir.path().join("data/link")).unwrap();
    assert!(matches!(check(dir.path()), Err(BagError::NotAFile(n)) if n == "data/link"));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_before_anything_waits_for_it() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    for name in [
        BAGIT,
        INFO,
        MANIFEST,
        TAG_MANIFEST,
        OPTIONAL[0],
        "data/a.bin",
    ] {
        let dir = bag();
        let path = dir.path().join(name);
        let _ = fs::remove_file(&path);
        mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        let error = check(dir.path()).unwrap_err().to_string();
        assert!(error.contains("pipe"), "{name}: {error}");
    }
    // A link to the very bytes is refused as well, for a tag file, a payload file and a folder.
    for name in [BAGIT, MANIFEST, "data/a.bin", "data/sub", "data"] {
        let dir = bag();
        let (path, moved) = (dir.path().join(name), tempfile::tempdir().unwrap());
        fs::rename(&path, moved.path().join("x")).unwrap();
        std::os::unix::fs::symlink(moved.path().join("x"), &path).unwrap();
        let error = check(dir.path()).unwrap_err().to_string();
        assert!(error.contains("link"), "{name}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_not_read_as_another() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("data")).unwrap();
    fs::write(dir.path().join("data/x\u{fffd}"), "bytes").unwrap();
    seal(dir.path(), "2026-01-02", &[]).unwrap();
    assert!(check(dir.path()).is_ok());
    let other = dir.path().join(std::ffi::OsStr::from_bytes(b"data/x\xff"));
    fs::rename(dir.path().join("data/x\u{fffd}"), &other).unwrap();
    assert!(matches!(check(dir.path()), Err(BagError::Unlisted(_))));
    fs::write(dir.path().join("data/x\u{fffd}"), "bytes").unwrap();
    assert!(matches!(check(dir.path()), Err(BagError::Unlisted(_))));
}

#[test]
fn tag_files_are_the_known_ones_and_short() {
    let reseal = |change: &dyn Fn(&Path)| {
        let dir = bag();
        change(dir.path());
        let tags = [INFO, BAGIT, MANIFEST, "note.txt"];
        let lines: String = tags
            .iter()
            .filter(|name| dir.path().join(name).is_file())
            .map(|name| {
                format!(
                    "{}  {name}\n",
                    sha256_file(&dir.path().join(name)).unwrap().0
                )
            })
            .collect();
        fs::write(dir.path().join(TAG_MANIFEST), lines).unwrap();
        check(dir.path())
    };
    assert!(reseal(&|_| ()).is_ok());
    let with_info = |more: String| {
        reseal(&move |d| {
            let path = d.join(INFO);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text + &more).unwrap();
        })
        .unwrap_err()
        .to_string()
    };
    // A listed tag file of one's own.
    let note = reseal(&|d| fs::write(d.join("note.txt"), "only privileged").unwrap());
    assert!(matches!(note, Err(BagError::Unlisted(n)) if n == "note.txt"));
    for (more, why) in [
        ("Remark: all is well\n".to_owned(), "not a fact"),
        ("Payload-Oxum: 7.2\n".to_owned(), "stated twice"),
        ("External-Description: \u{1b}[2J\n".to_owned(), "not shown"),
        (
            format!("External-Description: {}\n", "x".repeat(201)),
            "too long",
        ),
        ("x".repeat(MAX_INFO as usize), "larger than"),
    ] {
        let error = with_info(more);
        assert!(error.contains(why), "{error}");
    }
    let oxum = reseal(&|d| {
        let path = d.join(INFO);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("7.2", "7.3")).unwrap();
    });
    assert!(oxum.unwrap_err().to_string().contains("the payload is 7.2"));
    // Whole files are not blamed for a number.
    let small = reseal(&|d| {
        let path = d.join(INFO);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("7.2", "1.2")).unwrap();
    });
    let small = small.unwrap_err().to_string();
    assert!(small.contains("the payload is 7.2"), "{small}");
}

/// A TiB of nothing, which no test could wait for.
#[test]
fn holes_are_not_hashed_to_their_end() {
    for name in ["data/a.bin", INFO, BAGIT] {
        let dir = bag();
        let file = fs::OpenOptions::new()
            .write(true)
            .open(dir.path().join(name))
            .unwrap();
        file.set_len(1 << 40).unwrap();
        let error = check(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains("changed") || error.contains("larger than"),
            "{name}: {error}"
        );
    }
}

/// A bag need not state its octets; that must not be a way to have terabytes hashed.
#[test]
fn what_is_hashed_is_bounded_without_stated_octets() {
    let dir = bag();
    let info = dir.path().join(INFO);
    let text = fs::read_to_string(&info).unwrap();
    let kept = text
        .lines()
        .filter(|line| !line.starts_with("Payload-Oxum"));
    fs::write(
        &info,
        kept.map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
    let tags: String = [INFO, BAGIT, MANIFEST]
        .map(|name| {
            format!(
                "{}  {name}\n",
                sha256_file(&dir.path().join(name)).unwrap().0
            )
        })
        .concat();
    fs::write(dir.path().join(TAG_MANIFEST), tags).unwrap();
    check(dir.path()).unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(dir.path().join("data/a.bin"))
        .unwrap();
    file.set_len(1 << 40).unwrap();
    let error = check(dir.path()).unwrap_err();
    assert!(matches!(error, BagError::TooLarge { .. }), "{error}");
    // Each file by what it is.
    file.set_len(100).unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let error = check_within(&folder, 2, &|name| match name {
        "data/a.bin" => 99,
        _ => 1000,
    });
    assert!(matches!(
        error.unwrap_err(),
        BagError::TooLarge { limit: 99, .. }
    ));
}

#[test]
fn the_payload_manifest_is_bounded_by_the_number_of_files() {
    let dir = bag();
    let folder = Folder::open(dir.path()).unwrap();
    assert!(check_within(&folder, 2, &|_| MAX_NATIVE).is_ok());
    let file = fs::OpenOptions::new()
        .write(true)
        .open(dir.path().join(MANIFEST))
        .unwrap();
    file.set_len(400 << 20).unwrap();
    let error = check_within(&folder, 2, &|_| MAX_NATIVE)
        .unwrap_err()
        .to_string();
    assert!(error.contains("larger than"), "{error}");
}
