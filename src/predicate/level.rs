//! `level`: the level of a product on the machine.

use crate::fact::Bindings;
use crate::kb::Products;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Spec, SubjectKind, Predicate, View, Want};

/// The level of a product on the machine.
pub(super) struct Level;

static SPEC: Spec = Spec {
    name: "level",
    help: "The level of a product on the machine.",
    example: "level winnt >= 4.0 SP3",
    subjects: &[SubjectKind::Product],
    fields: &[
        Field::new("level", FieldType::Level, "the level"),
    ],
    default_field: Some("level"),
    records: false,
    scoped: true,
};

impl Predicate for Level {
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
