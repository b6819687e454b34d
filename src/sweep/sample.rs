//! How often short runs of bytes (grams) stand in a sample of the input.
//!
//! The counts are estimates: grams that share a slot share a count. They decide where a text is looked for, never
//! whether it is found.

use super::lists::Lists;

/// Small letters, and blanks out of NULs: the form in which grams are compared. It makes more bytes alike than the
/// plain form does.
pub(super) const SMALL: u64 = 0x2020_2020_2020_2020;

/// Spreads the bits of a gram over the upper bits of the product.
pub(super) const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Eight bytes from a place, with zeros behind the end.
#[inline]
pub(super) fn eight(bytes: &[u8], at: usize) -> u64 {
    if let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        return u64::from_le_bytes(*chunk);
    }
    if let Some(last) = bytes.last_chunk::<8>() {
        // What stands before the place is shifted out, so that zeros come in behind.
        let before = at.saturating_add(8) - bytes.len();
        return u64::from_le_bytes(*last).checked_shr(8 * before.min(8) as u32).unwrap_or(0);
    }
    let mut padded = [0; 8];
    for (to, &byte) in padded.iter_mut().zip(bytes.iter().skip(at)) {
        *to = byte;
    }
    u64::from_le_bytes(padded)
}

/// The mask of the first bytes of eight.
pub(super) fn first(count: usize) -> u64 {
    u64::MAX >> (64 - 8 * count.clamp(1, 8))
}

/// The hash of the first `size` of eight bytes: the others are shifted out.
#[inline]
pub(super) fn hash(eight: u64, size: usize) -> u64 {
    (eight | SMALL).wrapping_mul(spread(size))
}

/// What eight bytes are multiplied with for the hash of the first `size` of them.
#[inline]
pub(super) fn spread(size: usize) -> u64 {
    SPREAD << (64 - 8 * size)
}

/// The tables' sizes, in bits of the index: enough for few slots to be shared.
const SLOT_BITS: std::ops::RangeInclusive<u32> = 8..=18;

/// So many bytes of input each byte of a text stands for.
const RARER: usize = 16;

/// With each so many bytes of a sample, the texts tell less of the input.
const TELLING: usize = 16 * 1024;

/// The counts of grams of four and of six bytes. Those of other sizes are guessed from these.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    four: Vec<u16>,
    six: Vec<u16>,
    slot_bits: u32,
    /// How many bytes of input the counts stand for.
    len: usize,
}

/// How often the grams of one text stand in the sample.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    padded: Vec<u8>,
    four: Vec<u32>,
    six: Vec<u32>,
}

impl Sample {
    /// Counts the grams of a sample. The texts themselves are counted too: what many of them share is frequent in the
    /// input, as a rule. A large sample knows that better.
    pub(super) fn new(bytes: &[u8], texts: &Lists<u8>) -> Self {
        let counted = (bytes.len() + texts.items().len()).max(1);
        let slot_bits = (counted.ilog2() + 2).clamp(*SLOT_BITS.start(), *SLOT_BITS.end());
        let mut sample = Self { four: vec![0; 1 << slot_bits], six: vec![0; 1 << slot_bits], slot_bits, len: 0 };
        // Where two texts meet, grams are counted that neither holds: few, and harmless.
        sample.count(texts.items());
        let less = 1 + bytes.len() / TELLING;
        if let Some(less) = u16::try_from(less).ok().filter(|&less| less > 1) {
            sample.four.iter_mut().chain(&mut sample.six).for_each(|count| *count /= less);
        }
        sample.count(bytes);
        // The input holds much besides what the texts have in common.
        sample.len = bytes.len() + RARER * texts.items().len().max(1) / less;
        sample
    }

    fn count(&mut self, bytes: &[u8]) {
        let windows = bytes.windows(8).filter_map(<[u8]>::first_chunk).map(|window| u64::from_le_bytes(*window));
        let shift = 64 - self.slot_bits;
        let mut add = |eight: u64, has_six: bool| {
            let slot = |size: usize| (hash(eight, size) >> shift) as usize;
            if let Some(count) = self.four.get_mut(slot(4)) {
                *count = count.saturating_add(1);
            }
            if let Some(count) = self.six.get_mut(slot(6)).filter(|_| has_six) {
                *count = count.saturating_add(1);
            }
        };
        windows.for_each(|window| add(window, true));
        for at in bytes.len().saturating_sub(7)..bytes.len().saturating_sub(3) {
            add(eight(bytes, at), at + 6 <= bytes.len());
        }
    }

