//! The trace of a server component or a 2.0 client: `text   $$<COMPONENT><Tue Nov 04 13:07:27 1997~><thread=A0>`.
//!
//! Release 2.0 adds milliseconds, the name of a zone, and the thread in decimal (Q248969, Q270912); its successor writes
//! the stamp as `<01-31-2005 10:11:12.123+300>`. A `~` is a line feed that the writer replaced. Articles print records
//! wrapped, also inside the stamp (Q175763), and with damaged trailers (Q193766, Q236596, Q257262, Q262242, Q264976,
//! Q270218, Q275191); all of them are read. Text after a trailer begins the next record (Q200769, Q263359).

use std::borrow::Cow;
use std::ops::Range;

use crate::fact::{BlockLines, Event, Timestamp};

use super::super::skim::{Likeness, Stamps, among, ascii, behind_last};
use super::super::time::{dashed_time, trace_time};
use super::status::Status;
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

    fn known_by(&self) -> &'static str {
        "The share of its lines that end with such a trailer, also a damaged or wrapped one."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with component, time, thread (as written) and text. `~` is a line break; a record may span \
         lines, and two threads may have written into one line. A status message (`STATMSG: ID=…`) has its parts as fields \
         too: id, sev, lev, source, comp, sys, site, pid, tid, gmtdate, istr0 to istr9 and so on. A statement that SQL tracing \
         cut into several `Cmd>` records stays several events."
    }

    fn surest(&self) -> Confidence {
        Confidence::WHOLE
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (covered, lines) = covered(head);
        Confidence::share(covered, lines)
    }

    fn likeness(&self, head: &Head<'_>) -> Option<Box<dyn Likeness>> {
        let (covered, lines) = covered(head);
        (covered * 2 >= lines).then(|| -> Box<dyn Likeness> { Box::new(Trailers(Stamps::default())) })
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

/// Lines that end with a trailer and have no other.
struct Trailers(Stamps);

impl Likeness for Trailers {
    fn is_usual(&mut self, bytes: &[u8], line: Range<usize>) -> bool {
        // Text behind a trailer begins another record.
        let Some(end) = line.end.checked_sub(1).filter(|&last| bytes.get(last) == Some(&b'>')) else { return false };
        let thread = behind_last(before_thread, bytes, end);
        thread.is_some_and(|thread| self.0.stand_before(bytes, line.start, thread))
    }

    fn alike(&self, bytes: &[u8], usual: Range<usize>, behind: &BlockLines<'_>) -> usize {
        self.0.stand_alike(before_thread, bytes, usual.end - 1, behind)
    }

    fn learn(&mut self, line: &[u8]) {
        let line = ascii(line);
        let stamped = Trailer::usual(&line).and_then(|trailer| trailer.time).and_then(stamp);
        let places = || {
            let component = line.find("$$<")?;
            let stamp = component + line[component..].find("><")?;
            Some((component, stamp, line.rfind('=')? + 1))
        };
        if let Some((component, stamp, end)) = stamped.and_then(|_| places()) {
            self.0.learn(line.as_bytes(), component, stamp..end);
        }
    }

    fn is_timeless(&self, line: &[u8]) -> bool {
        memchr::memchr(b'$', line).is_none()
    }

    fn begins_next(&self) -> bool {
        true
    }
}

/// Marks what stands before a thread, if what stands in it is none.
fn before_thread(eight: u64) -> u64 {
    among(eight, b'<'..=b'>')
}

/// How many lines of the head belong to records, and how many there are.
fn covered(head: &Head<'_>) -> (usize, usize) {
    let (mut covered, mut lines) = (0, 0);
    let mut previous_bare = false;
    for line in head.lines() {
        lines += 1;
        let trimmed = line.trim_start();
        let marked = line.contains("$$<") || mended(line).is_some();
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
    /// The first of them stood after the trailer of another record, so it is the beginning of one.
    begun: bool,
    /// A line whose trailer goes on on the next one, and the lines that followed it.
    wrapped: Held,
    /// What the trailer of `wrapped` lacks.
    lacks: Lacks,
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
        // Nearly every line is whole and undamaged: nothing else is tried on it.
        if let Some(trailer) = Trailer::usual(line.text) {
            self.record(line.number, &trailer, true, out);
        } else if line.text.contains('$') {
            let fixed = mended(line.text);
            self.odd(line.number, fixed.as_deref().unwrap_or(line.text), Some(line), out);
        } else {
            self.bare(line, out);
        }
    }

    /// A line with no trailer, several, or a damaged one. `raw` is the line as it stands, if nothing of it was read yet.
    fn odd(&mut self, number: u64, text: &str, mut raw: Option<Line<'_>>, out: &mut Output<'_>) {
        let mut text = text.trim_end();
        let mut torn = false;
        while let Some(trailer) = Trailer::first(text) {
            if trailer.lacks != Lacks::Nothing {
                self.lacks = trailer.lacks;
                return self.wrapped.push(raw.unwrap_or(Line { number, text }));
            }
            self.record(number, &trailer, false, out);
            torn |= trailer.torn;
            if trailer.torn {
                out.warn(number, || "another record tore the stamp of this one; it is kept without a time".to_owned());
            }
            raw = None;
            text = trailer.rest;
            if text.is_empty() {
                return;
            }
            self.begun = true;
        }
        let line = raw.unwrap_or(Line { number, text });
        // What is left of a torn stamp belongs to no record that follows.
        if torn { out.plain(line) } else { self.bare(line, out) }
    }

    /// A line after an unfinished trailer. Returns whether it was used up.
    fn joins_wrapped(&mut self, line: Line<'_>, out: &mut Output<'_>) -> bool {
        let next = line.text.trim();
        if next.is_empty() || next == "<BR/>" {
            return true;
        }
        if self.wrapped.lines.len() >= MAX_WRAPPED || !self.lacks.goes_on_with(next) {
            self.give_up_wrapped(out);
            return false;
        }
        self.wrapped.push(line);
        let joined = self.wrapped.text.replace('\n', " ");
        let joined = mended(&joined).unwrap_or(joined);
        match Trailer::first(&joined) {
            Some(trailer) if trailer.lacks == Lacks::Nothing => {
                let number = self.wrapped.first_line().unwrap_or(line.number);
                self.wrapped.clear();
                self.record(number, &trailer, false, out);
                if !trailer.rest.is_empty() {
                    self.begun = true;
                    self.odd(line.number, trailer.rest, None, out);
                }
            }
            Some(trailer) => self.lacks = trailer.lacks,
            None => {}
        }
        true
    }

    /// The trailer ended nowhere: the log was interrupted, or a record has no thread.
    fn give_up_wrapped(&mut self, out: &mut Output<'_>) {
        if self.wrapped.is_empty() {
            return;
        }
        let held = std::mem::take(&mut self.wrapped);
        for (index, (number, from)) in held.lines.iter().enumerate() {
            let to = held.lines.get(index + 1).map_or(held.text.len(), |(_, next)| next - 1);
            let raw = &held.text[*from..to];
            let fixed = mended(raw);
            // Half a component is none.
            match Trailer::first(fixed.as_deref().unwrap_or(raw)) {
                Some(trailer) if index == 0 && trailer.lacks != Lacks::ComponentEnd => {
                    self.record(*number, &trailer, false, out);
                }
                _ => self.bare(Line { number: *number, text: raw }, out),
            }
        }
    }

    /// A line without a trailer.
    fn bare(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if line.text.trim().is_empty() {
            if !self.native {
                self.drop_before(out);
            }
            return;
        }
        if self.loose {
            return out.plain(line);
        }
        // In pasted text, only the line right above a trailer can be part of its record.
        if !self.native && !self.begun {
            self.drop_before(out);
        }
        self.before.push(line);
        if self.before.is_full() {
            self.drop_before(out);
            self.loose = true;
        }
    }

    /// The lines that waited belong to no record.
    fn drop_before(&mut self, out: &mut Output<'_>) {
        self.before.flush(out);
        self.begun = false;
    }

    /// `is_whole`: the trailer is that of a line as it stands.
    fn record(&mut self, number: u64, trailer: &Trailer<'_>, is_whole: bool, out: &mut Output<'_>) {
        if !self.native && !self.begun && !trailer.text.trim().is_empty() {
            self.before.flush(out);
        }
        self.loose = false;
        let first = self.before.first_line().unwrap_or(number);
        let mut text = Cow::Borrowed(trailer.text);
        if !self.before.is_empty() {
            text = Cow::Owned(format!("{}\n{}", self.before.text, text.trim()));
        }
        if trailer.lacks == Lacks::TimeEnd && !is_cut_stamp(trailer.rest) {
            text = Cow::Owned(format!("{} {}", text.trim_end(), trailer.rest));
        }
        let time = trailer.time.and_then(stamp);
        if let Some(written) = trailer.time
            && time.is_none()
        {
            out.warn(number, || format!("`{written}` is no time; the record is kept without one"));
        }
        let is_line = is_whole && matches!(text, Cow::Borrowed(_));
        let text = tidy(&text);
        let status = Status::parse(&text);
        let fields = status.as_ref().map(Status::fields).unwrap_or_default();
        let event = Event {
            time,
            component: Some(trailer.component).filter(|name| !name.is_empty()),
            thread: trailer.thread,
            fields: &fields,
            ..Event::plain(out.at(first), &text)
        };
        if is_line {
            out.line_event(&event)
        } else {
            out.event(&event)
        }
        self.before.clear();
        self.begun = false;
    }
}

/// The stamp of a trailer in either form.
fn stamp(written: &str) -> Option<Timestamp> {
    trace_time(written).or_else(|| dashed_time(written))
}

/// Whether this may be a piece of a stamp, and not of a message.
fn is_stamp_part(text: &str) -> bool {
    text.len() <= 60
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b':' | b'.' | b'~' | b'-' | b'+' | b')' | b'(')
        })
}

