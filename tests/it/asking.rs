//! Asks conditions of a bundle through the whole engine.

use servpack::audit::{Options, audit};
use servpack::pack::{Pack, PackFile};
use servpack::source::Bundle;
use servpack::verdict::Assessment;

/// The assessment of a bundle by one rule, whose symptoms are the conditions in their order.
pub(crate) fn ask(conditions: &[&str], files: Vec<(String, Vec<u8>)>) -> Assessment {
    let clauses = conditions.iter().enumerate();
    let clauses: String =
        clauses.map(|(number, condition)| format!("  symptom s{number} \"s\" {{ {condition} }}\n")).collect();
    judge(&clauses, files)
}

/// The assessment of a bundle by one rule of these clauses.
pub(crate) fn judge(clauses: &str, files: Vec<(String, Vec<u8>)>) -> Assessment {
    let rule = format!("article Q1 \"asked\" {{\n  product sms\n  affects 1.2\n{clauses}}}\n");
    let kb = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
    let mut all = servpack::pack::collect(&kb).expect("the repository's own products");
    all.push(PackFile { name: "Q1.rule".to_owned(), text: rule });
    let pack = Pack::from_files(all);
    assert!(!pack.has_errors(), "{:#?}", pack.diagnostics);
    audit(&pack, &[Bundle::from_files("B", files)], &Options::default()).expect("no options")
}
