//! The log form of the products after SMS 2003, which CMTrace shows and many scripts write:
//! `<![LOG[text]LOG]!><time="08:00:00.123+300" date="11-21-2005" component="X" context="" type="1" thread="12" file="x.cpp:1">`.
//!
//! The text may hold line breaks. The number after the time is the zone's distance from UTC in minutes; the time is local.

use crate::fact::{Event, Timestamp};

use super::super::time::{DateOrder, clock, day_clock, is_bias};
use super::{Confidence, Context, Head, Held, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct CmTrace;

impl Reader for CmTrace {
    fn name(&self) -> &'static str {
        "cmtrace"
    }

    fn help(&self) -> &'static str {
        "Logs of Configuration Manager and of scripts for CMTrace: `<![LOG[text]LOG]!><time=… date=… component=…>`."
    }

    fn known_by(&self) -> &'static str {
        "The marks `<![LOG[` and `]LOG]!>` around the share of its lines that they cover."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with time, component, thread and text, and the fields type (1 information, 2 warning, 3 error), \
         context and file as far as they are stated. A record may span lines. The time is the local one that is written; the \
         distance from UTC behind it is not applied."
    }

    fn surest(&self) -> Confidence {
        Confidence::WHOLE
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut inside) = (0, 0, false);
        for line in head.lines() {
            lines += 1;
            let begins = line.contains(BEGIN);
            hits += usize::from(begins || inside);
            inside = match (line.rfind(BEGIN), line.rfind(END)) {
                (None, None) => inside,
                (begin, end) => begin > end,
            };
        }
        Confidence::share(hits, lines)
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        out.usual_date_order(DateOrder::Mdy);
        let mut open = Held::default();
        while let Some(line) = input.next() {
            let mut rest = line.text;
            while !rest.trim().is_empty() {
                rest = piece(&mut open, Line { number: line.number, text: rest }, out);
            }
        }
        if !open.is_empty() {
            unended(&mut open, out);
        }
    }
}

/// What stands around the text of a record.
const BEGIN: &str = "<![LOG[";
const END: &str = "]LOG]!>";

/// A record with more lines than this is none.
const MAX_LINES: usize = 2_000;

/// Reads up to the end of a record or of the line, and returns what is left.
fn piece<'a>(open: &mut Held, line: Line<'a>, out: &mut Output<'_>) -> &'a str {
    let Line { number, text } = line;
    if open.is_empty() {
        let Some(begin) = text.find(BEGIN) else {
            out.plain(line);
            return "";
        };
        out.plain(Line { number, text: &text[..begin] });
        // An empty first line still begins the record.
        open.push(Line { number, text: "" });
        return inside(open, Line { number, text: &text[begin + BEGIN.len()..] }, out);
    }
    inside(open, line, out)
}

fn inside<'a>(open: &mut Held, line: Line<'a>, out: &mut Output<'_>) -> &'a str {
    let Line { number, text } = line;
    let end = text.find(END);
    // A record that begins before this one has ended: its writer was interrupted.
    if let Some(begin) = text.find(BEGIN).filter(|begin| end.is_none_or(|end| *begin < end)) {
        open.push(Line { number, text: &text[..begin] });
        unended(open, out);
        return &text[begin..];
    }
    let Some(end) = end else {
        open.push(line);
        if open.lines.len() >= MAX_LINES || open.text.len() >= Held::MAX_TEXT {
            open.flush(out);
        }
        return "";
    };
    open.push(Line { number, text: &text[..end] });
    let after = &text[end + END.len()..];
    let close = attributes_end(after);
    emit(open, &Attributes(&after[..close]), out);
    after[close..].strip_prefix('>').unwrap_or(&after[close..])
}

/// Where the attributes end: at the first `>` outside of quotes.
fn attributes_end(text: &str) -> usize {
    if !text.trim_start().starts_with('<') {
        return 0;
    }
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        quoted ^= byte == b'"';
        if byte == b'>' && !quoted {
            return at;
        }
    }
    text.len()
}

