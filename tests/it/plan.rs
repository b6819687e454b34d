//! The scan plan against trying each pattern alone, on generated patterns and text.

use proptest::prelude::*;
use servpack::fact::{Event, MemberId, Origin};
use servpack::pack::{Pack, PackFile};
use servpack::plan;
use servpack::predicate::Source;

/// Words that patterns and text share, so that there are hits, near hits and hits inside other words.
const WORDS: &[&str] = &[
    "job",
    "Job",
    "jobs",
    "complete",
    "COMPLETED",
    "Status",
    "kelvin",
    "\u{212a}elvin",
    "größe",
    "GRÖSSE",
    "a",
    ".",
    "0x1F",
    "--",
];

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(WORDS)
}

fn text() -> impl Strategy<Value = String> {
    (prop::collection::vec(word(), 0..8), prop::sample::select(&[" ", "", "  ", "\t"][..]))
        .prop_map(|(words, gap)| words.join(gap))
}

/// A condition's text test: a literal, or a regex of several shapes.
fn pattern() -> impl Strategy<Value = String> {
    let escaped = |text: &str| text.replace('.', "\\.").replace('/', "\\/");
    prop_oneof![
        prop::collection::vec(word(), 1..4).prop_map(|words| format!("has \"{}\"", words.join(" "))),
        (word(), word()).prop_map(move |(a, b)| format!("~ /{}.*{}/", escaped(a), escaped(b))),
        (word(), word()).prop_map(move |(a, b)| format!("~ /(?:{}|{})x?/", escaped(a), escaped(b))),
        (word(), word()).prop_map(move |(a, b)| format!("~ /^(?<name>\\w*){}?\\s+{}$/", escaped(a), escaped(b))),
        (word(), word()).prop_map(move |(a, b)| format!("~ /(?:{}{})?{}/", escaped(a), escaped(b), escaped(b))),
        word().prop_map(move |a| format!("~ /(?:{}){{2}}|never ever/", escaped(a))),
        word().prop_map(|a| format!("matches \"*{a}*\"")),
    ]
}

fn pack(patterns: &[String]) -> Pack {
    let mut rule = String::from("article Q1 \"generated\" {\n  product sms\n  affects 1.2\n");
    for (number, pattern) in patterns.iter().enumerate() {
        rule.push_str(&format!("  symptom s{number} \"s\" {{ log pacman {pattern} }}\n"));
    }
    rule.push_str("}\n");
    let kb = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
    let mut files = servpack::pack::collect(&kb).expect("the repository's own products");
    files.push(PackFile { name: "Q1.rule".to_owned(), text: rule });
    Pack::from_files(files)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_plan_finds_what_each_pattern_alone_finds(
        patterns in prop::collection::vec(pattern(), 1..24),
        texts in prop::collection::vec(text(), 1..200),
    ) {
        let pack = pack(&patterns);
        prop_assert!(!pack.has_errors(), "{:#?}", pack.diagnostics);
        let plan = plan::build(&pack);
        let source = Source::Log("pacman".to_owned());
        let mut leads = Vec::new();
        for text in &texts {
            let event = Event::plain(Origin { member: MemberId(0), line: 1 }, text);
            plan.leads(Some(&source), text, None, &mut leads);
            for query in 0..plan.queries() {
                if plan.query(query).source == source && plan.query(query).matches(&event, text, None).is_some() {
                    prop_assert!(leads.contains(&query), "{text:?} matches {:?}", plan.query(query).tests);
                }
            }
        }
    }
}
