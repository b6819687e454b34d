//! Reads 7z archives. Their directory is at the end, mostly packed itself; files are pieces of packed blocks.
//!
//! The reader is our own, so that the directory, the windows and the work are bounded by what the file really has.

use std::io::{self, Read};

use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::filter::delta::DeltaReader;

use super::budget::{Budget, Budgeted, Memory};
use super::content::{Checked, Failing, Steady, bad, buffered, drain};
use super::inflate::Inflate;
use super::packed::{Packing, lzma, lzma2};
use super::store::Store;
use super::{Flow, Spot, Walk};

/// How a 7z begins.
pub(super) const MARK: [u8; 6] = [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C];
const START: u64 = 32;

/// A directory has no more bytes: enough for some hundred thousand files.
const MAX_DIRECTORY: u64 = 32 << 20;

/// It lists no more things of a kind: each takes more memory here than it does in the directory.
const MAX_ITEMS: u64 = 1_000_000;
const MAX_BLOCKS: u64 = 100_000;

/// No honest block goes through more coders.
const MAX_CODERS: u64 = 32;

/// Walks through the files, block by block.
pub(super) fn walk(walk: &mut Walk<'_>, spot: Spot<'_>, store: &Store, budget: &Budget) -> Flow {
    let directory = match directory(store, &walk.memory) {
        Ok(directory) => directory,
        Err(error) => {
            let what = "its directory, which is at the end, cannot be read";
            walk.lost(spot.path, format!("{what}: {error}; nothing of the archive is read"));
            return true;
        }
    };
    let mut files = directory.files.iter();
    for block in &directory.blocks {
        let unpacked = block.open(store, &directory.packs, &walk.memory);
        let mut unpacked = unpacked.unwrap_or_else(|error| Box::new(Failing::from(error)));
        let mut unpacked = Budgeted::new(&mut unpacked, budget);
        for part in &block.parts {
            // Files without content stand between the others.
            let file = loop {
                match files.next() {
                    Some(file) if file.has_content => break Some(file),
                    Some(file) => {
                        if !one(walk, spot, file, 0, &mut io::empty(), budget) {
                            return false;
                        }
                    }
                    None => break None,
                }
            };
            let Some(file) = file else {
                walk.lost(spot.path, "the directory of the 7z has more content than files".to_owned());
                return true;
            };
            let mut content = Checked::new(Read::take(&mut unpacked, part.size), part.size, part.sum);
            if !one(walk, spot, file, part.size, &mut content, budget) {
                return false;
            }
            // The listing only looks at the beginning; the error shows when it is read.
            let _ = drain(&mut content);
        }
    }
    for file in files {
        if file.has_content {
            walk.lost(spot.path, "the directory of the 7z has more files than content".to_owned());
            return true;
        }
        if !one(walk, spot, file, 0, &mut io::empty(), budget) {
            return false;
        }
    }
    true
}

fn one(walk: &mut Walk<'_>, spot: Spot<'_>, file: &File, size: u64, content: &mut dyn Read, budget: &Budget) -> Flow {
    if file.is_folder {
        return true;
    }
    let Some(inner) = walk.accept(&spot.prefix(), &file.name) else { return true };
    if file.is_special {
        walk.odd(&inner, "a link or a device, not a file; it is skipped");
        return true;
    }
    walk.file(spot.inner(&inner), Some(size), content, budget)
}

#[derive(Default)]
struct Directory {
    /// Place and length of each packed stream.
    packs: Vec<(u64, u64)>,
    blocks: Vec<Block>,
    files: Vec<File>,
}

#[derive(Default)]
struct File {
    name: String,
    has_content: bool,
    is_folder: bool,
    is_special: bool,
}

/// One packed block: a net of coders, and the pieces that its content falls into.
#[derive(Default)]
struct Block {
    coders: Vec<Coder>,
    /// Which input takes which coder's output.
    bonds: Vec<(usize, usize)>,
    /// Which inputs take packed streams, in the order of these.
    inputs: Vec<usize>,
    /// The number of the first of its packed streams.
    first_pack: usize,
    /// By coder.
    sizes: Vec<u64>,
    sum: Option<u32>,
    parts: Vec<Part>,
    /// The directory says that none of its content is a file.
    has_no_part: bool,
}