/// The record has no end: the log was interrupted.
fn unended(open: &mut Held, out: &mut Output<'_>) {
    if let Some(number) = open.first_line() {
        out.warn(number, || "the record has no end; it is kept without a time".to_owned());
        emit(open, &Attributes(""), out);
    }
}

fn emit(open: &mut Held, attributes: &Attributes<'_>, out: &mut Output<'_>) {
    let Some(number) = open.first_line() else { return };
    let time = time(attributes, number, out);
    let filled = |name| attributes.get(name).filter(|value| !value.is_empty());
    let fields: Vec<(&str, &str)> =
        ["type", "context", "file"].into_iter().filter_map(|name| Some((name, filled(name)?))).collect();
    let component = filled("component");
    out.event(&Event {
        time,
        component,
        thread: filled("thread"),
        fields: &fields,
        ..Event::plain(out.at(number), open.text.trim())
    });
    open.clear();
}

fn time(attributes: &Attributes<'_>, number: u64, out: &mut Output<'_>) -> Option<Timestamp> {
    let (written_date, written_time) = (attributes.get("date")?, attributes.get("time")?);
    let time = day_clock(written_time)
        .filter(|(_, rest)| is_bias(rest))
        .or_else(|| clock(written_time).filter(|(_, rest)| rest.trim().is_empty()));
    let found = out.local_date(number, written_date).zip(time).map(|(date, (time, _))| date.to_datetime(time));
    if found.is_none() {
        out.warn(number, || format!("`{written_date} {written_time}` is no time; the record is kept without one"));
    }
    found
}

/// `<time="…" date="…"`.
struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.0.trim_start().strip_prefix('<')?;
        while let Some((found, after)) = rest.split_once("=\"") {
            let (value, next) = after.split_once('"').unwrap_or((after, ""));
            if found.trim().eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = next;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn records_on_one_line_and_over_several() {
        check(
            "execmgr.log",
            b"<![LOG[Policy arrived]LOG]!><time=\"08:00:00.123+300\" date=\"11-02-2005\" component=\"execmgr\" context=\"\" type=\"1\" \
              thread=\"1234\" file=\"x.cpp:12\">\r\n\
              <![LOG[first\r\n  second > \"x\"]LOG]!><time=\"14:23:01.1234567-060\" date=\"9-10-2026\" component=\"\" context=\"u\" type=\"3\" thread=\"\" file=\"\">\r\n\
              <![LOG[a]LOG]!><time=\"08:00:01\" date=\"11-02-2005\" component=\"A\" type=\"2\" thread=\"1\" file=\"\"><![LOG[b]LOG]!><time=\"8:00:02 PM\" date=\"11-02-2005\" component=\"B\">\r\n",
            "cmtrace
             1 2005-11-02T08:00:00.123 execmgr thread=1234 {type=1 file=x.cpp:12}: Policy arrived
             2 2026-09-10T14:23:01.1234567 {type=3 context=u}: first\\nsecond > \"x\"
             4 2005-11-02T08:00:01 A thread=1 {type=2}: a
             4 2005-11-02T20:00:02 B: b",
        );
    }

    #[test]
    fn interrupted_and_damaged_records() {
        check(
            "x.log",
            b"noise\n\
              <![LOG[half <![LOG[whole]LOG]!><time=\"08:00:00\" date=\"11-22-2005\" component=\"A\">tail\n\
              <![LOG[no attributes]LOG]!>\n\
              <![LOG[odd]LOG]!><time=\"99:00:00\" date=\"11-22-2005\" component=\"A>\n\
              <![LOG[cut off\nhere",
            "cmtrace
             1: noise
             warning 2: the record has no end; it is kept without a time
             2: half
             2 2005-11-22T08:00:00 A: whole
             2: tail
             3: no attributes
             warning 4: `11-22-2005 99:00:00` is no time; the record is kept without one
             4 A>: odd
             warning 5: the record has no end; it is kept without a time
             5: cut off\\nhere",
        );
    }
}
