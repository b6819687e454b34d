//! The one integration-test binary.

mod asking;
mod cache;
mod cases;
mod cli;
mod decision;
mod docs;
mod evidence;
mod excerpts;
mod fuzz;
mod hostile;
mod import;
mod jobs;
mod known;
mod laws;
mod limits;
mod neighbours;
mod plan;
mod records;
mod sequences;
mod skim;
mod spellings;
mod tidy;
mod time;
