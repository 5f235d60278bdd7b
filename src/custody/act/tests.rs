use super::super::{path, read};
use super::*;
use crate::Surroundings;

struct Case {
    dir: tempfile::TempDir,
}

impl Case {
    fn new() -> Case {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("acme")).unwrap();
        Case { dir }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn case(&self) -> PathBuf {
        self.at("acme")
    }

    fn begin(&self) -> Act {
        let doing = Doing {
            lock: Some(self.at("bundle.partial/lock")),
            scrub: vec![self.at("bundle.partial/documents")],
            leftover: Some(self.at("bundle.partial")),
            ..Doing::leaving(self.at("bundle/seal"))
        };
        Act::begin(
            &Surroundings::system(),
            &self.case(),
            "prove",
            [("bundle", "bundle")],
            doing,
        )
        .unwrap()
    }

    /// As a process that is killed leaves it: what it announced stays, its locks do not.
    fn killed(&self, act: Act) {
        let (folder, name) = (self.case().join(FOLDER), act.name.clone());
        let announced = fs::read(folder.join(format!("{name}.act"))).unwrap();
        drop(act);
        private::create_dir_all(&folder).unwrap();
        private::put(&folder.join(format!("{name}.act")), &announced).unwrap();
        private::put(&folder.join(format!("{name}.lock")), b"").unwrap();
    }

    fn actions(&self) -> Vec<String> {
        let chain = read(&self.case()).unwrap();
        assert_eq!(chain.fault, None);
        chain
            .entries
            .into_iter()
            .map(|entry| entry.action)
            .collect()
    }
}

#[test]
fn an_act_leaves_its_line_and_nothing_else() {
    let case = Case::new();
    let act = case.begin();
    assert!(case.case().join(FOLDER).exists());
    assert_eq!(
        recover(&Surroundings::system(), &case.case()).unwrap(),
        [],
        "it lives"
    );
    act.done([("counts", "1 = 1")]).unwrap();
    assert_eq!(case.actions(), ["prove"]);
    assert!(!case.case().join(FOLDER).exists());
    // One that fails in an orderly way leaves nothing.
    drop(case.begin());
    assert_eq!(case.actions(), ["prove"]);
    assert!(!case.case().join(FOLDER).exists());
}

#[test]
fn killed_before_the_last_step_it_is_cancelled_and_swept() {
    let case = Case::new();
    let act = case.begin();
    private::create_dir_all(&case.at("bundle.partial/documents")).unwrap();
    private::put(&case.at("bundle.partial/documents/a"), b"withheld").unwrap();
    private::put(&case.at("bundle.partial/proof"), b"kept").unwrap();
    private::put(&case.at("bundle.partial/lock"), b"").unwrap();
    case.killed(act);
    let found = recover(&Surroundings::system(), &case.case()).unwrap();
    assert!(matches!(&*found, [Recovered::Cancelled(entry, swept)]
        if entry.facts["what"] == "prove" && swept == &[case.at("bundle.partial/documents")]));
    let said = found[0].to_string();
    assert!(
        said.contains("'prove' was killed before it was done") && said.contains("removed"),
        "{said}"
    );
    assert_eq!(case.actions(), ["interrupted"]);
    assert!(
        case.at("bundle.partial/proof").exists() && !case.at("bundle.partial/documents").exists()
    );
    assert_eq!(recover(&Surroundings::system(), &case.case()).unwrap(), []);
}

#[test]
fn what_somebody_else_is_at_is_not_swept() {
    let case = Case::new();
    let act = case.begin();
    private::create_dir_all(&case.at("bundle.partial/documents")).unwrap();
    case.killed(act);
    let lock = Lock::acquire(&case.at("bundle.partial/lock")).unwrap();
    recover(&Surroundings::system(), &case.case()).unwrap();
    assert!(case.at("bundle.partial/documents").exists());
    drop(lock);
}

