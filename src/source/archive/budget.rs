//! What a walk may cost: bytes that are unpacked, and memory that is held at one time.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::Limits;

/// What may be unpacked of one archive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) left: u64,
    /// The limit that it comes from, for the message.
    limit: Limit,
}

#[derive(Debug, Clone, Copy)]
enum Limit {
    Unpacked(u64),
    Ratio(u64),
}

/// The ratio is not held against archives so small that their content is too.
const MIN_BUDGET: u64 = 64 * 1024;

impl Allowance {
    /// For an archive of this size, of which the limits leave `left` bytes to unpack.
    pub(crate) fn new(limits: &Limits, left: u64, packed: u64) -> Self {
        let by_ratio = packed.saturating_mul(limits.max_ratio).max(MIN_BUDGET);
        if by_ratio < left {
            Self { left: by_ratio, limit: Limit::Ratio(limits.max_ratio) }
        } else {
            Self { left, limit: Limit::Unpacked(limits.max_unpacked) }
        }
    }
}

/// What may still be unpacked. What is inside of archives inside of archives counts at every step.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<u64>,
    limit: Limit,
}

impl Budget {
    pub(crate) fn new(allowance: Allowance) -> Self {
        Self { left: Cell::new(allowance.left), limit: allowance.limit }
    }

    /// What is left, for a part of the archive.
    pub(crate) fn rest(&self) -> Allowance {
        Allowance { left: self.left(), limit: self.limit }
    }

    pub(crate) fn left(&self) -> u64 {
        self.left.get()
    }

    pub(crate) fn spend(&self, bytes: u64) {
        self.left.set(self.left.get().saturating_sub(bytes));
    }

    pub(crate) fn exceeded(&self) -> String {
        match self.limit {
            Limit::Unpacked(bytes) => {
                format!("the limit of {bytes} unpacked bytes is reached (`--max-unpacked {bytes}`)")
            }
            Limit::Ratio(ratio) => {
                format!("the content is more than {ratio} times larger than its archive (`--max-ratio {ratio}`)")
            }
        }
    }
}

/// Reads on as long as the budget lasts, then fails. After an error it fails the same way again: whoever skips the rest
/// learns of it too.
pub(super) struct Budgeted<'a> {
    inner: &'a mut dyn Read,
    budget: &'a Budget,
    failed: Option<(io::ErrorKind, String)>,
}

impl<'a> Budgeted<'a> {
    pub(super) fn new(inner: &'a mut dyn Read, budget: &'a Budget) -> Self {
        Self { inner, budget, failed: None }
    }

    fn read_within(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.budget.left() == 0 {
            // Content that ends right at the limit is whole.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other(self.budget.exceeded())),
            };
        }
        let most = usize::try_from(self.budget.left()).unwrap_or(usize::MAX).min(into.len());
        let read = self.inner.read(&mut into[..most])?;
        self.budget.spend(read as u64);
        Ok(read)
    }
}

impl Read for Budgeted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if let Some((kind, what)) = &self.failed {
            return Err(io::Error::new(*kind, what.clone()));
        }
        let read = self.read_within(into);
        if let Err(error) = &read
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed = Some((error.kind(), error.to_string()));
        }
        read
    }
}

/// The memory that one walk may hold at one time, over all archives that it is inside of.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    left: Rc<Cell<u64>>,
}

/// A share of the memory, given back when it goes.
#[derive(Debug)]
pub(super) struct Hold {
    memory: Memory,
    bytes: u64,
}

impl Memory {
    /// Two threads at work, and the tool itself, stay well below 300 MiB.
    const MOST: u64 = 104 << 20;

    pub(super) fn new() -> Self {
        Self { left: Rc::new(Cell::new(Self::MOST)) }
    }

    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    /// A share for a packed stream's window, or why it is not given.
    pub(super) fn window(&self, bytes: u64) -> io::Result<Hold> {
        let mib = |bytes: u64| bytes.div_ceil(1 << 20);
        if bytes > MAX_WINDOW {
            let (wanted, most) = (mib(bytes), mib(MAX_WINDOW));
            let what = format!("unpacking it takes a window of {wanted} MiB, and the limit is {most} MiB");
            return Err(io::Error::other(what));
        }
        self.take(bytes).ok_or_else(|| {
            let (wanted, left) = (mib(bytes), mib(self.left()));
            let what = format!(
                "unpacking it takes a window of {wanted} MiB, and the archives around it leave {left} MiB of the limit"
            );
            io::Error::other(what)
        })
    }

    pub(super) fn take(&self, bytes: u64) -> Option<Hold> {
        let left = self.left().checked_sub(bytes)?;
        self.left.set(left);
        Some(Hold { memory: self.clone(), bytes })
    }
}

/// The largest window of a packed stream: `xz -9` and 7-Zip's "ultra" take 64 MiB.
pub(super) const MAX_WINDOW: u64 = 66 << 20;

impl Drop for Hold {
    fn drop(&mut self) {
        self.memory.left.set(self.memory.left() + self.bytes);
    }
}
