//! Records copied out of the trace viewer: text, component, date and time in the viewer's locale, thread, parted by tabs
//! (Q214448, Q225542) or, in some articles, by blanks and wrapped (Q261286), or with the date first (Q288218), or with the
//! columns on lines of their own (Q169748).

use std::ops::Range;

use crate::fact::{BlockLines, Event};

use super::super::skim::{Likeness, Stamps, ascii, behind_last, equal};
use super::super::time::{clock, leading_date};
use super::status::Status;
use super::trace::tidy;
use super::{Confidence, Context, Head, Held, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Viewer;

impl Reader for Viewer {
    fn name(&self) -> &'static str {
        "viewer"
    }

    fn help(&self) -> &'static str {
        "Records copied from SMS Trace or SMS Tracer: text, component, date and time, thread, parted by tabs, by blanks, or \
         on lines of their own."
    }

    fn known_by(&self) -> &'static str {
        "The share of its lines that have a component, a date with a time, and a thread in these columns."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with text, time, and component and thread as far as the copy has them. The order of day and \
         month comes from the manifest, else from the dates. Where blanks part the columns, the lines between two records \
         belong to the text of the second. A status message has its parts as fields, as in a trace."
    }

    fn surest(&self) -> Confidence {
        Confidence::WHOLE
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let apart = has_columns_apart(head);
        let (mut hits, mut lines) = (0, 0);
        for line in head.lines() {
            lines += 1;
            hits += usize::from(apart || Row::parse(line).is_some());
        }
        Confidence::share(hits, lines)
    }

    fn likeness(&self, head: &Head<'_>) -> Option<Box<dyn Likeness>> {
        (!has_columns_apart(head)).then(|| -> Box<dyn Likeness> { Box::new(Columns(Stamps::default())) })
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut copy = Copy { apart: has_columns_apart(&ctx.head), ..Copy::default() };
        while let Some(line) = input.next() {
            copy.line(line, out);
        }
        copy.finish(out);
    }
}

/// Lines whose last columns are component, stamp and thread, parted by tabs.
struct Columns(Stamps);

impl Likeness for Columns {
    fn is_usual(&mut self, bytes: &[u8], line: Range<usize>) -> bool {
        let thread = behind_last(before_thread, bytes, without_tabs(bytes, &line));
        thread.is_some_and(|thread| self.0.stand_before(bytes, line.start, thread))
    }

    fn alike(&self, bytes: &[u8], usual: Range<usize>, behind: &BlockLines<'_>) -> usize {
        self.0.stand_alike(before_thread, bytes, without_tabs(bytes, &usual), behind)
    }

    fn learn(&mut self, line: &[u8]) {
        let line = ascii(line);
        let line = line.trim_end_matches('\t');
        let places = || {
            let end = line.rfind('\t')?;
            let stamp = line[..end].rfind('\t')?;
            let component = line[..stamp].rfind('\t')?;
            is_stamp(line[stamp..end].trim()).then_some((component, stamp, end + 1))
        };
        if let Some((component, stamp, end)) = places() {
            self.0.learn(line.as_bytes(), component, stamp..end);
        }
    }

    fn is_timeless(&self, line: &[u8]) -> bool {
        !line.iter().any(u8::is_ascii_digit) || memchr::memchr2(b':', b'.', line).is_none()
    }

    fn begins_next(&self) -> bool {
        false
    }
}

/// Where a line ends but for tabs.
fn without_tabs(bytes: &[u8], line: &Range<usize>) -> usize {
    let mut end = line.end;
    while end > line.start && bytes.get(end - 1) == Some(&b'\t') {
        end -= 1;
    }
    end
}

/// Marks what stands before a thread, and what stands in a stamp, which is none.
fn before_thread(eight: u64) -> u64 {
    equal(eight, b'\t') | equal(eight, b':')
}

/// Whether the columns of the records are on lines of their own: each stamp alone, below a text (Q169748).
fn has_columns_apart(head: &Head<'_>) -> bool {
    let (mut stamps, mut texts, mut last_is_text) = (0, 0, false);
    for line in head.lines() {
        if Row::parse(line).is_some() {
            return false;
        }
        if is_stamp(line.trim()) {
            if !last_is_text {
                return false;
            }
            stamps += 1;
            texts = 0;
        } else if !is_thread(line.trim()) {
            texts += 1;
        }
        if texts > MAX_TEXT_LINES {
            return false;
        }
        last_is_text = !is_stamp(line.trim());
    }
    stamps >= 2 && (texts == 0 || !head.whole)
}

