//! Reads packed files while the bundle is listed, so that they are unpacked once.
//!
//! Whose a file is, and what is stated of that host, is known only when the bundle is listed. So a packed file is read as
//! that of a host of which nothing is stated, or what a manifest that came before it states. What came of it counts if
//! that turns out to be right, and if nothing in it hangs on the folder that the file is in. Else the file is read
//! afterwards: a small one from memory, as long as there is room, any other one in a second walk.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use crate::fact::{Claim, DateOrderNews, Event, Fact, FactKey, MemberId, Severity, Sieves, Sink};

use super::archive::{Failing, Limits};
use super::buffer::BLOCK;
use super::bundle::{Bundle, BundleError, HostSpec, Listed, Member};
use super::read::{self, ReadReport};

/// How to read the packed files of a bundle while it is listed.
pub struct Intake<'a, S> {
    /// How many threads are at work, this one included.
    pub jobs: usize,
    /// Tell which lines of long logs are asked for.
    pub sieves: &'a dyn Sieves,
    /// Makes the sink of a file. Only the name of the file is final by then, neither its folder nor its host nor its
    /// number.
    pub new_sink: &'a (dyn Fn(&Member) -> S + Sync),
}

/// A bundle, and what was read of it while it was listed.
#[derive(Debug)]
pub struct Opened<S> {
    /// The bundle.
    pub bundle: Bundle,
    /// For [`Bundle::read_rest`].
    pub early: Early<S>,
}

/// What was read of a bundle while it was listed.
#[derive(Debug)]
pub struct Early<S>(BTreeMap<MemberId, EarlyRead<S>>);

impl<S> Default for Early<S> {
    /// Nothing.
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<S: Sink + Send> Intake<'_, S> {
    /// Opens a bundle as [`Bundle::open`] does.
    ///
    /// # Errors
    /// As there.
    pub fn open(&self, path: &Path, limits: &Limits) -> Result<Opened<S>, BundleError> {
        let (listed, taken) = self.taking(|taker| Bundle::list(path, limits, taker));
        Ok(opened(listed?, taken))
    }

    /// Opens an archive, or a single file, that is open already, as [`Bundle::open_file`] does.
    ///
    /// # Errors
    /// As there.
    pub fn open_file(&self, file_name: &str, file: File, limits: &Limits) -> io::Result<Opened<S>> {
        let (listed, taken) = self.taking(|taker| Bundle::list_file(file_name, file, limits, taker));
        Ok(opened(listed?, taken))
    }

    /// Lists with a taker that reads what it is given, on other threads if it may.
    fn taking<R>(&self, list: impl FnOnce(&mut dyn Taker) -> R) -> (R, Taken<S>) {
        let shelf = Shelf::default();
        if self.jobs <= 1 {
            let listed = list(&mut Here { intake: self, shelf: &shelf });
            return (listed, shelf.into_taken());
        }
        let listed = std::thread::scope(|scope| {
            let (send, receive) = sync_channel::<Task>(self.jobs);
            let receive = Arc::new(Mutex::new(receive));
            for _ in 1..self.jobs {
                let (receive, shelf) = (Arc::clone(&receive), &shelf);
                scope.spawn(move || {
                    let next = || receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    while let Ok(task) = next() {
                        task.run(self, shelf);
                    }
                });
            }
            // If no thread is left, it shows when something is sent.
            drop(receive);
            list(&mut Elsewhere { send })
        });
        (listed, shelf.into_taken())
    }
}

/// Puts the numbers of the members to what was taken, and drops what was read for a host that it is not of.
fn opened<S>(listed: Listed, taken: Taken<S>) -> Opened<S> {
    let Listed { mut bundle, ids } = listed;
    let of = |index: usize| ids.get(index).copied();
    let mut read = BTreeMap::new();
    for (index, early) in taken.read {
        let Some((id, member)) = of(index).and_then(|id| Some((id, bundle.members.get(id.0 as usize)?))) else {
            continue;
        };
        let host = bundle.hosts.get(member.host);
        // Of what is left out only the digest is wanted.
        let fits =
            if bundle.is_skipped(id) { !early.failed } else { host.is_some_and(|host| host.as_read() == early.host) };
        if fits {
            read.insert(id, early);
        }
    }
    bundle.hold(taken.held.into_iter().filter_map(|(index, held)| Some((of(index)?, held))));
    Opened { bundle, early: Early(read) }
}

impl<S: Sink> Early<S> {
    /// What was read of a member, put in its place.
    pub(super) fn take(
        &mut self,
        bundle: &Bundle,
        member: &Member,
        new_sink: &(dyn Fn(&Member) -> S + Sync),
    ) -> Option<(S, ReadReport)> {
        let EarlyRead { mut sink, mut report, count, .. } = self.0.remove(&member.id)?;
        if bundle.is_skipped(member.id) {
            sink = new_sink(member);
            report = ReadReport { digest: report.digest, ..ReadReport::of(member.id) };
        }
        report.member = member.id;
        bundle.settle(member, count, &mut sink, &mut report);
        Some((sink, report))
    }
}

