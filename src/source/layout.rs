//! Which machine each file of a bundle is of.
//!
//! With a manifest, its word counts. Without one, sources right in the root make the bundle one machine; else each
//! first-level folder is one, but for the grouping folders (`clients`, …), which hold machines of a role, and for the
//! folders of a machine itself (`logs`, `winnt`, …), which make no machine each.

use std::collections::BTreeMap;

use crate::fact::{Problem, Severity};

use super::HostSpec;
use super::manifest::{self, StatedHost};

/// A file as the layout sees it.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    /// Its path in the bundle.
    pub(super) path: &'a str,
    /// Its form is one that a reader knows, beyond being text.
    pub(super) structured: bool,
}

/// The outcome: the machines, and for each file its machine, its path there, and whether it is left out.
pub(super) struct Layout {
    pub(super) hosts: Vec<HostSpec>,
    pub(super) places: Vec<Place>,
    pub(super) problems: Vec<Problem>,
}

/// Where a file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: usize,
    pub(super) path: String,
    /// It is of no machine, and is listed as skipped.
    pub(super) skipped: bool,
}

/// Folders that hold machines, and the role of these.
const GROUPS: &[(&str, Option<&str>)] = &[
    ("clients", Some("client")),
    ("logon-servers", Some("logon-server")),
    ("site-servers", Some("site-server")),
    ("hosts", None),
];

/// Folders that are found on a machine, or into which its files are sorted: none of them is the name of a machine.
const MACHINE_FOLDERS: &[&str] = &[
    "bin",
    "c",
    "c$",
    "config",
    "configuration",
    "d",
    "d$",
    "data",
    "dir",
    "e",
    "e$",
    "event-log",
    "event-logs",
    "eventlog",
    "eventlogs",
    "events",
    "files",
    "helper.srv",
    "ini",
    "listings",
    "log",
    "logon.srv",
    "logs",
    "ms",
    "mssql",
    "primsite.srv",
    "program files",
    "reg",
    "registry",
    "root",
    "site.srv",
    "sms",
    "sms_shr",
    "system",
    "system32",
    "temp",
    "windows",
    "winnt",
];

/// The name of the manifest, right in the root.
pub(super) const MANIFEST: &str = "bundle.yaml";

/// Whether a file name is that of the manifest; the short form of the extension is as common.
#[must_use]
pub fn is_manifest(name: &str) -> bool {
    name.eq_ignore_ascii_case(MANIFEST) || name.eq_ignore_ascii_case("bundle.yml")
}

/// A manifest that was found: its path in the bundle, and its text.
pub(super) type Manifest = (String, String);

/// Bundles are packed into each other no deeper than this.
const MAX_FLEET: u32 = 3;

