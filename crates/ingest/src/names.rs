//! Names of files and attachments are chosen by others, some of them hostile.
//!
//! Corpus paths keep what a name says, with three exceptions that keep them unambiguous: bytes
//! that are not UTF-8, backslashes, and a `!` at the end of a component are replaced by U+FFFD
//! and the byte in hexadecimal. So `/` always separates, `!/` always leads into a container, and
//! two different names stay different.

use std::ffi::OsStr;
use std::fmt::Write as _;

/// Longest name taken over from an attachment, in characters.
const MAX_NAME: usize = 100;

#[doc(hidden)]
pub use candor_edge::clean::line as escape;

/// A file or folder name as a component of a corpus path.
pub(crate) fn component(name: &OsStr) -> String {
    let bytes = name.as_encoded_bytes();
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' {
                mark(&mut out, b'\\');
            } else {
                out.push(c);
            }
        }
        for &byte in chunk.invalid() {
            mark(&mut out, byte);
        }
    }
    if out.ends_with('!') {
        out.pop();
        mark(&mut out, b'!');
    }
    out
}

fn mark(out: &mut String, byte: u8) {
    let _ = write!(out, "\u{FFFD}{byte:02X}");
}

/// The name an attachment is filed under: one component, without anything that could lead out of
/// a folder. What the message called it is kept in the metadata.
pub(crate) fn attachment(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .map(|c| if c.is_control() || c == ':' { '_' } else { c })
        .take(MAX_NAME)
        .collect();
    let clean = clean.replace("..", "__");
    match clean.trim_matches([' ', '!']) {
        "" | "." => "unnamed".to_owned(),
        name => name.to_owned(),
    }
}

/// The path of an archive's member below the archive: every component as for attachments.
pub(crate) fn member(name: &str) -> String {
    let parts: Vec<String> = name
        .split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "."))
        .map(attachment)
        .collect();
    if parts.is_empty() {
        "unnamed".to_owned()
    } else {
        parts.join("/")
    }
}

/// Whether a corpus path stays inside the folder it is taken relative to, on any system.
pub fn is_safe_relative(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn attachment_names_stay_in_their_folder() {
        assert_eq!(attachment("../USER/HOMEPAGE/WGIF/BG03.GIF"), "BG03.GIF");
        assert_eq!(attachment("C:\\temp\\a.doc"), "a.doc");
        assert_eq!(attachment(".."), "__");
        assert_eq!(attachment("a/"), "unnamed");
        assert_eq!(attachment("x\r\ny!"), "x__y");
        assert_eq!(member("a/../../b\\c.txt"), "a/__/__/b/c.txt");
        assert_eq!(member("/etc/passwd"), "etc/passwd");
        assert_eq!(attachment(&"n".repeat(900)).len(), MAX_NAME);
    }

    #[cfg(unix)]
    #[test]
    fn different_names_stay_different() {
        use std::os::unix::ffi::OsStrExt;
        let a = component(OsStr::from_bytes(b"caf\xe9.txt"));
        let b = component(OsStr::from_bytes(b"caf\xe8.txt"));
        assert_eq!(a, "caf\u{FFFD}E9.txt");
        assert_ne!(a, b);
        assert_eq!(component(OsStr::new("a\\b")), "a\u{FFFD}5Cb");
        assert_eq!(component(OsStr::new("x.eml!")), "x.eml\u{FFFD}21");
    }

    proptest! {
        #[test]
        fn any_attachment_name_is_one_safe_component(name in "\\PC*|[./\\\\!:\\x00-\\x1f a]*") {
            let clean = attachment(&name);
            prop_assert!(is_safe_relative(&clean), "{clean:?}");
            prop_assert!(is_safe_relative(&member(&name)));
            prop_assert!(!clean.contains('/') && !clean.contains(".."));
        }
    }
}
