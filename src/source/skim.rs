//! Reads a long log where it matters: the lines that some rule may ask for, and those that are not like the others.
//!
//! In a log of one record a line, nearly all lines end alike: the same component, the same hour, a thread. Such a line
//! says nothing beyond its text, and its text is for the rules. So it is given out only if the sieve names it. Every
//! other line is given out with the lines around it: records of several lines, other components, another hour, the time
//! going back. The first and the last line are given out too, and a drawn line (`-----`) with what is asked for behind it.
//! What was skipped is counted, so that places stay right.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;
use std::sync::Arc;

use memchr::memchr;

use crate::fact::{self, BlockLines, Sieve, Sifted};

use super::lines::MAX_LINE;

/// What the lines of a log have in common.
pub trait Likeness {
    /// Whether the line is one record, of the component and the hour that were learnt, and not of an earlier ten minutes
    /// than those before it. The reader puts such a record out when it meets it, and nothing of it on any other line. The
    /// line is given by its place in the bytes, since a few bytes before it may be loaded along with it.
    fn is_usual(&mut self, bytes: &[u8], line: Range<usize>) -> bool;

    /// How many of the lines behind a usual one are usual since they end as it does, the thread aside: quick, and perhaps
    /// too few.
    fn alike(&self, _bytes: &[u8], _usual: Range<usize>, _behind: &BlockLines<'_>) -> usize {
        0
    }

    /// Learns what the lines that follow may have in common with this one. Of a line that is no record by itself it
    /// learns nothing.
    fn learn(&mut self, line: &[u8]);

    /// Whether the line tells no time, neither by itself nor with those that follow. Then nobody asks what time the line
    /// before it tells.
    fn is_timeless(&self, line: &[u8]) -> bool;

    /// Whether a line without a stamp belongs to the record behind it; else it is one by itself.
    fn begins_next(&self) -> bool;

    /// Looks at the lines from a place of the bytes on, whose ends are given. Here, so that a whole block costs one call
    /// that the compiler cannot see through.
    fn look(&mut self, bytes: &[u8], from: usize, ends: &[u32], lines: &mut Odd) {
        // Nearly all lines are usual, and no more is kept of them than how many there are, and the last one.
        let (mut passed, mut last) = (0, 0..0);
        let mut rest = fact::lines(bytes, from, ends);
        while let Some(line) = rest.next() {
            let is_short = line.len() <= MAX_LINE;
            if is_short && self.is_usual(bytes, line.clone()) {
                if lines.behind {
                    lines.usual_behind_odd(line);
                } else {
                    let alike = self.alike(bytes, line.clone(), &rest);
                    last = alike.checked_sub(1).and_then(|others| rest.nth(others)).unwrap_or(line);
                    passed += 1 + alike as u64;
                }
            } else {
                lines.usual(std::mem::take(&mut passed), &last);
                let text = bytes.get(line.clone()).unwrap_or_default();
                if is_short && text.iter().all(u8::is_ascii_whitespace) {
                    lines.blank(line);
                } else if let Some(next) = (is_short && lines.is_drawn(text)).then(|| rest.clone().next()).flatten()
                    && next.len() <= MAX_LINE
                    && self.is_usual(bytes, next.clone())
                {
                    rest.next();
                    lines.drawn(line, next, self.begins_next());
                } else {
                    let is_apart = !lines.behind;
                    lines.odd(line.clone(), is_short && self.is_timeless(text));
                    self.learn(text);
                    // A whole record by itself has nothing to do with the line behind it.
                    lines.behind = !(is_apart && is_short && self.is_usual(bytes, line));
                }
            }
        }
        lines.usual(passed, &last);
        lines.end();
    }
}

/// A component and a stamp that stand right behind each other on a line, up to where the thread begins.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    /// The component with what marks its beginning, the stamp up to the ten minutes, any minutes and seconds, and what
    /// stands behind them: at the end of the groups.
    groups: [Group; GROUPS],
    /// How many bytes that is; 0 if nothing was learnt.
    len: usize,
    /// The digit of the ten minutes, and how far before the end it stands.
    tens: (u8, usize),
}

/// Some bytes of a line, eight by eight.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    wanted: [u64; WORDS],
    /// The bits that count.
    mask: [u64; WORDS],
}

