//! A bundle: its machines, its members, and how to read them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use zip::read::OwnedZipFileEntry;

use crate::fact::{MemberId, Problem, Severity, Sink, Timestamp};

use super::archive::{self, Allowance, Budget, Kind, Limits, PEEK, Visitor, Walk};
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
    zip: Option<(PathBuf, Vec<OwnedZipFileEntry>)>,
}

/// A machine, as far as the bundle tells of it by its layout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSpec {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Option<String>,
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

impl Bundle {
    /// Opens a folder, a file, or an archive (zip, tar, tar.gz, gz), which is recognised by its content.
    ///
    /// # Errors
    /// If there is nothing that can be read. Whatever is wrong inside becomes a [`Problem`].
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, BundleError> {
        let shown = path.display().to_string();
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => BundleError::NotFound { path: shown.clone(), source },
            _ => BundleError::Unreadable { path: shown.clone(), source },
        };
        let kind = fs::metadata(path).map_err(unreadable)?;
        if kind.is_dir() {
            // A folder that cannot be listed at all is an error; one below it is a problem.
            fs::read_dir(path).map_err(unreadable)?;
        } else if !kind.is_file() {
            return Err(BundleError::NotAFile { path: shown });
        }
        let full = path.canonicalize().map_err(unreadable)?;
        let file_name = full.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        let name = if kind.is_dir() { file_name.clone() } else { stem(&file_name).to_owned() };
        let mut listing = Listing::new(limits);
        if kind.is_dir() {
            listing.folder(path, "");
            return Ok(listing.finish(shown, name, false));
        }
        let mut file = File::open(path).map_err(unreadable)?;
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(PEEK as u64).read_to_end(&mut head).map_err(unreadable)?;
        let kind = Kind::of(&head);
        match kind {
            Kind::Zip => listing.zip(path, file),
            Kind::Gzip | Kind::Tar | Kind::Plain => listing.disk(path.to_owned(), &file_name, true),
        }
        Ok(listing.finish(shown, name, kind != Kind::Plain))
    }

    /// A bundle from bytes: paths inside of it, and contents.
    #[must_use]
    pub fn from_files(name: &str, files: Vec<(String, Vec<u8>)>) -> Self {
        let limits = Limits::default();
        let mut listing = Listing::new(&limits);
        for (path, bytes) in files {
            match archive::clean_path(&path) {
                Ok(path) => {
                    let packed = bytes.len() as u64;
                    listing.add(Source::Bytes { path, bytes }, packed);
                }
                Err(why) => listing.problems.push(problem(&path, format!("{why}; it is skipped"), Severity::Warning)),
            }
        }
        listing.finish(name.to_owned(), name.to_owned(), false)
    }

    /// Reads every member once, each into its own sink, on `jobs` threads; the files of one tar stream are read in order
    /// by one of them. The result is in the order of the members, and the same whatever `jobs` is.
    pub fn read<S: Sink + Send>(&self, jobs: usize, new_sink: &(dyn Fn(&Member) -> S + Sync)) -> Vec<(S, ReadReport)> {
        let results: Vec<Mutex<Option<(S, ReadReport)>>> = self.members.iter().map(|_| Mutex::new(None)).collect();
        // The largest first, so that no thread is left with one at the end.
        let mut order: Vec<&Unit> = self.units.iter().filter(|unit| !unit.members.is_empty()).collect();
        order.sort_by_key(|unit| std::cmp::Reverse(unit.weight));
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..jobs.clamp(1, order.len().max(1)) {
                scope.spawn(|| {
                    while let Some(unit) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let mut reading = Reading { bundle: self, unit, at: 0, new_sink, results: &results };
                        unit.walk(&self.limits, self.zip.as_ref(), &mut reading);
                    }
                });
            }
        });
        let read = results.into_iter().zip(&self.members).map(|(result, member)| {
            let result = result.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
            result.unwrap_or_else(|| {
                let gone = Err(io::Error::other("it was there when the bundle was listed, and is not there now"));
                self.read_member(member, &mut Gone(Some(gone)), new_sink)
            })
        });
        read.collect()
    }

    fn read_member<S: Sink>(
        &self,
        member: &Member,
        content: &mut dyn Read,
        new_sink: &(dyn Fn(&Member) -> S + Sync),
    ) -> (S, ReadReport) {
        let mut sink = new_sink(member);
        let skipped = self.skipped[member.id.0 as usize];
        let report = read::member(member, &self.hosts[member.host], skipped, content, &mut sink);
        (sink, report)
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
    Disk {
        file: PathBuf,
        path: String,
        root: bool,
    },
    ZipEntry(usize),
    /// A zip without a directory.
    TornZip {
        file: PathBuf,
        why: String,
    },
    Bytes {
        path: String,
        bytes: Vec<u8>,
    },
}

