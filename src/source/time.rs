//! The ways in which logs of this age write date and time.
//!
//! All of them are local time. A two-digit year from 69 on is of the last century.

use crate::fact::Timestamp;
use jiff::civil::{Date, Time};

/// In which order a numeric date stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// `1/12/99` is the twelfth of January.
    Mdy,
    /// `1/12/99` is the first of December.
    Dmy,
    /// `99-12-01`.
    Ymd,
}

/// What the numeric dates of one file show of their order.
///
/// The first date that can be read only one way decides, also for those before it; else the manifest; else the order
/// that the format itself uses; else nothing does, and month first is an assumption.
#[derive(Debug)]
pub(crate) struct Dates {
    order: DateOrder,
    decided: bool,
    /// Somebody states the order, if the dates do not tell.
    settled: bool,
    /// The first line with a date that can be read both ways.
    open: Option<u64>,
}

/// What one date changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing.
    None,
    /// It is the first that can be read both ways, and so may those after it.
    Open,
    /// It decides. `swap`: those before it were read the wrong way.
    Decided { swap: bool },
}

impl Dates {
    pub(crate) fn new(stated: Option<DateOrder>) -> Self {
        let order = stated.unwrap_or(DateOrder::Mdy);
        Self { order, decided: false, settled: stated.is_some(), open: None }
    }

    /// The format writes its dates this way, in every country.
    pub(crate) fn usual(&mut self, order: DateOrder) {
        if !self.settled {
            self.order = order;
            self.settled = true;
        }
    }

    /// Looks at a text that begins with a date, before it is read by [`Self::order`].
    pub(crate) fn see(&mut self, text: &str, line: u64) -> Turn {
        let Some(([first, second, third], separator, _)) = numeric_date(text) else { return Turn::None };
        if self.decided || first > 31 || first == second {
            return Turn::None;
        }
        let by_date = match (first > 12, second > 12) {
            (true, true) => return Turn::None,
            (true, false) => DateOrder::Dmy,
            (false, true) => DateOrder::Mdy,
            // Nobody writes the month first with dots.
            (false, false) if separator == b'.' => DateOrder::Dmy,
            (false, false) => {
                return if self.open.replace(self.open.unwrap_or(line)).is_none() { Turn::Open } else { Turn::None };
            }
        };
        // `99-12-01` with a stated order of year first is not for the dates to overrule.
        if self.order == DateOrder::Ymd && third <= 31 {
            return Turn::None;
        }
        let swap = self.order != by_date && self.open.is_some();
        self.order = by_date;
        self.decided = true;
        Turn::Decided { swap }
    }

    pub(crate) fn order(&self) -> DateOrder {
        self.order
    }

    /// Whether the dates of the file, and nobody else, told their order.
    pub(crate) fn decided(&self) -> bool {
        self.decided
    }

    /// At the end of the file: the line of the first date that can be read both ways, if nothing tells which is right.
    pub(crate) fn uncertain(&self) -> Option<u64> {
        self.open.filter(|_| !self.decided && !self.settled)
    }

    /// Whether some dates were open at the end.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some() && !self.decided
    }
}

/// The same moment with day and month in each other's place; `None` if there is no such day.
pub(crate) fn swapped(time: Timestamp) -> Option<Timestamp> {
    let date = Date::new(time.year(), time.day(), time.month()).ok()?;
    Some(date.to_datetime(time.time()))
}

/// Reads the time of a trace record: `Tue Nov 04 13:07:27 1997`, in 2.0 also `….304 1997 Pacific Standard Time`
/// (Q248969). The weekday is not checked: a wrong one says nothing of the time. Written by hand, since every line of
/// the largest logs passes here.
pub(crate) fn trace_time(text: &str) -> Option<Timestamp> {
    let bytes = text.trim_ascii().trim_end_matches('~').as_bytes();
    // `Tue Nov 04 13:07:27 1997` with the day padded by a blank or a zero.
    let month = match bytes.get(4..7)? {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let mut rest = skip_blanks(&bytes[7..]);
    let day = take_number(&mut rest)?;
    rest = skip_blanks(rest);
    let hour = take_number(&mut rest)?;
    rest = rest.strip_prefix(b":")?;
    let minute = take_number(&mut rest)?;
    rest = rest.strip_prefix(b":")?;
    let second = take_number(&mut rest)?;
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = fraction;
        let before = rest.len();
        let number = i32::from(take_number(&mut rest)?);
        nanos = number * 10_i32.checked_pow(9_u32.checked_sub((before - rest.len()) as u32)?)?;
    }
    rest = skip_blanks(rest);
    let year = take_number(&mut rest)?;
    if !(rest.is_empty() || rest[0] == b' ') || !(1900..=2100).contains(&year) {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let clock =
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, nanos).ok()?;
    Some(date.to_datetime(clock))
}

