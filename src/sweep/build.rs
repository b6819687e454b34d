//! Makes a sweep: the lanes that were chosen, and what each of them has to know.

use std::cmp::Ordering;
use std::ops::Range;

use super::choose::{Choice, Home, Input, Lanes, SHAPES, choose, is_cut};
use super::entries::Entry;
use super::joint::{Blank, Joints};
use super::lines::{Seen, Survey, Watch};
use super::lists::Lists;
use super::packed::{Packed, Piece, Shares, shares};
use super::parts::{ANY_GAP, Order};
use super::required::Required;
use super::sample::{SMALL, Sample, eight, first};
use super::simd::Vectors;
use super::stride::Stride;
use super::{Need, NeedPlace, PIECE, Sweep, text};

/// How many gaps are expected in a byte of an input of which there is no sample.
const GAPS: f32 = 0.01;

/// So many bytes tell which places of a text are looked at closely.
const CHECKED: usize = 8;

impl Sweep {
    /// Chooses how to look for the patterns in an input of which this is a sample. An empty sample will do.
    #[must_use]
    pub fn new(required: &Required, sample: &[u8]) -> Self {
        Self::with_lanes(required, sample, None)
    }

    /// As [`Sweep::new`], with lanes that were chosen otherwise.
    pub(super) fn with_lanes(required: &Required, bytes: &[u8], lanes: Option<Lanes>) -> Self {
        Self::chosen(required, &choice(required, bytes, lanes), &shares(bytes))
    }

    /// The choice of [`Sweep::new`] without a sample, to be kept: [`Sweep::by_choice`] is quicker.
    #[must_use]
    pub fn choice(required: &Required) -> Choice {
        choice(required, &[], None)
    }

    /// A sweep by a choice that was kept, if it fits.
    #[must_use]
    pub fn by_choice(required: &Required, kept: &Choice) -> Option<Self> {
        kept.fits(required).then(|| Self::chosen(required, kept, &shares(&[])))
    }

    fn chosen(required: &Required, Choice { primary, homes }: &Choice, shares: &Shares) -> Self {
        let mut owners = Vec::new();
        let mut needs = Lists::default();
        let mut primaries = Vec::with_capacity(primary.len());
        let mut rarest = vec![0; required.texts.len()];
        for (pattern, primary) in primary.iter().enumerate() {
            let number = pattern as u32;
            let Some(primary) = *primary else {
                primaries.push(0);
                needs.push([]);
                continue;
            };
            primaries.push(primary as u32);
            owners.extend(required.sets.get(primary).iter().map(|&text| (text, number)));
            let others = required.sets_of(pattern).filter(|&set| set != primary);
            for &text in others.clone().flat_map(|set| required.sets.get(set)) {
                if let Some(rarest) = rarest.get_mut(text as usize) {
                    *rarest = text::rarest(required.texts.get(text as usize)) as u16;
                }
            }
            let own = required.order(primary);
            needs.push(others.map(|set| Need { set: set as u32, place: place(own, required.order(set)) }));
        }
        let mut sweep = Self {
            texts: required.texts.clone(),
            sets: required.sets.clone(),
            owners: Lists::sorted(required.texts.len(), &owners, |&(text, _)| text, |&owner| owner),
            primary: primaries,
            needs,
            rarest,
            slow: required.slow().map(|pattern| pattern as u32).collect(),
            strides: Vec::new(),
            packed: None,
            joints: None,
            vectors: Vectors::detect(),
        };
        sweep.place(homes, shares);
        sweep
    }

    /// Puts each text that is looked for into its lane.
    fn place(&mut self, homes: &[Option<Home>], shares: &Shares) {
        let mut grams = [0; SHAPES.len()];
        for home in homes {
            if let Some(Home::Lane { lane, .. }) = *home {
                grams[lane] += SHAPES[lane].stride;
            }
        }
        let mut lanes: [Vec<Entry>; SHAPES.len()] = grams.map(Vec::with_capacity);
        let mut joints = Vec::new();
        let mut pieces = Vec::new();
        for (number, (text, home)) in self.texts.iter().zip(homes).enumerate() {
            let number = number as u32;
            match *home {
                None => {}
                Some(Home::Packed { at, size }) => {
                    pieces.push(Piece::new(text, number, at, size));
                    joints.extend(blanks(text, number, at..at + size));
                }
                Some(Home::Lane { lane, at }) => {
                    let stretch = at..at + SHAPES[lane].needs();
                    let around = around(text, &stretch);
                    let check = best_check(&around, &stretch);
                    add_entries(text, number, lane, at, &check, &mut lanes[lane]);
                    let hull = stretch.start.min(check.start)..stretch.end.max(check.end);
                    joints.extend(blanks(text, number, hull));
                }
            }
        }
        let used = lanes.iter().zip(SHAPES).filter(|(entries, _)| !entries.is_empty());
        self.strides = used.map(|(entries, shape)| Stride::new(shape, entries)).collect();
        self.packed = (!pieces.is_empty()).then(|| Packed::new(pieces, shares));
        self.joints = (!joints.is_empty()).then(|| Joints::new(&joints));
    }
}

