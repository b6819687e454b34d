//! The binary event log of Windows Vista and later (`.evtx`), as the servers of later years have it.
//!
//! A file is a header and chunks of 64 KiB, each readable by itself: its records are binary XML (`binxml`) with names and
//! templates that stand somewhere in the same chunk. The chunks are a ring, and records go out from the oldest to the newest.

mod binxml;

use super::event_record::{Bytes, HOLD, Window, u16_at, u32_at, u64_at};
use super::event_xml::Collector;
use super::utc::UtcClock;
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Evtx;

impl Reader for Evtx {
    fn name(&self) -> &'static str {
        "evtx"
    }

    fn help(&self) -> &'static str {
        "The binary event log of Windows Vista and later (`.evtx`), also one that was copied while it was open."
    }

    fn known_by(&self) -> &'static str {
        "The signature `ElfFile` at its beginning, or `ElfChnk` where a chunk begins."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event of table `event` a record, the oldest first: id, source, computer, user (as SID), type, category (its number), \
         channel, record (its number), utc; what has a name in the event's data under that name, in lower case and with `_` for \
         blanks, and s1 to s9 what has none. The text is the data, a line each, as `name=value` where it has a name. The file \
         has UTC: an event has a time only if `timezone` of the host is stated. The line is the number of the record, counted \
         from the oldest."
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        if head.bytes.starts_with(FILE) {
            Confidence::CERTAIN
        } else if head.bytes.starts_with(CHUNK)
            || head.bytes.get(HEADER_SIZE..).is_some_and(|rest| rest.starts_with(CHUNK))
        {
            // A part of such a file, or one with a damaged header.
            Confidence::LIKELY
        } else {
            Confidence::NO
        }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut file = Bytes(input);
        let mut window = Window::new(&mut file);
        skip_header(&mut window, out);
        let mut reading = Reading { clock: UtcClock::new(ctx), line: 0, last: None, told: false };
        let mut held = Held::default();
        while let Some(chunk) = next_chunk(&mut window, reading.line, out) {
            for chunk in held.pass(chunk) {
                reading.chunk(&chunk, out);
            }
        }
        for chunk in held.rest {
            reading.chunk(&chunk, out);
        }
    }
}

const FILE: &[u8] = b"ElfFile\0";
const CHUNK: &[u8] = b"ElfChnk\0";
const RECORD: &[u8] = b"**\0\0";
const HEADER_SIZE: usize = 4096;
const CHUNK_SIZE: usize = 64 * 1024;
const CHUNK_HEADER: usize = 512;
/// A record without its XML.
const MIN_RECORD: usize = 28;
/// A flag of the file and of a chunk: no checksums were written.
const NO_CHECKSUM: u32 = 4;

fn skip_header(window: &mut Window<'_>, out: &mut Output<'_>) {
    let head = window.ahead(HEADER_SIZE);
    if head.starts_with(CHUNK) {
        return;
    }
    let flags = u32_at(head, 120).unwrap_or(NO_CHECKSUM);
    let right = flags & NO_CHECKSUM != 0 || u32_at(head, 124) == head.get(..120).map(|head| checksum(&[head]));
    let size = u16_at(head, 40).map(usize::from).filter(|size| (128..=HEADER_SIZE).contains(size));
    if !right || !head.starts_with(FILE) {
        out.note(
            1,
            "the header of the file is damaged: its checksum is wrong; the records do not depend on it".to_owned(),
        );
    }
    window.skip(size.unwrap_or(HEADER_SIZE));
}

fn checksum(parts: &[&[u8]]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for part in parts {
        crc.update(part);
    }
    crc.finalize()
}

/// The next chunk that is in use; the last one may be cut off.
fn next_chunk(window: &mut Window<'_>, line: u64, out: &mut Output<'_>) -> Option<Vec<u8>> {
    let mut lost = 0;
    loop {
        let ahead = window.ahead(CHUNK_SIZE);
        let piece = &ahead[..ahead.len().min(CHUNK_SIZE)];
        if piece.starts_with(CHUNK) || piece.is_empty() {
            if lost > 0 {
                out.lost(line.max(1), || {
                    format!("{lost} bytes behind this record are no chunk of the log; they are skipped")
                });
            }
            if piece.is_empty() {
                return None;
            }
            let chunk = piece.to_vec();
            window.skip(chunk.len());
            return Some(chunk);
        }
        let unused = piece.iter().all(|byte| *byte == 0);
        let found = piece.windows(CHUNK.len()).position(|bytes| bytes == CHUNK);
        // The mark may begin at the end of this piece.
        let on =
            found.unwrap_or(if unused || piece.len() < CHUNK_SIZE { piece.len() } else { piece.len() - CHUNK.len() });
        lost += if unused { 0 } else { on };
        window.skip(on);
    }
}

/// Chunks from the beginning of the file that may be newer than those behind them.
#[derive(Default)]
struct Held {
    rest: Vec<Vec<u8>>,
    last: u64,
    /// The order is known.
    settled: bool,
}

