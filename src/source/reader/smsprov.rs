//! Smsprov.log, the log of the SMS Provider: `[11A][Mon 10/02/2000 19:50:57]:text` (Q239899), and blocks between lines of
//! `*` that say where an error arose: `E:\OPALSP1\…\SspObjectQuery.cpp(4177) : text` (Q231883, Q258987).

use jiff::civil::Weekday;

use crate::fact::{Event, Timestamp};

use super::super::time::{DateOrder, clock, leading_date};
use super::{Confidence, Context, Head, Held, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Smsprov;

impl Reader for Smsprov {
    fn name(&self) -> &'static str {
        "smsprov"
    }

    fn help(&self) -> &'static str {
        "Smsprov.log of the SMS Provider: `[thread][weekday date time]:text`, and error blocks between lines of `*`."
    }

    fn known_by(&self) -> &'static str {
        "Lines that begin with thread and time in brackets, or that name a source file and a line, and the share of what follows them."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with time, thread and text; an error block belongs to the record above it, or is an event \
         without a time. The source file of a block and its line are in the text."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut marks) = (0, 0, 0);
        for line in head.lines() {
            lines += 1;
            marks += usize::from(Header::parse(line.trim_start()).is_some() || is_source(line));
            hits += usize::from(marks > 0 || is_stars(line));
        }
        if marks == 0 { Confidence::NO } else { Confidence::share(hits, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        // The provider writes month, day and year wherever it runs.
        out.usual_date_order(DateOrder::Mdy);
        let mut reading = Reading::default();
        while let Some(line) = input.next() {
            reading.line(line, out);
        }
        reading.emit(out);
    }
}

/// The record or block that is being read.
#[derive(Default)]
struct Reading {
    held: Held,
    /// It has a header, so all that follows belongs to it.
    headed: bool,
    /// The stars that end a block without a header have begun.
    ending: bool,
}

impl Reading {
    /// A line may hold several records (Q239899).
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let mut text = line.text.trim();
        if text.is_empty() {
            return;
        }
        if Header::parse(text).is_some() {
            self.begin(true, out);
        } else if is_stars(text) {
            let begins = self.held.is_empty();
            if begins {
                self.begin(false, out);
            }
            self.ending = !begins && self.held.text.bytes().any(|byte| !matches!(byte, b'*' | b'\n'));
        } else if self.held.is_empty() || (self.ending && !self.headed) || self.held.is_full() {
            self.emit(out);
        }
        while let Some(next) = next_header(text) {
            self.push(Line { number: line.number, text: &text[..next] }, out);
            self.begin(true, out);
            text = &text[next..];
        }
        self.push(Line { number: line.number, text }, out);
    }

    fn push(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if self.held.is_empty() && !self.headed && !is_stars(line.text) && !is_source(line.text) {
            return out.plain(line);
        }
        self.held.push(line);
    }

    fn begin(&mut self, headed: bool, out: &mut Output<'_>) {
        self.emit(out);
        self.headed = headed;
    }

    fn emit(&mut self, out: &mut Output<'_>) {
        if let Some(number) = self.held.first_line() {
            let header = Header::parse(&self.held.text);
            let time = header.as_ref().and_then(|header| header.time(number, out));
            let text = header.as_ref().map_or(self.held.text.as_str(), |header| header.text);
            let thread = header.as_ref().map(|header| header.thread);
            out.event(&Event { time, thread, ..Event::plain(out.at(number), text.trim()) });
        }
        self.held.clear();
        self.headed = false;
        self.ending = false;
    }
}

/// `[11A][Mon 10/02/2000 19:50:57]:`
struct Header<'a> {
    thread: &'a str,
    weekday: Weekday,
    time: &'a str,
    text: &'a str,
}

