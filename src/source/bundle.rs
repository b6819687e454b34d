//! A bundle: its machines, its members, and how to read them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fact::{MemberId, Problem, Severity, Sieves, Sink, Timestamp};

use super::archive::{self, Allowance, Budget, Kind, Limits, PEEK, Spot, Store, Visitor, Walk, path, zip};
use super::early::{self, Early, Held, Holder, Rest, SMALL, Taker};
use super::layout::{self, Placed};
use super::read::{self, ReadReport};
use super::time::DateOrder;

/// What a collector gathered, opened and listed.
#[derive(Debug)]
pub struct Bundle {
    /// Where it is, as given.
    pub path: String,
    /// Its name: that of the folder, or of the file without its extension.
    pub name: String,
    /// The machines that it holds evidence of.
    pub hosts: Vec<HostSpec>,
    /// Its files, in the order of their paths.
    pub members: Vec<Member>,
    /// What is wrong with it as a whole. What is wrong with the content of a member shows when it is read.
    pub problems: Vec<Problem>,
    limits: Limits,
    units: Vec<Unit>,
    /// By member: only listed, not read.
    skipped: Vec<bool>,
    /// By member: it came out of a damaged archive, and nothing tells whether it was hit.
    damaged: Vec<bool>,
    zip: Option<Zip>,
    /// Small files that would have to be unpacked again.
    held: BTreeMap<MemberId, Held>,
}

/// A bundle that was just listed.
pub(super) struct Listed {
    pub(super) bundle: Bundle,
    /// By the order in which the files were met: their members.
    pub(super) ids: Vec<MemberId>,
}

/// A zip that is the bundle, with its directory.
#[derive(Debug)]
struct Zip {
    store: Store,
    entries: Vec<zip::Entry>,
}

/// A machine, as far as the bundle tells of it by its layout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSpec {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Option<String>,
    /// The path of the bundle inside of the bundle that it came in, in a fleet; else empty.
    pub fleet: String,
    /// Whether the manifest or a grouping folder states the role.
    pub role_stated: bool,
    /// Levels that the manifest states, by product, as text.
    pub levels: BTreeMap<String, String>,
    /// When the evidence was collected.
    pub collected: Option<Timestamp>,
    /// The zone that its logs are in.
    pub timezone: Option<String>,
    /// If the manifest says that the clocks of its machines agree: within so many milliseconds.
    pub clocks_agree_within: Option<i64>,
    /// How it writes dates.
    pub date_order: Option<DateOrder>,
    /// The code page of its texts.
    pub codepage: Option<String>,
}

impl HostSpec {
    /// A machine of which only the name is known.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Only what readers ask for. Everything is named, so that nobody forgets what is new.
    pub(super) fn as_read(&self) -> Self {
        Self {
            name: String::new(),
            role: None,
            fleet: String::new(),
            role_stated: false,
            levels: BTreeMap::new(),
            collected: self.collected,
            timezone: self.timezone.clone(),
            clocks_agree_within: None,
            date_order: self.date_order,
            codepage: self.codepage.clone(),
        }
    }
}

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its place in [`Bundle::members`].
    pub id: MemberId,
    /// Its path in the bundle, `/` between names, `!/` below an archive.
    pub path: String,
    /// Its host's place in [`Bundle::hosts`].
    pub host: usize,
    /// Its path below its host's folder.
    pub path_on_host: String,
    /// Its size, as far as the listing tells.
    pub size: Option<u64>,
}

/// Why a bundle cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// There is nothing at this path.
    #[error("`{path}` does not exist")]
    NotFound {
        /// The path.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is there and cannot be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// The path.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is neither a folder nor a regular file.
    #[error("`{path}` is neither a folder nor a file")]
    NotAFile {
        /// The path.
        path: String,
    },
}

impl BundleError {
    /// What it means that the system refuses a path.
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path, source },
            _ => Self::Unreadable { path, source },
        }
    }
}

/// Whether an input is a folder, and not a file. A folder that cannot be listed at all is an error; one below it is a
/// problem.
pub(super) fn is_folder(path: &Path) -> Result<bool, BundleError> {
    let unreadable = |source| BundleError::unreadable(path, source);
    let kind = fs::metadata(path).map_err(unreadable)?;
    if kind.is_dir() {
        fs::read_dir(path).map_err(unreadable)?;
    } else if !kind.is_file() {
        return Err(BundleError::NotAFile { path: path.display().to_string() });
    }
    Ok(kind.is_dir())
}

impl Bundle {
    /// Opens a folder, a file, or an archive (zip, 7z, cab, tar, and what is packed with gzip, zstd, xz or bzip2), which
    /// is recognised by its content.
    ///
    /// # Errors
    /// If there is nothing that can be read. Whatever is wrong inside becomes a [`Problem`].
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, BundleError> {
        let mut holder = Holder::default();
        let listed = Self::list(path, limits, &mut holder)?;
        Ok(holder.end(listed))
    }

    /// Lists a bundle; what is packed in it goes to the taker on the way.
    pub(super) fn list(path: &Path, limits: &Limits, taker: &mut dyn Taker) -> Result<Listed, BundleError> {
        let shown = path.display().to_string();
        let unreadable = |source| BundleError::unreadable(path, source);
        let is_folder = is_folder(path)?;
        let full = path.canonicalize().map_err(unreadable)?;
        let file_name = full.file_name().map_or_else(|| shown.clone(), os_text);
        if is_folder {
            let mut listing = Listing::new(limits, taker);
            listing.folder(path);
            return Ok(listing.finish(shown, file_name, false));
        }
        let file = File::open(path).map_err(unreadable)?;
        let Listed { bundle, ids } = Self::list_file(&file_name, file, limits, taker).map_err(unreadable)?;
        Ok(Listed { bundle: Self { path: shown, ..bundle }, ids })
    }

    /// Opens an archive, or a single file, that is open already. It may have no name in the file system any more.
    ///
    /// # Errors
    /// If its beginning cannot be read.
    pub fn open_file(file_name: &str, file: File, limits: &Limits) -> io::Result<Self> {
        let mut holder = Holder::default();
        let listed = Self::list_file(file_name, file, limits, &mut holder)?;
        Ok(holder.end(listed))
    }

    pub(super) fn list_file(file_name: &str, file: File, limits: &Limits, taker: &mut dyn Taker) -> io::Result<Listed> {
        Self::list_store(file_name, Store::file(file)?, limits, taker)
    }

