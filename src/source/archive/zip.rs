//! Reads zips: by their directory where one can go back and forth, else from header to header as they come.
//!
//! The `zip` crate reads the directory. Content is unpacked here, since windows are bounded here and since a stream has
//! no directory.

use std::io::{self, BufRead, Read};

use zip::read::OwnedZipFileEntry;
use zip::unstable::read::ZipIterable;

use crate::source::encoding::CodePage;

use super::budget::{Budget, Budgeted, Memory};
use super::content::{Checked, Steady, bad, buffered, drain};
use super::inflate::Inflate;
use super::packed::{Packing, lzma};
use super::store::Store;
use super::{Flow, Spot, Walk, path};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const LOCAL_LENGTH: usize = 30;

/// One entry of a directory.
#[derive(Debug)]
pub(crate) struct Entry {
    name: Box<str>,
    header: u64,
    packed: u64,
    size: u64,
    sum: u32,
    method: u16,
    encrypted: bool,
    is_folder: bool,
    is_special: bool,
    /// Packed by one of the methods that only the crate knows.
    legacy: Option<Box<OwnedZipFileEntry>>,
}

impl Entry {
    /// Its size, as the directory states it.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    fn new(entry: OwnedZipFileEntry) -> Self {
        let name = entry.name().map_or_else(|_| path::text(entry.name_raw()), |name| name.into_owned());
        #[allow(
            deprecated,
            reason = "the only way to the number of a method; the crate does not say so when it is fuzzed"
        )]
        let (method, legacy) = match entry.compression() {
            zip::CompressionMethod::Stored => (0, false),
            zip::CompressionMethod::Deflated => (8, false),
            zip::CompressionMethod::Unsupported(method) => (method, false),
            _ => (u16::MAX, true),
        };
        Self {
            name: name.into(),
            header: entry.header_start(),
            packed: entry.compressed_size(),
            size: entry.size(),
            sum: entry.crc32(),
            method,
            encrypted: entry.encrypted(),
            is_folder: entry.is_dir(),
            is_special: entry.is_symlink() || entry.unix_mode().is_some_and(is_special),
            legacy: legacy.then(|| Box::new(entry)),
        }
    }
}

/// The entries of a zip, also those that share a name, in the order of its directory.
pub(crate) fn entries(store: &Store) -> io::Result<Vec<Entry>> {
    let mut directory = ZipIterable::try_new(store.at(0), zip::read::Config::default())?;
    let entries = directory.files()?.map(|entry| Ok(Entry::new(entry?.into())));
    entries.collect()
}

/// What is to be said if entries share their packed bytes: honest zips have none that do.
pub(crate) fn overlap(entries: &[Entry]) -> Option<String> {
    let mut order: Vec<(u64, u64)> = entries.iter().map(|entry| (entry.header, entry.packed)).collect();
    order.sort_unstable();
    let end = |(header, packed): (u64, u64)| header.saturating_add(packed).saturating_add(LOCAL_LENGTH as u64);
    let shared = order.windows(2).filter(|two| two[1].0 < end(two[0])).count();
    (shared > 0).then(|| format!("{shared} entries of the zip share packed bytes with others, as those of a bomb do"))
}

/// Walks through a zip that can be read in any order.
pub(super) fn walk(walk: &mut Walk<'_>, spot: Spot<'_>, store: &Store, budget: &Budget) -> Flow {
    let entries = match entries(store) {
        Ok(entries) => entries,
        Err(error) => {
            walk.broken(spot.path, &error);
            return stream(walk, spot, &mut store.at(0), budget);
        }
    };
    if let Some(what) = overlap(&entries) {
        walk.odd(spot.path, &what);
    }
    for (index, one) in entries.iter().enumerate() {
        if budget.left() == 0 && one.size > 0 {
            walk.lost(spot.path, format!("{}; the first {index} entries are kept", budget.exceeded()));
            return true;
        }
        if !entry(walk, spot, one, store, budget) {
            return false;
        }
    }
    true
}

