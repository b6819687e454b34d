//! One scan plan for all rules: which records and facts to keep, and what to look for first.
//!
//! A [`Plan`] is built once, is never changed, and is shared by every scan.

mod logs;
mod meter;
mod queries;
mod sample;
mod texts;

pub(crate) use logs::current_name;
pub use logs::{LogTable, RowTable};
pub use meter::{Cost, Meter};
pub use queries::{Plan, build};
pub use texts::BundleSieves;
