//! The trace of a server component or a 2.0 client: `text   $$<COMPONENT><Tue Nov 04 13:07:27 1997~><thread=A0>`.
//!
//! Release 2.0 adds milliseconds, the name of a zone, and the thread in decimal (Q248969, Q270912). A `~` is a line feed
//! that the writer replaced. Articles print records wrapped, also inside the stamp (Q175763), and with damaged trailers
//! (Q236596, Q257262, Q262242, Q275191); all of them are read.

use std::borrow::Cow;

use crate::fact::Event;

use super::super::time::trace_time;
use super::{Confidence, Context, Head, Held, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Trace;

impl Reader for Trace {
    fn name(&self) -> &'static str {
        "trace"
    }

    fn help(&self) -> &'static str {
        "Trace logs of SMS 1.x and 2.0 components: each record ends with `$$<COMPONENT><time><thread=…>`."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with component, time, thread (as written) and text. `~` is a line break; a record may span \
         lines."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (covered, lines) = covered(head);
        Confidence::share(covered, lines)
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let (covered, lines) = covered(&ctx.head);
        // In a native log, a line without a trailer begins the record that the next trailer ends. In pasted text it may
        // be anything.
        let mut state = State { native: covered * 2 >= lines, ..State::default() };
        while let Some(line) = input.next() {
            state.line(line, out);
        }
        state.give_up_wrapped(out);
        state.before.flush(out);
    }
}

/// How many lines of the head belong to records, and how many there are.
fn covered(head: &Head<'_>) -> (usize, usize) {
    let (mut covered, mut lines) = (0, 0);
    let mut previous_bare = false;
    for line in head.lines() {
        lines += 1;
        let trimmed = line.trim_start();
        let marked = Trailer::find(line).is_some() || mended(line).is_some();
        if marked && trimmed.starts_with("$$<") && previous_bare {
            covered += 1;
        }
        let tail = !marked && covered > 0 && (trimmed.starts_with("<thread=") || line.contains("><thread="));
        covered += usize::from(marked || tail);
        previous_bare = !marked && !tail;
    }
    (covered, lines)
}

#[derive(Default)]
struct State {
    native: bool,
    /// Lines that wait for the trailer of their record.
    before: Held,
    /// A line whose trailer goes on on the next one, and the lines that followed it.
    wrapped: Held,
    /// Lines since the last trailer were too many to be one record.
    loose: bool,
}

/// A stamp is never wrapped over more lines.
const MAX_WRAPPED: usize = 4;

impl State {
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if !self.wrapped.is_empty() && self.joins_wrapped(line, out) {
            return;
        }
        let fixed = mended(line.text);
        let text = fixed.as_deref().unwrap_or(line.text);
        match Trailer::find(text) {
            Some(trailer) if trailer.whole => self.record(line.number, &trailer, out),
            Some(_) => self.wrapped.push(Line { number: line.number, text }),
            None => self.bare(line, out),
        }
    }

    /// A line after an unfinished trailer. Returns whether it was used up.
    fn joins_wrapped(&mut self, line: Line<'_>, out: &mut Output<'_>) -> bool {
        let next = line.text.trim();
        if next.is_empty() {
            return true;
        }
        let joined = format!("{} {next}", self.wrapped.text.replace('\n', " "));
        let finished = Trailer::find(&self.wrapped.text).is_some_and(|trailer| trailer.time.is_some());
        if next.contains("$$") || (finished && !next.starts_with("<t")) || self.wrapped.lines.len() >= MAX_WRAPPED {
            self.give_up_wrapped(out);
            return false;
        }
        self.wrapped.push(line);
        if let Some(trailer) = Trailer::find(&joined)
            && trailer.whole
        {
            let number = self.wrapped.first_line().unwrap_or(line.number);
            self.wrapped.clear();
            self.record(number, &trailer, out);
        }
        true
    }

    /// The trailer ended nowhere: the log was interrupted, or a record has no thread.
    fn give_up_wrapped(&mut self, out: &mut Output<'_>) {
        if self.wrapped.is_empty() {
            return;
        }
        let held = std::mem::take(&mut self.wrapped);
        let end = held.lines.get(1).map_or(held.text.len(), |(_, next)| next - 1);
        let number = held.first_line().unwrap_or_default();
        if let Some(trailer) = Trailer::find(&held.text[..end]) {
            self.record(number, &trailer, out);
        }
        for (index, (number, from)) in held.lines.iter().enumerate().skip(1) {
            let to = held.lines.get(index + 1).map_or(held.text.len(), |(_, next)| next - 1);
            self.bare(Line { number: *number, text: &held.text[*from..to] }, out);
        }
    }

    /// A line without a trailer.
    fn bare(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if line.text.trim().is_empty() {
            return;
        }
        if self.loose {
            return out.plain(line);
        }
        // In pasted text, only the line right above a trailer can be part of its record.
        if !self.native {
            self.before.flush(out);
        }
        self.before.push(line);
        if self.before.is_full() {
            self.before.flush(out);
            self.loose = true;
        }
    }

    fn record(&mut self, number: u64, trailer: &Trailer<'_>, out: &mut Output<'_>) {
        if !self.native && !trailer.text.trim().is_empty() {
            self.before.flush(out);
        }
        self.loose = false;
        let first = self.before.first_line().unwrap_or(number);
        let mut text = Cow::Borrowed(trailer.text);
        if !self.before.is_empty() {
            text = Cow::Owned(format!("{}\n{}", self.before.text, text.trim()));
        }
        if !trailer.rest.is_empty() {
            text = Cow::Owned(format!("{} {}", text.trim_end(), trailer.rest));
        }
        let time = trailer.time.and_then(trace_time);
        if let Some(written) = trailer.time
            && time.is_none()
        {
            out.warn(number, || format!("`{written}` is no time; the record is kept without one"));
        }
        out.event(&Event {
            time,
            component: Some(trailer.component).filter(|name| !name.is_empty()),
            thread: trailer.thread,
            ..Event::plain(out.at(first), &tidy(&text))
        });
        self.before.clear();
    }
}

