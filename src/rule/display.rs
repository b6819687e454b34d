//! Conditions as short text, for proof trees. It reads like the rule language but is not meant to be parsed again.

use std::fmt::{self, Display, Formatter};

use super::{Call, ClauseKind, Compare, Condition, Op, Operand, PatternKind, Scope, Test, Window};

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(_) => f.write_str("all of"),
            Self::Any(_) => f.write_str("any of"),
            Self::Not(_) => f.write_str("not"),
            Self::Known(_) => f.write_str("known"),
            Self::First(_) => f.write_str("first known of"),
            Self::AtLeast { count, .. } => write!(f, "at least {count} of"),
            Self::Needs { says, .. } => write!(f, "needs {says}"),
            Self::When { product, .. } => write!(f, "when level of {product} is in range"),
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
        match self.tests.as_slice() {
            [] => Ok(()),
            [one] => write!(f, " {one}"),
            many => {
                f.write_str(" {")?;
                for test in many {
                    write!(f, " {test}")?;
                }
                f.write_str(" }")
            }
        }
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.op.spelling())?;
        if self.value == Operand::None { Ok(()) } else { write!(f, " {}", self.value) }
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
            Self::Time(time) => time.fmt(f),
            Self::Levels(_) => f.write_str("(level)"),
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
