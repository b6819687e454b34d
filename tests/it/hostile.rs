//! Hostile and damaged input: archives of every kind, names, bombs, folders that change, and what reaches the terminal.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use servpack::fact::{Claim, DateOrderNews, Event, Fact, MemberId, Severity, Sink};
use servpack::source::{Bundle, Limits};

const TRACE: &str = "One   $$<A><Tue Nov 04 13:07:27 1997~><thread=A0>\r\n";

/// Only what is wrong.
#[derive(Default)]
struct Problems(Vec<String>);

impl Sink for Problems {
    fn event(&mut self, _: &Event<'_>) {}
    fn fact(&mut self, _: Fact) {}
    fn claim(&mut self, _: MemberId, _: Claim) {}
    fn dates(&mut self, _: DateOrderNews) {}
    fn problem(&mut self, _: MemberId, _: Option<u64>, what: String, _: Severity) {
        self.0.push(what);
    }
}

/// What became of a bundle.
#[derive(Debug)]
struct Outcome {
    /// By path: the digest, and whether it was read whole.
    members: BTreeMap<String, ([u8; 16], bool)>,
    /// `path: what`, of the bundle and of its members.
    problems: Vec<String>,
}

impl Outcome {
    fn of(bundle: &Bundle) -> Self {
        let problem = |problem: &servpack::fact::Problem| format!("{}: {}", problem.file, problem.what);
        let mut outcome = Self { members: BTreeMap::new(), problems: bundle.problems.iter().map(problem).collect() };
        let read = bundle.read(2, &servpack::fact::ReadAll, &|_| Problems::default());
        for (member, (problems, report)) in bundle.members.iter().zip(read) {
            outcome.members.insert(member.path.clone(), (report.digest, report.complete));
            outcome.problems.extend(problems.0.iter().map(|what| format!("{}: {what}", member.path)));
        }
        outcome
    }

    fn has(&self, path: &str, what: &str) -> bool {
        self.problems.iter().any(|problem| problem.starts_with(&format!("{path}: ")) && problem.contains(what))
    }

    fn paths(&self) -> Vec<&str> {
        self.members.keys().map(String::as_str).collect()
    }
}

fn read(name: &str, bytes: &[u8]) -> Outcome {
    read_within(name, bytes, &Limits::default())
}

fn read_within(name: &str, bytes: &[u8], limits: &Limits) -> Outcome {
    Outcome::of(&Bundle::from_bytes(name, bytes.to_vec(), limits))
}

fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hostile").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A fresh folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(*path, zip::write::SimpleFileOptions::default()).expect("a new entry");
        writer.write_all(bytes).expect("a writable entry");
    }
    writer.finish().expect("a whole zip").into_inner()
}

/// The same, written to a pipe: sizes stand behind the content.
fn piped_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new_stream(Vec::new());
    for (path, bytes) in files {
        writer.start_file(*path, zip::write::SimpleFileOptions::default()).expect("a new entry");
        writer.write_all(bytes).expect("a writable entry");
    }
    writer.finish().expect("a whole zip").into_inner()
}

fn tar_header(path: &[u8], kind: u8, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::new(kind));
    let name = &mut header.as_gnu_mut().expect("a GNU header").name;
    name[..path.len()].copy_from_slice(path);
    header.set_cksum();
    header
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        builder.append(&tar_header(path.as_bytes(), b'0', bytes.len() as u64), *bytes).expect("a new entry");
    }
    builder.into_inner().expect("a whole tar")
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("a writable stream");
    encoder.finish().expect("a whole stream")
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// The archives that hold one site, packed in every way.
const SITES: &[&str] = &[
    "deflate.zip",
    "bzip2.zip",
    "lzma.zip",
    "ustar.tar.gz",
    "v7.tar.gz",
    "pax.tar.gz",
    "gnu.tar.gz",
    "gnu.tar.bz2",
    "gnu.tar.xz",
    "gnu.tar.zst",
    "stored.cab",
    "mszip.cab",
    "lzx.cab",
    "copy.7z",
    "lzma2.7z",
    "bcj-lzma.7z",
    "delta-lzma2.7z",
    "bzip2.7z",
    "deflate.7z",
    "zstd.7z",
];

/// The site, as the plainest of them holds it.
fn site() -> BTreeMap<String, ([u8; 16], bool)> {
    let site = read("copy.7z", &sample("copy.7z"));
    assert_eq!(
        site.paths(),
        ["clients/WKS1/logs/pacman.log", "clients/WKS1/sms.ini", "clients/WKS2/empty.log", "clients/WKS2/notes.txt"]
    );
    assert!(site.problems.is_empty(), "{:?}", site.problems);
    site.members
}

