//! A lane for few texts: a few bytes of each, in all their cases, looked for side by side in vector registers.

use aho_corasick::Span;
use aho_corasick::packed::{Config, Searcher};
use std::collections::BTreeMap;

use super::entries::Hit;
use super::text::stands_at;

/// So many strings at most: what the searcher takes.
pub(super) const MAX_STRINGS: usize = 128;

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

/// In how many ways a piece can be written.
pub(super) fn spellings(piece: &[u8]) -> usize {
    1 << piece.iter().filter(|byte| byte.is_ascii_lowercase()).count().min(16)
}

fn spelled(piece: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for &byte in piece {
        let upper = byte.to_ascii_uppercase();
        let mut more = if upper == byte { Vec::new() } else { all.clone() };
        more.iter_mut().for_each(|text: &mut Vec<u8>| text.push(upper));
        all.iter_mut().for_each(|text| text.push(byte));
        all.append(&mut more);
    }
    all
}

impl Packed {
    /// `None` if the machine has no vector unit that the searcher knows, or the strings are too many. All pieces have
    /// `size` bytes.
    pub(super) fn new(pieces: &[Piece], size: usize, texts: &[Box<[u8]>]) -> Option<Self> {
        let mut strings: BTreeMap<Vec<u8>, Vec<Piece>> = BTreeMap::new();
        for &piece in pieces {
            let text = texts.get(piece.text as usize)?.get(piece.offset..piece.offset + size)?;
            for string in spelled(text) {
                strings.entry(string).or_default().push(piece);
            }
        }
        if strings.len() > MAX_STRINGS {
            return None;
        }
        let mut builder = Config::new().heuristic_pattern_limits(false).builder();
        builder.extend(strings.keys());
        Some(Self { searcher: builder.build()?, pieces: strings.into_values().collect() })
    }

    /// How many strings there are.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Adds the texts that stand in the bytes.
    pub(super) fn find(&self, raw: &[u8], texts: &[Box<[u8]>], hits: &mut Vec<Hit>) {
        let mut span = Span { start: 0, end: raw.len() };
        while let Some(found) = self.searcher.find_in(raw, span) {
            for piece in self.pieces.get(found.pattern().as_usize()).into_iter().flatten() {
                let stands = |text: &Box<[u8]>| stands_at(text, piece.offset, raw, found.start());
                if texts.get(piece.text as usize).is_some_and(stands) {
                    hits.push(Hit { at: found.start() as u32, text: piece.text });
                }
            }
            // All strings are of one length, so no other one begins here.
            span.start = found.start() + 1;
        }
    }
}