    /// Opens an archive, or a single file, that is in memory.
    #[must_use]
    pub fn from_bytes(file_name: &str, bytes: Vec<u8>, limits: &Limits) -> Self {
        let mut holder = Holder::default();
        match Self::list_store(file_name, Store::Held(Arc::new(bytes)), limits, &mut holder) {
            Ok(listed) => holder.end(listed),
            // Memory can always be read.
            Err(_) => Self::from_files(file_name, Vec::new()),
        }
    }

    fn list_store(file_name: &str, store: Store, limits: &Limits, taker: &mut dyn Taker) -> io::Result<Listed> {
        let mut head = Vec::new();
        store.at(0).take(PEEK as u64).read_to_end(&mut head)?;
        let root = Spot { path: file_name, depth: 0, root: true, packed: false };
        let kind = match Kind::of(&head) {
            Kind::Plain if archive::has_prefix(root, &store) => Kind::Zip,
            kind => kind,
        };
        let mut listing = Listing::new(limits, taker);
        match kind {
            Kind::Zip if limits.max_depth > 0 => listing.zip(file_name, store),
            _ => {
                let packed = store.len();
                listing.add(Source::Store { store, path: file_name.to_owned(), root: true }, packed);
            }
        }
        Ok(listing.finish(file_name.to_owned(), stem(file_name).to_owned(), kind != Kind::Plain))
    }

    /// A bundle from bytes: paths inside of it, and contents.
    #[must_use]
    pub fn from_files(name: &str, files: Vec<(String, Vec<u8>)>) -> Self {
        let limits = Limits::default();
        let mut holder = Holder::default();
        let mut listing = Listing::new(&limits, &mut holder);
        for (path, bytes) in files {
            match path::clean(&path) {
                Ok(path) => {
                    let packed = bytes.len() as u64;
                    listing.add(Source::Store { store: Store::Held(Arc::new(bytes)), path, root: false }, packed);
                }
                Err(why) => listing.problem(problem(&path, format!("{why}; it is skipped"), Severity::Warning)),
            }
        }
        let listed = listing.finish(name.to_owned(), name.to_owned(), false);
        holder.end(listed)
    }

    /// Reads every member once, each into its own sink, on `jobs` threads; the files of one tar stream are read in order
    /// by one of them. The result is in the order of the members, and the same whatever `jobs` is. Of long logs the lines
    /// may be left out that the sieves do not name.
    pub fn read<S: Sink + Send>(
        &self,
        jobs: usize,
        sieves: &dyn Sieves,
        new_sink: &(dyn Fn(&Member) -> S + Sync),
    ) -> Vec<(S, ReadReport)> {
        self.read_rest(Early::default(), jobs, sieves, new_sink)
    }

    /// Reads the members of which there is nothing yet, and gives them with those that were read while the bundle was
    /// listed.
    pub fn read_rest<S: Sink + Send>(
        &self,
        mut early: Early<S>,
        jobs: usize,
        sieves: &dyn Sieves,
        new_sink: &(dyn Fn(&Member) -> S + Sync),
    ) -> Vec<(S, ReadReport)> {
        let results: Vec<Mutex<Option<(S, ReadReport)>>> =
            self.members.iter().map(|member| Mutex::new(early.take(self, member, new_sink))).collect();
        // The largest first, so that no thread is left with one at the end.
        let mut order: Vec<&Unit> = self.units.iter().filter(|unit| !unit.members.is_empty()).collect();
        order.sort_by_key(|unit| std::cmp::Reverse(unit.weight));
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(unit) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                Reading { bundle: self, unit, at: 0, last: 0, sieves, new_sink, results: &results }.unit();
            }
        };
        match jobs.clamp(1, order.len().max(1)) {
            1 => work(),
            jobs => std::thread::scope(|scope| (0..jobs).for_each(|_| drop(scope.spawn(work)))),
        }
        let read = results.into_iter().zip(&self.members).map(|(result, member)| {
            let result = result.into_inner().unwrap_or_else(PoisonError::into_inner);
            result.unwrap_or_else(|| {
                let gone = Err(io::Error::other("it was there when the bundle was listed, and is not there now"));
                self.read_member(member, &mut Gone(Some(gone)), sieves, new_sink)
            })
        });
        read.collect()
    }

    /// A little of the largest files, as far as that is cheap: what most of the bundle looks like. Empty if the bundle is
    /// small or packed.
    #[must_use]
    pub fn sample(&self) -> Vec<u8> {
        let mut large: Vec<(u64, &Path)> = self.units.iter().filter_map(Unit::large_file).collect();
        large.sort_unstable_by_key(|(size, path)| (std::cmp::Reverse(*size), *path));
        let mut sample = Vec::new();
        for (size, path) in large.into_iter().take(SAMPLED) {
            let Ok(mut file) = File::open(path) else { continue };
            for place in [size / 4, size / 4 * 3] {
                let from = sample.len();
                let read = file.seek(io::SeekFrom::Start(place));
                let read = read.and_then(|_| (&mut file).take(SAMPLE).read_to_end(&mut sample));
                // UTF-16 is searched as something else than it is here.
                if read.is_err() || sample[from..].contains(&0) {
                    sample.truncate(from);
                }
            }
        }
        sample
    }

    fn read_member<S: Sink>(
        &self,
        member: &Member,
        content: &mut dyn Read,
        sieves: &dyn Sieves,
        new_sink: &(dyn Fn(&Member) -> S + Sync),
    ) -> (S, ReadReport) {
        let mut sink = new_sink(member);
        let mut content = Counting { inner: content, count: 0 };
        let skipped = self.is_skipped(member.id);
        let mut report = read::member(member, &self.hosts[member.host], skipped, &mut content, sieves, &mut sink);
        self.settle(member, content.count, &mut sink, &mut report);
        (sink, report)
    }

    /// Adds what the listing tells of a member to what was read of it, which had so many bytes.
    pub(super) fn settle(&self, member: &Member, count: u64, sink: &mut dyn Sink, report: &mut ReadReport) {
        report.complete &= !self.damaged[member.id.0 as usize];
        if let Some(size) = member.size.filter(|size| report.complete && *size != count) {
            let what = format!("it had {size} bytes when it was listed, and {count} when it was read");
            sink.problem(member.id, None, what, Severity::Warning);
        }
    }

    /// Whether a member is only listed, not read.
    pub(super) fn is_skipped(&self, id: MemberId) -> bool {
        self.skipped.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Holds the content of small members.
    pub(super) fn hold(&mut self, held: impl Iterator<Item = (MemberId, Held)>) {
        self.held.extend(held);
    }
}

/// Files that are read together, in one walk.
#[derive(Debug)]
struct Unit {
    source: Source,
    allowance: Allowance,
    /// The members that the walk meets, in its order.
    members: Vec<MemberId>,
    weight: u64,
}

