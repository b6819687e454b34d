//! Reads tars as a stream: v7, ustar, GNU (long names, sparse files) and pax.
//!
//! The reader is our own since all that a header states is bounded here: names, maps and sizes cost no more memory than
//! a few blocks, and what follows a damaged header is found again.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::budget::Budget;
use super::content::{bad, drain, fill};
use super::{Flow, Spot, Walk, path};

const BLOCK: usize = 512;
type Block = [u8; BLOCK];

/// A long name or a pax header has no more bytes.
const MAX_META: u64 = 1 << 20;

/// A sparse file has no more pieces.
const MAX_PIECES: usize = 100_000;

/// Whether this is a header: its sum of its own bytes fits.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else { return false };
    if block[0] == 0 && !is_ustar(block) {
        return false;
    }
    let stated = octal(&block[148..156]);
    let bytes = || block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
    let unsigned: u64 = bytes().map(u64::from).sum();
    // Some old writers took the bytes for signed ones.
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    stated == Some(unsigned) || stated.is_some_and(|stated| i64::try_from(stated) == Ok(signed))
}

fn is_ustar(block: &[u8]) -> bool {
    &block[257..262] == b"ustar"
}

/// Walks through the entries.
pub(super) fn walk(walk: &mut Walk<'_>, spot: Spot<'_>, content: &mut dyn Read, budget: &Budget) -> Flow {
    let mut tar = Tar { content, meta: Meta::default() };
    loop {
        let header = match tar.header() {
            Ok(Found::Header(header)) => header,
            Ok(Found::Damaged(skipped, header)) => {
                let what = "what follows the header is lost up to the next one that can be read";
                walk.lost(spot.path, format!("a header of the tar is damaged; {what} ({skipped} bytes)"));
                header
            }
            Ok(Found::End) => return true,
            Ok(Found::NoMark) => {
                walk.odd(spot.path, "the tar has no end mark: files may be missing from its end");
                return true;
            }
            Ok(Found::Garbage) => {
                walk.lost(spot.path, "what follows is no tar; what came before is kept".to_owned());
                return true;
            }
            Err(error) => {
                walk.broken_stream(spot, &error, budget);
                return true;
            }
        };
        match entry(walk, spot, &mut tar, &header, budget) {
            Ok(true) => {}
            Ok(false) => return false,
            Err(error) => {
                walk.broken_stream(spot, &error, budget);
                return true;
            }
        }
    }
}

/// One header with what follows it.
fn entry(walk: &mut Walk<'_>, spot: Spot<'_>, tar: &mut Tar<'_>, header: &Block, budget: &Budget) -> io::Result<Flow> {
    let kind = header[156];
    let size = number(&header[124..136]).ok_or_else(|| bad("a header of the tar states no size"))?;
    if matches!(kind, b'L' | b'K' | b'x' | b'g' | b'X') {
        let Some(text) = tar.meta(size)? else {
            walk.odd(spot.path, "a name in the tar is longer than 1 MiB; it is left out");
            return Ok(true);
        };
        match kind {
            b'L' => tar.meta.name = Some(until_nul(&text).to_vec()),
            b'x' | b'X' => tar.meta.pax(&text),
            // The target of a link, and what holds for the whole tar.
            _ => {}
        }
        return Ok(true);
    }
    let meta = std::mem::take(&mut tar.meta);
    let size = meta.size.unwrap_or(size);
    let name = meta.name.clone().unwrap_or_else(|| short_name(header));
    let old_folder = matches!(kind, 0 | b'0') && name.ends_with(b"/");
    if old_folder || matches!(kind, b'5' | b'D' | b'V') {
        // GNU's kind of folder carries a list.
        tar.skip(size)?;
        return Ok(true);
    }
    let name = path::text(&name);
    let Some(inner) = walk.accept(&spot.prefix(), &name) else {
        tar.skip(size)?;
        return Ok(true);
    };
    if let Some(what) = special(kind) {
        walk.odd(&inner, what);
        // A link has no content, whatever its header says; some writers state the size of its target.
        tar.skip(if matches!(kind, b'1' | b'2') { 0 } else { size })?;
        return Ok(true);
    }
    if std::str::from_utf8(&meta.name.unwrap_or_else(|| short_name(header))).is_err() {
        walk.note(&inner, "its name is not UTF-8; it is taken for Windows-1252");
    }
    let mut data = Data { tar: &mut *tar.content, left: size, padding: padding(size), size };
    let pieces = match kind {
        b'S' => Some(gnu_pieces(header, &mut data)),
        _ => meta.sparse.pieces(&mut data).transpose(),
    };
    let flow = match pieces {
        None => walk.file(spot.inner(&inner), Some(size), &mut data, budget),
        Some(Ok((pieces, whole))) => {
            let mut sparse = Sparse { data: &mut data, pieces: pieces.into_iter(), piece: None, at: 0, whole };
            // The holes take no place in the tar, and all the same in what is read.
            let mut sparse = super::budget::Budgeted::new(&mut sparse, budget);
            walk.file(spot.inner(&inner), Some(whole), &mut sparse, budget)
        }
        Some(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
            walk.lost(&inner, format!("{error}; the file is not read"));
            true
        }
        Some(Err(error)) => return Err(error),
    };
    if !flow {
        return Ok(false);
    }
    data.skip()?;
    Ok(true)
}