/// Trims a message, and gives its replaced line feeds back. The `~` of a short file name (`PROGRA~1`) stays.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|c: char| c == '~' || c.is_whitespace());
    if !text.contains('~') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let breaks = text.char_indices().map(|(at, c)| {
        let short_name = c == '~'
            && at > 0
            && bytes[at - 1].is_ascii_alphanumeric()
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if c == '~' && !short_name { '\n' } else { c }
    });
    Cow::Owned(breaks.collect())
}

/// What stands after `$$` on a line.
#[derive(Debug, PartialEq, Eq)]
struct Trailer<'a> {
    /// Before it.
    text: &'a str,
    component: &'a str,
    time: Option<&'a str>,
    thread: Option<&'a str>,
    /// After it.
    rest: &'a str,
    /// It ends on this line. One that ends before its thread may go on on the next.
    whole: bool,
}

impl<'a> Trailer<'a> {
    fn find(line: &'a str) -> Option<Self> {
        let (text, trailer) = line.rsplit_once("$$<")?;
        let mut found = Self { text, component: "", time: None, thread: None, rest: "", whole: false };
        // `$$<CCIM32<Tue Jun 22 …` lacks a bracket (Q236596).
        let Some(end) = trailer.find(['>', '<']) else {
            return Some(found);
        };
        found.component = trailer[..end].trim();
        let after = trailer[end..].trim_start_matches('>').trim_start();
        let Some(after) = after.strip_prefix('<') else {
            found.rest = after.trim();
            found.whole = !found.rest.is_empty();
            return Some(found);
        };
        let Some((time, after)) = after.split_once('>') else {
            return Some(found);
        };
        found.time = Some(time.trim_matches(|c: char| c == '~' || c == ' '));
        let after = after.trim();
        if let Some(thread) = after.strip_prefix("<thread=") {
            if let Some((thread, rest)) = thread.split_once('>') {
                found.thread = Some(thread.trim());
                found.rest = rest.trim();
                found.whole = true;
            }
        } else if !"<thread=".starts_with(after) {
            found.rest = after;
            found.whole = true;
        }
        Some(found)
    }
}

