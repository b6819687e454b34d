//! A lane for few texts: up to six bytes of each, looked for at every place, side by side in vector registers.
//!
//! The pieces are put into eight buckets, or sixteen if there are many. For each place in a piece, a table says which
//! buckets have a byte there; both cases of a letter are in it. A place where one bucket is left after all tables is
//! looked up by the hash of its bytes, and what stands beside it is compared. Shorter pieces take any byte behind them; if
//! all are, so many tables are enough.

use std::ops::Range;

use super::entries::Hit;
use super::lists::Lists;
use super::places::Places;
use super::sample::{SMALL, eight, first, hash};
use super::simd::Vectors;
use super::text::{differences, plain};

/// So many pieces at most: with more, too many places are looked at closely.
pub(super) const MAX_STRINGS: usize = 128;

/// So many bytes a piece may have, and which share of all places comes through in vain since it has no more.
pub(super) const PIECE_SIZES: [(usize, f32); 3] = [(PLACES, 0.0), (PIECE_SIZE, 0.000_1), (PIECE_SIZE - 1, 0.001)];

/// So many bytes of a piece are looked for side by side.
pub(super) const PLACES: usize = 6;

/// So many bytes of a piece are looked up by their hash, if all pieces have as many. Of few pieces, they tell enough.
pub(super) const PIECE_SIZE: usize = 4;

/// A bit of a byte each.
const BUCKETS: usize = 8;

/// With more pieces, there are twice as many buckets.
const FEW: usize = 16;

/// How many bytes of a piece are best looked for side by side if there are so many pieces. Where it takes two tables to
/// look up six bits of a byte, four of them at six places are better.
pub(super) fn places_for(pieces: f32, vectors: Option<Vectors>) -> usize {
    let at_once = vectors.is_some_and(Vectors::looks_up_at_once);
    if at_once && pieces <= FEW as f32 { PIECE_SIZE } else { PLACES }
}

/// So many bytes are looked through before the places are looked at: most pieces of input are no longer.
const PART: usize = 32 * 1024;

/// What six bits can tell apart. A digit is the same as a small letter then, but a table of 128 bytes takes twice as long.
const SIXTHS: usize = 64;

/// How often each byte stands in the input, by its lower six bits.
pub(super) type Shares = [f32; SIXTHS];

/// The shares of the bytes of a sample; no byte is taken for one that never comes.
pub(super) fn shares(sample: &[u8]) -> Shares {
    let mut counts = [1u32; SIXTHS];
    for &byte in sample {
        counts[usize::from(byte) % SIXTHS] += 1;
    }
    counts.map(|count| count as f32 / (sample.len() + counts.len()) as f32)
}

/// What eight of the buckets have at the places of a piece.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    /// The buckets that have a byte with these lower six bits.
    pub(super) sixths: [[u8; SIXTHS]; PLACES],
    /// The buckets that have a byte with the lower four of these bits, and with the upper two: at least those of all six.
    pub(super) parts: [[[u8; 16]; 2]; PLACES],
}

impl Tables {
    const NONE: Self = Self { sixths: [[0; SIXTHS]; PLACES], parts: [[[0; 16]; 2]; PLACES] };

    /// Puts a piece into a bucket.
    fn add(&mut self, piece: Piece, bucket: usize) {
        let bit = 1 << bucket;
        for (place, (sixths, [lower, upper])) in self.sixths.iter_mut().zip(&mut self.parts).enumerate() {
            for byte in piece.bytes_at(place).map(|byte| byte % SIXTHS) {
                sixths[byte] |= bit;
                lower[byte & 15] |= bit;
                upper[byte >> 4] |= bit;
            }
        }
    }

    /// How often a byte of a bucket stands at each place once it holds the piece.
    fn sums_with(&self, piece: Piece, bucket: usize, sums: [f32; PLACES], shares: &Shares) -> [f32; PLACES] {
        std::array::from_fn(|place| {
            let is_new = |byte: &usize| self.sixths[place][*byte % SIXTHS] >> bucket & 1 == 0;
            sums[place] + piece.bytes_at(place).filter(is_new).map(|byte| shares[byte % SIXTHS]).sum::<f32>()
        })
    }

    /// The buckets that may have a piece of these bytes.
    fn buckets(&self, bytes: [u8; PLACES]) -> u8 {
        let tables = self.sixths.iter().zip(bytes);
        tables.fold(u8::MAX, |all, (table, byte)| all & table[usize::from(byte) % SIXTHS])
    }
}

/// Up to eight bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Bytes {
    all: u64,
    /// Which of them there are: the others are zero.
    mask: u64,
}

