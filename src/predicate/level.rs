//! `level`: the level of a product on the machine.

use crate::fact::{Bindings, Gap, GapReason, Witness};
use crate::kb::Product;
use crate::rule::{Call, Op, Operand, Scope, Test};
use crate::truth::Truth;
use crate::version::{Installed, affects};

use super::{Answer, Field, FieldType, Predicate, Seen, Solution, Spec, SubjectKind, View, facts};

/// The level of a product on the machine.
pub(super) struct Level;

static SPEC: Spec = Spec {
    name: "level",
    help: "The level of a product on the machine.",
    example: "level winnt >= 4.0 SP3",
    subjects: &[SubjectKind::Product],
    fields: &[Field::new("level", FieldType::Level, "the level")],
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
        let mut solutions = Vec::new();
        let mut against = Vec::new();
        let hosts = view.in_scope(&call.scope);
        let mut open = hosts.is_empty();
        for &host in hosts {
            let report = view.hosts[host].levels.iter().find(|level| level.product == name);
            let Some((report, installed)) = report.and_then(|report| Some((report, report.installed.as_ref()?))) else {
                open = true;
                continue;
            };
            let seen: Vec<Seen> =
                report.witnesses.first().map(|witness| statement(host, product, witness)).into_iter().collect();
            match Truth::all(call.tests.iter().map(|test| passes(test, product, installed))) {
                Truth::True => solutions.push(Solution { bound: bound.clone(), seen, position: None }),
                Truth::False => against.extend(seen),
                Truth::Unknown => open = true,
            }
        }
        if !solutions.is_empty() {
            Answer::holds(solutions)
        } else if open {
            Answer::unknown(vec![level_gap(view, product, &call.scope)])
        } else {
            Answer::no_because(against)
        }
    }
}

fn passes(test: &Test, product: &Product, installed: &Installed) -> Truth {
    match (test.op, &test.value) {
        (Op::IsNot | Op::NotIn, Operand::Levels(levels)) => !affects(&product.lattice, &levels.ranges, installed),
        (_, Operand::Levels(levels)) => affects(&product.lattice, &levels.ranges, installed),
        (op, _) => (op == Op::Exists).into(),
    }
}

fn statement(host: usize, product: &Product, witness: &Witness) -> Seen {
    let text = format!("{} {}", product.name, witness.says);
    Seen { host, at: witness.at, time: None, text, captures: Bindings::new() }
}

/// What would tell the level: the most trusted witness that the product knows.
pub(crate) fn level_gap(view: &View<'_>, product: &Product, scope: &Scope) -> Gap {
    let best = product.witnesses.iter().filter(|w| w.unreliable.is_none()).min_by_key(|w| product.trust_rank(&w.trust));
    let (title, how) = best.map_or(("", ""), |witness| (witness.title.as_str(), witness.collect.as_str()));
    let need = format!("level of {} ({title})", product.name);
    view.gap(scope, need, how.to_owned(), GapReason::NotCollected)
}
