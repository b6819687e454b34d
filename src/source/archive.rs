//! Walks through archives, also inside of each other, and hands out the files in them one by one.
//!
//! Nothing is written to disk, so a bad path can do no harm; it is still refused, since it tells nothing of a machine.
//! Limits bound what is unpacked. A walk over the same bytes with the same limits meets the same files in the same
//! order: a bundle is listed by one walk and read by another.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek};

use flate2::read::MultiGzDecoder;
use zip::read::{OwnedZipFileEntry, read_zipfile_from_stream};
use zip::unstable::read::ZipIterable;

use crate::fact::{Problem, Severity};

/// How much of an archive is unpacked, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, over the whole bundle.
    pub max_unpacked: u64,
    /// How many times larger than its archive the content may be.
    pub max_ratio: u64,
    /// Files in the bundle.
    pub max_entries: u64,
    /// Archives inside of each other; 1 allows none inside of the bundle's own.
    pub max_depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_unpacked: 16 << 30, max_ratio: 1000, max_entries: 1_000_000, max_depth: 4 }
    }
}

/// The ratio is not held against archives so small that their content is too.
const MIN_BUDGET: u64 = 64 * 1024;

/// A zip inside of another archive has to be held in memory, since its directory is at its end.
const MAX_NESTED_ZIP: u64 = 256 << 20;

/// How much tells the kind of a file: the mark of a tar stands at 257.
pub(super) const PEEK: usize = 512;

/// What a walk meets.
pub(super) trait Visitor {
    /// A file. What is left unread of it is skipped. `false` ends the walk.
    fn file(&mut self, path: &str, size: Option<u64>, content: &mut dyn Read) -> bool;
    /// Something that is wrong with the archive.
    fn problem(&mut self, problem: Problem);
}

/// What may be unpacked of one archive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    pub(super) left: u64,
    /// The limit that it comes from, for the message.
    limit: Limit,
}

#[derive(Debug, Clone, Copy)]
enum Limit {
    Unpacked(u64),
    Ratio(u64),
}

impl Allowance {
    /// For an archive of this size, of which the limits leave `left` bytes to unpack.
    pub(super) fn new(limits: &Limits, left: u64, packed: u64) -> Self {
        let by_ratio = packed.saturating_mul(limits.max_ratio).max(MIN_BUDGET);
        if by_ratio < left {
            Self { left: by_ratio, limit: Limit::Ratio(limits.max_ratio) }
        } else {
            Self { left, limit: Limit::Unpacked(limits.max_unpacked) }
        }
    }
}

/// What may still be unpacked. What is inside of archives inside of archives counts at every step.
#[derive(Debug)]
pub(super) struct Budget {
    left: Cell<u64>,
    limit: Limit,
}

impl Budget {
    pub(super) fn new(allowance: Allowance) -> Self {
        Self { left: Cell::new(allowance.left), limit: allowance.limit }
    }

    /// What is left, for a part of the archive.
    pub(super) fn rest(&self) -> Allowance {
        Allowance { left: self.left(), limit: self.limit }
    }

    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    pub(super) fn spend(&self, bytes: u64) {
        self.left.set(self.left.get().saturating_sub(bytes));
    }

    pub(super) fn exceeded(&self) -> String {
        match self.limit {
            Limit::Unpacked(bytes) => format!("the limit of {bytes} unpacked bytes is reached"),
            Limit::Ratio(ratio) => format!("the content is more than {ratio} times larger than its archive"),
        }
    }
}

/// Reads on as long as the budget lasts, then fails.
struct Budgeted<'a> {
    inner: &'a mut dyn Read,
    budget: &'a Budget,
}

impl Read for Budgeted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.budget.left() == 0 {
            // Content that ends right at the limit is whole.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other(self.budget.exceeded())),
            };
        }
        let most = usize::try_from(self.budget.left()).unwrap_or(usize::MAX).min(into.len());
        let read = self.inner.read(&mut into[..most])?;
        self.budget.spend(read as u64);
        Ok(read)
    }
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    Gzip,
    Tar,
    Plain,
}

impl Kind {
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [0x1F, 0x8B, 8, ..] => Self::Gzip,
            _ if is_tar(head) => Self::Tar,
            _ => Self::Plain,
        }
    }
}

/// A tar header carries a mark, or at least the sum of its own bytes.
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..PEEK) else { return false };
    let stated = std::str::from_utf8(&block[148..156])
        .ok()
        .and_then(|text| u32::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok());
    let field = 148..156;
    let sum: u32 =
        block.iter().enumerate().map(|(at, byte)| u32::from(if field.contains(&at) { b' ' } else { *byte })).sum();
    block[0] != 0 && stated == Some(sum)
}

