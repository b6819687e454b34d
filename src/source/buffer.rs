//! Where the bytes of a file are read into.

/// How much is read at a time.
pub(super) const BLOCK: usize = 256 * 1024;

/// The system copies about three times as fast to the beginning of a page as to a place right behind one.
const PAGE: usize = 4096;

/// Room for what is kept in front of the next block: it grows if that is not enough.
const FRONT: usize = 256 * 1024;

/// Bytes that were read and not yet used up.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    space: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// What is in it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.space[self.start..self.end]
    }

    /// Gives up bytes at the beginning.
    pub(super) fn drop_front(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Keeps bytes at the beginning and gives up the others.
    pub(super) fn truncate(&mut self, len: usize) {
        self.end = self.end.min(self.start + len);
    }

    /// Adds bytes.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.space[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Reads a block behind what is in it, to the beginning of a page; returns how much was read.
    pub(super) fn fill(&mut self, read: impl FnOnce(&mut [u8]) -> usize) -> usize {
        self.make_room(BLOCK);
        let count = read(&mut self.space[self.end..self.end + BLOCK]).min(BLOCK);
        self.end += count;
        count
    }

    /// Moves what is kept right in front of the beginning of a page, with this much room behind it.
    fn make_room(&mut self, room: usize) {
        let kept = self.end - self.start;
        let least = FRONT.max(kept) + PAGE + room.max(BLOCK);
        if self.space.len() < least {
            let mut space = vec![0; least];
            space[..kept].copy_from_slice(&self.space[self.start..self.end]);
            (self.space, self.start, self.end) = (space, 0, kept);
        }
        let front = FRONT.max(kept);
        let to_page = (self.space.as_ptr().addr() + front).next_multiple_of(PAGE) - self.space.as_ptr().addr();
        self.space.copy_within(self.start..self.end, to_page - kept);
        (self.start, self.end) = (to_page - kept, to_page);
    }
}