/// Decides. `name` is that of the bundle, for a machine that has no folder of its own. `complete` is false if a limit has
/// cut the list of files: then nothing is said of what is missing from it.
pub(super) fn place(name: &str, files: &[Placed<'_>], manifests: &[Manifest], complete: bool) -> Layout {
    place_at(name, files, &manifests.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect(), complete, 0)
}

/// Paths and texts of manifests.
type Manifests<'a> = Vec<(&'a str, &'a str)>;

fn place_at(name: &str, files: &[Placed<'_>], manifests: &Manifests<'_>, complete: bool, level: u32) -> Layout {
    let mut problems = Vec::new();
    if let Some((_, text)) = manifests.iter().find(|(path, _)| is_manifest(path)) {
        match manifest::parse(text) {
            Ok((stated, faults)) => {
                let mut layout = by_manifest(name, files, stated, complete);
                let faults = faults.into_iter().map(|what| Problem {
                    file: MANIFEST.to_owned(),
                    line: None,
                    what,
                    severity: Severity::Warning,
                });
                layout.problems.splice(0..0, faults.chain(idle(manifests)));
                return layout;
            }
            Err(what) => problems.push(Problem {
                file: MANIFEST.to_owned(),
                line: None,
                what: format!("{what}; the folders decide which host a file is of, until this is set right"),
                severity: Severity::Error,
            }),
        }
    }
    let mut layout = if level < MAX_FLEET { by_bundles(name, files, manifests, complete, level) } else { None }
        .unwrap_or_else(|| {
            problems.extend(idle(manifests));
            by_folders(name, files)
        });
    layout.problems.splice(0..0, problems);
    layout
}

/// Manifests that do not count.
fn idle<'a>(manifests: &'a Manifests<'_>) -> impl Iterator<Item = Problem> + 'a {
    manifests.iter().filter(|(path, _)| path.contains('/')).map(|(path, _)| Problem {
        file: (*path).to_owned(),
        line: None,
        what: format!("a manifest counts only in the root of a bundle; audit `{path}`'s folder on its own"),
        severity: Severity::Warning,
    })
}

/// A fleet: first-level folders and archives that are bundles themselves. Each is placed on its own; what else there is
/// lies around them as in any bundle. `None` if there are none.
fn by_bundles(
    name: &str,
    files: &[Placed<'_>],
    manifests: &Manifests<'_>,
    complete: bool,
    level: u32,
) -> Option<Layout> {
    let roots = bundle_roots(files, level);
    if roots.is_empty() {
        return None;
    }
    let mut fleet =
        Fleet { layout: Layout { hosts: Vec::new(), places: Vec::new(), problems: Vec::new() }, of: Vec::new() };
    let mut places = vec![None; files.len()];
    let mut rest: Vec<usize> = Vec::new();
    let mut from = 0;
    for root in &roots {
        rest.extend(from..root.files.start);
        from = root.files.end;
        let inner: Vec<Placed<'_>> = files[root.files.clone()]
            .iter()
            // What lies beside a wrapper says nothing of a machine, and is passed over below as it would be above.
            .map(|file| Placed { path: below(file.path, root.prefix).unwrap_or(rest_of(file.path)), ..*file })
            .collect();
        let of_root = manifests.iter().filter_map(|(path, text)| Some((below(path, root.prefix)?, *text))).collect();
        let layout = place_at(root.name, &inner, &of_root, complete, level + 1);
        for (place, file) in fleet.take(root, layout).into_iter().zip(root.files.clone()) {
            places[file] = Some(place);
        }
    }
    rest.extend(from..files.len());
    let others: Vec<Placed<'_>> = rest.iter().map(|index| files[*index]).collect();
    let around = Root { prefix: "", name: "", files: 0..0 };
    for (place, file) in fleet.take(&around, by_folders(name, &others)).into_iter().zip(rest) {
        places[file] = Some(place);
    }
    fleet.layout.places = places.into_iter().flatten().collect();
    fleet.tell_apart();
    Some(fleet.layout)
}

/// A bundle within the bundle.
struct Root<'a> {
    /// The path that it is at.
    prefix: &'a str,
    name: &'a str,
    /// Its files; they stand together.
    files: std::ops::Range<usize>,
}

/// The layouts of several bundles put together.
struct Fleet<'a> {
    layout: Layout,
    /// By host: the bundle that it is of.
    of: Vec<&'a str>,
}

impl<'a> Fleet<'a> {
    /// Takes the machines and problems of one bundle, and gives its places with the machines' new numbers.
    fn take(&mut self, root: &Root<'a>, layout: Layout) -> Vec<Place> {
        let first = self.layout.hosts.len();
        self.of.extend(layout.hosts.iter().map(|_| root.name));
        self.layout.hosts.extend(layout.hosts.into_iter().map(|host| {
            let fleet =
                if host.fleet.is_empty() { root.prefix.to_owned() } else { format!("{}/{}", root.prefix, host.fleet) };
            HostSpec { fleet, ..host }
        }));
        let whole = |file: String| match root.prefix {
            "" => file,
            prefix => format!("{prefix}/{file}"),
        };
        let problems = layout.problems.into_iter();
        self.layout.problems.extend(problems.map(|problem| Problem { file: whole(problem.file), ..problem }));
        layout.places.into_iter().map(|place| Place { host: place.host + first, ..place }).collect()
    }

    /// Two machines of one name in two bundles are two machines.
    fn tell_apart(&mut self) {
        let mut count: BTreeMap<String, u32> = BTreeMap::new();
        for host in &self.layout.hosts {
            *count.entry(host.name.to_lowercase()).or_default() += 1;
        }
        for (host, of) in self.layout.hosts.iter_mut().zip(&self.of) {
            if !of.is_empty() && count.get(&host.name.to_lowercase()).is_some_and(|count| *count > 1) {
                host.name = format!("{of}/{}", host.name);
            }
        }
    }
}

/// The first-level folders and archives that are bundles. In a bundle with grouping folders there are none.
fn bundle_roots<'a>(files: &[Placed<'a>], level: u32) -> Vec<Root<'a>> {
    let mut roots = Vec::new();
    for (folder, range) in first_folders(files) {
        if group(folder).is_some() {
            return Vec::new();
        }
        if is_machine_folder(folder) || is_ignored(folder) {
            continue;
        }
        let paths: Vec<&str> = files[range.clone()].iter().map(|file| file.path).collect();
        if let Some((prefix, name)) = bundle_in(folder, &paths, level) {
            roots.push(Root { prefix, name, files: range });
        }
    }
    roots
}