#[test]
fn every_container_holds_the_same() {
    let site = site();
    for name in SITES {
        let outcome = read(name, &sample(name));
        assert!(outcome.problems.is_empty(), "{name}: {:?}", outcome.problems);
        assert_eq!(outcome.members, site, "{name}");
    }
}

/// Inside of another archive there is no going back and forth.
#[test]
fn every_container_is_read_inside_of_every_other() {
    let site = site();
    for name in SITES {
        let inner = sample(name);
        let files = [("a.log", TRACE.as_bytes()), (*name, inner.as_slice())];
        for (outer, bytes) in [("o.zip", zip(&files)), ("o.tar", tar(&files)), ("o.tar.zst", zst(&tar(&files)))] {
            let outcome = read(outer, &bytes);
            assert!(outcome.problems.is_empty(), "{name} in {outer}: {:?}", outcome.problems);
            for (path, content) in &site {
                assert_eq!(outcome.members.get(&format!("{name}!/{path}")), Some(content), "{name} in {outer}: {path}");
            }
        }
    }
}

#[test]
fn sparse_files_have_their_holes() {
    let expected = *read("sparse-gnu.tar.gz", &sample("sparse-gnu.tar.gz")).members.get("a.log").expect("the file");
    let mut plain = vec![0; 8192 * 15];
    for at in [0, 1, 3, 5, 7, 9, 11, 13] {
        plain[at * 8192..][..TRACE.len()].copy_from_slice(TRACE.as_bytes());
    }
    assert_eq!(read("a.log", &plain).members["a.log"], expected);
    for version in ["0.0", "0.1", "1.0"] {
        let name = format!("sparse-{version}.tar.gz");
        let outcome = read(&name, &sample(&name));
        assert!(outcome.problems.is_empty(), "{name}: {:?}", outcome.problems);
        assert_eq!(outcome.members.get("a.log"), Some(&expected), "{name}");
    }
}

#[test]
fn several_members_and_padding_are_read_and_garbage_is_reported() {
    let whole = TRACE.repeat(2);
    let expected = read("a.log", whole.as_bytes()).members["a.log"];
    for (name, one) in [("a.log.gz", gz(TRACE.as_bytes())), ("a.log.zst", zst(TRACE.as_bytes()))] {
        let mut two = [one.clone(), one].concat();
        if name.ends_with("zst") {
            two.splice(0..0, [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]);
        }
        for padding in [0, 700] {
            let padded = [two.clone(), vec![0; padding]].concat();
            let outcome = read(name, &padded);
            assert!(outcome.problems.is_empty(), "{name}: {:?}", outcome.problems);
            assert_eq!(outcome.members["a.log"], expected, "{name}");
        }
        two.extend_from_slice(b"tail");
        let outcome = read(name, &two);
        assert!(outcome.has("a.log", "not packed") && outcome.members["a.log"].0 == expected.0, "{outcome:?}");
    }
}

/// A site with enough in it to be cut in many places.
fn larger() -> Vec<(String, Vec<u8>)> {
    let mut random = 1_u32;
    let mut noise = |length: usize| -> Vec<u8> {
        let mut next = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + (random >> 27) as u8 % 26
        };
        (0..length).map(|at| if at % 60 == 59 { b'\n' } else { next() }).collect()
    };
    (0..6).map(|file| (format!("WKS{}/logs/{file}.log", file / 3), noise(700 * file + 100))).collect()
}

/// Every byte where a small archive can be cut, and every byte of it changed: nothing panics, nothing hangs, and what is
/// not what it was is reported.
#[test]
fn damage_is_never_silent() {
    let files = larger();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let mut archives: Vec<(String, Vec<u8>)> = SITES
        .iter()
        .filter(|name| !name.ends_with(".tar.zst"))
        .map(|name| ((*name).to_owned(), sample(name)))
        .collect();
    archives.push(("larger.zip".to_owned(), zip(&files)));
    archives.push(("larger.tar.gz".to_owned(), gz(&tar(&files))));
    for (name, bytes) in archives {
        let expected = read(&name, &bytes).members;
        let step = bytes.len().div_ceil(150);
        for at in (0..bytes.len()).step_by(step) {
            let cut = read(&name, &bytes[..at]);
            check(&format!("{name} cut at {at}"), &cut, &expected, true);
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            // A byte of a name makes another file of it; times and padding say nothing of the content.
            check(&format!("{name} changed at {at}"), &read(&name, &flipped), &expected, false);
        }
    }
}

/// What is said of an archive whose end is missing.
const CUT_OFF: &[&str] = &["incomplete deflate stream", "no end mark"];

