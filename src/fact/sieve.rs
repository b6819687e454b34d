//! Which lines of a log are worth reading: asked by the readers, answered by whoever knows the rules.

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
}

/// Knows which lines some rule may ask for. It may name too many, never too few.
pub trait Sieve: Send + Sync {
    /// Adds the lines of a block that may be asked for, each once, in order; and where each line end ends, so that
    /// the next line begins there. A block begins where a line begins and ends where one ends, or the file does; it is
    /// in an encoding that has ASCII as ASCII.
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