/// So many words are compared together.
const WORDS: usize = 8;
const GROUP: usize = 8 * WORDS;

/// Most stamps need the last group only. What is longer than all groups is not learnt.
const GROUPS: usize = 2;
const LONGEST: usize = GROUPS * GROUP;

/// What is looked at where a line ends: a stamp, eight bytes of its thread, and eight of what stands behind that.
const WINDOW: usize = LONGEST + 8 + 8;

impl Stamps {
    /// Whether they stand between these places, right at the end, or the same with later ten minutes of the hour: those
    /// are asked for from then on.
    #[inline]
    pub(super) fn stand_before(&mut self, bytes: &[u8], start: usize, end: usize) -> bool {
        let is_long = self.len != 0 && end.checked_sub(start).is_some_and(|len| len >= self.len);
        is_long && (self.fit_before(bytes, end) || self.go_on(bytes, end))
    }

    /// On how many of the lines behind a usual one they stand as on that one: a thread of up to eight bytes behind them,
    /// and the same bytes behind the thread. `end` is where the thread of the usual line ends; `wanted` marks what may
    /// stand before a thread, as for [`behind_last`].
    #[inline(always)]
    pub(super) fn stand_alike(
        &self,
        wanted: impl Fn(u64) -> u64,
        bytes: &[u8],
        end: usize,
        lines: &BlockLines<'_>,
    ) -> usize {
        let mut start = lines.start();
        let behind = start - end;
        let (Some(line_end), 1..=8, 1..) = (last_eight(&bytes[..start]), behind, self.len) else { return 0 };
        let mask = u64::MAX << (64 - 8 * behind);
        let mut count = 0;
        for next in lines.ends() {
            let Some(window) = bytes.get(..next).and_then(<[u8]>::last_chunk::<WINDOW>) else { break };
            let has_same_end = last_eight(window).is_some_and(|other| (other ^ line_end) & mask == 0);
            let before = &window[..WINDOW - behind];
            let thread = last_eight(before).map_or(0, |eight| wanted(eight).leading_zeros() as usize / 8);
            let fits = before[..before.len() - thread].last_chunk().is_some_and(|tail| self.fit(tail));
            let len = next - start;
            let is_whole = thread != 0 && len >= self.len + thread + behind && len <= MAX_LINE;
            if !(has_same_end & fits & is_whole) {
                break;
            }
            (start, count) = (next, count + 1);
        }
        count
    }

    /// Without a branch for each group, since nearly all lines are usual.
    #[inline(always)]
    fn fit(&self, tail: &[u8; LONGEST]) -> bool {
        let differ = |number: usize| self.groups[number].differs_from(&tail.as_chunks().0[number]);
        let before = if self.len > GROUP { differ(0) } else { 0 };
        differ(1) | before == 0
    }

    #[inline]
    fn fit_before(&self, bytes: &[u8], end: usize) -> bool {
        let before = bytes.get(..end).unwrap_or_default();
        before.last_chunk().map_or_else(|| self.fit(&padded(before)), |tail| self.fit(tail))
    }

    #[cold]
    fn go_on(&mut self, bytes: &[u8], end: usize) -> bool {
        let (known, back) = self.tens;
        let later = end.checked_sub(back).and_then(|at| bytes.get(at)).filter(|ten| (known + 1..=b'5').contains(ten));
        let Some(&later) = later else { return false };
        self.ask_for_tens(later);
        let goes_on = self.fit_before(bytes, end);
        if !goes_on {
            self.ask_for_tens(known);
        }
        goes_on
    }

    fn ask_for_tens(&mut self, digit: u8) {
        self.tens.0 = digit;
        self.ask_for(LONGEST - self.tens.1, digit);
    }

