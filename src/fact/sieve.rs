//! Which lines of a log are worth reading: asked by the readers, answered by whoever knows the rules.

use std::ops::Range;
use std::sync::Arc;

/// A line of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sifted {
    /// Its number within the block, from 0.
    pub line: u64,
    /// Where it begins in the block.
    pub start: usize,
    /// Where it ends, without its line end.
    pub end: usize,
    /// One of the queries that may match it, by its number; `None` if it is not known which do.
    pub query: Option<u32>,
}

/// The lines of a block from a place on, where it is known where each line end ends, counted from that place.
#[must_use]
pub fn lines<'a>(block: &'a [u8], from: usize, ends: &'a [u32]) -> BlockLines<'a> {
    BlockLines { block, from, start: from, ends }
}

/// Gives out where each line stands, without its line end.
#[derive(Debug, Clone)]
pub struct BlockLines<'a> {
    block: &'a [u8],
    from: usize,
    start: usize,
    ends: &'a [u32],
}

impl BlockLines<'_> {
    /// Where the next line begins.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Where each of the lines that are left ends with its line end; one that has none is left out.
    pub fn ends(&self) -> impl Iterator<Item = usize> {
        self.ends.iter().map(|&end| self.from + end as usize)
    }
}

impl Iterator for BlockLines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let next = match self.ends.split_first() {
            Some((&end, behind)) => {
                self.ends = behind;
                self.from + end as usize
            }
            None => Some(self.block.len()).filter(|&end| end > self.start)?,
        };
        let line = self.start..without_end(self.block, self.start, next);
        self.start = next;
        Some(line)
    }

    /// As quick as [`Self::next`], however many lines are passed over.
    fn nth(&mut self, count: usize) -> Option<Range<usize>> {
        let (passed, behind) = self.ends.split_at_checked(count).unwrap_or((self.ends, &[]));
        self.start = passed.last().map_or(self.start, |&end| self.from + end as usize);
        self.ends = behind;
        self.next().filter(|_| passed.len() == count)
    }
}

/// Where a line ends that begins and goes on at these places, without its line end.
#[inline(always)]
fn without_end(bytes: &[u8], start: usize, next: usize) -> usize {
    let ends_with = |end: usize, byte: u8| end > start && bytes.get(end - 1) == Some(&byte);
    let end = next - usize::from(ends_with(next, b'\n'));
    end - usize::from(ends_with(end, b'\r'))
}

/// Knows which lines some rule may ask for. It may name too many, never too few.
pub trait Sieve: Send + Sync {
    /// Adds the lines of a block that may be asked for, in order, each once for each query that may match it; and where
    /// each line end ends, so that the next line begins there. A block begins where a line begins and ends where one
    /// ends, or the file does; it is in an encoding that has ASCII as ASCII.
    fn sift(&self, block: &[u8], found: &mut Vec<Sifted>, ends: &mut Vec<u32>);

    /// Whether some rule asks for a text with a word, between blanks, that is nothing but this mark again and again.
    fn asks_for_word_of(&self, mark: u8) -> bool;
}

/// Makes the sieve of each file.
pub trait Sieves: Sync {
    /// The sieve for a file, by its name and its beginning; `None` if all of it has to be read.
    fn sieve(&self, name: &str, head: &str) -> Option<Arc<dyn Sieve>>;
}

/// Has every file read whole.
#[derive(Debug, Clone, Copy)]
pub struct ReadAll;

impl Sieves for ReadAll {
    fn sieve(&self, _: &str, _: &str) -> Option<Arc<dyn Sieve>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_passed_over_as_if_one_by_one() {
        let text = b"?one\r\n\ntwo\rthree";
        for len in [11, text.len()] {
            let lines = lines(&text[..len], 1, &[5, 6, 10]);
            let places: Vec<_> = lines.clone().collect();
            assert_eq!(places.len(), if len == 11 { 3 } else { 4 }, "{places:?}");
            assert_eq!(lines.ends().collect::<Vec<_>>(), [6, 7, 11]);
            for count in 0..6 {
                let (mut passed, mut others) = (lines.clone(), places.iter().skip(count + 1));
                assert_eq!(passed.nth(count).as_ref(), places.get(count), "{count}");
                assert!(passed.all(|line| Some(&line) == others.next()) && others.next().is_none(), "{count}");
            }
        }
    }
}
