//! `role`: the role of the machine.

use crate::fact::Bindings;
use crate::rule::Call;

use super::facts::{self, Found, Item};
use super::{Answer, Field, FieldType, Predicate, Spec, View};

/// The role of the machine.
pub(super) struct Role;

static SPEC: Spec = Spec {
    name: "role",
    help: "The role of the machine.",
    example: "role = client",
    subjects: &[],
    fields: &[Field::new("role", FieldType::Role, "the role")],
    default_field: Some("role"),
    records: false,
    scoped: false,
};

impl Predicate for Role {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        facts::ask(call, &SPEC, view, bound, "role", "the role of the machine", |host| match &host.role {
            Some(role) => vec![Item::of(vec![("role", vec![Found::stated(role)])])],
            None => vec![Item::absent(false)],
        })
    }
}