impl Bytes {
    /// No bytes in small letters are these.
    const NOWHERE: Self = Self { all: 0, mask: u64::MAX };

    #[inline(always)]
    fn are(&self, there: u64) -> bool {
        there & self.mask == self.all
    }

    /// Those that two have in common, at the same place.
    fn shared(self, other: Self) -> Self {
        let (differ, both) = ((self.all ^ other.all).to_le_bytes(), (self.mask & other.mask).to_le_bytes());
        let is_shared = |at: usize| if differ[at] == 0 { both[at] } else { 0 };
        let mask = u64::from_le_bytes(std::array::from_fn(is_shared));
        Self { all: self.all & mask, mask }
    }
}

/// A part of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    /// In small letters, with what follows in the same word.
    bytes: Bytes,
    /// How many of them are looked for, at least.
    size: usize,
    beside: Beside,
    text: u32,
    offset: u16,
}

/// What stands beside a piece in its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Beside {
    /// The nearest first.
    bytes: Bytes,
    /// From where the piece begins to the first of eight bytes there.
    to: i8,
}

impl Beside {
    /// The side with more bytes of the text; `piece` is where the piece stands.
    fn new(text: &[u8], piece: Range<usize>) -> Self {
        let (before, behind) = (text.get(..piece.start), text.get(piece.end..));
        let (before, behind) = (before.unwrap_or_default(), behind.unwrap_or_default());
        let mut side = [0; 8];
        let (count, to) = if behind.len().min(8) >= before.len().min(8) {
            side.iter_mut().zip(behind).for_each(|(to, &byte)| *to = byte);
            (behind.len(), piece.len() as i8)
        } else {
            side.iter_mut().zip(before.iter().rev()).for_each(|(to, &byte)| *to = byte);
            (before.len(), -8)
        };
        let mask = if count == 0 { 0 } else { first(count) };
        Self { bytes: Bytes { all: u64::from_le_bytes(side), mask }, to }
    }

    /// Whether the text may go on like that beside a place. Where the first difference is white space, there may be more
    /// or other white space than the one blank of the text, and the rest of the text beyond it.
    #[inline(always)]
    fn may_stand(&self, raw: &[u8], at: usize) -> bool {
        let there = eight(raw, at.wrapping_add_signed(isize::from(self.to)));
        let there = if self.to < 0 { there.swap_bytes() } else { there };
        let differences = differences(self.bytes.all, there) & self.bytes.mask;
        let first = (there >> (differences.trailing_zeros() / 8 % 8 * 8)) as u8;
        (differences == 0) | (plain(first) == b' ')
    }
}

impl Piece {
    pub(super) fn new(text: &[u8], number: u32, offset: usize, size: usize) -> Self {
        let word = text.iter().skip(offset).take(8).take_while(|&&byte| byte != b' ').count();
        let known = word.max(size);
        let mask = first(known);
        let bytes = Bytes { all: (eight(text, offset) | SMALL) & mask, mask };
        let beside = Beside::new(text, offset..offset + known);
        Self { bytes, size, beside, text: number, offset: offset as u16 }
    }

    /// Its first bytes, with any behind them.
    fn cut(&self, places: usize) -> Self {
        Self { bytes: Bytes { mask: self.bytes.mask & first(places), ..self.bytes }, ..*self }
    }

    /// The bytes that the piece may have at a place: both cases of one, or all.
    fn bytes_at(&self, place: usize) -> impl Iterator<Item = usize> + use<> {
        let byte = usize::from(self.bytes.all.to_le_bytes()[place] & 0x7F);
        let is_there = self.bytes.mask.to_le_bytes()[place] != 0;
        let (from, to, step) = if is_there { (byte & !0x20, byte, 0x20) } else { (0, 0x7F, 1) };
        (from..=to).step_by(step)
    }
}

/// The pieces by the hash of their first bytes.
#[derive(Debug, Clone)]
struct Groups {
    /// So many bytes all pieces have.
    size: usize,
    /// The number of a group for each hash; the first one if no piece has it.
    slots: Vec<u32>,
    /// What the pieces of each group have in common.
    common: Vec<Bytes>,
    /// The pieces of each group.
    pieces: Lists<Piece>,
}

/// So many bits of a hash tell pieces apart.
const HASH_BITS: u32 = 11;

impl Groups {
    fn new(pieces: &[Piece]) -> Self {
        let size = pieces.iter().map(|piece| piece.size).min().map_or(PIECE_SIZE, |size| size.min(PIECE_SIZE));
        let mut slots = vec![0; 1 << HASH_BITS];
        let mut common = vec![Bytes::NOWHERE];
        for piece in pieces {
            let number = &mut slots[slot(piece.bytes.all, size)];
            match common.get_mut(*number as usize) {
                Some(common) if *number > 0 => *common = common.shared(piece.bytes),
                _ => {
                    *number = common.len() as u32;
                    common.push(piece.bytes);
                }
            }
        }
        let group = |piece: &Piece| slots[slot(piece.bytes.all, size)];
        let pieces = Lists::sorted(common.len(), pieces, group, |piece| *piece);
        Self { size, slots, common, pieces }
    }

