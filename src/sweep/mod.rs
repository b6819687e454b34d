//! Finds the lines that a pattern may match, for many patterns at once, in one pass over raw bytes.
//!
//! A [`Sweep`] is a filter. It gives out every line that a pattern can match, and few others; whoever asks confirms them
//! with the pattern itself. It never loses a line: each pattern is reduced to texts that stand in everything it matches
//! (`required`), and a line is given out if it holds one text of every list, compared in a form that takes more for
//! equal than any regex does (`text`). Patterns without such a text are [`Sweep::slow`].
//!
//! The texts are looked for in a few lanes. A lane with a stride looks at every n-th place only (`stride`); another looks
//! at the places where the words of a line stand apart by more than one blank (`joint`); few texts are looked for in
//! vector registers (`packed`). Which lanes there are, and which piece of which text is looked for in which, is chosen by
//! expected cost, from a sample of the input (`choose`). The choice changes the time, and never loses a line.
//!
//! Lines end with LF, CR or CRLF. Bytes are UTF-8, or any encoding that writes ASCII, and only ASCII, as ASCII bytes
//! beside each other; GB18030 and UTF-16 must be turned into UTF-8 before.

mod build;
mod choose;
mod entries;
mod joint;
mod lines;
mod lists;
mod packed;
mod parts;
mod places;
mod required;
mod sample;
mod simd;
mod stride;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;
use std::ops::Range;

use entries::Hit;
use joint::Joints;
use lines::{Seen, Survey, Watch, count_line_ends, line_around, line_start_from};
use lists::Lists;
use packed::Packed;
use parts::ANY_GAP;
use places::Places;
use simd::Vectors;
use stride::Stride;
use text::Cut;

pub use choose::Choice;
pub use required::{Required, has_text};

/// So many bytes are looked at by all lanes in turn: they stay in the nearest cache.
const PIECE: usize = 16 * 1024;

/// A pattern, matched without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern<'a> {
    /// A text; a blank stands for any run of white space.
    Literal(&'a str),
    /// A regular expression in the syntax of the `regex` crate.
    Regex(&'a str),
}

/// A line that a pattern may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate {
    /// The line's number within the block, from 0.
    pub line: u64,
    /// Where it begins in the block.
    pub start: usize,
    /// Where it ends, without its line end.
    pub end: usize,
    /// The pattern, by its number.
    pub pattern: u32,
}

/// The patterns, ready to be looked for in one bundle.
#[derive(Debug, Clone)]
pub struct Sweep {
    texts: Lists<u8>,
    /// The texts of each set.
    sets: Lists<u32>,
    /// The patterns that are looked for by each text.
    owners: Lists<(u32, u32)>,
    /// For each pattern, the set that it is looked for by.
    primary: Vec<u32>,
    /// The other sets of each pattern.
    needs: Lists<Need>,
    /// Where each text of these is best looked for in a line.
    rarest: Vec<u16>,
    slow: Vec<u32>,
    strides: Vec<Stride>,
    packed: Option<Packed>,
    joints: Option<Joints>,
    vectors: Option<Vectors>,
}

/// A set that must stand on the line, too.
#[derive(Debug, Clone, Copy)]
struct Need {
    set: u32,
    place: NeedPlace,
}

/// Where, as seen from the set that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NeedPlace {
    Anywhere,
    /// Behind it, with no more than so many letters between.
    Behind(u16),
    Before(u16),
}

/// With more texts found on a line, nobody asks where they stand: for each of them that takes longer than a pattern that is
/// tried in vain, and a line may be made of them.
const MANY: usize = 8;

/// How often a scan did what costs time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Places that the filters of the lanes let through.
    pub places: u64,
    /// Places where words stand apart by something else than one blank.
    pub gaps: u64,
    /// Texts that stood there.
    pub texts: u64,
    /// Lines and patterns that were given out.
    pub candidates: u64,
}

/// What a scan writes on; one for each thread, kept from block to block.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    tally: Tally,
    places: Places,
    seen: Seen,
    /// The line ends of the piece.
    line_ends: Vec<u32>,
    hits: Vec<Hit>,
    patterns: Vec<u32>,
    /// For each text, the last line where it was looked for, and whether it stands there.
    known: Vec<(u64, bool)>,
    line: u64,
    unfolded: Vec<u8>,
    cuts: Vec<Cut>,
    flat: Vec<u8>,
}

