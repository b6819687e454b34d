//! Every reader and every container has its fuzz target and its seeds: `INSTA_UPDATE=always` writes the targets.

use std::fs;
use std::path::{Path, PathBuf};

use servpack::source::READERS;

/// The containers, by the extension that their target is named after, and the samples that are seeds for it.
const CONTAINERS: &[&str] = &["7z", "bz2", "cab", "gz", "tar", "xz", "zip", "zst"];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Names of targets, each with the function of `fuzz/src/lib.rs` that runs it.
fn targets() -> Vec<(String, &'static str)> {
    let mut targets = vec![("article".to_owned(), "article"), ("audit".to_owned(), "audit")];
    targets.extend(CONTAINERS.iter().map(|extension| (format!("container-{extension}"), "container")));
    targets.extend(READERS.iter().map(|reader| (format!("reader-{}", reader.name()), "reader")));
    targets.sort();
    targets
}

#[test]
fn every_target_is_declared_and_has_its_program() {
    let manifest_path = fuzz().join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest_path).expect("a manifest");
    let own = manifest.split("\n[[bin]]").next().unwrap_or_default();
    let bins: String = targets()
        .iter()
        .map(|(name, _)| format!("\n[[bin]]\nname = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\ntest = false\n"))
        .collect();
    let mut files = vec![(manifest_path, format!("{}\n{bins}", own.trim_end()))];
    files.extend(targets().iter().map(|(name, run)| {
        let program = format!("#![no_main]\n\nservpack_fuzz::target!(servpack_fuzz::{run});\n");
        (fuzz().join("fuzz_targets").join(format!("{name}.rs")), program)
    }));
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always");
    for (path, wanted) in files {
        if update {
            fs::write(&path, &wanted).expect("it can be written");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == wanted, "{} is not up to date: INSTA_UPDATE=always cargo test", path.display());
    }
    let programs = fs::read_dir(fuzz().join("fuzz_targets")).expect("a folder").count();
    assert_eq!(programs, targets().len(), "a program in fuzz/fuzz_targets is of no target");
}

#[test]
fn every_target_has_seeds_and_the_corpus_is_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in targets() {
        let seeds = match name.strip_prefix("reader-") {
            Some(reader) => root.join("tests/data/readers").join(reader),
            None => fuzz().join("corpus").join(&name),
        };
        let count = fs::read_dir(&seeds).map_or(0, Iterator::count);
        assert!(count > 0, "`{name}` has no seeds in {}", seeds.display());
    }
    assert!(size(&fuzz().join("corpus")) < 1 << 20, "the corpus is checked in, and has to stay below 1 MiB");
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| if entry.path().is_dir() { size(&entry.path()) } else { entry.metadata().map_or(0, |m| m.len()) })
        .sum()
}