/// Whether this is the beginning of `Tue Nov 04 13:07:27 1997 Pacific Standard Time` and nothing else.
fn is_cut_stamp(text: &str) -> bool {
    text.split_whitespace().enumerate().all(|(at, word)| {
        word.bytes().all(|byte| match at {
            0 | 1 => byte.is_ascii_alphabetic() && word.len() <= 3,
            2..=4 => byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'~'),
            _ => byte.is_ascii_alphabetic() && at <= 8,
        })
    })
}

/// Trims a message, and gives its replaced line feeds back. The `~` of a short file name (`PROGRA~1`) stays.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|c: char| c == '~' || c.is_whitespace());
    if memchr::memchr(b'~', text.as_bytes()).is_none() {
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

/// What an unfinished trailer lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Lacks {
    #[default]
    Nothing,
    /// The component is open.
    ComponentEnd,
    /// All after the component.
    Time,
    /// The time is open.
    TimeEnd,
    /// All after the time.
    Thread,
    /// The thread is open.
    ThreadEnd,
}

impl Lacks {
    /// Whether a line can be what is lacking.
    fn goes_on_with(self, next: &str) -> bool {
        let ends_within = |most: usize| next.find('>').is_some_and(|at| at <= most);
        match self {
            Self::Nothing => false,
            Self::ComponentEnd => ends_within(80) && !next.contains('$'),
            Self::Time => next.starts_with('<') && !next.starts_with("<$"),
            Self::TimeEnd => {
                let end = next.find('>').or_else(|| next.find("thread=")).unwrap_or(next.len());
                is_stamp_part(next[..end].trim_end_matches('&'))
            }
            Self::Thread => {
                let next = next.trim_start_matches(['>', '&']);
                next.starts_with("<thread=") || next.starts_with("thread=") || "<thread=".starts_with(next)
            }
            Self::ThreadEnd => ends_within(30),
        }
    }
}

