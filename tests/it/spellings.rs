//! The rule language and YAML say the same: one AST, one IR, and back without loss, on generated rules.

use std::sync::Arc;

use proptest::prelude::*;
use servpack::audit::Planned;
use servpack::diag::SourceMap;
use servpack::lang::{Spelling, lower, parse, print};
use servpack::pack::{Pack, PackFile};
use servpack::rule::Rule;

/// Parses and lowers one text; the faults are drawn into the panic.
fn check(text: &str, spelling: Spelling, pack: &Pack) -> Vec<Rule> {
    let mut sources = SourceMap::default();
    let id = sources.add(format!("generated.{spelling:?}"), text);
    let parsed = parse(id, &sources, spelling);
    let mut faults = parsed.diagnostics;
    let mut rules = Vec::new();
    for rule in &parsed.rules {
        let (rule, more) = lower(rule, &pack.products);
        faults.extend(more);
        rules.extend(rule);
    }
    let draw = |fault| servpack::diag::render(fault, &sources, servpack::diag::Style::Plain);
    let faults: Vec<String> =
        faults.iter().filter(|fault| fault.level == servpack::diag::Level::Error).map(draw).collect();
    assert!(faults.is_empty(), "{}\n{text}", faults.join("\n"));
    rules
}

fn converted(text: &str, from: Spelling, to: Spelling) -> String {
    let mut sources = SourceMap::default();
    let id = sources.add("text", text);
    print(&parse(id, &sources, from).rules, to)
}

/// Text with everything that either spelling has to quote.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z .:\\-]{0,20}[A-Za-z]",
        Just("a: b # c".to_owned()),
        Just("quote \" and ' and \\ and {brace}".to_owned()),
        Just("- dash, [list], *star, &and, !bang, %percent, @at".to_owned()),
        Just("1.10".to_owned()),
        Just("null".to_owned()),
        Just("C:\\MS\\SMS\\BIN\\PCMSVC32.EXE".to_owned()),
        Just("größer als 5 €".to_owned()),
    ]
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn call() -> impl Strategy<Value = String> {
    prop_oneof![
        text().prop_map(|t| format!("log pacman has {}", quoted(&t))),
        text().prop_map(|t| format!("log pcmwin {{ has {} component = SMS_X time within 5m of $t }}", quoted(&t))),
        Just("log pacman { ~ /Executing command line: (?<package>\\w+)/ thread as worker }".to_owned()),
        Just("event on site-server { id = 374 text ~ /workstation (?<host>\\S+)/ }".to_owned()),
        Just("text has \"installed in the background\"".to_owned()),
        Just("record job-details { status in (Complete, None) taken < expires job as job }".to_owned()),
    ]
}

fn fact() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("service SMS_X { start in (automatic, manual) image matches '*\\ms\\sms\\bin\\*' }".to_owned()),
        text().prop_map(|t| format!("ini sms.ini Local {} missing", quoted(&t))),
        Just("registry 'HKLM\\SOFTWARE\\Microsoft\\SMS\\Setup' \"Full Version\" exists".to_owned()),
        Just("file 'ms\\sms\\bin\\pcmsvc32.exe' { modified >= 1998-08-01 size < 300000 }".to_owned()),
        Just("level winnt >= 4.0 SP3".to_owned()),
        Just("role = client".to_owned()),
        Just("file 'a.exe' version >= 1.2.10".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    // Names are bound by the first part of every clause, so that any test may refer to them.
    let leaf = prop_oneof![
        call(),
        fact(),
        Just("last log pacman has \"Job completed.\"".to_owned()),
        call().prop_map(|c| format!("count at least 3 within 24h {{ {c} }}")),
        (call(), call()).prop_map(|(a, b)| format!("sequence within 10m {{ {a} no {b} within 5m }}")),
        (call(), call(), call())
            .prop_map(|(a, b, c)| format!("sequence within 5 events {{ {a} no {b} until {c} any {{ {b} {c} }} }}")),
        Just("$t >= 1998-08-01".to_owned()),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|c| format!("all {{ {} }}", c.join("\n"))),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|c| format!("any {{ {} }}", c.join("\n"))),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|c| format!("first {{ {} }}", c.join("\n"))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|c| format!("at least 2 of {{ {} }}", c.join("\n"))),
            inner.clone().prop_map(|c| format!("not {c}")),
            inner.clone().prop_map(|c| format!("known {c}")),
            (text(), inner.clone()).prop_map(|(t, c)| format!("needs {} {{ {c} }}", quoted(&t))),
            inner.prop_map(|c| format!("when level is 1.0..1.1, 1.2 SP1 {{ {c} }}")),
        ]
    })
}

fn rule() -> impl Strategy<Value = String> {
    (text(), text(), condition(), condition()).prop_map(|(title, says, symptom, cause)| {
        format!(
            "# before\narticle Q1 {} {{\n  product sms  # trailing\n  affects 1.0..1.1, < 1.2 SP3\n  fixed in 1.2 SP3 {{ covers why }}\n  \
             tags one, two\n  symptom it {} {{ log pacman {{ has \"begin here\" time as t }}\n{symptom} }}\n  \
             cause why {} {{ log pacman {{ has \"begin here\" time as t }}\n{cause} }}\n}}\n",
            quoted(&title),
            quoted(&says),
            quoted(&says)
        )
    })
}