/// One entry. Its size counts also where only its beginning is looked at: it is unpacked later.
pub(crate) fn entry(walk: &mut Walk<'_>, spot: Spot<'_>, entry: &Entry, store: &Store, budget: &Budget) -> Flow {
    if entry.is_folder {
        return true;
    }
    let Some(inner) = walk.accept(&spot.prefix(), &entry.name) else { return true };
    if entry.is_special {
        walk.odd(&inner, "a link or a device, not a file; it is skipped");
        return true;
    }
    if entry.encrypted {
        walk.lost(&inner, "encrypted; it is not read".to_owned());
        return true;
    }
    let before = budget.left();
    let flow = match open(entry, store, &walk.memory) {
        Ok(mut content) => {
            let mut content = Budgeted::new(&mut content, budget);
            walk.file(spot.inner(&inner), Some(entry.size), &mut content, budget)
        }
        Err(error) => walk.unreadable(spot.inner(&inner), Some(entry.size), error),
    };
    budget.spend(entry.size.saturating_sub(before - budget.left()));
    flow
}

fn open<'a>(entry: &'a Entry, store: &Store, memory: &Memory) -> io::Result<Box<dyn Read + 'a>> {
    if let Some(legacy) = &entry.legacy {
        return legacy_content(legacy, store, entry);
    }
    let mut header = [0; LOCAL_LENGTH];
    store.piece(entry.header, LOCAL_LENGTH as u64).read_exact(&mut header)?;
    if header[..4] != LOCAL {
        return Err(bad("the directory of the zip points to a place where there is no file"));
    }
    let names = u64::from(short(&header, 26)) + u64::from(short(&header, 28));
    let content = store.piece(entry.header + LOCAL_LENGTH as u64 + names, entry.packed);
    let content = unpack(entry.method, entry.size, Box::new(content), memory)?;
    Ok(Box::new(Checked::new(content, entry.size, Some(entry.sum))))
}

/// The methods of PKZIP 1 need the packed bytes and their crate together. Files of that time are small.
fn legacy_content<'a>(entry: &OwnedZipFileEntry, store: &Store, known: &Entry) -> io::Result<Box<dyn Read + 'a>> {
    const MOST: u64 = 8 << 20;
    if known.size > MOST {
        return Err(bad("it is packed as PKZIP 1 did, and larger than 8 MiB; it is not unpacked"));
    }
    let mut archive = store.at(0);
    let content = entry.as_ref().with_reader(&mut archive, zip::ZipReadOptions::new())?;
    let mut bytes = Vec::new();
    let error = content.take(MOST + 1).read_to_end(&mut bytes).err();
    let tail: Box<dyn Read> = match error {
        Some(error) => Box::new(super::content::Failing::from(error)),
        None => Box::new(io::empty()),
    };
    Ok(Box::new(Checked::new(io::Cursor::new(bytes).chain(tail), known.size, Some(known.sum))))
}

/// Unpacks by the number of the method.
fn unpack<'a>(
    method: u16,
    size: u64,
    mut content: Box<dyn BufRead + 'a>,
    memory: &Memory,
) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match method {
        0 => Box::new(content),
        8 => Box::new(Inflate::new(content)),
        9 => Box::new(Steady::new(deflate64::Deflate64Decoder::with_buffer(content))),
        12 => Packing::Bzip2.unpack(content, memory)?,
        14 => {
            // A version, the length of the properties, and these.
            let mut head = [0; 9];
            content.read_exact(&mut head)?;
            if short(&head, 2) != 5 {
                return Err(bad("its LZMA header is damaged"));
            }
            lzma(content, &head[4..], size, memory)?
        }
        93 => Packing::Zstd.unpack(content, memory)?,
        95 => Packing::Xz.unpack(content, memory)?,
        other => return Err(bad(format!("packed by method {other}, which is not known here; it is not unpacked"))),
    })
}

