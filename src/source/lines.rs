//! Turns the bytes of one file into numbered lines of text, in bounded memory.
//!
//! CR, LF and CRLF all end a line, and the last line needs no end. A NUL becomes a blank: logs are padded with them
//! after a crash, and no pattern wants to see one. What is lost is remembered, so that nobody takes the file for whole.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use memchr::{memchr2, memrchr};

use super::buffer::{BLOCK, Buffer};
use super::encoding::{Encoding, utf16_to_utf8};
use super::skim::Skim;

/// How much of one line is kept.
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// One physical line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its text, without the line end.
    pub text: &'a str,
}

/// The lines of one file, in order.
pub struct Lines<'a> {
    source: &'a mut dyn Read,
    encoding: Encoding,
    /// Bytes that are not yet lines; UTF-16 is UTF-8 here.
    buffer: Buffer,
    /// Where the next line begins there.
    start: usize,
    /// Chooses the lines that are given out, if not all of them are.
    skim: Option<Skim>,
    /// Records that were passed over since somebody asked.
    skipped: Rc<Cell<u64>>,
    /// How many of the lines so far are no records by themselves, as far as lines are left out.
    blanks: u64,
    /// An odd byte or half a surrogate pair.
    carry: Vec<u8>,
    ended: bool,
    /// The last line ended with CR: a LF right after it belongs to it.
    after_cr: bool,
    number: u64,
    text: String,
    /// The first line that was too long to keep.
    overlong: Option<u64>,
    error: Option<io::Error>,
    /// The line that was given out last has no line end: it may have been cut off.
    unended: bool,
    /// Still in the notes at the beginning, which are not part of the log.
    in_notes: bool,
}

/// A file that has to be held whole is larger than the tool holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// Where the next line stands in the buffer.
struct Found {
    from: usize,
    to: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(source: &'a mut dyn Read, encoding: Encoding) -> Self {
        Self {
            source,
            encoding,
            buffer: Buffer::default(),
            start: 0,
            skim: None,
            skipped: Rc::default(),
            blanks: 0,
            carry: Vec::new(),
            ended: false,
            after_cr: false,
            number: 0,
            text: String::new(),
            overlong: None,
            error: None,
            unended: false,
            in_notes: true,
        }
    }