/// What stands after `$$` on a line.
#[derive(Debug, PartialEq, Eq)]
struct Trailer<'a> {
    /// Before it.
    text: &'a str,
    component: &'a str,
    time: Option<&'a str>,
    thread: Option<&'a str>,
    /// After it. Of one whose time is open: that piece of the time.
    rest: &'a str,
    /// What the next line may hold.
    lacks: Lacks,
    /// Another record begins inside its stamp.
    torn: bool,
}

impl<'a> Trailer<'a> {
    /// The trailer of an undamaged line: the only one of it, and at its end.
    fn usual(line: &'a str) -> Option<Self> {
        let (text, trailer) = cut(line, "$$<")?;
        let (component, after) = cut(trailer, "><")?;
        let (time, after) = cut(after, "><thread=")?;
        let (thread, rest) = cut(after, ">")?;
        let clean = |part: &str| !part.bytes().any(|byte| matches!(byte, b'<' | b'>' | b'$'));
        (clean(component) && clean(time) && rest.trim_ascii().is_empty()).then(|| Self {
            text,
            component: component.trim(),
            time: Some(trim_stamp(time)),
            thread: Some(thread.trim()),
            rest: "",
            lacks: Lacks::Nothing,
            torn: false,
        })
    }

    /// The first that has a stamp, else the last of the line: a message may hold `$$<` itself.
    fn first(line: &'a str) -> Option<Self> {
        let mut last = None;
        for (at, _) in line.match_indices("$$<") {
            let found = Self::at(line, at);
            let stamped = found.time.is_some_and(|time| time.contains(':') && time.len() <= 70);
            if found.torn || (stamped && found.lacks == Lacks::Nothing) {
                return Some(found);
            }
            last = Some(found);
        }
        last
    }