struct Coder {
    method: Vec<u8>,
    inputs: usize,
    properties: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Part {
    size: u64,
    sum: Option<u32>,
}

impl Block {
    /// The coder whose output no other one takes: the last.
    fn last(&self) -> io::Result<usize> {
        let free = (0..self.coders.len()).find(|coder| self.bonds.iter().all(|(_, output)| output != coder));
        free.ok_or_else(damaged)
    }

    fn size(&self) -> u64 {
        self.last().ok().and_then(|last| self.sizes.get(last)).copied().unwrap_or(0)
    }

    fn open<'a>(&self, store: &Store, packs: &[(u64, u64)], memory: &Memory) -> io::Result<Box<dyn Read + 'a>> {
        self.coder(self.last()?, store, packs, memory, 0)
    }

    fn coder<'a>(
        &self,
        number: usize,
        store: &Store,
        packs: &[(u64, u64)],
        memory: &Memory,
        depth: usize,
    ) -> io::Result<Box<dyn Read + 'a>> {
        // Coders that feed each other in a ring would go on for ever.
        if depth > self.coders.len() {
            return Err(damaged());
        }
        let coder = self.coders.get(number).ok_or_else(damaged)?;
        let size = *self.sizes.get(number).ok_or_else(damaged)?;
        let first: usize = self.coders[..number].iter().map(|coder| coder.inputs).sum();
        let mut inputs = Vec::new();
        for input in first..first + coder.inputs {
            inputs.push(self.input(input, store, packs, memory, depth)?);
        }
        coder.unpack(inputs, size, memory)
    }

    fn input<'a>(
        &self,
        input: usize,
        store: &Store,
        packs: &[(u64, u64)],
        memory: &Memory,
        depth: usize,
    ) -> io::Result<Box<dyn Read + 'a>> {
        if let Some(index) = self.inputs.iter().position(|known| *known == input) {
            let (at, length) = *packs.get(self.first_pack + index).ok_or_else(damaged)?;
            return Ok(Box::new(store.at(at).take(length)));
        }
        let bond = self.bonds.iter().find(|(known, _)| *known == input).ok_or_else(damaged)?;
        self.coder(bond.1, store, packs, memory, depth + 1)
    }
}

impl Coder {
    fn unpack<'a>(
        &self,
        mut inputs: Vec<Box<dyn Read + 'a>>,
        size: u64,
        memory: &Memory,
    ) -> io::Result<Box<dyn Read + 'a>> {
        if self.method == [3, 3, 1, 0x1B] {
            return if inputs.len() == 4 { Ok(Box::new(Bcj2Reader::try_new(inputs, size)?)) } else { Err(damaged()) };
        }
        let Some(input) = inputs.pop().filter(|_| inputs.is_empty()) else { return Err(damaged()) };
        let property = self.properties.first().copied();
        Ok(match self.method.as_slice() {
            [0] => input,
            [3, 1, 1] => lzma(buffered(input), &self.properties, size, memory)?,
            [0x21] => lzma2(buffered(input), property.ok_or_else(damaged)?, size, memory)?,
            [4, 1, 8] => Box::new(Inflate::new(buffered(input))),
            [4, 1, 9] => Box::new(Steady::new(deflate64::Deflate64Decoder::with_buffer(buffered(input)))),
            [4, 2, 2] => Packing::Bzip2.unpack(input, memory)?,
            [4, 0xF7, 0x11, 1] => Packing::Zstd.unpack(input, memory)?,
            [3] => Box::new(DeltaReader::new(input, usize::from(property.unwrap_or(0)) + 1)),
            [4] | [3, 3, 1, 3] => Box::new(BcjReader::new_x86(input, 0)),
            [5] | [3, 3, 2, 5] => Box::new(BcjReader::new_ppc(input, 0)),
            [6] | [3, 3, 4, 1] => Box::new(BcjReader::new_ia64(input, 0)),
            [7] | [3, 3, 5, 1] => Box::new(BcjReader::new_arm(input, 0)),
            [8] | [3, 3, 7, 1] => Box::new(BcjReader::new_arm_thumb(input, 0)),
            [9] | [3, 3, 8, 5] => Box::new(BcjReader::new_sparc(input, 0)),
            [0xA] => Box::new(BcjReader::new_arm64(input, 0)),
            [6, 0xF1, ..] => return Err(bad("encrypted; it is not read")),
            [3, 4, 1] => return Err(bad("packed with PPMd, which is not known here; it is not unpacked")),
            other => return Err(bad(format!("packed by method {other:02x?}, which is not known here"))),
        })
    }
}

