//! Conditions: what a rule may ask of a bundle.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fact::Timestamp;
use crate::kb::ProductId;
use crate::version::{Lattice, Range};

use super::{ClauseId, Pattern, Place, PredicateName, names};

/// A question with the answer true, false or unknown. A true answer carries the events and facts that show it, and
/// binds the names that were captured; inside `all`, later parts see what earlier parts bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// All hold, together: the names that they share have the same value.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// It is known to hold: unknown counts as false.
    Known(Box<Condition>),
    /// The first that is not unknown decides: several sources for one question, the best first.
    First(Vec<Condition>),
    /// So many of them hold.
    AtLeast {
        /// How many.
        count: u32,
        /// Of these.
        of: Vec<Condition>,
    },
    /// Without it nothing can be said: false counts as unknown, and the sentence says what to collect.
    Needs {
        /// What is needed, for people.
        says: String,
        /// How it is recognised.
        of: Box<Condition>,
    },
    /// The machine has one of these levels, and the rest holds.
    When {
        /// The product.
        product: ProductId,
        /// The levels.
        levels: Levels,
        /// The rest.
        then: Box<Condition>,
    },
    /// Another clause of the same rule holds.
    Clause(ClauseKind, ClauseId),
    /// A predicate says so.
    Test(Call),
    /// Only the last event counts that the call finds.
    Last(Call),
    /// Two values compare so.
    Compare(Box<Compare>),
    /// Something happened often enough.
    Count(Box<Count>),
    /// Things happened one after the other.
    Sequence(Sequence),
}

impl Condition {
    /// The symptoms that it begins with: what it says is said of them, and of nothing where none of them is seen.
    #[must_use]
    pub fn symptoms(&self) -> Vec<&ClauseId> {
        match self {
            Self::Clause(ClauseKind::Symptom, id) => vec![id],
            Self::All(parts) => parts.iter().map(Self::symptoms).find(|ids| !ids.is_empty()).unwrap_or_default(),
            // Each way has to begin with one: a way without could hold where none is seen.
            Self::Any(parts) | Self::First(parts) => {
                let ways: Vec<_> = parts.iter().map(Self::symptoms).collect();
                if ways.iter().any(Vec::is_empty) { Vec::new() } else { ways.concat() }
            }
            Self::When { then: part, .. } => part.symptoms(),
            _ => Vec::new(),
        }
    }

    /// Every call in it, in order.
    pub fn each_call<'a>(&'a self, visit: &mut dyn FnMut(&'a Call)) {
        match self {
            Self::All(parts) | Self::Any(parts) | Self::First(parts) | Self::AtLeast { of: parts, .. } => {
                parts.iter().for_each(|part| part.each_call(visit));
            }
            Self::Not(part) | Self::Known(part) | Self::Needs { of: part, .. } | Self::When { then: part, .. } => {
                part.each_call(visit);
            }
            Self::Clause(..) | Self::Compare(_) => {}
            Self::Test(call) | Self::Last(call) => visit(call),
            Self::Count(count) => visit(&count.of),
            Self::Sequence(sequence) => {
                for step in &sequence.steps {
                    let (Step::Seen { any, .. } | Step::Absent { any, .. }) = step;
                    any.iter().for_each(&mut *visit);
                    if let Step::Absent { until: Some(Until::Event(call)), .. } = step {
                        visit(call);
                    }
                }
            }
        }
    }

    /// The condition in short, for a sentence: the calls that it is made of.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::All(parts) => parts.iter().map(Self::text).collect::<Vec<_>>().join(" and "),
            Self::Any(parts) | Self::First(parts) => parts.iter().map(Self::text).collect::<Vec<_>>().join(" or "),
            Self::Not(part) => format!("not {}", part.text()),
            Self::Known(part) => part.text(),
            Self::AtLeast { count, of } => {
                let parts = of.iter().map(Self::text).collect::<Vec<_>>().join(", ");
                format!("at least {count} of {parts}")
            }
            Self::When { then, .. } => format!("{self}: {}", then.text()),
            other => other.to_string(),
        }
    }
}

/// Levels of one product, and how a person writes them: without the product's data nobody could name them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// The levels: any of these.
    pub ranges: Vec<Range>,
    /// The same in words: `exactly 1.2 or >= 1.2 SP3`.
    pub text: String,
}

impl Levels {
    /// The levels with their words.
    #[must_use]
    pub fn new(ranges: Vec<Range>, lattice: &Lattice) -> Self {
        let text = |range: &Range| match range {
            Range::Only(level) => format!("exactly {}", lattice.name(*level)),
            range => range.text(lattice),
        };
        let text = ranges.iter().map(text).collect::<Vec<_>>().join(" or ");
        Self { ranges, text }
    }
}

/// Which list of a rule a clause stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ClauseKind {
    /// The symptoms.
    Symptom,
    /// The causes.
    Cause,
}

/// `$before != $after`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compare {
    /// The bound name on the left.
    pub name: String,
    /// How they compare.
    pub op: Op,
    /// The other value.
    pub value: Operand,
}

/// `count at least 3 within 24h per package { log … }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What is counted.
    pub of: Call,
    /// How often at least.
    pub at_least: u32,
    /// Count the different values of this name instead of the events.
    pub distinct: Option<String>,
    /// Inside a window of this length.
    pub within: Option<Window>,
    /// For each value of these names on its own.
    pub per: Vec<String>,
}

