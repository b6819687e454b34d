//! servpack: a knowledge-base rules engine and fix checker.
//!
//! The stages, lowest first, are the modules below; ARCHITECTURE.md draws how they hang together.

pub mod fact;
pub mod kb;
pub mod source;
pub mod truth;
pub mod version;