/// Where a unit comes from.
#[derive(Debug)]
enum Source {
    /// A file of a folder.
    Disk { file: PathBuf, path: String },
    /// An open file, or memory.
    Store { store: Store, path: String, root: bool },
    /// An entry of the zip that is the bundle.
    ZipEntry(usize),
}

/// The bundle itself, whose name is no part of the paths in it.
const INSIDE: Spot<'static> = Spot { path: "", depth: 1, root: true, packed: false };

/// How many files give how much to the sample, at two places each.
const SAMPLED: usize = 64;
const SAMPLE: u64 = 8 * 1024;

impl Unit {
    /// The size and the path of a large file of a folder.
    fn large_file(&self) -> Option<(u64, &Path)> {
        match &self.source {
            Source::Disk { file, .. } if self.weight >= 1 << 20 => Some((self.weight, file)),
            _ => None,
        }
    }

    /// Returns how much was unpacked.
    fn walk(&self, limits: &Limits, zip: Option<&Zip>, visitor: &mut dyn Visitor) -> u64 {
        let budget = Budget::new(self.allowance);
        let mut walk = Walk::new(limits, visitor);
        match &self.source {
            Source::Store { store, path, root } => {
                walk.stored(Spot { path, depth: 0, root: *root, packed: false }, store, &budget);
            }
            Source::Disk { file, path } => {
                let spot = Spot { path, depth: 0, root: false, packed: false };
                match open_regular(file) {
                    Ok(store) => walk.stored(spot, &store, &budget),
                    Err(error) => walk.visitor.file(spot, None, &mut Gone(Some(Err(error)))),
                };
            }
            Source::ZipEntry(index) => {
                if let Some((zip, entry)) = zip.and_then(|zip| Some((zip, zip.entries.get(*index)?))) {
                    zip::entry(&mut walk, INSIDE, entry, &zip.store, &budget);
                }
            }
        }
        self.allowance.left - budget.left()
    }
}

/// Opens a file of a folder. What has become something else since the folder was listed is not opened: opening a pipe
/// would wait for somebody who writes into it.
pub(super) fn open_regular(path: &Path) -> io::Result<Store> {
    let other = || io::Error::other("it was a file when the folder was listed, and is none now");
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(other());
    }
    let file = File::open(path)?;
    if file.metadata()?.is_file() { Store::file(file) } else { Err(other()) }
}

/// A name of the file system as text.
pub(super) fn os_text(name: &std::ffi::OsStr) -> String {
    #[cfg(unix)]
    return path::text(std::os::unix::ffi::OsStrExt::as_bytes(name));
    #[cfg(not(unix))]
    return name.to_string_lossy().into_owned();
}

/// Puts what is in a folder on a stack: the file, its path below the first folder, and whether it is a folder.
pub(super) fn enter(
    folder: &Path,
    prefix: &str,
    open: &mut Vec<(PathBuf, String, bool)>,
    report: &mut dyn FnMut(Problem),
) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            let what = format!("the folder cannot be listed: {error}; what is in it is missing");
            return report(problem(prefix, what, Severity::Error));
        }
    };
    // The manifest first: whatever a limit cuts, it is needed.
    let is_manifest = |entry: &fs::DirEntry| entry.file_name().to_str().is_some_and(layout::is_manifest);
    entries.sort_by_cached_key(|entry| (is_manifest(entry), std::cmp::Reverse(entry.file_name())));
    for entry in entries {
        let name = os_text(&entry.file_name());
        if let Some(odd) = path::oddity(&name) {
            report(problem(&format!("{prefix}/{name}"), odd.to_owned(), Severity::Note));
        }
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() || kind.is_file() => open.push((entry.path(), path, kind.is_dir())),
            Ok(_) => {
                let what = "a link or a device, not a file; it is skipped".to_owned();
                report(problem(&path, what, Severity::Warning));
            }
            Err(error) => {
                report(problem(&path, format!("cannot be read: {error}"), Severity::Error));
            }
        }
    }
}

/// So many problems of a listing are told one by one. A hostile archive has as many as it has entries.
const MAX_PROBLEMS: usize = 10_000;

/// Lists a bundle.
struct Listing<'a> {
    limits: &'a Limits,
    /// Gets what is packed.
    taker: &'a mut dyn Taker,
    units: Vec<Unit>,
    found: Vec<Found>,
    problems: Vec<Problem>,
    /// Problems beyond those that are kept.
    more_problems: u64,
    manifests: Vec<layout::Manifest>,
    /// What these let expect, by their folder with a `/` behind it.
    expected: BTreeMap<String, layout::Expected>,
    zip: Option<Zip>,
    /// What may still be unpacked.
    left: u64,
    /// A limit has cut the list.
    cut: bool,
}

struct Found {
    path: String,
    size: Option<u64>,
    structured: bool,
    damaged: bool,
    unit: usize,
}

