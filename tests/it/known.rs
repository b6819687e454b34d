//! What is known of defects without a rule: the level of a machine alone says whether they apply.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use servpack::audit::{Auditor, Options, Proofs};
use servpack::pack::{Cache, Pack};
use servpack::record::Records;
use servpack::source::Bundle;
use servpack::verdict::{Finding, HostAssessment, Machines, Verdict};

fn pack() -> Pack {
    let mut pack = Pack::builtin();
    pack.learn().expect("the records of the binary");
    pack
}

/// A machine of this level, of which nothing else is known; without a level, not even that.
fn bundle(level: Option<&str>) -> Bundle {
    let level = level.map_or_else(String::new, |level| format!("    levels: {{ sms: {level} }}\n"));
    let manifest = format!("bundle: 1\nhosts:\n  - name: PC1\n    path: PC1\n{level}");
    let files = [("bundle.yaml", manifest.as_str()), ("PC1/note.log", "nothing\n")];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_owned()));
    Bundle::from_files("memory", files.to_vec())
}

/// The machine with findings on what is known by levels alone, or with counts of them.
fn machine(pack: &Pack, level: Option<&str>, list_known: bool, assume: Option<&str>) -> HostAssessment {
    let options = Options { list_known, assume: assume.map(str::to_owned), ..Options::default() };
    let auditor = Auditor::new(pack, &options).expect("the options are right");
    let gathered = auditor.gather_from(&[bundle(level)]);
    let hosts = gathered.hosts(Proofs::None);
    let batch = hosts.batch(0);
    batch.first().expect("a machine").clone()
}

fn known<'a>(host: &'a HostAssessment, pack: &'a Pack) -> impl Iterator<Item = &'a Finding> {
    host.findings.iter().filter(|finding| pack.known.iter().any(|rule| rule.article == *finding.article))
}

#[test]
fn the_counts_are_those_of_the_findings() {
    let pack = pack();
    for level in [None, Some("1.0"), Some("1.2"), Some("1.2 SP2"), Some("2.0 SP3"), Some("2.0 SP4 HRP")] {
        for assume in [None, Some("sms 1.2 SP4")] {
            let listed = machine(&pack, level, true, assume);
            let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
            known(&listed, &pack).for_each(|finding| *counts.entry(finding.verdict).or_default() += 1);
            let counted = machine(&pack, level, false, assume);
            assert_eq!(counts, counted.by_level, "{level:?}, assumed {assume:?}");
            assert_eq!(counts.values().sum::<usize>(), pack.known.len());
            assert!(listed.by_level.is_empty() && known(&counted, &pack).next().is_none());
            assert!(listed.findings.is_sorted_by(|one, other| one.article < other.article));
            let undecided = counts.get(&Verdict::Unknown).copied().unwrap_or_default();
            assert_eq!(undecided == pack.known.len(), level.is_none() && assume.is_none(), "{counts:?}");
        }
    }
}

/// Another product, of which nothing tells the level.
const INSTALLER: &str = "Microsoft Systems Management Server Installer";

#[test]
fn every_defect_of_the_records_is_spoken_of() {
    let pack = pack();
    let articles: BTreeSet<&str> = pack.rules.iter().chain(&pack.known).map(|rule| rule.article.as_str()).collect();
    let (mut defects, mut silent) = (0, Vec::new());
    for records in Records::builtin().expect("records") {
        for article in records.articles.iter().filter(|article| records.signs(article).any()) {
            defects += 1;
            if !articles.contains(article.id.as_str()) {
                let others = article.products.iter().all(|product| product == INSTALLER);
                silent.extend((!others).then_some(article.id.clone()));
            }
        }
    }
    assert_eq!(defects, 1950);
    // One is about the Installer on Windows; one about Windows 95 and 98, and a list of fixes names it.
    assert_eq!(silent, ["Q263324", "Q285895"]);
    assert_eq!(articles.len(), pack.rules.len() + pack.known.len(), "an article has one rule");
}

