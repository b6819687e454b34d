//! Product levels: releases with their service packs, their order, and what an interval of them says about a fix.
//!
//! A [`Lattice`] is one product's levels, as its data lists them. A [`Level`] is an index into it. [`Installed`] is
//! what is known of one machine: every level that its evidence leaves possible. Questions about an installed level
//! are asked of each possible one, and only an answer that all of them give is certain.

mod file;
mod lattice;
mod range;

pub use file::compare_versions;
pub use lattice::{Installed, Lattice, LatticeError, Level, LevelSpec};
pub use range::{FixTarget, Range, affects, fixed};
