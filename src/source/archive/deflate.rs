//! Raw deflate (RFC 1951), unpacked as it comes in.
//!
//! Bundles are archives of logs, and most of the time that reading one takes goes into unpacking. So what a code stands
//! for is looked up whole, eight packed bytes are loaded together, and 32 bytes of what is repeated are copied together.
//! What is refused, and what comes out before it, is the same as with zlib. Of the crates, those that unpack a stream took
//! a quarter to a third longer over such logs, and what is quicker holds the whole content or is written in C.

use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::LazyLock;

/// A repetition reaches no further back.
const HISTORY: usize = 32 * 1024;
/// So much is unpacked before it must be taken.
const FRESH: usize = 64 * 1024;
/// So many bytes of a repetition are copied together.
const COPIED: usize = 32;
/// So many letters are unpacked before packed bytes are loaded again.
const TOGETHER: usize = 3;
/// What one turn may write.
const SLACK: usize = TOGETHER + 258 + COPIED;
const SPACE: usize = HISTORY + FRESH + SLACK;

/// Why nothing more is unpacked for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// The packed bytes are used up, and the stream goes on.
    Hungry,
    /// What is unpacked must be taken first.
    Full,
    /// The stream has ended.
    Ended,
    /// What is packed makes no sense.
    Corrupt,
}

/// A stream that is being unpacked.
pub(super) struct Deflate {
    /// What was unpacked: the last of it is what nobody has taken yet.
    out: Box<[u8; SPACE]>,
    taken: usize,
    at: usize,
    bits: Bits,
    stage: Stage,
    is_last_block: bool,
    /// The lengths of the codes of a block: of letters, and of distances behind them.
    lengths: [u8; MOST_LETTERS + MOST_DISTANCES],
    length_codes: Codes<LENGTH_BITS>,
    letter_codes: Codes<LETTER_BITS>,
    distance_codes: Codes<DISTANCE_BITS>,
}

/// What comes next in the packed bytes.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Block,
    /// How many bytes are stored.
    StoredLength,
    /// So many stored bytes.
    Stored(usize),
    /// How many codes there are.
    Counts,
    /// The lengths of the codes that lengths are stated with: so many are known, of those that are stated.
    LengthLengths {
        known: usize,
        of: usize,
        counts: Counts,
    },
    /// The lengths of the codes.
    Lengths {
        known: usize,
        counts: Counts,
    },
    Symbols,
    Ended,
    Corrupt,
}

/// How many codes a block states the lengths of.
#[derive(Debug, Clone, Copy)]
struct Counts {
    letters: usize,
    distances: usize,
}

/// The packed bits that are loaded, the first one lowest. Those beyond the count are none, or those that come next.
#[derive(Debug, Clone, Copy, Default)]
struct Bits {
    held: u64,
    count: u32,
}

impl Bits {
    /// Loads as many whole bytes as there is room for, of eight; returns how many.
    #[inline(always)]
    fn load(&mut self, eight: [u8; 8]) -> usize {
        self.held |= u64::from_le_bytes(eight) << self.count;
        let bytes = (u64::BITS - 1 - self.count) / 8;
        self.count += 8 * bytes;
        bytes as usize
    }

    #[inline(always)]
    fn first(self, count: u32) -> usize {
        (self.held & ((1 << count) - 1)) as usize
    }

    #[inline(always)]
    fn pass(&mut self, count: u32) {
        self.held >>= count;
        self.count -= count;
    }
}

/// Packed bytes, and how many of them are used up.
struct Packed<'a> {
    bytes: &'a [u8],
    used: usize,
}

impl Packed<'_> {
    /// Whether so many bits are loaded, after loading what is there.
    fn has(&mut self, bits: &mut Bits, count: u32) -> bool {
        while bits.count < count {
            let Some(&byte) = self.bytes.get(self.used) else { return false };
            bits.held |= u64::from(byte) << bits.count;
            bits.count += 8;
            self.used += 1;
        }
        true
    }

    /// Gives back whole bytes that were loaded and not needed. Those of earlier packed bytes are never among them: they
    /// were used up since they did not suffice.
    fn give_back(&mut self, bits: &mut Bits) {
        self.used -= (bits.count / 8) as usize;
        bits.count %= 8;
        bits.held = bits.first(bits.count) as u64;
    }
}

