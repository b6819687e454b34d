//! The ways in which logs of this age write date and time.
//!
//! All of them are local time. A two-digit year from 69 on is of the last century.

use crate::fact::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

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

impl DateOrder {
    /// As a manifest writes it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Mdy => "mdy",
            Self::Dmy => "dmy",
            Self::Ymd => "ymd",
        }
    }
}

/// What the numeric dates of one file show of their order.
///
/// The first date that can be read only one way decides, also for those before it; else the manifest; else the order
/// that the format itself uses; else nothing does, and month first is an assumption.
#[derive(Debug)]
pub(crate) struct Dates {
    stated: Option<DateOrder>,
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

/// How the numeric dates of a file were read, for the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatesRead {
    /// `mdy`, `dmy` or `ymd`.
    pub order: &'static str,
    /// What told it: the `file`, the `manifest`, the `format`, or `nothing`.
    pub by: &'static str,
}

impl Dates {
    pub(crate) fn new(stated: Option<DateOrder>) -> Self {
        let order = stated.unwrap_or(DateOrder::Mdy);
        Self { stated, order, decided: false, settled: stated.is_some(), open: None }
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

    /// Whether the dates tell another order than was stated.
    pub(crate) fn overruled(&self) -> Option<DateOrder> {
        self.stated.filter(|stated| self.decided && *stated != self.order)
    }

    /// At the end of the file: the line of the first date that can be read both ways, if nothing tells which is right.
    pub(crate) fn uncertain(&self) -> Option<u64> {
        self.open.filter(|_| !self.decided && !self.settled)
    }

    /// How they were read; `None` if there was none that needed it.
    pub(crate) fn read(&self) -> Option<DatesRead> {
        let by = match (self.decided, self.stated, self.settled) {
            (true, ..) => "file",
            (false, Some(_), _) => "manifest",
            (false, None, true) => "format",
            (false, None, false) => "nothing",
        };
        (self.decided || self.open.is_some()).then_some(DatesRead { order: self.order.word(), by })
    }

    /// Whether some dates were open at the end.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some() && !self.decided
    }
}

/// A time zone by name, as a manifest states it: `America/Los_Angeles`, or a distance from UTC such as `+01:00` or `UTC+1`.
#[must_use]
pub fn zone(name: &str) -> Option<TimeZone> {
    let distance = |minutes: i32| jiff::tz::Offset::from_seconds(minutes * 60).ok().map(TimeZone::fixed);
    TimeZone::get(name.trim()).ok().or_else(|| distance(fixed_zone(name)?))
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

/// Reads a time of day in 24 hours with any fraction: `13:07:27.304000`, `16:56:38,344`, `13:07`. Returns what stands after
/// it.
pub(crate) fn day_clock(text: &str) -> Option<(Time, &str)> {
    let mut rest = text.as_bytes();
    let hour = take_number(&mut rest)?;
    rest = rest.strip_prefix(b":")?;
    let minute = take_number(&mut rest)?;
    let (mut second, mut nanos) = (0, 0);
    if let Some(mut after) = rest.strip_prefix(b":") {
        second = take_number(&mut after)?;
        rest = after;
        // A comma may also be one: only milliseconds follow it in logs.
        let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let fraction = match rest {
            [b'.', after @ ..] => digits(after),
            [b',', after @ ..] if digits(after) >= 3 => digits(after),
            _ => 0,
        };
        if fraction > 0 {
            nanos = (1..=9).fold(0, |sum, at| sum * 10 + if at <= fraction { i32::from(rest[at] - b'0') } else { 0 });
            rest = &rest[1 + fraction..];
        }
    }
    let time =
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, nanos).ok()?;
    Some((time, &text[text.len() - rest.len()..]))
}

/// Reads a date with the year first and a time of day: `1998-03-02T10:11:12.340`, `98/03/02 10:11:12.34`. Returns what
/// stands after it.
pub(crate) fn year_first(text: &str) -> Option<(Timestamp, &str)> {
    let (written, rest) = leading_date(text)?;
    let day = date(written, DateOrder::Ymd).filter(|_| !written.contains('.'))?;
    let after = rest.strip_prefix(['T', 't', '_']).unwrap_or_else(|| rest.trim_start_matches([' ', '\t']));
    if after.len() == rest.len() {
        return None;
    }
    let (time, rest) = day_clock(after)?;
    Some((day.to_datetime(time), rest))
}