/// A wrapped message has no more lines.
const MAX_TEXT_LINES: usize = 4;

/// A copy that is being read.
#[derive(Default)]
struct Copy {
    /// The columns are on lines of their own.
    apart: bool,
    /// Lines that may belong to the next record.
    above: Held,
    /// They follow a record.
    fresh: bool,
    /// A record whose last columns may be on the next line.
    open: Option<Open>,
}

/// A record that is not yet out.
struct Open {
    number: u64,
    text: String,
    component: Option<String>,
    written: String,
    thread: Option<String>,
}

impl Copy {
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let mut text = line.text.trim();
        if let Some(mut open) = self.open.take() {
            let rest = if self.apart { open.thread_alone(text) } else { open.wrapped(text) };
            open.emit(false, out);
            self.fresh = true;
            if rest.len() < text.len() {
                // What follows a wrapped stamp begins the next record.
                text = rest;
                if !text.is_empty() {
                    self.above.push(Line { number: line.number, text });
                }
                return;
            }
        }
        if self.apart && is_stamp(text) && !self.above.is_empty() {
            return self.stamp_alone(text);
        }
        match Row::parse(line.text) {
            Some(row) => self.row(line.number, &row, out),
            None => self.other(line, text, out),
        }
    }

    fn row(&mut self, line: u64, row: &Row<'_>, out: &mut Output<'_>) {
        let joins = row.by_blanks && self.fresh && !self.above.is_empty() && !self.above.text.ends_with(':');
        if !joins {
            self.above.flush(out);
        }
        let text = if joins { format!("{}\n{}", self.above.text, row.text.trim()) } else { row.text.to_owned() };
        let open = Open {
            number: self.above.first_line().unwrap_or(line),
            text,
            component: Some(row.component.to_owned()).filter(|name| !name.is_empty()),
            written: row.time.to_owned(),
            thread: row.thread.map(str::to_owned),
        };
        self.above.clear();
        self.fresh = true;
        if row.by_blanks { self.open = Some(open) } else { open.emit(true, out) }
    }

    /// A line that is no row.
    fn other(&mut self, line: Line<'_>, text: &str, out: &mut Output<'_>) {
        if text.is_empty() || self.above.lines.len() >= MAX_TEXT_LINES {
            self.above.flush(out);
            self.fresh = false;
        }
        if self.above.is_empty() && !self.fresh && !self.apart {
            return out.plain(line);
        }
        if !text.is_empty() {
            self.above.push(line);
        }
    }

    /// A line that is the stamp of a record.
    fn stamp_alone(&mut self, text: &str) {
        let (above, component) = match self.above.text.rsplit_once('\n') {
            Some((above, last)) if is_component(last) => (above, Some(last.to_owned())),
            _ => (self.above.text.as_str(), None),
        };
        let number = self.above.first_line().unwrap_or_default();
        let text = text.to_owned();
        self.open = Some(Open { number, text: above.to_owned(), component, written: text, thread: None });
        self.above.clear();
    }

    fn finish(&mut self, out: &mut Output<'_>) {
        if let Some(open) = self.open.take() {
            open.emit(false, out);
        }
        self.above.flush(out);
    }
}

