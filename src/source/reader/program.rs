//! Collected programs and libraries: the version resource, the size, and when the linker wrote them.
//!
//! PE files (32 and 64 bits) and NE files (16 bits) have a version resource; of LE, LX and plain DOS programs only the
//! size is read. The file is read forward once and little of it is held, however large it is. The version is that of
//! the fixed part of the resource, which is what setup programs compare; its text counts only if the fixed part is
//! missing or zero. The link time is left out where it is none: reproducible builds put a digest there, old Borland
//! linkers a constant. `SZDD` files, such as `PCMSVC32.EX_` on a setup disk, are expanded while they are read.

use crate::fact::{FactKey, FileAttr, Severity, Timestamp, Value};

use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Program;

impl Reader for Program {
    fn name(&self) -> &'static str {
        "program"
    }

    fn help(&self) -> &'static str {
        "Programs and libraries of DOS and Windows themselves (MZ, NE, LE, PE), also compressed (SZDD)."
    }

    fn known_by(&self) -> &'static str {
        "The signatures `MZ`, `SZDD` and `KWAJ` at its beginning."
    }

    fn facts_and_events(&self) -> &'static str {
        "Facts of the file, by its path in the bundle: size, version (the file version of its version resource), and \
         linked, which is when the linker wrote it, in UTC. Of a compressed file the size is its own, and the rest \
         that of the program in it."
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        if is_program(head.bytes) || head.bytes.starts_with(SZDD) || head.bytes.starts_with(KWAJ) {
            Confidence::CERTAIN
        } else {
            Confidence::NO
        }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let path = ctx.path.to_lowercase().replace('/', "\\");
        let mut size = 0;
        let mut bytes = |into: &mut [u8]| {
            let read = input.read_bytes(into);
            size += read as u64;
            read
        };
        let found = if ctx.head.bytes.starts_with(SZDD) {
            let mut expand = Expand::new(&mut bytes);
            let found = examine(&mut Forward::new(&mut |into: &mut [u8]| expand.read(into)));
            // The size of the file is that of all its bytes, needed or not.
            while bytes(&mut [0; PIECE]) > 0 {}
            found
        } else if ctx.head.bytes.starts_with(KWAJ) {
            while bytes(&mut [0; PIECE]) > 0 {}
            Err("it is compressed in a way that is not read; only its size is known")
        } else {
            let mut forward = Forward::new(&mut bytes);
            let found = examine(&mut forward);
            forward.skip_to(u64::MAX);
            found
        };
        let mut put = |attr, value| out.fact(0, FactKey::File { path: path.clone(), attr }, value);
        put(FileAttr::Size, Value::Number(i64::try_from(size).unwrap_or(i64::MAX)));
        match found {
            Ok(found) => {
                if let Some(version) = found.version {
                    put(FileAttr::Version, Value::Text(version));
                }
                if let Some(linked) = found.linked {
                    put(FileAttr::Linked, Value::Time(linked));
                }
                if let Some(what) = found.problem {
                    out.sink.problem(out.member, None, what.to_owned(), Severity::Warning);
                }
            }
            Err(what) => out.sink.problem(out.member, None, what.to_owned(), Severity::Note),
        }
    }
}

/// How much is read at a time.
const PIECE: usize = 16 * 1024;

/// How much of the beginning is held: all headers stand there.
const HELD: usize = 64 * 1024;

/// How much of the resources is held: their directory stands at the beginning of them.
const MAX_DIRECTORY: u64 = 4 * 1024 * 1024;

/// No version resource is larger.
const MAX_VERSION: u64 = 64 * 1024;

/// The first bytes of the two formats of `compress.exe`.
const SZDD: &[u8] = b"SZDD\x88\xF0\x27\x33";
const KWAJ: &[u8] = b"KWAJ\x88\xF0\x27\xD1";

/// `MZ`, and no text that begins so.
fn is_program(bytes: &[u8]) -> bool {
    (bytes.starts_with(b"MZ") || bytes.starts_with(b"ZM")) && bytes.len() >= 28 && bytes[..28].contains(&0)
}

