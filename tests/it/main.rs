//! The program's integration tests: one binary, a module per topic. A binary per file would link the whole
//! program once for each of them.

mod architecture;
mod cheats;
mod classifier_cli;
mod cli_commit;
mod cli_review;
mod cli_scope;
mod cli_volume;
mod cli_workers;
mod commit;
mod common;
mod errors;
mod explain;
mod guard;
mod hostile;
mod imports;
mod ingest_documents;
mod ingest_mail;
mod ingest_stores;
mod inputs;
mod locked;
mod mail_kinds;
mod numbering;
mod ocr;
mod outputs;
mod pictures;
mod pipeline;
mod production;
mod sealed;
mod sizes;
mod storage;
mod supplements;
mod supplements_more;
mod text_forms;
mod tui;

/// A file that no module names would be compiled by nobody and guard nothing.
#[test]
fn every_file_is_a_module() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for folder in [here.clone(), here.join("production")] {
        let main = ["main.rs", "mod.rs"].map(|name| folder.join(name));
        let main = main.iter().find(|path| path.exists()).unwrap();
        let listed = std::fs::read_to_string(main).unwrap();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if !["main", "mod"].contains(&name) {
                assert!(
                    listed.contains(&format!("mod {name};")),
                    "{} is in no module",
                    path.display()
                );
            }
        }
    }
}