    /// Learns from a line on which a component begins at a place, and its stamp right behind it with all that follows.
    pub(super) fn learn(&mut self, line: &[u8], component: usize, stamp: Range<usize>) {
        let Some(hour) = memchr(b':', &line[stamp.clone()]).map(|colon| stamp.start + colon) else { return };
        // `13:07:27` or `13:07:27.123`: all but the tens of the minutes are free.
        let is_digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
        let parts = [hour + 1, hour + 2, hour + 4, hour + 5];
        if !parts.into_iter().all(is_digit) || line.get(hour + 3) != Some(&b':') {
            return;
        }
        let mut end = hour + 6;
        if line.get(end) == Some(&b'.') {
            end += 1 + line[end + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        }
        if stamp.end - component > LONGEST {
            return;
        }
        let free = hour + 2..end.min(stamp.end);
        self.tens = (line[hour + 1], stamp.end - (hour + 1));
        self.know(&line[component..stamp.end], &(free.start - component..free.end - component));
    }

    /// Keeps a text of which a part is free.
    fn know(&mut self, text: &[u8], free: &Range<usize>) {
        self.len = text.len();
        self.groups = Default::default();
        for (at, &byte) in text.iter().enumerate().filter(|(at, _)| !free.contains(at)) {
            self.ask_for(LONGEST - text.len() + at, byte);
        }
    }

    fn ask_for(&mut self, place: usize, byte: u8) {
        let Group { wanted, mask } = &mut self.groups[place / GROUP];
        let (word, shift) = (place % GROUP / 8, 8 * (place % 8));
        mask[word] |= 0xFF << shift;
        wanted[word] = wanted[word] & !(0xFF << shift) | u64::from(byte) << shift;
    }
}

impl Group {
    /// Any bits that differ among those that count.
    #[inline(always)]
    fn differs_from(&self, bytes: &[u8; GROUP]) -> u64 {
        let bytes = bytes.as_chunks::<8>().0.iter().map(|eight| u64::from_le_bytes(*eight));
        let masked = bytes.zip(self.wanted).zip(self.mask).map(|((bytes, wanted), mask)| (bytes ^ wanted) & mask);
        masked.fold(0, |differs, word| differs | word)
    }
}

#[inline(always)]
fn last_eight(bytes: &[u8]) -> Option<u64> {
    bytes.last_chunk().map(|eight| u64::from_le_bytes(*eight))
}

/// The bytes at the end, where there are too few to be loaded as they stand.
#[cold]
fn padded(bytes: &[u8]) -> [u8; LONGEST] {
    let mut padded = [0; LONGEST];
    padded.iter_mut().rev().zip(bytes.iter().rev()).for_each(|(to, &byte)| *to = byte);
    padded
}

/// A thread, `1720 (0x6B8)`, is no longer.
const MAX_THREAD: usize = 24;

/// Where the last of some bytes stands before an end, no further away than a thread is long; right behind it. `wanted`
/// marks the upper bit of each such byte among eight, as [`equal`] does.
#[inline(always)]
pub(super) fn behind_last(wanted: impl Fn(u64) -> u64, bytes: &[u8], end: usize) -> Option<usize> {
    for end in (0..MAX_THREAD).step_by(8).map_while(|back| end.checked_sub(back)) {
        let found = wanted(last_eight(bytes.get(..end)?)?);
        if found != 0 {
            return Some(end - found.leading_zeros() as usize / 8);
        }
    }
    None
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const LOWER: u64 = ONES * 0x7F;

/// The upper bit of each of the eight bytes that is this one.
#[inline(always)]
pub(super) fn equal(eight: u64, byte: u8) -> u64 {
    let differs = eight ^ (ONES * u64::from(byte));
    !(((differs & LOWER) + LOWER) | differs | LOWER)
}

/// The upper bit of each of the eight bytes that is one of these ASCII bytes.
#[inline(always)]
pub(super) fn among(eight: u64, bytes: RangeInclusive<u8>) -> u64 {
    let lower = eight & LOWER;
    let at_least = lower + ONES * u64::from(0x80 - bytes.start());
    let above = lower + ONES * u64::from(0x7F - bytes.end());
    at_least & !above & !eight & !LOWER
}

/// The line with a mark for each byte beyond ASCII.
pub(super) fn ascii(line: &[u8]) -> Cow<'_, str> {
    if let Some(line) = line.is_ascii().then(|| std::str::from_utf8(line).ok()).flatten() {
        return Cow::Borrowed(line);
    }
    line.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect()
}

/// The lines that are not usual, with their neighbours.
#[derive(Debug, Default)]
pub struct Odd {
    found: Vec<Sifted>,
    /// The last usual line, if it is not among them.
    before: Option<Sifted>,
    /// A blank line behind it, or without one, if it is not among them.
    blank: Option<Sifted>,
    /// The number of the last line.
    line: u64,
    /// No line but blank ones came behind an odd one, which may not be a whole record.
    behind: bool,
    /// The numbers of the lines that are no records by themselves, in order, and how many there were before those.
    blanks: Vec<u64>,
    blanks_before: u64,
    /// The drawn lines that are not among them, each with the one behind it.
    drawn: Vec<[Sifted; 2]>,
    /// What a line may be drawn with that no rule asks for.
    marks: Vec<u8>,
}

/// What lines are drawn with: the same again and again.
const MARKS: &[u8] = b"-=*_#+.";

impl Odd {
    /// `sieve` knows what rules ask for.
    fn new(sieve: &dyn Sieve) -> Self {
        let marks = MARKS.iter().copied().filter(|&mark| !sieve.asks_for_word_of(mark)).collect();
        Self { marks, ..Self::default() }
    }