impl<'a> Header<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        // One article lost the first bracket.
        let (thread, rest) = text.strip_prefix('[').unwrap_or(text).split_once("][")?;
        if thread.is_empty() || thread.len() > 8 || !thread.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let (stamp, text) = rest.split_once(']')?;
        let (day, time) = stamp.split_once(' ')?;
        let weekday = weekday(day)?;
        let (_, after) = leading_date(time)?;
        clock(after.trim_start()).filter(|(_, rest)| rest.trim().is_empty())?;
        Some(Self { thread, weekday, time, text: text.strip_prefix(':').unwrap_or(text) })
    }

    /// The time, if the weekday fits: it shows a date that was read the wrong way.
    fn time(&self, line: u64, out: &mut Output<'_>) -> Option<Timestamp> {
        let time = out.local_time(line, self.time)?;
        if time.weekday() == self.weekday {
            return Some(time);
        }
        out.warn(line, || {
            format!("`{}` does not fall on the weekday that is stated; the record is kept without a time", self.time)
        });
        None
    }
}

/// Where the next record of a line begins, after its first byte.
fn next_header(text: &str) -> Option<usize> {
    let opening = text.match_indices('[').map(|(at, _)| at).filter(|at| *at > 0);
    opening
        .filter(|at| text[*at..].get(..14).is_some_and(|start| start.contains("][")))
        .find(|at| Header::parse(&text[*at..]).is_some())
}

fn weekday(day: &str) -> Option<Weekday> {
    Some(match day {
        "Mon" => Weekday::Monday,
        "Tue" => Weekday::Tuesday,
        "Wed" => Weekday::Wednesday,
        "Thu" => Weekday::Thursday,
        "Fri" => Weekday::Friday,
        "Sat" => Weekday::Saturday,
        "Sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// A line of `*` only.
fn is_stars(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|byte| byte == b'*')
}

/// `E:\OPALSP1\sdk_provider\nt\smsprov\SspUtility.cpp(1467) : text`
fn is_source(line: &str) -> bool {
    let Some((path, _)) = line.trim().split_once(") :") else { return false };
    let Some((file, number)) = path.rsplit_once('(') else { return false };
    let file = file.to_ascii_lowercase();
    file.contains("smsprov\\") && (file.ends_with(".cpp") || file.ends_with(".h")) && number.parse::<u32>().is_ok()
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn records_and_their_blocks() {
        check(
            "smsprov.log",
            b"[11A][Mon 10/02/2000 19:50:57]:Reading SQL db info\r\n\
              [18D][Fri 03/17/2000 16:08:23]:\r\n*\r\n*\r\nE:\\O\\smsprov\\SspUtility.cpp(1467) : Error Extracting\r\n  property\r\n*\r\n*\r\n\
              [18D][Sat 03/17/2000 16:08:24]:odd\r\n\
              11A][Mon 10/02/2000 19:50:57]:one [11A][Mon 10/02/2000 19:50:58]:two\r\n",
            "smsprov
             1 2000-10-02T19:50:57 thread=11A: Reading SQL db info
             2 2000-03-17T16:08:23 thread=18D: *\\n*\\nE:\\O\\smsprov\\SspUtility.cpp(1467) : Error Extracting\\nproperty\\n*\\n*
             warning 9: `03/17/2000 16:08:24` does not fall on the weekday that is stated; the record is kept without a time
             9 thread=18D: odd
             10 2000-10-02T19:50:57 thread=11A: one
             10 2000-10-02T19:50:58 thread=11A: two",
        );
    }

    #[test]
    fn blocks_without_a_record() {
        check(
            "note.txt",
            b"He found:\n*\n*\nE:\\O\\smsprov\\SspObjectQuery.cpp(4177) : SQL Connection\nSQL Error: Login incorrect.\n*\n*\nand\nno more\n",
            "smsprov
             1: He found:
             2: *\\n*\\nE:\\O\\smsprov\\SspObjectQuery.cpp(4177) : SQL Connection\\nSQL Error: Login incorrect.\\n*\\n*
             8: and
             9: no more [and no more]",
        );
    }
}