/// What a program says of itself.
#[derive(Default)]
struct Found {
    version: Option<String>,
    linked: Option<Timestamp>,
    /// Why something that should be there could not be read.
    problem: Option<&'static str>,
}

/// The problem of a version resource that the headers announce and the file does not hold.
const TORN: &str = "its version resource is damaged or cut off; its version is unknown";

/// Reads a program from its beginning; the error is why it is none.
fn examine(file: &mut Forward<'_>) -> Result<Found, &'static str> {
    let head = file.head();
    if !is_program(&head) {
        return Err("it is compressed and holds no program; only its size is known");
    }
    let Some(at) = u32_at(&head, 0x3C).map(|at| at as usize) else { return Ok(Found::default()) };
    Ok(match head.get(at..at.saturating_add(4)) {
        Some(b"PE\0\0") => Pe { head: &head, at }.examine(file).unwrap_or_else(torn),
        Some([b'N', b'E', ..]) => ne_version(&head, at, file),
        _ => Found::default(),
    })
}

fn torn() -> Found {
    Found { problem: Some("its headers are damaged or cut off; its version is unknown"), ..Found::default() }
}

/// The headers of a PE file.
struct Pe<'a> {
    head: &'a [u8],
    /// Where `PE` stands.
    at: usize,
}

/// A section: where it is in memory, and where in the file.
struct Section {
    address: u64,
    size: u64,
    offset: u64,
}

impl Pe<'_> {
    fn examine(&self, file: &mut Forward<'_>) -> Option<Found> {
        let stamp = u32_at(self.head, self.at + 8)?;
        let resources = self.place(2);
        let debug = self.place(6);
        let mut found = Found::default();
        // The file is read forward only. Without a debug directory nothing says that the stamp is a digest.
        let debug_first = resources.is_none_or(|(offset, _)| debug.is_some_and(|(at, _)| at < offset));
        let digest = |file: &mut Forward<'_>| debug.map_or(Some(false), |place| is_reproducible(file, place));
        let mut is_digest = if debug_first { digest(file) } else { None };
        if let Some((offset, _)) = resources {
            match self.version(file, offset) {
                Ok(version) => found.version = version,
                Err(what) => found.problem = Some(what),
            }
        }
        if !debug_first {
            is_digest = digest(file);
        }
        found.linked = link_time(stamp).filter(|_| is_digest == Some(false));
        Some(found)
    }

    fn optional(&self) -> usize {
        self.at + 24
    }

    /// Where one of the data directories stands in the file, and its length; `None` if there is none.
    fn place(&self, index: usize) -> Option<(u64, u64)> {
        let wide = match u16_at(self.head, self.optional())? {
            0x10B => false,
            0x20B => true,
            _ => return None,
        };
        let count = self.optional() + if wide { 108 } else { 92 };
        if u32_at(self.head, count)? as usize <= index {
            return None;
        }
        let entry = count + 4 + index * 8;
        let address = u64::from(u32_at(self.head, entry)?);
        let length = u64::from(u32_at(self.head, entry + 4)?);
        (address > 0 && length > 0).then_some(())?;
        Some((self.offset(address)?, length))
    }

    /// Where an address in memory stands in the file.
    fn offset(&self, address: u64) -> Option<u64> {
        let sections = usize::from(u16_at(self.head, self.at + 6)?);
        let table = self.optional() + usize::from(u16_at(self.head, self.at + 20)?);
        let section = (0..sections.min(96)).find_map(|index| {
            let at = table + index * 40;
            let number = |offset| u32_at(self.head, at + offset).map(u64::from);
            let section = Section {
                address: number(12)?,
                size: number(8)?.max(number(16)?),
                // The loader rounds down, whatever the headers say.
                offset: number(20)? & !0x1FF,
            };
            (section.address <= address && address - section.address < section.size).then_some(section)
        })?;
        Some(section.offset + (address - section.address))
    }

    /// The version in the resources at this place.
    fn version(&self, file: &mut Forward<'_>, resources: u64) -> Result<Option<String>, &'static str> {
        let tree = file.range(resources, MAX_DIRECTORY);
        if tree.len() < 16 {
            return Err(TORN);
        }
        // Type 16 is the version; name 1 is the one that programs ask for; of several languages the first is as good.
        let Some(names) = child(&tree, 0, Some(16)) else { return Ok(None) };
        let leaf = below(names)
            .and_then(|at| child(&tree, at, Some(1)).or_else(|| child(&tree, at, None)))
            .and_then(below)
            .and_then(|at| child(&tree, at, None))
            .filter(|leaf| leaf & SUBFOLDER == 0)
            .ok_or(TORN)? as usize;
        let (Some(address), Some(length)) = (u32_at(&tree, leaf), u32_at(&tree, leaf.saturating_add(4))) else {
            return Err(TORN);
        };
        let offset = self.offset(u64::from(address)).ok_or(TORN)?;
        let length = u64::from(length).min(MAX_VERSION);
        let data = match offset.checked_sub(resources).and_then(|at| {
            let at = usize::try_from(at).ok()?;
            tree.get(at..at.checked_add(usize::try_from(length).ok()?)?)
        }) {
            Some(data) => data.to_vec(),
            None => file.range(offset, length),
        };
        version(&data, true).map_or(Err(TORN), |version| Ok(Some(version).filter(|version| !version.is_empty())))
    }
}

