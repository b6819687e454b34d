//! `event`: an entry of an NT event log.

use crate::fact::Bindings;
use crate::kb::Products;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Spec, Predicate, View, Want};

/// An entry of an NT event log.
pub(super) struct Event;

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

    fn wants(&self, _call: &Call, _products: &Products) -> Want {
        unreachable!("to come")
    }

    fn ask(&self, _call: &Call, _view: &View<'_>, _bound: &Bindings) -> Answer {
        unreachable!("to come")
    }
}
