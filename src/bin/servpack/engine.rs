//! The one place where the command line meets the engine: everything else here calls these few functions.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use servpack::audit::Planned;
use servpack::diag::{Diagnostic, FileId, Level, SourceMap};
use servpack::rule::Rule;

use crate::args::LimitArgs;
use crate::failure::Failure;

pub(crate) use servpack::audit::{Auditor, Gathered, Options as AuditOptions, Proofs};
pub(crate) use servpack::case::CaseResult;
pub(crate) use servpack::lang::{Spelling, ast};
pub(crate) use servpack::pack::{Cache, Pack};
pub(crate) use servpack::plan::Cost;
use servpack::scan::MemberScan;
pub(crate) use servpack::source::Limits;
use servpack::source::{self, FileVisitor, Opened};

/// Bundles that were opened.
pub(crate) type Bundles<'a> = Vec<Opened<MemberScan<'a>>>;

/// The rules, whatever is wrong with them; see [`Pack::diagnostics`]. Products that are built in are known in any case.
pub(crate) fn load(builtin: bool, rule_paths: &[PathBuf], cache: Option<&Cache>) -> Result<Pack, Failure> {
    Pack::load(builtin, rule_paths, cache).map_err(Failure::rules)
}

/// Adds what is known of articles without a rule.
pub(crate) fn learn(pack: &mut Pack) -> Result<(), Failure> {
    pack.learn().map_err(Failure::usage_of)
}

/// Whether the rules can be used.
pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
}

/// Only the rules that are wanted.
pub(crate) fn select(pack: Pack, keep: impl FnMut(&Rule) -> bool) -> Pack {
    pack.select(keep)
}

/// What is not given on the command line stays as is usual.
pub(crate) fn limits(args: &LimitArgs, usual: Limits) -> Limits {
    Limits {
        max_unpacked: args.max_unpacked.unwrap_or(usual.max_unpacked),
        max_ratio: args.max_ratio.unwrap_or(usual.max_ratio),
        max_entries: args.max_entries.unwrap_or(usual.max_entries),
        max_depth: args.max_depth.unwrap_or(usual.max_depth),
    }
}

/// Makes the rules ready.
pub(crate) fn auditor<'a>(pack: &'a Pack, options: &'a AuditOptions) -> Result<Auditor<'a>, Failure> {
    Auditor::new(pack, options).map_err(Failure::usage_of)
}

/// Opens the bundles; what is packed is read on the way.
pub(crate) fn open<'a>(auditor: &'a Auditor<'_>, paths: &[PathBuf], limits: &Limits) -> Result<Bundles<'a>, Failure> {
    let mut piped = false;
    let mut bundles = Vec::new();
    for path in paths {
        if path.as_os_str() != "-" {
            bundles.push(auditor.open(path, limits).map_err(Failure::unreadable)?);
        } else if piped {
            return Err(Failure::usage("standard input can be read only once: `-` is given twice"));
        } else {
            piped = true;
            let failed = |error| Failure::read("standard input cannot be read", error);
            // A machine without a name of its own is called after the file.
            let mut opened = auditor.open_file("stdin.tar", spool(limits)?, limits).map_err(failed)?;
            "-".clone_into(&mut opened.bundle.path);
            bundles.push(opened);
        }
    }
    Ok(bundles)
}

/// Meets the files of an input one by one; `-` is standard input.
pub(crate) fn each_file(path: &Path, limits: &Limits, visitor: &mut dyn FileVisitor) -> Result<(), Failure> {
    if path.as_os_str() != "-" {
        return source::each_file(path, limits, visitor).map_err(Failure::unreadable);
    }
    let failed = |error| Failure::read("standard input cannot be read", error);
    source::each_file_of("-", spool(limits)?, limits, visitor).map_err(failed)
}

/// Standard input in a file of its own, packed as it comes, since a bundle is read more than once.
fn spool(limits: &Limits) -> Result<fs::File, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        return Err(Failure::usage("`-` reads standard input, and nothing is piped in"));
    }
    let failed = |error| Failure::read("standard input cannot be read", error);
    let mut file = nameless_file().map_err(failed)?;
    let most = limits.max_unpacked;
    let copied = io::copy(&mut input.lock().take(most.saturating_add(1)), &mut file).map_err(failed)?;
    if copied > most {
        let what = format!("it is longer than {most} bytes (`--max-unpacked {most}`)");
        let failure = Failure::read("standard input cannot be read", io::Error::other(what));
        return Err(failure.hint("`--max-unpacked` sets the limit"));
    }
    Ok(file)
}

/// A new file that goes with the process, however that ends: it has no name any more when something is written into it.
fn nameless_file() -> io::Result<fs::File> {
    let path = std::env::temp_dir().join(format!("servpack-{}.stdin", std::process::id()));
    let mut options = fs::File::options();
    // Nobody else may have made it: what is in there would be taken for the bundle.
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Windows keeps the name until the file is closed, and takes it away then.
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, 0x0400_0000);
    let file = options.open(&path)?;
    #[cfg(unix)]
    fs::remove_file(&path)?;
    Ok(file)
}

/// Runs the tests that stand beside the rules.
pub(crate) fn run_cases(pack: &Pack) -> Result<Vec<CaseResult>, Failure> {
    let cases = pack.cases().map_err(Failure::rules)?;
    let planned = Arc::new(Planned::new(pack));
    Ok(cases.iter().flat_map(|case| servpack::case::run(&planned, &case.name, &case.text)).collect())
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