/// First-level folders with the files in them. Files come in the order of their paths.
fn first_folders<'a>(files: &[Placed<'a>]) -> Vec<(&'a str, std::ops::Range<usize>)> {
    let mut folders: Vec<(&str, std::ops::Range<usize>)> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let Some((folder, _)) = folder_of(file.path) else { continue };
        match folders.last_mut() {
            Some((known, range)) if *known == folder && range.end == index => range.end += 1,
            _ => folders.push((folder, index..index + 1)),
        }
    }
    folders
}

/// Where the bundle is that a folder holds, below what wraps it, and its name. `None` if it looks like no bundle.
fn bundle_in<'a>(folder: &'a str, paths: &[&'a str], level: u32) -> Option<(&'a str, &'a str)> {
    let mut prefix = folder;
    // Bundles are told apart by what they came in, whatever wraps them inside.
    let name = bare(folder);
    let mut archive = folder.ends_with('!');
    loop {
        let inner: Vec<&str> = paths.iter().filter_map(|path| below(path, prefix)).collect();
        if inner.iter().any(|path| is_manifest(path) || is_grouped(path)) {
            return Some((prefix, name));
        }
        if let Some(wrapper) = wrapper(&inner, archive) {
            // Not every path has it: what people leave beside a wrapper does not count.
            let whole = |path: &&'a str| below(below(path, prefix)?, wrapper).map(|rest| path.len() - rest.len() - 1);
            prefix = paths.iter().find_map(|path| Some(&path[..whole(path)?]))?;
            archive = false;
            continue;
        }
        // A fleet within the fleet, if it is packed; folders within folders are those of a machine.
        let files: Vec<Placed<'_>> = inner.iter().map(|path| Placed { path, structured: false }).collect();
        let packed = |folder: &str| folder.ends_with('!');
        let fleet = level < MAX_FLEET
            && first_folders(&files)
                .into_iter()
                .any(|(folder, range)| packed(folder) && bundle_in(folder, &inner[range], level + 1).is_some());
        return fleet.then_some((prefix, name));
    }
}

/// The path below a folder.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// The path without its first folder.
fn rest_of(path: &str) -> &str {
    folder_of(path).map_or(path, |(_, rest)| rest)
}

/// Whether a path leads through a grouping folder and that of a machine.
fn is_grouped(path: &str) -> bool {
    folder_of(path).is_some_and(|(folder, rest)| group(folder).is_some() && folder_of(rest).is_some())
}

