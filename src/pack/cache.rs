//! A folder where work that was done once is kept for the next run, under the digest of all that it was done from.
//!
//! Nothing in the folder is believed that does not say the same key and hold together by its checksum, and whatever is
//! wrong there is only work to be done again. So no call here has an error.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use twox_hash::XxHash3_128;

use super::hex;

/// How many files are kept; the oldest go.
const MAX_FILES: usize = 16;

/// No pack of rules comes near this size.
const MAX_SIZE: u64 = 256 << 20;

const MAGIC: &[u8; 8] = b"servpack";

/// The number of this layout: magic, format, part, key, checksum and length of the content, content.
const FORMAT: u32 = 2;

const HEADER: usize = MAGIC.len() + 4 + 4 + 32 + 16 + 8;

/// A folder for what rules were turned into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

/// What is kept of a pack, each in a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Rules and products.
    Rules,
    /// What `plan` made of them.
    Plan,
    /// What records say of other articles.
    Known,
}

impl Part {
    const ALL: [Self; 3] = [Self::Rules, Self::Plan, Self::Known];

    fn extension(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Plan => "plan",
            Self::Known => "known",
        }
    }

    fn number(self) -> u32 {
        match self {
            Self::Rules => 1,
            Self::Plan => 2,
            Self::Known => 3,
        }
    }
}

/// The place of one pack in a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    cache: Cache,
    key: [u8; 32],
}

impl Cache {
    /// A cache in this folder, which need not be there yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The place for what is made from texts with this digest, by this build of the code.
    pub(super) fn entry(&self, code: &[u8; 32], texts: &[u8; 32]) -> Entry {
        let mut key = Sha256::new();
        key.update(env!("CARGO_PKG_VERSION").as_bytes());
        key.update([0]);
        key.update(FORMAT.to_le_bytes());
        key.update(code);
        key.update(texts);
        Entry { cache: self.clone(), key: key.finalize().into() }
    }

    /// Removes the oldest of our own files, but for the newest few.
    fn prune(&self) -> io::Result<()> {
        let mut ours: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(is_ours) {
                ours.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        ours.sort();
        for (_, path) in ours.iter().rev().skip(MAX_FILES) {
            // Another process may have been quicker.
            let _ = fs::remove_file(path);
        }
        Ok(())
    }
}

/// Whether a file has a name that [`Entry::path`] or [`Entry::write`] gives. Others are none of our business.
fn is_ours(name: &str) -> bool {
    let name = name.strip_suffix(".tmp").and_then(|name| name.rsplit_once('.')).map_or(name, |(name, _)| name);
    name.split_once('.').is_some_and(|(key, part)| {
        key.len() == 64
            && key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            && Part::ALL.iter().any(|known| known.extension() == part)
    })
}

impl Entry {
    /// What was stored, if it is whole.
    pub(super) fn load(&self, part: Part) -> Option<Vec<u8>> {
        let path = self.path(part);
        let size = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        let size = usize::try_from(size.checked_sub(HEADER as u64).filter(|&size| size <= MAX_SIZE)?).ok()?;
        let mut file = File::open(&path).ok()?;
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        let mut content = Vec::with_capacity(size);
        // Whoever writes it meanwhile makes a new file.
        file.take(MAX_SIZE).read_to_end(&mut content).ok()?;
        (header == self.header(part, &content)).then_some(content)
    }

    /// Stores something, if that is possible.
    pub(super) fn store(&self, part: Part, content: &[u8]) {
        if content.len() as u64 <= MAX_SIZE && self.write(part, content).is_ok() {
            let _ = self.cache.prune();
        }
    }

    /// The file is there with all that it holds, or not at all: what is written has another name until it is whole.
    fn write(&self, part: Part, content: &[u8]) -> io::Result<()> {
        let mut folder = DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.cache.folder)?;
        let path = self.path(part);
        let mut beside = path.clone().into_os_string();
        beside.push(format!(".{}.tmp", std::process::id()));
        let written = write_new(Path::new(&beside), &[&self.header(part, content), content])
            .and_then(|()| fs::rename(&beside, &path));
        if written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::AlreadyExists) {
            let _ = fs::remove_file(&beside);
        }
        written
    }

    fn path(&self, part: Part) -> PathBuf {
        self.cache.folder.join(format!("{}.{}", hex(&self.key), part.extension()))
    }

    fn header(&self, part: Part, content: &[u8]) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        let mut rest = header.as_mut_slice();
        // The header is as long as its parts.
        let fields: [&[u8]; 6] = [
            MAGIC,
            &FORMAT.to_le_bytes(),
            &part.number().to_le_bytes(),
            &self.key,
            // It tells damage: whoever may write here could also reckon a digest.
            &XxHash3_128::oneshot(content).to_le_bytes(),
            &(content.len() as u64).to_le_bytes(),
        ];
        for field in fields {
            let _ = rest.write_all(field);
        }
        header
    }
}

