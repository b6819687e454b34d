//! From a gram to the texts that hold it.

use std::ops::Range;

use super::lists::{Lists, Slots};
use super::sample::{SMALL, SPREAD, eight};
use super::text::extent;

/// One place in a text where one of its grams stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// The gram, in small letters.
    pub(super) gram: u64,
    /// Other bytes of the text, in small letters, which rule out most places where only the gram stands.
    pub(super) check: u64,
    /// Which of the eight bytes there are meant: the first one, or more.
    pub(super) mask: u64,
    /// The text.
    pub(super) text: u32,
    /// Where in the text the gram stands.
    pub(super) offset: u16,
    /// From the gram to the other bytes.
    pub(super) to_check: i16,
}

/// What is kept of an entry: the less, the more of them stay in a near cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Kept {
    /// Tells the gram and the other bytes from nearly all others.
    print: u32,
    text: u32,
    offset: u16,
    to_check: i16,
    /// How many bits of the eight other bytes are not meant.
    beyond: u8,
}

impl Kept {
    fn new(entry: &Entry) -> Self {
        let Entry { gram, check, mask, text, offset, to_check } = *entry;
        let beyond = mask.leading_zeros() as u8;
        Self { print: print(gram, check << beyond), text, offset, to_check, beyond }
    }

    /// Whether the bytes around a place look like those of the entry.
    #[inline(always)]
    fn fits(&self, gram: u64, raw: &[u8], at: usize) -> bool {
        let check = eight(raw, at.wrapping_add_signed(isize::from(self.to_check))) | SMALL;
        self.print == print(gram, check << self.beyond)
    }
}

/// Stands for no entry: it nearly never fits.
const NONE: Kept = Kept { print: 0, text: 0, offset: 0, to_check: 0, beyond: 0 };

/// As [`SPREAD`], but another number, so that bytes that change places change the sum.
const OTHER_SPREAD: u64 = 0xC2B2_AE3D_27D4_EB4F;

/// Of a gram and other bytes, or of the bytes on both sides of a gap. In the sum of two products the upper bits depend on
/// all of them.
#[inline(always)]
pub(super) fn print(gram: u64, check: u64) -> u32 {
    (gram.wrapping_mul(SPREAD).wrapping_add(check.wrapping_mul(OTHER_SPREAD)) >> 32) as u32
}

/// A text that stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// Where it begins.
    pub(super) start: u32,
    /// And ends.
    pub(super) end: u32,
    /// The text.
    pub(super) text: u32,
}

impl Hit {
    /// The text of this number if its byte `offset` is the raw byte `at`.
    #[inline]
    pub(super) fn find(texts: &Lists<u8>, text: u32, offset: u16, raw: &[u8], at: usize) -> Option<Self> {
        let Range { start, end } = extent(texts.get(text as usize), offset.into(), raw, at)?;
        Some(Self { start: start as u32, end: end as u32, text })
    }
}

/// The entries by the hash of their gram.
#[derive(Debug, Clone)]
pub(super) struct Entries(Slots<Kept>);

impl Entries {
    pub(super) fn new(hash: impl Fn(u64) -> u64, entries: &[Entry]) -> Self {
        Self(Slots::new(entries, |entry| hash(entry.gram), Kept::new))
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// 1 if there is an entry in the slot of the hash, and 0 if there is none.
    #[inline(always)]
    pub(super) fn has_slot(&self, hash: u64) -> u64 {
        u64::from(!self.0.get(hash).is_empty())
    }

    /// 1 if a text may stand at the place, and 0 if none does. Nearly all places stand for none; so this takes no
    /// branch that the processor could not foresee, and it reads ahead for many places at once.
    #[inline(always)]
    pub(super) fn may_stand(&self, hash: u64, gram: u64, raw: &[u8], at: usize) -> u64 {
        let entries = self.0.get(hash);
        let fits = |number: usize| u64::from(entries.get(number).unwrap_or(&NONE).fits(gram, raw, at));
        fits(0) | fits(1) | u64::from(entries.len() > 2)
    }

    /// Keeps the texts that stand at the place; `hash` and `gram` are of the bytes there, `gram` in small letters.
    #[inline]
    pub(super) fn confirm(&self, hash: u64, gram: u64, raw: &[u8], at: usize, texts: &Lists<u8>, hits: &mut Vec<Hit>) {
        for entry in self.0.get(hash) {
            if entry.fits(gram, raw, at) {
                hits.extend(Hit::find(texts, entry.text, entry.offset, raw, at));
            }
        }
    }
}