/// So many letters, lengths of repetitions among them, and distances have a code where none are stated.
const LETTERS: usize = 288;
const DISTANCES: usize = 32;
/// So many may have one where they are stated, and mean something.
const MOST_LETTERS: usize = 286;
const MOST_DISTANCES: usize = 30;
/// The letter that ends a block.
const END: usize = 256;

/// In which order the lengths of the codes are stated that lengths are stated with.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// So many bits of a code are looked up at once.
const LETTER_BITS: u32 = 11;
const DISTANCE_BITS: u32 = 8;
const LENGTH_BITS: u32 = 7;
const LONGEST_CODE: usize = 15;
/// So many bits a repetition takes at most: the codes of its length and its distance, and what follows each.
const LONGEST_REPETITION: u32 = 15 + 5 + 15 + 13;

/// What a code stands for. From the lowest bit on: eight bits for how many bits it takes with those that follow the code,
/// four for how many the code has, four marks, and what it means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Entry(u32);

impl Entry {
    /// A letter, which is the meaning.
    const LETTER: u32 = 1 << 31;
    /// Neither a letter nor a repetition, but the end of the block, the place of a table for longer codes, or nothing.
    const RARE: u32 = 1 << 15;
    const END: u32 = 1 << 14;
    const TABLE: u32 = 1 << 13;
    const NOTHING: Self = Self(Self::RARE);

    fn new(meaning: usize, bits: u32) -> Self {
        Self((meaning as u32) << 16 | bits)
    }

    /// What a letter, or the length of a repetition, stands for.
    fn letter(number: usize) -> Self {
        match number {
            0..END => Self(Self::LETTER | Self::new(number, 0).0),
            END => Self(Self::RARE | Self::END),
            257..285 => Self::of_range(number - 257, 4, 3),
            285 => Self::new(258, 0),
            _ => Self::NOTHING,
        }
    }

    fn distance(number: usize) -> Self {
        if number < MOST_DISTANCES { Self::of_range(number, 2, 1) } else { Self::NOTHING }
    }

    /// Numbers from `least` on, whose ranges double behind every `step` of them, but for the first two.
    fn of_range(number: usize, step: usize, least: usize) -> Self {
        let extra = (number / step).saturating_sub(1);
        let base = if number < step { number } else { (step + number % step) << extra };
        Self::new(least + base, extra as u32)
    }

    /// What the length of a code stands for: itself, or how often one is repeated.
    fn length(number: usize) -> Self {
        Self::new(number, [2, 3, 7].into_iter().nth(number.wrapping_sub(16)).unwrap_or(0))
    }

    /// With so many bits of a code.
    fn of_code(self, bits: u32) -> Self {
        Self(self.0 + (bits << 8 | bits))
    }

    #[inline(always)]
    fn is(self, mark: u32) -> bool {
        self.0 & mark != 0
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        self.0 & 0x3F
    }

    #[inline(always)]
    fn meaning(self) -> usize {
        (self.0 >> 16 & 0x7FFF) as usize
    }

    /// What the bits tell that follow the code.
    #[inline(always)]
    fn extra(self, bits: Bits) -> usize {
        bits.first(self.bits()) >> (self.0 >> 8 & 0xF)
    }
}

/// The codes of one kind: what they stand for by their first `BITS` bits, and behind those the tables for longer ones.
#[derive(Debug, Default)]
struct Codes<const BITS: u32>(Vec<Entry>);

impl<const BITS: u32> Codes<BITS> {
    /// So many bits the longest code may have behind the first ones.
    const LEFT: u32 = LONGEST_CODE as u32 - BITS;