fn check(what: &str, outcome: &Outcome, expected: &BTreeMap<String, ([u8; 16], bool)>, all: bool) {
    for (path, (digest, complete)) in &outcome.members {
        let same = expected.get(path).is_none_or(|(wanted, _)| wanted == digest);
        // A packed tar has one checksum for all of it, so any of its files may be the one; unless its end is missing, or
        // seems to be: what came before is kept then.
        let cut_off = outcome.problems.iter().any(|problem| CUT_OFF.iter().any(|words| problem.contains(words)));
        // The directory of a cabinet has no checksum: a file in it may be told of instead of the one that was hit.
        let told = cut_off || (what.contains(".cab") && !outcome.problems.is_empty());
        assert!(same || !complete || told, "{what}: {path} is taken for whole: {:?}", outcome.problems);
    }
    let missing = expected.keys().any(|path| !outcome.members.contains_key(path));
    assert!(
        !all || !missing || !outcome.problems.is_empty() || outcome.members.len() <= 1,
        "{what}: files are missing"
    );
}

/// Cut anywhere, the files before the cut are there, whole and with their own content.
#[test]
fn what_came_before_the_cut_is_kept() {
    let files = larger();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    for (name, bytes) in [
        ("a.tar", tar(&files)),
        ("a.zip", zip(&files)),
        ("piped.zip", piped_zip(&files)),
        ("a.tar.gz", gz(&tar(&files))),
    ] {
        let whole = read(name, &bytes);
        let mut most = 0;
        for at in (0..=bytes.len()).step_by(bytes.len() / 60) {
            let outcome = read(name, &bytes[..at]);
            let mut kept = 0;
            for (path, content) in &whole.members {
                kept += usize::from(outcome.members.get(path) == Some(content));
            }
            let lost = outcome.members.values().filter(|(_, complete)| !complete).count();
            assert!(lost <= 1, "{name} cut at {at}: {lost} files are damaged by one cut");
            // A packed stream may lose a block of what came before.
            assert!(kept >= most || name.ends_with("gz"), "{name} cut at {at}: {outcome:?}");
            most = kept.max(most);
        }
        assert!(most >= files.len() - 1, "{name}: only {most}");
    }
}

#[test]
fn a_damaged_header_of_a_tar_loses_only_its_file() {
    let files = [("a.log", TRACE.as_bytes()), ("b.log", TRACE.as_bytes()), ("c.log", TRACE.as_bytes())];
    let mut bytes = tar(&files);
    bytes[1024 + 150] ^= 0xFF;
    let outcome = read("x.tar", &bytes);
    assert_eq!(outcome.paths(), ["a.log", "c.log"]);
    assert!(outcome.has("x.tar", "a header of the tar is damaged"), "{:?}", outcome.problems);
}

#[test]
fn a_tar_without_its_end_and_two_tars_in_one() {
    let one = tar(&[("a.log", TRACE.as_bytes())]);
    let outcome = read("x.tar", &one[..1024]);
    assert!(outcome.has("x.tar", "no end mark") && outcome.members["a.log"].1, "{:?}", outcome.problems);
    let two = [one, tar(&[("b.log", TRACE.as_bytes())])].concat();
    let outcome = read("x.tar", &two);
    assert_eq!((outcome.paths(), outcome.problems.len()), (vec!["a.log", "b.log"], 0));
}

#[test]
fn encrypted_files_are_reported() {
    for name in ["encrypted.7z", "encrypted-names.7z"] {
        let outcome = read(name, &sample(name));
        assert!(outcome.problems.iter().any(|problem| problem.contains("encrypted; it is not read")), "{outcome:?}");
    }
    let mut bytes = zip(&[("a.log", TRACE.as_bytes()), ("b.log", TRACE.as_bytes())]);
    // The flag of encryption, in the directory and before the file.
    let central = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("a directory");
    bytes[central + 8] |= 1;
    bytes[6] |= 1;
    let outcome = read("x.zip", &bytes);
    assert_eq!(outcome.paths(), ["b.log"]);
    assert!(outcome.has("a.log", "encrypted; it is not read"), "{:?}", outcome.problems);
    let outcome = read("ppmd.7z", &sample("ppmd.7z"));
    assert!(outcome.has("clients/WKS1/sms.ini", "packed with PPMd"), "{:?}", outcome.problems);
}

#[test]
fn a_zip_may_have_something_before_it() {
    let zip = zip(&[("WKS1/a.log", TRACE.as_bytes())]);
    let prefixed = [b"MZ\x90\0 this program cannot be run".as_slice(), &[0x90; 3000], &zip].concat();
    for name in ["site.exe", "site.zip"] {
        assert_eq!(read(name, &prefixed).paths(), ["a.log"], "{name}");
    }
    // A program of a machine is evidence as it is.
    let outcome = read("site.tar", &tar(&[("WKS1/sp4.exe", &prefixed), ("WKS1/a.log", TRACE.as_bytes())]));
    assert_eq!(outcome.paths(), ["a.log", "sp4.exe"]);
}

