//! Line ends, counted while the bytes are hot, and gaps between words: both by looking at every byte.

use memchr::{memchr2, memrchr2};
use std::ops::Range;

use super::text::BREAK;

/// Ends the stamp of every traced line, right behind a `~`: that one would be a gap on every line.
pub(super) const STAMP_END: u8 = b'>';

/// So many bytes are looked at together when line ends are counted: no more than a byte can count.
const COUNTED: usize = 192;

/// So many bytes are looked at together when gaps are looked for.
const FLAGGED: usize = 2048;

/// So many of these make one word of bits.
const GROUP: usize = 64;

/// What stands in some bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// How many lines end.
    pub(super) line_ends: u64,
    /// Whether all bytes are ASCII.
    pub(super) is_ascii: bool,
}

/// How many lines end in these bytes. CR, LF and CRLF all end a line.
#[must_use]
pub fn count_line_ends(bytes: &[u8]) -> u64 {
    survey(bytes).line_ends
}

/// Counts line ends and tells whether the bytes are ASCII.
pub(super) fn survey(bytes: &[u8]) -> Survey {
    let Some((&last, _)) = bytes.split_last() else { return Survey { line_ends: 0, is_ascii: true } };
    let (mut line_ends, mut high) = (u64::from(ends_line(last, 0)), last);
    for (group, behind) in bytes.chunks(COUNTED).zip(bytes.get(1..).unwrap_or_default().chunks(COUNTED)) {
        let (more, bits) = survey_few(group, behind);
        line_ends += u64::from(more);
        high |= bits;
    }
    Survey { line_ends, is_ascii: high < 0x80 }
}

/// The compiler makes vector code of this loop as it stands, and of few others.
fn survey_few(bytes: &[u8], behind: &[u8]) -> (u8, u8) {
    let (mut line_ends, mut high) = (0u8, 0u8);
    for (&byte, &next) in bytes.iter().zip(behind) {
        line_ends = line_ends.wrapping_add(ends_line(byte, next));
        high |= byte;
    }
    (line_ends, high)
}

/// The bytes of the line around a place, without its end.
pub(super) fn line_around(bytes: &[u8], at: usize) -> Range<usize> {
    let (before, after) = bytes.split_at(at.min(bytes.len()));
    let from = memrchr2(b'\r', b'\n', before).map_or(0, |end| end + 1);
    let to = memchr2(b'\r', b'\n', after).map_or(bytes.len(), |end| at + end);
    from..to
}

/// The first line start at or after a place; the end of the bytes if there is none.
pub(super) fn line_start_from(bytes: &[u8], at: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let Some(end) = bytes.get(at - 1..).and_then(|rest| memchr2(b'\r', b'\n', rest)) else { return bytes.len() };
    let end = at - 1 + end;
    if bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n') { end + 2 } else { end + 1 }
}

/// Adds the places where a run of white space ends that is not exactly one blank and has something behind it on its
/// line. White space at the beginning of a line may be among them.
pub(super) fn gaps(bytes: &[u8], places: &mut Vec<u32>) {
    // The first byte has none before it.
    if let [first, second, ..] = *bytes
        && ends_gap(b'\n', first, second) != 0
    {
        places.push(1);
    }
    let mut flags = [0u8; FLAGGED];
    let mut at = 1;
    while let (Some(before), Some(behind @ [_, ..])) = (bytes.get(at - 1..), bytes.get(at + 1..)) {
        let len = flag(&mut flags, before, behind);
        for (group, flags) in flags.chunks_exact(GROUP).take(len.div_ceil(GROUP)).enumerate() {
            if let Some(flags) = flags.first_chunk()
                && has_any(flags)
            {
                push_all(bits_of(flags), at + 1 + GROUP * group, places);
            }
        }
        at += len;
    }
}

/// Whether a flag is set.
fn has_any(flags: &[u8; GROUP]) -> bool {
    let sixteen = |at: usize| flags[at..].first_chunk().map_or(0, |flags| u128::from_le_bytes(*flags));
    sixteen(0) | sixteen(16) | sixteen(32) | sixteen(48) != 0
}

