//! Generated pages are up to date, and what the docs show works as they say.

use std::path::Path;
use std::sync::Arc;

use servpack::audit::Planned;
use servpack::pack::{Pack, PackFile};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Compares a generated page with the one in the repository; `INSTA_UPDATE=always` writes it.
fn generated(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, wanted).expect("a page that can be written");
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{name} is out of date: run `INSTA_UPDATE=always cargo test` and read the diff");
}

#[test]
fn the_page_of_predicates() {
    generated("docs/predicates.md", &servpack::predicate::reference());
}

#[test]
fn the_page_of_evidence() {
    generated("docs/evidence.md", &servpack::source::reference());
}

#[test]
fn the_page_of_diagnostics() {
    let mut text = String::from(
        "# Diagnostics\n\nWhat `servpack check` may find in a rule. A name is permanent. This page is generated.\n\n| name | meaning |\n| --- | --- |\n",
    );
    for (code, explanation) in servpack::lang::CODES.iter().chain(servpack::pack::CODES) {
        text.push_str(&format!("| `{code}` | {explanation} |\n"));
    }
    generated("docs/diagnostics.md", &text);
}

/// What `--help` prints, command by command.
#[test]
fn the_page_of_the_command_line() {
    let help = |command: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_servpack"))
            .args(command)
            .arg("--help")
            .env("COLUMNS", "100")
            .env("NO_COLOR", "1")
            .output()
            .expect("the binary runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>()
    };
    let top = help(&[]);
    let listed = top.split("Commands:\n").nth(1).expect("a list of commands");
    let commands = listed
        .lines()
        .map_while(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|command| *command != "help");
    let mut page =
        format!("# The command line\n\nWhat `--help` prints. This page is generated.\n\n```text\n{top}```\n");
    for command in commands {
        page.push_str(&format!("\n## servpack {command}\n\n```text\n{}```\n", help(&[command])));
        if command == "kb" {
            page.push_str(&format!("\n### servpack kb stats\n\n```text\n{}```\n", help(&[command, "stats"])));
        }
    }
    assert!(page.contains("\n## servpack audit\n") && page.contains("\n## servpack schema\n"), "{page}");
    generated("docs/cli.md", &page);
}

#[test]
fn the_schema_of_rules() {
    let schema = serde_json::to_string_pretty(&servpack::lang::schema()).expect("JSON");
    generated("grammar/rule.schema.json", &format!("{schema}\n"));
}

/// Fenced blocks of one language: first line and text.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.trim() == format!("```{language}") {
            let body: Vec<&'a str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").collect();
            found.push((number + 2, format!("{}\n", body.join("\n"))));
        }
    }
    found
}

/// The built-in products, those that the page shows, and these rules.
fn pack(page: &str, files: Vec<PackFile>) -> Pack {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
    let mut all = servpack::pack::collect(&root).expect("the repository's own products");
    for (line, text) in blocks(page, "product") {
        all.push(PackFile { name: format!("docs/rules.md:{line}/product.yaml"), text });
    }
    all.extend(files);
    Pack::from_files(all)
}

