//! One scan plan for all rules: which records and facts to keep, and what to look for first.
//!
//! A [`Plan`] is built once, is never changed, and is shared by every scan.

mod literal;
mod logs;
mod queries;

pub(crate) use logs::current_name;
pub use logs::{LogTable, RowTable};
pub use queries::{Plan, build};