/// A bit for each flag.
fn bits_of(flags: &[u8; GROUP]) -> u64 {
    let mut bits = 0;
    for number in 0..GROUP / 8 {
        let eight = flags[8 * number..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
        // The product moves the lowest bit of each byte into the highest byte.
        bits |= (eight.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number);
    }
    bits
}

/// Adds the place of each bit. Most groups have few: these are written without asking how many.
fn push_all(mut bits: u64, at: usize, places: &mut Vec<u32>) {
    const FEW: usize = 4;
    let mut few = [0u32; FEW];
    let count = bits.count_ones() as usize;
    for place in &mut few {
        *place = (at + bits.trailing_zeros() as usize) as u32;
        bits &= bits.wrapping_sub(1);
    }
    let len = places.len() + count.min(FEW);
    places.extend_from_slice(&few);
    places.truncate(len);
    while bits != 0 {
        places.push((at + bits.trailing_zeros() as usize) as u32);
        bits &= bits - 1;
    }
}

/// Flags what ends a gap, as far as there is room; returns how far that is. `behind` is two bytes further on.
#[inline(never)]
fn flag(flags: &mut [u8; FLAGGED], before: &[u8], behind: &[u8]) -> usize {
    let places = flags.iter_mut().zip(before).zip(before.get(1..).unwrap_or_default()).zip(behind);
    places.for_each(|(((flag, &before), &byte), &next)| *flag = ends_gap(before, byte, next));
    let len = FLAGGED.min(behind.len());
    flags.iter_mut().skip(len).for_each(|flag| *flag = 0);
    len
}

/// 1 if a line ends here; CR before LF ends none by itself.
#[inline(always)]
fn ends_line(byte: u8, next: u8) -> u8 {
    u8::from(byte == b'\n') | (u8::from(byte == b'\r') & u8::from(next != b'\n'))
}

/// 1 if the byte ends white space that is not one blank, and a word follows. At the beginning of a line a blank is
/// taken for a second one. A `~` before [`STAMP_END`] is left out.
#[inline(always)]
fn ends_gap(before: u8, byte: u8, next: u8) -> u8 {
    // Below a blank, or beyond ASCII, which is negative.
    let low = |byte: u8, than: i8| u8::from(byte.cast_signed() < than);
    let strange = low(byte, 0x20) & u8::from(byte != b'\r') & u8::from(byte != b'\n');
    let breaks = u8::from(byte == BREAK) & u8::from(next != STAMP_END);
    let second = u8::from(byte == b' ') & (low(before, 0x21) | u8::from(before == BREAK));
    (strange | breaks | second) & u8::from(next.cast_signed() > 0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_gaps(bytes: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        gaps(bytes, &mut found);
        found.into_iter().map(|at| at as usize).collect()
    }

    #[test]
    fn every_line_end_counts_once() {
        for (text, count) in [("", 0), ("a", 0), ("a\nb\r\nc\rd", 3), ("\r\r\n\n", 3), ("\n\r", 2)] {
            assert_eq!(count_line_ends(text.as_bytes()), count, "{text:?}");
        }
        let long = "ab\r\n".repeat(1000) + &"\n".repeat(1000) + &"\r".repeat(77);
        assert_eq!(count_line_ends(long.as_bytes()), 2077);
    }

    #[test]
    fn lines_are_found_around_a_place() {
        let text = b"one\r\ntwo\rthree\n\nfour";
        let lines: Vec<_> = [1, 6, 10, 15, 18].iter().map(|&at| &text[line_around(text, at)]).collect();
        assert_eq!(lines, [b"one".as_slice(), b"two", b"three", b"", b"four"]);
        let starts: Vec<_> = [0, 1, 4, 5, 6, 9, 10, 15, 16, 17].iter().map(|&at| line_start_from(text, at)).collect();
        assert_eq!(starts, [0, 5, 5, 5, 9, 9, 15, 15, 16, 20]);
    }

    #[test]
    fn gaps_that_are_more_than_a_blank() {
        assert_eq!(all_gaps(b"a b\tc  d \te\t f"), [4, 7, 10, 13]);
        assert_eq!(all_gaps(b"a  \r\n  b"), [7]);
        assert_eq!(all_gaps(b"a\t\nb\t"), [] as [usize; 0]);
        assert_eq!(all_gaps("aäb".as_bytes()), [3]);
        assert_eq!(all_gaps(b"a\0b"), [2]);
        assert_eq!(all_gaps(b"\tb"), [1]);
        assert_eq!(all_gaps(b"a~b~ c ~d ~ e~"), [2, 5, 8, 12]);
        assert_eq!(all_gaps(b"a~>b ~>c~"), [] as [usize; 0]);
    }

    /// Where a run lies against the groups makes no difference.
    #[test]
    fn gaps_are_found_in_every_place() {
        for at in (1..200).chain(FLAGGED - 20..FLAGGED + 20) {
            for gap in ["\t", "  ", "\t ", " \t", "~", "~ ", " ~", "   \u{a0}  "] {
                let text = "x".repeat(at) + gap + &"y".repeat(90);
                assert_eq!(all_gaps(text.as_bytes()), [at + gap.len()], "{gap:?} at {at}");
            }
        }
    }
}
