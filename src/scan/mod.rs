//! Runs a plan over the stream of events and facts, and keeps what some rule asked about.
//!
//! A [`MemberScan`] is the sink of one file; [`merge`] joins the files of a host. What is kept is bounded by the
//! rules, not by the logs: every text is cut, and every query keeps a bounded number of records and says when it
//! found more.

mod member;
mod merge;
mod runs;

pub use member::MemberScan;
pub use merge::{HostSeed, Part, merge};

/// How many records a query keeps of one file: the first ones and the last ones.
pub const KEPT_PER_QUERY: usize = 10_000;

/// How many records all queries together keep of one file before each of them has to keep fewer.
pub const KEPT_PER_FILE: usize = 20_000;

/// How many a query keeps of one file in any case.
const KEPT_AT_LEAST: usize = 8;

/// How many bytes of a record's text are kept.
const KEPT_TEXT: usize = 2_048;
