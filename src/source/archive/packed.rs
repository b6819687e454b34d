//! Packed streams: gzip, zstd, xz and bzip2, each with as many members as there are.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::budget::{Hold, Memory};
use super::content::{Steady, bad, buffered};
use super::inflate::Member;

/// How a stream is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

const XZ: [u8; 6] = [0xFD, b'7', b'z', b'X', b'Z', 0];

impl Packing {
    /// By the first bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1F, 0x8B, 8, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            // A skippable frame may come first; its length keeps other files out.
            [0x50..=0x5F, 0x2A, 0x4D, 0x18, _, _, _, 0, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Some(Self::Bzip2),
            _ if head.starts_with(&XZ) => Some(Self::Xz),
            _ => None,
        }
    }

    /// The name that the content has without its packing.
    pub(super) fn bare(self, name: &str) -> &str {
        let extensions: &[&str] = match self {
            Self::Gzip => &[".gz"],
            Self::Zstd => &[".zst"],
            Self::Xz => &[".xz"],
            Self::Bzip2 => &[".bz2"],
        };
        let lower = name.to_ascii_lowercase();
        let known = extensions.iter().find(|known| lower.ends_with(*known));
        let bare = known.map_or(name, |known| &name[..name.len() - known.len()]);
        if bare.is_empty() || bare.ends_with('/') { name } else { bare }
    }

    /// Unpacks.
    pub(super) fn unpack<'a>(self, content: impl Read + 'a, memory: &Memory) -> io::Result<Box<dyn Read + 'a>> {
        let content = Input { inner: buffered(content), again: Vec::new(), at: 0 };
        match self {
            Self::Xz => xz(content, memory),
            _ => {
                let memory = memory.clone();
                let members = Members { packing: self, memory, state: State::Between(content), first: true };
                // Deflate gives out in any case what stands before the damage.
                Ok(if self == Self::Gzip { Box::new(members) } else { Box::new(Steady::new(members)) })
            }
        }
    }
}

/// The packed bytes. Those of a header that was looked at can be put back.
struct Input<'a> {
    inner: Box<dyn BufRead + 'a>,
    again: Vec<u8>,
    at: usize,
}

impl Input<'_> {
    fn put_back(&mut self, bytes: &[u8]) {
        self.again = [bytes, &self.again[self.at..]].concat();
        self.at = 0;
    }
}

impl Read for Input<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.again.len() {
            return self.inner.read(into);
        }
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.again.len() { Ok(&self.again[self.at..]) } else { self.inner.fill_buf() }
    }

    fn consume(&mut self, count: usize) {
        if self.at < self.again.len() { self.at += count } else { self.inner.consume(count) }
    }
}

/// One member after the other.
struct Members<'a> {
    packing: Packing,
    memory: Memory,
    state: State<'a>,
    first: bool,
}

enum State<'a> {
    Between(Input<'a>),
    Gzip(Box<Member<Input<'a>>>),
    Bzip2(bzip2::bufread::BzDecoder<Input<'a>>),
    Zstd(Frame<'a>),
    Ended,
}

/// One frame, and the memory that its window takes.
struct Frame<'a>(
    Box<StreamingDecoder<Input<'a>, FrameDecoder>>,
    #[expect(dead_code, reason = "given back at the end")] Hold,
);

impl Read for Members<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match &mut self.state {
                State::Between(_) => {
                    self.next_member()?;
                    continue;
                }
                State::Gzip(member) => member.read(into)?,
                State::Bzip2(decoder) => decoder.read(into)?,
                State::Zstd(frame) => frame.0.read(into)?,
                State::Ended => return Ok(0),
            };
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            self.state = match std::mem::replace(&mut self.state, State::Ended) {
                State::Gzip(member) => State::Between(member.into_rest()),
                State::Bzip2(decoder) => State::Between(decoder.into_inner()),
                State::Zstd(frame) => State::Between(end_frame(frame)?),
                other => other,
            };
        }
    }
}

impl Members<'_> {
    /// Begins the next member, if there is one. Zeros behind the last one are the padding of tapes and blocks.
    fn next_member(&mut self) -> io::Result<()> {
        let State::Between(mut input) = std::mem::replace(&mut self.state, State::Ended) else { return Ok(()) };
        while !self.first && input.fill_buf()?.first() == Some(&0) {
            let zeros = input.fill_buf()?.iter().take_while(|byte| **byte == 0).count();
            input.consume(zeros);
        }
        let next = input.fill_buf()?;
        if next.is_empty() {
            return Ok(());
        }
        let fits = match self.packing {
            Packing::Gzip => next[0] == 0x1F,
            Packing::Bzip2 => next[0] == b'B',
            Packing::Zstd => matches!(next[0], 0x28 | 0x50..=0x5F),
            Packing::Xz => true,
        };
        if !fits {
            return Err(bad("what follows the end of the packed stream is not packed; it is not read"));
        }
        self.first = false;
        self.state = match self.packing {
            Packing::Gzip => State::Gzip(Box::new(Member::open(input)?)),
            Packing::Bzip2 => State::Bzip2(bzip2::bufread::BzDecoder::new(input)),
            _ => begin_frame(input, &self.memory)?,
        };
        Ok(())
    }
}

