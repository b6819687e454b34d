//! A lane for texts whose words stand apart by something else than one blank.
//!
//! A stretch of a text that holds a blank is found by its grams only where exactly one blank (or NUL) stands in the
//! line. Where more or other white space stands, the place itself is looked up: by the two bytes before it and the two
//! behind it.

use std::ops::Range;

use super::entries::{Hit, print};
use super::lines::STAMP_END;
use super::lists::{Lists, Slots};
use super::sample::{SPREAD, eight};
use super::text::plain;

/// So many bytes before and behind a blank tell where it is.
const SIDE: usize = 2;

/// One blank of a text, and what stands around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blank {
    /// The bytes that tell where it is.
    sides: u32,
    /// What follows them wherever the text stands: unknown where it ends, or behind another blank.
    third: Option<u8>,
    joint: Joint,
}

/// What is kept of a blank.
#[derive(Debug, Clone, Copy, Default)]
struct Joint {
    /// Tells the words on both sides from nearly all others.
    print: u32,
    text: u32,
    /// Where in the text the word behind begins.
    offset: u16,
    around: Around,
}

/// How many bits of eight bytes before a gap, and of eight behind, do not belong to the words there, nor to the blanks
/// that end them.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    before: u8,
    behind: u8,
}

impl Around {
    /// Tells what is meant of the bytes.
    #[inline(always)]
    fn print(self, before: u64, behind: u64) -> u32 {
        print(before >> self.before, behind << self.behind)
    }
}

impl Blank {
    /// That at a place of a text.
    pub(super) fn new(text: &[u8], number: u32, at: usize) -> Option<Self> {
        let (before, behind) = (text.get(..at)?, text.get(at + 1..)?);
        let sides = u32::from_le_bytes([
            *before.get(at.checked_sub(SIDE)?)?,
            *before.last()?,
            *behind.first()?,
            *behind.get(1)?,
        ]);
        // Up to the next blank the bytes stand as they are, and then some blank does.
        let unmeant = |to_blank: Option<usize>, all: usize| {
            let meant = to_blank.map_or(all, |word| word + 1).min(8);
            (64 - 8 * meant) as u8
        };
        let is_blank = |&byte: &u8| byte == b' ';
        let around = Around {
            before: unmeant(before.iter().rev().take(8).position(is_blank), before.len()),
            behind: unmeant(behind.iter().take(8).position(is_blank), behind.len()),
        };
        let print = around.print(eight_before(before), eight(behind, 0));
        Some(Self {
            sides,
            third: behind.get(SIDE).copied().filter(|_| behind.get(1) != Some(&b' ')),
            joint: Joint { print, text: number, offset: u16::try_from(at + 1).ok()?, around },
        })
    }
}

/// The last eight bytes, with zeros before the beginning.
fn eight_before(bytes: &[u8]) -> u64 {
    match bytes.last_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => eight(bytes, 0).checked_shl(64 - 8 * bytes.len() as u32).unwrap_or(0),
    }
}

/// Eight bytes in their plain form.
fn plain_eight(bytes: u64) -> u64 {
    u64::from_le_bytes(bytes.to_le_bytes().map(plain))
}

/// The blanks that may stand otherwise.
#[derive(Debug, Clone)]
pub(super) struct Joints {
    /// A filter for the three bytes that stand behind one.
    behind: Vec<u64>,
    /// A filter for the bytes on both sides.
    filter: Vec<u64>,
    /// The blanks by the hash of the bytes on both sides.
    blanks: Slots<Joint>,
}

/// Bits of the index of each filter's words: 8 KiB.
const INDEX_BITS: u32 = 10;

/// Where in a filter the bit of a hash is.
#[inline(always)]
fn place(hash: u64) -> (usize, u64) {
    ((hash >> (64 - INDEX_BITS)) as usize, 1 << ((hash >> 40) & 63))
}

fn add(filter: &mut [u64], hash: u64) {
    let (index, bit) = place(hash);
    if let Some(word) = filter.get_mut(index) {
        *word |= bit;
    }
}

#[inline(always)]
fn knows(filter: &[u64], hash: u64) -> bool {
    let (index, bit) = place(hash);
    filter.get(index).is_some_and(|word| word & bit != 0)
}

fn hash(sides: u32) -> u64 {
    u64::from(sides).wrapping_mul(SPREAD)
}

/// Whether a blank at this place of a text can be looked up. Where `>` follows, `~` is not taken for a gap.
pub(super) fn is_usable(text: &[u8], blank: usize) -> bool {
    blank >= SIDE && blank + SIDE < text.len() && text.get(blank + 1) != Some(&STAMP_END)
}

impl Joints {
    pub(super) fn new(blanks: &[Blank]) -> Self {
        let [mut behind, mut filter] = [(); 2].map(|()| vec![0u64; 1 << INDEX_BITS]);
        for &Blank { sides, third, .. } in blanks {
            let pair = sides >> 16;
            let thirds = third.map_or(0..=u8::MAX, |third| third..=third);
            thirds.for_each(|third| add(&mut behind, hash(pair | u32::from(plain(third)) << 16)));
            add(&mut filter, hash(sides));
        }
        Self { behind, filter, blanks: Slots::new(blanks, |blank| hash(blank.sides), |blank| blank.joint) }
    }

    /// How many blanks there are.
    pub(super) fn len(&self) -> usize {
        self.blanks.len()
    }

    /// Adds the texts that have a blank where white space stands that ends at one of the places.
    pub(super) fn find(&self, raw: &[u8], ends: &[u32], texts: &Lists<u8>, hits: &mut Vec<Hit>) {
        for &end in ends {
            let end = end as usize;
            let Some(&[next, after]) = raw.get(end..end + SIDE) else { continue };
            let pair = u32::from(u16::from_le_bytes([plain(next), plain(after)]));
            let third = raw.get(end + SIDE).map_or(b' ', |&third| plain(third));
            if knows(&self.behind, hash(pair | u32::from(third) << 16)) {
                self.look_up(raw, end, pair, texts, hits);
            }
        }
    }

    #[inline(never)]
    fn look_up(&self, raw: &[u8], end: usize, behind: u32, texts: &Lists<u8>, hits: &mut Vec<Hit>) {
        let Some(before) = raw.get(..end) else { return };
        let Some(last) = before.iter().rposition(|&byte| plain(byte) != b' ') else { return };
        let start = last + 1;
        let Some(&[first, last]) = raw.get(..start).and_then(<[u8]>::last_chunk) else { return };
        let sides = u32::from(u16::from_le_bytes([plain(first), plain(last)])) | behind << 16;
        let hash = hash(sides);
        if knows(&self.filter, hash) {
            self.confirm(hash, raw, start..end, texts, hits);
        }
    }

    /// Adds the texts that stand around white space.
    fn confirm(&self, hash: u64, raw: &[u8], gap: Range<usize>, texts: &Lists<u8>, hits: &mut Vec<Hit>) {
        let blanks = self.blanks.get(hash);
        if blanks.is_empty() {
            return;
        }
        let before = plain_eight(eight_before(raw.get(..gap.start).unwrap_or_default()));
        let behind = plain_eight(eight(raw, gap.end));
        for &Joint { print, text, offset, around } in blanks {
            if around.print(before, behind) == print {
                hits.extend(Hit::find(texts, text, offset, raw, gap.end));
            }
        }
    }
}