    /// The trailer whose `$$<` stands here.
    fn at(line: &'a str, at: usize) -> Self {
        let (text, trailer) = (&line[..at], &line[at + 3..]);
        let lacks = Lacks::ComponentEnd;
        let mut found = Self { text, component: "", time: None, thread: None, rest: "", lacks, torn: false };
        // `$$<CCIM32<Tue Jun 22 …` lacks a bracket (Q236596).
        let Some(end) = trailer.find(['>', '<']) else {
            return found;
        };
        found.component = trailer[..end].trim();
        let after = trailer[end..].trim_start_matches('>').trim_start();
        // `$$<SMS_OFFER_MANAGER>...<thread=1720 (0x6B8)>`: an article left the time out (Q249588).
        let left_out = after.trim_start_matches('.');
        if left_out.starts_with("<thread=") {
            found.thread(left_out);
        } else if let Some(stamp) = after.strip_prefix('<') {
            found.time(stamp);
        } else {
            found.rest = after.trim();
            found.lacks = if found.rest.is_empty() { Lacks::Time } else { Lacks::Nothing };
        }
        found
    }

    /// Reads on behind `<`.
    fn time(&mut self, stamp: &'a str) {
        self.rest = stamp.trim();
        self.lacks = Lacks::TimeEnd;
        let Some(end) = stamp.find(['>', '<']) else { return };
        let after = stamp[end..].trim_start_matches('>').trim_start();
        if stamp[end..].starts_with('<') && !after.starts_with("<thread=") {
            self.torn = WEEKDAYS.iter().any(|day| stamp.starts_with(day));
            self.lacks = Lacks::Nothing;
            return;
        }
        self.time = Some(trim_stamp(&stamp[..end]));
        self.thread(after);
    }