/// Reads a numeric date and a time, such as `1/12/99 4:49:44 PM` or `04.11.97 13:07`. The whole text must be used up.
pub(crate) fn local_time(text: &str, order: DateOrder) -> Option<Timestamp> {
    let (_, _, rest) = numeric_date(text)?;
    let date = date(&text[..text.len() - rest.len()], order)?;
    let rest = rest.strip_prefix(['T', ',']).unwrap_or(rest);
    let (clock, rest) = clock(rest.trim_start())?;
    rest.trim().is_empty().then(|| date.to_datetime(clock))
}

/// Reads a numeric date that is the whole text.
pub(crate) fn date(text: &str, order: DateOrder) -> Option<Date> {
    let (numbers, _, rest) = numeric_date(text)?;
    if !rest.trim().is_empty() {
        return None;
    }
    let [first, second, third] = numbers;
    // A number of more than two digits can only be the year.
    let order = if first > 31 { DateOrder::Ymd } else { order };
    let (year, month, day) = match order {
        DateOrder::Ymd => (first, second, third),
        DateOrder::Mdy => (third, first, second),
        DateOrder::Dmy => (third, second, first),
    };
    let year = match year {
        0..=68 => 2000 + year,
        69..=99 => 1900 + year,
        // `01/01/100` for 2000 (Q249578).
        100..=168 => 1900 + year,
        _ => year,
    };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Reads a time of day in 12 or 24 hours: `4:49:44 PM`, `10:00p`, `13:07`. Returns what stands after it.
pub(crate) fn clock(text: &str) -> Option<(Time, &str)> {
    let mut rest = text.as_bytes();
    let mut hour = take_number(&mut rest)?;
    rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"."))?;
    let minute = take_number(&mut rest)?;
    let mut second = 0;
    let mut nanos = 0;
    if let Some(after) = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b".")) {
        rest = after;
        second = take_number(&mut rest)?;
        if let Some(after) = rest.strip_prefix(b".").filter(|after| after.first().is_some_and(u8::is_ascii_digit)) {
            rest = after;
            let before = rest.len();
            let number = i32::from(take_number(&mut rest)?);
            nanos = number * 10_i32.checked_pow(9_u32.checked_sub((before - rest.len()) as u32)?)?;
        }
    }
    let halves = skip_blanks(rest);
    let half = halves.first().map(u8::to_ascii_lowercase).filter(|byte| matches!(byte, b'a' | b'p'));
    if let Some(half) = half {
        let after = &halves[1..];
        let after = match after.first() {
            Some(b'm' | b'M') => &after[1..],
            _ => after,
        };
        // `10:00 apples` has no half of the day.
        if !after.first().is_some_and(u8::is_ascii_alphanumeric) {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if half == b'p' { 12 } else { 0 };
            rest = after;
        }
    }
    let time =
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, nanos).ok()?;
    Some((time, &text[text.len() - rest.len()..]))
}

/// Splits a leading numeric date into its numbers, its separator and what follows.
fn numeric_date(text: &str) -> Option<([i16; 3], u8, &str)> {
    let mut rest = text.as_bytes();
    let first = take_number(&mut rest)?;
    let separator = *rest.first()?;
    if !matches!(separator, b'/' | b'-' | b'.') {
        return None;
    }
    let second = take_number(skip_one(&mut rest))?;
    if *rest.first()? != separator {
        return None;
    }
    let third = take_number(skip_one(&mut rest))?;
    Some(([first, second, third], separator, &text[text.len() - rest.len()..]))
}

/// The leading numeric date of a text, with what follows it.
pub(crate) fn leading_date(text: &str) -> Option<(&str, &str)> {
    let (_, _, rest) = numeric_date(text)?;
    Some(text.split_at(text.len() - rest.len()))
}

fn skip_one<'a, 'b>(bytes: &'b mut &'a [u8]) -> &'b mut &'a [u8] {
    *bytes = &bytes[1..];
    bytes
}

