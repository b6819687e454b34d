//! Conditions as short text, for proof trees. It reads like the rule language but is not meant to be parsed again.

use std::fmt::{self, Display, Formatter};

use super::{Call, ClauseKind, Compare, Condition, Levels, Op, Operand, PatternKind, Scope, Step, Test, Window};

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(_) => f.write_str("all of"),
            Self::Any(_) => f.write_str("any of"),
            Self::Not(_) => f.write_str("not"),
            Self::Known(_) => f.write_str("known to hold"),
            Self::First(_) => f.write_str("first known of"),
            Self::AtLeast { count, .. } => write!(f, "at least {count} of"),
            Self::Needs { says, .. } => write!(f, "needs {says}"),
            Self::When { product, levels, .. } => write!(f, "when the level of {product} is {levels}"),
            Self::Clause(ClauseKind::Symptom, id) => write!(f, "symptom {id}"),
            Self::Clause(ClauseKind::Cause, id) => write!(f, "cause {id}"),
            Self::Test(call) => call.fmt(f),
            Self::Last(call) => write!(f, "last {call}"),
            Self::Compare(compare) => compare.fmt(f),
            Self::Count(count) => {
                write!(f, "count at least {}", count.at_least)?;
                if let Some(distinct) = &count.distinct {
                    write!(f, " different {distinct}")?;
                }
                within(f, count.within)?;
                if !count.per.is_empty() {
                    write!(f, " per {}", count.per.join(", "))?;
                }
                write!(f, ": {}", count.of)
            }
            Self::Sequence(sequence) => {
                f.write_str("sequence")?;
                within(f, sequence.within)
            }
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (any, window) = match self {
            Self::Seen { any, within } => (any, within),
            Self::Absent { any, within, .. } => {
                f.write_str("no ")?;
                (any, within)
            }
        };
        for (i, call) in any.iter().enumerate() {
            write!(f, "{}{call}", if i == 0 { "" } else { " or " })?;
        }
        within(f, *window)
    }
}

fn within(f: &mut Formatter<'_>, window: Option<Window>) -> fmt::Result {
    match window {
        None => Ok(()),
        Some(Window::Time(ms)) => write!(f, " within {}", duration(ms)),
        Some(Window::Events(count)) => write!(f, " within {count} events"),
    }
}

/// A length of time in its largest whole unit.
fn duration(ms: i64) -> String {
    for (unit, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")] {
        if ms != 0 && ms % unit == 0 {
            return format!("{}{name}", ms / unit);
        }
    }
    format!("{ms}ms")
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.predicate)?;
        for subject in &self.subjects {
            write!(f, " {subject}")?;
        }
        match &self.scope {
            Scope::Here => {}
            Scope::Role(role) => write!(f, " on {role}")?,
            Scope::Anywhere => f.write_str(" on any")?,
        }
        match &*self.tests {
            [] => Ok(()),
            [one] => write!(f, " {one}"),
            many => {
                for (i, test) in many.iter().enumerate() {
                    write!(f, "{}{test}", if i == 0 { " { " } else { "; " })?;
                }
                f.write_str(" }")
            }
        }
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Operand::Levels(levels) = &self.value {
            return match self.op {
                Op::IsNot | Op::NotIn => write!(f, "is not {levels}"),
                _ => write!(f, "is {levels}"),
            };
        }
        write!(f, "{} {}", self.field, self.op.spelling())?;
        if self.value == Operand::None { Ok(()) } else { write!(f, " {}", self.value) }
    }
}

impl Display for Levels {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Display for Compare {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "${} {}", self.name, self.op.spelling())?;
        if self.value == Operand::None { Ok(()) } else { write!(f, " {}", self.value) }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => number.fmt(f),
            // A day was written as a day.
            Self::Time(time) if time.time() == jiff::civil::Time::midnight() => time.date().fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::Levels(levels) => levels.fmt(f),
            Self::List(values) => {
                f.write_str("(")?;
                for (i, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Self::Bound(name) => write!(f, "${name}"),
            Self::Field(name) | Self::Name(name) => f.write_str(name),
            Self::Pattern(pattern) => match pattern.kind() {
                PatternKind::Regex => write!(f, "/{}/", pattern.source()),
                PatternKind::Literal | PatternKind::Glob => write!(f, "{:?}", pattern.source()),
            },
            Self::Near { within, of } => write!(f, "{} of ${of}", duration(*within)),
        }
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.spelling())
    }
}

#[cfg(test)]
mod tests {
    use crate::kb::ProductId;
    use crate::rule::{Call, CallId, Condition, Levels, Op, Operand, Place, Scope, Test};
    use crate::version::{Lattice, LevelSpec, Range};

    fn levels() -> Levels {
        let spec = |level: &str, after: &[&str]| LevelSpec {
            name: level.to_owned(),
            release: "1.2".to_owned(),
            after: after.iter().map(|&name| name.to_owned()).collect(),
            cumulative: true,
            aliases: Vec::new(),
        };
        let lattice = Lattice::new(vec![spec("1.2", &[]), spec("1.2 SP1", &["1.2"])]).expect("a lattice");
        let level = |name| lattice.parse(name).expect("a level");
        Levels::new(vec![Range::Only(level("1.2")), Range::From(level("1.2 SP1"))], &lattice)
    }

    fn test(field: &str, op: Op, value: Operand) -> Test {
        Test { field: field.to_owned(), op, value }
    }

    fn call(predicate: &'static str, subject: &str, tests: Vec<Test>) -> String {
        let subjects = vec![subject.to_owned()];
        Call { id: CallId(0), predicate, subjects, scope: Scope::Here, tests: tests.into(), place: Place::default() }
            .to_string()
    }

    #[test]
    fn levels_are_named_and_tests_are_told_apart() {
        let product = ProductId::new("sms").expect("a product");
        let then = Box::new(Condition::All(Vec::new()));
        let when = Condition::When { product, levels: levels(), then };
        assert_eq!(when.to_string(), "when the level of sms is exactly 1.2 or >= 1.2 SP1");
        let level = |op| call("level", "sms", vec![test("level", op, Operand::Levels(levels()))]);
        assert_eq!(level(Op::Is), "level sms is exactly 1.2 or >= 1.2 SP1");
        assert_eq!(level(Op::IsNot), "level sms is not exactly 1.2 or >= 1.2 SP1");
        let day = Operand::Time("1998-07-01T00:00:00".parse().expect("a time"));
        let tests = vec![test("modified", Op::AtLeast, day), test("size", Op::Less, Operand::Number(7))];
        assert_eq!(call("file", "pcmsvc32.exe", tests), "file pcmsvc32.exe { modified >= 1998-07-01; size < 7 }");
    }
}
