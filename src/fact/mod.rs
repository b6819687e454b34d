//! What a bundle says: events, facts, what it could have said, and what it lacks.
//!
//! Readers push [`Event`]s, [`Fact`]s and [`Claim`]s into a [`Sink`]; nobody holds a whole log. The scan keeps what some
//! rule asked about, as [`Kept`] events and facts in one [`HostEvidence`] a machine.

mod clock;
mod coverage;
mod evidence;
mod key;
mod named;
mod sieve;
mod sink;

pub use clock::{Clock, milliseconds};
pub use coverage::{ANY_LOG, Coverage, Gap, GapReason, LogSpan, Span, tell};
pub use evidence::{Bindings, Dropped, HostEvidence, Kept, LevelReport, Position, Witness};
pub use key::{FactKey, FileAttr, ServiceAttr, Value, registry_key, registry_key_exact};
pub use named::Named;
pub use sieve::{BlockLines, ReadAll, Sieve, Sieves, Sifted, lines};
pub use sink::{Claim, DateOrderNews, Event, Fact, MemberId, Origin, Problem, Severity, Sink};

/// Local time of a host, as it was logged: logs of this kind carry no zone.
pub type Timestamp = jiff::civil::DateTime;

/// The same moment with day and month in each other's place; as it is if there is no such day.
#[must_use]
pub fn swapped(time: Timestamp) -> Timestamp {
    jiff::civil::Date::new(time.year(), time.day(), time.month()).map_or(time, |date| date.to_datetime(time.time()))
}
