//! Every fault, and where it is reported.

use std::collections::BTreeSet;

use super::super::{CODES, Spelling};
use super::{faults, rendered};

/// Conditions, with every fault that is expected: its code and the text that it points at.
const CONDITIONS: &[(&str, &[(&str, &str)])] = &[
    ("lgo pacman has \"xyz\"", &[("unknown-predicate", "lgo")]),
    ("log pacmna has \"xyz\"", &[("unknown-log", "pacmna")]),
    ("record jobs status = x", &[("unknown-table", "jobs")]),
    ("level nt >= 4.0", &[("unknown-product", "nt")]),
    ("level winnt >= 4.0 SP9", &[("unknown-level", "4.0 SP9")]),
    ("log pacman on clinet has \"xyz\"", &[("unknown-role", "clinet")]),
    ("role on client = client", &[("no-scope", "client")]),
    ("role = clinet", &[("unknown-role", "clinet")]),
    ("role not in (client, servr)", &[("unknown-role", "servr")]),
    ("role has \"client\"", &[("wrong-operator", "has")]),
    ("secuence { log pacman log scheduler }", &[("unknown-predicate", "secuence")]),
    ("alll { log pacman has \"xyz\" }", &[("unknown-predicate", "alll")]),
    ("cuont at least 3 log pacman", &[("unknown-predicate", "cuont")]),
    ("knwon log pacman has \"xyz\"", &[("unknown-predicate", "knwon")]),
    ("atleast 2 of { log pacman log scheduler }", &[("unknown-predicate", "atleast")]),
    ("level sms < 1.2 sp1", &[("unknown-predicate", "sp1")]),
    ("ini sms.ini Local = 1", &[("different-subjects", "ini")]),
    ("log pacman contains \"x\"", &[("unknown-operator", "contains")]),
    ("log pacman scheduler idle has \"xyz\"", &[("different-subjects", "scheduler")]),
    ("log pacman txet has \"xyz\"", &[("unknown-field", "txet")]),
    ("record job-details { stauts = x }", &[("unknown-field", "stauts")]),
    ("service X", &[("missing-test", "service")]),
    ("service X start = autmatic", &[("unknown-word", "autmatic")]),
    ("service X = automatic", &[("wrong-operator", "=")]),
    ("log pacman < 5", &[("wrong-operator", "<")]),
    ("record job-details taken has \"xyz\"", &[("wrong-operator", "has")]),
    ("record job-details taken < expire", &[("bad-time", "expire")]),
    ("record job-details tries = 0x", &[("bad-number", "0x")]),
    ("file a.dll version >= 1.x", &[("bad-version", "1.x")]),
    ("level winnt = $host", &[("bad-value", "=")]),
    ("log pacman ~ /a(b/", &[("bad-pattern", "(")]),
    ("log pacman ~ /\\/x[z-a]/", &[("bad-pattern", "z-a")]),
    ("log pacman ~ /.*/", &[("matches-everything", "/.*/")]),
    ("log pacman has \"\"", &[("matches-everything", "\"\"")]),
    ("log pacman has \"#7\"", &[("no-word-to-find", "has")]),
    ("log pacman { ~ /^\\w+ \\d+$/ ~ /:.:/ }", &[("no-word-to-find", "~")]),
    ("log pacman ~ /(?<Package>xyz)/", &[("bad-capture", "Package")]),
    ("log pacman time as Time", &[("bad-capture", "Time")]),
    ("log pacman text = $before", &[("unbound-name", "$before")]),
    ("not log pacman ~ /(?<a>xyz)/ $a = x", &[("unbound-name", "$a")]),
    ("log pacman { ~ /(?<a>xyz)/ time within 5m of $a }", &[("not-a-time", "$a")]),
    ("count at least 3 within 5min log pacman", &[("bad-duration", "5min")]),
    ("count at least 0 log pacman", &[("bad-count", "0")]),
    ("count at least 2 per package log pacman", &[("unknown-field", "package")]),
    ("count at least 2 { log pacman log scheduler }", &[("too-many-calls", "log scheduler")]),
    ("at least 3 of { symptom a symptom b }", &[("bad-count", "3"), ("unknown-clause", "a"), ("unknown-clause", "b")]),
    ("last service X start = manual", &[("no-records", "service")]),
    ("sequence { log pacman }", &[("too-few-steps", "log pacman")]),
    ("sequence { no log pacman log pacman }", &[("first-step-absent", "no log pacman")]),
    ("cause cc", &[("unknown-clause", "cc")]),
    ("symptom s", &[("circular-clauses", "s")]),
    ("when level is 1.3 log pacman", &[("unknown-level", "1.3")]),
    ("log pacman == \"x\"", &[("unknown-operator", "==")]),
    ("log pacman { text contains \"x\" }", &[("unknown-operator", "contains")]),
    ("log pacman has \"a\\sb\"", &[("unknown-escape", "\\s")]),
    ("log pacman has \"a", &[("unterminated-string", "\"a } }")]),
    ("log pacman ~ /a", &[("unterminated-string", "/a } }")]),
    ("log pacman has { }", &[("syntax-error", "{")]),
    (r"registry HKLM\SOFTWARE Version = 1", &[("syntax-error", r"\")]),
    ("log pacman { has \"a\", has \"b\" }", &[("syntax-error", ",")]),
    ("log pacman ~ \"regex\"", &[("syntax-error", "\"regex\"")]),
    ("log pacman has /text/", &[("syntax-error", "/text/")]),
    ("log pacman time within 5 minutes of $x", &[("syntax-error", "minutes")]),
    ("all { log pacman", &[("syntax-error", "")]),
    ("log pacman has \"a\" or log pacman has \"b\"", &[("unknown-predicate", "or")]),
    ("log pacman and log scheduler", &[("different-subjects", "and")]),
    ("event gone = 1 event gone2 = 2", &[("unknown-field", "gone"), ("unknown-field", "gone2")]),
];

/// Entries of a rule.
const ENTRIES: &[(&str, &[(&str, &str)])] = &[
    ("product smss affects 1.2", &[("unknown-product", "smss")]),
    ("affects 1.2", &[("missing-entry", "Q1")]),
    ("product sms", &[("missing-entry", "Q1")]),
    ("product sms affects sms 1.2", &[("syntax-error", "sms")]),
    ("product sms affects 1.1 1.2", &[("unknown-entry", "1.2")]),
    ("product sms affects 1.7", &[("unknown-level", "1.7")]),
    ("product sms affects < 1.0", &[("empty-range", "< 1.0")]),
    ("product sms affects 1.2..1.0", &[("empty-range", "1.2..1.0")]),
    ("product sms affects 1.2 severity huge", &[("unknown-severity", "huge")]),
    ("product sms affects 1.2 on clients", &[("unknown-role", "clients")]),
    ("product sms affects 1.2 tags a, b, a", &[("duplicate-item", "a")]),
    ("product sms affects 1.2 references \"Q 1\"", &[("bad-article-id", "\"Q 1\"")]),
    ("product sms product sms affects 1.2", &[("duplicate-entry", "product")]),
    ("product sms affects 1.2 fixed in 1.2 SP3, 1.2sp3", &[("duplicate-fix", "1.2sp3")]),
    ("product sms affects 1.2 fixed in 1.1", &[("fix-before-affected", "1.1")]),
    ("product sms affects 1.2 fixed in 1.2 SP1 { covers idle }", &[("unknown-clause", "idle")]),
    ("product sms hotfix Q2 { covers idle }", &[("no-condition", "Q2"), ("unknown-clause", "idle")]),
    ("product sms fixed in 1.2 SP1 { action \"a\" action \"b\" }", &[("duplicate-entry", "action")]),
    ("product sms symptmo a \"b\" { log pacman }", &[("unknown-entry", "symptmo")]),
    ("product sms cause a \"b\" { log pacman } cause a \"c\" { log pacman }", &[("duplicate-clause", "a")]),
    ("product sms cause a \"b\" { cause c } cause c \"d\" { cause a }", &[("circular-clauses", "a")]),
    // A fix in two levels is one text, so its faults are one each.
    ("product sms fixed in 1.2 SP1, 1.2 SP2 { carrier { file x } }", &[("missing-test", "file")]),
    ("product sms affects 1.2 symptom a \"b\" { }", &[("syntax-error", "}")]),
    ("product sms symptom a { log pacman }", &[("syntax-error", "{")]),
];

/// The keys of a YAML rule after `article`, `title` and `product`.
const YAML: &[(&str, &[(&str, &str)])] = &[
    ("affects: 1.2\nsymptom: x", &[("unknown-key", "symptom")]),
    ("affects: 1.2\naffects: 1.1", &[("duplicate-key", "affects")]),
    ("affects: {a: b}", &[("wrong-shape", "{a: b}")]),
    ("affects:", &[("empty-value", "")]),
    ("affects: [1.2, ~]", &[("empty-value", "~")]),
    ("affects: [1.2, 1.7]", &[("unknown-level", "1.7")]),
    ("affects: &a 1.2", &[("yaml-feature", "1.2")]),
    ("affects: !!str 1.2", &[("yaml-feature", "1.2")]),
    ("affects: &a 1.2\ntags: *a", &[("yaml-feature", "1.2"), ("yaml-feature", "*a")]),
    ("affects: [1.2", &[("yaml-syntax", "[")]),
    ("symptoms: [{id: a, when: {log: pacman}}]", &[("missing-key", "id")]),
    ("causes: [{id: a, says: b, when: {log: pacman, txet: x}}]", &[("unknown-field", "txet")]),
    ("causes: [{id: a, says: b, when: {log: pacman, text: {hass: x}}}]", &[("unknown-key", "hass")]),
    ("causes: [{id: a, says: b, when: {log: pacman, regex: 'it''s (x'}}]", &[("bad-pattern", "(")]),
    ("causes: [{id: a, says: b, when: {log: pacman, regex: \"\\\"\\x41\\\\d(x\"}}]", &[("bad-pattern", "(")]),
    ("causes: [{id: a, says: b, when: {log: pacman, regex: x(y}}]", &[("bad-pattern", "(")]),
    (
        "causes:\n- id: a\n  says: b\n  when:\n    log: pacman\n    regex: |\n      x\n      |y[z-a]\n",
        &[("bad-pattern", "z-a")],
    ),
    (
        "causes:\n- id: a\n  says: b\n  when:\n    log: pacman\n    regex: >-\n      x\n      y(z\n",
        &[("bad-pattern", "(")],
    ),
    ("causes: [{id: a, says: b, when: {role: [], is: clinet}}]", &[("unknown-role", "clinet")]),
    ("causes: [{id: a, says: b, when: {when: 1.2, then: {log: pacman}}}]", &[("unknown-predicate", "when")]),
    ("causes: [{id: a, says: b, when: {secuence: [{log: pacman}]}}]", &[("unknown-predicate", "secuence")]),
    ("affects: 1.2\n\ttags: x", &[("yaml-syntax", "")]),
    ("tags: \"x\nseverity: minor", &[("yaml-syntax", "\"")]),
    ("causes: [{id: a, says: b, when: {log: pacman, exists: no}}]", &[("wrong-shape", "no")]),
    ("causes: [{id: a, says: b, when: {log: pacman, within: 5m}}]", &[("bad-value", "5m")]),
    ("causes: [{id: a, says: b, when: {compare: x, is: 1, less: 2}}]", &[("unknown-key", "less")]),
    ("causes: [{id: a, says: b, when: []}]", &[("no-condition", "a")]),
    ("causes: [{id: a, says: b, when: {any: []}}]", &[("no-condition", "{any: []}")]),
    (
        "causes: [{id: a, says: b, when: {sequence: [{log: pacman}, {no: {log: pacman}, until: x}]}}]",
        &[("wrong-shape", "x")],
    ),
    // Every fault of a file, not only the first.
    (
        "affects: 1.2\nseverety: x\ntgas: y\ncauses: [{id: a}]",
        &[("unknown-key", "severety"), ("unknown-key", "tgas"), ("missing-key", "id"), ("missing-key", "id")],
    ),
];

/// Holds every fault against what was expected, and gives the codes.
fn check(text: &str, spelling: Spelling, expected: &[(&str, &str)]) -> Vec<&'static str> {
    let (sources, found) = faults(text, spelling);
    // The patterns of these rules are short, which is the fault of few of them.
    let short = |code: &str| code == "no-word-to-find" && expected.iter().all(|(other, _)| *other != code);
    let seen: Vec<(&str, &str)> = found
        .iter()
        .filter(|fault| !short(fault.code))
        .map(|fault| (fault.code, sources.text(fault.span()).trim_end()))
        .collect();
    assert_eq!(seen, expected, "{text}\n{}", rendered(text, spelling));
    found.iter().map(|fault| fault.code).collect()
}

#[test]
fn every_fault_is_found_in_its_place() {
    let mut seen = BTreeSet::new();
    for (conditions, expected) in CONDITIONS {
        let text = format!("article Q1 \"t\" {{ product sms symptom s \"x\" {{\n{conditions} }} }}");
        seen.extend(check(&text, Spelling::Dsl, expected));
    }
    for (entries, expected) in ENTRIES {
        seen.extend(check(&format!("article Q1 \"t\" {{\n{entries} }}"), Spelling::Dsl, expected));
    }
    for (keys, expected) in YAML {
        seen.extend(check(&format!("article: Q1\ntitle: t\nproduct: sms\n{keys}\n"), Spelling::Yaml, expected));
    }
    let deep = format!("article Q1 \"t\" {{ product sms symptom s \"x\" {{ {} log pacman }} }}", "not ".repeat(100));
    seen.extend(faults(&deep, Spelling::Dsl).1.iter().map(|fault| fault.code));
    seen.extend(faults(&" ".repeat(9 << 20), Spelling::Dsl).1.iter().map(|fault| fault.code));
    seen.extend(faults("article Q1 \"t\u{fffd}\" {}", Spelling::Dsl).1.iter().map(|fault| fault.code));
    seen.extend(faults("# Nothing.", Spelling::Dsl).1.iter().map(|fault| fault.code));
    let field = "article Q1 \"t\" { product sms symptom s \"x\" { role { } } }";
    seen.extend(faults(field, Spelling::Dsl).1.iter().map(|fault| fault.code));
    let known: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
    // No predicate of ours lacks a field of its own, so that fault cannot be shown.
    let unseen: Vec<&&str> = known.difference(&seen).filter(|code| **code != "missing-field").collect();
    assert!(unseen.is_empty(), "no case for {unseen:?}");
    assert!(seen.is_subset(&known), "not listed: {:?}", seen.difference(&known));
}

#[test]
fn codes_are_sorted_unique_and_explained() {
    assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    for (code, sentence) in CODES {
        assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{code}: {sentence}");
    }
}

#[test]
fn wording_is_a_fragment() {
    for (conditions, _) in CONDITIONS {
        let text = format!("article Q1 \"t\" {{ product sms symptom s \"x\" {{\n{conditions} }} }}");
        for fault in faults(&text, Spelling::Dsl).1 {
            assert!(
                !fault.message.starts_with(char::is_uppercase) && !fault.message.ends_with('.'),
                "{}",
                fault.message
            );
        }
    }
}

#[test]
fn broken_rules_leave_the_others() {
    let text = r#"
article Q1 "one" { product sms affects 1.2 }
article Q2 "two" { product sms afects 1.2 }
article Q3 "three" { product sms affects 1.2 }
article Q4 "four" { product sms affects 1.2
article Q5 "five" { product sms affects 1.2 }
"#;
    let (sources, file) = super::source(text, Spelling::Dsl);
    let parsed = super::super::parse(file, &sources, Spelling::Dsl);
    let ids: Vec<&str> = parsed.rules.iter().map(|rule| rule.id.text.as_str()).collect();
    assert_eq!(ids, ["Q1", "Q3", "Q5"]);
    insta::assert_snapshot!(rendered(text, Spelling::Dsl));
}

#[test]
fn broken_documents_leave_the_others() {
    let text = "article: Q1\ntitle: [a\n---\narticle: Q2\ntitle: t\nproduct: sms\naffects: 1.2\n---\narticle: Q3\n";
    let (sources, file) = super::source(text, Spelling::Yaml);
    let parsed = super::super::parse(file, &sources, Spelling::Yaml);
    let ids: Vec<&str> = parsed.rules.iter().map(|rule| rule.id.text.as_str()).collect();
    assert_eq!(ids, ["Q2"]);
    insta::assert_snapshot!(rendered(text, Spelling::Yaml));
}

#[test]
fn the_words_that_are_said() {
    let mut out = String::new();
    for (conditions, _) in CONDITIONS {
        let text = format!("article Q1 \"t\" {{ product sms symptom s \"x\" {{\n  {conditions}\n}} }}");
        out.push_str(&rendered(&text, Spelling::Dsl));
        out.push_str("\n\n");
    }
    for (entries, _) in ENTRIES {
        out.push_str(&rendered(&format!("article Q1 \"t\" {{\n  {entries}\n}}"), Spelling::Dsl));
        out.push_str("\n\n");
    }
    for (keys, _) in YAML {
        out.push_str(&rendered(&format!("article: Q1\ntitle: t\nproduct: sms\n{keys}\n"), Spelling::Yaml));
        out.push_str("\n\n");
    }
    insta::assert_snapshot!(out);
}