/// What is no file.
fn special(kind: u8) -> Option<&'static str> {
    match kind {
        b'1' | b'2' => Some("a link, not a file; it is skipped"),
        b'3' | b'4' | b'6' => Some("a device or a pipe, not a file; it is skipped"),
        b'M' => Some("the rest of a file that began on another volume; it is skipped"),
        _ => None,
    }
}

/// Where the reading stands.
struct Tar<'a> {
    content: &'a mut dyn Read,
    /// What earlier headers say of the next file.
    meta: Meta,
}

enum Found {
    Header(Box<Block>),
    /// A header was found again after so many bytes.
    Damaged(u64, Box<Block>),
    End,
    /// The stream ends without the two blocks of zeros.
    NoMark,
    Garbage,
}

impl Tar<'_> {
    /// The next header, also behind an end mark: tars are put together with `cat`.
    fn header(&mut self) -> io::Result<Found> {
        let mut zeros = 0;
        let mut skipped = 0_u64;
        loop {
            let mut block = Box::new([0; BLOCK]);
            let read = fill(self.content, &mut block[..])?;
            if skipped > 0 {
                // Only a header with the mark of one: any block may have a fitting sum.
                if read == BLOCK && is_ustar(&block[..]) && is_header(&block[..]) {
                    return Ok(Found::Damaged(skipped, block));
                }
                if read == 0 {
                    return Ok(Found::Garbage);
                }
                skipped += read as u64;
                continue;
            }
            match read {
                0 if zeros > 0 => return Ok(Found::End),
                0 => return Ok(Found::NoMark),
                BLOCK if block.iter().all(|byte| *byte == 0) => zeros += 1,
                BLOCK if is_header(&block[..]) => return Ok(Found::Header(block)),
                BLOCK => skipped = BLOCK as u64,
                _ if zeros > 0 => return Ok(Found::End),
                _ => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the tar ends within a header")),
            }
        }
    }

    /// The content of a header that tells of the next one; `None` if it is too long to be kept.
    fn meta(&mut self, size: u64) -> io::Result<Option<Vec<u8>>> {
        let mut data = Data { tar: &mut *self.content, left: size, padding: padding(size), size };
        let mut text = Vec::new();
        if size <= MAX_META {
            data.read_to_end(&mut text)?;
        }
        data.skip()?;
        Ok((size <= MAX_META).then_some(text))
    }

    fn skip(&mut self, size: u64) -> io::Result<()> {
        Data { tar: &mut *self.content, left: size, padding: padding(size), size }.skip()
    }
}

fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

/// The content of one entry.
struct Data<'a, 'b> {
    tar: &'a mut (dyn Read + 'b),
    left: u64,
    padding: u64,
    size: u64,
}

