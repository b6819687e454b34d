//! The binary event log of Windows NT 4.0 to 2003: `SysEvent.Evt`, `AppEvent.Evt`, `SecEvent.Evt`, and what Event Viewer saves.
//!
//! The file is a ring: behind its newest record stands an end mark, and behind that the oldest record that is left, which may
//! go on at the beginning of the file. The header says where the oldest one stands, unless the log was copied while
//! it was open; then the end mark says it. Records go out from the oldest to the newest.

use std::io::Read;

use jiff::tz::TimeZone;

use super::event_record::{Bytes, EventRecord, HOLD, Window, hex, sid_text, type_word, u16_at, u32_at, utf16_text};
use super::utc::UtcClock;
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

    fn known_by(&self) -> &'static str {
        "The header `LfLe` at its fifth byte; with a damaged header, the name and a record."
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
        let mut reading = Reading { clock: UtcClock::new(ctx), line: 0, last: None };
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

struct Reading {
    clock: UtcClock,
    /// How many records were read.
    line: u64,
    /// The number of the last record.
    last: Option<u32>,
}

impl Reading {
    /// Holds the beginning of the file, and reads it where the ring goes on with it.
    fn unwind(&mut self, mut held: Vec<u8>, start: Start, file: &mut dyn Read, out: &mut Output<'_>) {
        let start = match start {
            Start::At(start) if fill(file, &mut held, start) => Some(start),
            _ => hold_to_end(file, &mut held).and_then(|end| Some(u32_at(&held, end + END.len())? as usize)),
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
            out.lost(self.line.max(1), || {
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
            out.lost(self.line, || format!("record {number} stands behind record {last}: the older one is read later"));
        }
        let (entry, whole) = entry(&record[..length - 4])?;
        if !whole {
            out.lost(self.line, || format!("record {number} is damaged: not all of its strings are there"));
        }
        entry.emit(self.line, &self.clock, out);
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
            out.lost(line.max(1), || {
                format!("{bytes} bytes behind this record belong to no whole record; they are skipped")
            });
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
        utc: jiff::Timestamp::from_second(i64::from(seconds))
            .ok()
            .filter(|_| seconds != 0)
            .map(|time| TimeZone::UTC.to_datetime(time)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Bundle;
    use crate::source::testing::{Dump, check, read};

    const NO_ZONE: &str = "warning 1: times in UTC";

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    /// A record of the first minute of 1999 and so many seconds.
    fn record(number: u32, id: u32, source: &str, strings: &[&str], sid: &[u8]) -> Vec<u8> {
        let mut body = [wide(source), wide("SITE1")].concat();
        let sid_at = 56 + body.len() as u32;
        body.extend(sid);
        let strings_at = 56 + body.len() as u32;
        body.extend(strings.iter().flat_map(|text| wide(text)));
        body.resize(body.len().next_multiple_of(4), 0);
        let length = 56 + body.len() as u32 + 4;
        let time = 915_148_800 + number;
        let mut raw = Vec::new();
        for word in [length, 0x654C_664C, number, time, time, id, 1 | (strings.len() as u32) << 16, 3, 0] {
            raw.extend(word.to_le_bytes());
        }
        for word in [strings_at, sid.len() as u32, sid_at, 0, strings_at] {
            raw.extend(word.to_le_bytes());
        }
        raw.extend(body);
        raw.extend(length.to_le_bytes());
        raw
    }

    fn header(start: usize, end: usize, flags: u32) -> Vec<u8> {
        let words = [0x30, 0x654C_664C, 1, 1, start as u32, end as u32, 9, 1, 0x10000, flags, 0, 0x30];
        words.into_iter().flat_map(u32::to_le_bytes).collect()
    }

    fn end_mark(start: usize, end: usize) -> Vec<u8> {
        let words = [start as u32, end as u32, 9, 1, 0x28];
        END.iter().copied().chain(words.into_iter().flat_map(u32::to_le_bytes)).collect()
    }

    /// A log whose newest records stand first, and one of whose records goes on at the beginning of the file.
    fn wrapped(flags: u32) -> Vec<u8> {
        let [one, two, three] = [1, 2, 3].map(|number| record(number, 374, "SMS", &["one", "two"], &[]));
        let (end_of_two, rest_of_two) = two.split_at(two.len() - 20);
        let newest = [rest_of_two, &three].concat();
        let end = HEADER_SIZE + newest.len();
        let gap = [b"left over".as_slice(), &[0; 7]].concat();
        let start = end + END_SIZE + gap.len();
        // A header of an open log says what was true long ago.
        let header = if flags == 0 { header(start, end, 0) } else { header(HEADER_SIZE, HEADER_SIZE, flags) };
        [header, newest, end_mark(start, end), gap, one, end_of_two.to_vec()].concat()
    }

    fn plain(records: &[Vec<u8>]) -> Vec<u8> {
        let body = records.concat();
        let end = HEADER_SIZE + body.len();
        [header(HEADER_SIZE, end, 0), body, end_mark(HEADER_SIZE, end)].concat()
    }

    const RING: &str = "
        1 event{id=374 source=SMS computer=SITE1 type=Error category=3 record=1 utc=1999-01-01T00:00:01 s1=one s2=two}: one\\ntwo
        2 event{id=374 source=SMS computer=SITE1 type=Error category=3 record=2 utc=1999-01-01T00:00:02 s1=one s2=two}: one\\ntwo
        3 event{id=374 source=SMS computer=SITE1 type=Error category=3 record=3 utc=1999-01-01T00:00:03 s1=one s2=two}: one\\ntwo";

    #[test]
    fn records_with_their_fields() {
        let sid = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
        let log = plain(&[
            record(7, 0xC000_1B64, "Service Control Manager", &["PCM", "0"], &sid),
            record(8, 26, "Application Popup", &["pcm.exe", "gone\r\nwrong"], &[]),
            record(9, 0xC000_1B68, "Service Control Manager", &["PCM", "0"], &[]),
        ]);
        check(
            "SysEvent.Evt",
            &log,
            &format!(
                "evt binary
                 {NO_ZONE}
                 1 event{{id=7012 source=Service Control Manager computer=SITE1 user=S-1-5-18 type=Error category=3 record=7 utc=1999-01-01T00:00:07 s1=PCM s2=0}}: PCM\\n0
                 2 event{{id=26 source=Application Popup computer=SITE1 type=Error category=3 record=8 utc=1999-01-01T00:00:08 s1=pcm.exe s2=gone\r\\nwrong}}: Application popup: pcm.exe : gone\\nwrong
                 3 event{{id=7016 source=Service Control Manager computer=SITE1 type=Error category=3 record=9 utc=1999-01-01T00:00:09 s1=PCM s2=0}}: The PCM service has reported an invalid current state 0."
            ),
        );
    }

    #[test]
    fn the_oldest_record_comes_first() {
        for flags in [0, 1] {
            check("a.evt", &wrapped(flags), &format!("evt binary\n{NO_ZONE}{RING}"));
        }
    }

    #[test]
    fn the_zone_of_the_host_makes_local_time() {
        let manifest = b"bundle: 1\nhosts:\n  - name: A\n    timezone: America/New_York\n".to_vec();
        let files = vec![("bundle.yaml".to_owned(), manifest), ("A/a.evt".to_owned(), wrapped(0))];
        let read = Bundle::from_files("B", files).read(1, &crate::fact::ReadAll, &|_| Dump::default());
        let first = read.into_iter().flat_map(|(dump, _)| dump.into_lines()).next().unwrap_or_default();
        assert!(first.starts_with("1 1998-12-31T19:00:01 event{id=374 "), "{first}");
        assert!(first.contains("utc=1999-01-01T00:00:01"), "{first}");
    }

    /// What is damaged is told, and the rest is kept.
    #[test]
    fn damage_costs_no_more_than_it_hits() {
        let records = [1, 2, 3].map(|number| record(number, 374, "SMS", &["one", "two"], &[]));
        let length = records[0].len();
        let whole = plain(&records);
        let lines = |bytes: &[u8]| read("a.evt", bytes).1;
        let events = |bytes: &[u8]| {
            let found = lines(bytes).into_iter().filter_map(|line| Some(line.split_once("record=")?.1[..1].to_owned()));
            found.collect::<String>()
        };
        assert_eq!(events(&whole), "123");
        let mut bad = whole.clone();
        bad[HEADER_SIZE + length + 4] = b'x';
        assert_eq!(events(&bad), "13");
        assert!(lines(&bad).contains(&format!(
            "warning 1: {length} bytes behind this record belong to no whole record; they are skipped"
        )));
        bad = whole.clone();
        bad[HEADER_SIZE + 2 * length - 2] = 1;
        assert_eq!(events(&bad), "13");
        // A header that is gone, or lies.
        bad = whole.clone();
        bad[..HEADER_SIZE].fill(0);
        assert_eq!(events(&bad), "123");
        bad = wrapped(0);
        bad[16..20].copy_from_slice(&0x4000_u32.to_le_bytes());
        assert_eq!(events(&bad), "123");
        // A log that was cut off.
        assert_eq!(events(&whole[..HEADER_SIZE + 2 * length + 30]), "12");
        assert!(lines(&whole[..HEADER_SIZE + 2 * length]).iter().any(|line| line.contains("ends without an end mark")));
        // An open log without its end: the order cannot be told.
        bad = wrapped(1);
        let end = find(&bad, END).unwrap_or_default();
        bad[end..end + END_SIZE].fill(0);
        assert_eq!(events(&bad), "31");
        assert!(lines(&bad).iter().any(|line| line.contains("in the order of the file")));
        assert!(lines(&bad).iter().any(|line| line.contains("record 1 stands behind record 3")));
        // Strings beyond the record, and a length that is too large.
        bad = whole.clone();
        bad[HEADER_SIZE + 26] = 9;
        assert_eq!(events(&bad), "123");
        assert!(
            lines(&bad).iter().any(|line| line == "warning 1: record 1 is damaged: not all of its strings are there")
        );
        bad = whole;
        bad[HEADER_SIZE..HEADER_SIZE + 4].fill(0xFF);
        assert_eq!(events(&bad), "23");
    }

    #[test]
    fn no_byte_brings_it_down() {
        let good = wrapped(1);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] = if at % 2 == 0 { 0xFF } else { good[at] ^ 0x21 };
            read("a.evt", &bad);
            read("a.evt", &good[..at]);
        }
    }

    #[test]
    fn the_samples_are_as_they_were_made() {
        for (name, bytes) in [("wrapped.evt", wrapped(0)), ("copied-while-open.evt", wrapped(1))] {
            let path = format!("{}/tests/data/readers/evt/{name}", env!("CARGO_MANIFEST_DIR"));
            if std::env::var_os("INSTA_UPDATE").is_some() {
                std::fs::write(&path, &bytes).expect("a sample that can be written");
            }
            assert_eq!(std::fs::read(&path).expect("a sample"), bytes, "{name}");
        }
    }
}