#[test]
fn both_spellings_mean_the_same() {
    let property = |text: String| {
        let pack = Pack::builtin();
        let wanted = check(&text, Spelling::Dsl, &pack);
        let yaml = converted(&text, Spelling::Dsl, Spelling::Yaml);
        prop_assert_eq!(&wanted, &check(&yaml, Spelling::Yaml, &pack), "{}", yaml);
        let back = converted(&yaml, Spelling::Yaml, Spelling::Dsl);
        prop_assert_eq!(&wanted, &check(&back, Spelling::Dsl, &pack), "{}", back);
        // Printing is stable, and no comment is lost on the way.
        prop_assert_eq!(&back, &converted(&back, Spelling::Dsl, Spelling::Dsl));
        for comment in ["before", "trailing"] {
            prop_assert!(yaml.contains(comment) && back.contains(comment), "{}\n{}", yaml, back);
        }
        Ok(())
    };
    let run = move || {
        let config = ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() };
        let result = proptest::test_runner::TestRunner::new(config).run(&rule(), property);
        result.unwrap_or_else(|fault| panic!("{fault}"));
    };
    // The generator of nested conditions is itself deeply nested, more than a test's thread can take.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run).expect("a thread");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

/// Any text at all: faults, never a panic.
#[test]
fn any_text_is_parsed_or_refused() {
    let config = ProptestConfig { cases: 256, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let word = prop_oneof![
        "[a-z]{1,8}",
        Just("article Q1 \"t\" {".to_owned()),
        Just("}".to_owned()),
        Just("symptom s \"x\" {".to_owned()),
        Just("log pacman has ".to_owned()),
        Just("\"".to_owned()),
        Just("/(".to_owned()),
        Just("- ".to_owned()),
        Just(": ".to_owned()),
        "\\PC{0,4}"
    ];
    let texts = prop::collection::vec(word, 0..30).prop_map(|words| words.join(" "));
    runner
        .run(&texts, |text| {
            for spelling in [Spelling::Dsl, Spelling::Yaml] {
                let mut sources = SourceMap::default();
                let id = sources.add("any", text.clone());
                let parsed = parse(id, &sources, spelling);
                for fault in &parsed.diagnostics {
                    let drawn = servpack::diag::render(fault, &sources, servpack::diag::Style::Plain);
                    prop_assert!(!drawn.is_empty());
                }
            }
            Ok(())
        })
        .expect("no panic");
}

/// Rules of a product that only stands here, written in both spellings by hand: the same rules, and the verdicts that
/// their cases expect.
#[test]
fn a_product_of_ones_own_in_both_spellings() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/plc");
    let file = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        PackFile { name: format!("plc/{name}"), text }
    };
    let pack = |name: &str| {
        let pack = Pack::from_files(vec![file("product.yaml"), file(name)]);
        let draw = |fault| servpack::diag::render(fault, &pack.sources, servpack::diag::Style::Plain);
        let faults: Vec<String> = pack.diagnostics.iter().map(draw).collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        pack
    };
    let (dsl, yaml) = (pack("plc.rule"), pack("plc.yaml"));
    assert_eq!(dsl.rules.len(), yaml.rules.len());
    for (one, other) in dsl.rules.iter().zip(&yaml.rules) {
        assert_eq!(one, other);
    }
    for pack in [&dsl, &yaml] {
        let results = servpack::case::run(&Arc::new(Planned::new(pack)), "plc.case", &file("plc.case").text);
        let failed: Vec<String> = results
            .iter()
            .filter(|result| !result.failures.is_empty())
            .map(|result| format!("{}: {}", result.line, result.failures.join("; ")))
            .collect();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}

/// A fault in a product's data is found at the word that is wrong.
#[test]
fn faults_of_a_product_have_their_place() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/plc/product.yaml");
    let text = std::fs::read_to_string(path).expect("the product");
    for (right, wrong, place) in [
        ("logs: [line]", "logs: [lien]", "lien"),
        ("trust: build", "trust: bulid", "bulid"),
        ("  registry: Export", "  regstry: Export", "regstry"),
        ("    role: panel\n", "    role: panle\n", "panle"),
        ("after: [1.0 SP1]", "after: [0.9 SP1]", "0.9 SP1"),
    ] {
        let broken = text.replace(right, wrong);
        assert_ne!(broken, text, "{right}");
        let pack = Pack::from_files(vec![PackFile { name: "plc/product.yaml".to_owned(), text: broken.clone() }]);
        let [fault] = pack.diagnostics.as_slice() else { panic!("{wrong}: {} faults", pack.diagnostics.len()) };
        assert!(broken[fault.span().start..].starts_with(place), "{wrong}: {}", fault.message);
    }
}
