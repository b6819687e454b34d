//! What the text of a bundle is like. It decides how patterns are looked for, never what is found.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// So much is kept of a bundle.
const MOST: usize = 1024 * 1024;

/// So much of one place.
const PIECE: usize = 8 * 1024;

/// Some of the text that was read, and more with each file: what is packed cannot be looked at before.
#[derive(Debug, Default)]
pub(super) struct Sample(Mutex<Vec<u8>>);

impl Sample {
    /// Adds the beginning of a file.
    pub(super) fn add(&self, text: &[u8]) {
        let mut known = self.lock();
        let room = MOST.saturating_sub(known.len());
        known.extend(&text[..text.len().min(room)]);
    }

    /// Adds a little of the middle of a block.
    pub(super) fn add_some(&self, block: &[u8]) {
        let from = (block.len() / 2).saturating_sub(PIECE / 2);
        self.add(&block[from..block.len().min(from + PIECE)]);
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn text(&self) -> Vec<u8> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_up_to_a_limit() {
        let sample = Sample::default();
        sample.add(b"known head");
        sample.add_some(b"");
        sample.add_some(b" block");
        assert_eq!(sample.text(), b"known head block");
        let block: Vec<u8> = [vec![b'a'; 100_000], vec![b'b'; PIECE], vec![b'c'; 100_000]].concat();
        sample.add_some(&block);
        assert!(sample.text()[16..] == block[100_000..100_000 + PIECE]);
        (0..20).for_each(|_| sample.add(&block));
        assert_eq!(sample.len(), MOST);
    }
}