impl Data<'_, '_> {
    /// Passes the rest over.
    fn skip(&mut self) -> io::Result<()> {
        drain(self)?;
        let skipped = drain(&mut (&mut *self.tar).take(self.padding))?;
        // The last block of a tar is often cut; then nothing of the file is lost.
        self.padding -= skipped;
        Ok(())
    }

    /// One whole block of it: the tables of sparse files.
    fn block(&mut self) -> io::Result<Block> {
        let mut block = [0; BLOCK];
        self.read_exact(&mut block)?;
        Ok(block)
    }
}

impl Read for Data<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.tar.read(&mut into[..most])?;
        if read == 0 {
            let (left, size) = (self.left, self.size);
            let what = format!("the last {left} bytes of {size} are missing");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// What the headers before a file say of it.
#[derive(Default)]
struct Meta {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: PaxSparse,
}

impl Meta {
    /// Records of the form `length key=value`.
    fn pax(&mut self, mut text: &[u8]) {
        while let Some((key, value, rest)) = pax_record(text) {
            text = rest;
            match key {
                b"path" => self.name = Some(until_nul(value).to_vec()),
                b"size" => self.size = decimal(value),
                _ => self.sparse.record(key, value),
            }
        }
        if let Some(name) = self.sparse.name.take() {
            self.name = Some(name);
        }
    }
}

fn pax_record(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = text.iter().take(20).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(&text[..blank])?).ok()?;
    let record = text.get(blank + 1..length)?;
    let record = record.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], &text[length..]))
}

/// A piece of a sparse file: its place, and its length.
type Piece = (u64, u64);

/// What pax says of a sparse file, in its three versions.
#[derive(Default)]
struct PaxSparse {
    name: Option<Vec<u8>>,
    values: BTreeMap<&'static str, u64>,
    /// Version 0: numbers, taken two by two.
    map: Vec<u64>,
    damaged: bool,
}

impl PaxSparse {
    fn record(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"GNU.sparse.name" => self.name = Some(until_nul(value).to_vec()),
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => self.number(value),
            b"GNU.sparse.map" => value.split(|byte| *byte == b',').for_each(|number| self.number(number)),
            b"GNU.sparse.major" => drop(self.values.insert("major", decimal(value).unwrap_or(u64::MAX))),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => {
                self.values.insert("size", decimal(value).unwrap_or(0));
            }
            _ => {}
        }
    }

    fn number(&mut self, text: &[u8]) {
        match decimal(text) {
            Some(number) if self.map.len() < 2 * MAX_PIECES => self.map.push(number),
            _ => self.damaged = true,
        }
    }

    /// The pieces, and the size of the whole file; `None` if it is not sparse.
    fn pieces(&self, data: &mut Data<'_, '_>) -> io::Result<Option<(Vec<Piece>, u64)>> {
        let Some(whole) = self.values.get("size").copied() else { return Ok(None) };
        if self.damaged || !self.map.len().is_multiple_of(2) {
            return Err(bad_map());
        }
        let pieces = match self.values.get("major") {
            Some(1) => pax_table(data)?,
            Some(0) | None if !self.map.is_empty() => self.map.chunks_exact(2).map(|two| (two[0], two[1])).collect(),
            None => return Ok(None),
            Some(_) => return Err(bad("a sparse file of a form that is not known")),
        };
        checked(pieces, whole, data.left).map(Some)
    }
}

fn bad_map() -> io::Error {
    bad("the table of a sparse file is damaged")
}

/// Version 1 has its table before the content: lines with one number each, filled up to a block.
fn pax_table(data: &mut Data<'_, '_>) -> io::Result<Vec<Piece>> {
    let mut numbers: Vec<u64> = Vec::new();
    let mut digits = Vec::new();
    loop {
        for byte in data.block()? {
            match byte {
                b'0'..=b'9' if digits.len() < 20 => digits.push(byte),
                b'\n' => {
                    numbers.push(decimal(&digits).ok_or_else(bad_map)?);
                    digits.clear();
                    if numbers[0] > MAX_PIECES as u64 {
                        return Err(bad_map());
                    }
                    if numbers.len() as u64 == 1 + 2 * numbers[0] {
                        return Ok(numbers[1..].chunks_exact(2).map(|two| (two[0], two[1])).collect());
                    }
                }
                _ => return Err(bad_map()),
            }
        }
    }
}

