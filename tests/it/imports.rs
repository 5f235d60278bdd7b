//! Which module of a crate uses which: read from the sources, as far as `use` lines and paths tell.
//!
//! A name is followed through re-exports to the file that defines it, so a facade that only re-exports its
//! children uses none of them. What is compiled for tests only is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Names of modules from the crate's root.
type ModulePath = Vec<String>;

/// What one file says about modules.
#[derive(Debug, Default)]
struct Module {
    /// Names that are defined here.
    defined: BTreeSet<String>,
    /// Names that are brought in, with where from, and whether they are handed on.
    brought: BTreeMap<String, (Vec<String>, bool)>,
    /// Where everything is brought in from.
    globs: Vec<(Vec<String>, bool)>,
    /// Paths of two names and more in the code.
    paths: BTreeSet<Vec<String>>,
    /// Every name in the code.
    names: BTreeSet<String>,
}

/// The modules of a crate.
#[derive(Debug, Default)]
pub struct Crate {
    modules: BTreeMap<ModulePath, Module>,
    /// Modules that have a file of their own, and which.
    files: BTreeMap<ModulePath, PathBuf>,
}

/// `a` uses `b`, by this name.
type Uses = BTreeMap<(String, String), String>;

impl Crate {
    /// Reads a crate from its first file.
    pub fn read(first: &Path) -> Self {
        let mut this = Crate::default();
        this.file(first, first.parent().unwrap(), Vec::new());
        this
    }

    /// How many modules there are.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// The files that are compiled into the crate, without what is for tests only, as names and single characters.
    pub fn files(&self) -> impl Iterator<Item = (&Path, Vec<String>)> {
        self.files.values().map(|file| {
            let text = fs::read_to_string(file).unwrap();
            (file.as_path(), without_tests(&tokens(&text)))
        })
    }

    /// Reads a file; the files of its modules are in `folder`.
    fn file(&mut self, file: &Path, folder: &Path, at: ModulePath) {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let tokens = without_tests(&tokens(&text));
        let mut children = Vec::new();
        self.files.insert(at.clone(), file.to_owned());
        self.body(&tokens, &at, &mut children);
        for child in children {
            let name = child.last().unwrap();
            // Modules in braces have no file, but may have folders with files below them.
            let between: PathBuf = child[at.len()..child.len() - 1].iter().collect();
            let folder = folder.join(between);
            let [beside, inside] = [
                folder.join(format!("{name}.rs")),
                folder.join(name).join("mod.rs"),
            ];
            let file = if beside.exists() { beside } else { inside };
            self.file(&file, &folder.join(name), child);
        }
    }

    /// Reads the tokens of a module; modules with files of their own are left in `children`.
    fn body(&mut self, tokens: &[String], at: &ModulePath, children: &mut Vec<ModulePath>) {
        let mut module = Module::default();
        let (mut i, mut depth) = (0, 0usize);
        let mut public = false;
        while i < tokens.len() {
            let next = tokens.get(i + 1).map_or("", String::as_str);
            match tokens[i].as_str() {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                ";" if depth == 0 => public = false,
                "pub" if depth == 0 => {
                    public = true;
                    if next == "(" {
                        i = matching(tokens, i + 1);
                    }
                }
                "use" => {
                    let end = i + tokens[i..].iter().position(|t| t == ";").unwrap();
                    let mut at = i + 1;
                    tree(
                        &tokens[..end],
                        &mut at,
                        &mut Vec::new(),
                        public,
                        &mut module,
                    );
                    (i, public) = (end, false);
                }
                "mod" if depth == 0 => {
                    let child = [&at[..], &[next.to_owned()]].concat();
                    if tokens[i + 2] == ";" {
                        children.push(child);
                        i += 2;
                    } else {
                        let end = matching(tokens, i + 2);
                        self.body(&tokens[i + 3..end], &child, children);
                        i = end;
                    }
                    public = false;
                }
                "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static"
                    if depth == 0 =>
                {
                    module.defined.insert(next.to_owned());
                    public = false;
                }
                "macro_rules" => {
                    module.defined.insert(tokens[i + 2].clone());
                }
                // Who may see it is no use of it.
                "pub" if next == "(" => i = matching(tokens, i + 1),
                name if is_name(name) => {
                    let mut path = vec![name.to_owned()];
                    while tokens.get(i + 1).is_some_and(|t| t == "::")
                        && tokens.get(i + 2).is_some_and(|t| is_name(t))
                    {
                        path.push(tokens[i + 2].clone());
                        i += 2;
                    }
                    module.names.insert(path[0].clone());
                    if path.len() > 1 {
                        module.paths.insert(path);
                    }
                }
                _ => {}
            }
            i += 1;
        }
        self.modules.insert(at.clone(), module);
    }