#[test]
fn conflicts_of_levels_are_explained() {
    let pack = pack();
    for (level, article, wanted) in [
        // Fixed again: the last list is sure, the first one fixed a part at least.
        (
            "1.2",
            "Q149317",
            "exposed: SMS 1.2 has the defect; nothing in a log or setting would show it -> Install SMS 1.2 SP3 or later",
        ),
        (
            "1.2 SP2",
            "Q149317",
            "unknown: It is not known whether 1.2 SP2 fixes all of it, since 1.2 SP3 fixes it once more -> Install SMS 1.2 SP3 or later",
        ),
        ("1.2 SP3", "Q149317", "resolved: Fixed by 1.2 SP3, and SMS 1.2 SP3 is installed"),
        // Some pack, nobody says which.
        (
            "1.2 SP1",
            "Q187369",
            "unknown: It is not known which pack of 1.2 fixes it; only 1.2 SP4 surely does -> Install SMS 1.2 SP4 or later",
        ),
        (
            "1.2",
            "Q187369",
            "exposed: SMS 1.2 has the defect; nothing in a log or setting would show it -> Install SMS 1.2 SP4 or later",
        ),
        ("1.2 SP4", "Q187369", "resolved: Fixed by 1.2 SP4, and SMS 1.2 SP4 is installed"),
        // A list has it in 1.1, and the article states 1.2 all the same.
        (
            "1.2 SP4",
            "Q121384",
            "exposed: SMS 1.2 SP4 has the defect, although 1.1 fixed it; nothing in a log or setting would show it",
        ),
        // List and text differ, and the article names the earlier level as one that has the defect.
        (
            "2.0 SP3",
            "Q307434",
            "exposed: SMS 2.0 SP3 has the defect; nothing in a log or setting would show it -> Install SMS 2.0 SP4 HRP or later",
        ),
        // Another release.
        ("2.0", "Q149317", "resolved: Fixed by 1.2 SP3, and SMS 2.0 is installed"),
    ] {
        let host = machine(&pack, Some(level), true, None);
        let finding = known(&host, &pack).find(|finding| finding.article.as_str() == article);
        let finding = finding.unwrap_or_else(|| panic!("nothing is known of {article}"));
        let action = finding.fix.action.as_deref().map(|action| format!(" -> {action}")).unwrap_or_default();
        assert_eq!(format!("{}: {}{action}", finding.verdict.word(), finding.because), wanted, "{article} on {level}");
        assert_eq!(finding.missing.is_empty(), finding.verdict != Verdict::Unknown, "{article} on {level}");
    }
}