impl Held {
    /// Takes the next chunk of the file, and gives those whose turn has come.
    fn pass(&mut self, chunk: Vec<u8>) -> Vec<Vec<u8>> {
        let first = u64_at(&chunk, 8).unwrap_or(0);
        if self.settled {
            return vec![chunk];
        }
        if self.rest.is_empty() && first <= 1 {
            // The log has not come round yet.
            self.settled = true;
            return vec![chunk];
        }
        if first < self.last {
            // Here stands the oldest chunk; those before it come last.
            self.settled = true;
            return vec![chunk];
        }
        self.last = first;
        self.rest.push(chunk);
        if self.rest.len() * CHUNK_SIZE < HOLD {
            return Vec::new();
        }
        self.settled = true;
        std::mem::take(&mut self.rest)
    }
}

struct Reading {
    clock: UtcClock,
    /// How many records were read.
    line: u64,
    /// The number of the last one.
    last: Option<u64>,
    /// Whether a wrong checksum was told.
    told: bool,
}

impl Reading {
    fn chunk(&mut self, chunk: &[u8], out: &mut Output<'_>) {
        let stated = u32_at(chunk, 48).map(|end| end as usize).filter(|end| (CHUNK_HEADER..=CHUNK_SIZE).contains(end));
        self.check(chunk, stated, out);
        let end = stated.unwrap_or(CHUNK_SIZE).min(chunk.len());
        let mut at = CHUNK_HEADER;
        let mut last: Option<u64> = None;
        let mut lost = false;
        while let Some(rest) = chunk.get(at..) {
            let found = record(rest);
            // Behind the end may be records that the header does not know yet, or older ones that no longer count.
            let follows = || found.is_some_and(|(number, _)| last.and_then(|last| last.checked_add(1)) == Some(number));
            if at >= end && !follows() {
                break;
            }
            if let Some((number, length)) = found {
                self.tell_lost(std::mem::take(&mut lost), out);
                last = Some(number);
                self.record(chunk, at, length, number, out);
                at += length;
            } else {
                let next = rest.windows(RECORD.len()).skip(1).position(|bytes| bytes == RECORD);
                let next = next.map_or(end, |found| (at + 1 + found).min(end));
                lost |= chunk[at..next].iter().any(|byte| *byte != 0);
                at = next;
            }
        }
        self.tell_lost(lost, out);
        if stated.is_some_and(|stated| stated > chunk.len()) {
            out.lost(self.line.max(1), || "the log is cut off behind this record".to_owned());
        }
    }

    fn tell_lost(&self, lost: bool, out: &mut Output<'_>) {
        if lost {
            out.lost(self.line.max(1), || "what stands behind this record is damaged; it is skipped".to_owned());
        }
    }

    /// Looks at the checksums, and tells of the first that is wrong.
    fn check(&mut self, chunk: &[u8], end: Option<usize>, out: &mut Output<'_>) {
        let flags = u32_at(chunk, 120).unwrap_or(NO_CHECKSUM);
        if self.told || flags & NO_CHECKSUM != 0 || chunk.len() < CHUNK_SIZE {
            return;
        }
        let header = checksum(&[&chunk[..120], &chunk[128..CHUNK_HEADER]]);
        let records = end.map(|end| checksum(&[&chunk[CHUNK_HEADER..end]]));
        if u32_at(chunk, 124) != Some(header) || u32_at(chunk, 52) != records {
            self.told = true;
            out.note(
                self.line + 1,
                "a checksum of the chunk that begins here is wrong: the log was copied while it was written, or is damaged; \
                 its records, and those of others like it, are read as they are"
                    .to_owned(),
            );
        }
    }

    fn record(&mut self, chunk: &[u8], at: usize, length: usize, number: u64, out: &mut Output<'_>) {
        self.line += 1;
        if let Some(last) = self.last.replace(number).filter(|last| *last > number) {
            out.lost(self.line, || format!("record {number} stands behind record {last}: the older one is read later"));
        }
        let mut collector = Collector::default();
        let done = binxml::read(chunk, at + 24, at + length - 4, &mut collector);
        let Some(mut entry) = collector.finish() else {
            out.lost(self.line, || {
                format!("record {number} cannot be read and is skipped: {}", done.err().unwrap_or("it has no event id"))
            });
            return;
        };
        if let Err(why) = done {
            out.lost(self.line, || format!("record {number} is damaged, and is kept as far as it can be read: {why}"));
        }
        entry.number.get_or_insert(number);
        entry.utc = entry.utc.or_else(|| binxml::time(u64_at(chunk, at + 16)?));
        entry.emit(self.line, &self.clock, out);
    }
}

/// The number and the length of the record that begins here, if a whole one does.
fn record(bytes: &[u8]) -> Option<(u64, usize)> {
    let length = u32_at(bytes, 4)? as usize;
    let whole =
        bytes.starts_with(RECORD) && length >= MIN_RECORD && u32_at(bytes, length.checked_sub(4)?)? as usize == length;
    Some((u64_at(bytes, 8)?, length)).filter(|_| whole)
}

#[cfg(test)]
mod tests;
