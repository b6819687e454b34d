//! The command line of servpack: arguments in, exit code out. It sees only what the library makes public.

mod args;
mod audit;
mod check;
mod convert;
mod engine;
mod explain;
mod failure;
mod import;
mod kb;
mod matrix;
mod output;
mod profile;
mod schema;
mod settings;
mod test;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The message of a panic may quote what a stranger wrote.
    std::panic::set_hook(Box::new(output::defect));
    let Cli { global, command } = Cli::parse();
    let result = match command {
        Command::Audit(args) => audit::run(args, &global),
        Command::Matrix(args) => matrix::run(args, &global),
        Command::Explain(args) => explain::run(&args, &global),
        Command::Check(args) => check::run(&args, &global),
        Command::Test(args) => test::run(&args, &global),
        Command::Convert(args) => convert::run(args, &global),
        Command::Import(args) => import::run(args, &global),
        Command::Kb(args) => kb::run(args, &global),
        Command::Schema(args) => schema::run(&args),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            output::failure(&failure, &global);
            ExitCode::from(failure.exit_code())
        }
    }
}