#[cfg(test)]
impl<S> Early<S> {
    /// The files that were read.
    pub(super) fn members(&self) -> impl Iterator<Item = MemberId> {
        self.0.keys().copied()
    }
}

/// What was read of a file before its place was known.
#[derive(Debug)]
pub(super) struct EarlyRead<S> {
    sink: S,
    report: ReadReport,
    /// How many bytes there were.
    count: u64,
    /// They ended with an error.
    failed: bool,
    /// What was taken for its host.
    host: HostSpec,
}

/// A small file whose content is held in memory, and the error that it ended with.
#[derive(Debug)]
pub(super) struct Held {
    bytes: Vec<u8>,
    error: Option<Failing>,
}

impl Held {
    /// The content, to be read as the file would be.
    pub(super) fn content(&self) -> impl Read + '_ {
        Cursor::new(&self.bytes).chain(self.error.clone().map_or(Tail::End, Tail::Error))
    }
}

/// What comes behind the bytes.
enum Tail {
    End,
    Error(Failing),
}

impl Read for Tail {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::End => Ok(0),
            Self::Error(error) => error.read(into),
        }
    }
}

/// A file that was met while its bundle is listed.
pub(super) struct Found<'a> {
    /// Its number in the order of the listing.
    pub(super) index: usize,
    /// The file as far as it is known.
    pub(super) member: Member,
    /// The host that it is likely to be of.
    pub(super) host: HostSpec,
    /// Its beginning, or all of it.
    pub(super) head: Vec<u8>,
    /// What comes behind it.
    pub(super) rest: Rest<'a>,
}

/// What comes behind the beginning of a file.
pub(super) enum Rest<'a> {
    /// Nothing but an error, if there is one.
    None(Option<io::Error>),
    More(&'a mut dyn Read),
}

/// A file of so many bytes is small.
pub(super) const SMALL: usize = 256 * 1024;

/// So many bytes of one bundle are held, at most.
const ROOM: usize = 16 << 20;