#[test]
fn killed_after_the_last_step_it_is_recorded_once() {
    let case = Case::new();
    let act = case.begin();
    let name = act.name.clone();
    private::create_dir_all(&case.at("bundle.partial")).unwrap();
    private::put(&case.at("bundle.partial/lock"), b"").unwrap();
    private::create_dir_all(&case.at("bundle")).unwrap();
    private::put(&case.at("bundle/seal"), b"sealed").unwrap();
    case.killed(act);
    let found = recover(&Surroundings::system(), &case.case()).unwrap();
    assert!(
        matches!(&*found, [Recovered::Completed(entry)] if entry.action == "prove"
        && entry.facts["bundle"] == "bundle"
        && entry.facts["seal"] == hex::encode(Sha256::digest(b"sealed")))
    );
    assert_eq!(case.actions(), ["prove"]);
    assert!(
        !case.at("bundle.partial").exists(),
        "it has served its purpose"
    );
    // Killed again between its line and forgetting it.
    let facts = [("bundle", "bundle")];
    let doing = Doing::leaving(case.at("bundle/seal"));
    let mut act = Act::begin(&Surroundings::system(), &case.case(), "prove", facts, doing).unwrap();
    act.name = name;
    act.done(facts).unwrap();
    assert_eq!(case.actions(), ["prove"], "a line of that name is there");
}

#[test]
fn a_witness_that_was_there_is_no_witness() {
    let case = Case::new();
    private::create_dir_all(&case.at("bundle")).unwrap();
    private::put(&case.at("bundle/seal"), b"an earlier one").unwrap();
    let act = case.begin();
    case.killed(act);
    let found = recover(&Surroundings::system(), &case.case()).unwrap();
    assert!(matches!(&*found, [Recovered::Cancelled(..)]));
    // Replaced, it is one.
    let act = case.begin();
    private::put(&case.at("bundle/seal"), b"another").unwrap();
    case.killed(act);
    let found = recover(&Surroundings::system(), &case.case()).unwrap();
    assert!(matches!(&*found, [Recovered::Completed(_)]));
}

#[test]
fn killed_while_announcing_nothing_was_begun() {
    let case = Case::new();
    private::create_dir_all(&case.case().join(FOLDER)).unwrap();
    private::put(&case.case().join(FOLDER).join("00.lock"), b"").unwrap();
    private::put(&case.case().join(FOLDER).join(".00.act.candor-part"), b"{").unwrap();
    assert_eq!(recover(&Surroundings::system(), &case.case()).unwrap(), []);
    assert!(!case.case().join(FOLDER).exists());
}

#[test]
fn a_broken_log_stops_an_act_before_it_begins() {
    let case = Case::new();
    super::super::record(
        &Surroundings::system(),
        &case.case(),
        "commit",
        [("a", "b")],
    )
    .unwrap();
    let text = fs::read_to_string(path(&case.case())).unwrap();
    fs::write(path(&case.case()), text.replace("commit", "nothing")).unwrap();
    let doing = Doing::leaving(case.at("x"));
    let begun = Act::begin(
        &Surroundings::system(),
        &case.case(),
        "prove",
        [("a", "b")],
        doing,
    );
    assert!(matches!(begun, Err(CustodyError::Broken { .. })));
    assert!(!case.case().join(FOLDER).exists());
}

#[test]
fn a_case_that_came_to_nothing_is_gone() {
    let case = Case::new();
    let new = case.at("new");
    drop(
        Act::begin(
            &Surroundings::system(),
            &new,
            "commit",
            [("a", "b")],
            Doing::leaving(new.join("vault/x")),
        )
        .unwrap(),
    );
    assert!(!new.exists());
    let elsewhere = Act::begin(
        &Surroundings::system(),
        &new,
        "sign",
        [("a", "b")],
        Doing::leaving(new.join("x")),
    );
    assert!(
        elsewhere.is_err() && !new.exists(),
        "only a commit makes a case"
    );
}
