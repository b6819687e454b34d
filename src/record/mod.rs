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
mod rules;

pub use counts::{Counts, LevelCount};
pub use defect::{Signs, signs};
pub(crate) use files::ARTICLES;
pub use files::{Records, RecordsError};
pub use fixes::{FixedBy, Fixes, Source, Strength};
pub use listed::ListedFix;

/// The record of an article about which nothing is known.
#[cfg(test)]
fn blank(id: &str) -> crate::article::Article {
    let record = format!(
        r#"{{"id":"{id}","title":"","layout":"txt","products":[],"versions":{{}},"platforms":[],"keywords":[],"technology":[],"issue_type":null,"solution_type":null,"query_words":[],"last_modified":null,"applies_to":[],"sections":[],"confirmed":false,"status":null,"fixed_in":[],"files":[],"messages":[],"references":[],"warnings":[]}}"#
    );
    serde_json::from_str(&record).expect("a record")
}
