//! servpack: a knowledge-base rules engine and fix checker.
//!
//! The stages, lowest first, are the modules below; ARCHITECTURE.md draws how they hang together.

pub mod diag;
#[doc(hidden)]
pub mod engine_stub;
pub mod fact;
pub mod kb;
pub mod predicate;
pub mod report;
pub mod rule;
pub mod truth;
pub mod verdict;
pub mod version;
