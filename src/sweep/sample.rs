//! How often short runs of bytes (grams) stand in a sample of the input.
//!
//! The counts are estimates: grams that share a slot share a count. They decide where a text is looked for, never
//! whether it is found.

/// How many bytes a gram may have.
pub(super) const GRAM_SIZES: [usize; 4] = [3, 4, 6, 8];

const SLOT_BITS: u32 = 18;

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
    (eight | SMALL).wrapping_mul(SPREAD << (64 - 8 * size))
}

/// The counts.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    counts: Vec<Vec<u16>>,
    /// How many bytes were counted.
    len: usize,
}

impl Sample {
    /// Counts the grams of a sample. The texts themselves are counted too, once each: what many of them share is
    /// frequent in the input, as a rule.
    pub(super) fn new<'t>(bytes: &[u8], texts: impl Iterator<Item = &'t [u8]>) -> Self {
        let mut sample = Self { counts: vec![vec![0; 1 << SLOT_BITS]; GRAM_SIZES.len()], len: bytes.len() };
        sample.count(bytes);
        for text in texts {
            sample.count(text);
            sample.len += text.len();
        }
        sample.len = sample.len.max(1);
        sample
    }

    fn count(&mut self, bytes: &[u8]) {
        for (counts, size) in self.counts.iter_mut().zip(GRAM_SIZES) {
            for at in 0..bytes.len().saturating_sub(size - 1) {
                if let Some(count) = counts.get_mut(slot(eight(bytes, at), size)) {
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    /// How often a gram of this size stands in a byte of input.
    pub(super) fn frequency(&self, eight: u64, size: usize) -> f32 {
        let counts = GRAM_SIZES.iter().position(|&known| known == size).and_then(|at| self.counts.get(at));
        let count = counts.and_then(|counts| counts.get(slot(eight, size))).copied().unwrap_or(0);
        f32::from(count) / self.len as f32
    }
}

fn slot(eight: u64, size: usize) -> usize {
    (hash(eight, size) >> (64 - SLOT_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_are_counted_without_regard_to_case() {
        let sample = Sample::new(b"ABCD abcd abcd", std::iter::empty());
        assert_eq!(sample.frequency(eight(b"abcd", 0), 4) * 14.0, 3.0);
        assert_eq!(sample.frequency(eight(b"ABC", 0), 3) * 14.0, 3.0);
        assert_eq!(sample.frequency(eight(b"xyzw", 0), 4), 0.0);
    }

    #[test]
    fn what_stands_behind_a_gram_does_not_matter() {
        for size in GRAM_SIZES {
            assert_eq!(hash(eight(b"abcdefgh", 0), size), hash(eight(&b"ABCDEFGH"[..size], 0), size));
        }
    }
}
