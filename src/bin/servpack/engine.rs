//! The one place where the command line meets the engine: everything else here calls these few functions.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use servpack::diag::{Diagnostic, FileId, Level, SourceMap};
use servpack::rule::Rule;
use servpack::source::Bundle;
use servpack::verdict::Assessment;

use crate::failure::Failure;

pub(crate) use servpack::audit::Options as AuditOptions;
pub(crate) use servpack::case::CaseResult;
pub(crate) use servpack::lang::{Spelling, ast};
pub(crate) use servpack::pack::Pack;
pub(crate) use servpack::source::Limits;

/// The rules, whatever is wrong with them; see [`Pack::diagnostics`]. Products that are built in are known in any case.
pub(crate) fn load(builtin: bool, rule_paths: &[PathBuf]) -> Result<Pack, Failure> {
    if builtin && rule_paths.is_empty() {
        return Ok(Pack::builtin());
    }
    Pack::load(builtin, rule_paths).map_err(Failure::rules)
}

/// Whether the rules can be used.
pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
}

/// Only the rules that are wanted.
pub(crate) fn select(pack: Pack, keep: impl FnMut(&Rule) -> bool) -> Pack {
    pack.select(keep)
}

/// What is not given on the command line stays as the library has it.
pub(crate) fn limits(unpacked: Option<u64>, ratio: Option<u64>, entries: Option<u64>, depth: Option<u32>) -> Limits {
    let mut limits = Limits::default();
    limits.max_unpacked = unpacked.unwrap_or(limits.max_unpacked);
    limits.max_ratio = ratio.unwrap_or(limits.max_ratio);
    limits.max_entries = entries.unwrap_or(limits.max_entries);
    limits.max_depth = depth.unwrap_or(limits.max_depth);
    limits
}

/// Opens the bundles and asks the rules.
pub(crate) fn audit(
    pack: &Pack,
    paths: &[PathBuf],
    limits: &Limits,
    options: &AuditOptions,
) -> Result<Assessment, Failure> {
    let mut spool = None;
    let mut bundles = Vec::new();
    for path in paths {
        if path.as_os_str() != "-" {
            bundles.push(Bundle::open(path, limits).map_err(Failure::unreadable)?);
        } else if spool.is_none() {
            let spooled = spool.insert(Spool::standard_input(limits)?);
            let mut bundle = Bundle::open(&spooled.file, limits).map_err(Failure::unreadable)?;
            "-".clone_into(&mut bundle.path);
            bundles.push(bundle);
        } else {
            return Err(Failure::usage("standard input can be read only once: `-` is given twice"));
        }
    }
    servpack::audit::audit(pack, &bundles, options).map_err(Failure::usage_of)
}

/// Standard input in a file of its own, since a bundle is read more than once. It goes with this value.
struct Spool {
    folder: PathBuf,
    file: PathBuf,
}

impl Spool {
    fn standard_input(limits: &Limits) -> Result<Self, Failure> {
        let input = io::stdin();
        if input.is_terminal() {
            return Err(Failure::usage("`-` reads an archive from standard input, and nothing is piped in"));
        }
        let failed = |error| Failure::read("standard input cannot be read", error);
        let folder = std::env::temp_dir().join(format!("servpack-{}", std::process::id()));
        // Nobody else may have made it: what is in there would be taken for the bundle.
        fs::create_dir(&folder).map_err(failed)?;
        // A machine without a name of its own is called after the file.
        let spool = Self { file: folder.join("stdin.tar"), folder };
        let mut file = fs::File::create_new(&spool.file).map_err(failed)?;
        let most = limits.max_unpacked;
        let copied = io::copy(&mut input.lock().take(most.saturating_add(1)), &mut file).map_err(failed)?;
        if copied > most {
            let failure = Failure::read("standard input cannot be read", io::Error::other("it is too large"));
            return Err(failure.hint("`--max-unpacked` sets the limit"));
        }
        Ok(spool)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, which clears its temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Runs the tests that stand beside the rules.
pub(crate) fn run_cases(pack: &Pack) -> Vec<CaseResult> {
    pack.cases.iter().flat_map(|(file, text)| servpack::case::run(pack, file, text)).collect()
}

/// Reads one rule file without resolving its names.
pub(crate) fn parse(file: FileId, sources: &SourceMap, spelling: Spelling) -> (Vec<ast::Rule>, Vec<Diagnostic>) {
    let parsed = servpack::lang::parse(file, sources, spelling);
    (parsed.rules, parsed.diagnostics)
}

/// Writes rules.
pub(crate) fn print(rules: &[ast::Rule], spelling: Spelling) -> String {
    servpack::lang::print(rules, spelling)
}

/// How a rule file is written, by its name.
pub(crate) fn spelling_of(path: &Path) -> Option<Spelling> {
    Spelling::of_file(path.file_name()?.to_str()?)
}

/// The JSON Schema of rules in YAML.
pub(crate) fn rule_schema() -> String {
    format!(
        "{:#}
",
        servpack::lang::schema()
    )
}
