//! What only a look at every byte shows: line ends, and gaps between words.

use memchr::{memchr2, memrchr2};
use std::ops::Range;

use super::places::{GROUP, Places};
use super::simd::Vectors;
use super::text::BREAK;

/// Ends the stamp of every traced line, right behind a `~`: that one would be a gap on every line.
pub(super) const STAMP_END: u8 = b'>';

/// So many bytes are looked at together when line ends are counted: no more than a byte can count.
const COUNTED: usize = 192;

/// So many bytes are looked at together when places are looked for.
const FLAGGED: usize = 2048;

/// What stands in some bytes, and what must be known of them to go on behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survey {
    /// How many lines end, but for a CR at the end, which may belong to an LF.
    pub(super) ends: u64,
    /// Whether all bytes are ASCII.
    pub(super) is_ascii: bool,
    /// The last two bytes.
    pub(super) last: [u8; 2],
}

/// What places are watched for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Watch {
    /// The first bytes behind gaps: behind white space that is not exactly one blank, on their line. A place behind white
    /// space at the beginning of a line may be among them.
    pub(super) gaps: bool,
    /// LF, and the first bytes behind a CR that none follows.
    pub(super) ends: bool,
}

/// The places that were seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) gaps: Places,
    pub(super) ends: Places,
}

impl Seen {
    /// Forgets all, and makes room for what so many bytes may show.
    pub(super) fn clear(&mut self, watch: Watch, bytes: usize) {
        if watch.gaps {
            self.gaps.clear(bytes);
        }
        if watch.ends {
            self.ends.clear(bytes);
        }
    }
}

impl Default for Survey {
    /// A line begins.
    fn default() -> Self {
        Self { ends: 0, is_ascii: true, last: [b'\n'; 2] }
    }
}

impl Survey {
    /// How many lines end.
    pub(super) fn line_ends(&self) -> u64 {
        self.ends + u64::from(self.last[1] == b'\r')
    }

    /// Looks at the next bytes, and adds the places that are watched for. Places are counted from `at`, and there is room
    /// for as many as there are bytes.
    pub(super) fn look(&mut self, bytes: &[u8], at: u32, watch: Watch, seen: &mut Seen, vectors: Option<Vectors>) {
        if let Some(vectors) = vectors {
            return vectors.look(self, bytes, at, watch, seen);
        }
        if watch.gaps {
            let mut before = self.last;
            for (part, at) in bytes.chunks(FLAGGED).zip((at..).step_by(FLAGGED)) {
                flag(before, part, at, &mut seen.gaps);
                before = last_two(before, part);
            }
        }
        if watch.ends {
            let before = [self.last[1]].into_iter().chain(bytes.iter().copied());
            for ((before, &byte), at) in before.zip(bytes).zip(at..) {
                seen.ends.push_if(at, ends_line(before, byte).into());
            }
        }
        self.count(bytes);
    }

    /// Counts line ends.
    fn count(&mut self, bytes: &[u8]) {
        let Some(&first) = bytes.first() else { return };
        self.ends += u64::from(ends_line(self.last[1], first));
        let mut all = first;
        for (before, group) in bytes.chunks(COUNTED).zip(bytes.get(1..).unwrap_or_default().chunks(COUNTED)) {
            let (ends, bits) = count_few(before, group);
            self.ends += u64::from(ends);
            all |= bits;
        }
        self.is_ascii &= all < 0x80;
        self.last = last_two(self.last, bytes);
    }
}

/// How many lines end in these bytes. CR, LF and CRLF all end a line.
pub(super) fn count_line_ends(bytes: &[u8]) -> u64 {
    let mut survey = Survey::default();
    survey.look(bytes, 0, Watch::default(), &mut Seen::default(), Vectors::detect());
    survey.line_ends()
}

/// The last two bytes of two before and those behind them.
pub(super) fn last_two(before: [u8; 2], bytes: &[u8]) -> [u8; 2] {
    match *bytes {
        [] => before,
        [only] => [before[1], only],
        [.., last_but_one, last] => [last_but_one, last],
    }
}

