//! Deflated content, and what checks it: raw deflate, the members of gzip, and CRC-32.

use std::io::{self, BufRead, Read};

use super::content::bad;
use super::deflate::{Deflate, Halt};

/// Unpacks raw deflate. What was unpacked before the damage is given out before the error.
pub(super) struct Inflate<R> {
    input: R,
    state: Deflate,
    /// How many packed bytes there were so far, and how many unpacked ones were given out.
    totals: (u64, u64),
    ended: bool,
    /// What was wrong behind the bytes that were unpacked last.
    failed: Option<io::Error>,
}

impl<R: BufRead> Inflate<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, state: Deflate::new(), totals: (0, 0), ended: false, failed: None }
    }

    /// How many packed bytes there were so far, and how many unpacked ones.
    pub(super) fn totals(&self) -> (u64, u64) {
        self.totals
    }

    pub(super) fn input(&mut self) -> &mut R {
        &mut self.input
    }

    /// Unpacks on.
    fn step(&mut self) -> io::Result<()> {
        let packed = self.input.fill_buf()?;
        let is_last = packed.is_empty();
        let (used, halt) = self.state.run(packed);
        self.input.consume(used);
        self.totals.0 += used as u64;
        match halt {
            Halt::Ended => self.ended = true,
            Halt::Full => {}
            Halt::Hungry if !is_last => {}
            Halt::Hungry => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "incomplete deflate stream")),
            Halt::Corrupt => return Err(io::Error::new(io::ErrorKind::InvalidInput, "corrupt deflate stream")),
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Inflate<R> {
    /// Fills the buffer, if there is enough: whoever reads large blocks gets them.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut filled = self.state.take(into);
        while filled < into.len() && !self.ended && self.failed.is_none() {
            self.failed = self.step().err();
            filled += self.state.take(&mut into[filled..]);
        }
        self.totals.1 += filled as u64;
        if filled == 0 { self.failed.take().map_or(Ok(0), Err) } else { Ok(filled) }
    }
}

/// One member of a gzip file (RFC 1952), from its header to the sum and the length behind it.
pub(super) struct Member<R> {
    content: Inflate<R>,
    seen: crc32fast::Hasher,
    checked: bool,
}

impl<R: BufRead> Member<R> {
    /// Reads the header.
    pub(super) fn open(mut input: R) -> io::Result<Self> {
        header(&mut input)?;
        Ok(Self { content: Inflate::new(input), seen: crc32fast::Hasher::new(), checked: false })
    }

    /// What follows the member.
    pub(super) fn into_rest(self) -> R {
        self.content.input
    }

