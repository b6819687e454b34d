//! Logs of any program whose lines begin with a stamp: ISO 8601 (`1998-03-02T10:11:12.340+01:00 text`), syslog
//! (`Mar  2 10:11:12 host program[12]: text`, RFC 3164 and RFC 5424), `ctime` in brackets or without, `02-Mar-98 10:11:12`,
//! seconds since 1970, numeric dates in a country's order, and the common log of web servers, whose stamp is inside.
//!
//! An event has the time of day that is written: a distance from UTC behind it is not applied.

use jiff::civil::{Date, Time};

use crate::fact::{Event, Timestamp};

use super::super::time::{clock, day_clock, day_month_year, leading_date, month_named, offset, since_1970, year_first};
use super::records::{self, Form};
use super::utc::UtcClock;
use super::{Confidence, Context, Head, Lines, Output, Reader, text};

/// See the module.
pub(super) struct Stamped;

impl Reader for Stamped {
    fn name(&self) -> &'static str {
        "stamped"
    }

    fn help(&self) -> &'static str {
        "Any other log whose lines begin with a date and time: ISO 8601, syslog, the common log of web servers and the like."
    }

    fn known_by(&self) -> &'static str {
        "The share of its lines that begin with a stamp; every reader that knows more of a file is surer."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with its time and the rest of the line as text; indented lines belong to the record above them, \
         and so do all lines below a stamp that has a line of its own. \
         Syslog also gives the program, and the fields computer and pid. The time is the one that is written, and a distance \
         from UTC behind it is not applied. A syslog stamp names no year: it is the last such day before the host's \
         `collected` of the manifest, and without that the event has no time. Seconds since 1970 give a time only if the \
         manifest states the host's `timezone`. A file of up to 4 KiB is also a fact, as \
         with any text."
    }

    fn surest(&self) -> Confidence {
        Confidence::WHOLE
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (hits, lines) = records::covered(&Log::default(), head);
        let begins = |line: &&str| Record::parse(line).is_some();
        let goes_on_otherwise =
            || head.lines().next().is_some_and(|line| begins(&line)) && head.lines().filter(begins).count() >= 2;
        if hits * 2 < lines && !goes_on_otherwise() {
            return Confidence::NO;
        }
        // Whoever knows more of a file than its stamps is surer, such as a table whose first column is a time.
        let Confidence(share) = Confidence::share(hits, lines);
        Confidence(share / 2)
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        text::content(ctx, out);
        records::read(
            &mut Log { collected: ctx.host.collected, clock: UtcClock::new(ctx), ..Log::default() },
            input,
            out,
        );
    }
}

/// What the stamps of one log need to become times.
#[derive(Default)]
struct Log {
    collected: Option<Timestamp>,
    clock: UtcClock,
    /// The distance from UTC of the first stamp that states one.
    offset: Option<i32>,
    /// The last time that got its year from us.
    last: Option<Timestamp>,
    told: Told,
}

/// What was reported once and is not reported again.
#[derive(Default)]
struct Told {
    year: bool,
    wrap: bool,
    offset: bool,
}

impl Form for Log {
    fn begins(&self, line: &str) -> bool {
        Record::parse(line).is_some()
    }

    fn goes_on(&self, record: &str, line: &str) -> bool {
        // How the traces of Java, Python and PHP go on without an indentation.
        let trace = || {
            line.starts_with("Caused by: ")
                || line.starts_with("Traceback (")
                || line.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        // Some programs give the stamp a line of its own.
        let stamp_alone =
            || Record::parse(record.lines().next().unwrap_or_default()).is_some_and(|first| first.text.is_empty());
        line.starts_with([' ', '\t']) || trace() || stamp_alone()
    }

    fn emit(&mut self, number: u64, text: &str, out: &mut Output<'_>) {
        let Some(record) = Record::parse(text) else { return };
        let time = self.time(&record.stamp, number, out);
        let all = [("computer", record.computer), ("pid", record.pid)];
        let fields: Vec<(&str, &str)> = all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        out.event(&Event {
            time,
            program: record.program,
            fields: &fields,
            ..Event::plain(out.at(number), record.text)
        });
    }
}

impl Log {
    fn time(&mut self, stamp: &Stamp<'_>, number: u64, out: &mut Output<'_>) -> Option<Timestamp> {
        match *stamp {
            Stamp::Whole(time, offset) => {
                let first = offset.map(|offset| *self.offset.get_or_insert(offset));
                if first != offset && !std::mem::replace(&mut self.told.offset, true) {
                    out.warn(number, || {
                        "from here on, not all stamps have the same distance from UTC; all times are taken as they are written"
                            .to_owned()
                    });
                }
                Some(time)
            }
            Stamp::Yearless { month, day, time } => self.with_year(month, day, time, number, out),
            Stamp::Local(written) => out.local_time(number, written),
            Stamp::Since1970(seconds, nanos) => self.clock.local(since_1970(seconds, nanos)?, number, out),
            Stamp::Nil => None,
        }
    }