/// The folder that wraps everything else. In an archive it is there for tidiness; elsewhere it is a wrapper only if what
/// is in it looks like a bundle.
pub(super) fn wrapper<'a>(paths: &[&'a str], archive: bool) -> Option<&'a str> {
    let mut wrapper = None;
    let mut bundle_inside = false;
    for path in paths {
        let (folder, rest) = match path.split_once('/') {
            // A manifest is in the root: nothing is around it.
            None if is_manifest(path) => return None,
            None if is_ignored(path) => continue,
            Some((folder, _)) if is_ignored(folder) => continue,
            parts => parts?,
        };
        if folder != *wrapper.get_or_insert(folder) {
            return None;
        }
        let inner = rest.split_once('/').map(|(folder, _)| folder);
        bundle_inside |= is_manifest(rest) || inner.and_then(group).is_some();
    }
    // An archive in the bundle is a machine, unless what is in it looks like a bundle.
    wrapper
        .filter(|folder| group(folder).is_none() && !is_machine_folder(folder))
        .filter(|folder| (archive && !folder.ends_with('!')) || bundle_inside)
}

fn by_manifest(name: &str, files: &[Placed<'_>], stated: Vec<StatedHost>, complete: bool) -> Layout {
    let (mut hosts, mut folders) = (Vec::new(), Vec::new());
    for host in stated {
        hosts.push(host.spec);
        folders.push(host.path);
    }
    let owners = Owners::new(&folders);
    let mut layout = Builder::new(name, hosts);
    let mut used = vec![false; folders.len()];
    for file in files {
        match owners.of(file.path) {
            _ if is_ignored(file.path) => layout.skip(file),
            Some((host, path)) => {
                used[host] = true;
                layout.put(host, path);
            }
            None => layout.stray(file, "of no host that the manifest lists"),
        }
    }
    for (host, used) in used.iter().enumerate().filter(|_| complete) {
        if !used {
            let what =
                format!("host `{}` has no file under `{}`; correct its `path`", layout.hosts[host].name, folders[host]);
            layout.problem(MANIFEST, what, Severity::Warning);
        }
    }
    layout.end()
}

/// What a manifest states of the files around it, while not all files are known.
pub(super) struct Expected {
    hosts: Vec<HostSpec>,
    owners: Owners,
}

impl Expected {
    /// `None` if the manifest cannot be read.
    pub(super) fn new(manifest: &str) -> Option<Self> {
        let (stated, _) = manifest::parse(manifest).ok()?;
        let folders: Vec<String> = stated.iter().map(|host| host.path.clone()).collect();
        Some(Self { hosts: stated.into_iter().map(|host| host.spec).collect(), owners: Owners::new(&folders) })
    }

    /// The host of a file, by its path below the manifest's folder.
    pub(super) fn host(&self, path: &str) -> Option<&HostSpec> {
        self.hosts.get(self.owners.of(path)?.0)
    }
}

/// The hosts of a manifest by their folders, in any letter case.
struct Owners {
    by_folder: BTreeMap<String, usize>,
}

impl Owners {
    fn new(folders: &[String]) -> Self {
        let mut by_folder = BTreeMap::new();
        for (host, folder) in folders.iter().enumerate() {
            by_folder.entry(folder.to_ascii_lowercase()).or_insert(host);
        }
        Self { by_folder }
    }

    /// The host of a file, and the path there. The longest folder wins: a host's folder may lie in that of another.
    fn of<'a>(&self, path: &'a str) -> Option<(usize, &'a str)> {
        let lower = path.to_ascii_lowercase();
        // The host's path may name a single file.
        if let Some(host) = self.by_folder.get(&lower) {
            return Some((*host, path.rsplit('/').next().unwrap_or(path)));
        }
        let ends = lower.rmatch_indices('/').map(|(end, _)| end);
        let found = ends.filter_map(|end| self.folder(&lower[..end]).map(|host| (host, &path[end + 1..]))).next();
        found.or_else(|| Some((*self.by_folder.get("")?, path)))
    }

    /// The host of a folder, which may have been packed after the manifest was written.
    fn folder(&self, folder: &str) -> Option<usize> {
        let known = |folder: &str| self.by_folder.get(folder).copied();
        known(folder).or_else(|| {
            let archive = folder.strip_suffix('!')?;
            let packed = ARCHIVES.iter().filter_map(|extension| archive.strip_suffix(extension));
            known(archive).or_else(|| packed.filter_map(known).next())
        })
    }
}

