//! What the predicates over configuration share: the things that are asked about, and what "not there" means.

use std::borrow::Cow;

use crate::fact::{Bindings, FactKey, Gap, GapReason, HostEvidence, Origin, Value};
use crate::rule::{Call, Op, Operand};
use crate::truth::Truth;

use super::records::kind_of;
use super::values::passes;
use super::{Answer, Seen, Solution, Spec, View};

/// A value that is there.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) value: Cow<'a, str>,
    pub(super) at: Option<Origin>,
    /// It stands for several values, such as a path with a variable in it: what does not match may still match.
    pub(super) ambiguous: bool,
}

impl Found<'_> {
    /// The same place, read as another value.
    pub(super) fn with(&self, value: &str) -> Self {
        Self { value: Cow::Owned(value.to_owned()), at: self.at, ambiguous: self.ambiguous }
    }

    /// A value that stands in no file.
    pub(super) fn stated(value: &str) -> Self {
        Self { value: Cow::Owned(value.to_owned()), at: None, ambiguous: false }
    }
}

/// One thing that may pass the tests of a call: a registry value, a service, a file.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    /// Its fields with their values; the first of several counts.
    fields: Vec<(&'static str, Vec<Found<'a>>)>,
    /// It is there.
    present: bool,
    /// What is not known of it is certainly not there.
    covered: bool,
}

impl<'a> Item<'a> {
    /// A thing that is there.
    pub(super) fn of(fields: Vec<(&'static str, Vec<Found<'a>>)>) -> Self {
        Self { fields, present: true, covered: false }
    }

    /// A thing of one value, there or not.
    pub(super) fn single(field: &'static str, found: Vec<Found<'a>>, covered: bool) -> Self {
        let present = !found.is_empty();
        Self { fields: vec![(field, found)], present, covered }
    }

    /// A thing that is not in the evidence; `covered` if it would be there if it existed.
    pub(super) fn absent(covered: bool) -> Self {
        Self { fields: Vec::new(), present: false, covered }
    }
}

/// All values at one address; a deleted one is no value.
pub(super) fn values<'a>(host: &'a HostEvidence, key: &FactKey) -> Vec<Found<'a>> {
    let facts = host.facts.get(key).into_iter().flatten().filter(|fact| fact.value != Value::Deleted);
    facts.map(|fact| Found { value: Cow::Owned(fact.value.text()), at: Some(fact.at), ambiguous: false }).collect()
}

/// The n-th subject.
pub(super) fn subject(call: &Call, n: usize) -> &str {
    call.subjects.get(n).map_or("", String::as_str)
}

/// Asks every machine in scope: true if one thing passes all tests, false if all things that could are known not to.
pub(super) fn ask<'a>(
    call: &Call,
    spec: &Spec,
    view: &View<'a>,
    bound: &Bindings,
    kind: &str,
    need: &str,
    items: impl Fn(&'a HostEvidence) -> Vec<Item<'a>>,
) -> Answer {
    let how = view.products.collect(kind).unwrap_or_default().to_owned();
    let gap = |reason| view.gap(&call.scope, need.to_owned(), how.clone(), reason);
    let hosts = view.in_scope(&call.scope);
    if hosts.is_empty() {
        return Answer::unknown(vec![gap(GapReason::NotCollected)]);
    }
    let mut solutions = Vec::new();
    let mut against = Vec::new();
    let mut gaps: Vec<Gap> = Vec::new();
    for &host in hosts {
        for item in items(&view.hosts[host]) {
            let checked = check(call, spec, &item, host, bound);
            match checked.truth {
                Truth::True => solutions.push(Solution { bound: checked.bound, seen: checked.seen, position: None }),
                Truth::False => against.extend(checked.seen),
                Truth::Unknown => {
                    let reason = if checked.ambiguous { GapReason::Ambiguous } else { GapReason::NotCollected };
                    if gaps.is_empty() {
                        gaps.push(gap(reason));
                    }
                }
            }
        }
    }
    if !solutions.is_empty() {
        Answer::holds(solutions)
    } else if gaps.is_empty() {
        Answer::no_because(against)
    } else {
        Answer { against, ..Answer::unknown(gaps) }
    }
}

struct Checked {
    truth: Truth,
    bound: Bindings,
    seen: Vec<Seen>,
    ambiguous: bool,
}

fn check(call: &Call, spec: &Spec, item: &Item<'_>, host: usize, bound: &Bindings) -> Checked {
    let mut checked = Checked { truth: Truth::True, bound: bound.clone(), seen: Vec::new(), ambiguous: false };
    for test in call.tests.iter() {
        let kind = kind_of(test, spec.fields);
        let found = item.fields.iter().find(|(name, _)| *name == test.field).and_then(|(_, found)| found.first());
        if let Some(found) = found {
            checked.seen.push(Seen {
                host,
                at: found.at,
                time: None,
                text: format!("{} = {}", test.field, found.value),
                captures: Bindings::new(),
            });
        }
        let passed = match (test.op, found) {
            // The thing as a whole is asked for, not one of its fields.
            (Op::Exists, _) if test.field == "presence" => presence(item),
            (Op::Missing, _) if test.field == "presence" => !presence(item),
            (_, Some(found)) => {
                let lookup = |_: &str| None;
                let passed = passes(test, kind, Some(&found.value), &lookup, &checked.bound);
                let negative = matches!(test.op, Op::IsNot | Op::NotIn | Op::Lacks | Op::NotMatches | Op::NotRegex);
                let unsure =
                    found.ambiguous && passed == Truth::from(negative) && !matches!(test.op, Op::Exists | Op::Missing);
                checked.ambiguous |= unsure;
                if unsure { Truth::Unknown } else { passed }
            }
            (op, None) if item.covered => {
                passes(test, kind, None, &|_| None, &checked.bound).and((op != Op::As).into())
            }
            (_, None) => Truth::Unknown,
        };
        checked.truth = checked.truth.and(passed);
        if let Some(found) = found {
            bind(&test.value, &found.value, &mut checked);
        }
    }
    if item.present && checked.seen.is_empty() {
        let first = item.fields.iter().find_map(|(name, found)| Some((name, found.first()?)));
        if let Some((name, found)) = first {
            let text = format!("{name} = {}", found.value);
            checked.seen.push(Seen { host, at: found.at, time: None, text, captures: Bindings::new() });
        }
    }
    checked
}

fn presence(item: &Item<'_>) -> Truth {
    if item.present {
        Truth::True
    } else if item.covered {
        Truth::False
    } else {
        Truth::Unknown
    }
}

/// Takes over what a test binds; a name that is bound to something else already rules the thing out.
fn bind(operand: &Operand, value: &str, checked: &mut Checked) {
    let mut join = |name: &str, value: &str| match checked.bound.get(name) {
        Some(before) if !super::values::same(before, value) => checked.truth = Truth::False,
        Some(_) => {}
        None => drop(checked.bound.insert(name.to_owned(), value.to_owned())),
    };
    match operand {
        Operand::Name(name) => join(name, value),
        Operand::Pattern(pattern) => {
            if let Some(found) = pattern.regex().captures(value) {
                for name in pattern.captures() {
                    if let Some(group) = found.name(name) {
                        join(name, group.as_str());
                    }
                }
            }
        }
        _ => {}
    }
}
