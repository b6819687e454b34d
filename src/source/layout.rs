//! Which machine each file of a bundle is of.
//!
//! With a manifest, its word counts. Without one, sources right in the root make the bundle one machine; else each
//! first-level folder is one, but for the grouping folders (`clients`, …), which hold machines of a role, and for the
//! folders of a machine itself (`logs`, `winnt`, …), which make no machine each.

use crate::fact::{Problem, Severity};

use super::HostSpec;
use super::manifest::{self, StatedHost};

/// A file as the layout sees it.
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

/// Decides. `name` is that of the bundle, for a machine that has no folder of its own.
pub(super) fn place(name: &str, files: &[Placed<'_>], manifest: Option<&str>) -> Layout {
    let mut problems = Vec::new();
    if let Some(text) = manifest {
        match manifest::parse(text) {
            Ok((stated, faults)) => {
                let mut layout = by_manifest(name, files, stated);
                let faults = faults.into_iter().map(|what| Problem {
                    file: MANIFEST.to_owned(),
                    line: None,
                    what,
                    severity: Severity::Warning,
                });
                layout.problems.splice(0..0, faults);
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
    let mut layout = by_folders(name, files);
    layout.problems.splice(0..0, problems);
    layout
}

/// The folder that wraps everything else. In an archive it is there for tidiness; elsewhere it is a wrapper only if what
/// is in it looks like a bundle.
pub(super) fn wrapper<'a>(paths: &[&'a str], archive: bool) -> Option<&'a str> {
    let mut wrapper = None;
    let mut bundle_inside = false;
    for path in paths {
        let (folder, rest) = match path.split_once('/') {
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

fn by_manifest(name: &str, files: &[Placed<'_>], stated: Vec<StatedHost>) -> Layout {
    let (mut hosts, mut folders) = (Vec::new(), Vec::new());
    for host in stated {
        hosts.push(host.spec);
        folders.push(host.path);
    }
    let mut layout = Builder::new(name, hosts);
    let mut used = vec![false; folders.len()];
    for file in files {
        // The longest path wins: a host's folder may lie in that of another.
        let owner = folders
            .iter()
            .enumerate()
            .filter_map(|(host, folder)| Some((host, folder.len(), below(file.path, folder)?)))
            .max_by_key(|(host, length, _)| (*length, usize::MAX - host));
        match owner {
            _ if is_ignored(file.path) => layout.skip(file),
            Some((host, _, path)) => {
                used[host] = true;
                layout.put(host, path);
            }
            None => layout.stray(file, "of no host that the manifest lists"),
        }
    }
    for (host, used) in used.iter().enumerate() {
        if !used {
            let what =
                format!("host `{}` has no file under `{}`; correct its `path`", layout.hosts[host].name, folders[host]);
            layout.problem(MANIFEST, what, Severity::Warning);
        }
    }
    layout.end()
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
    /// The folder of each host that a folder made.
    folders: Vec<String>,
    own: Option<usize>,
    places: Vec<Place>,
    problems: Vec<Problem>,
}

impl<'a> Builder<'a> {
    fn new(name: &'a str, hosts: Vec<HostSpec>) -> Self {
        let folders = vec![String::new(); hosts.len()];
        Self { name, hosts, folders, own: None, places: Vec::new(), problems: Vec::new() }
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
        self.folders.push(String::new());
        *self.own.insert(self.hosts.len() - 1)
    }

    fn host(&mut self, folder: &str, name: &str, role: Option<&str>) -> usize {
        if let Some(host) = self.folders.iter().position(|known| known == folder) {
            return host;
        }
        let role = role.map(str::to_owned);
        self.hosts.push(HostSpec { role_stated: role.is_some(), role, ..HostSpec::named(name) });
        self.folders.push(folder.to_owned());
        self.hosts.len() - 1
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
const ARCHIVES: &[&str] = &[".tar.gz", ".tgz", ".tar", ".zip", ".gz"];

/// The name that a folder gives to a machine: an archive goes without its extension.
pub(super) fn bare(folder: &str) -> &str {
    let Some(archive) = folder.strip_suffix('!') else { return folder };
    let lower = archive.to_ascii_lowercase();
    let extension = ARCHIVES.iter().copied().find(|extension| lower.ends_with(extension));
    &archive[..archive.len() - extension.map_or(0, str::len)]
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

/// The path below a folder, in any letter case.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    let start = path.get(..folder.len())?;
    if !start.eq_ignore_ascii_case(folder) {
        return None;
    }
    match &path[folder.len()..] {
        // The host's path may name a single file.
        "" => path.rsplit('/').next(),
        rest => rest.strip_prefix("!/").or_else(|| rest.strip_prefix('/')).or_else(|| {
            // The folder was packed after the manifest was written.
            let (extension, rest) = rest.split_once("!/")?;
            ARCHIVES.iter().any(|known| known.eq_ignore_ascii_case(extension)).then_some(rest)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files are told apart by name: `.log` and `.ini` are structured.
    fn check(paths: &[&str], manifest: Option<&str>, expected: &str) {
        let structured = |path: &str| path.ends_with(".log") || path.ends_with(".ini") || path.ends_with(".csv");
        let files: Vec<_> = paths.iter().map(|path| Placed { path, structured: structured(path) }).collect();
        let layout = place("B", &files, manifest);
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
        let layout = place("B", &[Placed { path: "WKS1/a.log", structured: true }], Some("bundle: 7\nhosts: []"));
        assert_eq!(layout.hosts[0].name, "WKS1");
        assert!(layout.problems[0].what.contains("write `bundle: 1`"));
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
