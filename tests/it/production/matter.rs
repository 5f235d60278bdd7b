//! One small case with a family and a withheld item, committed and proved once for all tests.

use crate::common::{candor, lottery, output};
use assert_cmd::Command;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A mail with an attachment; both match.
pub const FAMILY: &str = "From: \"Doe, Jane\" <jane@acme.example>\r\nTo: a@x.example, b@y.example\r\n\
    Subject: The lottery \u{fe} draw \u{ae}\r\nDate: Wed, 31 Jul 2002 23:30:05 -0500\r\n\
    Message-ID: <m1@acme.example>\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
    Results attached.\r\n--b\r\nContent-Type: text/plain; name=\"results.txt\"\r\n\
    Content-Disposition: attachment; filename=\"results.txt\"\r\n\r\n\
    lottery numbers 1 2 3\r\n--b--\r\n";

/// A case, a bundle with two documents of one family produced, one document produced alone and one
/// withheld, and everything needed to check it.
pub struct Matter {
    dir: TempDir,
}

impl Matter {
    /// A file beside the case.
    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The arguments that say which bundle.
    pub fn files(&self) -> [OsString; 4] {
        [
            "--commitment".into(),
            self.at("case/commitment.json").into(),
            "--classifier".into(),
            self.at("r.clf").into(),
        ]
    }

    /// A command about the bundle.
    pub fn bundle_command(&self, command: &[&str]) -> Command {
        let mut run = candor();
        run.args(command).arg(self.at("bundle")).args(self.files());
        run
    }
}

/// Commits to these files and proves the lottery classifier on them. `withhold` are rows of the list of
/// what is withheld, `more` further arguments of the commit.
pub fn build<N: AsRef<Path>, B: AsRef<[u8]>>(
    files: &[(N, B)],
    withhold: &str,
    more: &[&str],
) -> Matter {
    build_with(lottery, files, withhold, more)
}

/// As [`build`], with the classifier that `classifier` writes.
pub fn build_with<N: AsRef<Path>, B: AsRef<[u8]>>(
    classifier: impl Fn(&Path),
    files: &[(N, B)],
    withhold: &str,
    more: &[&str],
) -> Matter {
    let dir = tempfile::tempdir().unwrap();
    let matter = Matter { dir };
    let corpus = matter.at("corpus");
    for (name, content) in files {
        let path = corpus.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    classifier(&matter.at("r.clf"));
    let mut commit = candor();
    commit.args(["commit", "-q"]).args(more).arg(&corpus);
    output(commit.arg("--case").arg(matter.at("case")), 0);
    let mut prove = candor();
    prove.args(["prove", "-q", "--case"]).arg(matter.at("case"));
    prove.arg("--classifier").arg(matter.at("r.clf"));
    if !withhold.is_empty() {
        let list = format!("item,reason,description\n{withhold}\n");
        fs::write(matter.at("withhold.csv"), list).unwrap();
        prove.arg("--withhold").arg(matter.at("withhold.csv"));
    }
    output(prove.arg("-o").arg(matter.at("bundle")), 0);
    matter
}

/// The case that most tests look at.
pub fn matter() -> &'static Matter {
    static MATTER: OnceLock<Matter> = OnceLock::new();
    MATTER.get_or_init(|| {
        let cheese: Vec<(String, String)> = (0..6)
            .map(|i| {
                let text = format!("Cheese order number {i}: two wheels of gruyere");
                (format!("e{i}.txt"), text)
            })
            .collect();
        let mut files = vec![
            ("a.eml", FAMILY),
            ("b.txt", "=lottery won, says counsel"),
            ("c.txt", "another lottery"),
            ("d.txt", ""),
        ];
        files.extend(cheese.iter().map(|(name, text)| (&**name, &**text)));
        build(
            &files,
            "b.txt,b3,\"26 U.S.C. 6103; advice of counsel\"",
            &["--custodian", "Jane Roe"],
        )
    })
}