    /// Whether the line is a drawn one, between records.
    fn is_drawn(&self, text: &[u8]) -> bool {
        let is_mark = |mark: &u8| self.marks.contains(mark) && text.iter().all(|byte| byte == mark);
        !self.behind && text.first().is_some_and(is_mark)
    }

    /// No text that is asked for has a part of it on a drawn line. So the record that it may belong to is asked for by the
    /// usual line behind it, or not at all.
    fn drawn(&mut self, place: Range<usize>, usual: Range<usize>, begins_next: bool) {
        let here = self.next(place);
        if begins_next {
            self.blanks.push(here.line);
        }
        let behind = self.next(usual);
        self.drawn.push([here, behind]);
        (self.before, self.blank) = (Some(behind), None);
    }

    /// Gives out the drawn lines that are asked for, or before one that is. `asked` are the numbers of lines, in order.
    fn release_drawn(&mut self, asked: impl Iterator<Item = u64>) {
        let mut asked = asked.peekable();
        for pair in self.drawn.drain(..) {
            while asked.next_if(|&line| line < pair[0].line).is_some() {}
            if asked.peek().is_some_and(|&line| line <= pair[1].line) {
                self.found.extend(pair);
            }
        }
    }

    fn next(&mut self, place: Range<usize>) -> Sifted {
        self.line += 1;
        Sifted { line: self.line, start: place.start, end: place.end, query: None }
    }

    /// Some lines, and where the last of them is.
    fn usual(&mut self, count: u64, last: &Range<usize>) {
        if let Some(before) = count.checked_sub(1) {
            self.line += before;
            self.before = Some(self.next(last.clone()));
            self.blank = None;
        }
    }

    fn usual_behind_odd(&mut self, place: Range<usize>) {
        let here = self.next(place);
        self.behind = false;
        self.before = None;
        self.found.push(here);
    }

    /// No record has to do with a blank line, unless it has to do with one that is odd. Behind two of them, the usual line
    /// is given out: it cannot be kept for ever.
    fn blank(&mut self, place: Range<usize>) {
        let here = self.next(place);
        self.blanks.push(here.line);
        if self.behind {
            self.found.push(here);
        } else if self.blank.replace(here).is_some() {
            self.found.extend(self.before.take());
        }
    }

    /// A timeless line leaves it open whether the usual line before it is given out: one with a time may follow.
    fn odd(&mut self, place: Range<usize>, is_timeless: bool) {
        let here = self.next(place);
        if !is_timeless {
            self.found.extend(self.before.take());
        }
        self.found.extend(self.blank.take());
        self.found.push(here);
    }

    /// Behind the last line that was looked at: what is given out later comes behind what is given out now.
    fn end(&mut self) {
        if self.behind {
            self.found.extend(self.before.take());
        }
    }

    /// Only counts those lines before the first one that may still be given out.
    fn forget_blanks(&mut self) {
        let first = self.held().into_iter().flatten().map(|held| held.line).min();
        let past = first.map_or(self.blanks.len(), |first| self.blanks.partition_point(|blank| *blank < first));
        self.blanks.drain(..past);
        self.blanks_before += past as u64;
    }

    /// The lines that are not given out and still may be.
    fn held(&mut self) -> [&mut Option<Sifted>; 2] {
        [&mut self.before, &mut self.blank]
    }
}

/// What the sieve told of the lines of the last block.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The numbers of the lines.
    lines: Range<u64>,
    /// In the order of the lines.
    asked: Vec<(u64, Option<u32>)>,
}

