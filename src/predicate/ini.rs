//! `ini`: an entry of an INI file: file, section and key.

use crate::fact::Bindings;
use crate::kb::Products;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Spec, SubjectKind, Predicate, View, Want};

/// An entry of an INI file: file, section and key.
pub(super) struct Ini;

static SPEC: Spec = Spec {
    name: "ini",
    help: "An entry of an INI file: file, section and key.",
    example: "ini sms.ini Local SetupPhase = installed",
    subjects: &[SubjectKind::Text("file"), SubjectKind::Text("section"), SubjectKind::Text("key")],
    fields: &[
        Field::new("value", FieldType::Any, "the value"),
    ],
    default_field: Some("value"),
    records: false,
    scoped: true,
};

impl Predicate for Ini {
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