impl Unit {
    /// Returns how much was unpacked.
    fn walk(&self, limits: &Limits, zip: Option<&(PathBuf, Vec<OwnedZipFileEntry>)>, visitor: &mut dyn Visitor) -> u64 {
        let budget = Budget::new(self.allowance);
        let mut walk = Walk { limits, visitor };
        match &self.source {
            Source::Bytes { path, bytes } => {
                walk.file(path, false, 0, Some(bytes.len() as u64), &mut bytes.as_slice(), &budget);
            }
            Source::Disk { file, path, root } => match File::open(file) {
                Ok(file) => {
                    let size = file.metadata().ok().map(|metadata| metadata.len());
                    walk.file(path, *root, 0, size, &mut BufReader::with_capacity(64 * 1024, file), &budget);
                }
                Err(error) => {
                    walk.visitor.file(path, None, &mut Gone(Some(Err(error))));
                }
            },
            Source::ZipEntry(index) => {
                let Some((path, entries)) = zip else { return 0 };
                if let (Some(entry), Ok(mut archive)) = (entries.get(*index), File::open(path)) {
                    walk.zip_entry("", "", 1, entry, &mut archive, &budget);
                }
            }
            Source::TornZip { file, why } => {
                if let Ok(file) = File::open(file) {
                    let error = io::Error::other(why.clone());
                    walk.torn_zip("", "", 1, &error, &mut BufReader::new(file), &budget);
                }
            }
        }
        self.allowance.left - budget.left()
    }
}

/// Lists a bundle.
struct Listing<'a> {
    limits: &'a Limits,
    units: Vec<Unit>,
    found: Vec<Found>,
    problems: Vec<Problem>,
    manifests: Vec<(String, String)>,
    zip: Option<(PathBuf, Vec<OwnedZipFileEntry>)>,
    /// What may still be unpacked.
    left: u64,
}

struct Found {
    path: String,
    size: Option<u64>,
    structured: bool,
    unit: usize,
}

impl<'a> Listing<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            units: Vec::new(),
            found: Vec::new(),
            problems: Vec::new(),
            manifests: Vec::new(),
            zip: None,
            left: limits.max_unpacked,
        }
    }

    /// A folder with all that is below it, in the order of names.
    fn folder(&mut self, folder: &Path, prefix: &str) {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let what = format!("the folder cannot be listed: {error}; what is in it is missing");
                return self.problems.push(problem(prefix, what, Severity::Error));
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.folder(&entry.path(), &path),
                Ok(kind) if kind.is_file() => self.disk(entry.path(), &path, false),
                Ok(_) => {
                    let what = "a link or a device, not a file; it is skipped".to_owned();
                    self.problems.push(problem(&path, what, Severity::Warning));
                }
                Err(error) => {
                    self.problems.push(problem(&path, format!("cannot be read: {error}"), Severity::Error));
                }
            }
        }
    }

    fn disk(&mut self, file: PathBuf, path: &str, root: bool) {
        let packed = file.metadata().map_or(0, |metadata| metadata.len());
        self.add(Source::Disk { file, path: path.to_owned(), root }, packed);
    }

    /// A zip that is the bundle: its entries can be read by several threads.
    fn zip(&mut self, path: &Path, mut file: File) {
        let packed = file.metadata().map_or(0, |metadata| metadata.len());
        let entries = match archive::zip_entries(&mut file) {
            Ok(entries) => entries,
            Err(error) => {
                return self.add(Source::TornZip { file: path.to_owned(), why: error.to_string() }, packed);
            }
        };
        let sizes: Vec<u64> = entries.iter().map(|entry| entry.size()).collect();
        // One budget for all of them: entries may share their packed bytes.
        let all = Allowance::new(self.limits, self.left, packed);
        let budget = Budget::new(all);
        self.zip = Some((path.to_owned(), entries));
        for (index, size) in sizes.into_iter().enumerate() {
            if self.is_full() {
                self.report_full();
                break;
            }
            if budget.left() == 0 && size > 0 {
                let what = format!("{}; the first {index} entries are kept", budget.exceeded());
                self.problems.push(problem("", what, Severity::Error));
                break;
            }
            let before = self.found.len();
            let unpacked = self.unit(Source::ZipEntry(index), budget.rest());
            // A plain file was not unpacked to list it; an archive was.
            let plain = self.found.len() == before + 1;
            budget.spend(if plain { size.max(unpacked) } else { unpacked });
        }
        self.left -= all.left - budget.left();
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
        unit.weight =
            self.found.iter().rev().take_while(|found| found.unit == index).filter_map(|found| found.size).sum();
        self.units.push(unit);
        unpacked
    }

    fn report_full(&mut self) {
        let most = self.limits.max_entries;
        let what = format!("the limit of {most} files is reached; the files before it are kept");
        if !self.problems.iter().any(|problem| problem.what == what) {
            self.problems.push(problem("", what, Severity::Error));
        }
    }

    fn finish(mut self, path: String, mut name: String, archive: bool) -> Bundle {
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
        let manifest = self.manifests.iter().find(|(path, _)| layout::is_manifest(path));
        for (path, _) in &self.manifests {
            if path.contains('/') {
                let what =
                    format!("a manifest counts only in the root of a bundle; audit `{path}`'s folder on its own");
                self.problems.push(problem(path, what, Severity::Warning));
            }
        }
        let layout = layout::place(&name, &placed, manifest.map(|(_, text)| text.as_str()));
        let mut ids = vec![MemberId(0); self.found.len()];
        let mut members = Vec::new();
        let mut skipped = Vec::new();
        for (number, (index, place)) in order.iter().zip(layout.places).enumerate() {
            let found = &self.found[*index];
            if number > 0 && found.path == self.found[order[number - 1]].path {
                let what = "another file of this path is in the bundle; both are read".to_owned();
                self.problems.push(problem(&found.path, what, Severity::Warning));
            }
            let id = MemberId(u32::try_from(number).unwrap_or(u32::MAX));
            ids[*index] = id;
            skipped.push(place.skipped);
            members.push(Member {
                id,
                path: found.path.clone(),
                host: place.host,
                path_on_host: place.path,
                size: found.size,
            });
        }
        for (found, id) in self.found.iter().zip(ids) {
            self.units[found.unit].members.push(id);
        }
        self.problems.extend(layout.problems);
        Bundle {
            path,
            name,
            hosts: layout.hosts,
            members,
            problems: self.problems,
            limits: *self.limits,
            units: self.units,
            skipped,
            zip: self.zip,
        }
    }
}

