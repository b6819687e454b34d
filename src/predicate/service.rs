//! `service`: a service: its registry key, or a list of services.

use crate::fact::Bindings;
use crate::kb::Products;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Spec, SubjectKind, Predicate, View, Want};

/// A service: its registry key, or a list of services.
pub(super) struct Service;

static SPEC: Spec = Spec {
    name: "service",
    help: "A service: its registry key, or a list of services.",
    example: "service SMS_PACKAGE_COMMAND_MANAGER_NT start = automatic",
    subjects: &[SubjectKind::Text("service")],
    fields: &[
        Field::new("account", FieldType::Text, "the account that it runs under"),
        Field::new("image", FieldType::Text, "the path of its program"),
        Field::new("presence", FieldType::Word(&[]), "for `exists` and `missing`"),
        Field::new("start", FieldType::Word(&["boot", "system", "automatic", "manual", "disabled"]), "its start type"),
        Field::new("state", FieldType::Word(&["running", "stopped"]), "whether it runs"),
    ],
    default_field: Some("presence"),
    records: false,
    scoped: true,
};

impl Predicate for Service {
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