    /// Reads codes of these lengths, 0 for none. Those make no sense that take more bits than there are, or fewer; but if
    /// they `may_lack`, there may be a single code of one bit, or none at all.
    fn read(&mut self, lengths: &[u8], may_lack: bool, entry: fn(usize) -> Entry) -> ControlFlow<Halt> {
        let mut counts = [0; LONGEST_CODE + 1];
        lengths.iter().for_each(|&length| counts[usize::from(length)] += 1);
        counts[0] = 0;
        // The first code of each length, the first bit highest.
        let mut next = [0_u32; LONGEST_CODE + 2];
        for (length, count) in counts.into_iter().enumerate() {
            if next[length] + count > 1 << length {
                return Break(Halt::Corrupt);
            }
            next[length + 1] = (next[length] + count) << 1;
        }
        let longest = counts.iter().rposition(|&count| count != 0).unwrap_or(0);
        let is_whole = next[longest] + counts[longest] == 1 << longest;
        if !(is_whole || may_lack && longest <= 1) {
            return Break(Halt::Corrupt);
        }
        let Self(table) = self;
        table.clear();
        table.resize(1 << BITS, Entry::NOTHING);
        for (number, &length) in lengths.iter().enumerate().filter(|(_, length)| **length != 0) {
            let (entry, length) = (entry(number).of_code(length.into()), usize::from(length));
            let code = (next[length].reverse_bits() >> (u32::BITS as usize - length)) as usize;
            next[length] += 1;
            let (slots, code, step) = match length.checked_sub(BITS as usize) {
                None | Some(0) => (&mut table[..1 << BITS], code, length),
                Some(left) => (Self::behind(table, code % (1 << BITS)), code >> BITS, left),
            };
            slots[code..].iter_mut().step_by(1 << step).for_each(|slot| *slot = entry);
        }
        Continue(())
    }

    /// The table behind some first bits; if there is none, it is made.
    fn behind(table: &mut Vec<Entry>, first: usize) -> &mut [Entry] {
        let size = 1 << Self::LEFT;
        if !table[first].is(Entry::TABLE) {
            table[first] = Entry(Entry::RARE | Entry::TABLE | Entry::new(table.len(), 0).0);
            table.resize(table.len() + size, Entry::NOTHING);
        }
        let from = table[first].meaning();
        &mut table[from..from + size]
    }

    /// What the code stands for that the bits begin with, or where longer ones are looked up.
    #[inline(always)]
    fn look_up(&self, bits: Bits) -> Entry {
        self.0.get(bits.first(BITS)).copied().unwrap_or(Entry::NOTHING)
    }

    /// The same, where there.
    #[inline(always)]
    fn look_on(&self, found: Entry, bits: Bits) -> Entry {
        if !found.is(Entry::TABLE) {
            return found;
        }
        let behind = bits.first(LONGEST_CODE as u32) >> BITS;
        self.0.get(found.meaning() + behind).copied().unwrap_or(Entry::NOTHING)
    }

    /// What the code stands for that the bits begin with, if they have all that it takes.
    fn find(&self, bits: Bits) -> ControlFlow<Halt, Entry> {
        let entry = self.look_on(self.look_up(bits), bits);
        // What the bits beyond the last one seem to say does not count.
        let needed = if entry == Entry::NOTHING { LONGEST_CODE as u32 } else { entry.bits() };
        if needed <= bits.count { Continue(entry) } else { Break(Halt::Hungry) }
    }
}

/// The codes of blocks that state none. Made once: a small file may have millions of such blocks.
static UNSTATED: LazyLock<(Codes<LETTER_BITS>, Codes<DISTANCE_BITS>)> = LazyLock::new(|| {
    let mut lengths = [8; LETTERS];
    lengths[144..END].fill(9);
    lengths[END..280].fill(7);
    let (mut letters, mut distances) = (Codes::default(), Codes::default());
    let are_whole = [
        letters.read(&lengths, false, Entry::letter).is_continue(),
        distances.read(&[5; DISTANCES], false, Entry::distance).is_continue(),
    ];
    debug_assert_eq!(are_whole, [true; 2], "the format says so");
    (letters, distances)
});

