//! `log`: a record of a log. Patterns may capture.

use crate::fact::Bindings;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Predicate, Source, Spec, SubjectKind, View, records};

/// A record of a log. Patterns may capture.
pub(super) struct Log;

static SPEC: Spec = Spec {
    name: "log",
    help: "A record of a log. Patterns may capture.",
    example: "log pacman has \"Job completed.\"",
    subjects: &[SubjectKind::Log],
    fields: &[
        Field::new("component", FieldType::Text, "the component that the record names"),
        Field::new("program", FieldType::Text, "the program that the record names"),
        Field::new("text", FieldType::Text, "the message"),
        Field::new("thread", FieldType::Text, "the thread, as written"),
        Field::new("time", FieldType::Time, "when it was written"),
    ],
    default_field: Some("text"),
    records: true,
    scoped: true,
};

impl Predicate for Log {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn source(&self, call: &Call) -> Option<Source> {
        Some(Source::Log(call.subjects.first().cloned().unwrap_or_default()))
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        records::ask(call, view, bound)
    }
}