/// The old GNU form: four pieces in the header, more in blocks that follow it.
fn gnu_pieces(header: &Block, data: &mut Data<'_, '_>) -> io::Result<(Vec<Piece>, u64)> {
    let whole = number(&header[483..495]).ok_or_else(bad_map)?;
    let mut pieces = Vec::new();
    let mut more = header[482] != 0;
    take_pieces(&header[386..482], &mut pieces)?;
    // These blocks are not part of what the header states as the size.
    while more {
        let mut block = [0; BLOCK];
        data.tar.read_exact(&mut block)?;
        take_pieces(&block[..504], &mut pieces)?;
        more = block[504] != 0;
        if pieces.len() > MAX_PIECES {
            return Err(bad_map());
        }
    }
    checked(pieces, whole, data.left)
}

fn take_pieces(table: &[u8], pieces: &mut Vec<Piece>) -> io::Result<()> {
    for entry in table.chunks_exact(24) {
        if entry[0] == 0 && entry[12] == 0 {
            break;
        }
        let piece = number(&entry[..12]).zip(number(&entry[12..]));
        pieces.push(piece.ok_or_else(bad_map)?);
    }
    Ok(())
}

/// Pieces stand in order, within the file, and together have as many bytes as there are.
fn checked(pieces: Vec<Piece>, whole: u64, stored: u64) -> io::Result<(Vec<Piece>, u64)> {
    let mut end = 0;
    let mut length = 0_u64;
    for (at, count) in &pieces {
        let next = at.checked_add(*count).filter(|next| *next <= whole && *at >= end);
        end = next.ok_or_else(bad_map)?;
        length += count;
    }
    if length == stored { Ok((pieces, whole)) } else { Err(bad_map()) }
}

/// A sparse file with its holes filled.
struct Sparse<'a, 'b, 'c> {
    data: &'a mut Data<'b, 'c>,
    pieces: std::vec::IntoIter<Piece>,
    /// The piece that comes next, or that is being read.
    piece: Option<Piece>,
    at: u64,
    whole: u64,
}

impl Read for Sparse<'_, '_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_none_or(|(at, count)| at + count <= self.at) {
            match self.pieces.next() {
                Some(piece) => self.piece = Some(piece),
                None => {
                    self.piece = None;
                    break;
                }
            }
        }
        let hole_end = self.piece.map_or(self.whole, |(at, _)| at);
        let within = |end: u64, at: u64| usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX).min(into.len());
        let hole = within(hole_end, self.at);
        let read = match self.piece {
            _ if hole > 0 => {
                into[..hole].fill(0);
                hole
            }
            Some((at, count)) => {
                let most = within(at + count, self.at);
                self.data.read(&mut into[..most])?
            }
            None => 0,
        };
        self.at += read as u64;
        Ok(read)
    }
}

/// The name in the header itself, with the folder that ustar keeps apart.
fn short_name(header: &Block) -> Vec<u8> {
    let name = until_nul(&header[..100]);
    let folder = until_nul(&header[345..500]);
    // GNU's own mark ends with blanks, and its headers have other things in that place.
    if &header[257..263] == b"ustar\0" && !folder.is_empty() {
        return [folder, b"/", name].concat();
    }
    name.to_vec()
}

fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn decimal(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Octal digits among blanks and NULs; none at all are a zero.
fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_start_matches(' ');
    let text = text.split(['\0', ' ']).next().unwrap_or_default();
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// A size: octal, or as GNU writes large ones, in base 256.
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, rest @ ..] => {
            let (high, low) = rest.split_at(rest.len().checked_sub(8)?);
            let low: [u8; 8] = low.try_into().ok()?;
            high.iter().all(|byte| *byte == 0).then(|| u64::from_be_bytes(low))
        }
        [0x81..=0xFF, ..] => None,
        _ => octal(field),
    }
}