fn by_folders(name: &str, files: &[Placed<'_>]) -> Layout {
    let mut layout = Builder::new(name, Vec::new());
    let counted = || files.iter().filter(|file| !is_ignored(file.path));
    let folders = || counted().filter_map(|file| folder_of(file.path));
    let grouped = folders().any(|(folder, _)| group(folder).is_some());
    let source_in_root = counted().any(|file| folder_of(file.path).is_none() && file.structured);
    if !grouped && (source_in_root || folders().all(|(folder, _)| is_machine_folder(folder))) {
        let host = layout.own_host();
        for file in files {
            if is_ignored(file.path) { layout.skip(file) } else { layout.put(host, file.path) }
        }
        return layout.end();
    }
    for file in files {
        match folder_of(file.path) {
            _ if is_ignored(file.path) => layout.skip(file),
            Some((folder, rest)) => match (group(folder), folder_of(rest)) {
                (Some(role), Some((host, rest))) => {
                    let host = layout.host(&format!("{folder}/{host}"), bare(host), role);
                    layout.put(host, rest);
                }
                (None, _) if !(grouped && is_machine_folder(folder)) => {
                    let host = layout.host(folder, bare(folder), None);
                    layout.put(host, rest);
                }
                _ => layout.stray(file, "in no host's folder"),
            },
            None => layout.stray(file, "in no host's folder"),
        }
    }
    layout.end()
}

struct Builder<'a> {
    name: &'a str,
    hosts: Vec<HostSpec>,
    /// The hosts that folders made.
    folders: BTreeMap<String, usize>,
    own: Option<usize>,
    places: Vec<Place>,
    problems: Vec<Problem>,
}

impl<'a> Builder<'a> {
    fn new(name: &'a str, hosts: Vec<HostSpec>) -> Self {
        Self { name, hosts, folders: BTreeMap::new(), own: None, places: Vec::new(), problems: Vec::new() }
    }

    fn put(&mut self, host: usize, path: &str) {
        self.places.push(Place { host, path: path.to_owned(), skipped: false });
    }

    fn skip(&mut self, file: &Placed<'_>) {
        self.places.push(Place { host: 0, path: file.path.to_owned(), skipped: true });
    }

    /// A file outside of every host: evidence of the site as a whole, or of nobody.
    fn stray(&mut self, file: &Placed<'_>, why: &str) {
        if file.structured {
            let host = self.own_host();
            self.put(host, file.path);
            self.problem(file.path, format!("{why}; it is taken as evidence of `{}`", self.name), Severity::Note);
        } else {
            self.skip(file);
            self.problem(file.path, format!("{why}, and of no known format; it is skipped"), Severity::Note);
        }
    }

    /// The host that is named after the bundle.
    fn own_host(&mut self) -> usize {
        if let Some(host) = self.own {
            return host;
        }
        self.hosts.push(HostSpec::named(self.name));
        *self.own.insert(self.hosts.len() - 1)
    }

    fn host(&mut self, folder: &str, name: &str, role: Option<&str>) -> usize {
        if let Some(host) = self.folders.get(folder) {
            return *host;
        }
        let role = role.map(str::to_owned);
        self.hosts.push(HostSpec { role_stated: role.is_some(), role, ..HostSpec::named(name) });
        let host = self.hosts.len() - 1;
        self.folders.insert(folder.to_owned(), host);
        host
    }

