//! Walks through archives, also inside of each other, and hands out the files in them one by one.
//!
//! Nothing is written to disk, so a bad path can do no harm; it is still refused, since it tells nothing of a machine.
//! Limits bound what is unpacked, and what is held in memory. A walk over the same bytes with the same limits meets the
//! same files in the same order: a bundle is listed by one walk, and what could not be read on that way is read by
//! another. Each format has a file of its own.

mod budget;
mod cab;
mod content;
mod deflate;
mod inflate;
mod packed;
pub(super) mod path;
mod sevenz;
mod store;
mod tar;
pub(super) mod zip;

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use crate::fact::{Problem, Severity};

pub(super) use budget::{Allowance, Budget};
pub(super) use content::Failing;
pub(super) use store::Store;

use budget::{Budgeted, Memory};
use content::{drain, fill};
use packed::Packing;

/// How much of an archive is unpacked, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, over the whole bundle.
    pub max_unpacked: u64,
    /// How many times larger than its archive the content may be.
    pub max_ratio: u64,
    /// Files in the bundle. Each takes memory while the bundle is audited, though it may be empty: a little more than 1 KiB.
    pub max_entries: u64,
    /// Archives inside of each other; 1 allows none inside of the bundle's own.
    pub max_depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_unpacked: 16 << 30, max_ratio: 1000, max_entries: 150_000, max_depth: 4 }
    }
}

/// An archive that has its directory at its end is held in memory, up to this size, if it is inside of another one.
const MAX_HELD: u64 = 24 << 20;

/// How much tells the kind of a file: the mark of a tar stands at 257.
pub(super) const PEEK: usize = 512;

/// What a walk meets.
pub(super) trait Visitor {
    /// A file, by its place and its size. What is left unread of it is skipped. `false` ends the walk.
    fn file(&mut self, spot: Spot<'_>, size: Option<u64>, content: &mut dyn Read) -> bool;
    /// Something that is wrong with the archive.
    fn problem(&mut self, problem: Problem);
    /// The archive was damaged somewhere, and nothing tells which of its files are: those whose paths begin so.
    fn damaged(&mut self, prefix: &str);
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    SevenZip,
    Tar,
    Cab,
    Packed(Packing),
    Plain,
}

impl Kind {
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            // A volume of one, and a mark before the first file.
            [b'P', b'K', b'0', b'0', b'P', b'K', 3, 4, ..] | [b'P', b'K', 7, 8, b'P', b'K', 3, 4, ..] => Self::Zip,
            [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => Self::Cab,
            _ if head.starts_with(&sevenz::MARK) => Self::SevenZip,
            _ if tar::is_header(head) => Self::Tar,
            _ => Packing::of(head).map_or(Self::Plain, Self::Packed),
        }
    }
}

/// Reads the first bytes, which come again when the result is read, and after them the error that ended them.
fn peek<'a>(content: &'a mut dyn Read) -> (Vec<u8>, impl Read + use<'a>) {
    let mut head = Vec::with_capacity(PEEK);
    let error = content.take(PEEK as u64).read_to_end(&mut head).err();
    (head.clone(), Cursor::new(head).chain(Once(error)).chain(content))
}

/// An error that comes once, if there is one.
struct Once(Option<io::Error>);

impl Read for Once {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Where a walk is.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    /// The path of the file.
    pub(super) path: &'a str,
    /// How many archives it is inside of.
    pub(super) depth: u32,
    /// It is the bundle itself, whose name is no part of the paths in it.
    pub(super) root: bool,
    /// It is part of a packed stream: to read it again is to unpack again what stands before it.
    pub(super) packed: bool,
}

impl<'a> Spot<'a> {
    /// What is before the paths of the files in it.
    fn prefix(&self) -> String {
        if self.root { String::new() } else { format!("{}!/", self.path) }
    }

    /// A file in the archive that is here.
    fn inner(&self, path: &'a str) -> Self {
        Self { path, root: false, ..*self }
    }
}

/// One walk.
pub(super) struct Walk<'a> {
    pub(super) limits: &'a Limits,
    pub(super) visitor: &'a mut dyn Visitor,
    memory: Memory,
}

/// A walk goes on, or its visitor has had enough.
pub(super) type Flow = bool;

impl<'a> Walk<'a> {
    pub(super) fn new(limits: &'a Limits, visitor: &'a mut dyn Visitor) -> Self {
        Self { limits, visitor, memory: Memory::new() }
    }

    /// A file that may be an archive, and that can be read at any place.
    pub(super) fn stored(&mut self, spot: Spot<'_>, store: &Store, budget: &Budget) -> Flow {
        let mut head = vec![0; PEEK];
        let kind = match fill(&mut store.at(0), &mut head) {
            Ok(read) => Kind::of(&head[..read]),
            Err(error) => return self.unreadable(spot, Some(store.len()), error),
        };
        if spot.depth < self.limits.max_depth {
            let inside = Spot { depth: spot.depth + 1, ..spot };
            match kind {
                Kind::Zip => return zip::walk(self, inside, store, budget),
                Kind::SevenZip => return sevenz::walk(self, Spot { packed: true, ..inside }, store, budget),
                Kind::Plain if has_prefix(spot, store) => return zip::walk(self, inside, store, budget),
                _ => {}
            }
        }
        self.file(spot, Some(store.len()), &mut store.at(0), budget)
    }