    /// Looks up how often the grams of a text stand in the sample: those of six bytes, and the shorter ones if asked for.
    pub(super) fn read(&self, text: &[u8], short: bool, counts: &mut Counts) {
        let Counts { padded, four, six } = counts;
        padded.clear();
        padded.extend_from_slice(text);
        padded.extend_from_slice(&[0; 8]);
        let grams = || padded.windows(8).filter_map(<[u8]>::first_chunk).map(|gram| u64::from_le_bytes(*gram));
        let slot = |gram: u64, size: usize| (hash(gram, size) >> (64 - self.slot_bits)) as usize;
        let count = |table: &[u16], slot: usize| table.get(slot).copied().map_or(0, u32::from);
        four.clear();
        six.clear();
        six.extend(grams().take(text.len().saturating_sub(5)).map(|gram| count(&self.six, slot(gram, 6))));
        if short || six.is_empty() {
            four.extend(grams().take(text.len().saturating_sub(2)).map(|gram| count(&self.four, slot(gram, 4))));
        }
    }

    /// How many bytes of input the counts stand for.
    pub(super) fn len(&self) -> f32 {
        self.len as f32
    }
}

impl Counts {
    /// How often the gram of this size at this place of the text stands in the sample.
    #[inline]
    pub(super) fn get(&self, at: usize, size: usize) -> u32 {
        let six = |at: usize| self.six.get(at).copied();
        match size {
            8 => six(at).min(six(at + 2)).unwrap_or(0),
            6 => six(at).unwrap_or(0),
            // A gram of three is counted as if a blank stood behind it where the text ends.
            _ => self.four.get(at).copied().unwrap_or(0),
        }
    }

    /// How often the text itself may stand there: no more often than any of its grams.
    pub(super) fn least(&self) -> u32 {
        self.six.iter().chain(&self.four).copied().min().unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(sample: &[u8], text: &[u8], size: usize) -> u32 {
        let mut counts = Counts::default();
        Sample::new(sample, &Lists::default()).read(text, true, &mut counts);
        counts.get(0, size)
    }

    #[test]
    fn grams_are_counted_without_regard_to_case() {
        let sample = b"ABCDEF abcd abcdefgh abcdef";
        assert_eq!([4, 6, 8].map(|size| count(sample, b"abcdefgh", size)), [4, 3, 1]);
        assert_eq!([3, 4].map(|size| count(sample, b"xyzw", size)), [0, 0]);
        for len in 0..9 {
            assert_eq!(count(&sample[..len], b"abcd", 4), u32::from(len >= 4), "{len}");
            assert_eq!(count(&sample[..len], b"abcdef", 6), u32::from(len >= 6), "{len}");
        }
    }

    #[test]
    fn a_large_sample_tells_more_than_the_texts() {
        let mut texts = Lists::default();
        (0..200).for_each(|number| texts.push(format!("{number} shared").into_bytes()));
        let counted = |sample: &[u8]| {
            let (sample, mut counts) = (Sample::new(sample, &texts), Counts::default());
            sample.read(b"shared", true, &mut counts);
            (counts.get(0, 6), sample.len() as usize)
        };
        let len = texts.items().len();
        let check = |sample: &[u8], count: usize, all: usize| {
            let (counted, len) = counted(sample);
            // Other grams may share the slot.
            assert!((count..count + 9).contains(&(counted as usize)), "{counted}, not {count}");
            assert_eq!(len, sample.len() + all);
        };
        check(b"", 200, RARER * len);
        check(&[b'x'; TELLING - 1], 200, RARER * len);
        check(&[b'x'; 9 * TELLING], 20, RARER * len / 10);
        let times = 9 * TELLING / 12;
        check(&b"a shared one".repeat(times), 20 + times, RARER * len / 10);
    }

    #[test]
    fn behind_the_end_there_are_zeros() {
        let bytes: Vec<u8> = (1..=20).collect();
        for len in 0..=bytes.len() {
            for at in (0..len + 10).chain([usize::MAX - 3, usize::MAX]) {
                let there = bytes[..len].iter().skip(at).chain(&[0; 8]).copied();
                let expected = there.zip(0..8).fold(0, |all, (byte, place)| all | u64::from(byte) << (8 * place));
                assert_eq!(eight(&bytes[..len], at), expected, "{at} of {len}");
            }
        }
    }

    #[test]
    fn what_stands_behind_a_gram_does_not_matter() {
        for size in [3, 4, 6, 8] {
            assert_eq!(hash(eight(b"abcdefgh", 0), size), hash(eight(&b"ABCDEFGH"[..size], 0), size));
        }
    }
}
