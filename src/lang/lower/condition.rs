//! Conditions, and which names are bound where.

use crate::diag::Span;
use crate::lang::ast::{self, Block, ConditionKind, Text, Until as Written, Window as WrittenWindow};
use crate::lang::diags;
use crate::predicate::FieldType;
use crate::rule::{ClauseKind, Compare, Condition, Count, Levels, Op, Sequence, Step, Until, Window};

use super::{Bound, Lowering};

impl<'a> Lowering<'a> {
    /// Conditions that hold together; each sees what those before it bind.
    pub(super) fn block(&mut self, block: &'a Block, bound: &mut Bound, span: Span, what: &str) -> Option<Condition> {
        let mut all = self.list(block, bound, span, what)?;
        if all.len() == 1 { all.pop() } else { Some(Condition::All(all)) }
    }

    fn list(&mut self, block: &'a Block, bound: &mut Bound, span: Span, what: &str) -> Option<Vec<Condition>> {
        if block.is_empty() {
            self.diagnostics.push(diags::no_condition(span, what));
        }
        let all: Vec<Condition> = block.iter().filter_map(|condition| self.condition(condition, bound)).collect();
        (!all.is_empty() && all.len() == block.len()).then_some(all)
    }

    /// Alternatives: none sees what another binds, and what follows may see what any of them binds.
    fn alternatives(&mut self, block: &'a Block, bound: &mut Bound, span: Span, what: &str) -> Option<Vec<Condition>> {
        if block.is_empty() {
            self.diagnostics.push(diags::no_condition(span, what));
        }
        let mut after = bound.clone();
        let mut all = Vec::new();
        for condition in block {
            let mut inner = bound.clone();
            all.extend(self.condition(condition, &mut inner));
            add(&mut after, inner);
        }
        *bound = after;
        (!all.is_empty() && all.len() == block.len()).then_some(all)
    }

    fn condition(&mut self, condition: &'a ast::Condition, bound: &mut Bound) -> Option<Condition> {
        let span = condition.span;
        Some(match &condition.kind {
            ConditionKind::All(block) => Condition::All(self.list(block, bound, span, "`all`")?),
            ConditionKind::Any(block) => Condition::Any(self.alternatives(block, bound, span, "`any`")?),
            ConditionKind::First(block) => Condition::First(self.alternatives(block, bound, span, "`first`")?),
            ConditionKind::AtLeast(count, block) => {
                let most = u32::try_from(block.len()).unwrap_or(u32::MAX);
                let count = self.count_of(count, most, &format!("a whole number from 1 to {most}"));
                let of = self.alternatives(block, bound, span, "`at least`")?;
                Condition::AtLeast { count: count?, of }
            }
            ConditionKind::Not(block) => {
                // What does not hold binds nothing.
                let inner = self.block(block, &mut bound.clone(), span, "`not`")?;
                Condition::Not(Box::new(inner))
            }
            ConditionKind::Known(block) => Condition::Known(Box::new(self.block(block, bound, span, "`known`")?)),
            ConditionKind::Needs(says, block) => {
                let of = Box::new(self.block(block, bound, span, "`needs`")?);
                Condition::Needs { says: says.text.clone(), of }
            }
            ConditionKind::When(levels, block) => {
                let product = self.product;
                let ranges = product
                    .map(|product| levels.iter().filter_map(|range| self.range(range, product)).collect::<Vec<_>>());
                let then = Box::new(self.block(block, bound, span, "`when`")?);
                let product = product?;
                let levels = Levels::new(ranges?, &product.lattice);
                Condition::When { product: product.id.clone(), levels, then }
            }
            ConditionKind::Symptom(id) => self.reference(ClauseKind::Symptom, id, bound)?,
            ConditionKind::Cause(id) => self.reference(ClauseKind::Cause, id, bound)?,
            ConditionKind::Call(call) => Condition::Test(self.call(call, bound, None)?),
            ConditionKind::Last(call) => Condition::Last(self.call(call, bound, Some("`last`"))?),
            ConditionKind::Compare(name, check) => self.compare(name, check, bound)?,
            ConditionKind::Count(count) => Condition::Count(Box::new(self.count(count, bound)?)),
            ConditionKind::Sequence(sequence) => Condition::Sequence(self.sequence(sequence, span, bound)?),
        })
    }

    fn reference(&mut self, kind: ClauseKind, id: &Text, bound: &mut Bound) -> Option<Condition> {
        if !self.find_clause(kind, id) {
            return None;
        }
        let inner = self.bound_by(kind, id);
        add(bound, inner);
        Some(Condition::Clause(kind, id.text.clone()))
    }

    fn compare(&mut self, name: &Text, check: &ast::Check, bound: &mut Bound) -> Option<Condition> {
        let kind = self.bound_name(name, bound)?;
        if matches!(check.op, Op::Exists | Op::Missing | Op::As) {
            let allowed: Vec<&str> = Op::ALL
                .iter()
                .filter(|(op, _, _)| !matches!(op, Op::Exists | Op::Missing | Op::As | Op::Near))
                .map(|(_, spelling, _)| *spelling)
                .collect();
            let field = format!("${}", name.text);
            self.diagnostics.push(diags::wrong_operator(check.at, check.op, &field, "a value", &allowed));
            return None;
        }
        let (op, value) = self.check(check, &format!("${}", name.text), kind, &[], None, bound)?;
        Some(Condition::Compare(Box::new(Compare { name: name.text.clone(), op, value })))
    }

