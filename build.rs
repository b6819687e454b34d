//! Lists the rules and product data of this folder, so that the binary carries them, with digests of them and of what
//! decides how they are read. The records of articles are packed, since few commands ask for them.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    // Rules, their cases and product data; nothing else of these folders goes into the binary.
    let texts = files(&root, &["kb", "rules"], &["rule", "yaml", "case"])?;
    let mut list = String::from("const TEXTS: &[(&str, &str)] = &[\n");
    for (name, path) in &texts {
        let _ = writeln!(list, "    ({name:?}, include_str!({:?})),", path.to_string_lossy());
    }
    list.push_str("];\n");
    let rules: Vec<_> = texts.iter().filter(|(name, _)| !name.ends_with(".case")).cloned().collect();
    let products: Vec<_> = rules.iter().filter(|(name, _)| name.ends_with("/product.yaml")).cloned().collect();
    let mut code =
        files(&root, &["src", "grammar", "Cargo.toml", "Cargo.lock", "build.rs"], &["rs", "pest", "toml", "lock"])?;
    // The records are read by the code, and stand in no digest of rules.
    code.extend(files(&root, &["kb"], &["jsonl", "csv"])?);
    for (name, of) in [("RULES_DIGEST", rules), ("PRODUCTS_DIGEST", products), ("CODE_DIGEST", code)] {
        let _ = writeln!(list, "const {name}: [u8; 32] = {:?};", digest(&of)?);
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("builtin.rs"), list)?;
    fs::write(out.join("records.rs"), records(&root, &out)?)
}

/// The records of every product, packed: name, length and bytes of each file.
fn records(root: &Path, out: &Path) -> io::Result<String> {
    let mut list = String::from("const RECORDS: &[(&str, u64, &[u8])] = &[\n");
    let all = files(root, &["kb"], &["jsonl", "csv"])?;
    let wanted = |name: &str| name.ends_with("/articles.jsonl") || name.ends_with("/fixes.csv");
    for (name, path) in all.iter().filter(|(name, _)| wanted(name)) {
        let text = fs::read(path)?;
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&text)?;
        let file = out.join(name.replace('/', "-"));
        fs::write(&file, packed.finish()?)?;
        let _ = writeln!(list, "    ({name:?}, {}, include_bytes!({:?})),", text.len(), file.to_string_lossy());
    }
    list.push_str("];\n");
    Ok(list)
}

/// Over names and texts, each with its length before it; `pack` reckons the same over the texts of a user.
fn digest(files: &[(String, PathBuf)]) -> io::Result<[u8; 32]> {
    let mut digest = Sha256::new();
    for (name, path) in files {
        for bytes in [name.as_bytes(), &fs::read(path)?] {
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        }
    }
    Ok(digest.finalize().into())
}

/// The files of this kind in or below these places, in order, with their names as seen from the root.
fn files(root: &Path, places: &[&str], extensions: &[&str]) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for place in places {
        println!("cargo::rerun-if-changed={place}");
        let path = root.join(place);
        // A package from a registry may lack one, such as the lock file.
        if path.exists() {
            walk(&path, extensions, &mut found)?;
        }
    }
    found.sort();
    let name = |path: &PathBuf| path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    Ok(found.into_iter().map(|path| (name(&path), path)).collect())
}

fn walk(path: &Path, extensions: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        let extension = path.extension().and_then(|extension| extension.to_str());
        files.extend(extension.filter(|extension| extensions.contains(extension)).map(|_| path.to_owned()));
        return Ok(());
    }
    println!("cargo::rerun-if-changed={}", path.display());
    for entry in fs::read_dir(path)? {
        walk(&entry?.path(), extensions, files)?;
    }
    Ok(())
}
