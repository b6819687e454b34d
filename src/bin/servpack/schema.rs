//! `servpack schema`

use servpack::report::json::{matrix_schema, report_schema};

use crate::args::{SchemaArgs, SchemaOf};
use crate::engine;
use crate::failure::Failure;
use crate::output::Target;

pub(crate) fn run(args: &SchemaArgs) -> Result<u8, Failure> {
    let text = match args.of {
        SchemaOf::Report => format!("{:#}\n", report_schema()),
        SchemaOf::Matrix => format!("{:#}\n", matrix_schema()),
        SchemaOf::Rule => engine::rule_schema(),
    };
    Target::Stdout.text(&text)?;
    Ok(0)
}