/// The bit that tells a folder of the resource tree from its data.
const SUBFOLDER: u32 = 0x8000_0000;

/// What the entry with this id, or the first entry, of a folder of the resource tree leads to.
fn child(tree: &[u8], folder: usize, id: Option<u32>) -> Option<u32> {
    let named = usize::from(u16_at(tree, folder.checked_add(12)?)?);
    let numbered = usize::from(u16_at(tree, folder.checked_add(14)?)?);
    for index in 0..named + numbered {
        let at = folder.checked_add(16 + index * 8)?;
        let found = u32_at(tree, at)?;
        if id.is_none_or(|id| id == found) {
            return u32_at(tree, at + 4);
        }
    }
    None
}

fn below(entry: u32) -> Option<usize> {
    (entry & SUBFOLDER != 0).then_some((entry & !SUBFOLDER) as usize)
}

/// Whether the debug directory says that the build is reproducible, so that its link time is a digest. `None`: it
/// cannot be read.
fn is_reproducible(file: &mut Forward<'_>, (offset, length): (u64, u64)) -> Option<bool> {
    const ENTRY: u64 = 28;
    let length = length.min(ENTRY * 32) / ENTRY * ENTRY;
    let entries = file.range(offset, length);
    let whole = entries.len() as u64 == length;
    whole.then(|| entries.chunks(ENTRY as usize).any(|entry| u32_at(entry, 12) == Some(16)))
}

/// When the linker wrote a program, by its stamp in seconds since 1970.
fn link_time(stamp: u32) -> Option<Timestamp> {
    /// What linkers of Delphi write, whenever they run.
    const BORLAND: u32 = 0x2A42_5E19;
    let time = jiff::Timestamp::from_second(i64::from(stamp)).ok()?;
    let time = jiff::tz::Offset::UTC.to_datetime(time);
    (stamp != BORLAND && (1990..2100).contains(&time.year())).then_some(time)
}

/// The version of an NE file.
fn ne_version(head: &[u8], at: usize, file: &mut Forward<'_>) -> Found {
    let Some(place) = ne_resource(head, at) else { return Found::default() };
    let Some((offset, length)) = place else { return torn() };
    match version(&file.range(offset, length), false) {
        Some(version) => Found { version: Some(version).filter(|version| !version.is_empty()), ..Found::default() },
        None => Found { problem: Some(TORN), ..Found::default() },
    }
}

