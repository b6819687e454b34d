//! Times of logs that are in UTC, for a host whose other logs are in local time.

use std::cell::Cell;

use jiff::tz::TimeZone;

use crate::fact::Timestamp;

use super::super::time::{utc_to_local, zone};
use super::{Context, Output};

/// Turns UTC into the local time of the host, and says once if it cannot.
#[derive(Default)]
pub(super) struct UtcClock {
    zone: Option<TimeZone>,
    told: Cell<bool>,
}

impl UtcClock {
    pub(super) fn new(ctx: &Context<'_>) -> Self {
        Self { zone: ctx.host.timezone.as_deref().and_then(zone), told: Cell::new(false) }
    }

    /// `None` if nobody states the zone: a guess would put the record before or after those of other logs at random.
    pub(super) fn local(&self, utc: Timestamp, line: u64, out: &mut Output<'_>) -> Option<Timestamp> {
        let Some(zone) = &self.zone else {
            if !self.told.replace(true) {
                out.warn(line, || ZONE_UNKNOWN.to_owned());
            }
            return None;
        };
        utc_to_local(utc, zone)
    }
}

/// What is said of a log in UTC on a host without a zone.
pub(in super::super) const ZONE_UNKNOWN: &str = "the times of this log are UTC, and the zone of the host is not known: its records \
     carry no local time; state `timezone` of the host in bundle.yaml, such as America/Los_Angeles";