    /// The number of the group of all pieces that may begin with these bytes.
    #[inline(always)]
    fn number(&self, eight: u64) -> usize {
        self.slots.get(slot(eight, self.size)).map_or(0, |&group| group as usize)
    }

    /// Whether these bytes, in small letters, have what the pieces of a group have in common.
    #[inline(always)]
    fn may_be(&self, group: usize, there: u64) -> bool {
        self.common.get(group).is_some_and(|common| common.are(there))
    }
}

/// The lane.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    tables: Vec<Tables>,
    /// At so many places the tables tell something.
    places: usize,
    groups: Groups,
}

impl Packed {
    /// The shares tell which pieces are best put together: those that let few other places through.
    pub(super) fn new(mut pieces: Vec<Piece>, shares: &Shares) -> Self {
        pieces.sort_unstable();
        pieces.dedup();
        let buckets = if pieces.len() <= FEW { BUCKETS } else { 2 * BUCKETS };
        let mut tables = vec![Tables::NONE; buckets / BUCKETS];
        // How often a byte of each bucket stands at each place of a piece.
        let mut sums = vec![[0.0; PLACES]; buckets];
        let places = pieces.iter().map(|piece| piece.size).max().unwrap_or(PLACES);
        for piece in pieces.iter().map(|piece| piece.cut(places)) {
            let with =
                |bucket: usize| tables[bucket / BUCKETS].sums_with(piece, bucket % BUCKETS, sums[bucket], shares);
            let chance = |sums: [f32; PLACES]| sums.into_iter().product::<f32>();
            let cost = |bucket: usize| chance(with(bucket)) - chance(sums[bucket]);
            let costs = (0..buckets).map(|bucket| (cost(bucket), bucket));
            let best = costs.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, bucket)| bucket);
            sums[best] = with(best);
            tables[best / BUCKETS].add(piece, best % BUCKETS);
        }
        Self { tables, places, groups: Groups::new(&pieces) }
    }

    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.groups.pieces.items().len()
    }

    /// The tables of eight buckets each: of the first ones, and of the others if there are more.
    pub(super) fn tables(&self) -> &[Tables] {
        &self.tables
    }

    /// At how many places of a piece the tables tell something.
    pub(super) fn places(&self) -> usize {
        self.places
    }

    /// Adds the texts that stand in the bytes. Returns at how many places a piece may stand.
    pub(super) fn find(
        &self,
        raw: &[u8],
        vectors: Option<Vectors>,
        texts: &Lists<u8>,
        places: &mut Places,
        hits: &mut Vec<Hit>,
    ) -> u64 {
        let mut count = 0;
        for (from, part) in (0..).step_by(PART).zip(raw.chunks(PART)) {
            let rest = raw.get(from..).unwrap_or_default();
            self.collect(rest.get(..part.len() + PLACES - 1).unwrap_or(rest), vectors, places);
            // At most places no piece stands, and beside most of those that do the text does not go on: without a branch for
            // each of them, the processor looks ahead.
            let group = |at: u32| {
                let there = eight(rest, at as usize);
                (self.groups.number(there), there | SMALL)
            };
            places.retain(|at| {
                let (group, there) = group(at);
                u64::from(((at as usize) < part.len()) & self.groups.may_be(group, there))
            });
            count += places.as_slice().len() as u64;
            let pieces = |group: usize| self.groups.pieces.get(group).iter();
            let fits = |piece: &Piece, there: u64, at: u32| {
                piece.bytes.are(there) & piece.beside.may_stand(raw, from + at as usize)
            };
            places.retain(|at| {
                let (group, there) = group(at);
                u64::from(pieces(group).fold(false, |any, piece| any | fits(piece, there, at)))
            });
            for &at in places.as_slice() {
                let (group, there) = group(at);
                for piece in pieces(group).filter(|piece| fits(piece, there, at)) {
                    hits.extend(Hit::find(texts, piece.text, piece.offset, raw, from + at as usize));
                }
            }
        }
        count
    }

    /// Collects the places that the tables do not rule out.
    fn collect(&self, raw: &[u8], vectors: Option<Vectors>, places: &mut Places) {
        places.clear(raw.len());
        match vectors {
            Some(vectors) => vectors.find(self, raw, places),
            None => (0..raw.len()).for_each(|at| places.push_if(at as u32, self.may_stand(raw, at))),
        }
    }

    /// 1 if some bucket is left at the place, and 0 if none is.
    #[inline]
    pub(super) fn may_stand(&self, raw: &[u8], at: usize) -> u64 {
        // Behind the end there is no byte that any piece has, but those behind a short one may be any.
        let bytes = std::array::from_fn(|place| raw.get(at + place).copied().unwrap_or(0));
        u64::from(self.tables.iter().any(|tables| tables.buckets(bytes) != 0))
    }
}

