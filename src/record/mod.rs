//! What is known of a product's articles without their rules: a record each, the fixes that the vendor's lists name, and
//! both together.
//!
//! [`Records`] are read from `articles.jsonl` and `fixes.csv` in the folder of the product's data. Neither the texts nor the
//! lists are complete, so [`Fixes`] takes both and says of every level where it stands and how sure it is.

mod builtin;
mod counts;
mod defect;
mod files;
mod fixes;
mod listed;

pub use counts::{Counts, LevelCount};
pub use defect::{Signs, signs};
pub use files::{Records, RecordsError};
pub use fixes::{FixedBy, Fixes, Source, Strength};
pub use listed::ListedFix;