    fn count(&mut self, count: &'a ast::Count, bound: &mut Bound) -> Option<Count> {
        let at_least = self.count_of(&count.at_least, u32::MAX, "a whole number of at least 1");
        let within = self.window(count.within.as_ref());
        let call = self.call(&count.of, bound, Some("`count`"));
        let mut names: Vec<&Text> = count.per.iter().collect();
        names.extend(&count.different);
        if let Some(call) = &call {
            let fields = self.fields_of(call);
            for name in names {
                let known: Vec<&str> =
                    fields.iter().map(String::as_str).chain(bound.keys().map(String::as_str)).collect();
                if !known.contains(&name.text.as_str()) {
                    self.diagnostics.push(diags::unknown_field(&count.of.predicate.text, name, &known));
                }
            }
        }
        Some(Count {
            of: call?,
            at_least: at_least?,
            distinct: count.different.as_ref().map(|name| name.text.clone()),
            within: within?,
            per: self.words(&count.per),
        })
    }

    fn sequence(&mut self, sequence: &'a ast::Sequence, span: Span, bound: &mut Bound) -> Option<Sequence> {
        if sequence.steps.len() < 2 {
            self.diagnostics.push(diags::too_few_steps(sequence.steps.first().map_or(span, |step| step.span)));
        }
        if let Some(first) = sequence.steps.first().filter(|step| step.absent) {
            self.diagnostics.push(diags::first_step_absent(first.span));
        }
        let within = self.window(sequence.within.as_ref());
        let steps: Vec<Step> = sequence.steps.iter().filter_map(|step| self.step(step, bound)).collect();
        (steps.len() == sequence.steps.len()).then_some(Sequence { steps, within: within? })
    }

    fn step(&mut self, step: &'a ast::Step, bound: &mut Bound) -> Option<Step> {
        if step.calls.is_empty() {
            self.diagnostics.push(diags::no_condition(step.span, "this step"));
        }
        let mut after = bound.clone();
        let mut any = Vec::new();
        for call in &step.calls {
            let mut inner = bound.clone();
            any.extend(self.call(call, &mut inner, Some("`sequence`")));
            add(&mut after, inner);
        }
        let within = self.window(step.within.as_ref());
        let complete = any.len() == step.calls.len() && !any.is_empty();
        if !step.absent {
            *bound = after;
            return complete.then_some(Step::Seen { any, within: within? });
        }
        // What did not happen binds nothing.
        let until = match &step.until {
            None => None,
            Some(Written::Call(call)) => Some(Until::Event(self.call(call, &mut bound.clone(), Some("`sequence`"))?)),
            Some(Written::Bound(name)) => Some(Until::Time(self.bound_time(name, bound)?)),
        };
        complete.then_some(Step::Absent { any, within: within?, until })
    }

    // --- names and numbers -----------------------------------------------------------------------------------------

    /// What a name is bound to.
    pub(super) fn bound_name(&mut self, name: &Text, bound: &Bound) -> Option<FieldType> {
        let kind = bound.get(&name.text).copied();
        if kind.is_none() {
            let known: Vec<&str> = bound.keys().map(String::as_str).collect();
            self.diagnostics.push(diags::unbound_name(name, &known));
        }
        kind
    }

    /// A name that is bound to a time.
    pub(super) fn bound_time(&mut self, name: &Text, bound: &Bound) -> Option<String> {
        if self.bound_name(name, bound)? != FieldType::Time {
            self.diagnostics.push(diags::not_a_time(name));
            return None;
        }
        Some(name.text.clone())
    }

    fn count_of(&mut self, text: &Text, most: u32, wanted: &str) -> Option<u32> {
        let count = text.text.parse().ok().filter(|count| (1..=most).contains(count));
        if count.is_none() {
            self.diagnostics.push(diags::bad_count(text, wanted));
        }
        count
    }

    /// The window, if there is one; the outer `None` is a fault.
    fn window(&mut self, window: Option<&WrittenWindow>) -> Option<Option<Window>> {
        Some(match window {
            None => None,
            Some(WrittenWindow::Time(text)) => Some(Window::Time(self.duration(text)?)),
            Some(WrittenWindow::Events(text)) => {
                Some(Window::Events(self.count_of(text, u32::MAX, "a whole number of at least 1")?.into()))
            }
        })
    }

    /// A length of time, in milliseconds.
    pub(super) fn duration(&mut self, text: &Text) -> Option<i64> {
        let digits = text.text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.text.len());
        let (amount, unit) = text.text.split_at(digits);
        let unit = match unit {
            "ms" => Some(1),
            "s" => Some(1_000),
            "m" => Some(60_000),
            "h" => Some(3_600_000),
            "d" => Some(86_400_000),
            _ => None,
        };
        let length = unit.and_then(|unit: i64| amount.parse::<i64>().ok()?.checked_mul(unit));
        if length.is_none() {
            self.diagnostics.push(diags::bad_duration(text));
        }
        length
    }
}

fn add(bound: &mut Bound, more: Bound) {
    for (name, kind) in more {
        bound.entry(name).or_insert(kind);
    }
}
