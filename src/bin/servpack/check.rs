//! `servpack check`

use servpack::diag::Level;

use crate::args::{CheckArgs, Global};
use crate::engine;
use crate::failure::Failure;
use crate::output::{self, Target};

pub(crate) fn run(args: &CheckArgs, global: &Global) -> Result<u8, Failure> {
    let pack = engine::load(args.paths.is_empty(), &args.paths, None)?;
    output::diagnostics(&pack.diagnostics, &pack.sources, global);
    let errors = pack.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error).count();
    let warnings = pack.diagnostics.len() - errors;
    let count = |number: usize, one: &str| if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") };
    let line = format!(
        "{} checked: {}, {}\n",
        count(pack.rules.len(), "rule"),
        count(errors, "error"),
        count(warnings, "warning"),
    );
    Target::Stdout.text(&line)?;
    Ok(u8::from(errors > 0))
}