    /// A file that may be an archive, as it comes.
    pub(super) fn file(&mut self, spot: Spot<'_>, size: Option<u64>, content: &mut dyn Read, budget: &Budget) -> Flow {
        let (head, mut content) = peek(content);
        let kind = Kind::of(&head);
        if kind == Kind::Plain {
            return self.visitor.file(spot, size, &mut content);
        }
        if spot.depth >= self.limits.max_depth {
            let most = self.limits.max_depth;
            let what = format!("archives are nested deeper than {most} (`--max-depth {most}`); it is not unpacked");
            self.lost(spot.path, what);
            return self.visitor.file(spot, size, &mut content);
        }
        let inside = Spot { depth: spot.depth + 1, packed: true, ..spot };
        match kind {
            Kind::Plain => true,
            Kind::Tar => tar::walk(self, inside, &mut Budgeted::new(&mut content, budget), budget),
            Kind::Cab => cab::walk(self, inside, &mut content, budget),
            Kind::Zip | Kind::SevenZip => self.held(inside, kind, &mut content, budget),
            Kind::Packed(packing) => self.packed(inside, packing, &mut content, budget),
        }
    }

    /// A packed stream: a tar, or one file.
    fn packed(&mut self, spot: Spot<'_>, packing: Packing, content: &mut dyn Read, budget: &Budget) -> Flow {
        let mut unpacked = match packing.unpack(content, &self.memory) {
            Ok(unpacked) => unpacked,
            Err(error) => return self.unreadable(spot, None, error),
        };
        let mut unpacked = Budgeted::new(&mut unpacked, budget);
        let (head, mut rest) = peek(&mut unpacked);
        let kind = Kind::of(&head);
        if kind == Kind::Tar {
            return tar::walk(self, spot, &mut rest, budget);
        }
        let inner = Spot { path: packing.bare(spot.path), root: false, ..spot };
        let flow = self.file(inner, None, &mut rest, budget);
        // To the end also where only the beginning was looked at: how large it is counts for the limits.
        if flow
            && let Err(error) = drain(&mut rest)
            && kind != Kind::Plain
        {
            // A plain file tells of it when it is read.
            self.broken(spot.path, &error);
        }
        flow
    }

    /// A zip or a 7z inside of another archive.
    fn held(&mut self, spot: Spot<'_>, kind: Kind, content: &mut dyn Read, budget: &Budget) -> Flow {
        let most = MAX_HELD.min(self.memory.left());
        let mut bytes = Vec::new();
        let read = content.take(most + 1).read_to_end(&mut bytes);
        if let Err(error) = read {
            self.broken(spot.path, &error);
        }
        if bytes.len() as u64 <= most
            && let Some(_hold) = self.memory.take(bytes.len() as u64)
        {
            let store = Store::Held(Arc::new(bytes));
            return match kind {
                Kind::SevenZip => sevenz::walk(self, spot, &store, budget),
                _ => zip::walk(self, spot, &store, budget),
            };
        }
        let mib = most >> 20;
        if kind == Kind::SevenZip {
            let what = format!("a 7z inside of another archive may have {mib} MiB here; it is not unpacked");
            self.lost(spot.path, what);
            return true;
        }
        // Too large to be held: its files are met one after the other, without the directory.
        let Some(_hold) = self.memory.take(most) else { return true };
        zip::stream(self, spot, &mut Cursor::new(bytes).chain(content), budget)
    }

    /// The path of an entry; `None`, and a problem, if it leads out of the archive.
    fn accept(&mut self, prefix: &str, name: &str) -> Option<String> {
        match path::clean(name) {
            Ok(path) => {
                let inner = format!("{prefix}{path}");
                if let Some(odd) = path::oddity(&path) {
                    self.note(&inner, odd);
                }
                Some(inner)
            }
            Err(why) => {
                self.odd(&format!("{prefix}{}", name.escape_debug()), &format!("{why}; it is skipped"));
                None
            }
        }
    }

    /// A file whose content cannot be had: the visitor meets the error when it reads.
    fn unreadable(&mut self, spot: Spot<'_>, size: Option<u64>, error: io::Error) -> Flow {
        self.visitor.file(spot, size, &mut Failing::from(error))
    }

    fn broken(&mut self, path: &str, error: &dyn std::error::Error) {
        self.lost(path, format!("the archive cannot be read to its end: {error}; what came before is kept"));
    }

    /// The same for files that have no checksums of their own: where more is wrong than that the end is missing, any of
    /// them may be hit.
    fn broken_stream(&mut self, spot: Spot<'_>, error: &io::Error, budget: &Budget) {
        self.broken(spot.path, error);
        let cut_off = error.kind() == io::ErrorKind::UnexpectedEof || budget.left() == 0;
        if !cut_off {
            self.visitor.damaged(&spot.prefix());
        }
    }

    fn lost(&mut self, path: &str, what: String) {
        self.visitor.problem(Problem { file: path.to_owned(), line: None, what, severity: Severity::Error });
    }

    fn odd(&mut self, path: &str, what: &str) {
        let problem = Problem { file: path.to_owned(), line: None, what: what.to_owned(), severity: Severity::Warning };
        self.visitor.problem(problem);
    }

    fn note(&mut self, path: &str, what: &str) {
        let problem = Problem { file: path.to_owned(), line: None, what: what.to_owned(), severity: Severity::Note };
        self.visitor.problem(problem);
    }
}

/// A zip that something else stands before, as in a self-extracting one. Only a file that is called a zip is looked at
/// so, or the bundle itself: the programs of a machine are evidence as they are.
pub(super) fn has_prefix(spot: Spot<'_>, store: &Store) -> bool {
    let name = spot.path.to_ascii_lowercase();
    let asked = name.ends_with(".zip") || (spot.root && name.ends_with(".exe"));
    asked && zip::entries(store).is_ok_and(|entries| !entries.is_empty())
}
