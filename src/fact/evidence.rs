//! What the scan kept of one host.

use std::collections::{BTreeMap, BTreeSet};

use crate::version::Installed;

use super::{Clock, Coverage, Fact, FactKey, MemberId, Named, Origin, Timestamp, Value, swapped};

/// Names that a condition has bound to text: captures, and fields taken with `as`.
pub type Bindings = BTreeMap<String, String>;

/// Where an event stands among the others of its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Events of one stream are in the order of the file; a rolled-over file comes before its successor.
    pub stream: u32,
    /// The order inside the stream.
    pub ordinal: u64,
    /// The time, if the record has one.
    pub time: Option<Timestamp>,
    /// By how many milliseconds the time may be off, since the clock was set back around it.
    pub doubt: i64,
}

/// An event that some rule asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it stands in the bundle.
    pub at: Origin,
    /// Where it stands among the others.
    pub position: Position,
    /// Its text, cut to a bounded length.
    pub text: String,
    /// Everything it can be asked for by name: captures of the pattern, and columns of a row. Also `component`,
    /// `program` and `thread`, if the record has them.
    pub fields: Named,
}

/// A stretch of a stream from which a query's events were not kept: the first and the last ones were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// The stream.
    pub stream: u32,
    /// The last event that was kept before it.
    pub from: u64,
    /// The first event that was kept again.
    pub until: u64,
}

/// One statement about the level of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The levels that it leaves possible, as a person would say it: `1.2 SP3`, `1.2 to 1.2 SP4`.
    pub says: String,
    /// Which kind of witness: `stated`, `marker-file`, ….
    pub trust: String,
    /// Where it stands; `None` for a level stated on the command line.
    pub at: Option<Origin>,
    /// Why it is not to be relied on, or why it was overruled.
    pub why: Option<String>,
    /// What it leaves possible.
    pub allows: Installed,
}

/// What is known of a host's level of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelReport {
    /// The product.
    pub product: String,
    /// Every level that the evidence leaves possible. `None`: no witness spoke.
    pub installed: Option<Installed>,
    /// The trust of the witness that decided.
    pub trust: String,
    /// All that spoke, the most trusted first.
    pub witnesses: Vec<Witness>,
    /// When the installed level came on the machine, if a dated witness shows it.
    pub since: Option<Timestamp>,
}

/// All that is known of one machine.
#[derive(Debug, Clone, Default)]
pub struct HostEvidence {
    /// Its name.
    pub name: String,
    /// Its role, in the words of the product's data.
    pub role: Option<String>,
    /// Whether the bundle states the role, rather than the evidence suggesting it.
    pub role_stated: bool,
    /// Which of the audited bundles it came in.
    pub bundle: usize,
    /// The bundle inside of that one, in a fleet; else empty. Only machines of one bundle are a site.
    pub fleet: String,
    /// Its clock.
    pub clock: Clock,
    /// What its sources could have shown.
    pub coverage: Coverage,
    /// Configuration values that some rule asked about. Several sources may speak of one address.
    pub facts: BTreeMap<FactKey, Vec<Fact>>,
    /// Events by the number of the query that asked for them.
    pub events: BTreeMap<usize, Vec<Kept>>,
    /// For each query the stretches from which no events were kept, since it found too many: what they miss is unknown.
    pub dropped: BTreeMap<usize, Vec<Dropped>>,
    /// Files whose numeric dates can be read month first or day first, and nothing tells which. Their times are as if
    /// the month stood first.
    pub open_dates: BTreeSet<MemberId>,
    /// Its levels.
    pub levels: Vec<LevelReport>,
}

impl HostEvidence {
    /// The same evidence with the open dates read the other way. The levels are not resolved anew.
    #[must_use]
    pub fn with_dates_the_other_way(&self) -> Self {
        let mut other = self.clone();
        let open = |at: &Origin| self.open_dates.contains(&at.member);
        for kept in other.events.values_mut().flatten().filter(|kept| open(&kept.at)) {
            kept.position.time = kept.position.time.map(swapped);
        }
        for fact in other.facts.values_mut().flatten().filter(|fact| open(&fact.at)) {
            if let Value::Time(time) = &mut fact.value {
                *time = swapped(*time);
            }
        }
        for log in other.coverage.logs.values_mut().chain(other.coverage.about.values_mut()) {
            log.span = log.other_span;
        }
        other
    }
}
