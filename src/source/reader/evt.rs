//! The binary event log of Windows NT 4.0 to 2003: `SysEvent.Evt`, `AppEvent.Evt`, `SecEvent.Evt`, and what Event Viewer saves.
//!
//! The file is a ring: behind its newest record stands an end mark, and behind that the oldest record that is left, which may
//! go on at the beginning of the file. The header says where the oldest one stands, unless the log was copied while
//! it was open; then the end mark says it. Records go out from the oldest to the newest.

use std::io::Read;

use jiff::tz::TimeZone;

use super::event_record::{
    Bytes, Clock, EventRecord, HOLD, Window, hex, sid_text, type_word, u16_at, u32_at, utf16_text,
};
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Evt;

impl Reader for Evt {
    fn name(&self) -> &'static str {
        "evt"
    }

    fn help(&self) -> &'static str {
        "The binary event log of Windows NT 4.0 to 2003 (`.evt`), also one that was copied while it was open."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event of table `event` a record, the oldest first: id, source, computer, user (as SID), type, category (its number), \
         record (its number), utc, s1 to s9 (the insertion strings), binary (its data in hex). The text is the insertion strings, \
         a line each, since the wording is in a DLL of the machine; application popups (26) and the Service Control Manager's \
         7000, 7016, 7022 and 7023 have their English text. The file has UTC: an event has a time only if `timezone` of the host \
         is stated. The line is the number of the record, counted from the oldest."
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        // Of a file with a damaged header the records are left.
        let has_record = || next_mark(head.bytes, 0).is_some_and(|at| record_length(&head.bytes[at..]).is_some());
        if head.bytes.starts_with(HEADER) {
            Confidence::CERTAIN
        } else if head.name.ends_with(".evt") && has_record() {
            Confidence::LIKELY
        } else {
            Confidence::NO
        }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut file = Bytes(input);
        let mut raw = Vec::new();
        fill(&mut file, &mut raw, HEADER_SIZE);
        let mut reading = Reading { clock: Clock::new(ctx), line: 0, last: None };
        match Start::of_header(&raw) {
            Start::At(HEADER_SIZE) => reading.ring(&mut file, out),
            start => reading.unwind(raw, start, &mut file, out),
        }
    }
}

/// How a file begins.
const HEADER: &[u8] = b"\x30\0\0\0LfLe";
const HEADER_SIZE: usize = 0x30;
/// Stands behind the length of every record.
const SIGNATURE: &[u8] = b"LfLe";
/// The end mark begins so.
const END: &[u8] = b"\x28\0\0\0\x11\x11\x11\x11\x22\x22\x22\x22\x33\x33\x33\x33\x44\x44\x44\x44";
const END_SIZE: usize = 0x28;
/// Fills the end of the file where no record fits.
const PADDING: u32 = 0x27;
/// A record without its strings, and with the length that ends it.
const MIN_RECORD: usize = 56 + 4;
/// The API allows some 64 KiB of strings and as much data.
const MAX_RECORD: usize = 256 * 1024;
/// How far the next record is looked for at a time.
const SEARCH: usize = 64 * 1024;

/// Where the oldest record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    At(usize),
    /// The header was not written when the log was copied, or is damaged.
    Unknown,
}

impl Start {
    fn of_header(raw: &[u8]) -> Self {
        const DIRTY: u32 = 1;
        let start = u32_at(raw, 16).filter(|_| raw.starts_with(HEADER)).map(|start| start as usize);
        let clean = u32_at(raw, 36).is_some_and(|flags| flags & DIRTY == 0);
        match start {
            Some(start) if clean && (HEADER_SIZE..=HOLD).contains(&start) => Self::At(start),
            _ => Self::Unknown,
        }
    }
}

/// Reads on until `held` has `size` bytes or the file ends; says whether it has.
fn fill(file: &mut dyn Read, held: &mut Vec<u8>, size: usize) -> bool {
    let missing = size.saturating_sub(held.len()) as u64;
    // An error has been noted by whoever gives the bytes.
    let _ = file.take(missing).read_to_end(held);
    held.len() >= size
}

