//! Reads cabinets as a stream: stored, MSZIP and LZX.
//!
//! A cabinet has its tables first and its data behind them, folder by folder, so one pass is enough. A folder is one
//! packed stream of blocks; its files are pieces of it.

use std::io::{self, Read};

use lzxd::{Lzxd, WindowSize};

use super::budget::{Budget, Budgeted};
use super::content::{bad, buffered, drain};
use super::deflate::{Deflate, Halt};
use super::{Flow, Spot, Walk, path};

/// A block holds no more, unpacked; MSZIP may need a little more packed.
const BLOCK: usize = 32 * 1024;
const MAX_PACKED: usize = BLOCK + 6144;

/// Walks through the files, folder by folder.
pub(super) fn walk(walk: &mut Walk<'_>, spot: Spot<'_>, content: &mut dyn Read, budget: &Budget) -> Flow {
    let mut input = Input { inner: buffered(content), at: 0 };
    let (reserve, folders, files) = match tables(&mut input) {
        Ok(tables) => tables,
        Err(error) => {
            walk.broken(spot.path, &error);
            return true;
        }
    };
    let mut by_folder: Vec<Vec<File>> = folders.iter().map(|_| Vec::new()).collect();
    for file in files {
        if file.folder >= CONTINUED {
            let what = "it is split over several cabinets, and only one is here; it is not read";
            if let Some(inner) = walk.accept(&spot.prefix(), &file.name) {
                walk.lost(&inner, what.to_owned());
            }
        } else if let Some(list) = by_folder.get_mut(usize::from(file.folder)) {
            list.push(file);
        } else {
            walk.lost(spot.path, "a file of the cabinet is of no folder; it is not read".to_owned());
        }
    }
    for (head, mut files) in folders.into_iter().zip(by_folder) {
        files.sort_by_key(|file| file.start);
        let unpacker = match Unpacker::new(head.packing) {
            Ok(unpacker) => unpacker,
            Err(error) => {
                for file in &files {
                    if let Some(inner) = walk.accept(&spot.prefix(), &file.name)
                        && !walk.unreadable(
                            spot.inner(&inner),
                            Some(file.size),
                            io::Error::new(error.kind(), error.to_string()),
                        )
                    {
                        return false;
                    }
                }
                continue;
            }
        };
        if let Err(error) = input.go_to(head.start) {
            walk.broken(spot.path, &error);
            return true;
        }
        let mut folder =
            Folder { input: &mut input, blocks: head.blocks, reserve, unpacker, block: Vec::new(), taken: 0, at: 0 };
        let mut folder = Budgeted::new(&mut folder, budget);
        if !files_of(walk, spot, &files, &mut folder, budget) {
            return false;
        }
    }
    true
}

/// The files of one folder, in the order of their places.
fn files_of(walk: &mut Walk<'_>, spot: Spot<'_>, files: &[File], folder: &mut dyn Read, budget: &Budget) -> Flow {
    let mut at = 0_u64;
    for file in files {
        let Some(inner) = walk.accept(&spot.prefix(), &file.name) else { continue };
        let (start, size) = (u64::from(file.start), file.size);
        let Some(gap) = start.checked_sub(at) else {
            walk.lost(&inner, "its bytes are also those of another file of the cabinet; it is not read".to_owned());
            continue;
        };
        let gone = drain(&mut folder.take(gap)).and_then(|skipped| if skipped == gap { Ok(()) } else { Err(cut()) });
        if let Err(error) = gone {
            if !walk.unreadable(spot.inner(&inner), Some(size), error) {
                return false;
            }
            continue;
        }
        let mut content = Piece { folder, left: size };
        if !walk.file(spot.inner(&inner), Some(size), &mut content, budget) {
            return false;
        }
        if let Err(error) = drain(&mut content) {
            walk.lost(&inner, format!("cannot be read to its end: {error}; what came before is kept"));
        }
        at = start + size;
    }
    true
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the cabinet ends before it")
}

/// The bytes of one file in its folder.
struct Piece<'a, 'b> {
    folder: &'a mut (dyn Read + 'b),
    left: u64,
}

impl Read for Piece<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.folder.read(&mut into[..most])?;
        if read == 0 {
            let left = self.left;
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the last {left} bytes are missing")));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// The packed bytes, and how far they were read.
struct Input<'a> {
    inner: Box<dyn io::BufRead + 'a>,
    at: u64,
}

impl Input<'_> {
    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn short(&mut self) -> io::Result<u16> {
        self.bytes().map(u16::from_le_bytes)
    }

    fn long(&mut self) -> io::Result<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        let skipped = drain(&mut (&mut self.inner).take(count))?;
        self.at += skipped;
        if skipped == count { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Forward only; every tool writes its tables and folders in this order.
    fn go_to(&mut self, place: u32) -> io::Result<()> {
        let ahead = u64::from(place).checked_sub(self.at);
        self.skip(ahead.ok_or_else(|| bad("the parts of the cabinet stand in no order that a stream can follow"))?)
    }

    /// A text with a NUL behind it.
    fn text(&mut self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            match self.bytes::<1>()? {
                [0] => return Ok(text),
                // The format has room for 256.
                _ if text.len() > 1024 => return Err(bad("a name in the cabinet has no end")),
                [byte] => text.push(byte),
            }
        }
    }
}

struct FolderHead {
    start: u32,
    blocks: u16,
    packing: u16,
}

struct File {
    name: String,
    size: u64,
    start: u32,
    folder: u16,
}

/// From here on, a file's folder says that it began in the cabinet before this one, or goes on in the next.
const CONTINUED: u16 = 0xFFFD;