/// Walks through a zip as it comes: from one file's header to the next. What is damaged is passed over.
pub(super) fn stream(walk: &mut Walk<'_>, spot: Spot<'_>, content: &mut dyn Read, budget: &Budget) -> Flow {
    let mut content = buffered(content);
    loop {
        let (skipped, mark) = match next_mark(&mut *content) {
            Ok(found) => found,
            Err(error) => {
                walk.broken(spot.path, &error);
                return true;
            }
        };
        if skipped > 0 {
            walk.odd(spot.path, &format!("{skipped} bytes of the zip belong to no file; they are passed over"));
        }
        match mark {
            Mark::File => {}
            Mark::Directory => return true,
            Mark::End => {
                walk.odd(spot.path, "the zip has no directory at its end: files may be missing");
                return true;
            }
        }
        match streamed(walk, spot, &mut content, budget) {
            Ok(true) => {}
            Ok(false) => return false,
            Err(error) => {
                walk.broken(spot.path, &error);
                // Damaged content is passed over; what cannot be read is the end.
                if error.kind() != io::ErrorKind::InvalidData {
                    return true;
                }
            }
        }
    }
}

enum Mark {
    File,
    Directory,
    End,
}

/// Passes over what is no header, and says how much that was.
fn next_mark(content: &mut dyn BufRead) -> io::Result<(u64, Mark)> {
    let mut last = [0; 4];
    let mut read = 0_u64;
    loop {
        let buffer = content.fill_buf()?;
        if buffer.is_empty() {
            return Ok((read, Mark::End));
        }
        for (at, byte) in buffer.iter().enumerate() {
            last = [last[1], last[2], last[3], *byte];
            read += 1;
            let mark = match last {
                LOCAL => Mark::File,
                CENTRAL | END => Mark::Directory,
                _ => continue,
            };
            if read < 4 {
                continue;
            }
            content.consume(at + 1);
            return Ok((read - 4, mark));
        }
        let all = buffer.len();
        content.consume(all);
    }
}

/// One file of a stream, right behind its mark.
fn streamed(
    walk: &mut Walk<'_>,
    spot: Spot<'_>,
    content: &mut Box<dyn BufRead + '_>,
    budget: &Budget,
) -> io::Result<Flow> {
    let header = Local::read(content)?;
    let inner = if header.name.ends_with('/') { None } else { walk.accept(&spot.prefix(), &header.name) };
    let flags = header.flags;
    if flags & 1 != 0 {
        if let Some(inner) = &inner {
            walk.lost(inner, "encrypted; it is not read".to_owned());
        }
        drain(&mut content.take(header.packed))?;
        return Ok(true);
    }
    let described = flags & 8 != 0 && header.packed == 0;
    if described && header.method != 8 {
        let what = "its length stands only behind it, and how it is packed does not show where it ends";
        walk.lost(inner.as_deref().unwrap_or(spot.path), format!("{what}; it is not read"));
        return Ok(true);
    }
    let Some(inner) = inner else {
        if described {
            drain(&mut Described::new(&mut **content, header.large))?;
        } else {
            drain(&mut content.take(header.packed))?;
        }
        return Ok(true);
    };
    if described {
        let mut described = Described::new(&mut **content, header.large);
        let mut unpacked = Budgeted::new(&mut described, budget);
        let flow = walk.file(spot.inner(&inner), None, &mut unpacked, budget);
        if flow {
            drain(&mut unpacked)?;
        }
        return Ok(flow);
    }
    let mut packed = content.take(header.packed);
    let sum = (flags & 8 == 0).then_some(header.sum);
    let flow = match unpack(header.method, header.size, Box::new(&mut packed), &walk.memory) {
        Ok(unpacked) => {
            let mut unpacked = Checked::new(unpacked, header.size, sum);
            let mut unpacked = Budgeted::new(&mut unpacked, budget);
            let flow = walk.file(spot.inner(&inner), Some(header.size), &mut unpacked, budget);
            if flow && let Err(error) = drain(&mut unpacked) {
                // The next file does not depend on this one.
                walk.lost(&inner, format!("cannot be read to its end: {error}"));
            }
            flow
        }
        Err(error) => walk.unreadable(spot.inner(&inner), Some(header.size), error),
    };
    if flow {
        drain(&mut packed)?;
        if packed.limit() > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the zip ends within a file"));
        }
    }
    Ok(flow)
}