/// Reads the first bytes, which come again when the result is read.
pub(super) fn peek<'a>(content: &'a mut dyn Read) -> io::Result<(Vec<u8>, impl Read + use<'a>)> {
    let mut head = Vec::with_capacity(PEEK);
    content.take(PEEK as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(content)))
}

/// One walk.
pub(super) struct Walk<'a> {
    pub(super) limits: &'a Limits,
    pub(super) visitor: &'a mut dyn Visitor,
}

/// A walk goes on, or its visitor has had enough.
type Flow = bool;

impl Walk<'_> {
    /// A file that may be an archive: at `path`, inside of `depth` archives. `root` is the bundle itself, whose name is
    /// no part of the paths in it.
    pub(super) fn file(
        &mut self,
        path: &str,
        root: bool,
        depth: u32,
        size: Option<u64>,
        content: &mut dyn Read,
        budget: &Budget,
    ) -> Flow {
        let (head, mut content) = match peek(content) {
            Ok(peeked) => peeked,
            // The visitor meets the error when it reads.
            Err(error) => return self.visitor.file(path, size, &mut Failing(Some(error))),
        };
        let kind = Kind::of(&head);
        if kind != Kind::Plain && depth >= self.limits.max_depth {
            let most = self.limits.max_depth;
            self.lost(path, format!("archives are nested deeper than {most}; this one is not unpacked"));
            return self.visitor.file(path, size, &mut content);
        }
        let prefix = if root { String::new() } else { format!("{path}!/") };
        match kind {
            Kind::Plain => self.visitor.file(path, size, &mut content),
            Kind::Tar => {
                let mut content = Budgeted { inner: &mut content, budget };
                self.tar(path, &prefix, depth + 1, &mut content, budget)
            }
            Kind::Zip => self.nested_zip(path, &prefix, depth + 1, &mut content, budget),
            Kind::Gzip => {
                let mut unpacked = MultiGzDecoder::new(content);
                let mut unpacked = Budgeted { inner: &mut unpacked, budget };
                let (inner, mut unpacked) = match peek(&mut unpacked) {
                    Ok(peeked) => peeked,
                    Err(error) => return self.visitor.file(path, None, &mut Failing(Some(error))),
                };
                if Kind::of(&inner) == Kind::Tar {
                    return self.tar(path, &prefix, depth + 1, &mut unpacked, budget);
                }
                let name = path.strip_suffix(".gz").or_else(|| path.strip_suffix(".GZ")).unwrap_or(path);
                self.file(name, false, depth + 1, None, &mut unpacked, budget)
            }
        }
    }

    fn tar(&mut self, path: &str, prefix: &str, depth: u32, content: &mut dyn Read, budget: &Budget) -> Flow {
        let mut archive = tar::Archive::new(content);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => {
                self.broken(path, &error);
                return true;
            }
        };
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.broken(path, &error);
                    return true;
                }
            };
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = entry.header().entry_type();
            if kind.is_dir() || kind.is_pax_global_extensions() {
                continue;
            }
            let Some(inner) = self.accept(prefix, &name) else { continue };
            if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
                self.odd(&inner, "a link or a device, not a file; it is skipped");
                continue;
            }
            let size = entry.size();
            let mut content = Whole { inner: &mut entry, left: size };
            if !self.file(&inner, false, depth, Some(size), &mut content, budget) {
                return false;
            }
        }
        true
    }

    fn nested_zip(&mut self, path: &str, prefix: &str, depth: u32, content: &mut dyn Read, budget: &Budget) -> Flow {
        let mut held = Vec::new();
        let read = content.take(MAX_NESTED_ZIP + 1).read_to_end(&mut held);
        if let Err(error) = read {
            self.broken(path, &error);
        }
        if held.len() as u64 > MAX_NESTED_ZIP {
            let most = MAX_NESTED_ZIP >> 20;
            self.lost(path, format!("a zip inside of an archive may have {most} MiB; this one is not unpacked"));
            return true;
        }
        let mut held = Cursor::new(held);
        match zip_entries(&mut held) {
            Ok(entries) => {
                for entry in &entries {
                    if !self.zip_entry(path, prefix, depth, entry, &mut held, budget) {
                        return false;
                    }
                }
                true
            }
            Err(error) => {
                held.set_position(0);
                self.torn_zip(path, prefix, depth, &error, &mut held, budget)
            }
        }
    }

    /// One entry of a zip whose directory was read.
    pub(super) fn zip_entry<R: Read + Seek>(
        &mut self,
        path: &str,
        prefix: &str,
        depth: u32,
        entry: &OwnedZipFileEntry,
        archive: &mut R,
        budget: &Budget,
    ) -> Flow {
        if entry.is_dir() {
            return true;
        }
        let name = entry
            .name()
            .map_or_else(|_| String::from_utf8_lossy(entry.name_raw()).into_owned(), |name| name.into_owned());
        let Some(inner) = self.accept(prefix, &name) else { return true };
        if entry.is_symlink() || entry.unix_mode().is_some_and(is_special) {
            self.odd(&inner, "a link or a device, not a file; it is skipped");
            return true;
        }
        if entry.encrypted() {
            self.lost(&inner, "encrypted; it is not read".to_owned());
            return true;
        }
        let size = entry.size();
        match entry.as_ref().with_reader(archive, zip::ZipReadOptions::new()) {
            Ok(mut content) => {
                let mut content = Budgeted { inner: &mut content, budget };
                self.file(&inner, false, depth, Some(size), &mut content, budget)
            }
            Err(error) => {
                self.broken(if inner.is_empty() { path } else { &inner }, &error);
                true
            }
        }
    }

    /// A zip without its directory, which stands at the end: the entries are read in their order, as far as they go.
    pub(super) fn torn_zip(
        &mut self,
        path: &str,
        prefix: &str,
        depth: u32,
        error: &dyn std::error::Error,
        content: &mut dyn Read,
        budget: &Budget,
    ) -> Flow {
        self.broken(path, error);
        let mut content = content;
        loop {
            let Ok(Some(mut entry)) = read_zipfile_from_stream(&mut content) else { return true };
            let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
            if entry.is_dir() || entry.encrypted() {
                continue;
            }
            let Some(inner) = self.accept(prefix, &name) else { continue };
            let size = entry.size();
            let mut content = Budgeted { inner: &mut entry, budget };
            if !self.file(&inner, false, depth, Some(size), &mut content, budget) {
                return false;
            }
            if io::copy(&mut content, &mut io::sink()).is_err() {
                return true;
            }
        }
    }

    /// The path of an entry; `None`, and a problem, if it leads out of the archive.
    fn accept(&mut self, prefix: &str, name: &str) -> Option<String> {
        match clean_path(name) {
            Ok(path) => Some(format!("{prefix}{path}")),
            Err(why) => {
                self.odd(&format!("{prefix}{}", name.escape_debug()), &format!("{why}; it is skipped"));
                None
            }
        }
    }

    fn broken(&mut self, path: &str, error: &dyn std::error::Error) {
        self.lost(path, format!("the archive cannot be read to its end: {error}; what came before is kept"));
    }

    fn lost(&mut self, path: &str, what: String) {
        self.visitor.problem(Problem { file: path.to_owned(), line: None, what, severity: Severity::Error });
    }

    fn odd(&mut self, path: &str, what: &str) {
        let problem = Problem { file: path.to_owned(), line: None, what: what.to_owned(), severity: Severity::Warning };
        self.visitor.problem(problem);
    }
}

