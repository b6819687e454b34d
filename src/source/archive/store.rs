//! Where the bytes of an archive are that has to be read in any order: a file, or memory.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Take};
use std::sync::Arc;

/// An archive that can be read at any place, by several readers at once.
#[derive(Debug, Clone)]
pub(crate) enum Store {
    /// An open file, with its length. It stays the same file whatever happens to its name.
    File(Arc<File>, u64),
    Held(Arc<Vec<u8>>),
}

impl Store {
    pub(crate) fn file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File(Arc::new(file), length))
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::File(_, length) => *length,
            Self::Held(bytes) => bytes.len() as u64,
        }
    }

    /// A reader of its own, at this place.
    pub(crate) fn at(&self, at: u64) -> StoreReader {
        StoreReader { store: self.clone(), at, buffer: Room::default(), start: 0, chunk: BUFFER }
    }

    /// A piece of it. The buffer is no larger than the piece.
    pub(crate) fn piece(&self, at: u64, length: u64) -> Take<StoreReader> {
        let chunk = usize::try_from(length).unwrap_or(BUFFER).clamp(1, BUFFER);
        StoreReader { chunk, ..self.at(at) }.take(length)
    }

    /// Fewer bytes than asked for are the end, or a part; none is the end.
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        match self {
            Self::File(file, _) => read_at(file, into, at),
            Self::Held(bytes) => {
                let from = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let count = into.len().min(bytes.len() - from);
                into[..count].copy_from_slice(&bytes[from..from + count]);
                Ok(count)
            }
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

/// Room that begins where a page does: the system copies several times as fast to there as to a place right behind it.
#[derive(Debug, Default)]
pub(super) struct Room {
    space: Vec<u8>,
    from: usize,
    filled: usize,
}

impl Room {
    /// Fills it anew with what is read into so many bytes. After an error it is empty.
    pub(super) fn fill(&mut self, most: usize, read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<()> {
        const PAGE: usize = 4096;
        if self.space.len() < most + PAGE {
            self.space = vec![0; most + PAGE];
            let address = self.space.as_ptr().addr();
            self.from = address.next_multiple_of(PAGE) - address;
        }
        self.filled = 0;
        self.filled = read(&mut self.space[self.from..self.from + most])?.min(most);
        Ok(())
    }

    /// What is in it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.space[self.from..self.from + self.filled]
    }
}

/// Reads a [`Store`] from some place on, through a small buffer that jumps back and forth do not throw away.
pub(crate) struct StoreReader {
    store: Store,
    at: u64,
    buffer: Room,
    /// The place of the buffer.
    start: u64,
    /// How much is read at a time.
    chunk: usize,
}

const BUFFER: usize = 32 * 1024;

impl StoreReader {
    fn buffered(&self) -> Option<&[u8]> {
        let offset = usize::try_from(self.at.checked_sub(self.start)?).ok()?;
        self.buffer.bytes().get(offset..).filter(|rest| !rest.is_empty())
    }
}

impl BufRead for StoreReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.buffered().is_none() {
            self.start = self.at;
            self.buffer.fill(self.chunk, |into| self.store.read_at(into, self.at))?;
        }
        Ok(self.buffered().unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.at += count as u64;
    }
}

impl Read for StoreReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = if self.buffered().is_none() && into.len() >= self.chunk {
            self.store.read_at(into, self.at)?
        } else {
            self.fill_buf()?.read(into)?
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for StoreReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.store.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