/// Where the version resource of an NE file stands; `None` if it has none, `Some(None)` if its table is cut off.
#[expect(clippy::option_option, reason = "a file without a version is not a damaged file")]
fn ne_resource(head: &[u8], at: usize) -> Option<Option<(u64, u64)>> {
    let table = usize::from(u16_at(head, at + 0x24)?);
    let end = usize::from(u16_at(head, at + 0x26)?);
    // Without resources, the table of names begins at once.
    if table == 0 || table >= end {
        return None;
    }
    let shift = u32::from(u16_at(head, at + table)?).min(16);
    let mut block = at + table + 2;
    while block < at + end {
        let (Some(kind), Some(count)) = (u16_at(head, block), u16_at(head, block + 2)) else { return Some(None) };
        if kind == 0 {
            return None;
        }
        if kind == 0x8010 && count > 0 {
            let place = u16_at(head, block + 8).zip(u16_at(head, block + 10));
            return Some(
                place.map(|(offset, length)| {
                    (u64::from(offset) << shift, (u64::from(length) << shift).min(MAX_VERSION))
                }),
            );
        }
        block += 8 + usize::from(count) * 12;
    }
    None
}

/// The version in a version resource: empty if it says none, `None` if it is no version resource. `wide`: its texts are
/// UTF-16.
fn version(data: &[u8], wide: bool) -> Option<String> {
    let root = Block::read(data, wide)?;
    if root.key != "VS_VERSION_INFO" {
        return None;
    }
    let fixed = root.value;
    if u32_at(fixed, 0) == Some(0xFEEF_04BD) {
        let (high, low) = (u32_at(fixed, 8)?, u32_at(fixed, 12)?);
        if (high, low) != (0, 0) {
            return Some(format!("{}.{}.{}.{}", high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF));
        }
    }
    let texts = root.children(wide).filter(|block| block.key == "StringFileInfo");
    let tables = texts.flat_map(|block| block.children(wide));
    let mut entries = tables.flat_map(|table| table.children(wide));
    let text = entries.find(|entry| entry.key == "FileVersion").map(|entry| entry.text(wide)).unwrap_or_default();
    Some(numbers(&text))
}

/// The numbers that a version text begins with: `1, 2, 786, 0 (beta)` is `1.2.786.0`.
fn numbers(text: &str) -> String {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | ' '))).unwrap_or(text.len());
    let parts: Vec<&str> = text[..end].split(['.', ',']).map(str::trim).take_while(|part| !part.is_empty()).collect();
    let all_numbers = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if all_numbers { parts.join(".") } else { String::new() }
}

/// A block of a version resource: a key, a value, and more blocks.
struct Block<'a> {
    key: String,
    value: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Block<'a> {
    fn read(data: &'a [u8], wide: bool) -> Option<Self> {
        let length = usize::from(u16_at(data, 0)?);
        // A length beyond the end is cut: files of old resource compilers have it.
        let data = data.get(..length.min(data.len()))?;
        let mut value_length = usize::from(u16_at(data, 2)?);
        let mut at = if wide { 6 } else { 4 };
        if wide && u16_at(data, 4)? == 1 {
            // The length of a text is in characters.
            value_length *= 2;
        }
        let mut key = String::new();
        loop {
            let unit = if wide { u16_at(data, at)? } else { u16::from(*data.get(at)?) };
            at += if wide { 2 } else { 1 };
            if unit == 0 {
                break;
            }
            if key.len() > 256 {
                return None;
            }
            key.push(char::from_u32(u32::from(unit)).unwrap_or('?'));
        }
        let at = aligned(at).min(data.len());
        let end = at.saturating_add(value_length).min(data.len());
        let rest = data.get(aligned(end)..).unwrap_or_default();
        Some(Self { key, value: &data[at..end], rest })
    }

    /// The blocks inside of this one.
    fn children(&self, wide: bool) -> impl Iterator<Item = Block<'a>> + use<'a> {
        let mut rest = self.rest;
        std::iter::from_fn(move || {
            let block = Block::read(rest, wide)?;
            let length = aligned(usize::from(u16_at(rest, 0)?));
            if length < 4 {
                return None;
            }
            rest = rest.get(length..).unwrap_or_default();
            Some(block)
        })
    }

    fn text(&self, wide: bool) -> String {
        if wide {
            let units = self.value.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            char::decode_utf16(units.take_while(|unit| *unit != 0)).map(|c| c.unwrap_or('?')).collect()
        } else {
            self.value.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
        }
    }
}

fn aligned(at: usize) -> usize {
    at.saturating_add(3) & !3
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// Gives out the next bytes; none at the end.
type NextBytes<'a> = &'a mut dyn FnMut(&mut [u8]) -> usize;

/// A file that is read forward, of which the beginning is held.
struct Forward<'a> {
    next: NextBytes<'a>,
    head: Vec<u8>,
    /// How much was read.
    at: u64,
}