/// How the patterns are looked for in an input of which this is a sample.
fn choice(required: &Required, bytes: &[u8], lanes: Option<Lanes>) -> Choice {
    let sample = Sample::new(bytes, &required.texts);
    let vectors = Vectors::detect();
    let input = Input { sample: &sample, gaps: gaps_in(bytes, vectors), vectors };
    choose(required, input, lanes)
}

/// Where a set stands, as seen from another of the same pattern.
fn place(own: Order, other: Order) -> NeedPlace {
    // Between others something stands that may be long.
    let follows = |before: Order, behind: Order| u16::from(before.number) + 1 == u16::from(behind.number);
    let gap = |before: Order, behind: Order| if follows(before, behind) { behind.gap } else { ANY_GAP };
    match own.number.cmp(&other.number) {
        _ if own.number == 0 || other.number == 0 => NeedPlace::Anywhere,
        Ordering::Less => NeedPlace::Behind(gap(own, other)),
        Ordering::Equal => NeedPlace::Anywhere,
        Ordering::Greater => NeedPlace::Before(gap(other, own)),
    }
}

/// How many gaps there are in a byte.
fn gaps_in(sample: &[u8], vectors: Option<Vectors>) -> f32 {
    if sample.is_empty() {
        return GAPS;
    }
    let (mut survey, mut seen, mut gaps) = (Survey::default(), Seen::default(), 0);
    let watch = Watch { gaps: true, ends: false };
    for part in sample.chunks(PIECE) {
        seen.clear(watch, part.len());
        survey.look(part, 0, watch, &mut seen, vectors);
        gaps += seen.gaps.as_slice().len();
    }
    gaps as f32 / sample.len() as f32
}

/// The blanks in a part of a text.
fn blanks(text: &[u8], number: u32, part: Range<usize>) -> impl Iterator<Item = Blank> {
    let blanks = part.filter(|&at| text.get(at) == Some(&b' '));
    blanks.filter_map(move |at| Blank::new(text, number, at))
}

/// Adds the entries of the grams of a stretch of a text.
fn add_entries(text: &[u8], number: u32, lane: usize, at: usize, check: &Range<usize>, entries: &mut Vec<Entry>) {
    let shape = SHAPES[lane];
    let mask = first(check.len());
    let check_bytes = (eight(text, check.start) | SMALL) & mask;
    entries.extend((at..at + shape.stride).map(|offset| Entry {
        gram: (eight(text, offset) | SMALL) & first(shape.size),
        check: check_bytes,
        mask,
        text: number,
        offset: offset as u16,
        to_check: check.start as i16 - offset as i16,
    }));
}

/// What around a stretch stands as it is wherever the stretch does: up to the next blanks; of a stretch that holds some, up to
/// those that cannot be looked up.
fn around(text: &[u8], stretch: &Range<usize>) -> Range<usize> {
    let across = stretch.clone().any(|at| text.get(at) == Some(&b' '));
    let is_cut = |&at: &usize| is_cut(text, at, across);
    let start = (0..stretch.start).rev().find(is_cut).map_or(0, |cut| cut + 1);
    start..(stretch.end..text.len()).find(is_cut).unwrap_or(text.len())
}

/// The bytes around a stretch that tell most besides it.
fn best_check(around: &Range<usize>, stretch: &Range<usize>) -> Range<usize> {
    if around.len() <= CHECKED {
        return around.clone();
    }
    let overlap = |at: usize| stretch.end.min(at + CHECKED).saturating_sub(stretch.start.max(at));
    let (first, last) = (around.start, around.end - CHECKED);
    // Away from the stretch on either side they tell more and more.
    let at = if overlap(first) <= overlap(last) { first } else { last.min(stretch.end) };
    at..at + CHECKED
}
