//! `record`: a row of a table: job details, logons, package commands. Its columns are its fields.

use crate::fact::Bindings;
use crate::kb::{ColumnType, Products};
use crate::rule::Call;

use super::{Answer, Field, FieldType, Predicate, Source, Spec, SubjectKind, View, records};

/// A row of a table: job details, logons, package commands. Its columns are its fields.
pub(super) struct Record;

static SPEC: Spec = Spec {
    name: "record",
    help: "A row of a table: job details, logons, package commands. Its columns are its fields.",
    example: "record logon { user as user  from <= $started }",
    subjects: &[SubjectKind::Table],
    fields: &[
        Field::new("text", FieldType::Text, "the row as written"),
        Field::new("time", FieldType::Time, "the time of the row"),
    ],
    default_field: Some("text"),
    records: true,
    scoped: true,
};

impl Predicate for Record {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn fields(&self, subjects: &[String], products: &Products) -> Vec<Field> {
        let columns = subjects.first().and_then(|name| products.table(name)).map(|table| table.columns.as_slice());
        let columns = columns.unwrap_or_default().iter().map(|(name, kind)| Field {
            name: name.clone().into(),
            kind: match kind {
                ColumnType::Text => FieldType::Text,
                ColumnType::Number => FieldType::Number,
                ColumnType::Time => FieldType::Time,
            },
            help: "a column",
        });
        SPEC.fields.iter().cloned().chain(columns).collect()
    }

    fn source(&self, call: &Call) -> Option<Source> {
        Some(Source::Table(call.subjects.first().cloned().unwrap_or_default()))
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        records::ask(call, view, bound)
    }
}