impl Scratch {
    /// What the scans that wrote on it did.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }
}

impl Sweep {
    /// The patterns that no text stands for: every line may match them.
    #[must_use]
    pub fn slow(&self) -> &[u32] {
        &self.slow
    }

    /// Of which bytes, in small letters, the texts have a word that is nothing but that byte again and again: the texts that
    /// are looked for, and those that must stand on the line too. All texts are gone through.
    #[must_use]
    pub fn words_of_one_byte(&self) -> BTreeSet<u8> {
        let words = self.texts.iter().flat_map(|text| text.split(|&byte| byte == b' '));
        words.filter_map(|word| word.first().copied().filter(|first| word.iter().all(|byte| byte == first))).collect()
    }

    /// The lanes that were chosen and how many grams each knows, for whoever wonders where the time goes.
    #[must_use]
    pub fn lanes(&self) -> String {
        let mut lanes: Vec<String> = self.strides.iter().map(ToString::to_string).collect();
        lanes.extend(self.joints.as_ref().map(|joints| format!("{} joints", joints.len())));
        lanes.extend(self.packed.iter().map(|packed| format!("{} strings side by side", packed.len())));
        lanes.join(", ")
    }

    /// Tells of each line of the block that a pattern may match, in the order of the lines, and of the patterns on a line.
    /// The block begins where a line begins, and ends where one ends or the input does; CRLF is not cut in two. No line
    /// is longer than 4 GiB. Returns how many line ends it holds.
    pub fn scan(&self, block: &[u8], scratch: &mut Scratch, found: &mut dyn FnMut(Candidate)) -> u64 {
        self.scan_pieces(block, None, scratch, found)
    }

    /// The same, and adds where each line end ends: where the next line begins, if there is one. Blocks are below 4 GiB.
    pub fn scan_with_ends(
        &self,
        block: &[u8],
        ends: &mut Vec<u32>,
        scratch: &mut Scratch,
        found: &mut dyn FnMut(Candidate),
    ) -> u64 {
        self.scan_pieces(block, Some(ends), scratch, found)
    }

    fn scan_pieces(
        &self,
        block: &[u8],
        mut ends: Option<&mut Vec<u32>>,
        scratch: &mut Scratch,
        found: &mut dyn FnMut(Candidate),
    ) -> u64 {
        scratch.known.resize(self.texts.len(), (0, false));
        let watch = Watch { gaps: self.joints.is_some(), ends: ends.is_some() };
        let (mut from, mut line) = (0, 0);
        while let Some(rest) = block.get(from..).filter(|rest| !rest.is_empty()) {
            let len = line_start_from(rest, PIECE.min(rest.len()));
            scratch.line_ends.clear();
            let survey = self.look(rest, len, watch, scratch);
            if let Some(ends) = &mut ends {
                // A place is that of an LF, or right behind a CR.
                let behind = |&at: &u32| from as u32 + at + u32::from(rest.get(at as usize) == Some(&b'\n'));
                ends.extend(scratch.line_ends.iter().map(behind));
                ends.extend((survey.last[1] == b'\r').then_some((from + len) as u32));
            }
            let piece = rest.get(..len).unwrap_or(rest);
            let place = Place { piece, from, line };
            scratch.cuts.clear();
            if !survey.is_ascii && text::has_folded(piece) {
                self.unfolded(&place, scratch, found);
            } else {
                self.tell(&place, scratch, found);
            }
            line += survey.line_ends();
            from += len;
        }
        line
    }

    /// The patterns that may match a text, in order, each once, but for those that are [`Sweep::slow`]. Line ends within
    /// the text are white space like any other.
    pub fn scan_text(&self, text: &[u8], scratch: &mut Scratch, found: &mut Vec<u32>) {
        scratch.known.resize(self.texts.len(), (0, false));
        let mut flat = std::mem::take(&mut scratch.flat);
        if !text.is_ascii() && text::has_folded(text) {
            text::unfold(text, &mut scratch.unfolded, &mut scratch.cuts);
            text::flatten(&scratch.unfolded, &mut flat);
        } else {
            text::flatten(text, &mut flat);
        }
        scratch.hits.clear();
        // Only single blanks are left, so there is no gap to look for.
        self.look_at_strides(&flat, flat.len(), 0..flat.len(), scratch);
        self.look_for_few(&flat, scratch);
        let hits = std::mem::take(&mut scratch.hits);
        self.patterns(&hits, &flat, 0, scratch, found);
        scratch.hits = hits;
        scratch.flat = flat;
    }

