//! The house rules that no compiler checks, kept on every file of the project: names, headings, layers, links.
#![expect(clippy::panic, clippy::expect_used, reason = "a test says what is wrong by failing")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which crates of the project each one may name in its dependencies; `ARCHITECTURE.md` draws the same.
const LAYERS: [(&str, &[&str]); 10] = [
    ("outrider-domain", &[]),
    ("outrider-voice", &["outrider-domain"]),
    ("outrider-skills", &["outrider-domain"]),
    ("outrider-store", &["outrider-domain"]),
    ("outrider-engine", &["outrider-domain", "outrider-voice", "outrider-skills", "outrider-store"]),
    ("outrider-providers", &["outrider-domain", "outrider-voice", "outrider-skills", "outrider-engine"]),
    ("outrider-http", &["outrider-domain", "outrider-store", "outrider-engine"]),
    (
        "outrider-dialects",
        &["outrider-domain", "outrider-voice", "outrider-skills", "outrider-engine", "outrider-http"],
    ),
    (
        "outrider",
        &[
            "outrider-domain",
            "outrider-voice",
            "outrider-skills",
            "outrider-store",
            "outrider-engine",
            "outrider-providers",
            "outrider-http",
            "outrider-dialects",
        ],
    ),
    ("outrider-testkit", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's folder")
}

/// Every file below the project's folder with that ending, by its path from there; what builds leave behind is passed over.
fn files(ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() && !matches!(name.to_str(), Some("target" | ".git" | "node_modules" | ".venv" | "data")) {
                walk(&path, ending, found);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    let root = root();
    let mut found = Vec::new();
    walk(&root, ending, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no *.{ending} below {}", root.display());
    found
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path.strip_prefix(&root).expect("a path below the root").display().to_string(), text)
        })
        .collect()
}

fn report(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n  {}", breaches.join("\n  "));
}

#[test]
fn every_source_file_opens_by_saying_what_it_owns() {
    let silent: Vec<String> = files("rs")
        .into_iter()
        .filter(|(path, text)| path.contains("/src/") && !path.ends_with("tests.rs") && !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    report("a module opens with //! and what it owns", &silent);
}

#[test]
fn nothing_is_left_for_later_or_silenced_without_reason() {
    // Put together here, so that this file does not find itself.
    let words = [["TO", "DO"], ["FIX", "ME"], ["X", "XX"]].map(|halves| halves.concat());
    let mut breaches = Vec::new();
    for (path, text) in files("rs") {
        for (number, line) in text.lines().enumerate() {
            let comment = line.split_once("//").map_or("", |(_, comment)| comment);
            let mut words_of = comment.split(|c: char| !c.is_alphanumeric());
            if words_of.any(|word| words.iter().any(|banned| banned == word)) {
                breaches.push(format!("{path}:{}: a reminder; open an issue instead", number + 1));
            }
            if ["#[al", "#![al"].iter().any(|start| line.trim_start().starts_with(&format!("{start}low("))) {
                breaches.push(format!("{path}:{}: write #[expect(…, reason = …)]", number + 1));
            }
        }
    }
    report("no reminders, no silenced lints", &breaches);
}

#[test]
fn no_file_is_named_for_what_did_not_fit_elsewhere() {
    let banned = ["utils", "util", "helpers", "helper", "common", "manager", "misc"];
    let found: Vec<String> = files("rs")
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.trim_end_matches(".rs").split('/').any(|part| banned.contains(&part)))
        .collect();
    report("a file is named for what it owns", &found);
}

#[test]
fn each_layer_knows_only_those_below_it() {
    let mut breaches = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, text) in
        files("toml").into_iter().filter(|(path, _)| path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
    {
        let name =
            text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).expect("a name").to_owned();
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == name) else {
            breaches.push(format!("{path}: {name} has no place among the layers"));
            continue;
        };
        // Tests may look at any layer; only what is shipped is held to them.
        let shipped = text.split("[dev-dependencies]").next().unwrap_or_default();
        for line in shipped.lines().filter(|line| line.starts_with("outrider-")) {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if !allowed.contains(&dependency) {
                breaches.push(format!("{path}: {name} may not know {dependency}"));
            }
        }
        seen.insert(name);
    }
    report("layers know only those below", &breaches);
    assert_eq!(seen.len(), LAYERS.len(), "every layer was looked at: {seen:?}");
}

#[test]
fn nothing_points_out_of_the_project() {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
            let (path, name) = (entry.path(), entry.file_name());
            let kind = entry.file_type().expect("the kind of a file");
            if kind.is_symlink() && name != "target" {
                found.push(format!("{} is a symbolic link", path.display()));
            } else if kind.is_dir()
                && !matches!(name.to_str(), Some("target" | ".git" | "node_modules" | ".venv" | "data"))
            {
                walk(&path, found);
            }
        }
    }
    let mut breaches = Vec::new();
    walk(&root(), &mut breaches);
    report("a link leads nowhere on the next machine", &breaches);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = root();
    let mut breaches = Vec::new();
    for (path, text) in files("md") {
        let folder = root.join(&path).parent().expect("a folder").to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !file.starts_with("mailto:") && !folder.join(file).exists()
            {
                breaches.push(format!("{path}: {target}"));
            }
        }
    }
    report("links lead to files that exist", &breaches);
}

#[test]
fn every_decision_is_in_the_list_of_decisions() {
    let list = std::fs::read_to_string(root().join("docs/adr/README.md")).expect("the list");
    let missing: Vec<String> = files("md")
        .into_iter()
        .filter_map(|(path, _)| path.strip_prefix("docs/adr/").map(str::to_owned))
        .filter(|file| file != "README.md" && !list.contains(&format!("({file})")))
        .collect();
    report("docs/adr/README.md lists every decision", &missing);
}

#[test]
fn scripts_can_be_read_by_their_shell() {
    let root = root();
    for (shell, script) in [
        ("sh", "run"),
        ("sh", "scripts/prepare.sh"),
        ("sh", "scripts/install-packages"),
        ("bash", "check"),
        ("bash", ".ci/run"),
        ("bash", "tests/rigs/mailrig.sh"),
    ] {
        let output = Command::new(shell).arg("-n").arg(root.join(script)).output().expect("a shell");
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
