//! How to repeat a verification.

use std::path::Path;

/// The command as somebody else would type it: names of files, not this machine's folders.
pub fn command(bundle: &Path, commitment: &Path, classifier: &Path) -> String {
    let name = |path: &Path| -> String {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy().into_owned();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if name.bytes().all(plain) {
            name
        } else {
            format!("'{}'", name.replace('\'', "'\\''"))
        }
    };
    format!(
        "candor verify-bundle {} --commitment {} --classifier {}",
        name(bundle),
        name(commitment),
        name(classifier)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_shell_would_read_are_quoted() {
        let command = command(
            Path::new("/srv/the bundle"),
            Path::new("/srv/c.json"),
            Path::new("/srv/it's.clf"),
        );
        let wanted =
            "candor verify-bundle 'the bundle' --commitment c.json --classifier 'it'\\''s.clf'";
        assert_eq!(command, wanted);
    }
}