/// A number for the first bytes.
#[inline(always)]
fn slot(eight: u64, size: usize) -> usize {
    (hash(eight, size) >> (64 - HASH_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All ways find the same places, and no piece is missed, at the end of the bytes either.
    #[test]
    fn a_vector_unit_finds_the_same() {
        let text = b"one two abc 12[x three not a single letter of what comes behind here";
        for (count, longest) in [(1, 3), (3, 4), (3, 6), (8, 4), (8, 6), (19, 4), (19, 6), (60, 6)] {
            let sized = |at: usize| [3, 4, 6][(at / 2).min(2)].min(longest);
            let pieces: Vec<Piece> =
                (0..count).map(|at| Piece::new(text, at as u32, at, sized(at).min(text.len() - at))).collect();
            let packed = Packed::new(pieces.clone(), &shares(if count % 2 == 0 { b"" } else { text }));
            assert_eq!((packed.len(), packed.places()), (count, (0..count).map(sized).max().unwrap_or(0)));
            let mut raw = b"12[x".to_vec();
            for step in 0..200usize {
                let from = step * 7 % text.len();
                raw.extend(text[from..text.len().min(from + step % 9)].iter().map(|byte| byte.to_ascii_uppercase()));
                raw.extend([b' ', 0xE1][..1 + step % 2].iter());
                let collect = |vectors: Option<Vectors>| {
                    let mut places = Places::default();
                    packed.collect(&raw, vectors, &mut places);
                    places.as_slice().to_vec()
                };
                let portable = collect(None);
                for vectors in Vectors::all() {
                    assert_eq!(portable, collect(Some(vectors)), "{vectors:?}");
                }
                for at in 0..raw.len() {
                    let stands = |piece: &Piece| piece.bytes.are(eight(&raw, at) | SMALL);
                    let is_found = portable.contains(&(at as u32));
                    assert!(is_found || !pieces.iter().any(stands), "{at} of {raw:?}");
                }
            }
        }
    }

    #[test]
    fn what_stands_beside_rules_out_all_but_other_white_space() {
        let text = b"disk is full now";
        for (piece, raw, at, expected) in [
            (0..4, "disk is full", 0, true),
            (0..4, "DISK\tis", 0, true),
            (0..4, "disk  is", 0, true),
            (0..4, "disk isn't", 0, false),
            (0..4, "disks is", 0, false),
            (0..4, "disk", 0, true),
            (8..12, "disk is full", 8, true),
            (8..12, "a disk  is full", 11, true),
            (8..12, "disk as full", 8, false),
            (8..12, "is full", 3, true),
            (13..16, "it is full now", 11, true),
            (13..16, "it is dull now", 11, false),
            // Too near to where the bytes begin.
            (13..16, "dull now", 5, true),
        ] {
            let beside = Beside::new(text, piece);
            assert_eq!(beside.may_stand(raw.as_bytes(), at), expected, "{raw:?} at {at}");
        }
        assert!(Beside::new(b"disk", 0..4).may_stand(b"disks", 0));
    }

    /// Long bytes are looked through part by part: a text is found wherever it stands among them.
    #[test]
    fn a_text_may_stand_where_parts_meet() {
        let mut texts = Lists::default();
        texts.push(*b"needle");
        let packed = Packed::new(vec![Piece::new(b"needle", 0, 1, 4)], &shares(b""));
        for at in (PART - 9..PART + 9).chain(2 * PART - 9..2 * PART) {
            let mut raw = vec![b'x'; 2 * PART + 3];
            let place = raw.get_mut(at..at + 6);
            place.into_iter().for_each(|place| place.copy_from_slice(b"Needle"));
            for vectors in [None].into_iter().chain(Vectors::all().map(Some)) {
                let (mut places, mut hits) = (Places::default(), Vec::new());
                packed.find(&raw, vectors, &texts, &mut places, &mut hits);
                let found = (at + 6 <= raw.len()).then_some(Hit { start: at as u32, end: at as u32 + 6, text: 0 });
                assert_eq!(hits, found.into_iter().collect::<Vec<_>>(), "{at} {vectors:?}");
            }
        }
    }
}