    /// Reads on behind the time.
    fn thread(&mut self, after: &'a str) {
        self.rest = "";
        if let Some(thread) = after.strip_prefix("<thread=").or_else(|| after.strip_prefix("thread=")) {
            self.lacks = Lacks::ThreadEnd;
            if let Some((thread, rest)) = thread.split_once('>') {
                self.thread = Some(thread.trim());
                self.rest = rest.trim();
                self.lacks = Lacks::Nothing;
            }
        } else if "<thread=".starts_with(after.trim_end()) {
            self.lacks = Lacks::Thread;
        } else {
            self.rest = after.trim_end();
            self.lacks = Lacks::Nothing;
        }
    }
}

/// How the stamp of a trailer begins.
const WEEKDAYS: [&str; 7] = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];

/// Splits a text at a mark. The search of the standard library takes longer to begin than this takes in all.
fn cut<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let first = *mark.as_bytes().first()?;
    let at =
        memchr::memchr_iter(first, text.as_bytes()).find(|at| text.as_bytes()[*at..].starts_with(mark.as_bytes()))?;
    Some((&text[..at], &text[at + mark.len()..]))
}

fn trim_stamp(time: &str) -> &str {
    time.trim_matches(|c: char| c == '~' || c == ' ')
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
    if let Some((text, trailer)) = line.rsplit_once("<$$").or_else(|| line.rsplit_once("$$>")) {
        // The first bracket stands on the wrong side (Q264976) or the wrong way round (Q193766).
        return trailer.contains('>').then(|| format!("{text}$$<{trailer}"));
    }
    if let Some((text, trailer)) = line.rsplit_once("$$(") {
        // Round brackets (Q270218).
        let (component, after) = trailer.split_once(")(")?;
        let (time, thread) = after.split_once(")(").map_or((after, None), |(time, thread)| (time, Some(thread)));
        let thread = thread.map(|thread| format!("><{}>", thread.strip_suffix(')').unwrap_or(thread)));
        return Some(format!("{text}$$<{component}><{time}{}", thread.unwrap_or_default()));
    }
    if let Some((text, trailer)) = line.rsplit_once("$$") {
        return bracketless(trailer).map(|trailer| format!("{text}$$<{trailer}"));
    }
    let (text, trailer) = line.rsplit_once("$<")?;
    let alone = trailer.trim_end().strip_suffix('>').is_some_and(is_component);
    (alone || trailer.contains("><")).then(|| format!("{text}$$<{trailer}"))
}

/// A trailer that lost all brackets (Q257262): the weekday ends the component. Some lost the rest too (Q255980).
fn bracketless(trailer: &str) -> Option<String> {
    let trailer = trailer.trim();
    let end = trailer.find(' ').unwrap_or(trailer.len());
    let (component, stamp) = trailer.split_at(end);
    if !is_component(component) {
        return None;
    }
    let stamp = stamp.trim_start();
    if stamp.is_empty() {
        return Some(format!("{component}>"));
    }
    if !WEEKDAYS.iter().any(|day| stamp.starts_with(day) || stamp == day.trim_end()) {
        return None;
    }
    let Some((time, after)) = stamp.split_once("thread=") else {
        let end = if stamp_is_whole(stamp) { ">" } else { "" };
        return Some(format!("{component}><{stamp}{end}"));
    };
    // `320 (0x140)` or `A0`, and the text that follows.
    let number = after.find(' ').unwrap_or(after.len());
    let second = after[number..].trim_start();
    let end = match second.find(')').filter(|_| second.starts_with("(0x")) {
        Some(closing) => after.len() - second.len() + closing + 1,
        None => number,
    };
    Some(format!("{component}><{}><thread={}>{}", time.trim(), &after[..end], &after[end..]))
}

fn stamp_is_whole(stamp: &str) -> bool {
    trace_time(stamp).is_some()
}

