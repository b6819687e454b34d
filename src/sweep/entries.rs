//! From a gram to the texts that hold it.

use super::sample::{SMALL, eight};
use super::text::stands_at;

/// One place in a text where one of its grams stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Where the entries of each hash begin, and one more.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

impl Entries {
    pub(super) fn new(hash: impl Fn(u64) -> u64, mut entries: Vec<Entry>) -> Self {
        let bits = (2 * entries.len().max(8)).next_power_of_two().trailing_zeros();
        let shift = 64 - bits;
        let slot = |entry: &Entry| (hash(entry.gram) >> shift) as usize;
        entries.sort_unstable_by_key(|entry| (slot(entry), *entry));
        entries.dedup();
        let mut starts = vec![0u32; (1 << bits) + 1];
        for entry in &entries {
            if let Some(count) = starts.get_mut(slot(entry) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { shift, starts, entries }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Keeps the texts that stand at the place; `hash` and `gram` are of the bytes there, `gram` in small letters.
    #[inline]
    pub(super) fn confirm(
        &self,
        hash: u64,
        gram: u64,
        raw: &[u8],
        at: usize,
        texts: &[Box<[u8]>],
        hits: &mut Vec<Hit>,
    ) {
        let slot = (hash >> self.shift) as usize;
        let (Some(&from), Some(&to)) = (self.starts.get(slot), self.starts.get(slot + 1)) else { return };
        for entry in self.entries.get(from as usize..to as usize).unwrap_or_default() {
            if entry.gram != gram {
                continue;
            }
            let Some(check_at) = at.checked_add_signed(isize::from(entry.to_check)) else { continue };
            if (eight(raw, check_at) | SMALL) & entry.mask != entry.check {
                continue;
            }
            let Some(text) = texts.get(entry.text as usize) else { continue };
            if stands_at(text, usize::from(entry.offset), raw, at) {
                hits.push(Hit { at: at as u32, text: entry.text });
            }
        }
    }
}
