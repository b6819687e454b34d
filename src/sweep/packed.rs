//! A lane for few texts: a few bytes of each, looked for side by side in vector registers.
//!
//! The searcher tells large from small letters, so the bytes are made small before.

use aho_corasick::Span;
use aho_corasick::packed::{MatchKind, Searcher};
use std::collections::BTreeMap;

use super::entries::Hit;
use super::text::stands_at;

/// So many strings at most: with more, the searcher stops too often for nothing.
pub(super) const MAX_STRINGS: usize = 32;

/// What makes a letter small.
const SMALL_BIT: u8 = 0x20;

/// Where a piece of a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) text: u32,
    pub(super) offset: usize,
}

/// The lane.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    searcher: Searcher,
    /// The pieces that each string stands for.
    pieces: Vec<Vec<Piece>>,
}

/// Writes the bytes in small letters.
pub(super) fn make_small(raw: &[u8], small: &mut Vec<u8>) {
    small.clear();
    small.extend(raw.iter().map(|byte| byte | SMALL_BIT));
}

impl Packed {
    /// `None` if the machine has no vector unit that the searcher knows, or the strings are too many. All pieces have
    /// `size` bytes.
    pub(super) fn new(pieces: &[Piece], size: usize, texts: &[Box<[u8]>]) -> Option<Self> {
        let mut strings: BTreeMap<Vec<u8>, Vec<Piece>> = BTreeMap::new();
        for &piece in pieces {
            let text = texts.get(piece.text as usize)?.get(piece.offset..piece.offset + size)?;
            let small = text.iter().map(|byte| byte | SMALL_BIT).collect();
            strings.entry(small).or_default().push(piece);
        }
        let mut builder = aho_corasick::packed::Config::new().match_kind(MatchKind::LeftmostFirst).builder();
        builder.extend(strings.keys());
        Some(Self { searcher: builder.build()?, pieces: strings.into_values().collect() })
    }

    /// How many strings there are.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Adds the texts that stand in the bytes, which are also given in small letters.
    pub(super) fn find(&self, raw: &[u8], small: &[u8], texts: &[Box<[u8]>], hits: &mut Vec<Hit>) {
        let mut span = Span { start: 0, end: small.len() };
        while let Some(found) = self.searcher.find_in(small, span) {
            for piece in self.pieces.get(found.pattern().as_usize()).into_iter().flatten() {
                let Some(text) = texts.get(piece.text as usize) else { continue };
                if stands_at(text, piece.offset, raw, found.start()) {
                    hits.push(Hit { at: found.start() as u32, text: piece.text });
                }
            }
            // All strings are of one length, so no other one begins here.
            span.start = found.start() + 1;
        }
    }
}
