//! An operator with its value, against what the field holds.

use crate::kb::Product;
use crate::lang::ast::{self, Text, Value};
use crate::lang::diags;
use crate::predicate::FieldType;
use crate::rule::{Levels, Op, Operand, Pattern, PatternKind};
use crate::version::{Range, compare_versions};

use super::{Bound, Lowering};

impl Lowering<'_> {
    /// What a check means for a field of this kind. `times` are the other times of the same record, and `product` is
    /// the one whose levels are meant.
    pub(super) fn check(
        &mut self,
        check: &ast::Check,
        field: &str,
        kind: FieldType,
        times: &[&str],
        product: Option<&Product>,
        bound: &mut Bound,
    ) -> Option<(Op, Operand)> {
        let op = check.op;
        let allowed = operators(kind);
        if !allowed.contains(&op) {
            let allowed: Vec<&str> = allowed.iter().map(|op| op.spelling()).collect();
            self.diagnostics.push(diags::wrong_operator(check.at, op, field, holds(kind), &allowed));
            return None;
        }
        if kind == FieldType::Level {
            return self.levels(check, product);
        }
        let value = match (op, &check.value) {
            (Op::Exists | Op::Missing, Value::None) => Operand::None,
            (Op::As, Value::Text(name)) => self.bind(name, kind, bound)?,
            (Op::Near, Value::Near { within, of }) => {
                let within = self.duration(within);
                let of = self.bound_time(of, bound);
                Operand::Near { within: within?, of: of? }
            }
            (Op::Has | Op::Lacks, Value::Text(text)) => self.pattern(PatternKind::Literal, op, text, bound)?,
            (Op::Matches | Op::NotMatches, Value::Text(text)) => self.pattern(PatternKind::Glob, op, text, bound)?,
            (Op::Regex | Op::NotRegex, Value::Text(text)) => self.pattern(PatternKind::Regex, op, text, bound)?,
            (Op::In | Op::NotIn, Value::List(values)) => {
                let found: Vec<Operand> =
                    values.iter().filter_map(|value| self.scalar(check, value, field, kind, times, bound)).collect();
                if found.len() < values.len() {
                    return None;
                }
                Operand::List(found)
            }
            (Op::Is | Op::IsNot | Op::Less | Op::AtMost | Op::More | Op::AtLeast, value) => {
                self.scalar(check, value, field, kind, times, bound)?
            }
            _ => {
                self.diagnostics.push(diags::bad_value(check.at, op, wanted(op)));
                return None;
            }
        };
        Some((op, value))
    }

    fn scalar(
        &mut self,
        check: &ast::Check,
        value: &Value,
        field: &str,
        kind: FieldType,
        times: &[&str],
        bound: &Bound,
    ) -> Option<Operand> {
        let text = match value {
            Value::Text(text) => text,
            Value::Bound(name) => {
                self.bound_name(name, bound)?;
                return Some(Operand::Bound(name.text.clone()));
            }
            Value::None | Value::List(_) | Value::Near { .. } => {
                self.diagnostics.push(diags::bad_value(check.at, check.op, wanted(check.op)));
                return None;
            }
        };
        let (operand, fault) = match kind {
            // Digits stay text: whoever compares knows whether both sides are numbers.
            FieldType::Text | FieldType::Any | FieldType::Level => (Some(Operand::Text(text.text.clone())), None),
            FieldType::Word(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(&text.text));
                (word.map(|word| Operand::Text((*word).to_owned())), Some(diags::unknown_word(text, field, words)))
            }
            FieldType::Role => {
                // A wrong role is reported here, so that both places that name one say the same.
                let known = self.products.roles().find(|role| role.eq_ignore_ascii_case(&text.text));
                if known.is_none() {
                    self.check_role(text);
                }
                return known.map(|role| Operand::Text(role.to_owned()));
            }
            FieldType::Number => (number(&text.text).map(Operand::Number), Some(diags::bad_number(text, field))),
            FieldType::Version => {
                let version = compare_versions(&text.text, &text.text).map(|_| Operand::Text(text.text.clone()));
                (version, Some(diags::bad_version(text, field)))
            }
            FieldType::Time => {
                let other =
                    times.iter().find(|time| **time == text.text).map(|time| Operand::Field((*time).to_owned()));
                (other.or_else(|| time(&text.text)), Some(diags::bad_time(text, field, times)))
            }
        };
        if operand.is_none() {
            self.diagnostics.extend(fault);
        }
        operand
    }

    fn levels(&mut self, check: &ast::Check, product: Option<&Product>) -> Option<(Op, Operand)> {
        let product = product?;
        let (texts, one): (Vec<&Value>, bool) = match &check.value {
            Value::List(values) => (values.iter().collect(), false),
            one => (vec![one], true),
        };
        let mut ranges = Vec::new();
        for value in &texts {
            let Value::Text(text) = value else {
                self.diagnostics.push(diags::bad_value(check.at, check.op, "a level"));
                return None;
            };
            let level = self.level_of(text, product)?;
            ranges.push(match check.op {
                Op::Is | Op::IsNot if one => Range::Only(level),
                Op::Less => Range::Below(level),
                Op::AtMost => Range::UpTo(level),
                Op::More => Range::Above(level),
                Op::AtLeast => Range::From(level),
                _ => Range::Named(level),
            });
        }
        let op = if matches!(check.op, Op::IsNot | Op::NotIn) { Op::IsNot } else { Op::Is };
        Some((op, Operand::Levels(Levels::new(ranges, &product.lattice))))
    }

    fn bind(&mut self, name: &Text, kind: FieldType, bound: &mut Bound) -> Option<Operand> {
        if !is_name(&name.text) {
            self.diagnostics.push(diags::bad_capture(&name.text, name.span, false));
            return None;
        }
        bound.entry(name.text.clone()).or_insert(kind);
        Some(Operand::Name(name.text.clone()))
    }

    fn pattern(&mut self, kind: PatternKind, op: Op, text: &Text, bound: &mut Bound) -> Option<Operand> {
        let pattern = match Pattern::new(kind, &text.text) {
            Ok(pattern) => pattern,
            Err(error) => {
                self.diagnostics.push(diags::bad_pattern(text, &error));
                return None;
            }
        };
        if pattern.matches_everything() {
            self.diagnostics.push(diags::matches_everything(text));
            return None;
        }
        if kind != PatternKind::Regex {
            return Some(Operand::Pattern(pattern));
        }
        let mut sound = true;
        for name in pattern.captures() {
            if !is_name(name) {
                let at = text.text.find(&format!("<{name}>")).map_or(0, |at| at + 1);
                let span = text.place(at, at + name.len());
                self.diagnostics.push(diags::bad_capture(name, span, true));
                sound = false;
            } else if op == Op::Regex {
                bound.entry(name.to_owned()).or_insert(FieldType::Any);
            }
        }
        sound.then_some(Operand::Pattern(pattern))
    }
}