    fn check(&mut self) -> io::Result<()> {
        let mut trailer = [0; 8];
        self.content.input().read_exact(&mut trailer)?;
        let [a, b, c, d, e, f, g, h] = trailer;
        let (sum, length) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        let (_, unpacked) = self.content.totals();
        // The length is stated in 32 bits, however long the content is.
        if sum != self.seen.clone().finalize() || u64::from(length) != unpacked & 0xFFFF_FFFF {
            return Err(bad("its length or checksum (CRC-32) does not fit: it is damaged"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Member<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.checked || into.is_empty() {
            return Ok(0);
        }
        let read = self.content.read(into)?;
        self.seen.update(&into[..read]);
        if read == 0 {
            self.check()?;
            self.checked = true;
        }
        Ok(read)
    }
}

const HEADER_SUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xE0;

/// A name or a comment has no more bytes.
const MAX_TEXT: usize = 65_535;

/// Passes over a header. What it says of the content is not needed; it only has to be one.
fn header(input: &mut impl BufRead) -> io::Result<()> {
    let mut input = Summed { inner: input, sum: crc32fast::Hasher::new() };
    let start: [u8; 10] = input.bytes()?;
    let flags = start[3];
    if start[..3] != [0x1F, 0x8B, 8] || flags & RESERVED != 0 {
        return Err(bad("the header of the gzip is damaged"));
    }
    if flags & EXTRA != 0 {
        for _ in 0..u16::from_le_bytes(input.bytes()?) {
            input.bytes::<1>()?;
        }
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            input.pass_text()?;
        }
    }
    if flags & HEADER_SUM != 0 {
        let [low, high, ..] = input.sum.clone().finalize().to_le_bytes();
        if input.bytes()? != [low, high] {
            return Err(bad("the checksum of the header of the gzip does not fit: it is damaged"));
        }
    }
    Ok(())
}

/// A header while it is read, with its sum so far.
struct Summed<'a, R> {
    inner: &'a mut R,
    sum: crc32fast::Hasher,
}

impl<R: BufRead> Summed<'_, R> {
    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        self.sum.update(&bytes);
        Ok(bytes)
    }

    /// A text with a NUL behind it.
    fn pass_text(&mut self) -> io::Result<()> {
        for _ in 0..=MAX_TEXT {
            if self.bytes()? == [0] {
                return Ok(());
            }
        }
        Err(bad("a name in the header of the gzip has no end"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;

    use super::*;

    /// Content that takes more than one block of every size below.
    fn content() -> Vec<u8> {
        let mut noise = 1_u32;
        let next = |_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + (noise >> 27) as u8 % 7
        };
        (0..300_000).map(next).collect()
    }

    fn deflated(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).expect("a writable stream");
        encoder.finish().expect("a whole stream")
    }

    /// A member whose header has every field.
    fn member(content: &[u8], flags: u8) -> Vec<u8> {
        let mut out = vec![0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 255];
        if flags & EXTRA != 0 {
            out.extend([3, 0, 7, 7, 7]);
        }
        for (flag, text) in [(NAME, &b"a.log\0"[..]), (COMMENT, b"\0")] {
            if flags & flag != 0 {
                out.extend(text);
            }
        }
        if flags & HEADER_SUM != 0 {
            let sum = crc32fast::hash(&out).to_le_bytes();
            out.extend([sum[0], sum[1]]);
        }
        out.extend(deflated(content));
        out.extend(crc32fast::hash(content).to_le_bytes());
        out.extend((content.len() as u32).to_le_bytes());
        out
    }

    /// Reads in pieces of this size; returns what came and what was wrong.
    fn read(packed: &[u8], piece: usize) -> (Vec<u8>, Option<io::Error>) {
        let mut out = Vec::new();
        let mut member = match Member::open(io::BufReader::with_capacity(1000, packed)) {
            Ok(member) => member,
            Err(error) => return (out, Some(error)),
        };
        let mut into = vec![0; piece];
        loop {
            match member.read(&mut into) {
                Ok(0) => return (out, None),
                Ok(read) => out.extend(&into[..read]),
                Err(error) => return (out, Some(error)),
            }
        }
    }

    #[test]
    fn every_header_is_passed_over() {
        for flags in 0..32 {
            let (out, error) = read(&member(b"abc", flags), 10);
            assert!(out == b"abc" && error.is_none(), "{flags}: {error:?}");
        }
    }

    #[test]
    fn bad_headers_are_refused() {
        let fine = member(b"abc", HEADER_SUM | NAME);
        for (at, bits) in [(0, 1), (1, 1), (2, 1), (3, 0x20), (3, 0x80), (4, 1), (12, 1)] {
            let mut bad = fine.clone();
            bad[at] ^= bits;
            assert!(read(&bad, 10).1.is_some_and(|error| error.kind() == io::ErrorKind::InvalidData), "{at}");
        }
        for cut in 0..18 {
            let error = read(&fine[..cut], 10).1.map(|error| error.kind());
            assert_eq!(error, Some(io::ErrorKind::UnexpectedEof), "{cut}");
        }
        let mut endless = vec![0x1F, 0x8B, 8, NAME, 0, 0, 0, 0, 0, 255];
        endless.resize(100_000, b'x');
        assert!(read(&endless, 10).1.is_some_and(|error| error.to_string().contains("no end")));
    }

    #[test]
    fn sum_and_length_are_checked() {
        let content = content();
        let fine = member(&content, 0);
        for piece in [1, 1000, 1 << 20] {
            assert!(read(&fine, piece).0 == content);
        }
        for from_end in 1..=8 {
            let mut bad = fine.clone();
            let at = bad.len() - from_end;
            bad[at] ^= 1;
            let (out, error) = read(&bad, 1 << 16);
            assert!(out == content && error.is_some_and(|error| error.to_string().contains("CRC-32")), "{from_end}");
            let (out, error) = read(&fine[..at], 1 << 16);
            assert!(out == content && error.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof));
        }
    }

    #[test]
    fn what_stands_before_the_damage_comes_out_whatever_the_pieces() {
        let content = content();
        let fine = member(&content, 0);
        let cut = &fine[..fine.len() / 2];
        let mut torn = fine.clone();
        let middle = torn.len() / 2;
        torn[middle..middle + 64].fill(0xFF);
        for packed in [cut, &torn] {
            let (expected, _) = read(packed, 1);
            assert!(expected.len() > 50_000);
            for piece in [7, 4096, 100_000, 1 << 20] {
                let (out, error) = read(packed, piece);
                assert!(out == expected && error.is_some(), "{piece}: {} of {}", out.len(), expected.len());
            }
        }
    }
}