/// What stands before the content of a file.
struct Local {
    name: String,
    flags: u16,
    method: u16,
    sum: u32,
    packed: u64,
    size: u64,
    /// Its sizes have 64 bits.
    large: bool,
}

impl Local {
    fn read(content: &mut dyn Read) -> io::Result<Self> {
        let mut header = [0; LOCAL_LENGTH - 4];
        content.read_exact(&mut header)?;
        let mut name = vec![0; usize::from(short(&header, 22))];
        content.read_exact(&mut name)?;
        let mut extra = vec![0; usize::from(short(&header, 24))];
        content.read_exact(&mut extra)?;
        let flags = short(&header, 2);
        let name = if flags & 0x800 != 0 || name.is_ascii() {
            path::text(&name)
        } else {
            CodePage::named("cp437").unwrap_or_default().decode(&name).into_owned()
        };
        let mut local = Self {
            name,
            flags,
            method: short(&header, 4),
            sum: long(&header, 10),
            packed: u64::from(long(&header, 14)),
            size: u64::from(long(&header, 18)),
            large: false,
        };
        local.take_extra(&extra);
        Ok(local)
    }

    /// The sizes of a large file stand in a field of their own.
    fn take_extra(&mut self, mut extra: &[u8]) {
        while extra.len() >= 4 {
            let (id, length) = (short(extra, 0), usize::from(short(extra, 2)));
            let Some(field) = extra.get(4..4 + length) else { return };
            if id == 1 {
                self.large = true;
                let mut numbers =
                    field.chunks_exact(8).filter_map(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
                for size in [&mut self.size, &mut self.packed] {
                    if *size == u64::from(u32::MAX) {
                        *size = numbers.next().unwrap_or(*size);
                    }
                }
            }
            extra = &extra[4 + length..];
        }
    }
}

/// Deflated content whose length and sum stand behind it.
struct Described<'a> {
    decoder: Inflate<&'a mut dyn BufRead>,
    seen: crc32fast::Hasher,
    large: bool,
    ended: bool,
}

impl<'a> Described<'a> {
    fn new(content: &'a mut dyn BufRead, large: bool) -> Self {
        Self { decoder: Inflate::new(content), seen: crc32fast::Hasher::new(), large, ended: false }
    }

    fn check(&mut self) -> io::Result<()> {
        let (packed, size) = self.decoder.totals();
        let content = self.decoder.input();
        let mut first = [0; 4];
        content.read_exact(&mut first)?;
        if first == DESCRIPTOR {
            content.read_exact(&mut first)?;
        }
        let mut number = || -> io::Result<u64> {
            let mut bytes = [0; 8];
            content.read_exact(&mut bytes[..if self.large { 8 } else { 4 }])?;
            Ok(u64::from_le_bytes(bytes))
        };
        let stated = (number()?, number()?);
        let seen = if self.large { (packed, size) } else { (packed & 0xFFFF_FFFF, size & 0xFFFF_FFFF) };
        if u32::from_le_bytes(first) != self.seen.clone().finalize() || stated != seen {
            return Err(bad("its length or checksum (CRC-32) does not fit: it is damaged"));
        }
        Ok(())
    }
}

impl Read for Described<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        let read = self.decoder.read(into)?;
        self.seen.update(&into[..read]);
        if read == 0 {
            self.ended = true;
            self.check()?;
        }
        Ok(read)
    }
}

/// Whether a Unix mode is that of a fifo, a device or a socket.
fn is_special(mode: u32) -> bool {
    !matches!(mode & 0o170_000, 0 | 0o100_000)
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