/// Begins a zstd frame, or passes a skippable one over.
fn begin_frame<'a>(mut input: Input<'a>, memory: &Memory) -> io::Result<State<'a>> {
    let mut start = [0; 4];
    input.read_exact(&mut start)?;
    if matches!(u32::from_le_bytes(start), 0x184D_2A50..=0x184D_2A5F) {
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = u64::from(u32::from_le_bytes(length));
        let skipped = io::copy(&mut (&mut input).take(length), &mut io::sink())?;
        return if skipped == length { Ok(State::Between(input)) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
    }
    // The header says how large the window is; the decoder gets its bytes once more.
    let mut header = [0; 14];
    let mut length = 1;
    input.read_exact(&mut header[..1])?;
    let descriptor = header[0];
    let single = descriptor & 0x20 != 0;
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size_bytes = match descriptor >> 6 {
        0 => usize::from(single),
        other => 1 << other,
    };
    length += usize::from(!single) + dictionary + size_bytes;
    input.read_exact(&mut header[1..length])?;
    let window = if single {
        let mut size = [0; 8];
        size[..size_bytes].copy_from_slice(&header[length - size_bytes..length]);
        u64::from_le_bytes(size).saturating_add(if size_bytes == 2 { 256 } else { 0 })
    } else {
        let base = 1_u64 << (10 + (header[1] >> 3));
        base + base / 8 * u64::from(header[1] & 7)
    };
    let hold = memory.window(window.max(1 << 17))?;
    input.put_back(&[&start[..], &header[..length]].concat());
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(super::budget::MAX_WINDOW);
    let decoder = StreamingDecoder::new_with_decoder(input, decoder).map_err(|error| bad(error.to_string()))?;
    Ok(State::Zstd(Frame(Box::new(decoder), hold)))
}

fn end_frame(frame: Frame<'_>) -> io::Result<Input<'_>> {
    let (stated, seen) = (frame.0.decoder.get_checksum_from_data(), frame.0.decoder.get_calculated_checksum());
    if stated.is_some() && stated != seen {
        return Err(bad("its checksum (XXH64) does not fit: it is damaged"));
    }
    Ok(frame.0.into_inner())
}

/// An xz file. The first block tells how large the window is; a later one may not ask for more.
fn xz<'a>(mut content: Input<'a>, memory: &Memory) -> io::Result<Box<dyn Read + 'a>> {
    // A window of 8 MiB is what `xz` takes if nobody says otherwise.
    const USUAL: u64 = 8 << 20;
    let need = xz_window(content.fill_buf()?).unwrap_or(0).max(USUAL) + (1 << 20);
    let hold = memory.window(need)?;
    let limit = u32::try_from(need >> 10).unwrap_or(u32::MAX);
    Ok(Box::new(Steady::new(Xz(lzma_rust2::XzReader::new_mem_limit(content, true, limit), hold))))
}

struct Xz<'a>(lzma_rust2::XzReader<Input<'a>>, #[expect(dead_code, reason = "given back at the end")] Hold);

impl Read for Xz<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(|error| match error.kind() {
            io::ErrorKind::OutOfMemory => io::Error::other("a later part takes a larger window than the first one"),
            _ => error,
        })
    }
}

/// The window that the first block of an xz file asks for: the property of its last filter.
fn xz_window(head: &[u8]) -> Option<u64> {
    let block = head.get(12..)?;
    let length = (usize::from(*block.first()?) + 1) * 4;
    let flags = *block.get(1)?;
    let mut at = 2;
    let mut number = || -> Option<u64> {
        let mut value = 0;
        for shift in 0..9 {
            let byte = *block.get(..length)?.get(at)?;
            at += 1;
            value |= u64::from(byte & 0x7F) << (7 * shift);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    };
    for _ in 0..(flags >> 6 & 1) + (flags >> 7) {
        number()?;
    }
    for _ in 0..=(flags & 3) {
        let (filter, properties) = (number()?, number()?);
        let mut property = 0;
        for _ in 0..properties.min(64) {
            property = number()?;
        }
        if filter == 0x21 {
            return lzma2_window(u8::try_from(property).ok()?);
        }
    }
    None
}

/// The window of an LZMA2 stream, by its one property.
pub(super) fn lzma2_window(property: u8) -> Option<u64> {
    match property {
        0..40 => Some((2 | u64::from(property & 1)) << (property / 2 + 11)),
        40 => Some(0xFFFF_FFFF),
        _ => None,
    }
}

/// Raw LZMA of a known length, with its five bytes of properties. A window larger than the content is never used.
pub(super) fn lzma<'a>(
    content: impl Read + 'a,
    properties: &[u8],
    size: u64,
    memory: &Memory,
) -> io::Result<Box<dyn Read + 'a>> {
    let &[first, a, b, c, d, ..] = properties else { return Err(bad("its LZMA header is damaged")) };
    let window = u64::from(u32::from_le_bytes([a, b, c, d])).min(size).max(4096);
    let hold = memory.window(window + (1 << 16))?;
    let window = u32::try_from(window).unwrap_or(u32::MAX);
    let decoder = lzma_rust2::LzmaReader::new_with_props(content, size, first, window, None)?;
    Ok(Box::new(Steady::new(Windowed(decoder, hold))))
}

/// LZMA2 of a known length, with its one byte of properties.
pub(super) fn lzma2<'a>(
    content: impl Read + 'a,
    property: u8,
    size: u64,
    memory: &Memory,
) -> io::Result<Box<dyn Read + 'a>> {
    let window = lzma2_window(property).ok_or_else(|| bad("its LZMA2 header is damaged"))?.min(size).max(4096);
    let hold = memory.window(window + (1 << 17))?;
    let window = u32::try_from(window).unwrap_or(u32::MAX);
    Ok(Box::new(Steady::new(Windowed(lzma_rust2::Lzma2Reader::new(content, window, None), hold))))
}

/// A decoder, and the memory that its window takes.
struct Windowed<R>(R, #[expect(dead_code, reason = "given back at the end")] Hold);

impl<R: Read> Read for Windowed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}
