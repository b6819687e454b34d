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

/// The lines of a block from a place on, without their line ends, where it is known where each of these ends.
pub fn lines(block: &[u8], from: usize, ends: &[u32]) -> impl Iterator<Item = Range<usize>> {
    let last = Some(block.len()).filter(|&end| ends.last().map_or(from, |&end| from + end as usize) < end);
    let nexts = ends.iter().map(move |&end| from + end as usize).chain(last);
    nexts.scan(from, |start, next| {
        let line = *start..without_end(block, *start, next);
        *start = next;
        Some(line)
    })
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