impl Open {
    /// A line that is nothing but a thread belongs to the record. Returns what of the line does not.
    fn thread_alone<'a>(&mut self, text: &'a str) -> &'a str {
        if self.component.is_none() || text.is_empty() || !is_thread(text) {
            return text;
        }
        self.thread = Some(text.to_owned());
        ""
    }

    /// The half of the day and the thread may have been wrapped (Q262298). Returns what of the line does not belong here.
    fn wrapped<'a>(&mut self, text: &'a str) -> &'a str {
        let mut rest = text;
        let half = rest.get(..2).filter(|half| half.eq_ignore_ascii_case("am") || half.eq_ignore_ascii_case("pm"));
        if let Some(half) = half
            && self.written.ends_with(|c: char| c.is_ascii_digit())
            && self.thread.is_none()
            && (rest.len() == 2 || rest[2..].starts_with(' '))
        {
            self.written = format!("{} {half}", self.written);
            rest = rest[2..].trim_start();
        }
        let end = rest.find(')').map_or(0, |at| at + 1);
        let (hex, after) = rest.split_at(end);
        match &mut self.thread {
            None if hex.contains(" (0x") && is_thread(hex) => self.thread = Some(hex.to_owned()),
            Some(thread)
                if !thread.contains('(') && hex.starts_with("(0x") && is_thread(&format!("{thread} {hex}")) =>
            {
                thread.push(' ');
                thread.push_str(hex);
            }
            _ => return rest,
        }
        after.trim_start()
    }

    /// `is_line`: all of it stood on one line.
    fn emit(&self, is_line: bool, out: &mut Output<'_>) {
        let time = out.local_time(self.number, &self.written);
        let text = tidy(&self.text);
        let status = Status::parse(&text);
        let event = Event {
            time,
            component: self.component.as_deref(),
            thread: self.thread.as_deref(),
            fields: &status.as_ref().map(Status::fields).unwrap_or_default(),
            ..Event::plain(out.at(self.number), &text)
        };
        if is_line { out.line_event(&event) } else { out.event(&event) }
    }
}

struct Row<'a> {
    text: &'a str,
    component: &'a str,
    time: &'a str,
    thread: Option<&'a str>,
    by_blanks: bool,
}

impl<'a> Row<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        if line.contains('\t') { Self::tabs(line) } else { Self::blanks(line) }
    }

    fn tabs(line: &'a str) -> Option<Self> {
        let columns: Vec<&str> = line.trim_end_matches('\t').split('\t').collect();
        let at = columns.iter().rposition(|column| is_stamp(column.trim()))?;
        let thread = |index: usize| columns.get(index).map(|thread| thread.trim()).filter(|thread| !thread.is_empty());
        if at == 0 {
            // The message may hold tabs itself, and a tab may have become a blank (Q288218).
            let (component, thread, ends) = match columns.as_slice() {
                [_, _, .., component, thread] if is_thread(thread.trim()) => (component.trim(), Some(thread.trim()), 2),
                [_, _, .., last] => match split_thread(last.trim()) {
                    Some((component, thread)) => (component, Some(thread), 1),
                    // Many programs write a date and tabs: without a thread, the component must look like one.
                    None if is_component(last.trim()) || is_program(last.trim()) => (last.trim(), None, 1),
                    None => return None,
                },
                _ => return None,
            };
            let text_start = columns[0].len() + 1;
            let text_end: usize =
                columns[..columns.len() - ends].iter().map(|column| column.len() + 1).sum::<usize>() - 1;
            let text = line.get(text_start..text_end)?;
            return Some(Self { text, component, time: columns[0].trim(), thread, by_blanks: false });
        }
        if at < 2 || columns.len() > at + 2 {
            return None;
        }
        // The message may hold tabs itself.
        let text_end: usize = columns[..at - 1].iter().map(|column| column.len() + 1).sum::<usize>() - 1;
        Some(Self {
            text: &line[..text_end],
            component: columns[at - 1].trim(),
            time: columns[at].trim(),
            thread: thread(at + 1),
            by_blanks: false,
        })
    }

    /// `text SMS_SQL_MONITOR 4/29/2000 11:51:03 PM`: only if the component cannot be anything else.
    fn blanks(line: &'a str) -> Option<Self> {
        let trimmed = line.trim();
        let mut end = trimmed.len();
        // The date is among the last words: time, half of the day and thread may follow it.
        for _ in 0..6 {
            let (blank, c) = trimmed[..end].char_indices().rfind(|(_, c)| c.is_whitespace())?;
            let start = blank + c.len_utf8();
            if leading_date(&trimmed[start..end]).is_some_and(|(_, rest)| rest.is_empty()) {
                let (_, rest) = leading_date(&trimmed[start..])?;
                let (_, after) = clock(rest.trim_start())?;
                let thread = after.trim();
                if !thread.is_empty() && !is_thread(thread) {
                    return None;
                }
                let time = trimmed[start..trimmed.len() - after.len()].trim();
                let before = trimmed[..start].trim_end();
                let (text, component) = before.rsplit_once(char::is_whitespace).unwrap_or(("", before));
                return is_component(component).then_some(Self {
                    text,
                    component,
                    time,
                    thread: Some(thread).filter(|thread| !thread.is_empty()),
                    by_blanks: true,
                });
            }
            end = trimmed[..start].trim_end().len();
        }
        None
    }
}

