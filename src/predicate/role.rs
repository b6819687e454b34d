//! `role`: the role of the machine.

use crate::fact::Bindings;
use crate::kb::Products;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Spec, Predicate, View, Want};

/// The role of the machine.
pub(super) struct Role;

static SPEC: Spec = Spec {
    name: "role",
    help: "The role of the machine.",
    example: "role = client",
    subjects: &[],
    fields: &[
        Field::new("role", FieldType::Text, "the role"),
    ],
    default_field: Some("role"),
    records: false,
    scoped: false,
};

impl Predicate for Role {
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