    /// The next line; `None` at the end of what could be read. `#!` lines at the beginning are notes of whoever made a
    /// sample: they count as lines, and nobody sees them.
    #[expect(clippy::should_implement_trait, reason = "a line borrows from the reader, which no Iterator can lend")]
    pub fn next(&mut self) -> Option<Line<'_>> {
        let mut found = self.find()?;
        while self.in_notes {
            if self.buffer.bytes()[found.from..found.to].starts_with(b"#!") {
                found = self.find()?;
            } else {
                self.in_notes = false;
            }
        }
        let bytes = &self.buffer.bytes()[found.from..found.to];
        let plain = bytes.iter().fold(true, |plain, &byte| plain & (byte.wrapping_sub(1) < 0x7F));
        let number = self.number;
        if !plain {
            self.decode(&found);
            return Some(Line { number, text: &self.text });
        }
        let text = std::str::from_utf8(&self.buffer.bytes()[found.from..found.to]).unwrap_or_default();
        Some(Line { number, text })
    }

    /// The next bytes of a format that is not text; 0 at the end of what could be read.
    pub fn read_bytes(&mut self, into: &mut [u8]) -> usize {
        self.read(into)
    }

    /// All bytes of a format that has to be held whole, if they are no more than `most`.
    pub(crate) fn read_whole(&mut self, most: usize) -> Result<Vec<u8>, TooLarge> {
        let mut held = Vec::new();
        let mut piece = vec![0; BLOCK];
        loop {
            let read = self.read(&mut piece);
            if read == 0 {
                return Ok(held);
            }
            if held.len() + read > most {
                return Err(TooLarge);
            }
            held.extend_from_slice(&piece[..read]);
        }
    }

    /// How many physical lines were read so far.
    pub(crate) fn count(&self) -> u64 {
        self.number
    }

    /// The first line that was cut.
    pub(crate) fn overlong(&self) -> Option<u64> {
        self.overlong
    }

    /// Whether the file ends within a line. Many whole files do; so does every one that was cut off.
    pub(crate) fn is_unended(&self) -> bool {
        self.unended
    }

    /// Why reading stopped, if it did not reach the end.
    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    fn decode(&mut self, found: &Found) {
        let decoded = self.encoding.decode(&self.buffer.bytes()[found.from..found.to]);
        self.text.clear();
        if decoded.contains('\0') {
            self.text.extend(decoded.chars().map(|c| if c == '\0' { ' ' } else { c }));
        } else {
            self.text.push_str(&decoded);
        }
    }

    /// Leaves out the lines that nobody asks for. To be called before the first line is read.
    pub(super) fn skim(&mut self, skim: Skim) {
        self.skim = Some(skim);
    }

    /// Where the records are counted that were passed over; whoever takes them sets it back.
    pub(super) fn skipped(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.skipped)
    }

    /// Finds the next line that is given out.
    fn find(&mut self) -> Option<Found> {
        while let Some(skim) = &mut self.skim {
            if let Some(line) = skim.pop() {
                let blanks = skim.blanks(line.line - 1);
                let passed_over = (line.line - 1 - self.number) - (blanks - self.blanks);
                self.blanks = skim.blanks(line.line);
                self.skipped.set(self.skipped.get() + passed_over);
                self.number = line.line - 1;
                return Some(self.line(line.start, line.end));
            }
            if self.ended && self.start == self.buffer.bytes().len() {
                return None;
            }
            self.look_on();
        }
        self.find_next()
    }

    /// Chooses from the next block of lines. If one is too long to keep, all that follow are given out.
    fn look_on(&mut self) {
        let Some(mut skim) = self.skim.take() else { return };
        let kept = skim.held().map_or(self.start, |held| held.start);
        skim.moved(kept);
        self.buffer.drop_front(kept);
        self.start -= kept;
        if !self.ended {
            self.fill();
        }
        let bytes = self.buffer.bytes();
        let fresh = &bytes[self.start..];
        let to = match memrchr(b'\n', fresh) {
            _ if self.ended => self.start + without_end_mark(fresh).len(),
            Some(end) => self.start + end + 1,
            None => self.start,
        };
        if !self.ended && to == self.start && fresh.len() > MAX_LINE {
            let (before, start) = skim.held().map_or((skim.lines(), self.start), |held| (held.line - 1, held.start));
            let passed_over = (before - self.number) - (skim.blanks(before) - self.blanks);
            self.skipped.set(self.skipped.get() + passed_over);
            self.number = before;
            self.start = start;
            return;
        }
        skim.look(&bytes[..to], self.start);
        if self.ended {
            self.unended |= to > self.start && to == bytes.len() && !bytes.ends_with(b"\n") && !bytes.ends_with(b"\r");
            self.start = bytes.len();
            skim.release();
        } else {
            self.start = to;
        }
        self.skim = Some(skim);
    }

    /// Finds the next line, reading on as needed.
    fn find_next(&mut self) -> Option<Found> {
        let mut searched = 0;
        loop {
            if self.after_cr && self.start < self.buffer.bytes().len() {
                self.after_cr = false;
                if self.buffer.bytes()[self.start] == b'\n' {
                    self.start += 1;
                }
            }
            let pending = &self.buffer.bytes()[self.start..];
            if let Some(at) = memchr2(b'\n', b'\r', &pending[searched..]) {
                let end = searched + at;
                self.after_cr = pending[end] == b'\r';
                let from = self.start;
                self.start += end + 1;
                return Some(self.line(from, from + end));
            }
            searched = pending.len();
            if searched > MAX_LINE + BLOCK {
                // Keep the beginning of the line and forget what is beyond it.
                self.buffer.truncate(self.start + MAX_LINE + 8);
                searched = MAX_LINE + 8;
            }
            if self.ended {
                let (from, to) = (self.start, self.buffer.bytes().len());
                self.start = to;
                let end = from + without_end_mark(&self.buffer.bytes()[from..to]).len();
                self.unended |= end > from && end == to;
                return (end > from).then(|| self.line(from, end));
            }
            self.buffer.drop_front(std::mem::take(&mut self.start));
            self.fill();
        }
    }

    fn line(&mut self, from: usize, to: usize) -> Found {
        self.number += 1;
        let mut end = to;
        if to - from > MAX_LINE {
            self.overlong.get_or_insert(self.number);
            end = from + MAX_LINE;
            if !matches!(self.encoding, Encoding::Page(_)) {
                while end > from && self.buffer.bytes()[end] & 0xC0 == 0x80 {
                    end -= 1;
                }
            }
        }
        Found { from, to: end }
    }

    /// Reads a block behind what is in the buffer.
    fn fill(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        match self.encoding {
            Encoding::Utf16Le | Encoding::Utf16Be => {
                // It grows by half at most.
                let mut piece = vec![0; BLOCK / 2];
                let read = self.read(&mut piece);
                let little = self.encoding == Encoding::Utf16Le;
                let mut narrow = Vec::with_capacity(BLOCK / 2);
                utf16_to_utf8(little, &mut self.carry, &piece[..read], read == 0, &mut narrow);
                buffer.extend(&narrow);
            }
            Encoding::Utf8 { .. } | Encoding::Page(_) => drop(buffer.fill(|space| self.read(space))),
        }
        self.buffer = buffer;
    }

    fn read(&mut self, into: &mut [u8]) -> usize {
        loop {
            match self.source.read(into) {
                Ok(read) => {
                    self.ended = read == 0;
                    return read;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.error = Some(error);
                    return 0;
                }
            }
        }
    }
}