impl<'a> Listing<'a> {
    fn new(limits: &'a Limits, taker: &'a mut dyn Taker) -> Self {
        Self {
            limits,
            taker,
            units: Vec::new(),
            found: Vec::new(),
            problems: Vec::new(),
            more_problems: 0,
            manifests: Vec::new(),
            expected: BTreeMap::new(),
            zip: None,
            left: limits.max_unpacked,
            cut: false,
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS { self.problems.push(problem) } else { self.more_problems += 1 }
    }

    /// A folder with all that is below it, in the order of names. However deep it is, the stack is not.
    fn folder(&mut self, root: &Path) {
        let mut open = Vec::new();
        self.enter(root, "", &mut open);
        while let Some((file, path, is_folder)) = open.pop() {
            if self.is_full() {
                return self.report_full();
            }
            if is_folder {
                self.enter(&file, &path, &mut open);
            } else {
                let packed = fs::symlink_metadata(&file).map_or(0, |metadata| metadata.len());
                self.add(Source::Disk { file, path }, packed);
            }
        }
    }

    /// Puts what is in a folder on the stack.
    fn enter(&mut self, folder: &Path, prefix: &str, open: &mut Vec<(PathBuf, String, bool)>) {
        enter(folder, prefix, open, &mut |problem| self.problem(problem));
    }

    /// A zip that is the bundle: its entries can be read by several threads.
    fn zip(&mut self, name: &str, store: Store) {
        let packed = store.len();
        let entries = match zip::entries(&store) {
            Ok(entries) => entries,
            // Without a directory it is read as it comes.
            Err(_) => return self.add(Source::Store { store, path: name.to_owned(), root: true }, packed),
        };
        let count = entries.len();
        // One budget for all of them: entries may share their packed bytes.
        let all = Allowance::new(self.limits, self.left, packed);
        let budget = Budget::new(all);
        let shared = zip::overlap(&entries);
        if let Some(what) = shared {
            self.problem(problem("", what, Severity::Warning));
        }
        self.zip = Some(Zip { store, entries });
        for index in 0..count {
            if self.is_full() {
                self.report_full();
                break;
            }
            let size = self.zip.as_ref().and_then(|zip| zip.entries.get(index)).map_or(0, zip::Entry::size);
            if budget.left() == 0 && size > 0 {
                let what = format!("{}; the first {index} entries are kept", budget.exceeded());
                self.problem(problem("", what, Severity::Error));
                self.cut = true;
                break;
            }
            budget.spend(self.unit(Source::ZipEntry(index), budget.rest()));
        }
        self.left -= all.left - budget.left();
    }

    fn manifest(&mut self, path: &str, text: String) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| &path[..=folder.len()]);
        if let Some(expected) = layout::Expected::new(&text) {
            self.expected.insert(folder.to_owned(), expected);
        }
        self.manifests.push((path.to_owned(), text));
    }

    /// The host that a file is likely to be of, as far as it matters to who reads it.
    fn expected_host(&self, path: &str) -> HostSpec {
        let folders = path.match_indices('/').map(|(at, _)| at + 1);
        let below = |at: usize| Some((self.expected.get(&path[..at])?, &path[at..]));
        let expected = [0].into_iter().chain(folders.take(MANIFEST_DEPTH)).find_map(below);
        let host = expected.and_then(|(expected, path)| expected.host(path));
        host.map_or_else(HostSpec::default, HostSpec::as_read)
    }

    fn is_full(&self) -> bool {
        self.found.len() as u64 >= self.limits.max_entries
    }

    /// Lists a file that takes its share of what may be unpacked.
    fn add(&mut self, source: Source, packed: u64) {
        if self.is_full() {
            return self.report_full();
        }
        let unpacked = self.unit(source, Allowance::new(self.limits, self.left, packed));
        self.left -= unpacked;
    }

    /// Lists the files of one unit; returns how much was unpacked for it.
    fn unit(&mut self, source: Source, allowance: Allowance) -> u64 {
        let mut unit = Unit { source, allowance, members: Vec::new(), weight: 0 };
        let index = self.units.len();
        let zip = self.zip.take();
        let unpacked = unit.walk(self.limits, zip.as_ref(), &mut Lister { listing: self, unit: index });
        self.zip = zip;
        let sizes = self.found.iter().rev().take_while(|found| found.unit == index).filter_map(|found| found.size);
        unit.weight = sizes.fold(0, u64::saturating_add).max(unpacked);
        self.units.push(unit);
        unpacked
    }

    fn report_full(&mut self) {
        if !self.cut {
            let most = self.limits.max_entries;
            let what =
                format!("the limit of {most} files is reached (`--max-entries {most}`); the files before it are kept");
            // It is worth more than any other.
            self.problems.push(problem("", what, Severity::Error));
        }
        self.cut = true;
    }

    fn finish(mut self, path: String, mut name: String, archive: bool) -> Listed {
        // Only right in an archive is a folder around everything a wrapper by its place alone.
        let mut archive = archive;
        loop {
            let paths: Vec<&str> = self.found.iter().map(|found| found.path.as_str()).collect();
            let Some(wrapper) = layout::wrapper(&paths, archive).map(str::to_owned) else { break };
            archive = false;
            for found in &mut self.found {
                if let Some(inner) = found.path.strip_prefix(&wrapper).and_then(|rest| rest.strip_prefix('/')) {
                    found.path = inner.to_owned();
                }
            }
            for (path, _) in &mut self.manifests {
                if let Some(inner) = path.strip_prefix(&wrapper).and_then(|rest| rest.strip_prefix('/')) {
                    *path = inner.to_owned();
                }
            }
            name = layout::bare(&wrapper).to_owned();
        }
        // The place in its unit tells two files of one path apart.
        let mut order: Vec<usize> = (0..self.found.len()).collect();
        order.sort_by(|a, b| self.found[*a].path.cmp(&self.found[*b].path).then(a.cmp(b)));
        let placed: Vec<Placed<'_>> = order
            .iter()
            .map(|index| &self.found[*index])
            .map(|found| Placed { path: &found.path, structured: found.structured })
            .collect();
        let layout = layout::place(&name, &placed, &self.manifests, !self.cut);
        for (one, what) in twins(&self.found, &order) {
            self.problem(problem(&self.found[one].path.clone(), what.to_owned(), Severity::Warning));
        }
        let mut ids = vec![MemberId(0); self.found.len()];
        let mut members = Vec::new();
        let mut skipped = Vec::new();
        let mut damaged = Vec::new();
        for (number, (index, place)) in order.iter().zip(layout.places).enumerate() {
            let found = &mut self.found[*index];
            let id = MemberId(u32::try_from(number).unwrap_or(u32::MAX));
            ids[*index] = id;
            skipped.push(place.skipped);
            damaged.push(found.damaged);
            members.push(Member {
                id,
                path: std::mem::take(&mut found.path),
                host: place.host,
                path_on_host: place.path,
                size: found.size,
            });
        }
        for (found, id) in self.found.iter().zip(&ids) {
            self.units[found.unit].members.push(*id);
        }
        for problem in layout.problems {
            self.problem(problem);
        }
        if self.more_problems > 0 {
            let what = format!("{} more problems of its files are not told one by one", self.more_problems);
            self.problems.push(problem("", what, Severity::Warning));
        }
        let bundle = Bundle {
            path,
            name,
            hosts: layout.hosts,
            members,
            problems: self.problems,
            limits: *self.limits,
            units: self.units,
            skipped,
            damaged,
            zip: self.zip,
            held: BTreeMap::new(),
        };
        Listed { bundle, ids }
    }
}

/// Meets the files of a unit to list them.
struct Lister<'a, 'b> {
    listing: &'a mut Listing<'b>,
    unit: usize,
}

/// A manifest has no more folders around it.
const MANIFEST_DEPTH: usize = 3;

/// A manifest is short; what is longer is none.
const MAX_MANIFEST: u64 = 1 << 20;

/// Whether a file may be the manifest. Only near the root does it matter what a file is: wrapping folders may be above it.
fn is_manifest_path(path: &str) -> bool {
    path.matches('/').count() <= MANIFEST_DEPTH && path.rsplit('/').next().is_some_and(layout::is_manifest)
}

