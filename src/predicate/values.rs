//! Comparing a value with what a test asks for.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::fact::{Bindings, Timestamp, milliseconds};
use crate::rule::{Compare, Op, Operand, Test};
use crate::truth::Truth;
use crate::version::compare_versions;

use super::FieldType;

/// Looks up another field of the same record.
pub(super) type Fields<'a> = &'a dyn Fn(&str) -> Option<Cow<'a, str>>;

/// Whether a value passes a test. `None` is a value that is certainly not there; a name that is not bound, or a value
/// that cannot be read as its field's type, gives unknown.
pub(super) fn passes(test: &Test, kind: FieldType, value: Option<&str>, fields: Fields<'_>, bound: &Bindings) -> Truth {
    match test.op {
        Op::Exists => return value.is_some().into(),
        Op::Missing => return value.is_none().into(),
        _ => {}
    }
    let Some(value) = value else { return Truth::False };
    compare(test.op, &test.value, kind, value, fields, bound)
}

/// Whether `$name OP value` holds.
#[must_use]
pub fn compare_bound(test: &Compare, bound: &Bindings) -> Truth {
    let Some(value) = bound.get(&test.name) else {
        return match test.op {
            Op::Missing => Truth::True,
            Op::Exists => Truth::False,
            _ => Truth::Unknown,
        };
    };
    match test.op {
        Op::Exists => Truth::True,
        Op::Missing => Truth::False,
        _ => compare(test.op, &test.value, FieldType::Any, value, &|_| None, bound),
    }
}

fn compare(op: Op, operand: &Operand, kind: FieldType, value: &str, fields: Fields<'_>, bound: &Bindings) -> Truth {
    match (op, operand) {
        (Op::As, Operand::Name(name)) => bound.get(name).is_none_or(|before| same(before, value)).into(),
        (Op::Has | Op::Matches | Op::Regex, Operand::Pattern(pattern)) => pattern.is_match(value).into(),
        (Op::Lacks | Op::NotMatches | Op::NotRegex, Operand::Pattern(pattern)) => (!pattern.is_match(value)).into(),
        (Op::Near, Operand::Near { within, of }) => {
            let (Some(time), Some(other)) = (parse_time(value), bound.get(of).and_then(|text| parse_time(text))) else {
                return Truth::Unknown;
            };
            (milliseconds(other, time).abs() <= *within).into()
        }
        (Op::In, Operand::List(list)) => {
            Truth::any(list.iter().map(|one| compare(Op::Is, one, kind, value, fields, bound)))
        }
        (Op::NotIn, Operand::List(list)) => {
            !Truth::any(list.iter().map(|one| compare(Op::Is, one, kind, value, fields, bound)))
        }
        _ => match order(operand, kind, value, fields, bound) {
            None => Truth::Unknown,
            Some(order) => match op {
                Op::Is => order.is_eq(),
                Op::IsNot => order.is_ne(),
                Op::Less => order.is_lt(),
                Op::AtMost => order.is_le(),
                Op::More => order.is_gt(),
                Op::AtLeast => order.is_ge(),
                _ => false,
            }
            .into(),
        },
    }
}

/// How the value stands to the operand; `None` if they cannot be compared.
fn order(operand: &Operand, kind: FieldType, value: &str, fields: Fields<'_>, bound: &Bindings) -> Option<Ordering> {
    let text = match operand {
        Operand::Text(text) => Cow::Borrowed(text.as_str()),
        Operand::Number(number) => Cow::Owned(number.to_string()),
        Operand::Time(time) => Cow::Owned(time.to_string()),
        Operand::Bound(name) => Cow::Borrowed(bound.get(name)?.as_str()),
        Operand::Field(name) => fields(name)?,
        _ => return None,
    };
    match kind {
        FieldType::Number => Some(parse_number(value)?.cmp(&parse_number(&text)?)),
        FieldType::Time => Some(parse_time(value)?.cmp(&parse_time(&text)?)),
        FieldType::Version => compare_versions(value, &text),
        FieldType::Text | FieldType::Word(_) | FieldType::Level | FieldType::Role => {
            Some(fold(value).cmp(&fold(&text)))
        }
        FieldType::Any => Some(match (parse_number(value), parse_number(&text)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => match (parse_time(value), parse_time(&text)) {
                (Some(left), Some(right)) => left.cmp(&right),
                _ => fold(value).cmp(&fold(&text)),
            },
        }),
    }
}

/// Whether two texts name the same thing: letters in any case, any run of blanks alike.
pub(super) fn same(left: &str, right: &str) -> bool {
    left == right || left.eq_ignore_ascii_case(right) || {
        // Only a text with blanks or other letters can still be the same.
        let plain = |text: &str| text.is_ascii() && !text.contains(|c: char| c.is_ascii_whitespace());
        !(plain(left) && plain(right)) && fold(left) == fold(right)
    }
}

/// The form that two texts share if they are the [`same`].
pub(super) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A whole number, decimal or `0x` hexadecimal; grouping commas are allowed.
fn parse_number(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.replace(',', "").parse().ok(),
    }
}

/// A date with or without a time, as ISO 8601 writes it (a blank may stand for the `T`).
#[must_use]
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<jiff::civil::Date>().ok().map(|date| date.at(0, 0, 0, 0)))
}