impl Deflate {
    pub(super) fn new() -> Self {
        Self {
            out: Box::new([0; SPACE]),
            taken: 0,
            at: 0,
            bits: Bits::default(),
            stage: Stage::Block,
            is_last_block: false,
            lengths: [0; MOST_LETTERS + MOST_DISTANCES],
            length_codes: Codes::default(),
            letter_codes: Codes::default(),
            distance_codes: Codes::default(),
        }
    }

    /// Another stream follows, which may repeat what this one held.
    pub(super) fn restart(&mut self) {
        (self.bits, self.stage, self.is_last_block) = (Bits::default(), Stage::Block, false);
    }

    /// Takes as much of what is unpacked as there is and fits.
    pub(super) fn take(&mut self, into: &mut [u8]) -> usize {
        let ready = &self.out[self.taken..self.at];
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.taken += count;
        count
    }

    /// Unpacks until it halts. Returns how many packed bytes are used up, too: all of them, if it is hungry.
    pub(super) fn run(&mut self, packed: &[u8]) -> (usize, Halt) {
        if self.taken == self.at && self.at > HISTORY {
            self.out.copy_within(self.at - HISTORY..self.at, 0);
            (self.taken, self.at) = (HISTORY, HISTORY);
        }
        let mut packed = Packed { bytes: packed, used: 0 };
        loop {
            match self.step(&mut packed) {
                Continue(stage) => self.stage = stage,
                Break(halt) => {
                    if halt == Halt::Corrupt {
                        self.stage = Stage::Corrupt;
                    } else if halt != Halt::Hungry {
                        packed.give_back(&mut self.bits);
                    }
                    return (packed.used, halt);
                }
            }
        }
    }

    /// Goes on by a part of the format, and tells what comes next.
    fn step(&mut self, packed: &mut Packed<'_>) -> ControlFlow<Halt, Stage> {
        match self.stage {
            Stage::Block if self.is_last_block => Continue(Stage::Ended),
            Stage::Block => self.block(packed),
            Stage::StoredLength => {
                let number = self.number(packed, 32)?;
                let (length, inverse) = (number & 0xFFFF, number >> 16);
                if length ^ inverse == 0xFFFF { Continue(Stage::Stored(length)) } else { Break(Halt::Corrupt) }
            }
            Stage::Stored(left) => self.stored(packed, left),
            Stage::Counts => {
                let number = self.number(packed, 5 + 5 + 4)?;
                let counts = Counts { letters: 257 + number % 32, distances: 1 + number / 32 % 32 };
                if counts.letters > MOST_LETTERS || counts.distances > MOST_DISTANCES {
                    return Break(Halt::Corrupt);
                }
                self.lengths.fill(0);
                Continue(Stage::LengthLengths { known: 0, of: 4 + number / (32 * 32), counts })
            }
            Stage::LengthLengths { known, of, counts } if known < of => {
                self.lengths[ORDER[known]] = self.number(packed, 3)? as u8;
                Continue(Stage::LengthLengths { known: known + 1, of, counts })
            }
            Stage::LengthLengths { counts, .. } => {
                self.length_codes.read(&self.lengths[..ORDER.len()], false, Entry::length)?;
                self.lengths.fill(0);
                Continue(Stage::Lengths { known: 0, counts })
            }
            Stage::Lengths { known, counts } if known < counts.letters + counts.distances => {
                self.some_lengths(packed, known, counts)
            }
            Stage::Lengths { known, counts } => {
                let (letters, distances) = self.lengths[..known].split_at(counts.letters);
                if letters[END] == 0 {
                    return Break(Halt::Corrupt);
                }
                self.letter_codes.read(letters, true, Entry::letter)?;
                self.distance_codes.read(distances, true, Entry::distance)?;
                Continue(Stage::Symbols)
            }
            Stage::Symbols => self.symbols(packed),
            Stage::Ended => Break(Halt::Ended),
            Stage::Corrupt => Break(Halt::Corrupt),
        }
    }