impl Lister<'_, '_> {
    /// Looks at a file as far as its place needs it: keeps a manifest, and says whether another file is of a known form.
    fn look_at(&mut self, path: &str, content: &mut dyn Read) -> bool {
        if is_manifest_path(path) {
            let mut text = Vec::new();
            // A manifest that cannot be read shows as a member that cannot be read.
            let _ = content.take(MAX_MANIFEST).read_to_end(&mut text);
            self.listing.manifest(path, read::whole_text(&text));
            return false;
        }
        // Below a wrapper and a group it is not looked at: a file there that is of no host counts as evidence.
        path.matches('/').count() > 2 || read::is_structured(path, content)
    }

    fn found(&mut self, path: &str, size: Option<u64>, structured: bool) {
        let found = Found { path: path.to_owned(), size, structured, damaged: false, unit: self.unit };
        self.listing.found.push(found);
    }

    /// A file that would have to be unpacked again: whoever takes it has it now.
    fn packed(&mut self, path: &str, size: Option<u64>, content: &mut dyn Read) {
        let known = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX);
        let small = if is_manifest_path(path) { MAX_MANIFEST as usize } else { SMALL };
        let most = known.min(small) + 1;
        let (head, error) = early::fill(content, most);
        let is_whole = head.len() < most || error.is_some();
        let index = self.listing.found.len();
        let structured = self.look_at(path, &mut head.as_slice());
        self.found(path, size, structured);
        let member =
            Member { id: MemberId(u32::MAX), path: path.to_owned(), host: 0, path_on_host: path.to_owned(), size };
        let rest = if is_whole { Rest::None(error) } else { Rest::More(content) };
        let host = self.listing.expected_host(path);
        self.listing.taker.take(early::Found { index, member, host, head, rest });
    }
}

impl Visitor for Lister<'_, '_> {
    fn file(&mut self, spot: Spot<'_>, size: Option<u64>, content: &mut dyn Read) -> bool {
        if self.listing.is_full() {
            self.listing.report_full();
            return false;
        }
        if spot.packed {
            self.packed(spot.path, size, content);
        } else {
            let structured = self.look_at(spot.path, content);
            self.found(spot.path, size, structured);
        }
        true
    }

    fn problem(&mut self, problem: Problem) {
        self.listing.problem(problem);
    }

    fn damaged(&mut self, prefix: &str) {
        let found = self.listing.found.iter_mut().rev().take_while(|found| found.unit == self.unit);
        found.filter(|found| found.path.starts_with(prefix)).for_each(|found| found.damaged = true);
    }
}

/// Meets the files of a unit to read them.
struct Reading<'a, S> {
    bundle: &'a Bundle,
    unit: &'a Unit,
    /// How many files were met.
    at: usize,
    /// How many files there are up to the last one that is still to be read.
    last: usize,
    sieves: &'a dyn Sieves,
    new_sink: &'a (dyn Fn(&Member) -> S + Sync),
    results: &'a [Mutex<Option<(S, ReadReport)>>],
}

impl<S: Sink> Reading<'_, S> {
    /// A reader with a defect loses its own file and no other. Where defects are searched for, it stops everything.
    fn read(&self, member: &Member, content: &mut dyn Read) -> (S, ReadReport) {
        let mut read = || self.bundle.read_member(member, content, self.sieves, self.new_sink);
        if cfg!(debug_assertions) {
            return read();
        }
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            let lost = io::Error::other("a defect of servpack stopped the reading, please report it");
            self.bundle.read_member(member, &mut Gone(Some(Err(lost))), self.sieves, self.new_sink)
        })
    }
}

impl<S: Sink> Reading<'_, S> {
    /// Reads the files of the unit of which there is nothing yet: those that are held, and then all others in one walk.
    fn unit(mut self) {
        for id in &self.unit.members {
            if let (Some(held), Some(member)) = (self.bundle.held.get(id), self.bundle.members.get(id.0 as usize))
                && !self.has(*id)
            {
                self.put(*id, self.read(member, &mut held.content()));
            }
        }
        self.last = self.unit.members.iter().rposition(|id| !self.has(*id)).map_or(0, |last| last + 1);
        if self.last > 0 {
            self.unit.walk(&self.bundle.limits, self.bundle.zip.as_ref(), &mut self);
        }
    }

    fn result(&self, id: MemberId) -> Option<MutexGuard<'_, Option<(S, ReadReport)>>> {
        Some(self.results.get(id.0 as usize)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn has(&self, id: MemberId) -> bool {
        self.result(id).is_none_or(|result| result.is_some())
    }

    fn put(&self, id: MemberId, read: (S, ReadReport)) {
        if let Some(mut result) = self.result(id) {
            *result = Some(read);
        }
    }
}

impl<S: Sink> Visitor for Reading<'_, S> {
    fn file(&mut self, spot: Spot<'_>, _: Option<u64>, content: &mut dyn Read) -> bool {
        let Some(id) = self.unit.members.get(self.at) else { return false };
        let member = &self.bundle.members[id.0 as usize];
        // What has changed since it was listed may have other files now. Folders around all of them are left out there.
        if !spot.path.ends_with(&member.path) {
            return false;
        }
        self.at += 1;
        if !self.has(*id) {
            self.put(*id, self.read(member, content));
        }
        self.at < self.last
    }

    /// The listing has told of it.
    fn problem(&mut self, _: Problem) {}

    fn damaged(&mut self, _: &str) {}
}

/// Content that is counted.
struct Counting<'a> {
    inner: &'a mut dyn Read,
    count: u64,
}

impl Read for Counting<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.count += read as u64;
        Ok(read)
    }
}

/// Content that is not there.
struct Gone(Option<io::Result<usize>>);

impl Read for Gone {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().unwrap_or(Ok(0))
    }
}

fn problem(file: &str, what: String, severity: Severity) -> Problem {
    Problem { file: file.to_owned(), line: None, what, severity }
}

/// Files that another one is in the way of on a Windows disk: of the same path, or the same but for the letter case. Both
/// are read.
fn twins(found: &[Found], order: &[usize]) -> Vec<(usize, &'static str)> {
    let lower = |index: &usize| found[*index].path.chars().flat_map(char::to_lowercase);
    let mut order = order.to_vec();
    order.sort_by(|one, other| lower(one).cmp(lower(other)));
    let pairs = order.windows(2).filter(|pair| lower(&pair[0]).eq(lower(&pair[1])));
    let told = pairs.map(|pair| match found[pair[0]].path == found[pair[1]].path {
        true => (pair[1], "another file of this path is in the bundle; both are read"),
        false => (pair[1], "another file of this path but for the letter case is in the bundle; both are read"),
    });
    told.collect()
}

