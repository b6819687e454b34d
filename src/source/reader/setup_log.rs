//! The log of Setup: `<11-22-1996 13:42:14> text` (Q161561, Q256615), later `06-21-1999 15:45:36 text` (Q236048, Q255664).
//!
//! The programs that Setup starts write their own lines without a stamp: `SMS SETUP Log > text` (Q161561).

use crate::fact::Event;

use super::super::time::{DateOrder, day_clock, leading_date};
use super::records::{self, Form};
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct SetupLog;

impl Reader for SetupLog {
    fn name(&self) -> &'static str {
        "setup-log"
    }

    fn help(&self) -> &'static str {
        "The log of SMS Setup: `<month-day-year time> text`, or the same without brackets."
    }

    fn known_by(&self) -> &'static str {
        "The share of its lines that begin with a date in angle brackets; without brackets only in a file with `setup` in its name."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with time and text. Indented lines belong to the record above them; a line `SMS SETUP Log > …` \
         is a record without a time. The form without brackets counts only in a file with `setup` in its name."
    }

    fn surest(&self) -> Confidence {
        Confidence::WHOLE
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let bracketed = head.lines().any(|line| bracketed(line.trim_start()).is_some());
        if !bracketed && !head.name.contains("setup") {
            return Confidence::NO;
        }
        let (hits, lines) = records::covered(&Records, head);
        Confidence::share(hits, lines)
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        // Setup writes month, day and year wherever it runs.
        out.usual_date_order(DateOrder::Mdy);
        records::read(&mut Records, input, out);
    }
}

/// How the programs that Setup starts mark their lines.
const MARK: &str = "SMS SETUP Log >";

struct Records;

impl Form for Records {
    fn begins(&self, line: &str) -> bool {
        let line = line.trim_start();
        line.starts_with(MARK) || stamped(line).is_some()
    }

    fn emit(&mut self, number: u64, text: &str, out: &mut Output<'_>) {
        let (written, text) = stamped(text).map_or((None, text), |(stamp, rest)| (Some(stamp), rest));
        let time = written.and_then(|written| out.local_time(number, written));
        out.event(&Event { time, ..Event::plain(out.at(number), text.trim()) });
    }
}

/// The stamp of a line, and what follows it.
fn stamped(line: &str) -> Option<(&str, &str)> {
    bracketed(line).or_else(|| {
        let rest = stamp_end(line)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| (&line[..line.len() - rest.len()], rest))
    })
}

fn bracketed(line: &str) -> Option<(&str, &str)> {
    let (stamp, rest) = line.strip_prefix('<')?.split_once('>')?;
    stamp_end(stamp)?.is_empty().then_some((stamp, rest))
}

/// What follows `06-21-1999 15:45:36`: with dashes, four digits of the year and seconds.
fn stamp_end(text: &str) -> Option<&str> {
    let (date, rest) = leading_date(text)?;
    let year = date.rsplit_once('-')?.1;
    let (_, after) = day_clock(rest.strip_prefix(' ')?.trim_start())?;
    let clock = &rest[..rest.len() - after.len()];
    (year.len() == 4 && clock.matches(':').count() == 2).then_some(after)
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn brackets_and_lines_of_other_programs() {
        check(
            "smssetup.log",
            b"<11-22-1996 13:42:14> Executing upgrade script\r\n   UPGRD.SQL\r\n<11-22-1996 13:42:18>Script done\r\n\
              SMS SETUP Log > Creating tables.\r\nnot a record\r\n<13-40-1996 13:42:18> odd\r\n<> none\r\n",
            "setup-log
             1 1996-11-22T13:42:14: Executing upgrade script\\nUPGRD.SQL
             3 1996-11-22T13:42:18: Script done
             4: SMS SETUP Log > Creating tables.
             5: not a record
             warning 6: `13-40-1996 13:42:18` is no time; the record is kept without one
             6: odd
             7: <> none",
        );
    }

    #[test]
    fn without_brackets() {
        let text = b"06-02-1999 15:45:36 Starting evaluation process.\n2-21-2000 11:54:46 SqlExecute IF NOT\n02-21-2000 11:54:47\n";
        check(
            "SMSSETUP.LOG",
            text,
            "setup-log
             1 1999-06-02T15:45:36: Starting evaluation process.
             2 2000-02-21T11:54:46: SqlExecute IF NOT
             3 2000-02-21T11:54:47: ",
        );
        // Elsewhere nobody knows that the month comes first.
        let (reader, _) = crate::source::testing::read("other.log", text);
        assert_ne!(reader, Some("setup-log"));
    }
}
