//! A lane for texts whose words stand apart by something else than one blank.
//!
//! A stretch of a text that holds a blank is found by its grams only where exactly one blank (or NUL) stands in the
//! line. Where more or other white space stands, the place itself is looked up: by the two bytes before it and the two
//! behind it.

use super::entries::{Entries, Entry, Hit};
use super::lines::STAMP_END;
use super::lists::Lists;
use super::sample::{SMALL, SPREAD, eight, first};
use super::text::plain;

/// So many bytes before and behind a blank tell where it is.
const SIDE: usize = 2;

/// The blanks that may stand otherwise.
#[derive(Debug, Clone)]
pub(super) struct Joints {
    /// A bit for each pair of bytes that stands behind one.
    behind: Vec<u64>,
    /// A filter for the bytes on both sides.
    filter: Vec<u64>,
    entries: Entries,
}

/// Bits of the index of the filter's words: 8 KiB.
const INDEX_BITS: u32 = 10;

fn hash(gram: u64) -> u64 {
    gram.wrapping_mul(SPREAD)
}

/// Whether a blank at this place of a text can be looked up. Where `>` follows, `~` is not taken for a gap.
pub(super) fn is_usable(text: &[u8], blank: usize) -> bool {
    blank >= SIDE && blank + SIDE < text.len() && text.get(blank + 1) != Some(&STAMP_END)
}

/// The entry of a blank of a text.
pub(super) fn entry(text: &[u8], number: u32, blank: usize) -> Option<Entry> {
    let before = text.get(blank.checked_sub(SIDE)?..blank)?;
    let after = text.get(blank + 1..)?;
    let sides = u32::from_le_bytes([before[0], before[1], *after.first()?, *after.get(1)?]);
    // Up to the next blank the bytes stand as they are.
    let word = after.iter().take(8).take_while(|&&byte| byte != b' ').count();
    let mask = first(word);
    Some(Entry {
        gram: u64::from(sides),
        check: (eight(after, 0) | SMALL) & mask,
        mask,
        text: number,
        offset: u16::try_from(blank + 1).ok()?,
        to_check: 0,
    })
}

impl Joints {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut behind = vec![0u64; 1 << 10];
        let mut filter = vec![0u64; 1 << INDEX_BITS];
        for entry in entries {
            let pair = (entry.gram >> 16) as usize & 0xFFFF;
            if let Some(word) = behind.get_mut(pair / 64) {
                *word |= 1 << (pair % 64);
            }
            let hash = hash(entry.gram);
            if let Some(word) = filter.get_mut((hash >> (64 - INDEX_BITS)) as usize) {
                *word |= 1 << ((hash >> 40) & 63);
            }
        }
        Self { behind, filter, entries: Entries::new(hash, entries) }
    }

    /// How many blanks there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds the texts that have a blank where white space stands that ends at one of the places.
    pub(super) fn find(&self, raw: &[u8], ends: &[u32], texts: &Lists<u8>, hits: &mut Vec<Hit>) {
        for &end in ends {
            let end = end as usize;
            let Some(&[next, after]) = raw.get(end..end + SIDE) else { continue };
            let pair = usize::from(u16::from_le_bytes([plain(next), plain(after)]));
            if self.behind.get(pair / 64).is_some_and(|word| word >> (pair % 64) & 1 != 0) {
                self.look_up(raw, end, pair as u64, texts, hits);
            }
        }
    }

    #[inline(never)]
    fn look_up(&self, raw: &[u8], end: usize, behind: u64, texts: &Lists<u8>, hits: &mut Vec<Hit>) {
        let Some(before) = raw.get(..end) else { return };
        let Some(last) = before.iter().rposition(|&byte| plain(byte) != b' ') else { return };
        let Some(&[first, last]) = last.checked_sub(1).and_then(|first| raw.get(first..first + SIDE)) else { return };
        let sides = u64::from(u16::from_le_bytes([plain(first), plain(last)])) | behind << 16;
        let hash = hash(sides);
        let word = self.filter.get((hash >> (64 - INDEX_BITS)) as usize).copied().unwrap_or(0);
        if word >> ((hash >> 40) & 63) & 1 != 0 {
            self.entries.confirm(hash, sides, raw, end, texts, hits);
        }
    }
}