/// `sequence within 2m { … }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// What happens, in order. The first is not an absence.
    pub steps: Vec<Step>,
    /// From the first to the last event.
    pub within: Option<Window>,
}

/// One step of a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// An event that one of these calls finds.
    Seen {
        /// The calls.
        any: Vec<Call>,
        /// Counted from the step before.
        within: Option<Window>,
    },
    /// No event that one of these calls finds, between the step before and the step after.
    Absent {
        /// The calls.
        any: Vec<Call>,
        /// Only for so long after the step before.
        within: Option<Window>,
        /// Only until this.
        until: Option<Until>,
    },
}

/// Where an absence ends, at the latest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// At the first event that the call finds.
    Event(Call),
    /// At the time that this name is bound to.
    Time(String),
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// Milliseconds.
    Time(i64),
    /// Records of one log.
    Events(u64),
}

/// The number of a call inside its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub u32);

/// A predicate with what it is asked: `log pacman has "Job completed."`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its number.
    pub id: CallId,
    /// The name of the predicate: one of its registry.
    #[serde(deserialize_with = "names::predicate")]
    pub predicate: PredicateName,
    /// What it is about: a log, a registry key, a file.
    pub subjects: Vec<String>,
    /// Whose evidence is asked.
    pub scope: Scope,
    /// What must hold. The scan asks the same tests as the rule, so both share them, with what was compiled of them.
    pub tests: Arc<[Test]>,
    /// Where it was written.
    pub place: Place,
}

impl Call {
    /// Whether an answer depends on a name that is bound already.
    #[must_use]
    pub fn depends_on(&self, is_bound: &dyn Fn(&str) -> bool) -> bool {
        fn depends(value: &Operand, is_bound: &dyn Fn(&str) -> bool) -> bool {
            match value {
                Operand::Bound(name) | Operand::Name(name) | Operand::Near { of: name, .. } => is_bound(name),
                Operand::Pattern(pattern) => pattern.captures().any(is_bound),
                Operand::List(values) => values.iter().any(|value| depends(value, is_bound)),
                Operand::None
                | Operand::Text(_)
                | Operand::Number(_)
                | Operand::Time(_)
                | Operand::Levels(_)
                | Operand::Field(_) => false,
            }
        }
        self.tests.iter().any(|test| depends(&test.value, is_bound))
    }
}

/// Whose evidence a call asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// The machine that the finding is about.
    Here,
    /// Every machine of the bundle that has this role.
    Role(String),
    /// Every machine of the bundle.
    Anywhere,
}

/// `status in (Complete, None)`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// The field.
    pub field: String,
    /// How it compares.
    pub op: Op,
    /// With what.
    pub value: Operand,
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Op {
    /// `=`: equal, letters in any case.
    Is,
    /// `!=`
    IsNot,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `in (a, b)`
    In,
    /// `not in (a, b)`
    NotIn,
    /// `has "text"`
    Has,
    /// `lacks "text"`
    Lacks,
    /// `matches "*.exe"`
    Matches,
    /// `not matches "*.exe"`
    NotMatches,
    /// `~ /regex/`
    Regex,
    /// `!~ /regex/`
    NotRegex,
    /// `exists`
    Exists,
    /// `missing`
    Missing,
    /// `as name`: binds the field, or compares it with what the name is bound to.
    As,
    /// `within 5m of $name`
    Near,
}

impl Op {
    /// Every operator with its spelling in the rule language and its key in YAML.
    pub const ALL: &[(Self, &str, &str)] = &[
        (Self::Is, "=", "is"),
        (Self::IsNot, "!=", "is-not"),
        (Self::Less, "<", "less"),
        (Self::AtMost, "<=", "at-most"),
        (Self::More, ">", "more"),
        (Self::AtLeast, ">=", "at-least"),
        (Self::In, "in", "in"),
        (Self::NotIn, "not in", "not-in"),
        (Self::Has, "has", "has"),
        (Self::Lacks, "lacks", "lacks"),
        (Self::Matches, "matches", "matches"),
        (Self::NotMatches, "not matches", "not-matches"),
        (Self::Regex, "~", "regex"),
        (Self::NotRegex, "!~", "not-regex"),
        (Self::Exists, "exists", "exists"),
        (Self::Missing, "missing", "missing"),
        (Self::As, "as", "as"),
        (Self::Near, "within", "within"),
    ];

    /// Its spelling in the rule language.
    #[must_use]
    pub fn spelling(self) -> &'static str {
        Self::ALL.iter().find(|(op, _, _)| *op == self).map_or("", |(_, spelling, _)| spelling)
    }
}

/// A value that a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operand {
    /// Nothing: `exists`, `missing`.
    None,
    /// Text. For fields of words and versions too.
    Text(String),
    /// A number.
    Number(i64),
    /// A date, with or without a time.
    Time(Timestamp),
    /// Levels of the product that the call is about; `>= 4.0 SP3` is a range too.
    Levels(Levels),
    /// Several values.
    List(Vec<Operand>),
    /// The value that a name is bound to: `$started`.
    Bound(String),
    /// Another field of the same record.
    Field(String),
    /// A pattern.
    Pattern(Pattern),
    /// The name to bind: `as started`.
    Name(String),
    /// `5m of $started`
    Near {
        /// Milliseconds.
        within: i64,
        /// The name of the time.
        of: String,
    },
}
