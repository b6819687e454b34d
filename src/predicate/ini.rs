//! `ini`: an entry of an INI file: file, section and key.

use crate::fact::{Bindings, FactKey};
use crate::kb::Products;
use crate::rule::Call;

use super::facts::{self, Item, subject};
use super::{Answer, FactQuery, Field, FieldType, Predicate, Spec, SubjectKind, View, Want};

/// An entry of an INI file: file, section and key.
pub(super) struct Ini;

static SPEC: Spec = Spec {
    name: "ini",
    help: "An entry of an INI file: file, section and key.",
    example: "ini sms.ini Local SetupPhase = installed",
    subjects: &[SubjectKind::Text("file"), SubjectKind::Text("section"), SubjectKind::Text("key")],
    fields: &[Field::new("value", FieldType::Any, "the value")],
    default_field: Some("value"),
    records: false,
    scoped: true,
};

impl Predicate for Ini {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn wants(&self, call: &Call, _products: &Products) -> Want {
        Want::Facts(vec![FactQuery::At(address(call))])
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        let at = address(call);
        let file = subject(call, 0).to_lowercase();
        let need = format!("{} [{}] {}", subject(call, 0), subject(call, 1), subject(call, 2));
        facts::ask(call, &SPEC, view, bound, "ini", &need, |host| {
            vec![Item::single("value", facts::values(host, &at), host.coverage.ini.contains(&file))]
        })
    }
}

fn address(call: &Call) -> FactKey {
    FactKey::Ini {
        file: subject(call, 0).to_lowercase(),
        section: subject(call, 1).trim_matches(['[', ']']).to_lowercase(),
        key: subject(call, 2).to_lowercase(),
    }
}