    /// The last such day before the evidence was collected; clocks may differ by a day.
    fn with_year(&mut self, month: i8, day: i8, time: Time, number: u64, out: &mut Output<'_>) -> Option<Timestamp> {
        let Some(collected) = self.collected else {
            if !std::mem::replace(&mut self.told.year, true) {
                out.warn(number, || {
                    "these stamps name no year: the records are kept without a time; state `collected` of the host in \
                     bundle.yaml"
                        .to_owned()
                });
            }
            return None;
        };
        let latest = collected.saturating_add(jiff::Span::new().days(1));
        let in_year = |year: i16| Date::new(year, month, day).ok().map(|date| date.to_datetime(time));
        let found = [collected.year().saturating_add(1), collected.year(), collected.year().saturating_sub(1)]
            .into_iter()
            .filter_map(in_year)
            .find(|time| *time <= latest);
        let Some(found) = found else {
            out.warn(number, || "there was no such day in the year before the evidence was collected".to_owned());
            return None;
        };
        let back =
            self.last.replace(found).is_some_and(|last| found.saturating_add(jiff::Span::new().days(180)) < last);
        if back && !std::mem::replace(&mut self.told.wrap, true) {
            out.warn(number, || {
                "the log goes back to a month of the year before here, so it spans more than a year: the times above this \
                 line are a year too late"
                    .to_owned()
            });
        }
        Some(found)
    }
}

/// When a record was written, as far as the record tells.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stamp<'a> {
    /// Date and time, and the distance from UTC in minutes if it is stated.
    Whole(Timestamp, Option<i32>),
    Yearless {
        month: i8,
        day: i8,
        time: Time,
    },
    /// A numeric date in a country's order, and a time.
    Local(&'a str),
    /// Seconds and nanoseconds since 1970.
    Since1970(i64, i32),
    /// RFC 5424 allows to leave it out.
    Nil,
}

/// The beginning of a record.
struct Record<'a> {
    stamp: Stamp<'a>,
    computer: Option<&'a str>,
    program: Option<&'a str>,
    pid: Option<&'a str>,
    text: &'a str,
}