    /// The module that defines what `path` names, seen from `at`; nothing if it is of another crate. Names that were
    /// looked for in a module are `seen`: re-exports may go round.
    fn resolve(
        &self,
        at: &ModulePath,
        path: &[String],
        seen: &mut BTreeSet<(ModulePath, Vec<String>)>,
    ) -> Option<ModulePath> {
        let here = self.modules.get(at)?;
        if !seen.insert((at.clone(), path.to_vec())) {
            return None;
        }
        match path.first().map(String::as_str) {
            None => Some(at.clone()),
            Some("crate") => self.resolve(&Vec::new(), &path[1..], seen),
            Some("self") => self.resolve(at, &path[1..], seen),
            Some("super") => {
                self.resolve(&at[..at.len().checked_sub(1)?].to_vec(), &path[1..], seen)
            }
            Some(name) => {
                let child = [&at[..], &[name.to_owned()]].concat();
                if self.modules.contains_key(&child) {
                    return self.resolve(&child, &path[1..], seen);
                }
                if here.defined.contains(name) {
                    return Some(at.clone());
                }
                if let Some((from, _)) = here.brought.get(name) {
                    // `use image::image;` of another crate: there is no module of that name here.
                    if from.first().is_some_and(|first| first == name) {
                        return None;
                    }
                    let whole = [&from[..], &path[1..]].concat();
                    return self.resolve(at, &whole, seen);
                }
                here.globs.iter().find_map(|(from, _)| {
                    let module = self.resolve(at, from, seen)?;
                    (module != *at).then_some(())?;
                    self.resolve(&module, path, seen)
                })
            }
        }
    }

    /// Who uses whom, file by file: a module in braces belongs to its file.
    pub fn uses(&self) -> Uses {
        let name = |path: &ModulePath| {
            let mut file = path.clone();
            while !self.files.contains_key(&file) {
                file.pop();
            }
            match &file[..] {
                [] => "(root)".to_owned(),
                names => names.join("::"),
            }
        };
        let mut uses = Uses::new();
        for (at, module) in &self.modules {
            let brought = module.brought.iter().filter_map(|(alias, (from, public))| {
                (!public || module.names.contains(alias)).then_some(from)
            });
            let globs = module
                .globs
                .iter()
                .filter(|(_, public)| !public)
                .map(|(from, _)| from);
            for path in brought.chain(globs).chain(&module.paths) {
                let Some(other) = self.resolve(at, path, &mut BTreeSet::new()) else {
                    continue;
                };
                let (from, to) = (name(at), name(&other));
                if from != to {
                    uses.entry((from, to)).or_insert_with(|| path.join("::"));
                }
            }
        }
        uses
    }
}

