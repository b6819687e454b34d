//! The names of predicates. A call out of the cache gets its name from here, since the registry stands above this module.

use serde::de::{Deserialize, Deserializer, Error};

/// The name of a predicate: one of [`PREDICATE_NAMES`].
pub type PredicateName = &'static str;

/// The names of all predicates, sorted, as in the registry; `tests/it/cache.rs` compares the two.
pub const PREDICATE_NAMES: &[PredicateName] =
    &["event", "file", "ini", "level", "log", "mif", "record", "registry", "role", "service", "text"];

/// Reads the name of a predicate.
pub(super) fn predicate<'de, D: Deserializer<'de>>(from: D) -> Result<PredicateName, D::Error> {
    let name = <&str>::deserialize(from)?;
    let known = PREDICATE_NAMES.iter().find(|known| **known == name);
    known.copied().ok_or_else(|| D::Error::custom("no predicate has this name"))
}