impl<'a> Record<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim_start_matches('\u{feff}');
        if let Some(rest) = after_priority(line) {
            return Self::rfc5424(rest).or_else(|| Self::stamped(rest));
        }
        Self::stamped(line).or_else(|| Self::common_log(line))
    }

    fn of(stamp: Stamp<'a>, text: &'a str) -> Self {
        let text = text.trim_start_matches([' ', '\t', '\n', ':', ']', '|', ',', ';']).trim_end();
        Self { stamp, computer: None, program: None, pid: None, text }
    }

    /// `[stamp] text` or `stamp text`.
    fn stamped(line: &'a str) -> Option<Self> {
        if let Some(inside) = line.strip_prefix('[') {
            let (stamp, rest) = stamp(inside)?;
            // `[2005/03/02 10:11:12 1234.5]` holds the process too.
            let (pid, text) = rest.split_once(']')?;
            let pid = pid.trim();
            let is_pid = pid.len() <= 12 && pid.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            return is_pid.then(|| Self { pid: Some(pid).filter(|pid| !pid.is_empty()), ..Self::of(stamp, text) });
        }
        let (stamp, rest) = stamp(line)?;
        let record = Self::of(stamp, rest);
        let by_syslog = match stamp {
            Stamp::Yearless { .. } => record.syslog(false),
            // A syslog server that writes ISO times.
            Stamp::Whole(_, Some(_)) => record.syslog(true),
            _ => None,
        };
        Some(by_syslog.unwrap_or(record))
    }

    /// `host program[12]: text`, or `host program: text` if the stamp alone shows that it is syslog.
    fn syslog(&self, with_pid: bool) -> Option<Self> {
        let (computer, rest) = self.text.split_once(' ')?;
        let (tag, text) = rest.trim_start().split_once(':')?;
        let (program, pid) = match tag.strip_suffix(']').and_then(|tag| tag.split_once('[')) {
            Some((program, pid)) => (program, Some(pid)),
            None if with_pid => return None,
            None => (tag, None),
        };
        let is_word = |word: &str| !word.is_empty() && word.len() <= 64 && !word.contains(|c: char| c.is_whitespace());
        let named = is_word(computer) && is_word(program) && pid.is_none_or(is_word);
        named.then(|| Self {
            stamp: self.stamp,
            computer: Some(computer),
            program: Some(program),
            pid,
            text: text.trim_start(),
        })
    }

    /// What follows `<34>`: `1 2003-10-11T22:14:15.003Z host program 12 ID47 [data] text`.
    fn rfc5424(rest: &'a str) -> Option<Self> {
        let rest = rest.strip_prefix("1 ")?;
        let (stamp, rest) = match rest.strip_prefix("- ") {
            Some(rest) => (Stamp::Nil, rest),
            None => stamp(rest).and_then(|(stamp, rest)| Some((stamp, rest.strip_prefix(' ')?)))?,
        };
        let mut words = rest.splitn(5, ' ');
        let mut word = || words.next().map(|word| Some(word).filter(|word| *word != "-"));
        let (computer, program, pid, _message) = (word()?, word()?, word()?, word()?);
        let text = words.next()?.trim_start();
        let text = text.strip_prefix("- ").unwrap_or(text).trim_start_matches('\u{feff}').trim_end();
        Some(Self { stamp, computer, program, pid, text })
    }

    /// `host - user [02/Mar/1998:10:11:12 +0100] "GET …" 200 12`: the text is the whole line.
    fn common_log(line: &'a str) -> Option<Self> {
        let at = line.find('[').filter(|at| (1..=200).contains(at))?;
        let (date, rest) = day_month_year(&line[at + 1..])?;
        let (time, rest) = day_clock(rest.strip_prefix(':')?)?;
        let (offset, rest) = offset(rest.trim_start())?;
        rest.starts_with(']').then(|| Self::of(Stamp::Whole(date.to_datetime(time), Some(offset)), line))
    }
}

/// What follows `<34>`.
fn after_priority(line: &str) -> Option<&str> {
    let (number, rest) = line.strip_prefix('<')?.split_at_checked(line.get(1..6)?.find('>')?)?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| &rest[1..])
}

/// The stamp that a text begins with, and what follows it.
fn stamp(text: &str) -> Option<(Stamp<'_>, &str)> {
    let (stamp, rest) = match text.chars().next()? {
        c if c.is_ascii_digit() => {
            iso(text).or_else(|| named_month(text)).or_else(|| since(text)).or_else(|| local(text))
        }
        c if c.is_alphabetic() => ctime(text),
        _ => None,
    }?;
    // Part of a word is no stamp.
    let parted = !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '"'));
    parted.then_some((stamp, rest))
}

fn iso(text: &str) -> Option<(Stamp<'_>, &str)> {
    let (mut time, mut rest) = year_first(text)?;
    // The log of Windows Update writes milliseconds as `10:11:12:345`.
    let milliseconds =
        rest.strip_prefix(':').and_then(|rest| number(rest, 3)).filter(|(_, after)| after.starts_with('\t'));
    if let Some((milliseconds, after)) = milliseconds.filter(|(_, after)| rest.len() - after.len() == 4) {
        time = time.with().millisecond(milliseconds).build().ok()?;
        rest = after;
    }
    // Two digits may as well be a day.
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    if year != 4 {
        return None;
    }
    let spaced = || rest.strip_prefix(' ').filter(|rest| rest.starts_with(['+', '-'])).and_then(offset);
    let (offset, rest) = match offset(rest).or_else(spaced) {
        Some((offset, rest)) => (Some(offset), rest),
        None => (None, rest),
    };
    Some((Stamp::Whole(time, offset), rest))
}

