//! The decision: five answers in, one verdict out. `docs/verdicts.md` shows this table, and a test holds both together.

use crate::truth::Truth;

use super::Answers;

/// The verdict on one machine and one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A symptom is seen although the fix is installed.
    Recurring,
    /// A symptom is seen.
    Affected,
    /// The cause is there, and no symptom is seen yet.
    AtRisk,
    /// The level is affected, and nothing is seen.
    Exposed,
    /// The evidence that would decide is missing.
    Unknown,
    /// A workaround is in place.
    Mitigated,
    /// The fix is installed.
    Resolved,
    /// The cause is ruled out, or the article does not state the level.
    NotAffected,
}

/// What a verdict asks of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Do something.
    Act,
    /// Keep an eye on it.
    Watch,
    /// Collect more.
    Collect,
    /// Nothing.
    Ok,
}

/// How sure an `affected` or `recurring` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The article does not state the level.
    Possible,
    /// One of the answers is unknown.
    Likely,
    /// All answers are known.
    Confirmed,
}

impl Verdict {
    /// All verdicts, the most pressing first.
    pub const ALL: &[Self] = &[
        Self::Recurring,
        Self::Affected,
        Self::AtRisk,
        Self::Exposed,
        Self::Unknown,
        Self::Mitigated,
        Self::Resolved,
        Self::NotAffected,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Recurring => "recurring",
            Self::Affected => "affected",
            Self::AtRisk => "at-risk",
            Self::Exposed => "exposed",
            Self::Unknown => "unknown",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::NotAffected => "not-affected",
        }
    }

    /// Its group.
    #[must_use]
    pub fn group(self) -> Group {
        match self {
            Self::Recurring | Self::Affected => Group::Act,
            Self::AtRisk | Self::Exposed => Group::Watch,
            Self::Unknown => Group::Collect,
            Self::Mitigated | Self::Resolved | Self::NotAffected => Group::Ok,
        }
    }
}

impl Group {
    /// All groups.
    pub const ALL: &[Self] = &[Self::Act, Self::Watch, Self::Collect, Self::Ok];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Watch => "watch",
            Self::Collect => "collect",
            Self::Ok => "ok",
        }
    }
}

impl Confidence {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Confirmed => "confirmed",
        }
    }
}

/// The first row that holds. An answer of `None` means that the rule has no such part: a symptom that cannot be
/// observed, a cause that is not stated, no workaround.
#[must_use]
pub fn decide(answers: &Answers) -> (Verdict, Option<Confidence>) {
    use Truth::{False, True, Unknown};
    let seen = answers.symptom == Some(True);
    if answers.fixed == True {
        return match answers.recurs {
            True => (Verdict::Recurring, Some(Confidence::Confirmed)),
            Unknown => (Verdict::Recurring, Some(Confidence::Likely)),
            False => (Verdict::Resolved, None),
        };
    }
    if answers.workaround == Some(True) {
        return (Verdict::Mitigated, None);
    }
    if answers.cause == Some(False) || (answers.range == False && !seen) {
        return (Verdict::NotAffected, None);
    }
    if seen {
        let sure = answers.range == True && answers.fixed == False && answers.cause != Some(Unknown);
        let confidence = match answers.range {
            False => Confidence::Possible,
            _ if sure => Confidence::Confirmed,
            _ => Confidence::Likely,
        };
        return (Verdict::Affected, Some(confidence));
    }
    let open = answers.range == Unknown || answers.fixed == Unknown;
    if !open && answers.cause == Some(True) {
        return (Verdict::AtRisk, None);
    }
    if open || answers.symptom == Some(Unknown) || answers.cause == Some(Unknown) {
        return (Verdict::Unknown, None);
    }
    (Verdict::Exposed, None)
}