    fn problem(&mut self, file: &str, what: String, severity: Severity) {
        self.problems.push(Problem { file: file.to_owned(), line: None, what, severity });
    }

    fn end(mut self) -> Layout {
        // Skipped files say host 0, so there has to be one.
        if self.hosts.is_empty() && !self.places.is_empty() {
            self.own_host();
        }
        Layout { hosts: self.hosts, places: self.places, problems: self.problems }
    }
}

/// The first folder of a path. An archive inside of the bundle (`WKS1.zip!`) is a folder too.
fn folder_of(path: &str) -> Option<(&str, &str)> {
    path.split_once('/')
}

/// The extensions of archives, the longer ones first.
const ARCHIVES: &[&str] = &[
    ".tar.bz2", ".tar.zst", ".tar.gz", ".tar.xz", ".tbz2", ".tzst", ".tbz", ".tgz", ".txz", ".bz2", ".cab", ".tar",
    ".zip", ".zst", ".7z", ".gz", ".xz",
];

/// The name that a folder gives to a machine: an archive goes without its extension.
pub(super) fn bare(folder: &str) -> &str {
    folder.strip_suffix('!').map_or(folder, without_extension)
}

/// The name of an archive without its extension, if it is a known one.
pub(super) fn without_extension(archive: &str) -> &str {
    let lower = archive.to_ascii_lowercase();
    let extension = ARCHIVES.iter().copied().find(|extension| lower.ends_with(extension));
    let end = archive.len() - extension.map_or(0, str::len);
    if end == 0 { archive } else { &archive[..end] }
}

/// The role of the machines in a grouping folder.
fn group(folder: &str) -> Option<Option<&'static str>> {
    GROUPS.iter().find(|(name, _)| name.eq_ignore_ascii_case(bare(folder))).map(|(_, role)| *role)
}

fn is_machine_folder(folder: &str) -> bool {
    MACHINE_FOLDERS.iter().any(|name| name.eq_ignore_ascii_case(bare(folder)))
}