/// A file name without the extensions of an archive, or else without its last one; a packed log has both.
fn stem(name: &str) -> &str {
    let bare = layout::without_extension(name);
    let end = bare.rfind('.').filter(|end| *end > 0 && (bare == name || bare[*end..].eq_ignore_ascii_case(".log")));
    end.map_or(bare, |end| &bare[..end])
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process;

    use super::super::testing::Dump;
    use super::*;
    use crate::fact::ReadAll;

    /// A folder of its own, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            static NEXT: AtomicUsize = AtomicUsize::new(0);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("servpack-source-{}-{number}", process::id()));
            fs::create_dir_all(&path).expect("a writable folder");
            Self(path)
        }

        fn file(&self, path: &str, bytes: &[u8]) -> PathBuf {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a writable folder");
            fs::write(&path, bytes).expect("a writable file");
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const TRACE: &str = "One   $$<A><Tue Nov 04 13:07:27 1997~><thread=A0>\r\n";

    fn files() -> Vec<(String, Vec<u8>)> {
        let ini = "[SMS]\r\nBuildNo=786\r\n";
        vec![
            ("clients/WKS1/logs/pacman.log".to_owned(), TRACE.repeat(3).into_bytes()),
            ("clients/WKS1/sms.ini".to_owned(), ini.into()),
            ("clients/WKS2/notes.txt".to_owned(), "Ger\u{e4}t".into()),
            ("site-servers/S1/binary.exe".to_owned(), b"MZ\x90\0\x03\0\0\0".to_vec()),
            ("site-servers/S1/empty.log".to_owned(), Vec::new()),
        ]
    }

    fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (path, bytes) in files {
            writer.start_file(path, ::zip::write::SimpleFileOptions::default()).expect("a new entry");
            writer.write_all(bytes).expect("a writable entry");
        }
        writer.finish().expect("a whole zip").into_inner()
    }

    fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.as_gnu_mut().expect("a GNU header").name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            builder.append(&header, bytes.as_slice()).expect("a new entry");
        }
        builder.into_inner().expect("a whole tar")
    }

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).expect("a writable stream");
        encoder.finish().expect("a whole stream")
    }

    fn open(path: &Path) -> Bundle {
        Bundle::open(path, &Limits::default()).expect("a bundle")
    }

    /// All that reading says of a bundle.
    fn dump(bundle: &Bundle, jobs: usize) -> Vec<String> {
        dump_rest(bundle, Early::default(), jobs)
    }

    fn dump_rest(bundle: &Bundle, early: Early<Dump>, jobs: usize) -> Vec<String> {
        let mut lines: Vec<String> = bundle
            .problems
            .iter()
            .map(|problem| format!("{:?} {}: {}", problem.severity, problem.file, problem.what))
            .collect();
        let read = bundle.read_rest(early, jobs, &ReadAll, &|_| Dump::default());
        for (member, (dump, report)) in bundle.members.iter().zip(read) {
            let host = &bundle.hosts[member.host];
            let reader = report.reader.unwrap_or("skipped");
            let whole = if report.complete { "" } else { " incomplete" };
            lines.push(format!(
                "{} {} {reader}{whole} {} {:02x?}",
                member.path,
                host.name,
                report.lines,
                &report.digest[..4]
            ));
            lines.extend(dump.into_lines());
        }
        lines
    }

    #[test]
    fn every_container_says_the_same() {
        let folder = Folder::new();
        for (path, bytes) in files() {
            folder.file(&format!("B/{path}"), &bytes);
        }
        let wrapped: Vec<_> = files().into_iter().map(|(path, bytes)| (format!("B/{path}"), bytes)).collect();
        let expected = dump(&open(&folder.0.join("B")), 1);
        assert!(expected[0].starts_with("clients/WKS1/logs/pacman.log WKS1 trace 3 ["), "{expected:?}");
        assert!(expected.contains(&"claim ini sms.ini".to_owned()));
        assert_eq!(dump(&Bundle::from_files("B", files()), 2), expected);
        for (name, bytes) in [
            ("B.zip", zip(&files())),
            ("B.tar", tar(&files())),
            ("B.tgz", gz(&tar(&files()))),
            ("wrapped.zip", zip(&wrapped)),
            ("wrapped.tar.gz", gz(&tar(&wrapped))),
            ("no-extension", zip(&files())),
        ] {
            let bundle = open(&folder.file(name, &bytes));
            for jobs in [1, 2, 7] {
                assert_eq!(dump(&bundle, jobs), expected, "{name} with {jobs} jobs");
            }
        }
    }

    #[test]
    fn a_single_file_and_a_packed_one() {
        let folder = Folder::new();
        let plain = open(&folder.file("pacman.log", TRACE.as_bytes()));
        let packed = open(&folder.file("x/pacman.log.gz", &gz(TRACE.as_bytes())));
        assert_eq!((plain.name.as_str(), plain.hosts[0].name.as_str()), ("pacman", "pacman"));
        assert_eq!(dump(&plain, 1), dump(&packed, 1));
    }

    #[test]
    fn archives_inside_of_archives() {
        let inner = zip(&[("logs/pacman.log".to_owned(), TRACE.into())]);
        let middle = gz(&tar(&[("WKS1.zip".to_owned(), inner)]));
        let folder = Folder::new();
        let path =
            folder.file("b.zip", &zip(&[("clients/all.tgz".to_owned(), middle), ("a.log".to_owned(), TRACE.into())]));
        let bundle = open(&path);
        let paths: Vec<_> = bundle.members.iter().map(|member| member.path.as_str()).collect();
        assert_eq!(paths, ["a.log", "clients/all.tgz!/WKS1.zip!/logs/pacman.log"]);
        assert!(dump(&bundle, 1).iter().any(|line| line.ends_with("A thread=A0: One")));
        let shallow = Bundle::open(&path, &Limits { max_depth: 2, ..Limits::default() }).expect("a bundle");
        assert!(shallow.problems[0].what.contains("nested deeper than 2"), "{:?}", shallow.problems);
    }

    #[test]
    fn bad_paths_and_links_are_skipped() {
        let bad = ["../evil.log", "/etc/passwd", "C:\\temp\\a.log", "a/../../b.log"];
        let mut files: Vec<_> = bad.iter().map(|path| ((*path).to_owned(), TRACE.into())).collect();
        files.push(("good.log".to_owned(), TRACE.into()));
        let folder = Folder::new();
        for (name, bytes) in [("a.zip", zip(&files)), ("a.tar", tar(&files))] {
            let bundle = open(&folder.file(name, &bytes));
            assert_eq!(bundle.members.len(), 1, "{name}");
            assert_eq!(bundle.problems.len(), bad.len(), "{:?}", bundle.problems);
        }
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "a.log", "/etc/passwd").expect("a link");
        let bundle = open(&folder.file("link.tar", &builder.into_inner().expect("a whole tar")));
        assert!(bundle.members.is_empty() && bundle.problems[0].what.contains("a link"));
    }

    #[test]
    fn bombs_stop_at_the_limits() {
        let folder = Folder::new();
        let zeros = vec![b'0'; 10_000_000];
        let bomb = [("a.log".to_owned(), zeros.clone()), ("b.log".to_owned(), TRACE.into())];
        for (name, bytes) in [("a.zip", zip(&bomb)), ("a.tgz", gz(&tar(&bomb))), ("a.log.gz", gz(&zeros))] {
            let path = folder.file(name, &bytes);
            for limits in
                [Limits { max_ratio: 10, ..Limits::default() }, Limits { max_unpacked: 100_000, ..Limits::default() }]
            {
                let bundle = Bundle::open(&path, &limits).expect("a bundle");
                let lines = dump(&bundle, 2).join("\n");
                assert!(lines.contains("a.log") && lines.contains("incomplete"), "{name}: {lines:.2000}");
                assert!(
                    lines.contains("times larger") || lines.contains("the limit of 100000"),
                    "{name}: {lines:.2000}"
                );
            }
        }
        let many = Limits { max_entries: 1, ..Limits::default() };
        let bundle = Bundle::open(&folder.0.join("a.zip"), &many).expect("a bundle");
        assert_eq!(bundle.members.len(), 1);
        assert!(bundle.problems[0].what.contains("the limit of 1 files"));
    }

    #[test]
    fn torn_archives_keep_what_came_before() {
        let folder = Folder::new();
        let mut noise = 1_u32;
        let noise: String = (0..200_000)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'a' + (noise >> 27) as u8 % 26)
            })
            .collect();
        let files = [("a.log".to_owned(), TRACE.as_bytes().to_vec()), ("b.log".to_owned(), noise.into_bytes())];
        for (name, bytes) in [("a.zip", zip(&files)), ("a.tar", tar(&files)), ("a.tgz", gz(&tar(&files)))] {
            let bundle = open(&folder.file(name, &bytes[..bytes.len() / 2]));
            let lines = dump(&bundle, 1).join("\n");
            assert!(lines.contains("A thread=A0: One"), "{name}: {lines:.1000}");
            assert!(lines.contains("Error"), "{name}: {lines:.1000}");
            assert!(!lines.contains("b.log a text 1"), "{name}: {lines:.1000}");
        }
    }

    #[test]
    fn a_name_met_twice_is_read_twice() {
        let bytes =
            zip(&[("a.log".to_owned(), TRACE.into()), ("b.log".to_owned(), TRACE.replace("One", "Two").into())]);
        // The writer refuses the same name twice, so it is changed afterwards.
        let mut twice = bytes;
        for at in 0..twice.len() - 5 {
            if &twice[at..at + 5] == b"b.log" {
                twice[at] = b'a';
            }
        }
        let folder = Folder::new();
        let bundle = open(&folder.file("x.zip", &twice));
        let lines = dump(&bundle, 2).join("\n");
        assert!(
            lines.contains(": One") && lines.contains(": Two") && lines.contains("another file of this path"),
            "{lines}"
        );
    }

    #[test]
    fn the_manifest_reaches_the_readers() {
        let manifest =
            "bundle: 1\nhosts:\n  - { name: A, path: a, codepage: cp850, date-order: dmy, levels: { sms: 1.10 } }\n";
        let files = vec![
            ("bundle.yaml".to_owned(), manifest.into()),
            ("a/pcmwin.log".to_owned(), b"[01/02/98 10:00:00] P ==> Ger\x84t\n".to_vec()),
        ];
        let bundle = Bundle::from_files("B", files);
        assert_eq!(bundle.hosts[0].levels["sms"], "1.10");
        let lines = dump(&bundle, 1);
        assert_eq!(lines.get(1).map(String::as_str), Some("1 1998-02-01T10:00:00 program=P: Ger\u{e4}t"), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("bundle.yaml A skipped")), "{lines:?}");
    }

    #[test]
    fn what_is_lost_claims_nothing() {
        let long = format!("[a]\nb=1\nc={}\n", "x".repeat(100_000));
        let lines = dump(&Bundle::from_files("B", vec![("a.ini".to_owned(), long.into_bytes())]), 1);
        assert!(lines[0].starts_with("a.ini B ini incomplete 3"), "{:.200}", lines[0]);
        assert!(lines.iter().any(|line| line.starts_with("warning 3: longer than 64 KiB")));
        assert!(!lines.iter().any(|line| line.starts_with("claim")));
    }

    #[test]
    fn errors_name_the_path() {
        let error = Bundle::open(Path::new("/no/such/bundle"), &Limits::default()).expect_err("nothing there");
        assert_eq!(error.to_string(), "`/no/such/bundle` does not exist");
        assert!(std::error::Error::source(&error).is_some());
    }

    /// Small files and large ones: logs, facts that hang on no place, facts that do, and what is no text.
    fn mixed() -> Vec<(String, Vec<u8>)> {
        let large = 265_000;
        let ini: String = (0..12_500).map(|number| format!("[s{number}]\r\nkey=value\r\n")).collect();
        let listing: String =
            (0..7000).map(|number| format!("02/01/98  10:00a   12,345 file{number}.dll\r\n")).collect();
        let listing = format!(" Directory of C:\\SMS\r\n\r\n{listing}");
        let program = [b"KWAJ\x88\xF0\x27\xD1".as_slice(), &vec![7; large]].concat();
        let mut files = files();
        files.extend([
            ("clients/WKS1/logs/large.log".to_owned(), TRACE.repeat(large / TRACE.len()).into_bytes()),
            ("clients/WKS2/large.ini".to_owned(), ini.into_bytes()),
            ("clients/WKS2/dir.txt".to_owned(), listing.into_bytes()),
            ("clients/WKS2/large.ex_".to_owned(), program),
            ("clients/WKS2/german.txt".to_owned(), b"Ger\x84t\r\n".repeat(large / 7)),
            ("clients/WKS1/dates.log".to_owned(), b"[01/02/98 10:00:00] P ==> one\r\n".repeat(large / 31)),
            ("README-large.txt".to_owned(), b"nothing of a machine\n".repeat(large / 20)),
            ("large.bin".to_owned(), vec![0xAA; large]),
        ]);
        files
    }

    /// States what the reading of the files depends on.
    const STATED: &str = "bundle: 1\nhosts:\n  - { name: A, path: clients/WKS1, date-order: dmy, collected: 1998-03-02T10:00:00 }\n  \
         - { name: B, path: clients/WKS2, codepage: cp850, date-order: dmy }\n  \
         - { name: C, path: site-servers/S1 }\n";

    /// All that is said of a bundle by a walk for the listing and another one for the reading.
    fn two_walks(path: &Path, limits: &Limits) -> Vec<String> {
        let mut bundle = Bundle::open(path, limits).expect("a bundle");
        bundle.held.clear();
        dump(&bundle, 1)
    }

    /// Reads while it lists; also says how many members were read on the way.
    fn one_walk(path: &Path, limits: &Limits, jobs: usize) -> (Vec<String>, usize) {
        let intake = early::Intake { jobs, sieves: &ReadAll, new_sink: &|_| Dump::default() };
        let early::Opened { bundle, early } = intake.open(path, limits).expect("a bundle");
        let count = early.members().count();
        (dump_rest(&bundle, early, jobs), count)
    }

    /// Whoever reads the bundle, it is the same.
    fn check_walks(path: &Path, limits: &Limits, what: &str) -> Vec<String> {
        let expected = two_walks(path, limits);
        for jobs in [1, 3] {
            let (found, _) = one_walk(path, limits, jobs);
            let differ = expected.iter().zip(&found).find(|(one, other)| one != other);
            assert!(
                expected == found,
                "{what}, {jobs} jobs: {} and {} lines, {differ:.300?}",
                expected.len(),
                found.len()
            );
        }
        assert!(dump(&Bundle::open(path, limits).expect("a bundle"), 2) == expected, "{what}, held");
        expected
    }

    /// The same files with the manifest at the beginning, at the end, and without one.
    fn manifests() -> [Vec<(String, Vec<u8>)>; 3] {
        let manifest = ("bundle.yaml".to_owned(), STATED.as_bytes().to_vec());
        let first = [vec![manifest.clone()], mixed()].concat();
        [first, [mixed(), vec![manifest]].concat(), mixed()]
    }

    #[test]
    fn one_walk_says_the_same_as_two() {
        let folder = Folder::new();
        let limits = Limits::default();
        for (number, files) in manifests().into_iter().enumerate() {
            for (path, bytes) in &files {
                folder.file(&format!("{number}/B/{path}"), bytes);
            }
            let plain = dump(&open(&folder.0.join(format!("{number}/B"))), 1);
            let wrapped: Vec<_> = files.iter().map(|(path, bytes)| (format!("B/{path}"), bytes.clone())).collect();
            let packed = [("B.tar".to_owned(), tar(&files))];
            for (name, bytes) in [
                ("B.tgz", gz(&tar(&files))),
                ("wrapped.tgz", gz(&tar(&wrapped))),
                ("B.zip", zip(&wrapped)),
                ("outer.zip", zip(&packed)),
                ("outer.tgz", gz(&tar(&[("B.zip".to_owned(), zip(&files)), ("a.log".to_owned(), TRACE.into())]))),
            ] {
                let path = folder.file(&format!("{number}/{name}"), &bytes);
                let found = check_walks(&path, &limits, name);
                assert!(name.starts_with("outer") || found == plain, "{name}");
            }
        }
    }

    #[test]
    fn most_is_read_on_the_way() {
        let folder = Folder::new();
        let count = |number: usize, files: &[(String, Vec<u8>)]| {
            let path = folder.file(&format!("{number}/B.tgz"), &gz(&tar(files)));
            one_walk(&path, &Limits::default(), 1).1
        };
        let counts: Vec<usize> = manifests().iter().enumerate().map(|(number, files)| count(number, files)).collect();
        // Of 13 files a listing, a program and a short text hang on their place, and so does the manifest. If that comes
        // at the end, nothing counts but what it leaves out or states nothing of.
        assert_eq!(counts, [10, 4, 10]);
    }

    #[test]
    fn what_was_read_on_the_way_is_not_needed_any_more() {
        let folder = Folder::new();
        let log = |path: &str| (path.to_owned(), TRACE.repeat(10_000).into_bytes());
        let files = [log("WKS1/a.log"), log("WKS2/b.log"), ("WKS2/a.txt".to_owned(), b"short\n".to_vec())];
        let path = folder.file("B.tgz", &gz(&tar(&files)));
        let expected = two_walks(&path, &Limits::default());
        let intake = early::Intake { jobs: 1, sieves: &ReadAll, new_sink: &|_| Dump::default() };
        let early::Opened { bundle, early } = intake.open(&path, &Limits::default()).expect("a bundle");
        fs::write(&path, b"gone").expect("a writable file");
        assert_eq!(dump_rest(&bundle, early, 1), expected);
    }

    #[test]
    fn damage_and_limits_cost_one_walk_the_same_as_two() {
        let folder = Folder::new();
        let files = &manifests()[0];
        let whole = gz(&tar(files));
        let damaged = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = whole.clone();
            change(&mut bytes);
            let path = folder.file(name, &bytes);
            let lines = check_walks(&path, &Limits::default(), name);
            assert!(lines.iter().any(|line| line.contains("Error")), "{name}: {:.1000?}", lines);
        };
        let middle = whole.len() / 2;
        damaged("cut.tgz", &|bytes| bytes.truncate(middle));
        damaged("torn.tgz", &|bytes| bytes[middle..middle + 40].fill(0xFF));
        damaged("sum.tgz", &|bytes| {
            let sum = bytes.len() - 8;
            bytes[sum] ^= 1;
        });
        let path = folder.file("B.tgz", &whole);
        for limits in [
            Limits { max_unpacked: 700_000, ..Limits::default() },
            Limits { max_ratio: 10, ..Limits::default() },
            Limits { max_entries: 7, ..Limits::default() },
            Limits { max_depth: 0, ..Limits::default() },
        ] {
            check_walks(&path, &limits, &format!("{limits:?}"));
        }
    }

    #[test]
    fn small_files_beyond_what_is_held_are_read_all_the_same() {
        let text = |number: usize| (format!("WKS1/{number:03}.txt"), format!("{number}\n").into_bytes());
        // Each is a program, whose facts hang on its place: 20 MB in all.
        let program = [b"KWAJ\x88\xF0\x27\xD1".as_slice(), &vec![7; 200_000]].concat();
        let listed = |number: usize| (format!("WKS2/{number:03}.ex_"), program.clone());
        let files: Vec<_> = (0..100).map(text).chain((0..100).map(listed)).collect();
        let folder = Folder::new();
        let path = folder.file("B.tgz", &gz(&tar(&files)));
        let expected = dump(&Bundle::from_files("B", files), 1);
        assert_eq!(one_walk(&path, &Limits::default(), 2).0, expected);
        assert_eq!(dump(&open(&path), 2), expected);
    }
}
