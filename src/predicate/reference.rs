//! The page of the reference that lists the predicates, made from their specs.

use std::fmt::Write;

use crate::rule::Op;

use super::{FieldType, PREDICATES, SubjectKind};

/// `docs/predicates.md`.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# Predicates\n\nWhat a condition may ask. The language around them is in [rules.md](rules.md). This page is generated.\n",
    );
    for predicate in PREDICATES {
        let spec = predicate.spec();
        let _ = write!(page, "\n## `{}`\n\n{}\n\n```text\n{}\n```\n\n", spec.name, spec.help, spec.example);
        let subjects: Vec<&str> = spec.subjects.iter().map(|kind| subject(*kind)).collect();
        let _ = match subjects.as_slice() {
            [] => writeln!(page, "- Subject: none."),
            some => writeln!(page, "- Subject: {}.", some.join(", ")),
        };
        if let Some(field) = spec.default_field {
            let _ = writeln!(page, "- A test without a field is about `{field}`.");
        }
        if spec.records {
            page.push_str("- Finds records in time: may stand in `count`, `sequence` and `last`. Patterns capture.\n");
        }
        if spec.scoped {
            page.push_str("- `on ROLE` or `on any` asks other machines of the bundle.\n");
        }
        page.push_str("\n| field | holds | meaning |\n| --- | --- | --- |\n");
        for field in spec.fields {
            let _ = writeln!(page, "| `{}` | {} | {} |", field.name, holds(field.kind), field.help);
        }
        if spec.subjects.contains(&SubjectKind::Table) {
            page.push_str("| *column* | as the table says | a column of the table |\n");
        }
    }
    page.push_str("\n## Operators\n\n| rule language | YAML |\n| --- | --- |\n");
    for (_, spelling, key) in Op::ALL {
        let _ = writeln!(page, "| `{spelling}` | `{key}` |");
    }
    page
}

fn subject(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Log => "a log of some product",
        SubjectKind::Table => "a table of some product",
        SubjectKind::Product => "a product",
        SubjectKind::Text(what) => what,
    }
}

fn holds(kind: FieldType) -> String {
    match kind {
        FieldType::Text => "text".to_owned(),
        FieldType::Number => "a whole number".to_owned(),
        FieldType::Time => "a date, with or without a time".to_owned(),
        FieldType::Word([]) => "nothing to compare".to_owned(),
        FieldType::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        FieldType::Version => "a dotted version".to_owned(),
        FieldType::Level => "a level of the product".to_owned(),
        FieldType::Role => "a role of some product".to_owned(),
        FieldType::Any => "text or a number".to_owned(),
    }
}
