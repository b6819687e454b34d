//! A lane that looks only at every n-th place.
//!
//! A text of `stride + size - 1` bytes or more holds a gram of `size` bytes at a place that the stride divides,
//! wherever it stands. So it is enough to look there, and to know the grams of one stretch of that length in each text.
//! A small Bloom filter rules out nearly all places: two bits of one word, chosen by the hash of the gram.

use std::fmt;

use super::entries::{Entries, Entry, Hit};
use super::sample::{SMALL, SPREAD, eight, first, hash};

/// So many places are looked at before the first branch.
const TOGETHER: usize = 8;

/// How a lane looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// From one place to the next.
    pub(super) stride: usize,
    /// How many bytes a gram has.
    pub(super) size: usize,
}

impl Shape {
    /// How long a stretch of a text must be.
    pub(super) const fn needs(self) -> usize {
        self.stride + self.size - 1
    }
}

/// One lane: its filter and its texts.
#[derive(Debug, Clone)]
pub(super) struct Stride {
    shape: Shape,
    filter: Vec<u64>,
    entries: Entries,
}

/// The filter's sizes, in bits of the index of its words: 4 KiB to 256 KiB.
const SMALLEST: u32 = 9;
const SMALL_ONE: u32 = 11;
const LARGE: u32 = 13;
const LARGEST: u32 = 15;

/// So many bits of the filter for each gram, if there is room.
const BITS_PER_GRAM: usize = 16;

impl Stride {
    pub(super) fn new(shape: Shape, entries: Vec<Entry>) -> Self {
        let entries_by_gram = Entries::new(|gram| hash(gram, shape.size), entries.clone());
        let wanted = entries_by_gram.len() * BITS_PER_GRAM / 64;
        let index_bits = [SMALLEST, SMALL_ONE, LARGE].into_iter().find(|bits| wanted <= 1 << bits).unwrap_or(LARGEST);
        let mut filter = vec![0u64; 1 << index_bits];
        for entry in &entries {
            let hash = hash(entry.gram, shape.size);
            if let Some(word) = filter.get_mut((hash >> (64 - index_bits)) as usize) {
                *word |= 1 << first_bit(hash) | 1 << second_bit(hash);
            }
        }
        Self { shape, filter, entries: entries_by_gram }
    }

    /// Adds the texts that stand in the first `len` bytes. `rest` may go on behind them.
    pub(super) fn find(
        &self,
        rest: &[u8],
        len: usize,
        texts: &[Box<[u8]>],
        places: &mut Vec<u32>,
        hits: &mut Vec<Hit>,
    ) {
        places.clear();
        match self.shape.stride {
            1 => self.probe::<1>(rest, len, places),
            2 => self.probe::<2>(rest, len, places),
            3 => self.probe::<3>(rest, len, places),
            4 => self.probe::<4>(rest, len, places),
            5 => self.probe::<5>(rest, len, places),
            6 => self.probe::<6>(rest, len, places),
            7 => self.probe::<7>(rest, len, places),
            _ => self.probe::<8>(rest, len, places),
        }
        let raw = rest.get(..len).unwrap_or(rest);
        let mask = first(self.shape.size);
        for &at in &*places {
            let gram = eight(rest, at as usize) | SMALL;
            let hash = hash(gram, self.shape.size);
            self.entries.confirm(hash, gram & mask, raw, at as usize, texts, hits);
        }
    }

    /// The size of the filter as a constant lets the compiler see that no index is out of range.
    fn probe<const STRIDE: usize>(&self, rest: &[u8], len: usize, places: &mut Vec<u32>) {
        let size = self.shape.size;
        if let Some(filter) = self.filter.first_chunk::<{ 1 << LARGEST }>() {
            probe::<STRIDE, LARGEST, { 1 << LARGEST }>(filter, size, rest, len, places);
        } else if let Some(filter) = self.filter.first_chunk::<{ 1 << LARGE }>() {
            probe::<STRIDE, LARGE, { 1 << LARGE }>(filter, size, rest, len, places);
        } else if let Some(filter) = self.filter.first_chunk::<{ 1 << SMALL_ONE }>() {
            probe::<STRIDE, SMALL_ONE, { 1 << SMALL_ONE }>(filter, size, rest, len, places);
        } else if let Some(filter) = self.filter.first_chunk::<{ 1 << SMALLEST }>() {
            probe::<STRIDE, SMALLEST, { 1 << SMALLEST }>(filter, size, rest, len, places);
        }
    }
}

impl fmt::Display for Stride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { stride, size } = self.shape;
        write!(f, "{} grams of {size} at every {stride}. place", self.entries.len())
    }
}

fn first_bit(hash: u64) -> u64 {
    (hash >> 43) & 63
}

fn second_bit(hash: u64) -> u64 {
    (hash >> 37) & 63
}

/// 1 if the filter knows the hash.
#[inline(always)]
fn knows<const BITS: u32, const WORDS: usize>(filter: &[u64; WORDS], hash: u64) -> u64 {
    let word = filter[(hash >> (64 - BITS)) as usize];
    (word >> first_bit(hash)) & (word >> second_bit(hash)) & 1
}

/// Collects the places that the filter does not rule out.
#[inline(never)]
fn probe<const STRIDE: usize, const BITS: u32, const WORDS: usize>(
    filter: &[u64; WORDS],
    size: usize,
    rest: &[u8],
    len: usize,
    places: &mut Vec<u32>,
) {
    let spread = SPREAD << (64 - 8 * size);
    let mut at = 0;
    while at < len {
        let Some(group) = rest.get(at..at + (TOGETHER - 1) * STRIDE + 8) else { break };
        let mut known = 0u64;
        for step in 0..TOGETHER {
            let eight = group[step * STRIDE..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk));
            known |= knows::<BITS, WORDS>(filter, (eight | SMALL).wrapping_mul(spread)) << step;
        }
        while known != 0 {
            places.push((at + STRIDE * known.trailing_zeros() as usize) as u32);
            known &= known - 1;
        }
        at += TOGETHER * STRIDE;
    }
    while at < len {
        if knows::<BITS, WORDS>(filter, hash(eight(rest, at), size)) != 0 {
            places.push(at as u32);
        }
        at += STRIDE;
    }
}