/// Groups of modules that use each other in a circle, with the uses that close it.
pub fn circles(uses: &Uses) -> Vec<String> {
    let reach = |from: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(at) = next.pop() {
            for (_, to) in uses.keys().filter(|(from, _)| from == at) {
                if seen.insert(to.as_str()) {
                    next.push(to);
                }
            }
        }
        seen
    };
    let all: BTreeSet<&str> = uses.keys().flat_map(|(a, b)| [a.as_str(), b]).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> = all.iter().map(|at| (*at, reach(at))).collect();
    let (mut done, mut found) = (BTreeSet::new(), Vec::new());
    for at in all.iter().filter(|at| reached[**at].contains(**at)) {
        if done.contains(at) {
            continue;
        }
        let group: BTreeSet<&str> = all
            .iter()
            .copied()
            .filter(|other| reached[at].contains(other) && reached[other].contains(at))
            .collect();
        let lines: Vec<String> = uses
            .iter()
            .filter(|((a, b), _)| group.contains(a.as_str()) && group.contains(b.as_str()))
            .map(|((a, b), name)| format!("{a} uses {b} ({name})"))
            .collect();
        done.extend(group);
        found.push(lines.join("; "));
    }
    found
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The place of the brace that closes the one at `open`.
fn matching(tokens: &[String], open: usize) -> usize {
    let mut depth = 0usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth -= 1;
                if depth == 0 {
                    return i;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The names of a `use` tree from `at`.
fn tree(
    tokens: &[String],
    at: &mut usize,
    prefix: &mut Vec<String>,
    public: bool,
    into: &mut Module,
) {
    let before = prefix.len();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token.as_str() {
            "::" => {}
            "{" => loop {
                tree(tokens, at, prefix, public, into);
                let closed = tokens.get(*at).is_none_or(|t| t == "}");
                *at += 1;
                if closed {
                    break;
                }
            },
            "*" => into.globs.push((prefix.clone(), public)),
            "," | "}" => {
                *at -= 1;
                break;
            }
            "as" => {
                let last = into.brought.iter().find(|(_, (path, _))| path == prefix);
                if let Some(alias) = last.map(|(alias, _)| alias.clone()) {
                    into.brought.remove(&alias);
                }
                into.brought
                    .insert(tokens[*at].clone(), (prefix.clone(), public));
                *at += 1;
            }
            name => {
                if name != "self" || prefix.is_empty() {
                    prefix.push(name.to_owned());
                }
                let ends = tokens.get(*at).is_none_or(|t| t != "::");
                if ends {
                    let alias = prefix.last().unwrap().clone();
                    into.brought.insert(alias, (prefix.clone(), public));
                }
            }
        }
    }
    prefix.truncate(before);
}

/// The tokens without what is compiled for tests only: items, statements, fields.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARKS: [&[&str]; 2] = [
        &["#", "[", "cfg", "(", "test", ")", "]"],
        &["#", "[", "cfg", "(", "all", "(", "test", ","],
    ];
    let marked = |at: usize| {
        let says = |mark: &&[&str]| tokens[at..].iter().take(mark.len()).eq(mark.iter());
        MARKS.iter().any(says)
    };
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if marked(i) {
            i = matching(tokens, i + 1) + 1;
            while ![";", "{", ",", "}", ")"].contains(&tokens[i].as_str()) {
                i = if ["(", "["].contains(&tokens[i].as_str()) {
                    matching(tokens, i) + 1
                } else {
                    i + 1
                };
            }
            match tokens[i].as_str() {
                "{" => i = matching(tokens, i) + 1,
                ";" | "," => i += 1,
                _ => {}
            }
        } else {
            out.push(tokens[i].clone());
            i += 1;
        }
    }
    out
}

/// Names, `::` and single characters; no comments, no literals.
pub fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            i += 2;
            while i < chars.len() && !(chars[i] == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if c == 'r'
            && (at(i + 1) == '"' || at(i + 1) == '#' && (at(i + 2) == '"' || at(i + 2) == '#'))
        {
            let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
            i += hashes + 2;
            while i < chars.len()
                && !(chars[i] == '"'
                    && chars[i + 1..]
                        .iter()
                        .take(hashes)
                        .filter(|c| **c == '#')
                        .count()
                        == hashes)
            {
                i += 1;
            }
            i += hashes + 1;
        } else if c == '"' {
            i += 1;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' {
            // A character, or a lifetime.
            if at(i + 1) == '\\' {
                i += 3;
                while at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            } else if at(i + 2) == '\'' {
                i += 3;
            } else {
                i += 1;
            }
        } else if c.is_alphanumeric() || c == '_' {
            let start = i;
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            out.push(chars[start..i].iter().collect());
        } else if c == ':' && at(i + 1) == ':' {
            out.push("::".to_owned());
            i += 2;
        } else {
            if !c.is_whitespace() {
                out.push(c.to_string());
            }
            i += 1;
        }
    }
    out
}

/// A library's panic on a stranger's model is a sentence in the report, and no "internal error" with a trace.
#[test]
fn a_model_that_the_reference_panics_on_is_told_in_a_sentence() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    let mut import = crate::common::candor();
    import.args([
        "classifier",
        "import",
        "--form",
        "image/rgb32-v1",
        "--positive",
        "0",
    ]);
    import.arg(root.join("fuzz/seeds/onnx/padding-without-axes.onnx"));
    import
        .arg("--calibrate")
        .arg(root.join("corpus-examples/images"));
    import.arg("-o").arg(dir.path().join("x.clf"));
    let out = crate::common::output(&mut import, 0);
    let (said, error) = (
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8(out.stderr).unwrap(),
    );
    assert!(said.contains("the float model cannot be run"), "{said}");
    assert!(!error.contains("internal error"), "{error}");
}