fn skip_blanks(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

fn take_number(bytes: &mut &[u8]) -> Option<i16> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 4 {
        return None;
    }
    let (number, rest) = bytes.split_at(digits);
    *bytes = rest;
    Some(number.iter().fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0')))
}

/// The local time of a zone, such as `America/Los_Angeles`, at a moment that is given in UTC; `None` if nobody knows the
/// zone.
pub(crate) fn utc_to_local(zone: &str, utc: Timestamp) -> Option<Timestamp> {
    let moment = jiff::tz::TimeZone::UTC.to_timestamp(utc).ok()?;
    let zone = jiff::tz::TimeZone::get(zone.trim()).ok()?;
    Some(zone.to_datetime(moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_time_agrees_with_strptime() {
        let mut day = jiff::civil::date(1996, 2, 25).at(0, 0, 7, 0);
        for step in 0..2_000 {
            let text = day.strftime(if step % 2 == 0 { "%a %b %d %H:%M:%S %Y" } else { "%a %b %e %H:%M:%S %Y" });
            let text = text.to_string();
            let slow = Timestamp::strptime("%a %b %d %H:%M:%S %Y", &text);
            assert_eq!(trace_time(&text), slow.ok(), "{text}");
            day = day.saturating_add(jiff::Span::new().minutes(1_171).seconds(13));
        }
    }

    #[test]
    fn trace_time_in_its_variants() {
        let check = |text: &str| trace_time(text).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(check("Tue Nov 04 13:07:27 1997~"), "1997-11-04T13:07:27");
        assert_eq!(check("Tue Nov  4 13:07:27 1997"), "1997-11-04T13:07:27");
        assert_eq!(check("Fri Dec 10 01:12:40.304 1999 Pacific Standard Time"), "1999-12-10T01:12:40.304");
        assert_eq!(check("Tue Nov 31 13:07:27 1997"), "");
        assert_eq!(check("Tue Nov 04 25:07:27 1997"), "");
        assert_eq!(check("Tue Nov"), "");
        assert_eq!(check("Ünö Nov 04 13:07:27 1997"), "");
    }

    #[test]
    fn local_time_in_its_variants() {
        let check = |text: &str, order| local_time(text, order).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(check("1/12/99 4:49:44 PM", DateOrder::Mdy), "1999-01-12T16:49:44");
        assert_eq!(check("1/12/99 4:49:44 PM", DateOrder::Dmy), "1999-12-01T16:49:44");
        assert_eq!(check("1/12/99 12:49:44 AM", DateOrder::Mdy), "1999-01-12T00:49:44");
        assert_eq!(check("04.11.97 13:07", DateOrder::Dmy), "1997-11-04T13:07:00");
        assert_eq!(check("1997-11-04T13:07:27", DateOrder::Mdy), "1997-11-04T13:07:27");
        assert_eq!(check("10/08/97  10:00p", DateOrder::Mdy), "1997-10-08T22:00:00");
        assert_eq!(check("01/01/68 00:00:00", DateOrder::Mdy), "2068-01-01T00:00:00");
        assert_eq!(check("01/01/69 00:00:00", DateOrder::Mdy), "1969-01-01T00:00:00");
        assert_eq!(check("01/01/100 00:00:00", DateOrder::Mdy), "2000-01-01T00:00:00");
        assert_eq!(check("11/31/94 07:00:00", DateOrder::Mdy), "");
        assert_eq!(check("00/00/00 00:00:00", DateOrder::Mdy), "");
    }

    #[test]
    fn the_first_date_that_decides_decides() {
        let check = |stated, dates: &[&str]| {
            let mut seen = Dates::new(stated);
            let turns: Vec<Turn> = dates.iter().zip(1..).map(|(date, line)| seen.see(date, line)).collect();
            (turns, seen.order(), seen.uncertain())
        };
        let swap = Turn::Decided { swap: true };
        let keep = Turn::Decided { swap: false };
        assert_eq!(
            check(None, &["1/12/99", "2/12/99", "13/12/99"]),
            (vec![Turn::Open, Turn::None, swap], DateOrder::Dmy, None)
        );
        assert_eq!(check(None, &["1/12/99", "1/13/99"]), (vec![Turn::Open, keep], DateOrder::Mdy, None));
        assert_eq!(check(None, &["5/5/99", "1/12/99"]), (vec![Turn::None, Turn::Open], DateOrder::Mdy, Some(2)));
        assert_eq!(check(None, &["1.12.99"]), (vec![keep], DateOrder::Dmy, None));
        assert_eq!(check(None, &["1999-12-01", "12/31/99"]), (vec![Turn::None, keep], DateOrder::Mdy, None));
        // The file overrules the manifest where it tells, and only there.
        assert_eq!(check(Some(DateOrder::Dmy), &["1/12/99"]), (vec![Turn::Open], DateOrder::Dmy, None));
        assert_eq!(
            check(Some(DateOrder::Mdy), &["1/12/99", "13/1/99"]),
            (vec![Turn::Open, swap], DateOrder::Dmy, None)
        );
        assert_eq!(check(Some(DateOrder::Ymd), &["99-12-01", "12-13-01"]).1, DateOrder::Ymd);
    }

    #[test]
    fn day_and_month_change_places() {
        let time = jiff::civil::date(1999, 1, 12).at(16, 49, 44, 0);
        assert_eq!(swapped(time).map(|time| time.to_string()).as_deref(), Some("1999-12-01T16:49:44"));
        assert_eq!(swapped(jiff::civil::date(1999, 1, 13).at(0, 0, 0, 0)), None);
    }

    #[test]
    fn utc_becomes_local_time_with_and_without_summer_time() {
        let check = |zone, hour| {
            let utc = |month| jiff::civil::date(1998, month, 2).at(hour, 30, 0, 0);
            [1, 7].map(|month| utc_to_local(zone, utc(month)).map(|time| time.to_string()).unwrap_or_default())
        };
        assert_eq!(check("America/Los_Angeles", 3), ["1998-01-01T19:30:00", "1998-07-01T20:30:00"]);
        assert_eq!(check("Europe/Berlin", 23), ["1998-01-03T00:30:00", "1998-07-03T01:30:00"]);
        assert_eq!(check("UTC", 3), ["1998-01-02T03:30:00", "1998-07-02T03:30:00"]);
        assert_eq!(check("Mars/Olympus", 3), ["", ""]);
    }
}
