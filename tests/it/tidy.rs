//! The house rules that a reader relies on: layers, module docs, file names, paths in the docs, messages.

use std::fs;
use std::path::{Path, PathBuf};

/// Every module with the modules that it may name, lowest first. ARCHITECTURE.md shows the same table.
const LAYERS: &[(&str, &[&str])] = &[
    ("truth", &[]),
    ("diag", &[]),
    ("sweep", &[]),
    ("article", &[]),
    ("version", &["truth"]),
    ("fact", &["version"]),
    ("kb", &["diag", "version", "fact"]),
    ("draft", &["article", "kb"]),
    ("source", &["fact"]),
    ("rule", &["diag", "sweep", "version", "kb", "fact"]),
    ("record", &["article", "version", "kb", "rule"]),
    ("predicate", &["truth", "version", "kb", "fact", "rule"]),
    ("lang", &["diag", "sweep", "version", "kb", "fact", "rule", "predicate"]),
    ("pack", &["diag", "kb", "rule", "record", "lang"]),
    ("plan", &["sweep", "kb", "fact", "rule", "predicate", "pack"]),
    ("scan", &["kb", "fact", "predicate", "plan"]),
    ("verdict", &["truth", "version", "kb", "fact", "rule"]),
    ("eval", &["truth", "version", "kb", "fact", "rule", "predicate", "plan", "scan", "verdict"]),
    ("report", &["truth", "version", "kb", "fact", "rule", "verdict"]),
    ("audit", &["version", "kb", "fact", "rule", "pack", "plan", "scan", "source", "verdict", "eval"]),
    ("case", &["truth", "pack", "source", "verdict", "audit"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of the repository, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, all: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { walk(&path, all) } else { all.push(path) }
        }
    }
    let mut all = Vec::new();
    walk(&root().join(folder), &mut all);
    all.sort();
    all
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

#[test]
fn modules_name_only_the_layers_below_them() {
    let mut wrong = Vec::new();
    for (module, may) in LAYERS {
        let alone = root().join(format!("src/{module}.rs"));
        let mut sources = rust_files(&format!("src/{module}"));
        sources.extend(alone.exists().then_some(alone));
        assert!(!sources.is_empty(), "the table lists `{module}`, which does not exist");
        for path in sources {
            let text = read(&path);
            // Tests may look up: they show that a layer is wired.
            let text = text.split("#[cfg(test)]").next().unwrap_or("");
            for (at, _) in text.match_indices("crate::") {
                let named: String = text[at + "crate::".len()..]
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                if named != *module && !may.contains(&named.as_str()) {
                    wrong.push(format!("{} names crate::{named}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_layer_table_lists_every_module() {
    let lib = read(&root().join("src/lib.rs"));
    let modules: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    for module in &modules {
        assert!(LAYERS.iter().any(|(name, _)| name == module), "`{module}` is not in the layer table");
    }
    assert_eq!(modules.len(), LAYERS.len());
}

#[test]
fn architecture_shows_the_layer_table() {
    let text = read(&root().join("ARCHITECTURE.md"));
    for (module, may) in LAYERS {
        let row = text.lines().find(|line| line.starts_with(&format!("| `{module}` |")));
        let row = row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for `{module}`"));
        let named = row.trim_end_matches('|').rsplit('|').next().unwrap_or("").trim();
        assert_eq!(named, may.join(", "), "the row of `{module}` in ARCHITECTURE.md");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in rust_files("src").into_iter().chain(rust_files("tests/it")) {
        let text = read(&path);
        assert!(text.starts_with("//! "), "{} does not begin with `//!`", path.display());
    }
}

#[test]
fn the_engine_names_no_product_and_no_article() {
    // Whole files of test data say so by their name.
    let is_test = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        ["sample.rs", "testing.rs"].contains(&name) || path.components().any(|part| part.as_os_str() == "tests")
    };
    for path in rust_files("src").into_iter().filter(|path| !is_test(path)) {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for (number, line) in code.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            let quoted: Vec<&str> = code.split('"').skip(1).step_by(2).collect();
            for text in quoted {
                let article = text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
                    word.len() >= 6 && word.starts_with('Q') && word[1..].chars().all(|c| c.is_ascii_digit())
                });
                assert!(!article, "{}:{} names an article in code", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn rule_files_are_named_for_their_article() {
    for path in files("rules") {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("").to_owned();
        let text = read(&path);
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("rule") => assert!(text.contains(&format!("article {stem} ")), "{}", path.display()),
            Some("yaml") => assert!(text.contains(&format!("article: {stem}")), "{}", path.display()),
            Some("case") => {
                let has_rule = ["rule", "yaml"].iter().any(|extension| path.with_extension(extension).exists());
                assert!(has_rule, "{} stands beside no rule", path.display());
            }
            _ => panic!("{} does not belong into rules/", path.display()),
        }
    }
}

#[test]
fn every_rule_has_its_cases() {
    for path in files("rules").into_iter().filter(|path| path.extension().is_some_and(|e| e == "rule" || e == "yaml")) {
        let (rule, text) = (read(&path), read(&path.with_extension("case")));
        // Where nothing but level and files decide, nothing can fire.
        let can_fire = ["symptom", "cause"].iter().any(|word| rule.lines().any(|line| line.trim().starts_with(word)));
        for kind in ["fires", "stays quiet", "cannot tell"].into_iter().skip(usize::from(!can_fire)) {
            assert!(text.contains(&format!("--- {kind}:")), "{} has no case that {kind}", path.display());
        }
    }
}

#[test]
fn paths_in_the_docs_exist() {
    let mut pages: Vec<PathBuf> =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].iter().map(|f| root().join(f)).collect();
    pages.extend(files("docs"));
    let mut missing = Vec::new();
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = read(page);
        for quoted in text.split('`').skip(1).step_by(2) {
            let path = quoted.trim_end_matches('/');
            let first = path.split('/').next().unwrap_or("");
            let ours = ["src", "rules", "kb", "docs", "tests", "grammar", "demo", "benches", ".ci"].contains(&first);
            let plain = path.contains('/') && !path.contains(['*', '<', ' ', '…', '{', '\n']);
            if ours && plain && !path.contains("name") && !root().join(path).exists() {
                missing.push(format!("{}: `{path}`", page.display()));
            }
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let local = !link.is_empty() && !link.contains("://") && !link.contains(' ');
            if local && !page.parent().unwrap_or(root()).join(link).exists() {
                missing.push(format!("{}: ({link})", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn diagnostics_have_unique_names_and_read_alike() {
    let codes: Vec<_> = servpack::lang::CODES.iter().chain(servpack::pack::CODES).collect();
    for (code, explanation) in &codes {
        assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "`{code}` is not kebab-case");
        assert!(explanation.ends_with('.'), "the explanation of `{code}` is no sentence");
    }
    let mut names: Vec<&str> = codes.iter().map(|(code, _)| *code).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), codes.len(), "two diagnostics share a name");
}

/// Messages are lower-case fragments without a full stop: the label says where, the help what to do.
#[test]
fn messages_read_alike() {
    let mut seen = 0;
    for path in files("src/lang/tests/snapshots") {
        let text = read(&path);
        let messages = text
            .lines()
            .filter_map(|line| line.strip_prefix("error[").or(line.strip_prefix("warning["))?.split_once("]: "));
        for (code, message) in messages {
            seen += 1;
            let first = message.chars().next().unwrap_or(' ');
            assert!(!message.ends_with(['.', '!']), "`{code}` ends like a sentence: {message}");
            assert!(!first.is_uppercase() || message.starts_with("YAML"), "`{code}` begins like a sentence: {message}");
        }
    }
    assert!(seen >= 20, "only {seen} messages were found");
}
