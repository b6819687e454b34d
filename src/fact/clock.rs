//! What is known of a machine's clock: logs of this kind carry local time, and no zone.

use jiff::tz::{Offset, TimeZone};

use super::Timestamp;

/// The clock of one machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clock {
    /// The zone that its logs are in, if the bundle gives one.
    pub zone: Option<TimeZone>,
    /// If the bundle says that the clocks of its machines agree: within so many milliseconds.
    pub agrees_within: Option<i64>,
}

impl Clock {
    /// The offset from UTC at a local time; `None` if it is not known, or if the clocks showed that time twice or never.
    #[must_use]
    pub fn offset(&self, time: Timestamp) -> Option<Offset> {
        let time = self.zone.as_ref()?.to_ambiguous_timestamp(time);
        match time.offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { offset } => Some(offset),
            _ => None,
        }
    }

    /// For a local time that the clocks showed twice, when summer time ended: by how many milliseconds they were set back.
    #[must_use]
    pub fn set_back(&self, time: Timestamp) -> Option<i64> {
        match self.zone.as_ref()?.to_ambiguous_timestamp(time).offset() {
            jiff::tz::AmbiguousOffset::Fold { before, after } => {
                Some(i64::from(before.seconds() - after.seconds()) * 1000)
            }
            _ => None,
        }
    }
}

/// From one time to a later one, in milliseconds.
#[must_use]
pub fn milliseconds(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.duration_since(from).as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_tells_offsets_and_doubled_hours() {
        let clock = Clock { zone: TimeZone::get("America/Los_Angeles").ok(), agrees_within: None };
        let at = |month, day, hour| jiff::civil::date(1998, month, day).at(hour, 30, 0, 0);
        assert_eq!(clock.offset(at(3, 2, 10)).map(|offset| offset.seconds()), Some(-8 * 3600));
        assert_eq!(clock.offset(at(7, 2, 10)).map(|offset| offset.seconds()), Some(-7 * 3600));
        // The clocks went back at two o'clock in the night of the 25th of October 1998.
        assert_eq!(clock.offset(at(10, 25, 1)), None);
        assert_eq!(clock.set_back(at(10, 25, 1)), Some(3_600_000));
        assert_eq!(clock.set_back(at(10, 25, 3)), None);
        assert_eq!(Clock::default().offset(at(3, 2, 10)), None);
    }
}
