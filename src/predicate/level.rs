//! `level`: the level of a product on the machine.

use crate::fact::{Bindings, Gap, GapReason};
use crate::kb::Product;
use crate::rule::{Call, Op, Operand, Scope};
use crate::truth::Truth;
use crate::version::affects;

use super::{Answer, Field, FieldType, Predicate, Seen, Solution, Spec, SubjectKind, View, facts};

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

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        let name = facts::subject(call, 0);
        let Some(product) = view.products.named(name) else { return Answer::unknown(Vec::new()) };
        let host = view.host();
        let report = host.levels.iter().find(|level| level.product == name);
        let Some(installed) = report.and_then(|report| report.installed.as_ref()) else {
            return Answer::unknown(vec![level_gap(view, product)]);
        };
        let truth = Truth::all(call.tests.iter().map(|test| match (&test.op, &test.value) {
            (op, Operand::Levels(ranges)) => {
                let inside = affects(&product.lattice, ranges, installed);
                if matches!(op, Op::IsNot | Op::NotIn) { !inside } else { inside }
            }
            (Op::Exists, _) => Truth::True,
            _ => Truth::False,
        }));
        let seen: Vec<Seen> = report.into_iter().flat_map(|report| report.witnesses.first()).map(|witness| Seen {
            host: view.here,
            at: witness.at,
            time: None,
            text: format!("{} {}", product.name, witness.says),
            captures: Bindings::new(),
        }).collect();
        match truth {
            Truth::True => Answer::holds(vec![Solution { bound: bound.clone(), seen, position: None }]),
            Truth::False => Answer::no_because(seen),
            Truth::Unknown => Answer::unknown(vec![level_gap(view, product)]),
        }
    }
}

/// What would tell the level: the most trusted witness that the product knows.
pub(crate) fn level_gap(view: &View<'_>, product: &Product) -> Gap {
    let best = product.witnesses.iter().filter(|w| w.unreliable.is_none()).min_by_key(|w| product.trust_rank(&w.trust));
    let (title, how) = best.map_or(("", ""), |witness| (witness.title.as_str(), witness.collect.as_str()));
    let need = format!("level of {} ({title})", product.name);
    view.gap(&Scope::Here, need, how.to_owned(), GapReason::NotCollected)
}
