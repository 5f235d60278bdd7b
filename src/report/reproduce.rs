//! How to repeat a verification.

use std::path::{Path, PathBuf};

/// The command as somebody else would type it: names of files, not this machine's folders.
pub fn command(bundle: &Path, commitment: &Path, classifier: &Path) -> String {
    chain_command(&[bundle], &[commitment], classifier)
}

/// The same of a commitment and its supplements. Their files have one name, so each is shown with its folder.
pub fn chain_command<P: AsRef<Path>>(
    bundles: &[P],
    commitments: &[P],
    classifier: &Path,
) -> String {
    let one = commitments.len() == 1;
    let name = |path: &Path| -> String {
        let own = path.file_name().unwrap_or(path.as_os_str());
        let folder = path.parent().and_then(Path::file_name).filter(|_| !one);
        let name = match folder.filter(|_| path.extension().is_some_and(|e| e == "json")) {
            Some(folder) => format!("{}/{}", folder.to_string_lossy(), own.to_string_lossy()),
            None => own.to_string_lossy().into_owned(),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
        if name.bytes().all(plain) {
            name
        } else {
            format!("'{}'", name.replace('\'', "'\\''"))
        }
    };
    let bundles: Vec<String> = bundles.iter().map(|path| name(path.as_ref())).collect();
    let mut command = format!("candor verify-bundle {}", bundles.join(" "));
    for commitment in commitments {
        command += &format!(" --commitment {}", name(commitment.as_ref()));
    }
    command + &format!(" --classifier {}", name(classifier))
}

/// As [`chain_command`], with the paths as they are: for whoever runs it here.
pub fn chain_command_here(
    bundles: &[PathBuf],
    commitments: &[PathBuf],
    classifier: &Path,
) -> String {
    let mut command = "candor verify-bundle".to_owned();
    bundles
        .iter()
        .for_each(|path| command += &format!(" {}", quoted(path)));
    for path in commitments {
        command += &format!(" --commitment {}", quoted(path));
    }
    command + &format!(" --classifier {}", quoted(classifier))
}

fn quoted(path: &Path) -> String {
    let name = path.to_string_lossy();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    match name.bytes().all(plain) {
        true => name.into_owned(),
        false => format!("'{}'", name.replace('\'', "'\\''")),
    }
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
        let chain = chain_command(
            &["/srv/bundle", "/srv/bundle-2"],
            &["/srv/acme/commitment.json", "/srv/acme-2/commitment.json"],
            Path::new("/srv/r.clf"),
        );
        let wanted = "candor verify-bundle bundle bundle-2 --commitment acme/commitment.json --commitment \
                      acme-2/commitment.json --classifier r.clf";
        assert_eq!(chain, wanted);
    }
}