#[test]
fn nothing_is_a_bundle_too() {
    for (name, bytes) in [
        ("empty.zip", zip(&[])),
        ("empty.tar", vec![0; 10240]),
        ("empty.tar.gz", gz(&[0; 10240])),
        ("empty.gz", gz(b"")),
        ("nothing.log", Vec::new()),
        ("nuls.log", vec![0; 5000]),
    ] {
        let outcome = read(name, &bytes);
        assert!(outcome.members.len() <= 1, "{name}: {outcome:?}");
        assert!(outcome.problems.is_empty(), "{name}: {outcome:?}");
    }
}

/// Archives in archives: deeper than a stack could hold if each were opened.
#[test]
fn depth_is_bounded_and_the_limit_is_named() {
    let mut nested = TRACE.as_bytes().to_vec();
    for level in 0..60 {
        nested = if level % 2 == 0 { gz(&tar(&[("x.bin", &nested)])) } else { zip(&[("y.bin", &nested)]) };
    }
    let outcome = read("deep.zip", &nested);
    assert!(outcome.problems.iter().any(|problem| problem.contains("`--max-depth 4`")), "{:?}", outcome.problems);
    assert_eq!(outcome.members.len(), 1);
    let shallow = Limits { max_depth: 0, ..Limits::default() };
    for name in SITES {
        let outcome = read_within(name, &sample(name), &shallow);
        assert!(outcome.has(name, "`--max-depth 0`"), "{name}: {:?}", outcome.problems);
    }
}

#[test]
fn bombs_stop_at_the_limit_that_is_named() {
    let zeros = vec![b'0'; 3_000_000];
    let bomb = [("a.log", TRACE.as_bytes()), ("b.log", zeros.as_slice()), ("c.log", TRACE.as_bytes())];
    let nested = zip(&[("WKS1.zip", &zip(&bomb)), ("WKS2.log", TRACE.as_bytes())]);
    for (name, bytes) in [
        ("a.zip", zip(&bomb)),
        ("piped.zip", piped_zip(&bomb)),
        ("a.tar.gz", gz(&tar(&bomb))),
        ("a.tar.zst", zst(&tar(&bomb))),
        ("b.log.gz", gz(&zeros)),
        ("b.log.zst", zst(&zeros)),
        ("nested.zip", nested),
    ] {
        for (limits, option) in [
            (Limits { max_ratio: 3, ..Limits::default() }, "`--max-ratio 3`"),
            (Limits { max_unpacked: 90_000, ..Limits::default() }, "`--max-unpacked 90000`"),
        ] {
            let outcome = read_within(name, &bytes, &limits);
            let told = outcome.problems.iter().any(|problem| problem.contains(option));
            assert!(told, "{name} {option}: {:?}", outcome.problems);
            let first = outcome.members.iter().find(|(path, _)| path.ends_with("a.log"));
            assert!(first.is_none_or(|(_, (_, complete))| *complete), "{name} {option}");
        }
    }
}

#[test]
fn the_limit_of_entries_is_the_only_problem() {
    let manifest = "bundle: 1\nhosts:\n  - { name: A, path: a }\n  - { name: B, path: b }\n";
    let mut files = vec![("bundle.yaml", manifest.as_bytes())];
    files.extend([("a/1.log", TRACE.as_bytes()), ("a/2.log", TRACE.as_bytes()), ("b/1.log", TRACE.as_bytes())]);
    let limits = Limits { max_entries: 2, ..Limits::default() };
    let on_disk = folder("entries");
    for (path, bytes) in &files {
        let path = on_disk.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    let disk = Outcome::of(&Bundle::open(&on_disk, &limits).expect("a bundle"));
    for outcome in [disk, read_within("x.zip", &zip(&files), &limits), read_within("x.tar", &tar(&files), &limits)] {
        assert_eq!(outcome.members.len(), 2, "{outcome:?}");
        assert_eq!(outcome.problems.len(), 1, "{:?}", outcome.problems);
        assert!(outcome.problems[0].contains("`--max-entries 2`"), "{:?}", outcome.problems);
    }
}

/// The directory says one length, and the content has another.
#[test]
fn lying_sizes_are_found_out() {
    for (stated, what) in [(5_u32, "longer than its header states"), (50_000, "bytes are missing")] {
        let mut bytes = zip(&[("a.log", TRACE.repeat(100).as_bytes()), ("b.log", TRACE.as_bytes())]);
        let central = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("a directory");
        bytes[central + 24..central + 28].copy_from_slice(&stated.to_le_bytes());
        let outcome = read("x.zip", &bytes);
        assert!(outcome.has("a.log", what), "{:?}", outcome.problems);
        assert!(!outcome.members["a.log"].1 && outcome.members["b.log"].1);
    }
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&tar_header(b"a.log", b'0', 1 << 40), TRACE.as_bytes()).expect("an entry");
    let outcome = read("x.tar", &builder.into_inner().expect("a tar"));
    assert!(outcome.has("a.log", "bytes of 1099511627776 are missing"), "{:?}", outcome.problems);
}

