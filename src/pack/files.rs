//! Finds the files of a pack.

use std::fs;
use std::path::{Path, PathBuf};

use super::PackError;

/// One text of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// Its path, as the user gave it.
    pub name: String,
    /// All of it.
    pub text: String,
}

impl PackFile {
    /// Cases stand beside their rules.
    pub(super) fn is_case(&self) -> bool {
        self.name.ends_with(".case")
    }

    /// Product data is known by its name.
    pub(super) fn is_product(&self) -> bool {
        let name = self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name);
        name == "product.yaml"
    }
}

/// The rules, cases and products in a file or below a folder, in order of path.
///
/// # Errors
/// A path that cannot be read, or a folder without any of them.
pub fn collect(path: &Path) -> Result<Vec<PackFile>, PackError> {
    find(path)?.iter().filter(|file| folder_of_records(file).is_none()).map(|file| read(file)).collect()
}

/// The files that [`collect`] reads, and those with records.
pub(super) fn find(path: &Path) -> Result<Vec<PathBuf>, PackError> {
    let mut files = Vec::new();
    if path.is_dir() {
        walk(path, &mut files)?;
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    if files.is_empty() {
        return Err(PackError::Empty(path.to_owned()));
    }
    Ok(files)
}

/// Reads one of them.
pub(super) fn read(file: &Path) -> Result<PackFile, PackError> {
    let bytes = fs::read(file).map_err(|source| PackError::Read { path: file.to_owned(), source })?;
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(PackFile { name: file.to_string_lossy().into_owned(), text })
}

/// Cases stand beside their rules, and only `test` reads them.
pub(super) fn is_case(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "case")
}

/// The folder of a product's records, if this is one of their files.
pub(super) fn folder_of_records(file: &Path) -> Option<PathBuf> {
    let folder = file.parent().filter(|_| file.file_name().is_some_and(|name| name == crate::record::ARTICLES))?;
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), PackError> {
    let failed = |source| PackError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A link could lead in a circle; what it leads to can be named on its own.
        let kind = entry.file_type().map_err(failed)?;
        let path = entry.path();
        if kind.is_dir() {
            walk(&path, files)?;
        } else if kind.is_file() {
            let is_text = matches!(path.extension().and_then(|e| e.to_str()), Some("rule" | "yaml" | "yml" | "case"));
            files.extend((is_text || folder_of_records(&path).is_some()).then_some(path));
        }
    }
    Ok(())
}