/// Meets the files of a unit to list them.
struct Lister<'a, 'b> {
    listing: &'a mut Listing<'b>,
    unit: usize,
}

/// A manifest is short; what is longer is none.
const MAX_MANIFEST: u64 = 1 << 20;

impl Visitor for Lister<'_, '_> {
    fn file(&mut self, path: &str, size: Option<u64>, content: &mut dyn Read) -> bool {
        if self.listing.is_full() {
            self.listing.report_full();
            return false;
        }
        // Only near the root does it matter what a file is: wrapping folders may be above it.
        let near = path.matches('/').count() <= 3;
        let mut structured = false;
        if near && path.rsplit('/').next().is_some_and(layout::is_manifest) {
            let mut text = Vec::new();
            // A manifest that cannot be read shows as a member that cannot be read.
            let _ = content.take(MAX_MANIFEST).read_to_end(&mut text);
            self.listing.manifests.push((path.to_owned(), read::whole_text(&text)));
        } else {
            // Below a wrapper and a group it is not looked at: a file there that is of no host counts as evidence.
            structured = path.matches('/').count() > 2 || read::is_structured(path, content);
        }
        self.listing.found.push(Found { path: path.to_owned(), size, structured, unit: self.unit });
        true
    }

    fn problem(&mut self, problem: Problem) {
        self.listing.problems.push(problem);
    }
}

/// Meets the files of a unit to read them.
struct Reading<'a, S> {
    bundle: &'a Bundle,
    unit: &'a Unit,
    at: usize,
    new_sink: &'a (dyn Fn(&Member) -> S + Sync),
    results: &'a [Mutex<Option<(S, ReadReport)>>],
}

impl<S: Sink> Visitor for Reading<'_, S> {
    fn file(&mut self, _: &str, _: Option<u64>, content: &mut dyn Read) -> bool {
        let Some(id) = self.unit.members.get(self.at) else { return false };
        self.at += 1;
        let read = self.bundle.read_member(&self.bundle.members[id.0 as usize], content, self.new_sink);
        if let Ok(mut result) = self.results[id.0 as usize].lock() {
            *result = Some(read);
        }
        self.at < self.unit.members.len()
    }

    /// The listing has told of it.
    fn problem(&mut self, _: Problem) {}
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

/// A file name without the extensions of an archive, or else without its last one.
fn stem(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let known = [".tar.gz", ".log.gz"].into_iter().find(|extension| lower.ends_with(extension));
    let end = known.map(|extension| name.len() - extension.len()).or_else(|| name.rfind('.'));
    end.filter(|end| *end > 0).map_or(name, |end| &name[..end])
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process;

    use super::super::testing::Dump;
    use super::*;

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
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (path, bytes) in files {
            writer.start_file(path, zip::write::SimpleFileOptions::default()).expect("a new entry");
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
        let mut lines: Vec<String> = bundle
            .problems
            .iter()
            .map(|problem| format!("{:?} {}: {}", problem.severity, problem.file, problem.what))
            .collect();
        for (member, (dump, report)) in bundle.members.iter().zip(bundle.read(jobs, &|_| Dump::default())) {
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
}
