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
    let mut files = Vec::new();
    if path.is_dir() {
        walk(path, &mut files)?;
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let mut read = Vec::new();
    for file in files {
        let bytes = fs::read(&file).map_err(|source| PackError::Read { path: file.clone(), source })?;
        read.push(PackFile {
            name: file.to_string_lossy().into_owned(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        });
    }
    if read.is_empty() {
        return Err(PackError::Empty(path.to_owned()));
    }
    Ok(read)
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
        } else if kind.is_file()
            && matches!(path.extension().and_then(|e| e.to_str()), Some("rule" | "yaml" | "yml" | "case"))
        {
            files.push(path);
        }
    }
    Ok(())
}