#[test]
fn records_of_another_product_are_read_beside_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("known-records").join("acme");
    fs::create_dir_all(&folder).expect("a folder");
    let record = |id: &str, versions: &str| {
        format!(
            r#"{{"id":"{id}","title":"It stops","layout":"txt","products":["Acme"],"versions":{{"Acme":{versions}}},"platforms":[],"keywords":[],"technology":[],"issue_type":"kbbug","solution_type":null,"query_words":[],"last_modified":null,"applies_to":[],"sections":[],"confirmed":false,"status":null,"fixed_in":[],"files":[],"messages":[],"references":[],"warnings":[]}}"#
        ) + "\n"
    };
    let product = "product: acme\nname: Acme\ninstall: Install {level}\nlevels: [{level: '1.0'}, {level: '2.0', after: ['1.0']}]\n";
    let listed = "product,level,article,printed,list,note\nacme,2.0,Q7,,Q9,\n";
    for (name, text) in
        [("product.yaml", product), ("fixes.csv", listed), ("articles.jsonl", &record("Q7", r#"["1.0"]"#))]
    {
        fs::write(folder.join(name), text).expect("a file");
    }
    let learn = |builtin| {
        let mut pack = Pack::load(builtin, std::slice::from_ref(&folder), None).expect("a pack");
        assert!(pack.diagnostics.is_empty(), "{:?}", pack.diagnostics);
        pack.learn().map(|()| pack.known.iter().map(|rule| rule.article.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(learn(false).expect("records"), ["Q7"]);
    assert!(learn(true).is_ok_and(|known| known.len() > 1000 && known.contains(&"Q7".to_owned())));
    fs::write(folder.join("articles.jsonl"), "no record\n").expect("a file");
    assert!(learn(false).is_err_and(|error| error.to_string().contains("articles.jsonl`, line 1")));
}

fn servpack(args: &[&str], cache: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env("SERVPACK_CACHE_DIR", cache)
        .output()
        .expect("the binary runs");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn reports_count_what_they_do_not_list() {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("known-reports");
    let run = |args: &[&str]| servpack(&[args, &["demo/site-abc"]].concat(), &cache).1;
    let json = |args: &[&str]| -> Value { serde_json::from_str(&run(args)).expect("JSON") };
    let sum = |counts: &Value| counts.as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum::<u64>();
    let (short, long) = (json(&["audit", "--format", "json"]), json(&["audit", "--format", "json", "--all"]));
    let hosts = |report: &Value| report["hosts"].as_array().expect("hosts").clone();
    let findings = |host: &Value| host["findings"].as_array().expect("findings").len() as u64;
    let articles = short["rules"]["by_level"].as_u64().expect("a count");
    assert!(articles > 1000 && long["rules"]["by_level"].as_u64() == Some(articles));
    for (short, long) in hosts(&short).iter().zip(hosts(&long)) {
        assert_eq!(sum(&short["by_level"]), articles);
        assert_eq!(findings(short) + articles, findings(&long));
        assert!(long.get("by_level").is_none());
    }
    let verdicts = &short["summary"]["verdicts"];
    assert_eq!(sum(&short["summary"]["by_level"]) + sum(verdicts), sum(&long["summary"]["verdicts"]));
    // Without built-in rules nothing is known.
    assert_eq!(
        json(&["audit", "--format", "json", "--no-builtin", "--rules", "docs/examples"])["rules"]["by_level"],
        0
    );

    let table = run(&["audit"]);
    assert!(table.contains("by the level alone: ") && !table.contains("Q149317"), "{table}");
    assert!(run(&["audit", "--all"]).contains("Q149317"));
    assert!(run(&["audit", "--only", "q149317"]).contains("Q149317"), "it is asked for by name");
    assert!(!run(&["matrix"]).contains("Q149317") && run(&["matrix"]).contains("more articles by the level alone"));
    let csv = run(&["matrix", "--format", "csv"]);
    assert!(csv.lines().next().is_some_and(|head| head.contains("Q149317")), "{csv:.200}");
    assert!(run(&["matrix", "--target", "sms 1.2 SP4"]).contains("articles by the level alone"));
    assert!(run(&["audit", "--trace", "Q149317@WKS003"]).contains("perhaps fixed in 1.2 SP1, 1.2 SP2"));
    // What is only counted is found all the same.
    let only = ["audit", "--skip", "tag:*", "--host", "WKS005", "--fail-on"];
    assert_eq!(servpack(&[&only[..], &["exposed", "demo/site-abc"]].concat(), &cache).0, Some(1));
    assert_eq!(servpack(&[&only[..], &["recurring", "demo/site-abc"]].concat(), &cache).0, Some(0));
    let (code, page) = servpack(&["explain", "q149317"], &cache);
    assert!(code == Some(0) && page.contains("in doubt: whether 1.2 SP1 fixes all of it"), "{page}");
}

#[test]
fn a_cache_changes_nothing() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("known-cache");
    let _ = fs::remove_dir_all(&folder);
    let cache = Cache::new(folder.clone());
    let learn = || {
        let mut pack = Pack::load(true, &[], Some(&cache)).expect("a pack");
        pack.learn().expect("records");
        pack.known
    };
    let known = pack().known;
    assert_eq!(learn(), known);
    let entries = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let path = entries.into_iter().find(|path| path.extension().is_some_and(|e| e == "known")).expect("it is kept");
    let kept = fs::read(&path).expect("a file");
    assert_eq!(learn(), known, "from the cache");
    for damage in [&kept[..kept.len() / 2], b"", b"servpack"] {
        fs::write(&path, damage).expect("a file");
        assert_eq!(learn(), known);
        assert_eq!(fs::read(&path).expect("a file"), kept, "it is made anew");
    }
}