impl<'a> Forward<'a> {
    fn new(next: NextBytes<'a>) -> Self {
        let mut file = Self { next, head: Vec::new(), at: 0 };
        file.head = file.read(HELD as u64);
        file
    }

    fn head(&self) -> Vec<u8> {
        self.head.clone()
    }

    /// The bytes of a range, as far as they can still be read.
    fn range(&mut self, from: u64, length: u64) -> Vec<u8> {
        let in_head = usize::try_from(from).ok().and_then(|from| self.head.get(from..)).unwrap_or_default();
        let mut bytes = in_head[..in_head.len().min(usize::try_from(length).unwrap_or(usize::MAX))].to_vec();
        let (from, left) = (from + bytes.len() as u64, length - bytes.len() as u64);
        // What was passed is gone.
        if left > 0 && from >= self.at {
            self.skip_to(from);
            if self.at == from {
                bytes.extend(self.read(left));
            }
        }
        bytes
    }

    /// Passes over what comes before an offset.
    fn skip_to(&mut self, offset: u64) {
        let mut piece = [0; PIECE];
        while self.at < offset {
            let most = usize::try_from(offset - self.at).unwrap_or(PIECE).min(PIECE);
            match (self.next)(&mut piece[..most]) {
                0 => return,
                read => self.at += read as u64,
            }
        }
    }

    fn read(&mut self, length: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut piece = [0; PIECE];
        while (bytes.len() as u64) < length {
            let most = usize::try_from(length - bytes.len() as u64).unwrap_or(PIECE).min(PIECE);
            match (self.next)(&mut piece[..most]) {
                0 => break,
                read => bytes.extend_from_slice(&piece[..read]),
            }
        }
        self.at += bytes.len() as u64;
        bytes
    }
}

/// Expands what `compress.exe` packed: copies of earlier bytes, in a window of 4096.
struct Expand<'a> {
    next: NextBytes<'a>,
    packed: Vec<u8>,
    at: usize,
    window: Vec<u8>,
    /// Where the next byte goes.
    to: usize,
    /// What is still to be copied: from where, and how many.
    copy: (usize, usize),
    /// The flags of the steps to come, the lowest first, with a bit above them.
    flags: u32,
    /// How much the file says there is.
    left: u64,
}

const WINDOW: usize = 4096;

impl<'a> Expand<'a> {
    fn new(next: NextBytes<'a>) -> Self {
        let mut expand = Self {
            next,
            packed: Vec::new(),
            at: 0,
            window: vec![b' '; WINDOW],
            to: WINDOW - 16,
            copy: (0, 0),
            flags: 1,
            left: 0,
        };
        // After the mark: the method, the last letter of the name, and the size.
        let mut header = [0; 14];
        let whole = header.iter_mut().all(|byte| expand.byte().map(|read| *byte = read).is_some());
        if whole && header[8] == b'A' {
            expand.left = u32_at(&header, 10).map_or(0, u64::from);
        }
        expand
    }

    fn read(&mut self, into: &mut [u8]) -> usize {
        for (index, byte) in into.iter_mut().enumerate() {
            match self.step() {
                Some(read) => *byte = read,
                None => return index,
            }
        }
        into.len()
    }

    fn step(&mut self) -> Option<u8> {
        if self.left == 0 {
            return None;
        }
        if self.copy.1 == 0 {
            if self.flags == 1 {
                self.flags = u32::from(self.byte()?) | 0x100;
            }
            let literal = self.flags & 1 == 1;
            self.flags >>= 1;
            if literal {
                let byte = self.byte()?;
                return Some(self.put(byte));
            }
            let (low, high) = (self.byte()?, self.byte()?);
            self.copy = (usize::from(low) | usize::from(high & 0xF0) << 4, usize::from(high & 0x0F) + 3);
        }
        let byte = self.window[self.copy.0 % WINDOW];
        self.copy = (self.copy.0 + 1, self.copy.1 - 1);
        Some(self.put(byte))
    }