    /// Looks through a piece in which letters beyond ASCII stand for ASCII ones.
    fn unfolded(&self, place: &Place<'_>, scratch: &mut Scratch, found: &mut dyn FnMut(Candidate)) {
        let mut unfolded = std::mem::take(&mut scratch.unfolded);
        text::unfold(place.piece, &mut unfolded, &mut scratch.cuts);
        self.look(&unfolded, unfolded.len(), Watch { ends: false, gaps: self.joints.is_some() }, scratch);
        self.tell(&Place { piece: &unfolded, ..*place }, scratch, found);
        scratch.unfolded = unfolded;
    }

    /// Finds the texts in the first bytes.
    fn look(&self, rest: &[u8], len: usize, watch: Watch, scratch: &mut Scratch) -> Survey {
        let piece = rest.get(..len).unwrap_or(rest);
        scratch.hits.clear();
        let mut survey = Survey::default();
        // Long lines are looked at part by part.
        let step = if len <= 2 * PIECE { len.max(1) } else { PIECE };
        for (from, part) in (0..).step_by(step).zip(piece.chunks(step)) {
            let Scratch { seen, line_ends, hits, tally, .. } = &mut *scratch;
            seen.clear(watch, part.len());
            survey.look(part, from as u32, watch, seen, self.vectors);
            if let Some(joints) = &self.joints {
                tally.gaps += seen.gaps.as_slice().len() as u64;
                joints.find(piece, seen.gaps.as_slice(), &self.texts, hits);
            }
            line_ends.extend_from_slice(if watch.ends { seen.ends.as_slice() } else { &[] });
            self.look_at_strides(rest, len, from..from + part.len(), scratch);
        }
        self.look_for_few(piece, scratch);
        scratch.tally.texts += scratch.hits.len() as u64;
        survey
    }

    /// Adds the texts of the lanes that look at few places only, in a part of the first bytes.
    fn look_at_strides(&self, rest: &[u8], len: usize, part: Range<usize>, scratch: &mut Scratch) {
        let piece = rest.get(..len).unwrap_or(rest);
        for stride in &self.strides {
            stride.probe(rest, part.clone(), self.vectors, &mut scratch.places);
            scratch.tally.places += scratch.places.as_slice().len() as u64;
            stride.confirm(rest, piece, &mut scratch.places, &self.texts, &mut scratch.hits);
        }
    }

    /// Adds the texts of the lane for few.
    fn look_for_few(&self, piece: &[u8], scratch: &mut Scratch) {
        if let Some(packed) = &self.packed {
            let Scratch { places, hits, tally, .. } = &mut *scratch;
            tally.places += packed.find(piece, self.vectors, &self.texts, places, hits);
        }
    }

    /// Tells of the lines of a piece that hold all that one of their patterns requires.
    fn tell(&self, place: &Place<'_>, scratch: &mut Scratch, found: &mut dyn FnMut(Candidate)) {
        let mut hits = std::mem::take(&mut scratch.hits);
        let mut patterns = std::mem::take(&mut scratch.patterns);
        hits.sort_unstable();
        let mut counted = (0, place.line);
        let mut rest = hits.as_slice();
        while let Some(&Hit { start, .. }) = rest.first() {
            let line = line_around(place.piece, start as usize);
            let bytes = place.piece.get(line.clone()).unwrap_or_default();
            let (here, behind) =
                rest.split_at(rest.iter().position(|hit| hit.start as usize >= line.end).unwrap_or(rest.len()).max(1));
            rest = behind;
            self.patterns(here, bytes, line.start, scratch, &mut patterns);
            for &pattern in &patterns {
                let before = place.piece.get(counted.0..line.start).unwrap_or_default();
                counted = (line.start, counted.1 + count_line_ends(before));
                let (start, end) = (place.of(line.start, &scratch.cuts), place.of(line.end, &scratch.cuts));
                found(Candidate { line: counted.1, start, end, pattern });
            }
        }
        scratch.hits = hits;
        scratch.patterns = patterns;
    }