fn damaged() -> io::Error {
    bad("the directory is damaged")
}

/// Reads the directory, which may be packed itself, even several times over.
fn directory(store: &Store, memory: &Memory) -> io::Result<Directory> {
    let mut start = [0; START as usize];
    store.at(0).read_exact(&mut start)?;
    let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| start[at + byte]));
    let sum = |at: usize| u32::from_le_bytes(std::array::from_fn(|byte| start[at + byte]));
    if crc32fast::hash(&start[12..]) != sum(8) {
        return Err(bad("the checksum of its beginning does not fit"));
    }
    let (offset, length) = (number(12), number(20));
    if length == 0 {
        return Ok(Directory::default());
    }
    let place = START.checked_add(offset).filter(|place| *place <= store.len()).ok_or_else(missing)?;
    if length > store.len() - place {
        return Err(missing());
    }
    let mut content: Box<dyn Read> = Box::new(Checked::new(store.at(place).take(length), length, Some(sum(28))));
    let mut length = length;
    for _ in 0..4 {
        if length > MAX_DIRECTORY {
            return Err(bad(format!("it has {length} bytes, and the limit is {MAX_DIRECTORY}")));
        }
        let hold = memory.take(2 * length).ok_or_else(|| bad("the archives around it leave no memory for it"))?;
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        let mut header = Header(&bytes);
        match header.byte()? {
            1 => return header.directory(store),
            0x17 => {
                let mut packed = Directory::default();
                header.streams(&mut packed, store)?;
                let block = packed.blocks.first().ok_or_else(damaged)?;
                length = block.size();
                content = Box::new(Checked::new(block.open(store, &packed.packs, memory)?, length, block.sum));
            }
            _ => return Err(damaged()),
        }
        drop(hold);
    }
    Err(damaged())
}

fn missing() -> io::Error {
    bad("it lies beyond the end of the file, which is cut off")
}

/// What is left of the directory to be read. Everything in it takes bytes, so no count can cost more than these.
struct Header<'a>(&'a [u8]);