/// The operators that suit a field.
fn operators(kind: FieldType) -> Vec<Op> {
    use Op::{As, AtLeast, AtMost, Exists, In, Is, IsNot, Less, Missing, More, Near, NotIn};
    match kind {
        FieldType::Any => Op::ALL.iter().map(|(op, _, _)| *op).filter(|op| *op != Near).collect(),
        FieldType::Text => {
            let sized = |op: &Op| matches!(op, Less | AtMost | More | AtLeast | Near);
            Op::ALL.iter().map(|(op, _, _)| *op).filter(|op| !sized(op)).collect()
        }
        FieldType::Number => vec![Is, IsNot, Less, AtMost, More, AtLeast, In, NotIn, Exists, Missing, As],
        FieldType::Time => vec![Is, IsNot, Less, AtMost, More, AtLeast, Near, Exists, Missing, As],
        FieldType::Version => vec![Is, IsNot, Less, AtMost, More, AtLeast, Exists, Missing, As],
        FieldType::Level => vec![Is, IsNot, Less, AtMost, More, AtLeast, In, NotIn],
        FieldType::Word([]) => vec![Exists, Missing],
        FieldType::Role | FieldType::Word(_) => vec![Is, IsNot, In, NotIn, Exists, Missing, As],
    }
}

/// What a field holds, in words.
fn holds(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "text",
        FieldType::Number => "a number",
        FieldType::Time => "a time",
        FieldType::Word([]) => "nothing but whether it is there",
        FieldType::Word(_) => "one of a few words",
        FieldType::Version => "a version",
        FieldType::Level => "a level",
        FieldType::Role => "a role",
        FieldType::Any => "a value",
    }
}

fn wanted(op: Op) -> &'static str {
    match op {
        Op::Exists | Op::Missing => "nothing",
        Op::In | Op::NotIn => "a list",
        Op::Has | Op::Lacks | Op::Matches | Op::NotMatches => "a text",
        Op::Regex | Op::NotRegex => "a regular expression",
        Op::As => "a name",
        Op::Near => "a length of time and a name: `5m of $name`",
        Op::Is | Op::IsNot | Op::Less | Op::AtMost | Op::More | Op::AtLeast => "one value",
    }
}

/// Names are lower-case words that a regular expression could capture too.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with(['+', '-']) => i64::from_str_radix(hex, 16).ok(),
        _ => text.parse().ok(),
    }
}

/// A date, at midnight unless it says the time.
fn time(text: &str) -> Option<Operand> {
    let dated = text.as_bytes().get(4) == Some(&b'-');
    text.parse::<crate::fact::Timestamp>().ok().filter(|_| dated).map(Operand::Time)
}
