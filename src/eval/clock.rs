//! Before, after, and how far apart: by place in one file, by time elsewhere, and only as sure as the clocks are.

use std::cmp::Ordering;

use crate::fact::{HostEvidence, Position, milliseconds};
use crate::predicate::Candidate;
use crate::rule::Window;
use crate::truth::Truth;

/// Where an event stands: on which machine, and where there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) position: Position,
    pub(super) host: usize,
}

impl Place {
    /// Where a record stands.
    pub(super) fn of(candidate: &Candidate<'_>) -> Self {
        Self { position: candidate.kept.position, host: candidate.host }
    }

    /// The place right behind it.
    pub(super) fn next(self) -> Self {
        let position = Position { ordinal: self.position.ordinal + 1, ..self.position };
        Self { position, ..self }
    }

    pub(super) fn is_in_file_of(&self, other: &Self) -> bool {
        self.host == other.host && self.position.stream == other.position.stream
    }
}

/// Compares places by the clocks of their machines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks<'a>(pub(super) &'a [HostEvidence]);

impl Clocks<'_> {
    /// Which came first: by place in one file, else by time; `None` if nothing tells.
    pub(super) fn order(self, one: Place, other: Place) -> Option<Ordering> {
        if one.is_in_file_of(&other) {
            return Some(one.position.ordinal.cmp(&other.position.ordinal));
        }
        let (least, most) = self.apart(one, other)?;
        match (least, most) {
            (1.., _) => Some(Ordering::Less),
            (_, ..=-1) => Some(Ordering::Greater),
            // The same moment in two files: nothing tells which was first.
            _ => None,
        }
    }

    /// Whether `later` comes after `earlier`.
    pub(super) fn follows(self, earlier: Place, later: Place) -> Truth {
        match self.order(earlier, later) {
            Some(Ordering::Less) => Truth::True,
            Some(Ordering::Equal | Ordering::Greater) => Truth::False,
            None => Truth::Unknown,
        }
    }

    /// Whether `to` is no further behind `from` than the window allows.
    pub(super) fn inside(self, from: Place, to: Place, within: Option<Window>) -> Truth {
        match within {
            None => Truth::True,
            Some(Window::Events(events)) => {
                let near = from.position.ordinal.abs_diff(to.position.ordinal) <= events;
                (from.is_in_file_of(&to) && near).into()
            }
            Some(Window::Time(ms)) => match self.apart(from, to) {
                Some((_, most)) if most <= ms => Truth::True,
                Some((least, _)) if least > ms => Truth::False,
                _ => Truth::Unknown,
            },
        }
    }

    /// From one place to another in milliseconds: at least and at most; `None` if nothing tells.
    pub(super) fn apart(self, from: Place, to: Place) -> Option<(i64, i64)> {
        let (start, end) = (from.position.time?, to.position.time?);
        let mut doubt = from.position.doubt.max(to.position.doubt);
        let mut apart = milliseconds(start, end);
        if from.host != to.host {
            let (one, other) = (&self.0.get(from.host)?.clock, &self.0.get(to.host)?.clock);
            doubt = doubt.saturating_add(one.agrees_within?.max(other.agrees_within?));
            if one.zone != other.zone {
                let shift = i64::from(one.offset(start)?.seconds()) - i64::from(other.offset(end)?.seconds());
                apart = apart.saturating_add(shift * 1000);
            }
        }
        Some((apart.saturating_sub(doubt), apart.saturating_add(doubt)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Clock;

    fn place(host: usize, stream: u32, ordinal: u64, minute: i8, doubt: i64) -> Place {
        let time = Some(jiff::civil::date(1998, 3, 2).at(10, minute, 0, 0));
        Place { host, position: Position { stream, ordinal, time, doubt } }
    }

    fn hosts(zones: [Option<&str>; 2], agrees_within: Option<i64>) -> Vec<HostEvidence> {
        let zone = |name: Option<&str>| name.and_then(|name| jiff::tz::TimeZone::get(name).ok());
        let host = |name| HostEvidence { clock: Clock { zone: zone(name), agrees_within }, ..HostEvidence::default() };
        zones.into_iter().map(host).collect()
    }

    #[test]
    fn a_file_orders_its_own_records() {
        let none = hosts([None, None], None);
        let clocks = Clocks(&none);
        // The clock may be set back in between.
        assert_eq!(clocks.follows(place(0, 1, 1, 30, 0), place(0, 1, 2, 5, 0)), Truth::True);
        assert_eq!(clocks.follows(place(0, 1, 1, 30, 0), place(0, 2, 2, 5, 0)), Truth::False);
        assert_eq!(clocks.follows(place(0, 1, 1, 30, 0), place(0, 2, 2, 30, 0)), Truth::Unknown);
    }

    #[test]
    fn around_a_set_back_clock_nothing_is_sure() {
        let none = hosts([None, None], None);
        let clocks = Clocks(&none);
        let ten = 10 * 60_000;
        assert_eq!(clocks.follows(place(0, 1, 1, 5, ten), place(0, 2, 1, 14, 0)), Truth::Unknown);
        assert_eq!(clocks.follows(place(0, 1, 1, 5, ten), place(0, 2, 1, 16, 0)), Truth::True);
        let window = Some(Window::Time(ten));
        assert_eq!(clocks.inside(place(0, 1, 1, 5, 0), place(0, 2, 1, 14, 0), window), Truth::True);
        assert_eq!(clocks.inside(place(0, 1, 1, 5, ten), place(0, 2, 1, 14, 0), window), Truth::Unknown);
        assert_eq!(clocks.inside(place(0, 1, 1, 5, ten), place(0, 2, 1, 26, 0), window), Truth::False);
    }

    #[test]
    fn clocks_of_two_machines_are_compared_only_if_the_bundle_says_so() {
        let check = |zones, agrees, from, to| {
            let hosts = hosts(zones, agrees);
            Clocks(&hosts).follows(place(0, 1, 1, from, 0), place(1, 2, 1, to, 0))
        };
        let minute = Some(60_000);
        assert_eq!(check([None, None], None, 5, 30), Truth::Unknown);
        assert_eq!(check([None, None], minute, 5, 30), Truth::True);
        assert_eq!(check([None, None], minute, 5, 6), Truth::Unknown);
        assert_eq!(check([None, None], minute, 30, 5), Truth::False);
        let (west, east) = (Some("America/Los_Angeles"), Some("America/New_York"));
        assert_eq!(check([west, None], minute, 5, 30), Truth::Unknown);
        // Half past ten in New York is before ten in Los Angeles.
        assert_eq!(check([west, east], minute, 5, 30), Truth::False);
        assert_eq!(check([east, west], minute, 30, 5), Truth::True);
    }
}
