//! Asks conditions of a bundle through the whole engine.

use servpack::audit::{Options, audit};
use servpack::pack::{Pack, PackFile};
use servpack::source::Bundle;
use servpack::verdict::Assessment;

/// The assessment of a bundle by one rule, whose symptoms are the conditions in their order.
pub(crate) fn ask(conditions: &[&str], files: Vec<(String, Vec<u8>)>) -> Assessment {
    let mut rule = String::from("article Q1 \"asked\" {\n  product sms\n  affects 1.2\n");
    for (number, condition) in conditions.iter().enumerate() {
        rule.push_str(&format!("  symptom s{number} \"s\" {{ {condition} }}\n"));
    }
    rule.push_str("}\n");
    let kb = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
    let mut all = servpack::pack::collect(&kb).expect("the repository's own products");
    all.push(PackFile { name: "Q1.rule".to_owned(), text: rule });
    let pack = Pack::from_files(all);
    assert!(!pack.has_errors(), "{:#?}", pack.diagnostics);
    audit(&pack, &[Bundle::from_files("B", files)], &Options::default()).expect("no options")
}
