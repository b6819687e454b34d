//! `servpack test`

use std::fmt::Write as _;

use servpack::report::safe;

use crate::args::{Global, TestArgs};
use crate::engine;
use crate::failure::Failure;
use crate::output::Target;
use crate::settings;

pub(crate) fn run(args: &TestArgs, global: &Global) -> Result<u8, Failure> {
    let builtin = args.paths.is_empty();
    let rules = crate::args::RuleArgs { rules: args.paths.clone(), no_builtin: !builtin };
    let pack = settings::rules(&rules, None, global)?;
    let cases = engine::run_cases(&pack)?;
    if cases.is_empty() {
        return Err(Failure::usage("no test was found").hint("a test is a `.case` file beside its rule"));
    }
    let mut text = String::new();
    for case in &cases {
        let line = format!("{}:{}: {}", safe(&case.file), case.line, safe(&case.name));
        // Writing to a string cannot fail.
        if !case.failures.is_empty() {
            let _ = writeln!(text, "FAILED {line}");
            for line in &case.failures {
                let _ = writeln!(text, "    {}", safe(line));
            }
        } else if global.verbose {
            let _ = writeln!(text, "ok     {line}");
        }
    }
    let failed = cases.iter().filter(|case| !case.failures.is_empty()).count();
    let _ = writeln!(text, "{} passed, {failed} failed", cases.len() - failed);
    Target::Stdout.text(&text)?;
    Ok(u8::from(failed > 0))
}
