//! The files of a folder or an archive one by one, as bytes: for whoever reads something else than evidence.
//!
//! Nothing is kept of a file, so the memory does not grow with their number. Archives are opened as those of bundles are,
//! inside of each other too and with the same limits.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::fact::{Problem, Severity};

use super::archive::{Allowance, Budget, Limits, Spot, Store, Visitor, Walk};
use super::bundle::{BundleError, enter, is_folder, open_regular, os_text};

/// Meets the files of an input.
pub trait FileVisitor {
    /// A file, by its path in the input. What is left unread of it is skipped.
    fn file(&mut self, path: &str, content: &mut dyn Read);
    /// Something that cannot be read.
    fn problem(&mut self, problem: Problem);
}

/// Meets the files of a folder in the order of their names, those of an archive in its own order, or the one file.
///
/// # Errors
/// If there is nothing that can be read. Whatever is wrong inside becomes a [`Problem`].
pub fn each_file(path: &Path, limits: &Limits, visitor: &mut dyn FileVisitor) -> Result<(), BundleError> {
    let unreadable = |source| BundleError::unreadable(path, source);
    if is_folder(path)? {
        Files::new(limits, visitor).folder(path);
        return Ok(());
    }
    let file = File::open(path).map_err(unreadable)?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), os_text);
    each_file_of(&name, file, limits, visitor).map_err(unreadable)
}

/// The same of an archive, or a single file, that is open already.
///
/// # Errors
/// If it cannot be read at all.
pub fn each_file_of(name: &str, file: File, limits: &Limits, visitor: &mut dyn FileVisitor) -> io::Result<()> {
    let store = Store::file(file)?;
    Files::new(limits, visitor).store(Spot { path: name, depth: 0, root: true, packed: false }, &store);
    Ok(())
}

/// A walk over all of an input.
struct Files<'a> {
    limits: &'a Limits,
    visitor: &'a mut dyn FileVisitor,
    /// What may still be unpacked.
    left: u64,
    /// How many files were met.
    met: u64,
    /// A limit has ended the walk.
    full: bool,
}

impl<'a> Files<'a> {
    fn new(limits: &'a Limits, visitor: &'a mut dyn FileVisitor) -> Self {
        Self { limits, visitor, left: limits.max_unpacked, met: 0, full: false }
    }

    /// However deep a folder is, the stack is not.
    fn folder(&mut self, root: &Path) {
        let mut open: Vec<(PathBuf, String, bool)> = Vec::new();
        enter(root, "", &mut open, &mut |problem| self.visitor.problem(problem));
        while let Some((file, path, is_folder)) = open.pop() {
            if self.full {
                return;
            }
            if is_folder {
                enter(&file, &path, &mut open, &mut |problem| self.visitor.problem(problem));
                continue;
            }
            match open_regular(&file) {
                Ok(store) => self.store(Spot { path: &path, depth: 0, root: false, packed: false }, &store),
                Err(error) => self.problem(&path, format!("cannot be read: {error}")),
            }
        }
    }

    fn store(&mut self, spot: Spot<'_>, store: &Store) {
        let allowance = Allowance::new(self.limits, self.left, store.len());
        let budget = Budget::new(allowance);
        let limits = self.limits;
        Walk::new(limits, self).stored(spot, store, &budget);
        self.left -= allowance.left - budget.left();
    }

    fn problem(&mut self, file: &str, what: String) {
        self.visitor.problem(Problem { file: file.to_owned(), line: None, what, severity: Severity::Error });
    }
}

impl Visitor for Files<'_> {
    fn file(&mut self, spot: Spot<'_>, _: Option<u64>, content: &mut dyn Read) -> bool {
        if self.met >= self.limits.max_entries {
            let most = self.limits.max_entries;
            self.problem(
                "",
                format!("the limit of {most} files is reached (`--max-entries {most}`); the others are left out"),
            );
            self.full = true;
            return false;
        }
        self.met += 1;
        self.visitor.file(spot.path, content);
        true
    }

    fn problem(&mut self, problem: Problem) {
        self.visitor.problem(problem);
    }

    fn damaged(&mut self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[derive(Default)]
    struct Met {
        files: Vec<String>,
        problems: Vec<String>,
    }

    impl FileVisitor for Met {
        fn file(&mut self, path: &str, content: &mut dyn Read) {
            let mut text = String::new();
            let _ = content.read_to_string(&mut text);
            self.files.push(format!("{path}={text}"));
        }

        fn problem(&mut self, problem: Problem) {
            self.problems.push(problem.what);
        }
    }

    fn gz(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).expect("a writable stream");
        encoder.finish().expect("a whole stream")
    }

    /// A folder with some files, met with these limits.
    fn met(name: &str, limits: &Limits) -> Met {
        let root = std::env::temp_dir().join(format!("servpack-files-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("b")).expect("a folder");
        for (path, content) in [("c.txt", b"3".to_vec()), ("a.txt", b"1".to_vec()), ("b/d.txt.gz", gz("2"))] {
            fs::write(root.join(path), content).expect("a file");
        }
        let mut met = Met::default();
        each_file(&root, limits, &mut met).expect("a folder");
        let mut one = Met::default();
        each_file(&root.join("c.txt"), limits, &mut one).expect("a file");
        assert_eq!(one.files, ["c.txt=3"]);
        assert!(each_file(&root.join("none"), limits, &mut one).is_err());
        fs::remove_dir_all(&root).expect("it is there");
        met
    }

    #[test]
    fn files_come_in_the_order_of_their_names() {
        let met = met("order", &Limits::default());
        assert_eq!(met.files, ["a.txt=1", "b/d.txt=2", "c.txt=3"]);
        assert!(met.problems.is_empty());
    }

    #[test]
    fn a_limit_ends_the_walk_and_is_told() {
        let met = met("limit", &Limits { max_entries: 2, ..Limits::default() });
        assert_eq!((met.files.len(), met.problems.len()), (2, 1));
    }
}
