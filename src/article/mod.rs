//! Reads the text of one knowledge-base article, in any layout that copies of it come in, into the facts that it states.
//!
//! [`read`] takes bytes and gives an [`Article`]: what the article says of itself, in a form that a program can compare.
//! Sentences of the article are not kept; what is kept of its body are message strings of the product, rows of file
//! tables and ids. The module knows no product: names come from the article. Nothing here is sure to be true: what an
//! article says wrongly is said wrongly in its record, and what looks doubtful is listed in [`Article::warnings`].

mod applies;
mod excerpts;
mod files;
mod fixes;
mod footer;
mod header;
mod layout;
mod messages;
mod paragraphs;
mod record;
mod references;
mod sections;
mod status;
mod text;
mod words;

pub use layout::Layout;
pub use record::{Article, FileRow, FixedIn, Quote, Status, Unreadable, read};

/// What is longer is no article: the longest that is known has 400 KB.
pub const MAX_BYTES: usize = 1 << 20;