    /// The patterns that may match a line, after the texts that were found on it: in order, each once. `from` is where the
    /// line begins in what the places of the texts are counted in.
    fn patterns(&self, hits: &[Hit], line: &[u8], from: usize, scratch: &mut Scratch, found: &mut Vec<u32>) {
        scratch.line += 1;
        found.clear();
        for hit in hits {
            if self.is_news(hit.text, scratch) {
                found.extend(self.owners.get(hit.text as usize).iter().map(|&(_, pattern)| pattern));
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|&pattern| self.has_all(pattern, hits, line, from, scratch));
        scratch.tally.candidates += found.len() as u64;
    }

    /// Notes that a text stands on the line; false if that was known.
    fn is_news(&self, text: u32, scratch: &mut Scratch) -> bool {
        let Some(known) = scratch.known.get_mut(text as usize) else { return false };
        let news = *known != (scratch.line, true);
        *known = (scratch.line, true);
        news
    }

    /// Whether one text of each other set of the pattern stands on the line, and where it must.
    fn has_all(&self, pattern: u32, hits: &[Hit], line: &[u8], from: usize, scratch: &mut Scratch) -> bool {
        let own = self.primary.get(pattern as usize).map_or(&[][..], |&set| self.sets.get(set as usize));
        // Where the texts stand that were found.
        let extent = |hit: &Hit| hit.start as usize - from..hit.end as usize - from;
        let own = || hits.iter().filter(|hit| own.contains(&hit.text)).map(extent);
        self.needs.get(pattern as usize).iter().all(|need| {
            let mut texts = self.sets.get(need.set as usize).iter();
            let others = texts.clone();
            let stands =
                |places: Range<usize>, find| others.clone().any(|&text| self.stands(text, line, places.clone(), find));
            match if hits.len() > MANY { NeedPlace::Anywhere } else { need.place } {
                NeedPlace::Anywhere => texts.any(|&text| self.has(text, line, scratch)),
                NeedPlace::Behind(ANY_GAP) => {
                    let first = own().map(|own| own.end).min();
                    first.is_some_and(|end| stands(end..line.len(), text::begins_within))
                }
                NeedPlace::Behind(gap) => own().any(|own| stands(near_behind(line, own.end, gap), text::begins_within)),
                NeedPlace::Before(ANY_GAP) => {
                    let last = own().map(|own| own.start).max();
                    last.is_some_and(|start| stands(0..start + 1, text::ends_within))
                }
                NeedPlace::Before(gap) => own().any(|own| stands(near_before(line, own.start, gap), text::ends_within)),
            }
        })
    }

    fn stands(&self, number: u32, line: &[u8], places: Range<usize>, find: text::Within) -> bool {
        let (text, Some(&rarest)) = (self.texts.get(number as usize), self.rarest.get(number as usize)) else {
            return false;
        };
        find(text, rarest.into(), line, places, self.vectors)
    }

    fn has(&self, number: u32, line: &[u8], scratch: &mut Scratch) -> bool {
        let at = number as usize;
        let (Some(&rarest), Some(known)) = (self.rarest.get(at), scratch.known.get_mut(at)) else { return false };
        if known.0 != scratch.line {
            *known = (scratch.line, text::stands_in(self.texts.get(at), usize::from(rarest), line, self.vectors));
        }
        known.1
    }
}

/// Where a text may begin that stands behind a place with no more than so many letters between.
fn near_behind(line: &[u8], place: usize, letters: u16) -> Range<usize> {
    place..place + text::reach(line.get(place..), letters.into()) + 1
}

/// Where a text may end that stands so before it.
fn near_before(line: &[u8], place: usize, letters: u16) -> Range<usize> {
    let before = line.get(..place).map(|before| &before[before.len().saturating_sub(letters.into())..]);
    place.saturating_sub(text::reach(before, letters.into()))..place + 1
}

/// A piece of a block.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    piece: &'a [u8],
    /// Where it begins in the block.
    from: usize,
    /// The number of its first line.
    line: u64,
}

impl Place<'_> {
    /// The place in the block of a place in the piece, from which bytes may have been cut.
    fn of(&self, at: usize, cuts: &[Cut]) -> usize {
        let before = cuts.partition_point(|&(cut, _)| cut <= at);
        let missing = before.checked_sub(1).and_then(|last| cuts.get(last)).map_or(0, |&(_, missing)| missing);
        self.from + at + missing
    }
}