#[test]
fn a_wrong_checksum_is_reported_and_the_others_are_read() {
    let mut bytes = zip(&[("a.log", TRACE.as_bytes()), ("b.log", TRACE.as_bytes())]);
    let central = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("a directory");
    bytes[central + 16] ^= 1;
    let outcome = read("x.zip", &bytes);
    assert!(outcome.has("a.log", "CRC-32"), "{:?}", outcome.problems);
    assert_eq!((outcome.members["a.log"].1, outcome.members["b.log"].1), (false, true));
}

/// Many entries of a directory point to the same packed bytes.
#[test]
fn overlapping_entries_are_reported_and_bounded() {
    let mut bytes = zip(&[("a.log", vec![b'0'; 500_000].as_slice())]);
    let central = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("a directory");
    let end = bytes.windows(4).position(|four| four == b"PK\x05\x06").expect("an end");
    let entry = bytes[central..end].to_vec();
    let count = 400_u16;
    let mut tail = bytes.split_off(end);
    for number in 1..count {
        let mut again = entry.clone();
        again[46] = b'b' + (number % 20) as u8;
        bytes.extend_from_slice(&again);
    }
    tail[8..10].copy_from_slice(&count.to_le_bytes());
    tail[10..12].copy_from_slice(&count.to_le_bytes());
    tail[12..16].copy_from_slice(&(entry.len() as u32 * u32::from(count)).to_le_bytes());
    bytes.extend_from_slice(&tail);
    let outcome = read_within("x.zip", &bytes, &Limits { max_ratio: 100, ..Limits::default() });
    assert!(outcome.has("", "share packed bytes"), "{:.1000?}", outcome.problems);
    assert!(outcome.has("", "`--max-ratio 100`"), "{:.1000?}", outcome.problems);
}

#[test]
fn bad_names_are_skipped_and_odd_ones_are_read() {
    let bad = ["../evil.log", "/etc/passwd", "C:\\temp\\a.log", "c:a.log", "\\\\server\\share\\a.log", "a/../../b.log"];
    let odd = ["CON", "x/nul.log", "COM1", "LPT9.txt", "a\u{1b}[2J.log", "a\rb.log", "\u{9b}31m.log"];
    let mut files: Vec<(&str, &[u8])> = bad.iter().chain(&odd).map(|path| (*path, TRACE.as_bytes())).collect();
    files.push(("A.log", TRACE.as_bytes()));
    files.push(("a.log", TRACE.as_bytes()));
    for (name, bytes) in [("x.zip", zip(&files)), ("x.tar", tar(&files)), ("piped.zip", piped_zip(&files))] {
        let outcome = read(name, &bytes);
        assert_eq!(outcome.members.len(), odd.len() + 2, "{name}: {:?}", outcome.paths());
        let count = |what: &str| outcome.problems.iter().filter(|problem| problem.contains(what)).count();
        assert_eq!(count("it is skipped"), bad.len(), "{name}: {:?}", outcome.problems);
        assert_eq!((count("named like a device"), count("control characters")), (4, 3), "{:?}", outcome.problems);
        assert!(outcome.has("a.log", "but for the letter case"), "{name}: {:?}", outcome.problems);
    }
}

#[test]
fn names_that_are_no_utf8_stay_apart() {
    let mut builder = tar::Builder::new(Vec::new());
    for name in [b"ger\xE4t.log", b"ger\xF6t.log"] {
        builder.append(&tar_header(name, b'0', TRACE.len() as u64), TRACE.as_bytes()).expect("an entry");
    }
    let outcome = read("x.tar", &builder.into_inner().expect("a tar"));
    assert_eq!(outcome.paths(), ["gerät.log", "geröt.log"]);
    assert!(outcome.has("gerät.log", "not UTF-8"), "{:?}", outcome.problems);
}

#[test]
fn links_and_devices_are_skipped() {
    let mut builder = tar::Builder::new(Vec::new());
    for kind in [b'1', b'2', b'3', b'4', b'6'] {
        builder.append(&tar_header(&[b'k', kind], kind, 0), &[][..]).expect("an entry");
    }
    builder.append(&tar_header(b"a.log", b'0', TRACE.len() as u64), TRACE.as_bytes()).expect("an entry");
    let outcome = read("x.tar", &builder.into_inner().expect("a tar"));
    assert_eq!(outcome.paths(), ["a.log"]);
    assert_eq!(outcome.problems.len(), 5, "{:?}", outcome.problems);
}