/// Writes a damaged trailer as it should be.
fn mended(line: &str) -> Option<String> {
    if !line.contains('$') {
        return None;
    }
    if let Some((_, trailer)) = line.rsplit_once("$$<") {
        // A line break of a web page (Q270912).
        return trailer.contains("<BR/>").then(|| line.replace("<BR/>", ""));
    }
    if line.contains("$$&<") {
        return Some(line.replace("&<", "<").replace("&>", ">"));
    }
    if let Some((text, trailer)) = line.rsplit_once("$$ ") {
        // All brackets are gone (Q257262): the weekday ends the component.
        let day = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "].iter().find_map(|day| trailer.find(day))?;
        let (component, stamp) = trailer.split_at(day);
        let (time, thread) = stamp.split_once("thread=").unwrap_or((stamp, ""));
        let thread = if thread.is_empty() { String::new() } else { format!("<thread={}>", thread.trim()) };
        return Some(format!("{text}$$<{}><{}>{thread}", component.trim(), time.trim()));
    }
    let (text, trailer) = line.rsplit_once("$<")?;
    trailer.contains("><").then(|| format!("{text}$$<{trailer}"))
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn records_of_1x_and_2_0() {
        check(
            "pacman.log",
            b"~Job still~running....~   $$<SMS_PCM_NT><Tue Nov 10 17:56:25 1998~><thread=112>\r\n\
              Done.  $$<SMS_SINV><Fri Dec 10 01:12:40.304 1999 Pacific Standard Time><thread=322 (0x142)>\r\n\
              F:\\PROGRA~1\\A.EXE $$<Hardware Inventory Agent><Fri May  5 10:00:20.775 2000>\r\n\
              last $$<C:\\A B.EXE><Thu Jul 27 20:40:04.509 2000><thread=208 (0xD0)> and more\r\n",
            "trace
             1 1998-11-10T17:56:25 SMS_PCM_NT thread=112: Job still\\nrunning....
             2 1999-12-10T01:12:40.304 SMS_SINV thread=322 (0x142): Done.
             3 2000-05-05T10:00:20.775 Hardware Inventory Agent: F:\\PROGRA~1\\A.EXE
             4 2000-07-27T20:40:04.509 C:\\A B.EXE thread=208 (0xD0): last and more",
        );
    }

    #[test]
    fn a_record_over_lines_and_a_wrapped_stamp() {
        check(
            "sched.log",
            b"One $$<A><Tue Nov 04 13:07:27 1997~><thread=A0>\n\
              select *\n  from x\n\nwhere y $$<A><Tue Nov 04 13:07:28 1997~><thread=A0>\n\
              wrapped   $$<A><Tue\n   Nov 04 13:07:29 1997~><thread=A0>\n\
              again   $$<A><Tue Nov 04 13:07:30 1997~>\n<thread=A0>\n\
              none   $$<A><Tue Nov 04 13:07:31 1997~>\n\
              torn   $$<A><Tue Nov 04 13:0",
            "trace
             1 1997-11-04T13:07:27 A thread=A0: One
             2 1997-11-04T13:07:28 A thread=A0: select *\\nfrom x\\nwhere y
             6 1997-11-04T13:07:29 A thread=A0: wrapped
             8 1997-11-04T13:07:30 A thread=A0: again
             10 1997-11-04T13:07:31 A: none
             11 A: torn",
        );
    }

    #[test]
    fn damaged_trailers() {
        check(
            "x.log",
            b"a $$<CCIM32<Tue Jun 22 10:00:00.100 1999><thread=1 (0x1)>\n\
              b $<CCIM32><Tue Jun 22 10:00:01 1999~><thread=1>\n\
              c $$ SMS_INBOX_MANAGER Fri Dec 17 10:00:02 1999 thread=320 (0x140)\n\
              d $$&<CCIM32&>&<Tue Jun 22 10:00:03 1999&>&<thread=2&>\n\
              e $$<CCIM32><Tue Jun 42 10:00:04 1999~><thread=1>\n\
              f $$<CCIM32><Tue Jun 22 <BR/>10:00:05 1999~><thread=1>\n",
            "trace
             1 1999-06-22T10:00:00.1 CCIM32 thread=1 (0x1): a
             2 1999-06-22T10:00:01 CCIM32 thread=1: b
             3 1999-12-17T10:00:02 SMS_INBOX_MANAGER thread=320 (0x140): c
             4 1999-06-22T10:00:03 CCIM32 thread=2: d
             warning 5: `Tue Jun 42 10:00:04 1999` is no time; the record is kept without one
             5 CCIM32 thread=1: e
             6 1999-06-22T10:00:05 CCIM32 thread=1: f",
        );
    }

    #[test]
    fn a_pasted_note_stays_plain() {
        check(
            "note.txt",
            b"He said:\nIt repeats.\nSee below.\n--- pacman.log\n\
              Polling $$<A><Tue Nov 04 13:07:27 1997~><thread=A0>\n",
            "trace
             1: He said:
             2: It repeats. [He said: It repeats.]
             3: See below. [It repeats. See below.]
             4: --- pacman.log [See below. --- pacman.log]
             5 1997-11-04T13:07:27 A thread=A0: Polling",
        );
    }

    #[test]
    fn too_many_lines_are_no_record() {
        let mut text = "x $$<A><Tue Nov 04 13:07:27 1997~><thread=A0>\n".repeat(60);
        text.push_str(&"bare\n".repeat(50));
        text.push_str("end $$<A><Tue Nov 04 13:07:28 1997~><thread=A0>\n");
        let (_, dump) = crate::source::testing::read("x.log", text.as_bytes());
        assert_eq!(dump.iter().filter(|line| line.contains(": bare")).count(), 50);
        assert_eq!(dump.last().map(String::as_str), Some("111 1997-11-04T13:07:28 A thread=A0: end"));
    }
}
