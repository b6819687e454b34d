//! servpack: a knowledge-base rules engine and fix checker.
//!
//! The stages, lowest first, are the modules below; ARCHITECTURE.md draws how they hang together.

pub mod article;
pub mod audit;
pub mod case;
pub mod diag;
pub mod draft;
pub mod eval;
pub mod fact;
pub mod kb;
pub mod lang;
pub mod pack;
pub mod plan;
pub mod predicate;
pub mod record;
pub mod report;
pub mod rule;
pub mod scan;
pub mod source;
pub mod sweep;
pub mod truth;
pub mod verdict;
pub mod version;