/// A long name costs no more memory than it may: what is longer is left out.
#[test]
fn long_names_are_bounded() {
    let long = "n".repeat(5000);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&tar_header(b"long", b'L', 5000), long.as_bytes()).expect("a name");
    builder.append(&tar_header(b"short", b'0', TRACE.len() as u64), TRACE.as_bytes()).expect("an entry");
    let huge = vec![b'x'; 3 << 20];
    builder.append(&tar_header(b"huge", b'L', huge.len() as u64), huge.as_slice()).expect("a name");
    builder.append(&tar_header(b"b.log", b'0', TRACE.len() as u64), TRACE.as_bytes()).expect("an entry");
    let outcome = read("x.tar", &builder.into_inner().expect("a tar"));
    assert_eq!(outcome.paths(), ["b.log", long.as_str()]);
    assert!(outcome.has("x.tar", "longer than 1 MiB"), "{:?}", outcome.problems);
}

/// As many problems as entries would be a bomb too.
#[test]
fn many_entries_and_many_problems_stay_bounded() {
    let mut bytes = Vec::new();
    for number in 0..40_000 {
        let name = format!("../{number}");
        bytes.extend_from_slice(tar_header(name.as_bytes(), b'0', 0).as_bytes());
        let name = format!("WKS{number}/a.log");
        bytes.extend_from_slice(tar_header(name.as_bytes(), b'0', 0).as_bytes());
    }
    bytes.extend_from_slice(&[0; 1024]);
    let outcome = read("x.tar", &bytes);
    assert_eq!(outcome.members.len(), 40_000);
    assert_eq!(outcome.problems.len(), 10_001);
    assert!(outcome.has("", "30000 more problems"), "{:?}", outcome.problems.last());
}

#[test]
fn a_fleet_of_bundles_is_all_their_hosts() {
    let site = |host: &str| zip(&[(&format!("clients/{host}/a.log"), TRACE.as_bytes())]);
    let manifest = "bundle: 1\nhosts:\n  - { name: SRV, path: x, role: site-server }\n";
    let stated = tar(&[("S/bundle.yaml", manifest.as_bytes()), ("S/x/a.log", TRACE.as_bytes())]);
    let files = [
        ("a.zip", site("WKS1")),
        ("b.tar.gz", gz(&stated)),
        ("x.7z", sample("lzma2.7z")),
        ("y.cab", sample("mszip.cab")),
        ("PC9.zip", zip(&[("logs/a.log", TRACE.as_bytes())])),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (*path, bytes.as_slice())).collect();
    let wrapped: Vec<(String, &[u8])> = files.iter().map(|(path, bytes)| (format!("fleet/{path}"), *bytes)).collect();
    let wrapped: Vec<(&str, &[u8])> = wrapped.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect();
    let on_disk = folder("fleet");
    for (path, bytes) in &files {
        fs::write(on_disk.join(path), bytes).expect("a file");
    }
    for bundle in [
        Bundle::open(&on_disk, &Limits::default()).expect("a bundle"),
        Bundle::from_bytes("fleet.zip", zip(&files), &Limits::default()),
        Bundle::from_bytes("fleet.tar.gz", gz(&tar(&wrapped)), &Limits::default()),
    ] {
        let hosts: Vec<String> =
            bundle.hosts.iter().map(|host| format!("{} {}", host.name, host.role.as_deref().unwrap_or("-"))).collect();
        assert_eq!(
            hosts,
            [
                "a/WKS1 client",
                "SRV site-server",
                "x/WKS1 client",
                "x/WKS2 client",
                "y/WKS1 client",
                "y/WKS2 client",
                "PC9 -"
            ],
        );
        assert!(bundle.problems.is_empty(), "{:?}", bundle.problems);
        let of = |path: &str| {
            let member = bundle.members.iter().find(|member| member.path == path).expect("the file");
            (bundle.hosts[member.host].name.clone(), member.path_on_host.clone())
        };
        assert_eq!(of("b.tar.gz!/S/x/a.log"), ("SRV".to_owned(), "a.log".to_owned()));
        assert_eq!(of("y.cab!/clients/WKS1/logs/pacman.log"), ("y/WKS1".to_owned(), "logs/pacman.log".to_owned()));
        assert_eq!(of("PC9.zip!/logs/a.log"), ("PC9".to_owned(), "logs/a.log".to_owned()));
    }
}

/// Found by fuzzing: in one of two bundles, the first file is not the one that shows what wraps the others.
#[test]
fn a_wrapper_behind_what_people_leave_is_found() {
    let cab = sample("wrapper-behind-git.cab");
    read("x.tar", &tar(&[("WKS1.cab", &cab)]));
    let other = zip(&[("clients/W/a.log", TRACE.as_bytes())]);
    let outcome = read("x.tar", &tar(&[("WKS1.cab", &cab), ("b.zip", &other)]));
    assert!(outcome.members.contains_key("b.zip!/clients/W/a.log"), "{outcome:?}");
}

