//! Line ends, counted while the bytes are hot, and what else one look at every byte can tell.

use memchr::{memchr2, memrchr2};
use std::ops::Range;

/// So many bytes are looked at together.
const GROUP: usize = 64;

/// What stands in some bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// How many lines end in them: CR, LF and CRLF all end a line.
    pub(super) line_ends: u64,
    /// Some byte is beyond ASCII.
    pub(super) beyond_ascii: bool,
}

/// How many lines end in these bytes. CR, LF and CRLF all end a line.
#[must_use]
pub fn count_line_ends(bytes: &[u8]) -> u64 {
    survey::<false>(bytes, |_| {}).line_ends
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

/// Looks at every byte once. With `GAPS`, tells where a run of white space ends that is not exactly one blank and has
/// something behind it on its line.
#[inline]
pub(super) fn survey<const GAPS: bool>(bytes: &[u8], mut gap: impl FnMut(usize)) -> Survey {
    let mut found = Survey::default();
    // The first byte has none before it.
    alone::<GAPS>(bytes, 0, &mut found, &mut gap);
    let mut at = 1;
    let mut counts = Counts::default();
    let mut groups = 0;
    while let Some(group) = bytes.get(at - 1..).and_then(|rest| rest.first_chunk::<{ GROUP + 2 }>()) {
        if counts.add::<GAPS>(group) {
            let mut ends = gap_ends(group);
            while ends != 0 {
                gap(at + ends.trailing_zeros() as usize + 1);
                ends &= ends - 1;
            }
        }
        groups += 1;
        if groups == Counts::MOST {
            counts.empty(&mut found);
            groups = 0;
        }
        at += GROUP;
    }
    counts.empty(&mut found);
    (at..bytes.len()).for_each(|at| alone::<GAPS>(bytes, at, &mut found, &mut gap));
    found
}

/// Looks at one byte.
fn alone<const GAPS: bool>(bytes: &[u8], at: usize, found: &mut Survey, gap: &mut impl FnMut(usize)) {
    let Some(&byte) = bytes.get(at) else { return };
    let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b'\n');
    found.line_ends += u64::from(ends_line(byte, before));
    found.beyond_ascii |= byte >= 0x80;
    if GAPS && bytes.get(at + 1).is_some_and(|&next| ends_gap(before, byte, next) != 0) {
        gap(at + 1);
    }
}

/// So many bytes are looked at side by side: as many as the smallest vector register holds.
const LANES: usize = 16;

/// What was seen in each lane.
#[derive(Default)]
struct Counts {
    line_ends: [u8; LANES],
    high: [u8; LANES],
}

impl Counts {
    /// So many groups can be counted in a byte.
    const MOST: usize = 255 / (GROUP / LANES);

    /// Looks at a group, with the byte before and the one behind it; whether a gap ends in it.
    #[inline(always)]
    fn add<const GAPS: bool>(&mut self, group: &[u8; GROUP + 2]) -> bool {
        let mut gaps = [0u8; LANES];
        for row in 0..GROUP / LANES {
            for lane in 0..LANES {
                let at = row * LANES + lane;
                let (before, byte, next) = (group[at], group[at + 1], group[at + 2]);
                self.line_ends[lane] += ends_line(byte, before);
                self.high[lane] |= byte;
                if GAPS {
                    gaps[lane] |= ends_gap(before, byte, next);
                }
            }
        }
        GAPS && u128::from_le_bytes(gaps) != 0
    }

    fn empty(&mut self, found: &mut Survey) {
        found.line_ends += self.line_ends.iter().map(|&count| u64::from(count)).sum::<u64>();
        found.beyond_ascii |= self.high.iter().any(|&byte| byte >= 0x80);
        *self = Self::default();
    }
}

/// A bit for each byte of a group that ends a gap.
#[inline(never)]
fn gap_ends(group: &[u8; GROUP + 2]) -> u64 {
    let mut flags = [0u8; GROUP];
    for (at, flag) in flags.iter_mut().enumerate() {
        *flag = ends_gap(group[at], group[at + 1], group[at + 2]);
    }
    let mut bits = 0;
    for (number, eight) in flags.chunks_exact(8).enumerate() {
        let eight = eight.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
        // The product moves the lowest bit of each byte into the highest byte.
        bits |= (eight.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number);
    }
    bits
}

/// 1 if a line ends here; LF after CR ends no other line.
#[inline(always)]
fn ends_line(byte: u8, before: u8) -> u8 {
    u8::from(byte == b'\r') | (u8::from(byte == b'\n') & u8::from(before != b'\r'))
}

/// 1 if the byte ends white space that is not one blank, and a word follows. At the beginning of a line a blank is
/// taken for a second one.
#[inline(always)]
fn ends_gap(before: u8, byte: u8, next: u8) -> u8 {
    // Below a blank, or beyond ASCII, which is negative.
    let low = |byte: u8, than: i8| u8::from(byte.cast_signed() < than);
    let strange = low(byte, 0x20) & u8::from(byte != b'\r') & u8::from(byte != b'\n');
    let second = u8::from(byte == b' ') & low(before, 0x21);
    (strange | second) & u8::from(next.cast_signed() > 0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(bytes: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        survey::<true>(bytes, |at| found.push(at));
        found
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
        assert_eq!(gaps(b"a b\tc  d \te\t f"), [4, 7, 10, 13]);
        assert_eq!(gaps(b"a  \r\n  b"), [7]);
        assert_eq!(gaps(b"a\t\nb\t"), [] as [usize; 0]);
        assert_eq!(gaps("aäb".as_bytes()), [3]);
        assert_eq!(gaps(b"a\0b"), [2]);
        assert_eq!(gaps(b"\tb"), [1]);
    }

    /// Where a run lies against the groups makes no difference.
    #[test]
    fn gaps_are_found_in_every_place() {
        for at in 0..200 {
            for gap in ["\t", "  ", "\t ", " \t", "   \u{a0}  "] {
                let text = "x".repeat(at) + gap + &"y".repeat(90);
                assert_eq!(gaps(text.as_bytes()), [at + gap.len()], "{gap:?} at {at}");
            }
        }
    }
}