/// Writes a file that nobody else may read or has made.
fn write_new(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{Cache, Entry, HEADER, MAX_FILES, Part, is_ours};

    const TEXTS: [u8; 32] = [7; 32];

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("servpack-cache-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn entry(name: &str) -> Entry {
        Cache::new(folder(name)).entry(&[1; 32], &TEXTS)
    }

    #[test]
    fn what_was_stored_comes_back_by_part_and_key() {
        let entry = entry("back");
        assert_eq!(entry.load(Part::Rules), None);
        entry.store(Part::Rules, b"the rules");
        entry.store(Part::Plan, b"");
        assert_eq!(entry.load(Part::Rules).as_deref(), Some(&b"the rules"[..]));
        assert_eq!(entry.load(Part::Plan).as_deref(), Some(&b""[..]));
        let cache = &entry.cache;
        for (code, texts) in [([2; 32], TEXTS), ([1; 32], [8; 32])] {
            assert_eq!(cache.entry(&code, &texts).load(Part::Rules), None);
        }
        // The name of a file is believed no more than what is in it.
        let stranger = cache.entry(&[1; 32], &[8; 32]);
        fs::copy(entry.path(Part::Rules), stranger.path(Part::Rules)).expect("a copy");
        assert_eq!(stranger.load(Part::Rules), None);
        fs::copy(entry.path(Part::Rules), entry.path(Part::Plan)).expect("a copy");
        assert_eq!(entry.load(Part::Plan), None);
        entry.store(Part::Rules, b"other rules");
        assert_eq!(entry.load(Part::Rules).as_deref(), Some(&b"other rules"[..]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
            assert_eq!((mode(&entry.path(Part::Rules)), mode(&cache.folder)), (0o600, 0o700));
        }
        fs::remove_dir_all(&cache.folder).expect("it can go");
    }

    #[test]
    fn no_damaged_file_is_believed() {
        let entry = entry("damaged");
        entry.store(Part::Rules, b"twelve bytes");
        let path = entry.path(Part::Rules);
        let whole = fs::read(&path).expect("it is there");
        assert_eq!(whole.len(), HEADER + 12);
        for at in 0..whole.len() {
            let mut torn = whole.clone();
            torn[at] ^= 0x20;
            fs::write(&path, &torn).expect("it can be written");
            assert_eq!(entry.load(Part::Rules), None, "byte {at}");
            fs::write(&path, &whole[..at]).expect("it can be written");
            assert_eq!(entry.load(Part::Rules), None, "{at} bytes");
        }
        fs::write(&path, [&whole[..], b"!"].concat()).expect("it can be written");
        assert_eq!(entry.load(Part::Rules), None);
        fs::write(&path, &whole).expect("it can be written");
        assert!(entry.load(Part::Rules).is_some());
        fs::remove_file(&path).expect("it can go");
        fs::create_dir(&path).expect("a folder in its place");
        assert_eq!(entry.load(Part::Rules), None);
        entry.store(Part::Rules, b"no room");
        let left = fs::read_dir(&entry.cache.folder).expect("it is there").count();
        assert_eq!(left, 1, "what was written aside is gone");
        fs::remove_dir_all(&entry.cache.folder).expect("it can go");
    }

    #[test]
    fn the_folder_stays_small_and_strangers_stay_in_it() {
        let cache = Cache::new(folder("small"));
        fs::create_dir_all(&cache.folder).expect("a folder");
        let strangers = ["notes.txt", "0123.rules", ".plan", &format!("{}.rules", "G".repeat(64))];
        for name in strangers {
            fs::write(cache.folder.join(name), name).expect("a file");
        }
        // Clocks are coarse, and the order of age is what counts.
        let age = |path: &PathBuf, secs: u8| {
            let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(secs.into());
            let file = fs::File::options().write(true).open(path).expect("it is there");
            file.set_modified(time).expect("a new time");
        };
        let torn = format!("{}.plan.1.tmp", "0".repeat(64));
        fs::write(cache.folder.join(&torn), "left behind").expect("a file");
        age(&cache.folder.join(&torn), 0);
        for number in 0..MAX_FILES as u8 + 4 {
            let entry = cache.entry(&[1; 32], &[number; 32]);
            entry.store(Part::Rules, &[number]);
            age(&entry.path(Part::Rules), 1 + number);
        }
        cache.entry(&[1; 32], &[99; 32]).store(Part::Plan, b"newest");
        let kept = |number: u8| cache.entry(&[1; 32], &[number; 32]).load(Part::Rules).is_some();
        let left: Vec<bool> = (0..MAX_FILES as u8 + 4).map(kept).collect();
        assert_eq!(left.iter().filter(|kept| **kept).count(), MAX_FILES - 1);
        assert!(left.is_sorted(), "the oldest went: {left:?}");
        assert!(strangers.iter().all(|name| cache.folder.join(name).exists() && !is_ours(name)));
        assert!(is_ours(&torn) && !cache.folder.join(&torn).exists());
        fs::remove_dir_all(&cache.folder).expect("it can go");
    }

    #[test]
    fn where_nothing_can_be_written_nothing_happens() {
        let path = folder("file");
        fs::write(&path, "no folder").expect("a file");
        for folder in [path.clone(), path.join("below")] {
            let entry = Cache::new(folder).entry(&[1; 32], &TEXTS);
            entry.store(Part::Rules, b"rules");
            assert_eq!(entry.load(Part::Rules), None);
        }
        assert_eq!(fs::read(&path).expect("it is there"), b"no folder");
        fs::remove_file(&path).expect("it can go");
    }

    #[test]
    fn many_writers_leave_a_whole_file() {
        let entry = entry("writers");
        std::thread::scope(|scope| {
            for number in 0..8_u8 {
                let entry = &entry;
                scope.spawn(move || {
                    for _ in 0..50 {
                        entry.store(Part::Rules, &[number; 5000]);
                        if let Some(found) = entry.load(Part::Rules) {
                            assert!(found.len() == 5000 && found.iter().all(|byte| *byte == found[0]));
                        }
                    }
                });
            }
        });
        assert!(entry.load(Part::Rules).is_some());
        fs::remove_dir_all(&entry.cache.folder).expect("it can go");
    }
}