impl Told {
    /// Writes down the queries that may match a line. False if it is not known which do.
    pub(super) fn of(&self, line: u64, queries: &mut Vec<u32>) -> bool {
        let from = self.asked.partition_point(|(asked, _)| *asked < line);
        let of_line = self.asked.iter().skip(from).take_while(|(asked, _)| *asked == line);
        queries.clear();
        self.lines.contains(&line)
            && of_line.map(|(_, query)| *query).all(|query| {
                queries.extend(query);
                query.is_some()
            })
    }
}

/// Chooses the lines that are given out.
pub(super) struct Skim {
    sieve: Arc<dyn Sieve>,
    likeness: Box<dyn Likeness>,
    asked: Vec<Sifted>,
    ends: Vec<u32>,
    odd: Odd,
    /// The lines that are still to be given out, the last one first.
    wanted: Vec<Sifted>,
    told: Rc<RefCell<Told>>,
}

impl Skim {
    pub(super) fn new(sieve: Arc<dyn Sieve>, likeness: Box<dyn Likeness>) -> Self {
        let (asked, ends, odd, wanted) = (Vec::new(), Vec::new(), Odd::new(&*sieve), Vec::new());
        Self { sieve, likeness, asked, ends, odd, wanted, told: Rc::default() }
    }

    /// What the sieve tells, for whoever reads the lines.
    pub(super) fn told(&self) -> Rc<RefCell<Told>> {
        Rc::clone(&self.told)
    }

    /// The next line to give out, by its number from 1 and its place in the bytes.
    pub(super) fn pop(&mut self) -> Option<Sifted> {
        self.wanted.pop()
    }

    /// How many lines were looked at.
    pub(super) fn lines(&self) -> u64 {
        self.odd.line
    }

    /// How many of the first lines are no records by themselves. To be asked of lines that may still be given out.
    pub(super) fn blanks(&self, first: u64) -> u64 {
        self.odd.blanks_before + self.odd.blanks.partition_point(|blank| *blank <= first) as u64
    }

    /// The first line that may still be needed.
    pub(super) fn held(&self) -> Option<Sifted> {
        self.odd.before.or(self.odd.blank)
    }

    /// The bytes before this place are gone.
    pub(super) fn moved(&mut self, by: usize) {
        for held in self.odd.held().into_iter().flatten() {
            (held.start, held.end) = (held.start - by, held.end - by);
        }
    }

    /// No line follows: gives out the last ones.
    pub(super) fn release(&mut self) {
        for held in self.odd.held() {
            self.wanted.splice(..0, held.take());
        }
    }

