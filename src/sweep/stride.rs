//! A lane that looks only at every n-th place.
//!
//! A text of `stride + size - 1` bytes or more holds a gram of `size` bytes at a place that the stride divides,
//! wherever it stands. So it is enough to look there, and to know the grams of one stretch of that length in each text.
//! A small Bloom filter rules out nearly all places: one or two bits of one word, chosen by the hash of the gram.

use std::fmt;
use std::ops::Range;

use super::entries::{Entries, Entry, Hit};
use super::lists::Lists;
use super::places::Places;
use super::sample::{SMALL, SPREAD, eight, first, hash};
use super::simd::Avx2;

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
    /// The filter tells of a gram by one bit, not by two.
    one_bit: bool,
    entries: Entries,
}

/// The filter's sizes, in bits of the index of its words: 16 KiB to 256 KiB. The first two fit in the nearest cache.
const SMALLEST: u32 = 11;
const SMALL_ENOUGH: u32 = 12;
const LARGE: u32 = 13;
const LARGEST: u32 = 15;

/// So many bits of the filter for each gram, if there is room.
const BITS_PER_GRAM: usize = 12;

/// So many grams are known by a filter that fits in the nearest cache.
pub(super) const NEAR_GRAMS: usize = (64 << SMALL_ENOUGH) / BITS_PER_GRAM;

/// With so many, one bit is enough to tell of a gram.
const MANY_BITS: usize = 160;

impl Stride {
    pub(super) fn new(shape: Shape, entries: &[Entry]) -> Self {
        let wanted = entries.len() * BITS_PER_GRAM / 64;
        let index_bits =
            [SMALLEST, SMALL_ENOUGH, LARGE].into_iter().find(|bits| wanted <= 1 << bits).unwrap_or(LARGEST);
        let one_bit = entries.len() * MANY_BITS <= 64 << SMALLEST;
        let mut filter = vec![0u64; 1 << index_bits];
        for entry in entries {
            let hash = hash(entry.gram, shape.size);
            if let Some(word) = filter.get_mut((hash >> (64 - index_bits)) as usize) {
                let second = if one_bit { first_bit(hash) } else { second_bit(hash) };
                *word |= 1 << first_bit(hash) | 1 << second;
            }
        }
        Self { shape, filter, one_bit, entries: Entries::new(|gram| hash(gram, shape.size), entries) }
    }

    /// Collects the places in the range that the filter does not rule out, and perhaps a few behind it.
    pub(super) fn probe(&self, rest: &[u8], range: Range<usize>, avx2: Option<Avx2>, places: &mut Places) {
        places.clear(range.len() + 8 * TOGETHER);
        match avx2 {
            Some(avx2) => avx2.probe(self, rest, range, places),
            None => self.probe_inline(rest, range, places),
        }
    }

    /// Adds the texts that stand at the places.
    pub(super) fn confirm(&self, rest: &[u8], raw: &[u8], places: &mut Places, texts: &Lists<u8>, hits: &mut Vec<Hit>) {
        let mask = first(self.shape.size);
        let look = |at: u32| {
            let gram = eight(rest, at as usize) | SMALL;
            (hash(gram, self.shape.size), gram & mask)
        };
        places.retain(|at| {
            let (hash, gram) = look(at);
            self.entries.may_stand(hash, gram, raw, at as usize)
        });
        for &at in places.as_slice() {
            let (hash, gram) = look(at);
            self.entries.confirm(hash, gram, raw, at as usize, texts, hits);
        }
    }

    /// The size of the filter as a constant lets the compiler see that no index is out of range.
    #[inline(always)]
    pub(super) fn probe_inline(&self, rest: &[u8], range: Range<usize>, places: &mut Places) {
        if let Some(filter) = self.filter.first_chunk() {
            self.probe_in::<false, LARGEST, { 1 << LARGEST }>(filter, rest, range, places);
        } else if let Some(filter) = self.filter.first_chunk() {
            self.probe_in::<false, LARGE, { 1 << LARGE }>(filter, rest, range, places);
        } else if let Some(filter) = self.filter.first_chunk() {
            self.probe_in::<false, SMALL_ENOUGH, { 1 << SMALL_ENOUGH }>(filter, rest, range, places);
        } else if let Some(filter) = self.filter.first_chunk().filter(|_| self.one_bit) {
            self.probe_in::<true, SMALLEST, { 1 << SMALLEST }>(filter, rest, range, places);
        } else if let Some(filter) = self.filter.first_chunk() {
            self.probe_in::<false, SMALLEST, { 1 << SMALLEST }>(filter, rest, range, places);
        }
    }

    /// So is the stride.
    #[inline(always)]
    fn probe_in<const ONE_BIT: bool, const BITS: u32, const WORDS: usize>(
        &self,
        filter: &[u64; WORDS],
        rest: &[u8],
        range: Range<usize>,
        places: &mut Places,
    ) {
        let size = self.shape.size;
        match self.shape.stride {
            1 => probe::<1, ONE_BIT, BITS, WORDS>(filter, size, rest, range, places),
            2 => probe::<2, ONE_BIT, BITS, WORDS>(filter, size, rest, range, places),
            3 => probe::<3, ONE_BIT, BITS, WORDS>(filter, size, rest, range, places),
            4 => probe::<4, ONE_BIT, BITS, WORDS>(filter, size, rest, range, places),
            6 => probe::<6, ONE_BIT, BITS, WORDS>(filter, size, rest, range, places),
            _ => probe::<8, ONE_BIT, BITS, WORDS>(filter, size, rest, range, places),
        }
    }
}

impl fmt::Display for Stride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { stride, size } = self.shape;
        let grams = self.entries.len();
        write!(f, "{grams} grams of {size} at every {stride}. place")
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
fn knows<const ONE_BIT: bool, const BITS: u32, const WORDS: usize>(filter: &[u64; WORDS], hash: u64) -> u64 {
    let word = filter[(hash >> (64 - BITS)) as usize];
    let first = word >> first_bit(hash);
    if ONE_BIT { first & 1 } else { first & (word >> second_bit(hash)) & 1 }
}

/// Collects the places that the filter does not rule out.
#[inline(always)]
fn probe<const STRIDE: usize, const ONE_BIT: bool, const BITS: u32, const WORDS: usize>(
    filter: &[u64; WORDS],
    size: usize,
    rest: &[u8],
    range: Range<usize>,
    places: &mut Places,
) {
    let spread = SPREAD << (64 - 8 * size);
    let mut at = range.start;
    while at < range.end {
        let Some(group) = rest.get(at..at + (TOGETHER - 1) * STRIDE + 8) else { break };
        let mut known = 0u64;
        for step in 0..TOGETHER {
            let eight = group[step * STRIDE..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk));
            known |= knows::<ONE_BIT, BITS, WORDS>(filter, (eight | SMALL).wrapping_mul(spread)) << step;
        }
        while known != 0 {
            places.push_if((at + STRIDE * known.trailing_zeros() as usize) as u32, 1);
            known &= known - 1;
        }
        at += TOGETHER * STRIDE;
    }
    while at < range.end {
        places.push_if(at as u32, knows::<ONE_BIT, BITS, WORDS>(filter, hash(eight(rest, at), size)));
        at += STRIDE;
    }
}