/// `02-Mar-98 10:11:12 PM`
fn named_month(text: &str) -> Option<(Stamp<'_>, &str)> {
    let (date, rest) = day_month_year(text)?;
    let (time, rest) = after_date(rest)?;
    Some((Stamp::Whole(date.to_datetime(time), None), rest))
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `Mar  2 10:11:12`, `Mon Mar  2 10:11:12.340 1998`, `Mar 2 1998 10:11:12`.
fn ctime(text: &str) -> Option<(Stamp<'_>, &str)> {
    let (month, rest) = month_named(text).or_else(|| {
        let (day, rest) = text.split_once(' ')?;
        WEEKDAYS.contains(&day).then(|| month_named(rest.trim_start()))?
    })?;
    let (day, rest) = number(rest.strip_prefix(' ')?.trim_start(), 2)?;
    let day = i8::try_from(day).ok()?;
    let mut rest = rest.strip_prefix(' ')?.trim_start();
    let mut year = None;
    if let Some((found, after)) = number(rest, 4).filter(|(_, after)| after.starts_with(' ')) {
        year = Some(found);
        rest = after.trim_start();
    }
    let (time, rest) =
        day_clock(rest).filter(|(_, after)| rest[..rest.len() - after.len()].matches(':').count() == 2)?;
    let behind = rest.strip_prefix(' ').and_then(|rest| number(rest.trim_start(), 4));
    let (year, rest) = match behind.filter(|(behind, _)| year.is_none() && (1970..=2100).contains(behind)) {
        Some((year, rest)) => (Some(year), rest),
        None => (year, rest),
    };
    // The day exists in a leap year at least.
    let date = Date::new(year.unwrap_or(2000), month, day).ok()?;
    let stamp = match year {
        Some(_) => Stamp::Whole(date.to_datetime(time), None),
        None => Stamp::Yearless { month, day, time },
    };
    Some((stamp, rest))
}

/// `1428634687`, `1428634687.123` or `1428634687123`, from 1990 on.
fn since(text: &str) -> Option<(Stamp<'_>, &str)> {
    let digits = text.bytes().take(20).take_while(u8::is_ascii_digit).count();
    let count: i64 = text[..digits].parse().ok()?;
    let (seconds, mut nanos) = match digits {
        10 => (count, 0),
        13 => (count / 1000, i32::try_from(count % 1000).ok()? * 1_000_000),
        _ => return None,
    };
    let mut rest = &text[digits..];
    if let Some(after) = rest.strip_prefix('.').filter(|_| digits == 10) {
        let fraction = after.bytes().take_while(u8::is_ascii_digit).count();
        nanos = after
            .bytes()
            .take(fraction)
            .chain(std::iter::repeat(b'0'))
            .take(9)
            .fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
        rest = &after[fraction..];
    }
    let ends = rest.is_empty() || rest.starts_with([' ', '\t', ']', ':']);
    (ends && (631_152_000..4_102_444_800).contains(&seconds)).then_some((Stamp::Since1970(seconds, nanos), rest))
}

/// `1/12/99 4:49:44 PM`
fn local(text: &str) -> Option<(Stamp<'_>, &str)> {
    let (date, rest) = leading_date(text)?;
    let first = date.bytes().take_while(u8::is_ascii_digit).count();
    let (_, rest) = after_date(rest).filter(|_| first <= 2)?;
    Some((Stamp::Local(&text[..text.len() - rest.len()]), rest))
}

/// The time of day behind a date.
fn after_date(rest: &str) -> Option<(Time, &str)> {
    let after = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    if after.len() == rest.len() { None } else { clock(after) }
}

/// A number of at most so many digits, and what follows it.
fn number(text: &str, most: usize) -> Option<(i16, &str)> {
    let digits = text.bytes().take(most + 1).take_while(u8::is_ascii_digit).count();
    if digits > most {
        return None;
    }
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use crate::fact::Timestamp;
    use crate::source::testing::check;

    use super::{Log, Record, Stamp};

    /// The dump without the fact of a small file's content.
    fn dump(name: &str, bytes: &[u8]) -> String {
        let (reader, dump) = crate::source::testing::read(name, bytes);
        assert_eq!(reader, Some("stamped"), "{name}");
        dump.into_iter().filter(|line| !line.contains(" Content = ")).collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    fn same(bytes: &[u8], expected: &[&str]) {
        assert_eq!(dump("any.log", bytes), expected.join("\n"));
    }

    #[test]
    fn iso_times() {
        same(
            b"Header: abc\n2012-07-02 10:22:40,672:DEBUG:foo bar\n   more\n2014-10-08T16:56:38.123456Z [12] two\n\
              2014/10/08 16:56:39 [error] three\n[2014-10-08 16:56:40] local.ERROR: four\n#0 main\nend\n",
            &[
                "1: Header: abc",
                "2 2012-07-02T10:22:40.672: DEBUG:foo bar\\nmore",
                "4 2014-10-08T16:56:38.123456: [12] two",
                "5 2014-10-08T16:56:39: [error] three",
                "6 2014-10-08T16:56:40: local.ERROR: four\\n#0 main",
                "8: end",
            ],
        );
    }

    #[test]
    fn written_times_are_kept_whatever_the_zone() {
        same(
            b"2022-08-27T14:22:01.613Z one\n2022-08-27T17:22:01.694554+03:00 host CRON[12]: two\n2022-08-27 17:22:02 +0300 three\n",
            &[
                "1 2022-08-27T14:22:01.613: one",
                "warning 2: from here on, not all stamps have the same distance from UTC; all times are taken as they are written",
                "2 2022-08-27T17:22:01.694554 program=CRON {computer=host pid=12}: two",
                "3 2022-08-27T17:22:02: three",
            ],
        );
    }

    #[test]
    fn syslog_without_a_year() {
        same(
            b"Nov  3 09:23:38 veridian automount[7998]: lookup(file): failed\nNov  3 09:23:39 veridian lookup for opt failed\n\
              <34>Nov  3 09:47:02 veridian sudo: timstack : TTY=pts/6\nao\xc3\xbbt 19 11:08:37 nlaptop prog[4961]: test\n",
            &[
                "warning 1: these stamps name no year: the records are kept without a time; state `collected` of the host in bundle.yaml",
                "1 program=automount {computer=veridian pid=7998}: lookup(file): failed",
                "2: veridian lookup for opt failed",
                "3 program=sudo {computer=veridian}: timstack : TTY=pts/6",
                "4 program=prog {computer=nlaptop pid=4961}: test",
            ],
        );
    }

    #[test]
    fn the_year_is_the_last_one_before_the_collection() {
        struct Nothing;
        impl crate::fact::Sink for Nothing {
            fn event(&mut self, _: &crate::fact::Event<'_>) {}
            fn fact(&mut self, _: crate::fact::Fact) {}
            fn claim(&mut self, _: crate::fact::MemberId, _: crate::fact::Claim) {}
            fn problem(&mut self, _: crate::fact::MemberId, _: Option<u64>, _: String, _: crate::fact::Severity) {}
            fn dates(&mut self, _: crate::fact::DateOrderNews) {}
        }
        let collected: Timestamp = jiff::civil::date(1999, 1, 10).at(12, 0, 0, 0);
        let mut log = Log { collected: Some(collected), ..Log::default() };
        let mut sink = Nothing;
        let mut out = super::Output::new(crate::fact::MemberId(0), None, &mut sink);
        let mut check = |line: &str, expected: &str| {
            let record = Record::parse(line).expect("a record");
            let time = log.time(&record.stamp, 1, &mut out).map(|time| time.to_string());
            assert_eq!(time.unwrap_or_default(), expected, "{line}");
        };
        check("Dec  3 09:23:38 a b: c", "1998-12-03T09:23:38");
        check("Jan  3 09:23:38 a b: c", "1999-01-03T09:23:38");
        check("Jan 11 09:23:38 a b: c", "1999-01-11T09:23:38");
        check("Jan 12 09:23:38 a b: c", "1998-01-12T09:23:38");
        check("Feb 29 09:23:38 a b: c", "");
    }

    #[test]
    fn logs_of_windows() {
        same(
            b"2005-03-02\t10:11:12:345\t 1234\tabc\tAgent\tdone\n[2005/03/02 10:11:12 1234.5]\n#-198 Command line\n#I063 Driver\n\
              2005-03-02 10:11:13,a,b\n",
            &[
                "1 2005-03-02T10:11:12.345: 1234\tabc\tAgent\tdone",
                "2 2005-03-02T10:11:12 {pid=1234.5}: #-198 Command line\\n#I063 Driver",
                "5 2005-03-02T10:11:13: a,b",
            ],
        );
    }

    #[test]
    fn rfc_5424() {
        same(
            b"<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - it failed\n\
              <165>1 2003-10-11T22:14:16.003-07:00 host app 8710 - [a@1 b=\"x]\"] text\n<13>1 - - - - - - none\n",
            &[
                "1 2003-10-11T22:14:15.003 program=su {computer=mymachine}: it failed",
                "warning 2: from here on, not all stamps have the same distance from UTC; all times are taken as they are written",
                "2 2003-10-11T22:14:16.003 program=app {computer=host pid=8710}: [a@1 b=\"x]\"] text",
                "3: none",
            ],
        );
    }

    #[test]
    fn named_months() {
        same(
            b"10.0.0.1 - - [02/Mar/1998:10:11:12 +0100] \"GET / HTTP/1.0\" 200 12\n[Sun Mar 13 22:49:12.123456 2016] [error] x\n\
              02-Mar-98 10:11:12 PM one\nMon Mar  2 10:11:12 1998 two\nMar 2 1998 10:11:12: three\n",
            &[
                "1 1998-03-02T10:11:12: 10.0.0.1 - - [02/Mar/1998:10:11:12 +0100] \"GET / HTTP/1.0\" 200 12",
                "2 2016-03-13T22:49:12.123456: [error] x",
                "3 1998-03-02T22:11:12: one",
                "4 1998-03-02T10:11:12: two",
                "5 1998-03-02T10:11:12: three",
            ],
        );
    }

    #[test]
    fn numeric_dates_may_be_uncertain() {
        same(
            b"[05/03/1999 13:54:39] one\n1/12/99 4:49:44 PM two\n",
            &["1 1999-05-03T13:54:39: one", "2 1999-01-12T16:49:44: two", "warning 1: dates in either order"],
        );
        same(
            b"13.12.99 16:49:44 one\n01.02.99, 16:49 two\n",
            &["1 1999-12-13T16:49:44: one", "2 1999-02-01T16:49:00: two"],
        );
    }

    #[test]
    fn seconds_since_1970_need_the_zone() {
        same(
            b"1428634687123 Hello\n[1428634687] Bye\n1428634687.5 x\n",
            &["warning 1: times in UTC", "1: Hello", "2: Bye", "3: x"],
        );
        let found = super::stamp("1428634687.5 x").map(|(stamp, _)| stamp);
        assert_eq!(found, Some(Stamp::Since1970(1_428_634_687, 500_000_000)));
    }

    #[test]
    fn what_is_no_stamp() {
        for line in [
            "2015-04-24T21:08:10.313FOO x",
            "2015-04-24",
            "May 5 is a day",
            "1.2.3.4 x",
            "March 5",
            "<5> x",
            "12345678901 x",
        ] {
            assert!(Record::parse(line).is_none(), "{line}");
        }
    }

    #[test]
    fn tables_and_sentences_are_left_alone() {
        let table = b"taken,job\n1998-03-01T08:00:00,A\n1998-03-01T08:00:01,B\n";
        assert_eq!(crate::source::testing::read("jobs.csv", table).0, Some("csv"));
        check(
            "a.txt",
            b"1999-12-13 16:49:00 x\na\nb\n",
            "text\n1 file a.txt Content = 1999-12-13 16:49:00 x\\na\\nb\n\
            1: 1999-12-13 16:49:00 x\n2: a [1999-12-13 16:49:00 x a]\n3: b [a b]",
        );
    }
}
