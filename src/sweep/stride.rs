//! A lane that looks only at every n-th place.
//!
//! A text of `stride + size - 1` bytes or more holds a gram of `size` bytes at a place that the stride divides,
//! wherever it stands. So it is enough to look there, and to know the grams of one stretch of that length in each text.
//! A small Bloom filter rules out nearly all places: one or three bits of one word, chosen by the hash of the gram.

use std::fmt;
use std::ops::Range;

use super::entries::{Entries, Entry, Hit};
use super::lists::Lists;
use super::places::Places;
use super::sample::{SMALL, eight, first, hash, spread};
use super::simd::Vectors;

/// So many places are looked at before the first branch.
pub(super) const TOGETHER: usize = 8;

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
    /// The filter tells of a gram by one bit, not by three.
    one_bit: bool,
    entries: Entries,
}

/// The filter's sizes, in bits of the index of its words: 16 KiB to 256 KiB. The first two fit in the nearest cache.
const SMALLEST: u32 = 11;
const SMALL_ENOUGH: u32 = 12;
const LARGE: u32 = 13;
const LARGEST: u32 = 15;

/// So many bits of the filter for each gram, if there is room.
const BITS_PER_GRAM: usize = 16;

/// So many grams are known by a filter that is read about as fast as from the nearest cache.
pub(super) const NEAR_GRAMS: usize = (64 << LARGE) / BITS_PER_GRAM;

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
                *word |= 1 << first_bit(hash);
                if !one_bit {
                    *word |= 1 << second_bit(hash) | 1 << third_bit(hash);
                }
            }
        }
        Self { shape, filter, one_bit, entries: Entries::new(|gram| hash(gram, shape.size), entries) }
    }

    /// How the lane looks.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The filter.
    pub(super) fn filter(&self) -> &[u64] {
        &self.filter
    }

    /// What the product of eight bytes with is their hash.
    pub(super) fn spread(&self) -> u64 {
        spread(self.shape.size)
    }

    /// By how much a hash is shifted to be the number of one of its bits of the filter: its last six bits are.
    pub(super) fn shifts(&self) -> [u32; 3] {
        if self.one_bit { [FIRST_BIT; 3] } else { [FIRST_BIT, SECOND_BIT, THIRD_BIT] }
    }

    /// Collects the places in the range that the filter does not rule out, and perhaps a few behind it.
    pub(super) fn probe(&self, rest: &[u8], range: Range<usize>, vectors: Option<Vectors>, places: &mut Places) {
        places.clear(range.len() + 8 * TOGETHER);
        match vectors {
            Some(vectors) => vectors.probe(self, rest, range, places),
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
        // A short loop that waits for one table only: so the processor looks ahead over many places.
        places.retain(|at| self.entries.has_slot(look(at).0));
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

/// Where in a hash the numbers of its bits of the filter begin.
const FIRST_BIT: u32 = 43;
const SECOND_BIT: u32 = 37;
const THIRD_BIT: u32 = 31;

fn first_bit(hash: u64) -> u64 {
    (hash >> FIRST_BIT) & 63
}

fn second_bit(hash: u64) -> u64 {
    (hash >> SECOND_BIT) & 63
}

fn third_bit(hash: u64) -> u64 {
    (hash >> THIRD_BIT) & 63
}

/// 1 if the filter knows the hash.
#[inline(always)]
fn knows<const ONE_BIT: bool, const BITS: u32, const WORDS: usize>(filter: &[u64; WORDS], hash: u64) -> u64 {
    let word = filter[(hash >> (64 - BITS)) as usize];
    let first = word >> first_bit(hash);
    if ONE_BIT { first & 1 } else { first & (word >> second_bit(hash)) & (word >> third_bit(hash)) & 1 }
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
    let spread = spread(size);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// All ways collect the same places, with a filter of each size, and none is missed where a gram stands.
    #[test]
    fn a_vector_unit_collects_the_same() {
        let text: Vec<u8> = (0..80_000u32).map(|at| b'a' + (at.wrapping_mul(at) >> 7) as u8 % 26).collect();
        for (count, stride, size) in [(3, 8, 8), (40, 1, 3), (900, 6, 6), (4_000, 3, 4), (25_000, 2, 6), (70_000, 4, 8)]
        {
            let shape = Shape { stride, size };
            let gram = |at: usize| eight(&text, at) & first(size);
            let entries: Vec<Entry> =
                (0..count).map(|at| Entry { gram: gram(at), mask: first(1), ..Entry::default() }).collect();
            let lane = Stride::new(shape, &entries);
            for (rest, from, to) in [(20_000, 5, 16_389), (700, 0, 700), (100, 64, 100), (9, 3, 4), (0, 0, 0)] {
                let collect = |vectors: Option<Vectors>| -> Vec<u32> {
                    let mut places = Places::default();
                    lane.probe(&text[..rest], from..to, vectors, &mut places);
                    // How many are added behind the range is free.
                    places.as_slice().iter().copied().filter(|&at| (at as usize) < to).collect()
                };
                let portable = collect(None);
                for vectors in Vectors::all() {
                    assert_eq!(collect(Some(vectors)), portable, "{shape:?} {vectors:?} {from}..{to} of {rest}");
                }
                let known = (from..to).step_by(stride).filter(|at| at + 8 <= rest.min(count)).map(|at| at as u32);
                assert!(
                    known.clone().all(|at| portable.binary_search(&at).is_ok()),
                    "{shape:?} {from}..{to} of {rest}"
                );
            }
        }
    }
}