    /// A number of so many bits.
    fn number(&mut self, packed: &mut Packed<'_>, bits: u32) -> ControlFlow<Halt, usize> {
        if !packed.has(&mut self.bits, bits) {
            return Break(Halt::Hungry);
        }
        let number = self.bits.first(bits);
        self.bits.pass(bits);
        Continue(number)
    }

    /// The beginning of a block.
    fn block(&mut self, packed: &mut Packed<'_>) -> ControlFlow<Halt, Stage> {
        let number = self.number(packed, 3)?;
        self.is_last_block = number & 1 != 0;
        match number >> 1 {
            0 => {
                self.bits.pass(self.bits.count % 8);
                Continue(Stage::StoredLength)
            }
            1 => {
                let (letters, distances) = &*UNSTATED;
                self.letter_codes.0.clone_from(&letters.0);
                self.distance_codes.0.clone_from(&distances.0);
                Continue(Stage::Symbols)
            }
            2 => Continue(Stage::Counts),
            _ => Break(Halt::Corrupt),
        }
    }

    fn stored(&mut self, packed: &mut Packed<'_>, left: usize) -> ControlFlow<Halt, Stage> {
        packed.give_back(&mut self.bits);
        let rest = &packed.bytes[packed.used..];
        let count = left.min(rest.len()).min(SPACE - self.at);
        self.out[self.at..self.at + count].copy_from_slice(&rest[..count]);
        packed.used += count;
        self.at += count;
        self.stage = Stage::Stored(left - count);
        match left - count {
            0 => Continue(Stage::Block),
            _ if self.at == SPACE => Break(Halt::Full),
            _ => Break(Halt::Hungry),
        }
    }

    /// The length of one code, or of some that have the same.
    fn some_lengths(&mut self, packed: &mut Packed<'_>, known: usize, counts: Counts) -> ControlFlow<Halt, Stage> {
        packed.has(&mut self.bits, LENGTH_BITS + 7);
        let entry = self.length_codes.find(self.bits)?;
        let extra = entry.extra(self.bits);
        let (length, count) = match entry.meaning() {
            length @ 0..16 => (length as u8, 1),
            16 => match known.checked_sub(1) {
                Some(before) => (self.lengths[before], 3 + extra),
                None => return Break(Halt::Corrupt),
            },
            17 => (0, 3 + extra),
            _ => (0, 11 + extra),
        };
        if known + count > counts.letters + counts.distances {
            return Break(Halt::Corrupt);
        }
        self.bits.pass(entry.bits());
        self.lengths[known..known + count].fill(length);
        Continue(Stage::Lengths { known: known + count, counts })
    }

    fn symbols(&mut self, packed: &mut Packed<'_>) -> ControlFlow<Halt, Stage> {
        loop {
            if self.quickly(packed)? {
                return Continue(Stage::Block);
            }
            if self.at + SLACK > SPACE {
                return Break(Halt::Full);
            }
            // Near the end of the packed bytes, one by one, and only what is there as a whole.
            packed.has(&mut self.bits, LONGEST_REPETITION);
            let mut bits = self.bits;
            let letter = self.letter_codes.find(bits)?;
            if letter.is(Entry::LETTER) {
                put(&mut self.out, &mut self.at, &mut bits, letter);
            } else if letter.is(Entry::RARE) {
                self.bits.pass(letter.bits());
                return if letter.is(Entry::END) { Continue(Stage::Block) } else { Break(Halt::Corrupt) };
            } else {
                let length = letter.meaning() + letter.extra(bits);
                bits.pass(letter.bits());
                let distance = self.distance_codes.find(bits)?;
                let back = distance.meaning() + distance.extra(bits);
                if distance.is(Entry::RARE) || back > self.at {
                    return Break(Halt::Corrupt);
                }
                bits.pass(distance.bits());
                self.at = repeat(&mut self.out, self.at, back, length);
            }
            self.bits = bits;
        }
    }