struct Reading<'a> {
    clock: Clock<'a>,
    /// How many records were read.
    line: u64,
    /// The number of the last record.
    last: Option<u32>,
}

impl Reading<'_> {
    /// Holds the beginning of the file, and reads it where the ring goes on with it.
    fn unwind(&mut self, mut held: Vec<u8>, start: Start, file: &mut dyn Read, out: &mut Output<'_>) {
        let start = match start {
            Start::At(start) => fill(file, &mut held, start).then_some(start),
            Start::Unknown => hold_to_end(file, &mut held).and_then(|end| Some(u32_at(&held, end + 20)? as usize)),
        };
        let end = find(&held, END).map_or(held.len(), |end| (end + END_SIZE).min(held.len()));
        let Some(start) = start.filter(|start| *start >= HEADER_SIZE) else {
            let after_header = if held.starts_with(HEADER) { HEADER_SIZE.min(held.len()) } else { 0 };
            return self.straight(&mut held[after_header..].chain(file), out);
        };
        if start < end {
            return self.ring(&mut &held[start..end], out);
        }
        // Between the end mark and the oldest record is what the newest one left of its predecessor: never much.
        let start = if start - end <= MAX_RECORD { start } else { end };
        fill(file, &mut held, start);
        let older = &held[start.min(held.len())..];
        self.ring(&mut older.chain(file).chain(&held[HEADER_SIZE.min(end)..end]), out);
    }

    /// Records from the oldest on, up to the end mark.
    fn ring(&mut self, stream: &mut dyn Read, out: &mut Output<'_>) {
        if !self.records(stream, true, out) {
            out.warn(self.line.max(1), || {
                "the log ends without an end mark: it was cut off or is damaged; the records before are kept".to_owned()
            });
        }
    }

    /// All that looks like a record, in the order of the file.
    fn straight(&mut self, stream: &mut dyn Read, out: &mut Output<'_>) {
        out.warn(1, || {
            "neither the header nor an end mark says where the oldest record stands; the records are read in the order of the \
             file"
                .to_owned()
        });
        self.records(stream, false, out);
    }

    /// Reads records; says whether it came to the end mark.
    fn records(&mut self, stream: &mut dyn Read, to_end_mark: bool, out: &mut Output<'_>) -> bool {
        let mut window = Window::new(stream);
        let mut lost = Lost::default();
        loop {
            let ahead = window.ahead(END_SIZE);
            if ahead.is_empty() {
                lost.tell(self.line, out);
                return false;
            }
            if ahead.starts_with(END) && to_end_mark {
                lost.tell(self.line, out);
                return true;
            }
            if u32_at(ahead, 0) == Some(PADDING) {
                window.skip(4);
            } else if let Some(length) = self.record(&mut window, &mut lost, out) {
                window.skip(length);
            } else {
                let ahead = window.ahead(SEARCH);
                let on = next_mark(ahead, 1).unwrap_or(ahead.len().saturating_sub(END.len()).max(1));
                lost.add(&ahead[..on]);
                window.skip(on);
            }
        }
    }

    /// Reads the record right ahead, if one stands there, and gives its length.
    fn record(&mut self, window: &mut Window<'_>, lost: &mut Lost, out: &mut Output<'_>) -> Option<usize> {
        let length = record_length(window.ahead(8))?;
        let record = window.ahead(length).get(..length)?;
        if u32_at(record, length - 4)? as usize != length {
            return None;
        }
        lost.tell(self.line, out);
        self.line += 1;
        let number = u32_at(record, 8)?;
        if let Some(last) = self.last.replace(number).filter(|last| *last > number) {
            out.warn(self.line, || format!("record {number} stands behind record {last}: the older one is read later"));
        }
        let (entry, whole) = entry(&record[..length - 4])?;
        if !whole {
            out.warn(self.line, || format!("record {number} is damaged: not all of its strings are there"));
        }
        entry.emit(self.line, &mut self.clock, out);
        Some(length)
    }
}