    fn put(&mut self, byte: u8) -> u8 {
        self.window[self.to] = byte;
        self.to = (self.to + 1) % WINDOW;
        self.left -= 1;
        byte
    }

    fn byte(&mut self) -> Option<u8> {
        if self.at == self.packed.len() {
            self.packed.resize(PIECE, 0);
            let read = (self.next)(&mut self.packed);
            self.packed.truncate(read);
            self.at = 0;
        }
        let byte = *self.packed.get(self.at)?;
        self.at += 1;
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::{numbers, u32_at, version};
    use crate::source::testing::read;

    /// A block of a version resource.
    fn block(wide: bool, key: &str, is_text: bool, value: &[u8], inside: &[u8]) -> Vec<u8> {
        let units = |text: &str| -> Vec<u8> {
            if wide { text.encode_utf16().flat_map(u16::to_le_bytes).collect() } else { text.as_bytes().to_vec() }
        };
        let mut bytes = vec![0; if wide { 6 } else { 4 }];
        bytes.extend(units(&format!("{key}\0")));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(inside);
        let length = u16::try_from(bytes.len()).expect("short");
        let in_units = if wide && is_text { value.len() / 2 } else { value.len() };
        bytes[..2].copy_from_slice(&length.to_le_bytes());
        bytes[2..4].copy_from_slice(&u16::try_from(in_units).expect("short").to_le_bytes());
        if wide && is_text {
            bytes[4] = 1;
        }
        bytes
    }

    /// A version resource with these four numbers and this text.
    fn resource(wide: bool, fixed: [u16; 4], text: &str) -> Vec<u8> {
        let mut info = vec![0; 52];
        info[..4].copy_from_slice(&0xFEEF_04BD_u32.to_le_bytes());
        for (at, number) in [10, 8, 14, 12].into_iter().zip(fixed) {
            info[at..at + 2].copy_from_slice(&number.to_le_bytes());
        }
        let text = format!("{text}\0");
        let value =
            if wide { text.encode_utf16().flat_map(u16::to_le_bytes).collect() } else { text.as_bytes().to_vec() };
        let company = block(wide, "CompanyName", true, if wide { b"A\0\0\0" } else { b"A\0" }, &[]);
        let strings = [company, block(wide, "FileVersion", true, &value, &[])].concat();
        let table = block(wide, "040904B0", true, &[], &strings);
        let all = block(wide, "StringFileInfo", true, &[], &table);
        block(wide, "VS_VERSION_INFO", false, &info, &all)
    }

    fn put(bytes: &mut Vec<u8>, at: usize, value: &[u8]) {
        bytes.resize(bytes.len().max(at + value.len()), 0);
        bytes[at..at + value.len()].copy_from_slice(value);
    }

    /// A PE file with one section: a debug directory of this type, then the resources.
    fn pe(wide: bool, stamp: u32, debug: Option<u32>, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"MZ\x90\0".to_vec();
        put(&mut bytes, 0x3C, &0x80_u32.to_le_bytes());
        put(&mut bytes, 0x80, b"PE\0\0");
        put(&mut bytes, 0x86, &[1, 0]);
        put(&mut bytes, 0x88, &stamp.to_le_bytes());
        let (magic, optional, count) = if wide { (0x20B_u16, 240_u16, 108) } else { (0x10B, 224, 92) };
        put(&mut bytes, 0x94, &optional.to_le_bytes());
        put(&mut bytes, 0x98, &magic.to_le_bytes());
        put(&mut bytes, 0x98 + count, &16_u32.to_le_bytes());
        let directory = |index: usize| 0x98 + count + 4 + index * 8;
        put(&mut bytes, directory(2), &[0x40, 0x10, 0, 0, 0, 4, 0, 0]);
        if let Some(kind) = debug {
            put(&mut bytes, directory(6), &[0, 0x10, 0, 0, 28, 0, 0, 0]);
            put(&mut bytes, 0x400 + 12, &kind.to_le_bytes());
        }
        let section = 0x98 + usize::from(optional);
        let raw = 0x400_u32 + u32::try_from(data.len()).expect("short");
        put(
            &mut bytes,
            section + 8,
            &[raw.to_le_bytes(), 0x1000_u32.to_le_bytes(), raw.to_le_bytes(), 0x400_u32.to_le_bytes()].concat(),
        );
        // The three levels of the tree, each with one entry, then the leaf.
        for (at, id, to) in [(0x440, 16_u32, 0x8000_0018_u32), (0x458, 1, 0x8000_0030), (0x470, 0x409, 0x48)] {
            put(&mut bytes, at + 14, &[1, 0]);
            put(&mut bytes, at + 16, &[id.to_le_bytes(), to.to_le_bytes()].concat());
        }
        let length = u32::try_from(data.len()).expect("short");
        put(&mut bytes, 0x488, &[0x1100_u32.to_le_bytes(), length.to_le_bytes()].concat());
        put(&mut bytes, 0x500, data);
        bytes
    }

    /// An NE file whose resource table holds a version.
    fn ne(data: &[u8]) -> Vec<u8> {
        let mut bytes = b"MZ\x90\0".to_vec();
        put(&mut bytes, 0x3C, &0x80_u32.to_le_bytes());
        put(&mut bytes, 0x80, b"NE");
        put(&mut bytes, 0x80 + 0x24, &[0x40, 0, 0x80, 0]);
        // Units of 16 bytes; one icon, then the version at 0x200.
        put(&mut bytes, 0xC0, &[4, 0, 0x03, 0x80, 1, 0, 0, 0, 0, 0]);
        let length = u16::try_from(data.len().div_ceil(16)).expect("short");
        put(&mut bytes, 0xC0 + 22, &[0x10, 0x80, 1, 0, 0, 0, 0, 0, 0x20, 0]);
        put(&mut bytes, 0xC0 + 32, &length.to_le_bytes());
        put(&mut bytes, 0x200, data);
        bytes
    }

    fn dump(bytes: &[u8]) -> Vec<String> {
        let (reader, dump) = read("Bin/Pcmsvc32.EXE", bytes);
        assert_eq!(reader, Some("program"));
        dump.into_iter().map(|line| line.replace("0 file bin\\pcmsvc32.exe ", "")).collect()
    }

    /// 1997-10-08 22:00:00 UTC.
    const STAMP: u32 = 876_348_000;

    #[test]
    fn pe_of_both_widths() {
        for wide in [false, true] {
            let bytes = pe(wide, STAMP, None, &resource(true, [1, 2, 786, 65_535], "other"));
            let size = format!("Size = {}", bytes.len());
            assert_eq!(dump(&bytes), [size.as_str(), "Version = 1.2.786.65535", "Linked = 1997-10-08T22:00:00"]);
        }
    }

    #[test]
    fn ne_and_plain_dos_programs() {
        assert_eq!(dump(&ne(&resource(false, [1, 2, 0, 786], "x")))[1..], ["Version = 1.2.0.786"]);
        assert_eq!(dump(&ne(&resource(false, [0; 4], "1.20")))[1..], ["Version = 1.20"]);
        assert_eq!(dump(&[b"MZ\x90\0".as_slice(), &[0; 100]].concat()), ["Size = 104"]);
    }

    #[test]
    fn the_text_counts_if_the_numbers_are_zero() {
        let version = |text: &str| dump(&pe(false, 0, None, &resource(true, [0; 4], text)))[1..].join("");
        assert_eq!(version("1, 2, 786, 0"), "Version = 1.2.786.0");
        assert_eq!(version("5.1.2600.0 (xpclient.010817-1148)"), "Version = 5.1.2600.0");
        assert_eq!(version("unknown"), "");
        assert_eq!(numbers("4.00"), "4.00");
        assert_eq!(numbers("1 2.3"), "");
    }

    #[test]
    fn a_stamp_that_is_no_time_is_left_out() {
        let data = resource(true, [1, 0, 0, 0], "x");
        let linked = |stamp, debug| dump(&pe(false, stamp, debug, &data)).iter().any(|line| line.contains("Linked"));
        assert!(linked(STAMP, None));
        assert!(linked(STAMP, Some(2)));
        assert!(!linked(STAMP, Some(16)));
        assert!(!linked(0x2A42_5E19, None));
        assert!(!linked(0, None));
        assert!(!linked(u32::MAX, None));
    }

    /// Data far behind the head, and behind the part of the resources that is held.
    #[test]
    fn a_large_program_is_read_forward() {
        let mut bytes = pe(false, STAMP, None, &[]);
        let data = resource(true, [9, 8, 7, 6], "x");
        let at = 6_000_000_usize;
        let address = u32::try_from(at - 0x400 + 0x1000).expect("short");
        let size = 8_000_000_u32.to_le_bytes();
        put(&mut bytes, 0x98 + 224 + 8, &size);
        put(&mut bytes, 0x98 + 224 + 16, &size);
        put(
            &mut bytes,
            0x488,
            &[address.to_le_bytes(), u32::try_from(data.len()).expect("short").to_le_bytes()].concat(),
        );
        put(&mut bytes, at, &data);
        bytes.resize(8_000_000, 7);
        assert_eq!(dump(&bytes), ["Size = 8000000", "Version = 9.8.7.6", "Linked = 1997-10-08T22:00:00"]);
    }

    /// Packs as `compress.exe` would: literal bytes, and one copy for a run of eight zeros.
    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut out = b"SZDD\x88\xF0\x27\x33AE".to_vec();
        out.extend(u32::try_from(bytes.len()).expect("short").to_le_bytes());
        let mut at = 0;
        while at < bytes.len() {
            let (mut flags, mut steps) = (0_u8, Vec::new());
            for bit in 0..8 {
                if at >= 20 && bytes[at - 1..].starts_with(&[0; 9]) {
                    let from = (4096 - 16 + at - 1) % 4096;
                    steps.extend([(from & 0xFF) as u8, ((from >> 4) & 0xF0) as u8 | 5]);
                    at += 8;
                } else if let Some(byte) = bytes.get(at) {
                    flags |= 1 << bit;
                    steps.push(*byte);
                    at += 1;
                }
            }
            out.push(flags);
            out.extend(steps);
        }
        out
    }