/// A file may vanish, grow, shrink, or become something else between listing and reading.
#[test]
fn a_folder_that_changes_is_reported_and_the_rest_is_read() {
    let root = folder("changes");
    for name in ["gone", "grown", "shrunk", "folder", "zip", "good"] {
        fs::write(root.join(name).with_extension("log"), TRACE.repeat(3)).expect("a file");
    }
    let bundle = Bundle::open(&root, &Limits::default()).expect("a bundle");
    fs::remove_file(root.join("gone.log")).expect("it can go");
    fs::write(root.join("grown.log"), TRACE.repeat(5)).expect("a file");
    fs::write(root.join("shrunk.log"), TRACE).expect("a file");
    fs::remove_file(root.join("folder.log")).expect("it can go");
    fs::create_dir(root.join("folder.log")).expect("a folder");
    fs::write(root.join("zip.log"), zip(&[("x.log", TRACE.as_bytes())])).expect("a file");
    let outcome = Outcome::of(&bundle);
    assert!(outcome.has("gone.log", "cannot be read to its end"), "{:?}", outcome.problems);
    assert!(outcome.has("grown.log", "153 bytes when it was listed, and 255"), "{:?}", outcome.problems);
    assert!(outcome.has("shrunk.log", "153 bytes when it was listed, and 51"), "{:?}", outcome.problems);
    assert!(outcome.has("folder.log", "is none now"), "{:?}", outcome.problems);
    assert!(outcome.has("zip.log", "is not there now"), "{:?}", outcome.problems);
    assert!(outcome.members["good.log"].1);
    assert_eq!(outcome.problems.len(), 5, "{:?}", outcome.problems);
}

#[cfg(unix)]
#[test]
fn pipes_links_and_deep_folders_are_no_trap() {
    let root = folder("traps");
    fs::write(root.join("a.log"), TRACE).expect("a file");
    std::os::unix::fs::symlink(".", root.join("loop")).expect("a link");
    std::os::unix::fs::symlink("/etc/passwd", root.join("out.log")).expect("a link");
    std::os::unix::net::UnixListener::bind(root.join("socket")).expect("a socket");
    assert!(Command::new("mkfifo").arg(root.join("pipe.log")).status().expect("mkfifo runs").success());
    // Deeper than a path may be long: chains of folders, each moved to the end of the next.
    let chain = |name: &str| root.join(name).join("d/".repeat(1000).trim_end_matches('/'));
    for number in 0..10 {
        let end = chain(&format!("deep{number}"));
        fs::create_dir_all(&end).expect("a chain of folders");
        if number > 0 {
            fs::rename(root.join(format!("deep{}", number - 1)), end.join("more")).expect("a longer chain");
        }
    }
    let outcome = Outcome::of(&Bundle::open(&root, &Limits::default()).expect("a bundle"));
    assert_eq!(outcome.paths(), ["a.log"]);
    for path in ["loop", "out.log", "socket", "pipe.log"] {
        assert!(outcome.has(path, "it is skipped"), "{path}: {:.2000?}", outcome.problems);
    }
    assert!(outcome.problems.iter().any(|problem| problem.contains("the folder cannot be listed")));
    let removed = Command::new("rm").arg("-rf").arg(&root).status().expect("rm runs");
    assert!(removed.success());
}

fn run(args: &[&str], input: Option<&[u8]>, temporary: &Path) -> (Option<i32>, Vec<u8>, Vec<u8>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(args)
        .env("TMPDIR", temporary)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.unwrap_or_default().to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("the input is written");
    (output.status.code(), output.stdout, output.stderr)
}

#[test]
fn every_container_comes_by_standard_input_and_leaves_nothing() {
    let temporary = folder("stdin");
    let left = || fs::read_dir(&temporary).expect("a folder").count();
    for name in ["deflate.zip", "gnu.tar.zst", "lzma2.7z", "mszip.cab", "gnu.tar.bz2"] {
        let (code, out, err) = run(&["audit", "-", "--format", "json"], Some(&sample(name)), &temporary);
        let report: serde_json::Value = serde_json::from_slice(&out).expect("a report");
        assert_eq!(code, Some(0), "{name}: {}", String::from_utf8_lossy(&err));
        assert_eq!(report["hosts"][0]["name"], "WKS1", "{name}");
        assert_eq!(left(), 0, "{name}");
    }
    let (code, _, err) = run(&["audit", "-", "--max-unpacked", "100"], Some(&sample("gnu.tar.gz")), &temporary);
    assert!(code == Some(3) && String::from_utf8_lossy(&err).contains("--max-unpacked 100"));
    assert_eq!(left(), 0);
    // Killed while it waits for more.
    let mut child = Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(["audit", "-"])
        .env("TMPDIR", &temporary)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    // More than a pipe holds: when it is written, the file is there.
    stdin.write_all(&vec![b'x'; 1 << 20]).expect("it is read");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    if cfg!(unix) {
        assert_eq!(left(), 0);
    }
}

