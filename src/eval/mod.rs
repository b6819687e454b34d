//! Conditions to answers, answers to findings.
//!
//! [`ask`] asks rules of a host. It reads the evidence that the scan kept, resolves each host's levels
//! first, and never looks at a file.

mod because;
mod clock;
mod condition;
mod finding;
mod here;
mod levels;
mod machine;
mod sequence;
mod tally;
mod texts;

pub use crate::predicate::Neighbours;
pub use finding::{ask, ask_known};
pub use here::Inputs;
pub use levels::{StatedLevel, resolve};
pub use machine::{count_known, machine};
pub use texts::AllTexts;

/// How many records one clause may look at on one host.
const EFFORT: u64 = 10_000_000;