/// Files that say nothing of a machine: what people and their tools leave in the root.
fn is_ignored(path: &str) -> bool {
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let lower = first.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or(path);
    let junk = name.eq_ignore_ascii_case("thumbs.db")
        || name == ".DS_Store"
        || lower == "__macosx"
        || lower.starts_with(".git");
    junk || rest.is_none() && (lower.starts_with("readme") || lower.ends_with(".md") || is_manifest(&lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files are told apart by name: `.log` and `.ini` are structured.
    fn check(paths: &[&str], manifest: Option<&str>, expected: &str) {
        let structured = |path: &str| path.ends_with(".log") || path.ends_with(".ini") || path.ends_with(".csv");
        let files: Vec<_> = paths.iter().map(|path| Placed { path, structured: structured(path) }).collect();
        let manifests: Vec<Manifest> = manifest.iter().map(|text| (MANIFEST.to_owned(), (*text).to_owned())).collect();
        let layout = place("B", &files, &manifests, true);
        let mut lines: Vec<String> = Vec::new();
        for place in &layout.places {
            let host = &layout.hosts[place.host];
            let role = host.role.as_deref().unwrap_or("-");
            lines.push(if place.skipped {
                format!("skipped {}", place.path)
            } else {
                format!("{} {role} {}", host.name, place.path)
            });
        }
        lines.extend(
            layout.problems.iter().map(|problem| format!("{:?} {}: {}", problem.severity, problem.file, problem.what)),
        );
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn one_machine() {
        check(&["pacman.log", "x/y.log"], None, "B - pacman.log\nB - x/y.log");
        check(&["ms/sms/logs/pacman.log", "sms.ini"], None, "B - ms/sms/logs/pacman.log\nB - sms.ini");
        check(&["C$/a.log", "WINNT/b.txt", "console.txt"], None, "B - C$/a.log\nB - WINNT/b.txt\nB - console.txt");
        check(&["logs.zip!/a.log", "sms.ini"], None, "B - logs.zip!/a.log\nB - sms.ini");
        check(&["notes.txt"], None, "B - notes.txt");
        check(&["README.txt", "a.log"], None, "skipped README.txt\nB - a.log");
    }

    #[test]
    fn folders_are_machines() {
        check(
            &["README.md", "WKS1/a.log", "WKS2/logs/a.log"],
            None,
            "skipped README.md\nWKS1 - a.log\nWKS2 - logs/a.log",
        );
        check(&["WKS1.zip!/a.log", "WKS2.tar.gz!/a.log"], None, "WKS1 - a.log\nWKS2 - a.log");
        check(
            &["Clients/WKS1/a.log", "Site-Servers/S/logs/b.log", "hosts/X/c.log", "jobs.csv", "note.txt"],
            None,
            "WKS1 client a.log\nS site-server logs/b.log\nX - c.log\nB - jobs.csv\nskipped note.txt\n\
             Note jobs.csv: in no host's folder; it is taken as evidence of `B`\n\
             Note note.txt: in no host's folder, and of no known format; it is skipped",
        );
    }

    #[test]
    fn the_manifest_rules() {
        let manifest = "bundle: 1\nhosts:\n  - name: A\n    path: x/a\n    role: client\n  - name: B2\n    path: X/a/inner\n  - name: C\n    path: c\n";
        check(
            &["bundle.yaml", "x/a/1.log", "x/a/inner/2.log", "jobs.csv"],
            Some(manifest),
            "skipped bundle.yaml\nA client 1.log\nB2 - 2.log\nB - jobs.csv\n\
             Note jobs.csv: of no host that the manifest lists; it is taken as evidence of `B`\n\
             Warning bundle.yaml: host `C` has no file under `c`; correct its `path`",
        );
    }

    #[test]
    fn a_host_may_be_packed_after_the_manifest_was_written() {
        let manifest = "bundle: 1\nhosts:\n  - name: A\n    path: clients/A\n";
        check(
            &["bundle.yml", "clients/A.zip!/logs/1.log", "clients/AB/2.log"],
            Some(manifest),
            "skipped bundle.yml\nA - logs/1.log\nB - clients/AB/2.log\n\
             Note clients/AB/2.log: of no host that the manifest lists; it is taken as evidence of `B`",
        );
    }

    #[test]
    fn a_bad_manifest_falls_back() {
        let manifests = [(MANIFEST.to_owned(), "bundle: 7\nhosts: []".to_owned())];
        let layout = place("B", &[Placed { path: "WKS1/a.log", structured: true }], &manifests, true);
        assert_eq!(layout.hosts[0].name, "WKS1");
        assert!(layout.problems[0].what.contains("write `bundle: 1`"));
    }

    /// Found by fuzzing: the first path is not the one that shows the wrapper.
    #[test]
    fn what_lies_beside_a_wrapper_does_not_count() {
        check(
            &["a.zip!/.git/x", "a.zip!/long-name-of-a-wrapper/clients/W1/a.log", "b.zip!/clients/W1/a.log"],
            None,
            "skipped .git/x\na/W1 client a.log\nb/W1 client a.log",
        );
    }

    #[test]
    fn wrappers_are_transparent() {
        assert_eq!(wrapper(&["site/clients/A/x", "site/bundle.yaml"], false), Some("site"));
        assert_eq!(wrapper(&["site/a.log", "__MACOSX/x"], true), Some("site"));
        assert_eq!(wrapper(&["WKS1/a.log"], false), None);
        assert_eq!(wrapper(&["clients/A/x"], true), None);
        assert_eq!(wrapper(&["logs/x"], true), None);
        assert_eq!(wrapper(&["site/a.log", "b.log"], true), None);
        assert_eq!(wrapper(&["site.zip!/bundle.yaml", "site.zip!/WKS1/a.log"], true), Some("site.zip!"));
        assert_eq!(wrapper(&["WKS1.zip!/a.log"], true), None);
    }
}
