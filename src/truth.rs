//! Three-valued logic: every question to a bundle is answered true, false or unknown.
//!
//! The connectives are strong Kleene logic: `and` is the minimum, `or` the maximum, and `not` mirrors. An unknown
//! that cannot change the outcome disappears; one that can, stays.

use std::ops::Not;

/// An answer. The order is the order of the logic: `False < Unknown < True`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// The evidence is there and speaks against it.
    False,
    /// The evidence that would decide it is not there.
    Unknown,
    /// The evidence is there and shows it.
    True,
}

impl Truth {
    /// True only if both are; false as soon as one is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// True as soon as one is; false only if both are.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// `and` over many; true for none.
    pub fn all(of: impl IntoIterator<Item = Self>) -> Self {
        of.into_iter().fold(Self::True, Self::and)
    }

    /// `or` over many; false for none.
    pub fn any(of: impl IntoIterator<Item = Self>) -> Self {
        of.into_iter().fold(Self::False, Self::or)
    }

    /// What may be said when only one of these answers is right and nobody knows which: their common value, or unknown.
    pub fn agreed(of: impl IntoIterator<Item = Self>) -> Self {
        let mut of = of.into_iter();
        let Some(first) = of.next() else { return Self::Unknown };
        if of.all(|other| other == first) { first } else { Self::Unknown }
    }

    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::True => "true",
        }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(certain: bool) -> Self {
        if certain { Self::True } else { Self::False }
    }
}
