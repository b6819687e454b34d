//! `text`: a line of any source of the machine, whatever it is: for messages that may stand anywhere.

use crate::fact::Bindings;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Predicate, Source, Spec, View, records};

/// A line of any source of the machine, whatever it is: for messages that may stand anywhere.
pub(super) struct Text;

static SPEC: Spec = Spec {
    name: "text",
    help: "A line of any source of the machine, whatever it is: for messages that may stand anywhere.",
    example: "text has \"A package is currently being installed in the background\"",
    subjects: &[],
    fields: &[
        Field::new("text", FieldType::Text, "the line"),
        Field::new("time", FieldType::Time, "when it was written"),
    ],
    default_field: Some("text"),
    records: true,
    scoped: true,
};

impl Predicate for Text {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn source(&self, _call: &Call) -> Option<Source> {
        Some(Source::Any)
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        records::ask(call, view, bound)
    }
}
