//! What a question to the evidence gives back.

use crate::fact::{Bindings, Gap, Origin, Position, Timestamp};
use crate::truth::Truth;

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The machine, as an index into the hosts of the view.
    pub host: usize,
    /// Where it stands; `None` for what was stated on the command line or by the bundle itself.
    pub at: Option<Origin>,
    /// When.
    pub time: Option<Timestamp>,
    /// What stands there.
    pub text: String,
    /// What was captured there.
    pub captures: Bindings,
}

/// One way in which a condition holds: what it bound, and what shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Solution {
    /// All names that are bound, with those from before.
    pub bound: Bindings,
    /// What shows it, in order.
    pub seen: Vec<Seen>,
    /// Where the last event of it stands.
    pub position: Option<Position>,
}

/// How many ways in which one condition holds are followed up. One more is kept, to show that there are more: then what
/// fails in all of these is unknown, and the search has an end.
pub const SOLUTIONS: usize = 512;

/// The answer to one question: true with solutions, or false or unknown without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer.
    pub truth: Truth,
    /// Only if true: the ways in which it holds, in order, at most a bounded number.
    pub solutions: Vec<Solution>,
    /// What speaks against it, if it is false because of something that is there.
    pub against: Vec<Seen>,
    /// What is missing. A true or false answer may carry gaps of evidence that was not needed.
    pub gaps: Vec<Gap>,
}

impl Answer {
    /// True, in these ways.
    #[must_use]
    pub fn holds(solutions: Vec<Solution>) -> Self {
        Self { truth: Truth::True, solutions, against: Vec::new(), gaps: Vec::new() }
    }

    /// False.
    #[must_use]
    pub fn no() -> Self {
        Self { truth: Truth::False, solutions: Vec::new(), against: Vec::new(), gaps: Vec::new() }
    }

    /// False, because of this.
    #[must_use]
    pub fn no_because(against: Vec<Seen>) -> Self {
        Self { against, ..Self::no() }
    }

    /// Unknown, for lack of this.
    #[must_use]
    pub fn unknown(gaps: Vec<Gap>) -> Self {
        Self { truth: Truth::Unknown, gaps, ..Self::no() }
    }
}

impl Solution {
    /// Both together: what either has bound, and what shows either.
    #[must_use]
    pub fn joined(&self, more: &Self) -> Self {
        let mut seen = self.seen.clone();
        seen.extend(more.seen.iter().filter(|one| !self.seen.contains(one)).cloned());
        Self { bound: more.bound.clone(), seen, position: more.position.or(self.position) }
    }
}