    #[test]
    fn compressed_programs() {
        let program = pe(false, STAMP, None, &resource(true, [1, 2, 3, 4], "x"));
        let bytes = packed(&program);
        let (reader, dump) = read("PCMSVC32.EX_", &bytes);
        assert_eq!(reader, Some("program"));
        assert!(bytes.len() < program.len());
        let size = format!("0 file pcmsvc32.ex_ Size = {}", bytes.len());
        assert_eq!(dump[..2], [size.as_str(), "0 file pcmsvc32.ex_ Version = 1.2.3.4"]);
        let (_, dump) = read("SETUP.IN_", &packed(b"Read me first, before anything else"));
        assert_eq!(dump[1], "note: it is compressed and holds no program; only its size is known");
        let (_, dump) = read("A.EX_", b"KWAJ\x88\xF0\x27\xD1\0\0\0\0");
        assert_eq!(dump[1], "note: it is compressed in a way that is not read; only its size is known");
    }

    #[test]
    fn damaged_programs_are_reported() {
        let whole = pe(true, STAMP, Some(2), &resource(true, [1, 2, 3, 4], "x"));
        let torn = dump(&whole[..0x520]);
        assert!(torn.iter().any(|line| line.starts_with("warning: its version resource")), "{torn:?}");
        // No byte of the file may bring the reader down.
        for bytes in [whole, ne(&resource(false, [1, 2, 3, 4], "x"))] {
            for at in (0x3C..0x700.min(bytes.len())).step_by(7) {
                for value in [0, 0x7F, 0xFF] {
                    let mut damaged = bytes.clone();
                    damaged[at] = value;
                    read("a.exe", &damaged);
                }
                read("a.exe", &bytes[..at]);
            }
        }
        assert_eq!(version(&[], true), None);
        assert_eq!(u32_at(&[0; 4], usize::MAX), None);
    }

    #[test]
    fn text_that_begins_with_the_letters_is_text() {
        let (reader, _) = read("a.txt", b"MZ is how a program of DOS begins.\n");
        assert_eq!(reader, Some("text"));
    }
}