    /// As many symbols as there is surely room and packed bytes for. Whether the block has ended.
    fn quickly(&mut self, packed: &mut Packed<'_>) -> ControlFlow<Halt, bool> {
        let (out, mut bits, mut at) = (&mut *self.out, self.bits, self.at);
        let mut rest = &packed.bytes[packed.used..];
        let load = |bits: &mut Bits, rest: &mut &[u8]| {
            if let Some(eight) = rest.first_chunk() {
                let loaded = bits.load(*eight);
                *rest = rest.get(loaded..).unwrap_or_default();
            }
        };
        load(&mut bits, &mut rest);
        // Looked up before the bytes are written that stand before it: the processor goes on meanwhile.
        let mut entry = self.letter_codes.look_up(bits);
        let halt = loop {
            // A turn loads eight bytes twice.
            if rest.len() < 16 || at > SPACE - SLACK {
                break Continue(false);
            }
            load(&mut bits, &mut rest);
            for _ in 0..TOGETHER {
                if !entry.is(Entry::LETTER) {
                    break;
                }
                put(out, &mut at, &mut bits, entry);
                entry = self.letter_codes.look_up(bits);
            }
            if entry.is(Entry::LETTER) {
                continue;
            }
            if entry.is(Entry::RARE) {
                entry = self.letter_codes.look_on(entry, bits);
                if entry.is(Entry::RARE) {
                    bits.pass(entry.bits());
                    break if entry.is(Entry::END) { Continue(true) } else { Break(Halt::Corrupt) };
                }
                if entry.is(Entry::LETTER) {
                    put(out, &mut at, &mut bits, entry);
                    entry = self.letter_codes.look_up(bits);
                    continue;
                }
            }
            let length = entry.meaning() + entry.extra(bits);
            bits.pass(entry.bits());
            load(&mut bits, &mut rest);
            let distance = self.distance_codes.look_up(bits);
            let distance = self.distance_codes.look_on(distance, bits);
            let back = distance.meaning() + distance.extra(bits);
            if distance.is(Entry::RARE) || back > at {
                break Break(Halt::Corrupt);
            }
            bits.pass(distance.bits());
            entry = self.letter_codes.look_up(bits);
            at = repeat(out, at, back, length);
        };
        packed.used = packed.bytes.len() - rest.len();
        (self.bits, self.at) = (bits, at);
        halt
    }
}

/// Writes a letter.
#[inline(always)]
fn put(out: &mut [u8; SPACE], at: &mut usize, bits: &mut Bits, letter: Entry) {
    bits.pass(letter.bits());
    out[*at] = letter.meaning() as u8;
    *at += 1;
}

/// Repeats what stands so far back. Returns where it ends; some bytes behind that are written, too.
#[inline(always)]
fn repeat(out: &mut [u8; SPACE], at: usize, back: usize, length: usize) -> usize {
    let (from, end) = (at - back, at + length);
    match back {
        COPIED.. => copy::<COPIED>(out, from, at, length),
        8.. => copy::<8>(out, from, at, length),
        1 => {
            let byte = out[from];
            out[at..end].fill(byte);
        }
        _ => (from..).zip(at..end).for_each(|(from, at)| out[at] = out[from]),
    }
    end
}

