//! Reads a long log where it matters: the lines that some rule may ask for, and those that are not like the others.
//!
//! In a log of one record a line, nearly all lines end alike: the same component, the same ten minutes, a thread. Such a
//! line says nothing beyond its text, and its text is for the rules. So it is given out only if the sieve names it. Every
//! other line is given out with the lines around it: records of several lines, other components, the time going on or
//! back. The first and the last line are given out too. What was skipped is counted, so that places stay right.

use std::ops::Range;
use std::sync::Arc;

use memchr::memchr;

use crate::fact::{Sieve, Sifted};

use super::lines::MAX_LINE;

/// What the lines of a log have in common.
pub trait Likeness {
    /// Whether the line is one record, of the component and the ten minutes that were learnt. The reader
    /// puts such a record out when it meets it, and nothing of it on any other line.
    fn is_usual(&self, line: &[u8]) -> bool;

    /// Learns what the lines that follow may have in common with this one. Of a line that is no record by itself it
    /// learns nothing.
    fn learn(&mut self, line: &[u8]);

    /// Looks at the lines from a place of the bytes on, whose ends are given. Here, so that a whole block costs one call
    /// that the compiler cannot see through.
    fn look(&mut self, bytes: &[u8], from: usize, ends: &[u32], lines: &mut Odd) {
        let mut start = from;
        let last = Some(bytes.len()).filter(|&end| ends.last().map_or(from, |&end| from + end as usize) < end);
        for next in ends.iter().map(|&end| from + end as usize).chain(last) {
            let line = bytes.get(start..next).unwrap_or_default();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let usual = self.is_usual(line) && line.len() <= MAX_LINE;
            lines.push(usual, start, start + line.len());
            if !usual {
                self.learn(line);
            }
            start = next;
        }
    }
}

/// A component and a stamp that stand right behind each other on a line.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    /// The component with what marks its beginning, and the stamp up to the ten minutes.
    known: Vec<u8>,
    /// How long minutes and seconds are.
    free: usize,
    /// What stands behind the seconds.
    rest: Vec<u8>,
}

impl Stamps {
    /// Whether they stand right at the end.
    #[inline]
    pub(super) fn stand_before(&self, head: &[u8]) -> bool {
        let Some(before) = head.len().checked_sub(self.rest.len() + self.free) else { return false };
        !self.known.is_empty() && ends_with(&head[..before], &self.known) && ends_with(head, &self.rest)
    }

    /// Learns from a line on which a component begins at a place, and its stamp right behind it with all that follows.
    pub(super) fn learn(&mut self, line: &[u8], component: usize, stamp: Range<usize>) {
        let Some(hour) = memchr(b':', &line[stamp.clone()]).map(|colon| stamp.start + colon) else { return };
        // `13:07:27` or `13:07:27.123`: all but the tens of the minutes are free.
        let is_digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
        let parts = [hour + 1, hour + 2, hour + 4, hour + 5];
        if !parts.into_iter().all(is_digit) || line.get(hour + 3) != Some(&b':') {
            return;
        }
        let mut end = hour + 6;
        if line.get(end) == Some(&b'.') {
            end += 1 + line[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        }
        let end = end.min(stamp.end);
        self.known = line[component..hour + 2].to_vec();
        self.free = end - (hour + 2);
        self.rest = line[end..stamp.end].to_vec();
    }
}

/// Whether the text ends the bytes. Eight bytes at a time and without a call: this is asked of every line.
#[inline(always)]
fn ends_with(bytes: &[u8], text: &[u8]) -> bool {
    let Some(cut) = bytes.len().checked_sub(text.len()) else { return false };
    let (eights, others) = bytes[cut..].as_chunks::<8>();
    let (text_eights, text_others) = text.as_chunks::<8>();
    let differs = |(one, other): (&[u8; 8], &[u8; 8])| u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
    let eights = eights.iter().zip(text_eights).rev().all(|pair| differs(pair) == 0);
    eights && others.iter().zip(text_others).all(|(one, other)| one == other)
}

/// The line with a mark for each byte beyond ASCII.
pub(super) fn ascii(line: &[u8]) -> String {
    line.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect()
}

/// The lines that are not usual, with their neighbours.
#[derive(Debug, Default)]
pub struct Odd {
    found: Vec<Sifted>,
    /// The line before, if it is not among them.
    before: Option<Sifted>,
    /// The number of the last line.
    line: u64,
    /// The last line was odd.
    behind: bool,
}

impl Odd {
    #[inline]
    fn push(&mut self, usual: bool, start: usize, end: usize) {
        self.line += 1;
        let here = Sifted { line: self.line, start, end };
        if usual && !self.behind {
            self.before = Some(here);
            return;
        }
        self.behind = !usual;
        if !usual && let Some(before) = self.before {
            self.found.push(before);
        }
        self.before = None;
        self.found.push(here);
    }
}

/// Chooses the lines that are given out.
pub(super) struct Skim {
    sieve: Arc<dyn Sieve>,
    likeness: Box<dyn Likeness>,
    asked: Vec<Sifted>,
    ends: Vec<u32>,
    odd: Odd,
    /// The lines that are still to be given out, the last one first.
    wanted: Vec<Sifted>,
    /// The last line that was looked at, if it is not given out: the next one may turn out to be odd.
    held: Option<Sifted>,
}

impl Skim {
    pub(super) fn new(sieve: Arc<dyn Sieve>, likeness: Box<dyn Likeness>) -> Self {
        let (asked, ends, odd, wanted) = (Vec::new(), Vec::new(), Odd::default(), Vec::new());
        Self { sieve, likeness, asked, ends, odd, wanted, held: None }
    }

    /// The next line to give out, by its number from 1 and its place in the bytes.
    pub(super) fn pop(&mut self) -> Option<Sifted> {
        self.wanted.pop()
    }

    /// How many lines were looked at.
    pub(super) fn lines(&self) -> u64 {
        self.odd.line
    }

    /// The line that may still be needed.
    pub(super) fn held(&self) -> Option<Sifted> {
        self.held
    }

    /// The bytes before this place are gone.
    pub(super) fn moved(&mut self, by: usize) {
        if let Some(held) = &mut self.held {
            (held.start, held.end) = (held.start - by, held.end - by);
        }
    }

    /// No line follows: gives out the last one.
    pub(super) fn release(&mut self) {
        self.wanted.splice(..0, self.held.take());
    }

    /// Looks at the lines from a place of the bytes on.
    pub(super) fn look(&mut self, bytes: &[u8], from: usize) {
        let before = self.odd.line;
        self.asked.clear();
        self.ends.clear();
        self.odd.found.clear();
        self.odd.before = self.held;
        self.sieve.sift(&bytes[from..], &mut self.asked, &mut self.ends);
        self.likeness.look(bytes, from, &self.ends, &mut self.odd);
        self.held = self.odd.before;
        let asked = self.asked.iter().map(|line| Sifted {
            line: before + 1 + line.line,
            start: from + line.start,
            end: from + line.end,
        });
        self.wanted.extend(asked);
        self.wanted.append(&mut self.odd.found);
        self.wanted.sort_unstable_by_key(|line| std::cmp::Reverse(line.line));
        self.wanted.dedup_by_key(|line| line.line);
        if self.wanted.first().is_some_and(|last| Some(last.line) == self.held.map(|held| held.line)) {
            self.held = None;
        }
    }
}