fn is_stamp(text: &str) -> bool {
    leading_date(text).and_then(|(_, rest)| clock(rest.trim_start())).is_some_and(|(_, rest)| rest.trim().is_empty())
}

/// `6E`, `330 (0x14A)`
fn is_thread(text: &str) -> bool {
    let is_hex = |number: &str| (1..=10).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.split_once(" (0x") {
        Some((first, second)) => is_hex(first) && second.strip_suffix(')').is_some_and(is_hex),
        None => is_hex(text),
    }
}

/// `CliEx32.dll`
fn is_program(word: &str) -> bool {
    let name = word.to_ascii_lowercase();
    !name.contains(char::is_whitespace) && (name.ends_with(".dll") || name.ends_with(".exe"))
}

/// `CliEx32.dll 4294896193 (0xFFFEEA41)`: a component and a thread.
fn split_thread(text: &str) -> Option<(&str, &str)> {
    let hex = text.rfind(" (0x").filter(|_| text.ends_with(')'))?;
    let at = text[..hex].rfind(' ')?;
    let (component, thread) = (text[..at].trim_end(), text[at + 1..].trim());
    (!component.is_empty() && is_thread(thread)).then_some((component, thread))
}

/// `SMS_SQL_MONITOR`: nothing that a message would end with.
fn is_component(word: &str) -> bool {
    word.contains('_') && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn tabs_in_every_order() {
        check(
            "pacman.log",
            b"Job done.\tSMS_PCM\t1/12/99 4:49:44 PM\t6E\t\n\
              a\tb\tSMS_PCM\t1/13/99 16:49:44\t330 (0x14A)\t\n\
              1/16/2001 2:27:39 PM\ttext\tCliEx32.dll\t4294883705 (0xFFFEB979)\n\
              no record\n",
            "viewer
             1 1999-01-12T16:49:44 SMS_PCM thread=6E: Job done.
             2 1999-01-13T16:49:44 SMS_PCM thread=330 (0x14A): a\tb
             3 2001-01-16T14:27:39 CliEx32.dll thread=4294883705 (0xFFFEB979): text
             4: no record",
        );
    }

    #[test]
    fn day_first() {
        check(
            "x.txt",
            b"a\tSMS_PCM\t1/12/99 16:49:44\t6E\t\nb\tSMS_PCM\t13/12/99 16:49:44\t6E\t\n",
            "viewer
             1 1999-12-01T16:49:44 SMS_PCM thread=6E: a
             2 1999-12-13T16:49:44 SMS_PCM thread=6E: b",
        );
        check("x.txt", b"a\tSMS_PCM\t01.12.99 16:49:44\t6E\t\n", "viewer\n1 1999-12-01T16:49:44 SMS_PCM thread=6E: a");
    }

    #[test]
    fn blanks_where_tabs_were() {
        check(
            "x.txt",
            b"ERROR: no connection SMS_SQL_MONITOR 4/29/2000 11:51:03 PM\nb SMS_SQL_MONITOR 4/29/2000 11:51:04 PM 6E\n",
            "viewer
             1 2000-04-29T23:51:03 SMS_SQL_MONITOR: ERROR: no connection
             2 2000-04-29T23:51:04 SMS_SQL_MONITOR thread=6E: b",
        );
    }

    #[test]
    fn dates_of_other_countries() {
        check(
            "x.txt",
            "a\tSMS_PCM\t13.12.99 16:49:44\t6E\nb\tSMS_PCM\t1999-12-13 16:49\t6E\nc\tSMS_PCM\t13-12-1999 16.49.44\t6E\n".as_bytes(),
            "viewer
             1 1999-12-13T16:49:44 SMS_PCM thread=6E: a
             2 1999-12-13T16:49:00 SMS_PCM thread=6E: b
             3 1999-12-13T16:49:44 SMS_PCM thread=6E: c",
        );
    }

    #[test]
    fn date_first_with_lost_and_additional_tabs() {
        check(
            "x.txt",
            b"1/16/2001 2:27:39 PM\tvalue = \"ABC\"  \tCliEx32.dll 4294896193 (0xFFFEEA41)\n\
              1/16/2001 2:27:40 PM\ta\tb\tCliEx32.dll\t4294896193 (0xFFFEEA41)\t\n\
              1/16/2001 2:27:41 PM\tc\tCliEx32.dll\n1/16/2001 2:27:42 PM\tnothing\n",
            "viewer
             1 2001-01-16T14:27:39 CliEx32.dll thread=4294896193 (0xFFFEEA41): value = \"ABC\"
             2 2001-01-16T14:27:40 CliEx32.dll thread=4294896193 (0xFFFEEA41): a\tb
             3 2001-01-16T14:27:41 CliEx32.dll: c
             4: 1/16/2001 2:27:42 PM\tnothing",
        );
    }

    #[test]
    fn wrapped_records_with_blanks() {
        check(
            "x.txt",
            b"He saw:\nERROR: no connection\nsleeping SMS_SQL_MONITOR 4/29/2000 11:51:03 PM\nERROR: again\n\
              sleeping SMS_SQL_MONITOR 4/29/2000 11:52:03 PM\n\nERROR: third\nsleeping SMS_SQL_MONITOR 4/29/2000 11:53:03 PM\nend\n",
            "viewer
             1: He saw:
             2: ERROR: no connection [He saw: ERROR: no connection]
             3 2000-04-29T23:51:03 SMS_SQL_MONITOR: sleeping
             4 2000-04-29T23:52:03 SMS_SQL_MONITOR: ERROR: again\\nsleeping
             7: ERROR: third
             8 2000-04-29T23:53:03 SMS_SQL_MONITOR: sleeping
             9: end",
        );
        // The half of the day and the thread may be wrapped too.
        check(
            "x.txt",
            b"a SMS_SQL_MONITOR 4/29/2000 5:24:02\nPM 276 (0x114)\nb SMS_SQL_MONITOR 4/29/2000 5:24:03 PM 276\n(0x114) c\n\
              SMS_SQL_MONITOR 4/29/2000 5:24:04 PM 227 (0xE3)\nd SMS_SQL_MONITOR 4/29/2000 5:24:05 PM\n227 (0xE3)\n",
            "viewer
             1 2000-04-29T17:24:02 SMS_SQL_MONITOR thread=276 (0x114): a
             3 2000-04-29T17:24:03 SMS_SQL_MONITOR thread=276 (0x114): b
             4 2000-04-29T17:24:04 SMS_SQL_MONITOR thread=227 (0xE3): c
             6 2000-04-29T17:24:05 SMS_SQL_MONITOR thread=227 (0xE3): d",
        );
    }

    #[test]
    fn columns_on_lines_of_their_own() {
        check(
            "x.txt",
            b"NWScanObject; return: ffff\n6/01/97 3:25:15 PM\nFailed to set permission on\n\\\\J\\APPL\n6/13/97 3:25:16 PM\n\
              Done.\nSMS_DESPOOLER\n6/13/97 3:25:17 PM\nDB\nlast\n6/13/97 3:25:18 PM\n",
            "viewer
             1 1997-06-01T15:25:15: NWScanObject; return: ffff
             3 1997-06-13T15:25:16: Failed to set permission on\\n\\\\J\\APPL
             6 1997-06-13T15:25:17 SMS_DESPOOLER thread=DB: Done.
             10 1997-06-13T15:25:18: last",
        );
        // Many programs write a date and tabs.
        let (reader, _) = crate::source::testing::read("x.txt", b"1/16/2001 2:27:39 PM\tERROR\tno way\n");
        assert_ne!(reader, Some("viewer"));
        // Dates above what they are about are headings.
        let (reader, _) =
            crate::source::testing::read("x.txt", b"6/01/97 3:25:15 PM\nwent home\n6/13/97 3:25:16 PM\nwent out\n");
        assert_ne!(reader, Some("viewer"));
    }

    /// Code page 1252 has a blank that is more than one byte in UTF-8.
    #[test]
    fn a_blank_of_several_bytes() {
        let (reader, dump) = crate::source::testing::read("x.txt", b"a SMS_SQL_MONITOR 4/29/2000\xA011:51:03 PM\n");
        assert_eq!(reader, Some("viewer"));
        assert_eq!(dump[0], "1 2000-04-29T23:51:03 SMS_SQL_MONITOR: a");
    }
}