/// The compiler makes vector code of this loop as it stands, and of few others.
fn count_few(before: &[u8], bytes: &[u8]) -> (u8, u8) {
    let (mut ends, mut bits) = (0u8, 0u8);
    for (&before, &byte) in before.iter().zip(bytes) {
        ends = ends.wrapping_add(ends_line(before, byte));
        bits |= byte;
    }
    (ends, bits)
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

/// Adds the places behind gaps.
fn flag(before: [u8; 2], bytes: &[u8], at: u32, places: &mut Places) {
    let mut flags = [0u8; FLAGGED];
    let [two_before, one_before] = before;
    if let ([flag, ..], [byte, ..]) = (&mut flags, bytes) {
        *flag = ends_gap(two_before, one_before, *byte);
    }
    if let ([_, flag, ..], [first, byte, ..]) = (&mut flags, bytes) {
        *flag = ends_gap(one_before, *first, *byte);
    }
    let threes = bytes.iter().zip(bytes.get(1..).unwrap_or_default()).zip(bytes.get(2..).unwrap_or_default());
    let flagged = flags.iter_mut().skip(2).zip(threes);
    flagged.for_each(|(flag, ((&two_before, &before), &byte))| *flag = ends_gap(two_before, before, byte));
    for (group, flags) in flags.as_chunks::<GROUP>().0.iter().take(bytes.len().div_ceil(GROUP)).enumerate() {
        let bits = bits_of(flags);
        if bits != 0 {
            places.push_all(bits, at.wrapping_add((group * GROUP) as u32));
        }
    }
}

/// A bit for each flag.
fn bits_of(flags: &[u8; GROUP]) -> u64 {
    let mut bits = 0;
    for (number, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        // The product moves the lowest bit of each byte into the highest byte.
        bits |= (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number);
    }
    bits
}

/// 1 if a line ends before the byte or with it: with LF, or with a CR before it. Counted for every byte, and once more
/// for a CR at the end, this counts each line end once.
#[inline(always)]
fn ends_line(before: u8, byte: u8) -> u8 {
    u8::from(byte == b'\n') | u8::from(before == b'\r')
}

/// 1 if the byte may stand right behind a gap: see [`Survey::look`]. At the beginning of a line a blank is taken for a
/// second one. A `~` before [`STAMP_END`] is no gap.
#[inline(always)]
fn ends_gap(two_before: u8, before: u8, byte: u8) -> u8 {
    // Below a blank, or beyond ASCII, which is negative.
    let low = |byte: u8, than: i8| u8::from(byte.cast_signed() < than);
    let strange = low(before, 0x20) & u8::from(before != b'\r') & u8::from(before != b'\n');
    let breaks = u8::from(before == BREAK) & u8::from(byte != STAMP_END);
    let second = u8::from(before == b' ') & (low(two_before, 0x21) | u8::from(two_before == BREAK));
    (strange | breaks | second) & u8::from(byte.cast_signed() > 0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(parts: &[&[u8]], watch: Watch, vectors: Option<Vectors>) -> (Survey, Vec<u32>, Vec<u32>) {
        let (mut survey, mut seen, mut at) = (Survey::default(), Seen::default(), 0);
        let (mut gaps, mut ends) = (Vec::new(), Vec::new());
        for part in parts {
            seen.clear(watch, part.len());
            survey.look(part, at, watch, &mut seen, vectors);
            gaps.extend_from_slice(seen.gaps.as_slice());
            ends.extend_from_slice(seen.ends.as_slice());
            at += part.len() as u32;
        }
        (survey, gaps, ends)
    }

    fn all_gaps(bytes: &[u8]) -> Vec<usize> {
        look(&[bytes], Watch { gaps: true, ends: false }, None).1.into_iter().map(|at| at as usize).collect()
    }

    /// What kind of bytes there are, so that each meets each.
    const BYTES: &[u8] = b"  \t\r\n~>aZ09_z{@[`/:\0\x7f\x80\xff";

    /// All ways see the same, wherever the bytes are cut in two.
    #[test]
    fn a_vector_unit_sees_the_same() {
        let mut state = 9u64;
        let mut random = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        for round in 0..400 {
            let bytes: Vec<u8> = (0..random(300)).map(|_| BYTES[random(BYTES.len())]).collect();
            let (first, second) = bytes.split_at(random(bytes.len() + 1));
            let watch = Watch { gaps: round % 3 != 0, ends: round % 2 != 0 };
            let whole = look(&[&bytes], watch, None);
            assert_eq!(look(&[first, second], watch, None), whole, "{bytes:?}");
            for vectors in Vectors::all() {
                assert_eq!(look(&[&bytes], watch, Some(vectors)), whole, "{vectors:?} {bytes:?}");
                assert_eq!(look(&[first, second], watch, Some(vectors)), whole, "{vectors:?} {bytes:?}");
            }
            assert_eq!(whole.0.line_ends(), count_line_ends(&bytes));
            assert!(!watch.ends || whole.2.len() as u64 == whole.0.ends);
            assert_eq!(whole.0.is_ascii, bytes.is_ascii());
        }
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