/// `SMS_INBOX_MANAGER`: nothing that a message would end with.
fn is_component(word: &str) -> bool {
    word.contains('_')
        && word.len() <= 64
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
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
             4 2000-07-27T20:40:04.509 C:\\A B.EXE thread=208 (0xD0): last
             4: and more",
        );
    }

    #[test]
    fn the_form_of_later_releases() {
        check(
            "ccmexec.log",
            b"Started.  $$<CcmExec><01-31-2005 10:11:12.123+300><thread=1234 (0x4D2)>\n\
              Odd.  $$<CcmExec><31-31-2005 10:11:12.123+300><thread=1234 (0x4D2)>\n",
            "trace
             1 2005-01-31T10:11:12.123 CcmExec thread=1234 (0x4D2): Started.
             warning 2: `31-31-2005 10:11:12.123+300` is no time; the record is kept without one
             2 CcmExec thread=1234 (0x4D2): Odd.",
        );
    }

    #[test]
    fn two_threads_write_into_one_line() {
        check(
            "sched.log",
            b"one $$<A><Tue Nov 04 13:07:27 1997~><thread=1>two $$<B><Tue Nov 04 13:07:28 1997~><thread=2>\n\
              three $$<A><Tue Nov 04 13:07:29 1997~><thread=1>fo\nur $$<B><Tue Nov 04 13:07:30 1997~><thread=2>five\n\
              six $$<A><Tue Nov 04 seven $$<B><Tue Nov 04 13:07:31 1997~><thread=2>13:07:32 1997~><thread=1>\n\
              say \"$$<X>\" and $$<Y><z> $$<A><Tue Nov 04 13:07:33 1997~><thread=1>\n\
              no thread $$<A><Tue Nov 04 13:07:34 1997~>eight $$<B><Tue Nov 04 13:07:35 1997~><thread=2>\n",
            "trace
             1 1997-11-04T13:07:27 A thread=1: one
             1 1997-11-04T13:07:28 B thread=2: two
             2 1997-11-04T13:07:29 A thread=1: three
             2 1997-11-04T13:07:30 B thread=2: fo\\nur
             3 A: five\\nsix
             warning 4: another record tore the stamp of this one; it is kept without a time
             4 1997-11-04T13:07:31 B thread=2: Tue Nov 04 seven
             4: 13:07:32 1997~><thread=1>
             5 1997-11-04T13:07:33 A thread=1: say \"$$<X>\" and $$<Y><z>
             6 1997-11-04T13:07:34 A: no thread
             6 1997-11-04T13:07:35 B thread=2: eight",
        );
    }

    #[test]
    fn an_interrupted_last_line() {
        let whole = b"one $$<A><Tue Nov 04 13:07:27 1997~><thread=1>\n";
        let check = |rest: &[u8], expected: &str| {
            let first = "trace\n1 1997-11-04T13:07:27 A thread=1: one\n";
            check("sched.log", &[whole.as_slice(), rest].concat(), &format!("{first}{expected}"));
        };
        check(b"two", "2: two");
        check(b"two $$", "2: two $$");
        check(b"two $$<SMS_EXEC", "2: two $$<SMS_EXEC");
        check(b"two $$<B>", "2 B: two");
        check(b"two $$<B><Tue N", "2 B: two");
        check(b"two $$<B><Tue Nov 04 13:07:28 1997~>", "2 1997-11-04T13:07:28 B: two");
        check(b"two $$<B><Tue Nov 04 13:07:28 1997~><thr", "2 1997-11-04T13:07:28 B: two");
        check(b"two $$<B><Tue Nov 04 13:07:28 1997~><thread=1", "2 1997-11-04T13:07:28 B: two");
        check(b"two $$<B><a sentence, not a stamp", "2 B: two a sentence, not a stamp");
    }

    #[test]
    fn status_messages_have_fields() {
        check(
            "ddm.log",
            b"STATMSG: ID=679 SEV=E SOURCE=\"SMS Server\" GMTDATE=Tue Mar 23 15:38:31.973 1999 ISTR0=\"a\" ISTR1=\"\" NUMATTRS=0  \
              $$<SMS_DDM><Tue Mar 23 16:38:31.973 1999 Pacific Standard Time><thread=519 (0x207)>\n",
            "trace
             1 1999-03-23T16:38:31.973 SMS_DDM thread=519 (0x207) {id=679 sev=E source=SMS Server \
             gmtdate=Tue Mar 23 15:38:31.973 1999 istr0=a numattrs=0}: \
             STATMSG: ID=679 SEV=E SOURCE=\"SMS Server\" GMTDATE=Tue Mar 23 15:38:31.973 1999 ISTR0=\"a\" ISTR1=\"\" NUMATTRS=0",
        );
    }

    #[test]
    fn pieces_of_one_statement_stay_records() {
        check(
            "despool.log",
            b" Cmd>insert into a (selec   $$<SMS_DESPOOLER><Mon Dec 04 15:41:50 1995~><thread=E0>\n\
              \x20Cmd>t distinct b)    $$<SMS_DESPOOLER><Mon Dec 04 15:41:50 1995~><thread=E0>\n",
            "trace
             1 1995-12-04T15:41:50 SMS_DESPOOLER thread=E0: Cmd>insert into a (selec
             2 1995-12-04T15:41:50 SMS_DESPOOLER thread=E0: Cmd>t distinct b)",
        );
    }

    #[test]
    fn damaged_and_wrapped_at_once() {
        check(
            "x.log",
            b"a $$&<Hardware Inventory\n   Agent&>&<Fri May 05 10:00:14.466\n   2000&>&<thread=175 (0xAF)&>\n\
              b\n$$(SMS_HIERARCHY_MANAGER)(Mon Jun\n   26 16:18:55 2000~)(thread=326)\n\
              c\n<$$C:\\WINDOWS\\BOOT32WN.EXE>\n<Wed May 10 09:15:12.470 2000>\n<thread=4294758987 (0xFFFCD24B)>\n\
              d $$<SMS_X><Mon Aug 21 10:12:30.296 2000 Pacific\n   Daylight Time><thread=564 (0x234)> e\n   f $$<SMS_X><Mon Aug 21\n\
              10:12:31 2000~><thread=1>\n\
              g $$ SMS_Y Fri Dec 17\n   18:02:16.791 1999 Eastern Standard Time thread=320 (0x140) h\n   $$SMS_Y Fri\n   \
              Dec 17 18:02:16.807 1999 thread=320 (0x140)\n\
              i $$<SMS_Z>...<thread=1720 (0x6B8)> j\n$$>SMS_Z><Thu Sep 10 09:55:37 1998~><thread=1D0>\n\
              k $$<CL.EXE><Thu Jul 27 20:40:04.509\n   <BR/>\n   2000><thread=208 (0xD0)><BR/> <BR/>\n\
              l $$<SMS_INVENTORY_PROCESSOR>\nm $<SMS_INVENTORY_PROCESSOR>\nn $$SMS_NT_LOGON_SERVER_MANAGER\n",
            "trace
             1 2000-05-05T10:00:14.466 Hardware Inventory Agent thread=175 (0xAF): a
             4 2000-06-26T16:18:55 SMS_HIERARCHY_MANAGER thread=326: b
             7 2000-05-10T09:15:12.47 C:\\WINDOWS\\BOOT32WN.EXE thread=4294758987 (0xFFFCD24B): c
             11 2000-08-21T10:12:30.296 SMS_X thread=564 (0x234): d
             12 2000-08-21T10:12:31 SMS_X thread=1: e\\nf
             15 1999-12-17T18:02:16.791 SMS_Y thread=320 (0x140): g
             16 1999-12-17T18:02:16.807 SMS_Y thread=320 (0x140): h
             19 SMS_Z thread=1720 (0x6B8): i
             19 1998-09-10T09:55:37 SMS_Z thread=1D0: j
             21 2000-07-27T20:40:04.509 CL.EXE thread=208 (0xD0): k
             24 SMS_INVENTORY_PROCESSOR: l
             25 SMS_INVENTORY_PROCESSOR: m
             26 SMS_NT_LOGON_SERVER_MANAGER: n",
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
