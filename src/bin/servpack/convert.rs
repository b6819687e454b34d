//! `servpack convert`

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use servpack::diag::SourceMap;

use crate::args::{ConvertArgs, Global, To};
use crate::engine::{self, Spelling};
use crate::failure::Failure;
use crate::output::{self, Target};

pub(crate) fn run(args: ConvertArgs, global: &Global) -> Result<u8, Failure> {
    let to = match args.to {
        To::Yaml => Spelling::Yaml,
        To::Rule => Spelling::Dsl,
    };
    let mut sources = SourceMap::default();
    let mut files = Vec::new();
    if args.paths.is_empty() {
        files.push((sources.add("standard input", standard_input()?), other(to)));
    }
    for path in &args.paths {
        if path.as_os_str() == "-" {
            files.push((sources.add("standard input", standard_input()?), other(to)));
            continue;
        }
        for file in rule_files(path)? {
            let spelling = engine::spelling_of(&file).ok_or_else(|| {
                Failure::usage(format!("{} is no rule file", file.display()))
                    .hint("its name must end in .rule, .yaml or .yml")
            })?;
            let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
            files.push((sources.add(file.display().to_string(), text), spelling));
        }
    }
    let piped = args.paths.is_empty() || args.paths.iter().any(|path| path.as_os_str() == "-");
    let (mut rules, mut diagnostics) = (Vec::new(), Vec::new());
    for (file, spelling) in files {
        let (more, wrong) = engine::parse(file, &sources, spelling);
        rules.extend(more);
        diagnostics.extend(wrong);
    }
    output::diagnostics(&diagnostics, &sources, global);
    if engine::has_errors(&diagnostics) {
        // What could not be read would be missing from the result without a word.
        let failure = Failure::usage("the rules have errors, so nothing was converted");
        return Err(match (piped, to) {
            (false, _) => failure,
            (true, Spelling::Yaml) => failure.hint("standard input was read as the rule language"),
            (true, Spelling::Dsl) => failure.hint("standard input was read as YAML"),
        });
    }
    Target::new(args.output).text(&engine::print(&rules, to))?;
    Ok(0)
}

/// What is piped in is in the other spelling, or there would be nothing to convert.
fn other(to: Spelling) -> Spelling {
    match to {
        Spelling::Yaml => Spelling::Dsl,
        Spelling::Dsl => Spelling::Yaml,
    }
}

/// The file itself, or every rule file below the folder, in order of name.
fn rule_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(|error| unreadable(path, &error))?;
    let mut inside: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    inside.sort();
    let mut files = Vec::new();
    for path in inside {
        if path.is_dir() {
            files.extend(rule_files(&path)?);
        } else if engine::spelling_of(&path).is_some() {
            files.push(path);
        }
    }
    Ok(files)
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|error| unreadable(Path::new("standard input"), &error))?;
    Ok(text)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{} cannot be read: {error}", path.display()))
}