/// DOS ends a text with Ctrl-Z, one or a block full of them, and they are no text.
fn without_end_mark(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte != 0x1A).map_or(0, |last| last + 1);
    &bytes[..end]
}

/// The beginning of a file as lines, for recognising it. A line that the head cuts is left out.
pub(crate) fn head_lines(head: &[u8], encoding: Encoding, whole: bool) -> String {
    let bytes: Cow<'_, [u8]> = match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => {
            let mut out = Vec::new();
            utf16_to_utf8(encoding == Encoding::Utf16Le, &mut Vec::new(), head, true, &mut out);
            Cow::Owned(out)
        }
        _ => Cow::Borrowed(head),
    };
    let cut = if whole {
        without_end_mark(&bytes).len()
    } else {
        bytes.iter().rposition(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(bytes.len())
    };
    encoding.decode(&bytes[..cut]).replace('\0', " ").replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::Arc;

    use super::super::skim::Likeness;
    use super::*;
    use crate::fact::{Sieve, Sifted};

    /// Gives out a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            let (piece, rest) = self.0.split_at(count);
            into[..count].copy_from_slice(piece);
            self.0 = rest;
            Ok(count)
        }
    }

    /// What is told of each line that is given out.
    fn tell_all<T>(lines: &mut Lines<'_>, mut tell: impl FnMut(Line<'_>) -> T) -> Vec<T> {
        let mut told = Vec::new();
        while let Some(line) = lines.next() {
            told.push(tell(line));
        }
        told
    }

    fn check(bytes: &[u8], expected: &str) {
        for step in [1, 2, 3, 7, 1 << 20] {
            let detected = Encoding::detect(bytes, None);
            let mut source = Drip(&bytes[detected.mark..], step);
            let mut lines = Lines::new(&mut source, detected.encoding);
            let found = tell_all(&mut lines, |line| format!("{}:{}", line.number, line.text));
            assert_eq!(found.join("|"), expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn every_line_end_counts_once() {
        check(b"a\nb\r\nc\rd", "1:a|2:b|3:c|4:d");
        check(b"a\r\r\n\nb\n", "1:a|2:|3:|4:b");
        check(b"", "");
        check(b"\n", "1:");
    }

    #[test]
    fn the_end_mark_of_dos_is_no_line() {
        check(b"a\r\nb\r\n\x1a", "1:a|2:b");
        check(b"a\r\nb\x1a\x1a\x1a", "1:a|2:b");
        check(b"a\x1ab\n", "1:a\u{1a}b");
        check(b"\x1a", "");
    }

    #[test]
    fn notes_are_counted_and_not_seen() {
        check(b"#! quoted\n#! again\na\n#! b\n", "3:a|4:#! b");
    }

    #[test]
    fn nul_is_a_blank_and_a_stray_byte_is_not_lost() {
        check(b"a\0b\n", "1:a b");
        check("Gerät Gerät Gerät Gerät Gerät\nx".as_bytes(), "1:Gerät Gerät Gerät Gerät Gerät|2:x");
        check(b"\xEF\xBB\xBFa\n\xE4b\n", "1:a|2:äb");
    }

    #[test]
    fn utf16_with_and_without_mark() {
        let text = "one\r\ntwo ä\r\n";
        let plain: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&plain, "1:one|2:two ä");
        check(&[b"\xFF\xFE".as_slice(), &plain].concat(), "1:one|2:two ä");
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&[b"\xFE\xFF".as_slice(), &big].concat(), "1:one|2:two ä");
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut bytes = vec![b'x'; 1_000_000];
        bytes.extend_from_slice(b"\nnext");
        let mut source = bytes.as_slice();
        let mut lines = Lines::new(&mut source, Encoding::detect(b"x", None).encoding);
        assert_eq!(lines.next().map(|line| line.text.len()), Some(MAX_LINE));
        assert_eq!(lines.next().map(|line| (line.number, line.text.to_owned())), Some((2, "next".to_owned())));
        assert_eq!(lines.overlong(), Some(1));
    }

    /// Asks for the lines with a word.
    struct Word(&'static str);

    impl Sieve for Word {
        fn sift(&self, block: &[u8], found: &mut Vec<Sifted>, ends: &mut Vec<u32>) {
            let after = |at: &usize| block[at - 1] == b'\n' || block[at - 1] == b'\r' && block.get(*at) != Some(&b'\n');
            ends.extend((1..=block.len()).filter(after).map(|at| at as u32));
            let mut start = 0;
            for (line, end) in ends.iter().map(|&end| end as usize).chain([block.len()]).enumerate() {
                let text = block[start..end].trim_ascii_end();
                if String::from_utf8_lossy(text).contains(self.0) {
                    found.push(Sifted { line: line as u64, start, end: start + text.len(), query: None });
                }
                start = end;
            }
        }

        fn asks_for_word_of(&self, mark: u8) -> bool {
            mark == b'='
        }
    }

    /// Every line with a dot at its end is usual.
    struct Dot;

    impl Likeness for Dot {
        fn is_usual(&mut self, bytes: &[u8], line: Range<usize>) -> bool {
            bytes[line].ends_with(b".")
        }

        fn learn(&mut self, _: &[u8]) {}

        fn is_timeless(&self, line: &[u8]) -> bool {
            line == b"timeless"
        }

        fn begins_next(&self) -> bool {
            true
        }
    }

    fn check_skim(bytes: &[u8], expected: &str) {
        for step in [1, 2, 3, 7, 1 << 20] {
            check_skim_by(step, bytes, expected);
        }
    }

    /// Where a block ends, a line more may be given out.
    fn check_skim_whole(bytes: &[u8], expected: &str) {
        check_skim_by(1 << 20, bytes, expected);
    }

    fn check_skim_by(step: usize, bytes: &[u8], expected: &str) {
        let mut source = Drip(bytes, step);
        let mut lines = Lines::new(&mut source, Encoding::detect(bytes, None).encoding);
        lines.skim(Skim::new(Arc::new(Word("ask")), Box::new(Dot)));
        let skipped = lines.skipped();
        let mut before = 0;
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
        let mut found = tell_all(&mut lines, |line| {
            let between = text.lines().take(line.number as usize - 1).skip(before);
            // What is drawn belongs to the record behind it.
            let records = between.filter(|line| !line.trim().trim_matches('-').is_empty()).count();
            assert_eq!(skipped.take(), records as u64, "before {line:?}, {step} bytes at a time");
            before = line.number as usize;
            format!("{}:{}", line.number, line.text)
        });
        found.push(format!("{}{}", lines.count(), if lines.is_unended() { "+" } else { "" }));
        assert_eq!(found.join("|"), expected, "{step} bytes at a time");
    }

    #[test]
    fn only_what_matters_is_given_out() {
        check_skim(b"a.\nb.\nask.\nc.\nd.\r\n", "3:ask.|5:d.|5");
        check_skim(b"a.\nb.\nodd\nc.\nd.\ne.", "2:b.|3:odd|4:c.|6:e.|6+");
        check_skim(b"odd\nmore\na.\nb.\nask\nc.\n\x1a", "1:odd|2:more|3:a.|4:b.|5:ask|6:c.|6");
        check_skim(b"", "0");
    }

    #[test]
    fn blank_lines_are_given_out_beside_odd_ones() {
        check_skim(b"odd\n\n \nb.\nc.\n\nd.\n\ne.\n", "1:odd|2:|3: |4:b.|9:e.|9");
        check_skim(b"odd\na.\nb.\n\n\nc.\n\t\r\nodd\n\nd.\n\n\n", "1:odd|2:a.|3:b.|6:c.|7:\t|8:odd|9:|10:d.|12:|12");
        check_skim(b"\n\nodd\n", "2:|3:odd|3");
        check_skim(b"odd\na.\nb.\n\n\x1a", "1:odd|2:a.|3:b.|4:|4");
    }

    #[test]
    fn what_stands_before_a_timeless_line_is_given_out_for_the_next_one() {
        check_skim_whole(b"odd\na.\nb.\ntimeless\nc.\nd.\ne.\n", "1:odd|2:a.|4:timeless|5:c.|7:e.|7");
        check_skim_whole(b"odd\na.\nb.\n\ntimeless\nc.\nodd\n", "1:odd|2:a.|4:|5:timeless|6:c.|7:odd|7");
        check_skim(b"odd\na.\nb.\ntimeless\n\nodd\nc.\nd.\n", "1:odd|2:a.|3:b.|4:timeless|5:|6:odd|7:c.|8:d.|8");
    }

    #[test]
    fn drawn_lines_are_given_out_with_what_is_asked_for() {
        check_skim_whole(b"odd\na.\n-----\nb.\n-----\nc.\nd.\n", "1:odd|2:a.|7:d.|7");
        check_skim_whole(b"odd\na.\n-----\nask.\n--\r\nb.\nask.\n-\nc.\n", "1:odd|2:a.|3:-----|4:ask.|7:ask.|9:c.|9");
        check_skim_whole(b"odd\na.\n\n-----\nb.\nodd\n---\nc.\nd.\n", "1:odd|2:a.|5:b.|6:odd|7:---|8:c.|9:d.|9");
        check_skim_whole(b"odd\na.\n---\n---\nb.\n---\n\nc.\nd.\n", "1:odd|2:a.|3:---|4:---|5:b.|6:---|7:|8:c.|9:d.|9");
        check_skim_whole(b"odd\na.\n===\nb.\n---x\nc.\nd.\n---", "1:odd|2:a.|3:===|4:b.|5:---x|6:c.|7:d.|8:---|8+");
    }

    #[test]
    fn lines_may_end_in_any_way() {
        check_skim(b"odd\nb.\nc.\rask.\rd.\ne.\r\nf.\n", "1:odd|2:b.|4:ask.|7:f.|7");
        check_skim(b"a.\rb.\rc.\r", "3:c.|3");
        check_skim(b"a.\rb.\rc.", "3:c.|3+");
    }

    /// The lines that are given out, by number and length, and the first that was cut.
    fn skim_lengths(text: &str) -> (Vec<(u64, usize)>, Option<u64>) {
        let mut source = text.as_bytes();
        let mut lines = Lines::new(&mut source, Encoding::detect(b"x", None).encoding);
        lines.skim(Skim::new(Arc::new(Word("ask")), Box::new(Dot)));
        (tell_all(&mut lines, |line| (line.number, line.text.len())), lines.overlong())
    }

    #[test]
    fn an_endless_line_among_others_is_cut() {
        let endless = skim_lengths(&format!("a.\nb.\n{}\nc.\nd.\ne.\n", "x".repeat(700_000)));
        assert_eq!(endless, (vec![(2, 2), (3, MAX_LINE), (4, 2), (5, 2), (6, 2)], Some(3)));
        let drawn = skim_lengths(&format!("odd\na.\n{}\nb.\nc.\nd.\n", "-".repeat(70_000)));
        assert_eq!(drawn, (vec![(1, 3), (2, 2), (3, MAX_LINE), (4, 2), (6, 2)], Some(3)));
        let behind = skim_lengths(&format!("odd\na.\n---\n{}.\nb.\nc.\n", "x".repeat(70_000)));
        assert_eq!(behind, (vec![(1, 3), (2, 2), (3, 3), (4, MAX_LINE), (5, 2), (6, 2)], Some(4)));
    }
}