fn faults(pack: &Pack) -> String {
    let draw = |fault| servpack::diag::render(fault, &pack.sources, servpack::diag::Style::Plain);
    pack.diagnostics.iter().map(draw).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_rule_in_the_docs_is_right() {
    let text = format!("{}{}", page("docs/rules.md"), page("README.md"));
    let mut shown = 0;
    for (language, extension) in [("rule", "rule"), ("yaml", "yaml")] {
        for (line, block) in blocks(&text, language) {
            shown += 1;
            let pack = pack(&text, vec![PackFile { name: format!("docs-rules-line-{line}.{extension}"), text: block }]);
            assert!(pack.diagnostics.is_empty(), "docs/rules.md:{line}\n{}", faults(&pack));
            assert!(!pack.rules.is_empty(), "docs/rules.md:{line} shows no rule");
        }
    }
    assert!(shown >= 12, "docs/rules.md shows only {shown} rules");
}

#[test]
fn every_case_in_the_docs_passes() {
    let text = page("docs/rules.md");
    let mut rules = Vec::new();
    for (language, extension) in [("rule", "rule"), ("yaml", "yaml")] {
        for (line, block) in blocks(&text, language) {
            rules.push(PackFile { name: format!("docs-rules-line-{line}.{extension}"), text: block });
        }
    }
    let pack = pack(&text, rules);
    let cases = blocks(&text, "case");
    assert!(!cases.is_empty());
    for (line, block) in cases {
        for result in servpack::case::run(&Arc::new(Planned::new(&pack)), &format!("docs/rules.md:{line}"), &block) {
            assert!(result.failures.is_empty(), "docs/rules.md:{line} {}: {:?}", result.name, result.failures);
        }
    }
}

#[test]
fn the_product_in_the_docs_is_right() {
    for (line, block) in blocks(&page("docs/products.md"), "yaml") {
        if let Err(error) = servpack::kb::Product::from_yaml(&block) {
            panic!("docs/products.md:{line}: {error}");
        }
    }
}

/// The README shows what the demo prints, to the letter.
#[test]
fn the_readme_shows_the_real_output() {
    let text = page("README.md");
    let shown = blocks(&text, "text");
    let (line, shown) = shown.first().expect("README.md shows a run");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(["audit", "demo/site-abc", "--color", "never"])
        .env("COLUMNS", "100")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the binary runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    // The README may leave lines out, and says so with a line of its own.
    let mut rest = printed.as_ref();
    for part in shown.split("[…]\n").map(str::trim_end).filter(|part| !part.is_empty()) {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("README.md:{line}: the run does not print\n{part}\nbut\n{printed}"));
        rest = &rest[at + part.len()..];
    }
}

/// The table in the demo's README is what the audit says, cell for cell.
#[test]
fn the_demo_is_what_its_readme_says() {
    let text = page("demo/site-abc/README.md");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(["audit", "demo/site-abc", "--format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the binary runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let cells =
        |row: &str| -> Vec<String> { row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let start = text.find("| machine | Q").expect("the table");
    let mut rows = text[start..].lines().take_while(|line| line.starts_with('|'));
    let head = cells(rows.next().unwrap_or(""));
    let mut found = String::new();
    let mut wanted = String::new();
    for row in rows.skip(1).map(cells) {
        let host = report["hosts"].as_array().expect("hosts").iter().find(|host| host["name"] == row[0].as_str());
        let host = host.unwrap_or_else(|| panic!("no host {}", row[0]));
        for (article, cell) in head.iter().zip(&row).skip(1) {
            let finding =
                host["findings"].as_array().expect("findings").iter().find(|f| f["article"] == article.as_str());
            let says = finding.map_or("-".to_owned(), |finding| {
                let confidence = finding["confidence"].as_str().map(|confidence| format!(", {confidence}"));
                format!("{}{}", finding["verdict"].as_str().unwrap_or(""), confidence.unwrap_or_default())
            });
            found.push_str(&format!("{} {article} {says}\n", row[0]));
            wanted.push_str(&format!("{} {article} {cell}\n", row[0]));
        }
    }
    assert_eq!(found, wanted);
}

/// The examples in YAML are rules that are built in, word for word.
#[test]
fn the_examples_are_rules_of_the_pack() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples");
    let mut files = servpack::pack::collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("kb")).expect("the products");
    let products = files.len();
    files.extend(servpack::pack::collect(&folder).expect("the examples"));
    assert_eq!(files.len() - products, 10, "ten examples");
    let (examples, builtin) = (Pack::from_files(files), Pack::builtin());
    assert!(!examples.has_errors(), "{:#?}", examples.diagnostics);
    assert_eq!(examples.rules.len(), 10);
    for rule in &examples.rules {
        let own = builtin.rules.iter().find(|own| own.article == rule.article);
        assert_eq!(own, Some(rule), "docs/examples/{}.yaml: write it anew with `servpack convert`", rule.article);
    }
}
