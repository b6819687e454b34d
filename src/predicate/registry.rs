//! `registry`: a registry value: key and name.

use crate::fact::{Bindings, FactKey, registry_key};
use crate::kb::Products;
use crate::rule::Call;

use super::facts::{self, Item, subject};
use super::{Answer, FactQuery, Field, FieldType, Predicate, Spec, SubjectKind, View, Want};

/// A registry value: key and name.
pub(super) struct Registry;

static SPEC: Spec = Spec {
    name: "registry",
    help: "A registry value: key and name.",
    example: "registry 'HKLM\\SOFTWARE\\Microsoft\\SMS\\Setup' Version = 786",
    subjects: &[SubjectKind::Text("key"), SubjectKind::Text("value name")],
    fields: &[Field::new("value", FieldType::Any, "the value")],
    default_field: Some("value"),
    records: false,
    scoped: true,
};

impl Predicate for Registry {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn wants(&self, call: &Call, _products: &Products) -> Want {
        Want::Facts(vec![FactQuery::At(address(call))])
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        let at = address(call);
        let need = format!("registry {} {}", subject(call, 0), subject(call, 1));
        facts::ask(call, &SPEC, view, bound, "registry", &need, |host| {
            let covered = match &at {
                FactKey::Registry { key, .. } => host.coverage.has_registry_key(key),
                _ => false,
            };
            vec![Item::single("value", facts::values(host, &at), covered)]
        })
    }
}

fn address(call: &Call) -> FactKey {
    FactKey::Registry { key: registry_key(subject(call, 0)), name: subject(call, 1).to_lowercase() }
}