/// The entries of a zip, also those that share a name: `ZipArchive` would show only the last of them, and evidence would
/// be lost in silence.
pub(super) fn zip_entries<R: Read + Seek>(archive: &mut R) -> zip::result::ZipResult<Vec<OwnedZipFileEntry>> {
    let mut directory = ZipIterable::try_new(archive, zip::read::Config::default())?;
    directory.files()?.map(|entry| entry.map(OwnedZipFileEntry::from)).collect()
}

/// A path below the root, `/` between names.
pub(super) fn clean_path(name: &str) -> Result<String, &'static str> {
    let name = name.replace('\\', "/");
    if name.starts_with('/') || name.as_bytes().get(1) == Some(&b':') {
        return Err("an absolute path");
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err("a path that leads out of the archive"),
            part if part.contains('\0') => return Err("a path with a NUL in it"),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { Err("a file without a name") } else { Ok(parts.join("/")) }
}

/// Whether a Unix mode is that of a fifo, a device or a socket.
fn is_special(mode: u32) -> bool {
    !matches!(mode & 0o170_000, 0 | 0o100_000)
}

/// Gives the error of opening to whoever reads.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Takes it for an error if the content ends before the size that its header states.
struct Whole<'a> {
    inner: &'a mut dyn Read,
    left: u64,
}

impl Read for Whole<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        if read == 0 && self.left > 0 && !into.is_empty() {
            let left = std::mem::take(&mut self.left);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the last {left} bytes are missing")));
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(clean_path("./a\\b//c.log").as_deref(), Ok("a/b/c.log"));
        for bad in ["../etc/evil", "a/../../b", "/etc/passwd", "C:\\temp\\a.log", "\\\\server\\share", "./", ""] {
            assert!(clean_path(bad).is_err(), "{bad}");
        }
    }
}