impl<'a> Header<'a> {
    fn byte(&mut self) -> io::Result<u8> {
        let (first, rest) = self.0.split_first().ok_or_else(damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    fn bytes(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn long(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.bytes(4)?.try_into().map_err(|_| damaged())?))
    }

    /// A number: the first byte's leading ones count the bytes that follow.
    fn number(&mut self) -> io::Result<u64> {
        let first = self.byte()?;
        let more = first.leading_ones().min(8) as usize;
        let mut bytes = [0; 8];
        bytes[..more].copy_from_slice(self.bytes(more)?);
        let high = if more < 7 { u64::from(first & (0x7F >> more)) << (8 * more) } else { 0 };
        Ok(u64::from_le_bytes(bytes) | high)
    }

    /// A count of bytes that follow.
    fn length(&mut self) -> io::Result<usize> {
        usize::try_from(self.number()?).ok().filter(|length| *length <= self.0.len()).ok_or_else(damaged)
    }

    /// A count of things.
    fn count(&mut self, most: u64) -> io::Result<usize> {
        let count = self.number()?;
        if count > most {
            return Err(bad(format!("it lists {count} things of a kind, and the limit is {most}")));
        }
        usize::try_from(count).map_err(|_| damaged())
    }

    fn bits(&mut self, count: usize) -> io::Result<Vec<bool>> {
        let bytes = self.bytes(count.div_ceil(8))?;
        Ok((0..count).map(|at| bytes[at / 8] & (0x80 >> (at % 8)) != 0).collect())
    }

    /// Bits with a byte before them that may say that all are set.
    fn some_bits(&mut self, count: usize) -> io::Result<Vec<bool>> {
        if self.byte()? == 0 { self.bits(count) } else { Ok(vec![true; count]) }
    }

    fn sums(&mut self, count: usize) -> io::Result<Vec<Option<u32>>> {
        let defined = self.some_bits(count)?;
        defined.into_iter().map(|defined| if defined { self.long().map(Some) } else { Ok(None) }).collect()
    }

    /// The whole directory.
    fn directory(&mut self, store: &Store) -> io::Result<Directory> {
        let mut directory = Directory::default();
        loop {
            match self.byte()? {
                0 => return Ok(directory),
                2 => {
                    while self.byte()? != 0 {
                        let length = self.length()?;
                        self.bytes(length)?;
                    }
                }
                4 => self.streams(&mut directory, store)?,
                5 => directory.files = self.files()?,
                _ => return Err(damaged()),
            }
        }
    }

    fn streams(&mut self, directory: &mut Directory, store: &Store) -> io::Result<()> {
        loop {
            match self.byte()? {
                0 => break,
                6 => directory.packs = self.packs(store)?,
                7 => directory.blocks = self.blocks()?,
                8 => self.parts(&mut directory.blocks)?,
                _ => return Err(damaged()),
            }
        }
        for block in &mut directory.blocks {
            if block.parts.is_empty() && !block.has_no_part {
                block.parts = vec![Part { size: block.size(), sum: block.sum }];
            }
        }
        Ok(())
    }

    fn packs(&mut self, store: &Store) -> io::Result<Vec<(u64, u64)>> {
        let mut at = START.checked_add(self.number()?).ok_or_else(damaged)?;
        let count = self.count(MAX_ITEMS)?;
        let mut packs = Vec::new();
        loop {
            match self.byte()? {
                0 => return Ok(packs),
                9 => {
                    for _ in 0..count {
                        let size = self.number()?;
                        packs.push((at, size));
                        at = at.checked_add(size).filter(|end| *end <= store.len()).ok_or_else(missing)?;
                    }
                }
                10 => drop(self.sums(count)?),
                _ => return Err(damaged()),
            }
        }
    }

    fn blocks(&mut self) -> io::Result<Vec<Block>> {
        if self.byte()? != 0x0B {
            return Err(damaged());
        }
        let count = self.count(MAX_BLOCKS)?;
        if self.byte()? != 0 {
            return Err(bad("a directory in several pieces, which is not known here"));
        }
        let mut blocks: Vec<Block> = Vec::new();
        let mut first_pack = 0;
        for _ in 0..count {
            let block = self.block(first_pack)?;
            first_pack += block.inputs.len();
            blocks.push(block);
        }
        loop {
            match self.byte()? {
                0 => return Ok(blocks),
                0x0C => {
                    for block in &mut blocks {
                        block.sizes = block.coders.iter().map(|_| self.number()).collect::<io::Result<_>>()?;
                    }
                }
                0x0A => {
                    for (block, sum) in blocks.iter_mut().zip(self.sums(count)?) {
                        block.sum = sum;
                    }
                }
                _ => return Err(damaged()),
            }
        }
    }

    fn block(&mut self, first_pack: usize) -> io::Result<Block> {
        let mut block = Block { first_pack, ..Block::default() };
        let coders = self.count(MAX_CODERS)?;
        if coders == 0 {
            return Err(damaged());
        }
        for _ in 0..coders {
            let flags = self.byte()?;
            let method = self.bytes(usize::from(flags & 0xF))?.to_vec();
            let (mut inputs, mut outputs) = (1, 1);
            if flags & 0x10 != 0 {
                (inputs, outputs) = (self.number()?, self.number()?);
            }
            if outputs != 1 || inputs == 0 || inputs > MAX_CODERS {
                return Err(bad("a net of coders that is not known here"));
            }
            let length = if flags & 0x20 != 0 { self.length()? } else { 0 };
            let properties = self.bytes(length)?.to_vec();
            block.coders.push(Coder { method, inputs: usize::try_from(inputs).map_err(|_| damaged())?, properties });
        }
        let inputs: usize = block.coders.iter().map(|coder| coder.inputs).sum();
        let index =
            |number: u64, below: usize| usize::try_from(number).ok().filter(|at| *at < below).ok_or_else(damaged);
        for _ in 1..coders {
            let bond = (index(self.number()?, inputs)?, index(self.number()?, coders)?);
            // One output feeds one input, or a few coders could make work without end.
            if block.bonds.iter().any(|known| known.0 == bond.0 || known.1 == bond.1) {
                return Err(damaged());
            }
            block.bonds.push(bond);
        }
        let packed = inputs.checked_sub(block.bonds.len()).filter(|packed| *packed > 0).ok_or_else(damaged)?;
        if packed == 1 {
            let free = (0..inputs).find(|input| block.bonds.iter().all(|(known, _)| known != input));
            block.inputs.push(free.ok_or_else(damaged)?);
        } else {
            for _ in 0..packed {
                block.inputs.push(index(self.number()?, inputs)?);
            }
        }
        Ok(block)
    }

    /// How the content of the blocks falls into files.
    fn parts(&mut self, blocks: &mut [Block]) -> io::Result<()> {
        let mut counts = vec![1; blocks.len()];
        let mut kind = self.byte()?;
        if kind == 0x0D {
            for count in &mut counts {
                *count = self.number()?;
            }
            kind = self.byte()?;
        }
        let has_sizes = kind == 9;
        if counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count)).is_none_or(|sum| sum > MAX_ITEMS) {
            return Err(bad(format!("it lists more than {MAX_ITEMS} files")));
        }
        for (block, count) in blocks.iter_mut().zip(&counts) {
            block.has_no_part = *count == 0;
            let mut left = block.size();
            for _ in 1..*count {
                let size = if has_sizes { self.number()? } else { return Err(damaged()) };
                left = left.checked_sub(size).ok_or_else(damaged)?;
                block.parts.push(Part { size, sum: None });
            }
            if *count > 0 {
                block.parts.push(Part { size: left, sum: None });
            }
        }
        if has_sizes {
            kind = self.byte()?;
        }
        // A block of one file has its sum already.
        let known = |block: &Block| block.parts.len() == 1 && block.sum.is_some();
        for block in blocks.iter_mut().filter(|block| known(block)) {
            block.parts[0].sum = block.sum;
        }
        if kind == 0x0A {
            let parts = || blocks.iter().filter(|block| !known(block)).map(|block| block.parts.len());
            let mut sums = self.sums(parts().sum())?.into_iter();
            for block in blocks.iter_mut().filter(|block| !known(block)) {
                for part in &mut block.parts {
                    part.sum = sums.next().flatten();
                }
            }
            kind = self.byte()?;
        }
        if kind == 0 { Ok(()) } else { Err(damaged()) }
    }

    fn files(&mut self) -> io::Result<Vec<File>> {
        let count = self.count(MAX_ITEMS)?;
        let mut files: Vec<File> = Vec::new();
        let mut empty = vec![false; count];
        let mut empty_file = Vec::new();
        files.resize_with(count, File::default);
        loop {
            let kind = self.byte()?;
            if kind == 0 {
                break;
            }
            let length = self.length()?;
            let mut field = Header(self.bytes(length)?);
            match kind {
                0x0E => empty = field.bits(count)?,
                0x0F => empty_file = field.bits(empty.iter().filter(|empty| **empty).count())?,
                0x11 => field.names(&mut files)?,
                0x15 => field.attributes(&mut files)?,
                // Times, padding, and what later versions add.
                _ => {}
            }
        }
        let mut empty_file = empty_file.into_iter();
        for (file, empty) in files.iter_mut().zip(empty) {
            file.has_content = !empty;
            // Without content it is a folder, unless a bit says that it is an empty file.
            file.is_folder |= empty && !empty_file.next().unwrap_or(false);
        }
        Ok(files)
    }

    fn names(&mut self, files: &mut [File]) -> io::Result<()> {
        if self.byte()? != 0 {
            return Err(bad("a directory in several pieces, which is not known here"));
        }
        let mut units = self.0.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        for file in files {
            let name = units.by_ref().take_while(|unit| *unit != 0);
            file.name = char::decode_utf16(name).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        }
        Ok(())
    }

    fn attributes(&mut self, files: &mut [File]) -> io::Result<()> {
        let defined = self.some_bits(files.len())?;
        if self.byte()? != 0 {
            return Err(bad("a directory in several pieces, which is not known here"));
        }
        for (file, defined) in files.iter_mut().zip(defined) {
            if !defined {
                continue;
            }
            let attributes = self.long()?;
            file.is_folder |= attributes & 0x10 != 0;
            // A link of Windows, or the mode of Unix in the upper half.
            let mode = attributes >> 16;
            let unix = attributes & 0x8000 != 0 && !matches!(mode & 0o170_000, 0 | 0o100_000 | 0o040_000);
            file.is_special = attributes & 0x400 != 0 || unix;
        }
        Ok(())
    }
}