/// Holds the file up to its end mark and the mark itself, if it is not too far; gives the place of the mark.
fn hold_to_end(file: &mut dyn Read, held: &mut Vec<u8>) -> Option<usize> {
    let mut from = 0;
    while held.len() <= HOLD {
        let wanted = held.len() + SEARCH;
        let more = fill(file, held, wanted);
        if let Some(at) = find(&held[from..], END) {
            let end = from + at;
            return fill(file, held, end + END_SIZE).then_some(end);
        }
        if !more {
            break;
        }
        from = held.len().saturating_sub(END.len());
    }
    None
}

/// Bytes that belong to no record.
#[derive(Default)]
struct Lost {
    bytes: usize,
    /// Not only NULs, which nobody wrote.
    written: bool,
}

impl Lost {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.written |= bytes.iter().any(|byte| *byte != 0);
    }

    fn tell(&mut self, line: u64, out: &mut Output<'_>) {
        let Self { bytes, written } = std::mem::take(self);
        if written {
            out.warn(line.max(1), || format!("{bytes} bytes behind this record belong to no whole record; they are skipped"));
        }
    }
}

/// The length of the record that begins here, if one may.
fn record_length(bytes: &[u8]) -> Option<usize> {
    let length = u32_at(bytes, 0)? as usize;
    let marked = bytes.get(4..)?.starts_with(SIGNATURE);
    (marked && (MIN_RECORD..=MAX_RECORD).contains(&length)).then_some(length)
}

/// Where the next record, or the end mark, may begin.
fn next_mark(bytes: &[u8], from: usize) -> Option<usize> {
    let bytes = bytes.get(from..)?;
    let record = find(bytes.get(4..)?, SIGNATURE);
    let end = find(&bytes[..record.map_or(bytes.len(), |at| at + 4)], END);
    end.or(record).map(|at| from + at)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        from += bytes.get(from..)?.iter().position(|byte| *byte == first)?;
        if bytes[from..].starts_with(wanted) {
            return Some(from);
        }
        from += 1;
    }
}

/// Reads a record without the length at its end, and says whether all of its strings are there.
fn entry(record: &[u8]) -> Option<(EventRecord, bool)> {
    let seconds = u32_at(record, 12)?;
    let kind = u16_at(record, 24)?;
    let names = record.get(56..)?;
    let source = utf16_text(names);
    let computer = utf16_text(names.get(units(names)..).unwrap_or_default());
    let (strings, whole) = strings(record);
    let entry = EventRecord {
        number: u32_at(record, 8).map(u64::from),
        utc: jiff::Timestamp::from_second(i64::from(seconds)).ok().filter(|_| seconds != 0).map(|time| TimeZone::UTC.to_datetime(time)),
        id: u32_at(record, 20).map(|id| id & 0xFFFF),
        source,
        computer,
        user: part(record, 44, 40).and_then(sid_text).unwrap_or_default(),
        kind: type_word(kind).map_or_else(|| kind.to_string(), str::to_owned),
        category: u16_at(record, 28)?.to_string(),
        data: strings.into_iter().map(|value| (String::new(), value)).collect(),
        binary: part(record, 52, 48).map(hex).unwrap_or_default(),
        ..EventRecord::default()
    };
    Some((entry, whole))
}

/// The insertion strings, and whether all are there.
fn strings(record: &[u8]) -> (Vec<String>, bool) {
    let count = usize::from(u16_at(record, 26).unwrap_or(0));
    let start = u32_at(record, 36).unwrap_or(0) as usize;
    let mut rest = record.get(start..).unwrap_or_default();
    let mut found = Vec::new();
    while found.len() < count && rest.len() >= 2 {
        found.push(utf16_text(rest));
        rest = rest.get(units(rest)..).unwrap_or_default();
    }
    let whole = found.len() == count;
    (found, whole)
}

/// How many bytes a text takes with the NUL at its end.
fn units(text: &[u8]) -> usize {
    let length = text.chunks_exact(2).take_while(|unit| **unit != [0, 0]).count();
    (length + 1) * 2
}

/// The part of a record whose place and length stand here.
fn part(record: &[u8], place: usize, length: usize) -> Option<&[u8]> {
    let start = u32_at(record, place)? as usize;
    let length = u32_at(record, length)? as usize;
    record.get(start..)?.get(..length)
}