/// Reads `01-31-2005 10:11:12.123+300`, which is month first everywhere. The number at the end is the zone's distance from
/// UTC in minutes; the time is local.
pub(crate) fn dashed_time(text: &str) -> Option<Timestamp> {
    let (written, rest) = leading_date(text.trim())?;
    let day = date(written, DateOrder::Mdy)?;
    let (time, rest) = day_clock(rest.trim_start())?;
    is_bias(rest).then(|| day.to_datetime(time))
}

/// Whether nothing or a distance from UTC in minutes, such as `+300`, is left.
pub(crate) fn is_bias(text: &str) -> bool {
    let digits = text.trim().trim_start_matches(['+', '-']);
    digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The months as logs abbreviate them, in the languages of Western Europe.
const MONTHS: [&[&str]; 12] = [
    &["jan", "janv", "ene", "gen", "january", "januar", "janvier"],
    &["feb", "fev", "févr", "fevr", "fév", "february", "februar"],
    &["mar", "mär", "mrz", "mrt", "mars", "march", "märz"],
    &["apr", "avr", "avril", "abr", "april"],
    &["may", "mai", "mag", "mei", "maj"],
    &["jun", "juin", "giu", "june", "juni"],
    &["jul", "juil", "lug", "july", "juli"],
    &["aug", "août", "aout", "ago", "august"],
    &["sep", "sept", "set", "september"],
    &["oct", "okt", "ott", "out", "october", "oktober"],
    &["nov", "november"],
    &["dec", "déc", "dez", "dic", "des", "december", "dezember"],
];

/// Reads the name of a month at the beginning of a text. Returns what stands after it.
pub(crate) fn month_named(text: &str) -> Option<(i8, &str)> {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if !(3..=10).contains(&word.len()) {
        return None;
    }
    let word = word.to_lowercase();
    let month = MONTHS.iter().position(|names| names.contains(&word.as_str()))?;
    Some((i8::try_from(month).ok()? + 1, rest.strip_prefix('.').unwrap_or(rest)))
}

/// Reads `02/Mar/1998` or `02-Mar-98`. Returns what stands after it.
pub(crate) fn day_month_year(text: &str) -> Option<(Date, &str)> {
    let mut rest = text.as_bytes();
    let day = take_number(&mut rest)?;
    let separator = *rest.first().filter(|byte| matches!(byte, b'/' | b'-'))?;
    let (month, after) = month_named(&text[text.len() - rest.len() + 1..])?;
    let mut rest = after.as_bytes().strip_prefix(&[separator])?;
    let digits = rest.len();
    let year = take_number(&mut rest)?;
    let digits = digits - rest.len();
    let year = match year {
        0..=68 if digits == 2 => 2000 + year,
        69..=99 if digits == 2 => 1900 + year,
        1900.. => year,
        _ => return None,
    };
    let date = Date::new(year, month, i8::try_from(day).ok()?).ok()?;
    Some((date, &after[after.len() - rest.len()..]))
}

/// Reads a distance from UTC: `Z`, `+01:00`, `-0500`, `+05`; in minutes. Returns what stands after it.
pub(crate) fn offset(text: &str) -> Option<(i32, &str)> {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return ends(rest).then_some((0, rest));
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = |text: &str| text.bytes().take(5).take_while(u8::is_ascii_digit).count();
    let number = |text: &str| text.parse::<i32>().ok();
    let text = &text[1..];
    let (hours, minutes, rest) = match digits(text) {
        4 => (number(&text[..2])?, number(&text[2..4])?, &text[4..]),
        2 => match text[2..].strip_prefix(':').filter(|after| digits(after) == 2) {
            Some(after) => (number(&text[..2])?, number(&after[..2])?, &after[2..]),
            None => (number(&text[..2])?, 0, text[2..].strip_prefix(':').is_none().then_some(&text[2..])?),
        },
        _ => return None,
    };
    (hours <= 14 && minutes < 60 && ends(rest)).then_some((sign * (hours * 60 + minutes), rest))
}

/// The distance from UTC of a zone that needs no table: `UTC`, `UTC+1`, `+01:00`; in minutes.
fn fixed_zone(zone: &str) -> Option<i32> {
    let zone = zone.trim();
    let rest = ["UTC", "GMT", "utc", "gmt"].iter().find_map(|name| zone.strip_prefix(name));
    let rest = match rest {
        Some("") => return Some(0),
        Some(rest) => rest.trim(),
        None => zone,
    };
    // `UTC+1`.
    let single = rest.len() == 2 && rest.as_bytes()[1].is_ascii_digit();
    let padded = if single { format!("{}0{}", &rest[..1], &rest[1..]) } else { rest.to_owned() };
    offset(&padded).filter(|(_, rest)| rest.is_empty()).map(|(minutes, _)| minutes)
}

/// Seconds since 1970 as a time in UTC.
pub(crate) fn since_1970(seconds: i64, nanos: i32) -> Option<Timestamp> {
    Some(TimeZone::UTC.to_datetime(jiff::Timestamp::new(seconds, nanos).ok()?))
}

/// A time in UTC, as the clocks of a zone showed it.
pub(crate) fn utc_to_local(utc: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    Some(zone.to_datetime(TimeZone::UTC.to_timestamp(utc).ok()?))
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
    fn times_of_a_fixed_form() {
        let rest =
            |found: Option<(Timestamp, &str)>| found.map(|(time, rest)| format!("{time}|{rest}")).unwrap_or_default();
        assert_eq!(rest(year_first("2012-07-02 10:22:40,672:DEBUG")), "2012-07-02T10:22:40.672|:DEBUG");
        assert_eq!(rest(year_first("2015-04-09T19:58:07.1234567891Z x")), "2015-04-09T19:58:07.123456789|Z x");
        assert_eq!(rest(year_first("98/03/02 10:11:12.34 kernel")), "1998-03-02T10:11:12.34| kernel");
        assert_eq!(rest(year_first("2015-04-09")), "");
        assert_eq!(rest(year_first("2015-04-0910:00:00")), "");
        assert_eq!(rest(year_first("2015-04-31 10:00:00")), "");
        let dashed = |text| dashed_time(text).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(dashed("01-31-2005 10:11:12.123+300"), "2005-01-31T10:11:12.123");
        assert_eq!(dashed("1-3-2005 10:11:12"), "2005-01-03T10:11:12");
        assert_eq!(dashed("31-01-2005 10:11:12.123+300"), "");
        assert_eq!(dashed("01-31-2005 10:11:12 and more"), "");
    }

    #[test]
    fn months_by_name() {
        let check = |text| month_named(text).map(|(month, rest)| format!("{month}|{rest}")).unwrap_or_default();
        assert_eq!(check("Mar  2"), "3|  2");
        assert_eq!(check("août 19"), "8| 19");
        assert_eq!(check("Okt. 3"), "10| 3");
        assert_eq!(check("Mark 3"), "");
        assert_eq!(check(""), "");
        let date = |text| day_month_year(text).map(|(date, rest)| format!("{date}|{rest}")).unwrap_or_default();
        assert_eq!(date("02/Mar/1998:10"), "1998-03-02|:10");
        assert_eq!(date("02-MAR-98 10"), "1998-03-02| 10");
        assert_eq!(date("31-Feb-98 10"), "");
        assert_eq!(date("02/Mar-98"), "");
    }

    #[test]
    fn distances_from_utc() {
        let check = |text| offset(text).map(|(minutes, rest)| format!("{minutes}|{rest}")).unwrap_or_default();
        assert_eq!(check("Z x"), "0| x");
        assert_eq!(check("+01:30]"), "90|]");
        assert_eq!(check("-0500"), "-300|");
        assert_eq!(check("+05 x"), "300| x");
        assert_eq!(check("Zebra"), "");
        assert_eq!(check("+00:0000"), "");
        assert_eq!(check("+99:00"), "");
        assert_eq!(check("-ä"), "");
        assert_eq!(fixed_zone("UTC+1"), Some(60));
        assert_eq!(fixed_zone("GMT"), Some(0));
        assert_eq!(fixed_zone("-05:30"), Some(-330));
        assert_eq!(fixed_zone("Europe/Berlin"), None);
        assert_eq!(fixed_zone("ää"), None);
        assert_eq!(
            since_1970(1_428_634_687, 123_000_000).map(|time| time.to_string()).as_deref(),
            Some("2015-04-10T02:58:07.123")
        );
        let berlin = zone("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let noon =
            |month| utc_to_local(jiff::civil::date(1998, month, 2).at(12, 0, 0, 0), &berlin).map(|time| time.hour());
        assert_eq!([noon(1), noon(7)], [Some(13), Some(14)]);
    }
}