/// What a terminal would obey, each with a word to find it by.
const ORDERS: &[&str] = &[
    "\u{1b}[2J",
    "\u{1b}]0;title\u{7}",
    "\u{9b}31m",
    "\u{9d}0;x\u{9c}",
    "\u{7}",
    "\r",
    "\u{8}",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{200f}",
    "\u{feff}",
    "\u{2028}",
    "\u{85}",
];

/// Names of files and machines, lines of logs, values and rows: whatever a stranger wrote.
fn hostile_bundle() -> Vec<u8> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (number, order) in ORDERS.iter().enumerate() {
        let host = format!("clients/W{number}{order}K");
        let log = format!(
            "Client executable active: pcmsvc32.exe {order}x   $$<SMSRUN32{order}><Tue Nov 04 13:07:27 1997~><thread=A0{order}>\r\n"
        );
        files.push((format!("{host}/logs/smsrun32{order}.log"), log.into_bytes()));
        let ini = format!("[SMS{order}]\r\nBuildNo{order}=7{order}86\r\nVersion=1.2{order}\r\nBad {order} line\r\n");
        files.push((format!("{host}/sms.ini"), ini.into_bytes()));
        let registry = format!(
            "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\{order}]\r\n\"a{order}\"=\"{order}\"\r\nbad{order}\r\n"
        );
        files.push((format!("{host}/x{order}.reg"), registry.into_bytes()));
        files.push((format!("../{order}/out.log"), TRACE.into()));
        files.push((format!("{host}/bad{order}.zip"), b"PK\x03\x04 broken".to_vec()));
        files.push((format!("note{order}.txt"), format!("=cmd|' /C calc'!A0 {order}").into_bytes()));
    }
    let manifest = format!("bundle: 1\nodd{}: 1\n", ORDERS[8]);
    files.push(("bundle.yaml".to_owned(), manifest.into_bytes()));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    zip(&files)
}

#[test]
fn nothing_that_a_terminal_obeys_comes_out() {
    let root = folder("terminal");
    let path = root.join("evil\u{1b}[2J\u{202e}.zip");
    fs::write(&path, hostile_bundle()).expect("a file");
    let path = path.to_string_lossy().into_owned();
    let missing = format!("{path}\u{9b}missing");
    let mut runs: Vec<Vec<&str>> = vec![
        vec!["audit", &path, "--trace", "Q168463", "--all", "-v"],
        vec!["audit", &path, "--host", "nobody\u{1b}[2J"],
        vec!["audit", &path, "--only", "Q1\u{1b}[2J"],
        vec!["audit", &path, "--level", "W\u{1b}[2J:sms 1.2"],
        vec!["audit", &missing],
        vec!["audit", &path, "--rules", &missing],
    ];
    for format in ["table", "json", "csv", "markdown"] {
        runs.push(vec!["audit", &path, "--all", "-v", "--format", format]);
        runs.push(vec!["matrix", &path, "-v", "--format", format]);
    }
    for args in runs {
        let (code, out, err) = run(&args, None, &root);
        assert!(code.is_some(), "{args:?} was killed");
        for (stream, bytes) in [("stdout", out), ("stderr", err)] {
            let text = String::from_utf8(bytes).expect("UTF-8");
            let bad = text.chars().find(|c| *c != '\n' && (c.is_control() || is_bidi(*c)));
            assert!(bad.is_none(), "{args:?}: {bad:?} on {stream}");
        }
    }
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// A spreadsheet takes what begins so for a formula.
#[test]
fn no_cell_of_a_csv_is_a_formula() {
    let root = folder("formula");
    let log = "Client executable active: pcmsvc32.exe   $$<SMSRUN32><Tue Nov 04 13:07:27 1997~><thread=A0>\r\n";
    let files = [("clients/=cmd|calc/smsrun32.log", log.as_bytes()), ("clients/@SUM(A1)/=x.log", log.as_bytes())];
    let path = root.join("x.zip");
    fs::write(&path, zip(&files)).expect("a file");
    for command in ["audit", "matrix"] {
        let (_, out, _) = run(&[command, &path.to_string_lossy(), "--all", "--format", "csv"], None, &root);
        let text = String::from_utf8(out).expect("UTF-8");
        for cell in text.lines().flat_map(|line| line.split(',')) {
            assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '@']), "{command}: {cell}");
        }
        assert!(text.contains("'=cmd|calc"), "{text}");
    }
}
