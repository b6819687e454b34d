//! What the evidence of a host could have shown, and what is missing from it.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use super::Timestamp;

/// From the first to the last time that a source speaks of, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first time.
    pub from: Timestamp,
    /// The last time.
    pub to: Timestamp,
}

impl Span {
    /// Whether the source covers this moment.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time <= self.to
    }

    /// Widens the span to hold another one too.
    pub fn join(this: &mut Option<Self>, more: Option<Self>) {
        if let Some(more) = more {
            Self::extend(this, more.from);
            Self::extend(this, more.to);
        }
    }

    /// Widens the span to hold `time`.
    pub fn extend(this: &mut Option<Self>, time: Timestamp) {
        match this {
            None => *this = Some(Self { from: time, to: time }),
            Some(span) => {
                span.from = span.from.min(time);
                span.to = span.to.max(time);
            }
        }
    }
}

/// One log (or table) of a host: its files, how much they say, and over which time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSpan {
    /// The files that it was read from, as paths in the bundle.
    pub files: BTreeSet<String>,
    /// The time covered, if any record carries a time.
    pub span: Option<Span>,
    /// The same, if dates that nobody can read for sure stand the other way.
    pub other_span: Option<Span>,
    /// How many records.
    pub records: u64,
    /// How many physical lines, up to the last record.
    pub lines: u64,
    /// A table of it was read whole, so that having no row is an answer.
    pub whole_table: bool,
    /// A file of it could not be read whole, or its tracing was switched off: what is not in it may still have happened.
    pub incomplete: Option<String>,
}

/// The log that every text belongs to, whatever else it is.
pub const ANY_LOG: &str = "any";

/// What a host's sources could have shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By name of the log, as the product's data gives it; tables too.
    pub logs: BTreeMap<String, LogSpan>,
    /// Rows of a table about one machine, by table and lower-case name of the machine: a list of logons may stand on
    /// another machine than the one it is about, and says nothing of machines that it does not name.
    pub about: BTreeMap<(String, String), LogSpan>,
    /// Exported registry branches.
    pub registry: BTreeSet<String>,
    /// INI files read whole.
    pub ini: BTreeSet<String>,
    /// Classes of MIF groups that were read whole.
    pub mif: BTreeSet<String>,
    /// Listed folders.
    pub folders: BTreeSet<String>,
    /// Whether the running services were listed.
    pub running_services: bool,
}

impl Coverage {
    /// Whether an exported branch holds this key.
    #[must_use]
    pub fn has_registry_key(&self, key: &str) -> bool {
        self.registry.iter().any(|branch| {
            key.strip_prefix(branch.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
        })
    }
}

/// Why evidence is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapReason {
    /// It was not collected.
    NotCollected,
    /// It was collected and could not be read whole, or was not being written.
    Incomplete(String),
    /// It was collected and does not reach the time in question.
    OutsideSpan,
    /// It was collected and says something that nobody can resolve.
    Ambiguous,
    /// It was collected, but which time is in question depends on other evidence that is missing.
    OpenTime,
    /// Nobody knows it, so that there is nothing to collect.
    NotKnown,
}

/// The gaps that are worth telling, each once, in order. What only waits for other evidence is left out if that is told.
#[must_use]
pub fn tell<G: Borrow<Gap> + Ord>(mut gaps: Vec<G>) -> Vec<G> {
    let waits = |gap: &G| gap.borrow().reason == GapReason::OpenTime;
    if !gaps.iter().all(waits) {
        gaps.retain(|gap| !waits(gap));
    }
    gaps.sort();
    gaps.dedup_by(|one, other| {
        let (one, other): (&Gap, &Gap) = ((*one).borrow(), (*other).borrow());
        one.need == other.need && one.from == other.from
    });
    gaps
}

/// What is missing: the reason of an unknown, and what to collect to settle it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What is needed, as a person would ask for it: ``log `pacman` ``.
    pub need: String,
    /// The host or role that has it.
    pub from: String,
    /// How to get it.
    pub how: String,
    /// Why it is missing.
    pub reason: GapReason,
}
