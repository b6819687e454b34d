//! Every case of every rule, and every rule over every case.

use std::collections::BTreeMap;
use std::sync::Arc;

use servpack::audit::Planned;
use servpack::case;
use servpack::pack::{Pack, PackFile};

fn pack() -> Pack {
    let pack = Pack::builtin();
    assert!(!pack.has_errors(), "the built-in rules have faults: {:#?}", pack.diagnostics);
    pack
}

#[test]
fn every_case_comes_out_as_it_says() {
    let pack = pack();
    let mut failures = Vec::new();
    let mut run = 0;
    let planned = Arc::new(Planned::new(&pack));
    for PackFile { name: file, text } in &pack.cases().expect("the cases can be read") {
        for result in case::run(&planned, file, text) {
            run += 1;
            failures.extend(
                result.failures.iter().map(|f| format!("{}:{} {}: {f}", result.file, result.line, result.name)),
            );
        }
    }
    assert!(run >= 6 * 5, "only {run} cases were found");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The same rules, converted to YAML: so all cases come out the same.
#[test]
fn every_rule_is_the_same_in_yaml() {
    let pack = pack();
    assert_eq!(pack.rules, in_yaml(&pack).rules);
}

fn in_yaml(pack: &Pack) -> Pack {
    use servpack::lang::{Spelling, parse, print};
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["kb", "rules"] {
        for file in servpack::pack::collect(&root.join(folder)).expect("the repository's own rules") {
            if !file.name.ends_with(".rule") {
                files.push(file);
                continue;
            }
            let mut sources = servpack::diag::SourceMap::default();
            let id = sources.add(file.name.clone(), file.text);
            let parsed = parse(id, &sources, Spelling::Dsl);
            files.push(PackFile {
                name: file.name.replace(".rule", ".yaml"),
                text: print(&parsed.rules, Spelling::Yaml),
            });
        }
    }
    let yaml = Pack::from_files(files);
    assert!(!yaml.has_errors(), "{:#?}", yaml.diagnostics);
    assert_eq!(yaml.rules.len(), pack.rules.len());
    yaml
}

/// Rules that are right in the cases of other rules, whatever these are about, and why.
const EVERYWHERE: &[(&str, &str)] =
    &[("Q171038", "SPNumber stays 0 on every machine with a service pack, and the SMS.INI of the cases shows it")];

/// Whether one of two rules names the other's article: as a reference, or as a look-alike.
fn are_related(pack: &Pack, one: &str, other: &str) -> bool {
    let names = |from: &str, to: &str| {
        let rule = pack.rules.iter().find(|rule| rule.article.as_str() == from);
        rule.is_some_and(|rule| {
            rule.references.iter().any(|named| named.as_str() == to)
                || rule.look_alikes.iter().any(|look_alike| look_alike.name == to)
        })
    };
    names(one, other) || names(other, one)
}

/// Who fires where: a rule that is too eager shows up in another rule's case. Where one does, the two are related and say
/// so, or it stands above why that is right.
#[test]
fn every_rule_over_every_case() {
    let pack = pack();
    let planned = Arc::new(Planned::new(&pack));
    let mut unexplained = Vec::new();
    let mut fires: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for PackFile { name: file, text } in &pack.cases().expect("the cases can be read") {
        let name = file.rsplit('/').next().unwrap_or(file);
        for case in case::parse(file, text).expect("the repository's own cases") {
            let assessment = case.assess(&planned).expect("levels that exist");
            for host in &assessment.hosts {
                let acting = host.findings.iter().filter(|finding| finding.verdict.group().word() == "act");
                for finding in acting {
                    let own = case.articles().any(|article| article == finding.article.as_str());
                    let firing = finding.article.as_str();
                    let explained = EVERYWHERE.iter().any(|(article, _)| *article == firing);
                    if !(own || explained || case.articles().any(|article| are_related(&pack, firing, article))) {
                        unexplained.push(format!("{firing} fires in {file}:{} {}", case.line, case.name));
                    }
                    let mark = if own { "" } else { "  (not its own case)" };
                    let confidence = finding.confidence.map_or("", |confidence| confidence.word());
                    fires.entry(finding.article.to_string()).or_default().push(format!(
                        "{name} {}: {} @{} {} {confidence}{mark}",
                        case.kind,
                        case.name,
                        host.name,
                        finding.verdict.word(),
                    ));
                }
            }
        }
    }
    let table: Vec<String> =
        fires.iter().map(|(article, cases)| format!("{article}\n  {}", cases.join("\n  "))).collect();
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    insta::assert_snapshot!("rules_over_cases", table.join("\n"));
}

/// Nothing is known of an empty machine, so nothing may be said of it but unknown.
#[test]
fn an_empty_bundle_is_unknown() {
    let pack = pack();
    let bundle =
        servpack::source::Bundle::from_files("empty", vec![("notes.txt".to_owned(), b"nothing of use\n".to_vec())]);
    let assessment =
        servpack::audit::audit(&pack, &[bundle], &servpack::audit::Options::default()).expect("no options");
    for finding in assessment.hosts.iter().flat_map(|host| &host.findings) {
        assert_eq!(finding.verdict.word(), "unknown", "{}", finding.article);
        assert!(!finding.missing.is_empty(), "{} does not say what to collect", finding.article);
    }
}