    /// Looks at the lines from a place of the bytes on.
    pub(super) fn look(&mut self, bytes: &[u8], from: usize) {
        let before = self.odd.line;
        self.asked.clear();
        self.ends.clear();
        self.odd.found.clear();
        self.odd.forget_blanks();
        self.sieve.sift(&bytes[from..], &mut self.asked, &mut self.ends);
        self.likeness.look(bytes, from, &self.ends, &mut self.odd);
        self.odd.release_drawn(self.asked.iter().map(|line| before + 1 + line.line));
        let asked = self.asked.iter().map(|line| Sifted {
            line: before + 1 + line.line,
            start: from + line.start,
            end: from + line.end,
            query: line.query,
        });
        let mut told = self.told.borrow_mut();
        told.lines = before + 1..self.odd.line + 1;
        told.asked.clear();
        told.asked.extend(asked.clone().map(|line| (line.line, line.query)));
        self.wanted.extend(asked);
        self.wanted.append(&mut self.odd.found);
        self.wanted.sort_unstable_by_key(|line| std::cmp::Reverse(line.line));
        self.wanted.dedup_by_key(|line| line.line);
        for held in self.odd.held() {
            let is_wanted = |line: &mut Sifted| self.wanted.iter().take(2).any(|wanted| wanted.line == line.line);
            held.take_if(is_wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Bundle;
    use super::*;
    use crate::fact::{Claim, DateOrderNews, Event, Fact, MemberId, ReadAll, Severity, Sieves, Sink};

    /// Where each line ends with its LF.
    fn ends(bytes: &[u8]) -> impl Iterator<Item = u32> {
        (1..=bytes.len()).filter(|&end| bytes[end - 1] == b'\n').map(|end| end as u32)
    }

    /// Asks for no line.
    struct Nothing;

    impl Sieve for Nothing {
        fn sift(&self, block: &[u8], _: &mut Vec<Sifted>, ends: &mut Vec<u32>) {
            ends.extend(self::ends(block));
        }

        fn asks_for_word_of(&self, _: u8) -> bool {
            false
        }
    }

    impl Sieves for Nothing {
        fn sieve(&self, _: &str, _: &str) -> Option<Arc<dyn Sieve>> {
            Some(Arc::new(Self))
        }
    }

    /// Counts the records that were read, and those that were passed over.
    #[derive(Default)]
    struct Counts(u64, u64);

    impl Sink for Counts {
        fn event(&mut self, _: &Event<'_>) {
            self.0 += 1;
        }

        fn skipped(&mut self, records: u64) {
            self.1 += records;
        }

        fn fact(&mut self, _: Fact) {}

        fn claim(&mut self, _: MemberId, _: Claim) {}

        fn problem(&mut self, _: MemberId, _: Option<u64>, _: String, _: Severity) {}

        fn dates(&mut self, _: DateOrderNews) {}
    }

    /// Windows of so many events count what was passed over, too.
    #[test]
    fn drawn_lines_are_counted_as_the_reader_counts_them() {
        let traced = "Done   $$<SMS_DESPOOLER><Sun May 03 13:07:27 1998~><thread=6E>\r\n";
        let viewed = "Done\tSMS_DESPOOLER\t5/3/98 1:07:27 PM\t6E\t\r\n";
        for (line, with_drawn) in [(traced, 2000), (viewed, 2500)] {
            let log = (line.repeat(4) + "-----\r\n").repeat(500);
            let count = |sieves: &dyn Sieves| {
                let files = vec![("a.log".to_owned(), log.clone().into_bytes())];
                let counts = Bundle::from_files("B", files).read(1, sieves, &|_| Counts::default()).swap_remove(0).0;
                (counts.0 + counts.1, counts.1 > counts.0)
            };
            // The last line is drawn, and no record follows it.
            let all = if line == traced { with_drawn + 1 } else { with_drawn };
            assert_eq!(count(&ReadAll), (all, false), "{line}");
            assert_eq!(count(&Nothing), (all, true), "{line}");
        }
    }

    const STAMPED: &str = "$$<SMS_DESPOOLER><Tue Nov 04 13:07:27.123 1997~><thread=";

    fn stamps(line: &str) -> Stamps {
        let mut stamps = Stamps::default();
        let stamp = line.rfind("><T").or(line.rfind(" 4/")).unwrap_or(0);
        stamps.learn(line.as_bytes(), 0, stamp..line.len());
        stamps
    }

    fn stand(stamps: &mut Stamps, text: &str, start: usize) -> bool {
        stamps.stand_before(text.as_bytes(), start, text.len())
    }

    /// Wherever in the bytes the line begins, and however long the component is.
    #[test]
    fn only_minutes_and_seconds_are_free() {
        for length in 0..80 {
            let known = STAMPED.replace("DESPOOLER", &"A".repeat(length));
            let mut stamps = stamps(&known);
            let free = known.find("7:27.123").unwrap_or(0);
            for before in [0, 1, 7, 200] {
                let text = "x".repeat(before) + &known;
                assert!(stand(&mut stamps, &text, 0));
                assert!(stand(&mut stamps, &text, before));
                assert!(!stand(&mut stamps, &text, before + 1));
                assert!(stand(&mut stamps, &text.replace("7:27.123", "0:00.999"), before));
                for at in 0..known.len() {
                    let mut other = text.clone().into_bytes();
                    other[before + at] ^= 8;
                    let is_free = (free..free + 8).contains(&at);
                    assert_eq!(stamps.stand_before(&other, before, other.len()), is_free, "{at} of {known}");
                }
            }
        }
        assert!(!stand(&mut stamps("no stamp"), "no stamp", 0));
    }

    /// Else nobody would see that the clock was set back.
    #[test]
    fn the_time_of_the_hour_goes_on_and_never_back() {
        for before in ["", "some text before it, which may be any"] {
            let mut stamps = stamps(STAMPED);
            let mut stands = |time: &str| stand(&mut stamps, &(before.to_owned() + &STAMPED.replace("13:07", time)), 0);
            let times =
                ["13:19", "13:10", "13:07", "14:20", "03:20", "13:60", "13:11", "13:59", "13:20", "13:50", "14:00"];
            let expected = [true, true, false, false, false, false, true, true, false, true, false];
            assert_eq!(times.map(&mut stands), expected);
        }
    }

    /// How many lines behind the first one stand alike, and how many are usual one by one.
    fn alike_and_usual(text: &str) -> (usize, usize) {
        let bytes = text.as_bytes();
        let ends: Vec<u32> = ends(bytes).collect();
        let mut lines = fact::lines(bytes, 0, &ends);
        let first = lines.next().unwrap_or_default();
        let equals = |eight| equal(eight, b'=');
        let end = first.end - 1;
        let mut stamps = stamps(&text[text.find("$$<").unwrap_or(0)..behind_last(equals, bytes, end).unwrap_or(0)]);
        let count = stamps.stand_alike(equals, bytes, end, &lines);
        let usual = lines.take_while(|line| {
            let thread = behind_last(equals, bytes, line.end.saturating_sub(1));
            bytes[line.clone()].ends_with(b">") && thread.is_some_and(|at| stamps.stand_before(bytes, line.start, at))
        });
        (count, usual.count())
    }

    #[test]
    fn lines_are_alike_as_long_as_each_is_usual() {
        let line = |text: usize, thread: usize| "x".repeat(text) + STAMPED + &"12345678"[..thread] + ">\r\n";
        let first = line(150, 3);
        let others: String = (1..=8).map(|thread| line(thread * 37 % 90, thread).replace("7:27", "9:59")).collect();
        let more = others.clone() + &line(0, 2);
        assert_eq!(alike_and_usual(&(first.clone() + &others + &more)), (17, 17));
        let other = |from: &str, to: &str| first.clone() + &others + &line(20, 3).replace(from, to) + &more;
        for (from, to) in
            [("DESPOOLER", "SCHEDULER"), (">\r\n", "> \r\n"), (">\r\n", "\r\n"), ("13:0", "14:0"), ("13:0", "12:0")]
        {
            assert_eq!(alike_and_usual(&other(from, to)), (8, 8), "{to}");
        }
        // Cut off within the stamp, with its beginning at the end of the line before.
        assert_eq!(alike_and_usual(&(first.clone() + &others + "$$<SMS_\r\n" + &line(0, 3)[7..])), (8, 8));
        assert_eq!(alike_and_usual(&(first.clone() + &others + &line(0, 3)[1..])), (8, 8));
        // Too few is allowed: these are looked at one by one.
        for (from, to) in [("123>", "123456789>"), ("123>", ">"), (">\r\n", ">\n")] {
            assert_eq!(alike_and_usual(&other(from, to)), (8, 18), "{to}");
        }
        assert_eq!(alike_and_usual(&other("13:0", "13:1")), (8, 9), "what follows is earlier");
        let endless = line(MAX_LINE, 3);
        assert_eq!(alike_and_usual(&(first.clone() + &endless + &more)).0, 0);
        assert_eq!(alike_and_usual(&line(0, 3).repeat(2)), (0, 1), "too few bytes before them");
    }

    #[test]
    fn the_last_of_some_bytes_is_found() {
        for length in 0..60 {
            for byte in 0..=u8::MAX {
                let mut bytes = vec![b'x'; 30];
                bytes.push(byte);
                bytes.extend(vec![b'y'; length]);
                let found = behind_last(|eight| equal(eight, b'\t'), &bytes, bytes.len());
                let is_near = length < MAX_THREAD;
                assert_eq!(found, (byte == b'\t' && is_near).then_some(31), "{byte} and {length} behind it");
                let found = behind_last(|eight| among(eight, b'<'..=b'>'), &bytes, bytes.len());
                let wanted = matches!(byte, b'<' | b'=' | b'>') && is_near;
                assert_eq!(found, wanted.then_some(31), "{byte} and {length} behind it");
            }
        }
        assert_eq!(behind_last(|eight| equal(eight, b'='), b"1=2=3=4=5=6", 11), Some(10));
        assert_eq!(behind_last(|eight| equal(eight, b'='), b"1=", 2), None, "too short");
    }
}