/// Copies `SIZE` bytes together, which must not overlap.
#[inline(always)]
fn copy<const SIZE: usize>(out: &mut [u8; SPACE], from: usize, at: usize, length: usize) {
    for done in (0..length).step_by(SIZE) {
        let Some(piece) = out.get(from + done..).and_then(<[u8]>::first_chunk::<SIZE>).copied() else { break };
        let Some(place) = out.get_mut(at + done..).and_then(<[u8]>::first_chunk_mut) else { break };
        *place = piece;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, Decompress, FlushDecompress, Status};
    use proptest::prelude::*;

    use super::*;

    /// What comes out of packed bytes that come in by so many, and how it ends, with how many of them used up.
    fn unpacked(packed: &[u8], piece: usize, taken: usize) -> (Vec<u8>, Halt, usize) {
        let (mut out, mut used, mut end) = (Vec::new(), 0, piece.min(packed.len()));
        let mut into = vec![0; taken];
        let mut deflate = Deflate::new();
        loop {
            let (more, halt) = deflate.run(&packed[used..end]);
            used += more;
            loop {
                let count = deflate.take(&mut into);
                out.extend(&into[..count]);
                if count == 0 {
                    break;
                }
            }
            match halt {
                Halt::Full => {}
                Halt::Hungry if end < packed.len() => {
                    assert_eq!(used, end);
                    end = (end + piece).min(packed.len());
                }
                halt => return (out, halt, used),
            }
        }
    }

    /// The same by another implementation.
    fn expected(packed: &[u8]) -> (Vec<u8>, Halt, usize) {
        let mut zlib = Decompress::new(false);
        let mut out = Vec::new();
        loop {
            out.reserve(1 << 16);
            let used = zlib.total_in() as usize;
            let before = out.len();
            let status = zlib.decompress_vec(&packed[used..], &mut out, FlushDecompress::None);
            let halt = match status {
                Ok(Status::StreamEnd) => Halt::Ended,
                Err(_) => Halt::Corrupt,
                Ok(_) if out.len() == before && zlib.total_in() as usize == used => Halt::Hungry,
                Ok(_) => continue,
            };
            return (out, halt, zlib.total_in() as usize);
        }
    }

    fn packed(content: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(content).expect("a writable stream");
        encoder.finish().expect("a whole stream")
    }

    /// Bytes that repeat each other in many ways: near and far, short and long, of few and of many kinds.
    fn content(size: usize, mut noise: u64, kinds: u64) -> Vec<u8> {
        let mut next = move |below: u64| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            (noise >> 8) % below
        };
        let mut content: Vec<u8> = Vec::new();
        while content.len() < size {
            if next(3) == 0 && !content.is_empty() {
                let far = [1, 8, 40, 300, 40_000][next(5) as usize];
                let from = content.len() - 1 - next(far.min(content.len() as u64)) as usize;
                for at in from..from + 1 + next(300) as usize {
                    content.push(content[at]);
                }
            } else {
                // Some bytes far more often than others: codes of very different lengths.
                let rare = next(kinds);
                content.push(next(rare + 1) as u8);
            }
        }
        content.truncate(size);
        content
    }

    /// A block that states its codes; of those that lengths are stated with, these are there: 18 is `0`, 1 `10`, 2 `110`
    /// and 16 `111`, unless `codes` are others.
    struct Stated {
        counts: (u32, u32),
        codes: &'static [(usize, u32)],
        lengths: &'static str,
    }

    const STATED: Stated = Stated { counts: (257, 1), codes: &[(18, 1), (1, 2), (2, 3), (16, 3)], lengths: "" };

    impl Stated {
        /// With the lengths, and all that follows, bit by bit; a number stands for so many zeros.
        fn packed(&self) -> Vec<u8> {
            let mut bits = String::from("101");
            let mut number =
                |number: u32, size: usize| (0..size).for_each(|at| bits.push(['0', '1'][(number >> at & 1) as usize]));
            number(self.counts.0 - 257, 5);
            number(self.counts.1 - 1, 5);
            number(ORDER.len() as u32 - 4, 4);
            for symbol in ORDER {
                number(self.codes.iter().find(|(known, _)| *known == symbol).map_or(0, |code| code.1), 3);
            }
            for part in self.lengths.split(' ') {
                match part.strip_prefix('x') {
                    Some(zeros) => {
                        number(0, 1);
                        number(zeros.parse::<u32>().expect("a number") - 11, 7);
                    }
                    None => part.bytes().for_each(|bit| number(u32::from(bit == b'1'), 1)),
                }
            }
            let bytes = bits.as_bytes().chunks(8);
            bytes.map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit == b'1'))).collect()
        }
    }

    #[test]
    fn codes_that_make_no_sense_are_refused() {
        let cases = [
            // Nothing before the end, whose code has one bit; and a distance that nobody needs.
            (Halt::Ended, Stated { lengths: "x138 x118 10 10 0", ..STATED }),
            (Halt::Ended, Stated { counts: (286, 30), lengths: "x138 x118 10 x59 0", ..STATED }),
            (Halt::Corrupt, Stated { counts: (287, 1), lengths: "x138 x118 10 x30 10 0", ..STATED }),
            (Halt::Corrupt, Stated { counts: (257, 31), lengths: "x138 x118 10 x30 10 0", ..STATED }),
            // A letter, and no end.
            (Halt::Corrupt, Stated { lengths: "x65 10 x138 x53 10 0 0 0 0", ..STATED }),
            // Three codes of one bit; one of two bits; both kinds at once.
            (Halt::Corrupt, Stated { lengths: "x65 10 10 x138 x51 10 10 0", ..STATED }),
            (Halt::Corrupt, Stated { lengths: "x138 x118 110 10 0 0", ..STATED }),
            (Halt::Corrupt, Stated { counts: (257, 2), lengths: "x138 x118 10 110 110 0", ..STATED }),
            (Halt::Ended, Stated { counts: (257, 2), lengths: "x138 x118 10 10 10 0", ..STATED }),
            // More lengths than were announced, and one repeated that is not there.
            (Halt::Corrupt, Stated { lengths: "x138 x118 10 x18 0", ..STATED }),
            (Halt::Corrupt, Stated { lengths: "111 00 x138 x118 0", ..STATED }),
            // Codes for lengths of which there are too many, and too few.
            (Halt::Corrupt, Stated { codes: &[(18, 1), (1, 1), (2, 1)], ..STATED }),
            (Halt::Corrupt, Stated { codes: &[(18, 1)], ..STATED }),
        ];
        for (number, (halt, stated)) in cases.into_iter().enumerate() {
            let packed = stated.packed();
            assert_eq!(expected(&packed).1, halt, "{number}");
            for piece in [1, packed.len()] {
                let (out, end, _) = unpacked(&packed, piece, 1);
                assert!(out.is_empty() && end == halt, "{number}: {end:?}");
            }
        }
    }

    proptest! {
        /// Whole streams, cut ones and damaged ones, in pieces of any size.
        #[test]
        fn it_unpacks_what_zlib_unpacks(
            size in prop_oneof![0_usize..200, 0_usize..200_000],
            noise in 1_u64..,
            kinds in prop_oneof![1_u64..8, 200_u64..=256],
            level in 0_u32..=9,
            damage in prop::option::of((any::<prop::sample::Index>(), 0_u8..8)),
            kept in prop::option::of(any::<prop::sample::Index>()),
            piece in prop_oneof![1_usize..40, 1_usize..100_000],
            taken in 1_usize..100_000,
        ) {
            let content = content(size, noise, kinds);
            let mut packed = packed(&content, level);
            prop_assert_eq!(&unpacked(&packed, piece, taken), &(content, Halt::Ended, packed.len()));
            packed.extend(*b"behind");
            if let Some((place, bit)) = damage {
                let at = place.index(packed.len());
                packed[at] ^= 1 << bit;
            }
            if let Some(kept) = kept {
                packed.truncate(kept.index(packed.len()));
            }
            let (out, halt, used) = unpacked(&packed, piece, taken);
            let (wanted, end, wanted_used) = expected(&packed);
            prop_assert!(out == wanted, "{} bytes instead of {}", out.len(), wanted.len());
            prop_assert_eq!(halt, end);
            if halt == Halt::Ended {
                prop_assert_eq!(used, wanted_used);
            }
        }

        /// Bytes that nobody packed: nearly all of them are refused, and none of them does harm.
        #[test]
        fn noise_ends_as_with_zlib(
            mut packed in prop::collection::vec(any::<u8>(), 0..400),
            kind in 0_u8..8,
            piece in 1_usize..400,
        ) {
            if let Some(first) = packed.first_mut() {
                *first = *first & !7 | kind;
            }
            let (out, halt, _) = unpacked(&packed, piece, 1000);
            let (wanted, end, _) = expected(&packed);
            prop_assert!(out == wanted, "{} bytes instead of {}", out.len(), wanted.len());
            prop_assert_eq!(halt, end);
        }
    }
}
