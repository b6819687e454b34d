//! `event`: an entry of an NT event log.

use crate::fact::Bindings;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Predicate, Source, Spec, View, records};

/// An entry of an NT event log.
pub(super) struct Event;

/// The table that readers file the entries of event logs under.
pub(super) const TABLE: &str = "event";

static SPEC: Spec = Spec {
    name: "event",
    help: "An entry of an NT event log.",
    example: "event { id = 374  text ~ /workstation (?<host>\\S+)/ }",
    subjects: &[],
    fields: &[
        Field::new("category", FieldType::Text, "its category"),
        Field::new("computer", FieldType::Text, "the machine that it names"),
        Field::new("id", FieldType::Number, "its event id"),
        Field::new("source", FieldType::Text, "what wrote it"),
        Field::new("text", FieldType::Text, "its description"),
        Field::new("time", FieldType::Time, "when it was written"),
        Field::new("type", FieldType::Text, "error, warning or information"),
        Field::new("user", FieldType::Text, "the user that it names"),
    ],
    default_field: Some("text"),
    records: true,
    scoped: true,
};

impl Predicate for Event {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn source(&self, _call: &Call) -> Option<Source> {
        Some(Source::Table(TABLE.to_owned()))
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        records::ask(call, view, bound)
    }
}