/// Takes packed files as a listing meets them.
pub(super) trait Taker {
    /// A file. What is left unread of it is passed over.
    fn take(&mut self, found: Found<'_>);
}

/// What was taken, by the number of the file in the order of the listing.
pub(super) struct Taken<S> {
    read: BTreeMap<usize, EarlyRead<S>>,
    held: BTreeMap<usize, Held>,
}

/// Where threads put what they have taken.
struct Shelf<S> {
    taken: Mutex<(Taken<S>, usize)>,
}

impl<S> Default for Shelf<S> {
    fn default() -> Self {
        Self { taken: Mutex::new((Taken { read: BTreeMap::new(), held: BTreeMap::new() }, ROOM)) }
    }
}

impl<S> Shelf<S> {
    fn put(&self, index: usize, read: EarlyRead<S>) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).0.read.insert(index, read);
    }

    /// Holds a small file, if there is room.
    fn hold(&self, index: usize, held: Held) {
        let (taken, room) = &mut *self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = room.checked_sub(held.bytes.len()) {
            *room = left;
            taken.held.insert(index, held);
        }
    }

    fn into_taken(self) -> Taken<S> {
        self.taken.into_inner().unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Reads nothing, and holds small files.
#[derive(Default)]
pub(super) struct Holder(Shelf<()>);

impl Holder {
    /// The bundle with what is held of it.
    pub(super) fn end(self, listed: Listed) -> Bundle {
        opened(listed, self.0.into_taken()).bundle
    }
}

impl Taker for Holder {
    fn take(&mut self, found: Found<'_>) {
        if let Rest::None(error) = found.rest {
            self.0.hold(found.index, Held { bytes: found.head, error: error.map(Failing::from) });
        }
    }
}

/// Reads at once.
struct Here<'a, 'b, S> {
    intake: &'a Intake<'b, S>,
    shelf: &'a Shelf<S>,
}

impl<S: Sink> Taker for Here<'_, '_, S> {
    fn take(&mut self, found: Found<'_>) {
        let Found { index, member, host, head, rest } = found;
        match rest {
            Rest::None(error) => {
                let held = Held { bytes: head, error: error.map(Failing::from) };
                take_small(self.intake, self.shelf, index, &member, host, held);
            }
            Rest::More(rest) => {
                if let Some(read) = self.intake.read(&member, host, &mut Cursor::new(head).chain(rest)) {
                    self.shelf.put(index, read);
                }
            }
        }
    }
}

fn take_small<S: Sink>(
    intake: &Intake<'_, S>,
    shelf: &Shelf<S>,
    index: usize,
    member: &Member,
    host: HostSpec,
    held: Held,
) {
    let read = intake.read(member, host, &mut held.content());
    match read {
        Some(read) => shelf.put(index, read),
        None => shelf.hold(index, held),
    }
}

/// A file that another thread reads.
struct Task {
    index: usize,
    member: Member,
    host: HostSpec,
    content: Sent,
}

enum Sent {
    Small(Held),
    Parts(Receiver<Part>),
}

/// Some bytes, and the error behind them.
type Part = (Vec<u8>, Option<Failing>);

/// So many parts of a file are on the way.
const PARTS: usize = 4;

impl Task {
    fn run<S: Sink>(self, intake: &Intake<'_, S>, shelf: &Shelf<S>) {
        let Self { index, member, host, content } = self;
        match content {
            Sent::Small(held) => take_small(intake, shelf, index, &member, host, held),
            Sent::Parts(parts) => {
                let mut content = Arriving { parts, bytes: Vec::new(), at: 0, error: None };
                if let Some(read) = intake.read(&member, host, &mut content) {
                    shelf.put(index, read);
                }
            }
        }
    }
}

/// Content that another thread unpacks.
struct Arriving {
    parts: Receiver<Part>,
    bytes: Vec<u8>,
    at: usize,
    error: Option<Failing>,
}

impl Read for Arriving {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.bytes.len() {
            if let Some(error) = &mut self.error {
                return error.read(into);
            }
            // All that there is was sent.
            let Ok((bytes, error)) = self.parts.recv() else { return Ok(0) };
            (self.bytes, self.at, self.error) = (bytes, 0, error);
        }
        let rest = &self.bytes[self.at..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// Has other threads read.
struct Elsewhere {
    send: SyncSender<Task>,
}

impl Taker for Elsewhere {
    fn take(&mut self, found: Found<'_>) {
        let Found { index, member, host, head, rest } = found;
        let rest = match rest {
            Rest::None(error) => {
                let held = Held { bytes: head, error: error.map(Failing::from) };
                // If no thread is left, it is read as what has not been taken.
                let _ = self.send.send(Task { index, member, host, content: Sent::Small(held) });
                return;
            }
            Rest::More(rest) => rest,
        };
        let (send, parts) = sync_channel(PARTS);
        let sent = self.send.send(Task { index, member, host, content: Sent::Parts(parts) });
        let mut part = (head, None);
        // The other side goes when it has had enough.
        while sent.is_ok() {
            let is_last = part.0.is_empty() || part.1.is_some();
            if send.send(part).is_err() || is_last {
                break;
            }
            let (bytes, error) = fill(rest, BLOCK);
            part = (bytes, error.map(Failing::from));
        }
    }
}

/// Reads as much as there is, up to so many bytes, and the error that ended it.
pub(super) fn fill(content: &mut dyn Read, most: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut bytes = vec![0; most];
    let mut filled = 0;
    let mut failed = None;
    while filled < most {
        match content.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    bytes.truncate(filled);
    (bytes, failed)
}

impl<S: Sink> Intake<'_, S> {
    /// Reads a file, unless something in it hangs on its place.
    fn read(&self, member: &Member, host: HostSpec, content: &mut dyn Read) -> Option<EarlyRead<S>> {
        let bound = Cell::new(false);
        let content = RefCell::new(Watched { inner: content, bound: &bound, count: 0, failed: false });
        let read = || {
            let mut sink = Watching { inner: (self.new_sink)(member), bound: &bound };
            let content = &mut *content.borrow_mut();
            let report = read::member(member, &host, false, content, self.sieves, &mut sink);
            (sink.inner, report)
        };
        // A reader with a defect shows it again when the file is read in its place.
        let read = if cfg!(debug_assertions) { Some(read()) } else { catch_unwind(AssertUnwindSafe(read)).ok() };
        let (sink, report) = read?;
        // What is binary tells by its folder what it is, such as a hive of the registry.
        if bound.get() || report.encoding == read::BINARY {
            return None;
        }
        let Watched { count, failed, .. } = content.into_inner();
        Some(EarlyRead { sink, report, count, failed, host })
    }
}

/// A sink that is watched for what hangs on the place of the file: a fact of a file has a path.
struct Watching<'a, S> {
    inner: S,
    bound: &'a Cell<bool>,
}

impl<S: Sink> Sink for Watching<'_, S> {
    fn event(&mut self, event: &Event<'_>) {
        self.inner.event(event);
    }

    fn skipped(&mut self, records: u64) {
        self.inner.skipped(records);
    }

    fn fact(&mut self, fact: Fact) {
        if matches!(fact.key, FactKey::File { .. }) {
            self.bound.set(true);
        }
        if !self.bound.get() {
            self.inner.fact(fact);
        }
    }

    fn claim(&mut self, member: MemberId, claim: Claim) {
        self.inner.claim(member, claim);
    }

    fn problem(&mut self, member: MemberId, line: Option<u64>, what: String, severity: Severity) {
        self.inner.problem(member, line, what, severity);
    }

    fn dates(&mut self, news: DateOrderNews) {
        self.inner.dates(news);
    }
}

/// Content that is counted, and that ends early if what comes of it is of no use.
struct Watched<'a> {
    inner: &'a mut dyn Read,
    bound: &'a Cell<bool>,
    count: u64,
    failed: bool,
}

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.bound.get() {
            return Ok(0);
        }
        let read = self.inner.read(into);
        match &read {
            Ok(read) => self.count += *read as u64,
            Err(error) => self.failed |= error.kind() != io::ErrorKind::Interrupted,
        }
        read
    }
}
