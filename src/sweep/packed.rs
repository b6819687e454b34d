//! A lane for few texts: four bytes of each, looked for at every place, side by side in vector registers.
//!
//! The pieces are put into a few buckets. For each of the four places in a piece, two tables say which buckets have a
//! byte there with this lower or this upper half; both cases of a letter are in them. A place where one bucket is left
//! after all tables is looked at more closely. Pieces of three bytes take any fourth one.

use super::entries::Hit;
use super::lists::Lists;
use super::sample::{SMALL, eight, first};
use super::simd::Vectors;
use super::text::stands_at;

/// So many pieces at most: with more, too many places are looked at closely.
pub(super) const MAX_STRINGS: usize = 64;

/// So many bytes a piece may have.
pub(super) const PIECE_SIZE: usize = 4;

/// A bit of a byte each.
const BUCKETS: usize = 8;

/// The buckets that have a byte with these halves at one place of a piece.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Masks {
    pub(super) low: [u8; 16],
    pub(super) high: [u8; 16],
}

/// A place where a piece may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) at: u32,
    /// A bit for each bucket that the piece may be in.
    pub(super) buckets: u8,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    /// In small letters.
    pub(super) gram: u64,
    /// Which bytes of the gram there are.
    pub(super) mask: u64,
    pub(super) text: u32,
    pub(super) offset: u16,
}

impl Piece {
    pub(super) fn new(text: &[u8], number: u32, offset: usize, size: usize) -> Self {
        let mask = first(size.min(PIECE_SIZE));
        Self { gram: (eight(text, offset) | SMALL) & mask, mask, text: number, offset: offset as u16 }
    }
}

/// The lane.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    masks: [Masks; PIECE_SIZE],
    /// The same for whole bytes. No piece has one beyond ASCII, so of those the upper bit does not count.
    tables: [[u8; 128]; PIECE_SIZE],
    buckets: [Vec<Piece>; BUCKETS],
}

impl Packed {
    pub(super) fn new(mut pieces: Vec<Piece>) -> Self {
        pieces.sort_unstable();
        pieces.dedup();
        let mut new = Self { masks: Default::default(), tables: [[0; 128]; PIECE_SIZE], buckets: Default::default() };
        for piece in pieces {
            let cost = |&bucket: &usize| new.cost(piece, bucket);
            let costs = (0..BUCKETS).map(|bucket| (cost(&bucket), bucket));
            let best = costs.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, bucket)| bucket);
            new.put(piece, best);
        }
        new.tables = new.masks.map(|masks| whole(&masks));
        new
    }

    /// How much more often a bucket is left over once it holds the piece.
    fn cost(&self, piece: Piece, bucket: usize) -> f32 {
        let share = |masks: &[Masks; PIECE_SIZE]| {
            let count = |halves: &[u8; 16]| halves.iter().filter(|half| *half >> bucket & 1 != 0).count() as f32;
            masks.iter().map(|masks| count(&masks.low) * count(&masks.high) / 256.0).product::<f32>()
        };
        let mut masks = self.masks;
        add(&mut masks, piece, bucket);
        share(&masks) - share(&self.masks)
    }

    fn put(&mut self, piece: Piece, bucket: usize) {
        add(&mut self.masks, piece, bucket);
        self.buckets[bucket].push(piece);
    }

    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.buckets.iter().map(Vec::len).sum()
    }

    /// The tables.
    pub(super) fn masks(&self) -> [Masks; PIECE_SIZE] {
        self.masks
    }

    /// The tables for whole bytes.
    pub(super) fn tables(&self) -> [[u8; 128]; PIECE_SIZE] {
        self.tables
    }

    /// Adds the texts that stand in the bytes.
    pub(super) fn find(
        &self,
        raw: &[u8],
        vectors: Option<Vectors>,
        texts: &Lists<u8>,
        found: &mut Vec<Found>,
        hits: &mut Vec<Hit>,
    ) {
        found.clear();
        match vectors {
            Some(vectors) => vectors.find(self, raw, found),
            None => self.find_portably(raw, found),
        }
        for &Found { at, buckets } in &*found {
            let gram = eight(raw, at as usize) | SMALL;
            for bucket in (0..BUCKETS).filter(|bucket| buckets >> bucket & 1 != 0) {
                for piece in self.buckets[bucket].iter().filter(|piece| gram & piece.mask == piece.gram) {
                    if stands_at(texts.get(piece.text as usize), usize::from(piece.offset), raw, at as usize) {
                        hits.push(Hit { at, text: piece.text });
                    }
                }
            }
        }
    }

    fn find_portably(&self, raw: &[u8], found: &mut Vec<Found>) {
        let tables = &self.tables;
        for at in 0..raw.len() {
            // Behind the end there is no byte that any piece has, but for a fourth one of three.
            let bytes = std::array::from_fn(|place| raw.get(at + place).map_or(0, |&byte| usize::from(byte & 0x7F)));
            let [a, b, c, d]: [usize; PIECE_SIZE] = bytes;
            let buckets = tables[0][a] & tables[1][b] & tables[2][c] & tables[3][d];
            if buckets != 0 {
                found.push(Found { at: at as u32, buckets });
            }
        }
    }
}

/// The buckets for each byte.
fn whole(masks: &Masks) -> [u8; 128] {
    std::array::from_fn(|byte| masks.low[byte & 15] & masks.high[byte >> 4])
}

fn add(masks: &mut [Masks; PIECE_SIZE], piece: Piece, bucket: usize) {
    let bytes = piece.gram.to_le_bytes().into_iter().zip(piece.mask.to_le_bytes());
    for (masks, (byte, known)) in masks.iter_mut().zip(bytes) {
        // Bytes count as equal that differ in this bit only.
        for byte in (0..=u8::MAX).filter(|&other| known == 0 || other | 0x20 == byte) {
            masks.low[usize::from(byte & 15)] |= 1 << bucket;
            masks.high[usize::from(byte >> 4)] |= 1 << bucket;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All ways find the same places, and no piece is missed, at the end of the bytes either.
    #[test]
    fn a_vector_unit_finds_the_same() {
        let text = b"one two abc 12[x three";
        for count in [1, 3, 8, 19] {
            let sized = |at: usize| if at < 5 { 3 } else { 4 };
            let pieces: Vec<Piece> =
                (0..count).map(|at| Piece::new(text, at as u32, at, sized(at).min(text.len() - at))).collect();
            let packed = Packed::new(pieces.clone());
            assert_eq!(packed.len(), count);
            let mut raw = b"12[x".to_vec();
            for step in 0..200usize {
                let from = step * 7 % text.len();
                raw.extend(text[from..text.len().min(from + step % 9)].iter().map(|byte| byte.to_ascii_uppercase()));
                raw.extend([b' ', 0xE1][..1 + step % 2].iter());
                let mut portable = Vec::new();
                packed.find_portably(&raw, &mut portable);
                for vectors in Vectors::all() {
                    let mut fast = Vec::new();
                    vectors.find(&packed, &raw, &mut fast);
                    assert_eq!(portable, fast, "{vectors:?}");
                }
                for at in 0..raw.len() {
                    let stands = |piece: &Piece| (eight(&raw, at) | SMALL) & piece.mask == piece.gram;
                    let is_found = portable.iter().any(|found| found.at as usize == at);
                    assert!(is_found || !pieces.iter().any(stands), "{at} of {raw:?}");
                }
            }
        }
    }
}