/// The tables: how much is reserved in each block, the folders, the files.
fn tables(input: &mut Input<'_>) -> io::Result<(usize, Vec<FolderHead>, Vec<File>)> {
    input.skip(16)?;
    let files_start = input.long()?;
    input.skip(4)?;
    let [_minor, major] = input.bytes()?;
    if major != 1 {
        return Err(bad(format!("a cabinet of version {major}, which is not known")));
    }
    let (folder_count, file_count, flags) = (input.short()?, input.short()?, input.short()?);
    input.skip(4)?;
    let (mut folder_reserve, mut block_reserve) = (0, 0);
    if flags & 4 != 0 {
        let header_reserve = input.short()?;
        [folder_reserve, block_reserve] = input.bytes()?;
        input.skip(u64::from(header_reserve))?;
    }
    // Names of the cabinet before and after it, and of their disks.
    for _ in 0..2 * (flags & 1) + (flags & 2) {
        input.text()?;
    }
    let mut folders = Vec::new();
    for _ in 0..folder_count {
        let (start, blocks, packing) = (input.long()?, input.short()?, input.short()?);
        input.skip(u64::from(folder_reserve))?;
        folders.push(FolderHead { start, blocks, packing });
    }
    input.go_to(files_start)?;
    let mut files = Vec::new();
    for _ in 0..file_count {
        let (size, start, folder) = (input.long()?, input.long()?, input.short()?);
        input.skip(6)?;
        let name = path::text(&input.text()?);
        files.push(File { name, size: u64::from(size), start, folder });
    }
    Ok((usize::from(block_reserve), folders, files))
}

/// How the blocks of a folder are packed. Every block may refer to the one before it.
enum Unpacker {
    Stored,
    Mszip(Box<Deflate>),
    Lzx(Box<Lzxd>),
}

impl Unpacker {
    fn new(packing: u16) -> io::Result<Self> {
        match packing & 0xF {
            0 => Ok(Self::Stored),
            1 => Ok(Self::Mszip(Box::new(Deflate::new()))),
            3 => {
                let window = match packing >> 8 & 0x1F {
                    15 => WindowSize::KB32,
                    16 => WindowSize::KB64,
                    17 => WindowSize::KB128,
                    18 => WindowSize::KB256,
                    19 => WindowSize::KB512,
                    20 => WindowSize::MB1,
                    21 => WindowSize::MB2,
                    other => return Err(bad(format!("packed with an LZX window of 2^{other} bytes, which none has"))),
                };
                Ok(Self::Lzx(Box::new(Lzxd::new(window))))
            }
            2 => Err(bad("packed with Quantum, which is not known here; it is not unpacked")),
            other => Err(bad(format!("packed by method {other}, which is not known here; it is not unpacked"))),
        }
    }

    /// Unpacks one block, which should have this size.
    fn unpack(&mut self, packed: &[u8], size: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Stored => Ok(packed.to_vec()),
            Self::Mszip(inflate) => {
                let packed = packed.strip_prefix(b"CK").ok_or_else(|| bad("a block of the cabinet has no mark"))?;
                inflate.restart();
                if inflate.run(packed).1 == Halt::Corrupt {
                    return Err(bad("corrupt deflate stream"));
                }
                // If there is more than there should be, it shows.
                let mut out = vec![0; size + 1];
                let unpacked = inflate.take(&mut out);
                out.truncate(unpacked);
                Ok(out)
            }
            Self::Lzx(lzx) => {
                let out = lzx.decompress_next(packed, size).map_err(|error| bad(error.to_string()))?;
                Ok(out.to_vec())
            }
        }
    }
}

/// The unpacked stream of one folder.
struct Folder<'a, 'b> {
    input: &'a mut Input<'b>,
    /// Blocks that are still to come.
    blocks: u16,
    reserve: usize,
    unpacker: Unpacker,
    block: Vec<u8>,
    taken: usize,
    /// The number of the block, for the message.
    at: u32,
}

impl Folder<'_, '_> {
    fn next_block(&mut self) -> io::Result<()> {
        self.blocks -= 1;
        self.at += 1;
        let (sum, packed, size) = (self.input.long()?, self.input.short()?, self.input.short()?);
        let mut reserved = vec![0; self.reserve];
        self.input.inner.read_exact(&mut reserved)?;
        let (packed, size) = (usize::from(packed), usize::from(size));
        if packed > MAX_PACKED || size > BLOCK {
            return Err(bad(format!("block {} of the folder is damaged", self.at)));
        }
        let mut bytes = vec![0; packed];
        self.input.inner.read_exact(&mut bytes)?;
        self.input.at += (self.reserve + packed) as u64;
        let head = u32::from_le_bytes([
            packed.to_le_bytes()[0],
            packed.to_le_bytes()[1],
            size.to_le_bytes()[0],
            size.to_le_bytes()[1],
        ]);
        if sum != 0 && sum != checksum(&reserved, checksum(&bytes, 0)) ^ head {
            return Err(bad(format!("the checksum of block {} does not fit: it is damaged", self.at)));
        }
        let unpacked = self.unpacker.unpack(&bytes, size)?;
        if unpacked.len() != size {
            return Err(bad(format!("block {} of the folder is damaged", self.at)));
        }
        self.block = unpacked;
        self.taken = 0;
        Ok(())
    }
}

impl Read for Folder<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.block.len() {
            if self.blocks == 0 {
                return Ok(0);
            }
            if let Err(error) = self.next_block() {
                // A block that refers to a lost one would come out wrong.
                self.blocks = 0;
                return Err(error);
            }
        }
        let rest = &self.block[self.taken..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

/// The sum of a block: its 32-bit words, each over the other. The last word has its bytes the other way round.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let words = bytes.chunks_exact(4);
    let rest = words.remainder().iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    words.fold(seed ^ rest, |sum, word| sum ^ u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}
