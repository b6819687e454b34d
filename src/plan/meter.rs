//! What each query cost, for whoever wants to know which pattern is dear.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What one query cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Lines of long logs that were read since a text of the pattern stands on them.
    pub lines: u64,
    /// Records that the pattern was tried on.
    pub tried: u64,
    /// Records that it matched.
    pub found: u64,
    /// The time that the trials took.
    pub time: Duration,
}

/// Counts for all queries, from all threads.
#[derive(Debug, Default)]
pub struct Meter(Vec<Count>);

#[derive(Debug, Default)]
struct Count {
    lines: AtomicU64,
    tried: AtomicU64,
    found: AtomicU64,
    nanos: AtomicU64,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, more: Self) {
        self.lines += more.lines;
        self.tried += more.tried;
        self.found += more.found;
        self.time += more.time;
    }
}

impl Meter {
    pub(super) fn new(queries: usize) -> Self {
        Self((0..queries).map(|_| Count::default()).collect())
    }

    /// Counts a line that is read for a query.
    pub(super) fn line(&self, query: usize) {
        if let Some(count) = self.0.get(query) {
            count.lines.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a record that a query was tried on.
    pub(crate) fn tried(&self, query: usize, found: bool, time: Duration) {
        if let Some(count) = self.0.get(query) {
            count.tried.fetch_add(1, Ordering::Relaxed);
            count.found.fetch_add(u64::from(found), Ordering::Relaxed);
            count.nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    /// What a query cost so far.
    #[must_use]
    pub fn cost(&self, query: usize) -> Cost {
        self.0.get(query).map_or_else(Cost::default, |count| Cost {
            lines: count.lines.load(Ordering::Relaxed),
            tried: count.tried.load(Ordering::Relaxed),
            found: count.found.load(Ordering::Relaxed),
            time: Duration::from_nanos(count.nanos.load(Ordering::Relaxed)),
        })
    }
}
