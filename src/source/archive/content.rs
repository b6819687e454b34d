//! Content that is checked while it is read: its length, and the sum that its archive states.

use std::io::{self, BufRead, Read};

use crc32fast::Hasher;

use super::store::Room;

/// Gives the error of opening to whoever reads, as often as somebody does.
#[derive(Debug, Clone)]
pub(crate) struct Failing(io::ErrorKind, String);

impl From<io::Error> for Failing {
    fn from(error: io::Error) -> Self {
        Self(error.kind(), error.to_string())
    }
}

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(self.0, self.1.clone()))
    }
}

/// Content of which its archive states the length, and mostly the CRC-32.
pub(super) struct Checked<R> {
    inner: R,
    left: u64,
    sum: Option<u32>,
    seen: Hasher,
}

impl<R: Read> Checked<R> {
    pub(super) fn new(inner: R, size: u64, sum: Option<u32>) -> Self {
        Self { inner, left: size, sum, seen: Hasher::new() }
    }

    fn end(&mut self) -> io::Result<usize> {
        if self.left > 0 {
            let left = std::mem::take(&mut self.left);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the last {left} bytes are missing")));
        }
        match self.sum.take() {
            Some(sum) if sum != self.seen.clone().finalize() => {
                Err(bad("its checksum (CRC-32) does not fit: it is damaged"))
            }
            _ => Ok(0),
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            // What the header does not know of is not unpacked.
            return match self.inner.read(&mut [0])? {
                0 => self.end(),
                _ => Err(bad("it is longer than its header states; what is beyond that is not read")),
            };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let read = self.inner.read(&mut into[..most])?;
        if read == 0 {
            return self.end();
        }
        if self.sum.is_some() {
            self.seen.update(&into[..read]);
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Content that is unpacked in pieces of one size, whoever reads how much of it at a time: so damage costs the same bytes
/// in every walk.
pub(super) struct Steady<R> {
    inner: R,
    piece: Vec<u8>,
    at: usize,
    failed: Option<io::Error>,
}

impl<R: Read> Steady<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, piece: Vec::new(), at: 0, failed: None }
    }

    fn next_piece(&mut self) {
        self.piece.resize(PIECE, 0);
        let mut filled = 0;
        while filled < PIECE {
            match self.inner.read(&mut self.piece[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        self.piece.truncate(filled);
        self.at = 0;
    }
}

impl<R: Read> Read for Steady<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() && self.failed.is_none() && !into.is_empty() {
            self.next_piece();
        }
        let rest = &self.piece[self.at..];
        if rest.is_empty()
            && let Some(error) = self.failed.take()
        {
            return Err(error);
        }
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// How much is unpacked at a time.
const PIECE: usize = 32 * 1024;

/// Reads and forgets, and says how much that was.
pub(super) fn drain(content: &mut dyn Read) -> io::Result<u64> {
    let mut gone = [0; 16 * 1024];
    let mut count = 0;
    loop {
        match fill(content, &mut gone)? {
            0 => return Ok(count),
            read => count += read as u64,
        }
    }
}

/// Fills as much of the buffer as there is content; less is the end.
pub(super) fn fill(content: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    let mut at = 0;
    while at < into.len() {
        match content.read(&mut into[at..]) {
            Ok(0) => break,
            Ok(read) => at += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(at)
}

/// A buffer of the usual size.
pub(super) fn buffered<'a>(content: impl Read + 'a) -> Box<dyn BufRead + 'a> {
    Box::new(Buffered { inner: content, room: Room::default(), at: 0 })
}

/// Content with a buffer before it.
struct Buffered<R> {
    inner: R,
    room: Room,
    at: usize,
}

impl<R: Read> BufRead for Buffered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.room.bytes().len() {
            self.at = 0;
            self.room.fill(PIECE, |into| self.inner.read(into))?;
        }
        Ok(&self.room.bytes()[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.room.bytes().len());
    }
}

impl<R: Read> Read for Buffered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

/// An error of damaged content.
pub(super) fn bad(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8], size: u64, sum: Option<u32>) -> (Vec<u8>, Option<String>) {
        let mut out = Vec::new();
        let error = Checked::new(content, size, sum).read_to_end(&mut out).err();
        (out, error.map(|error| error.to_string()))
    }

    #[test]
    fn length_and_sum_are_checked_and_what_was_read_is_kept() {
        assert_eq!(read(b"abc", 3, Some(0x3524_41C2)), (b"abc".to_vec(), None));
        assert!(read(b"abc", 3, Some(7)).1.is_some_and(|what| what.contains("CRC-32")));
        assert_eq!(read(b"abc", 5, None), (b"abc".to_vec(), Some("the last 2 bytes are missing".to_owned())));
        let (kept, error) = read(b"abcdef", 3, None);
        assert!(kept == b"abc" && error.is_some_and(|what| what.contains("longer than its header states")));
        assert_eq!(read(b"", 0, Some(0)), (Vec::new(), None));
    }
}
