//! `registry`: a registry value: key and name.

use crate::fact::Bindings;
use crate::kb::Products;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Spec, SubjectKind, Predicate, View, Want};

/// A registry value: key and name.
pub(super) struct Registry;

static SPEC: Spec = Spec {
    name: "registry",
    help: "A registry value: key and name.",
    example: "registry 'HKLM\\SOFTWARE\\Microsoft\\SMS\\Setup' Version = 786",
    subjects: &[SubjectKind::Text("key"), SubjectKind::Text("value name")],
    fields: &[
        Field::new("value", FieldType::Any, "the value"),
    ],
    default_field: Some("value"),
    records: false,
    scoped: true,
};

impl Predicate for Registry {
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
