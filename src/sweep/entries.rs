//! From a gram to the texts that hold it.

use super::lists::Lists;
use super::sample::{SMALL, eight};
use super::text::stands_at;

/// One place in a text where one of its grams stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// The gram, in small letters.
    pub(super) gram: u64,
    /// Other bytes of the text, in small letters, which rule out most places where only the gram stands.
    pub(super) check: u64,
    /// Which of the eight bytes there are meant.
    pub(super) mask: u64,
    /// The text.
    pub(super) text: u32,
    /// Where in the text the gram stands.
    pub(super) offset: u16,
    /// From the gram to the other bytes.
    pub(super) to_check: i16,
}

/// Fits no place: a gram is in small letters, and has no byte 0.
const NO_ENTRY: Entry = Entry { gram: 0, check: 0, mask: 0, text: 0, offset: 0, to_check: 0 };

/// A text that stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// A place within the text as it was found.
    pub(super) at: u32,
    /// The text.
    pub(super) text: u32,
}

/// The entries by the hash of their gram.
#[derive(Debug, Clone)]
pub(super) struct Entries {
    shift: u32,
    entries: Lists<Entry>,
}

impl Entries {
    pub(super) fn new(hash: impl Fn(u64) -> u64, entries: &[Entry]) -> Self {
        let bits = (2 * entries.len().max(8)).next_power_of_two().trailing_zeros();
        let shift = 64 - bits;
        let slot = |entry: &Entry| (hash(entry.gram) >> shift) as u32;
        Self { shift, entries: Lists::sorted(1 << bits, entries, slot) }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.entries.items().len()
    }

    /// 1 if a text may stand at the place, and 0 if none does. Nearly all places stand for none; so this takes no
    /// branch that the processor could not foresee, and it reads ahead for many places at once.
    #[inline(always)]
    pub(super) fn may_stand(&self, hash: u64, gram: u64, raw: &[u8], at: usize) -> u64 {
        let entries = self.entries.get((hash >> self.shift) as usize);
        let fits = |number: usize| {
            let entry = entries.get(number).unwrap_or(&NO_ENTRY);
            let check = (eight(raw, at.wrapping_add_signed(isize::from(entry.to_check))) | SMALL) & entry.mask;
            (entry.gram ^ gram) | (entry.check ^ check)
        };
        u64::from(fits(0) == 0) | u64::from(fits(1) == 0) | u64::from(entries.len() > 2)
    }

    /// Keeps the texts that stand at the place; `hash` and `gram` are of the bytes there, `gram` in small letters.
    #[inline]
    pub(super) fn confirm(&self, hash: u64, gram: u64, raw: &[u8], at: usize, texts: &Lists<u8>, hits: &mut Vec<Hit>) {
        for entry in self.entries.get((hash >> self.shift) as usize) {
            if entry.gram != gram {
                continue;
            }
            let Some(check_at) = at.checked_add_signed(isize::from(entry.to_check)) else { continue };
            if (eight(raw, check_at) | SMALL) & entry.mask != entry.check {
                continue;
            }
            if stands_at(texts.get(entry.text as usize), usize::from(entry.offset), raw, at) {
                hits.push(Hit { at: at as u32, text: entry.text });
            }
        }
    }
}
