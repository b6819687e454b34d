//! The levels of one product, their partial order, and sets of them that evidence leaves possible.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::truth::Truth;

/// One level of a product: an index into its [`Lattice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Level(usize);

/// A level as the product's data states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelSpec {
    /// How it is written: `1.2 SP3`.
    pub name: String,
    /// The release it belongs to: `1.2`. A release names itself.
    pub release: String,
    /// The levels that came right before it.
    pub after: Vec<String>,
    /// Whether it holds everything that the levels before it fixed.
    pub cumulative: bool,
    /// Other spellings.
    pub aliases: Vec<String>,
}

/// All levels of a product with their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<LevelSpec>", into = "Vec<LevelSpec>")]
pub struct Lattice {
    specs: Vec<LevelSpec>,
    /// Every name and alias as [`fold`] writes it.
    names: BTreeMap<String, Level>,
    /// `before[b]` holds every level that is at or before `b`.
    before: Vec<BTreeSet<Level>>,
    /// `holds[b]` holds every level whose fixes are certainly in `b`.
    holds: Vec<BTreeSet<Level>>,
}

/// What can be wrong with a list of levels.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LatticeError {
    /// Two levels share a name or an alias.
    #[error("level `{0}` is listed twice")]
    Twice(String),
    /// A level comes after one that is not listed before it, so there could be a circle.
    #[error("level `{level}` comes after `{after}`, which is not listed above it")]
    After {
        /// The level.
        level: String,
        /// What it names.
        after: String,
    },
    /// A level belongs to a release that is not listed.
    #[error("level `{level}` belongs to release `{release}`, which is not listed")]
    Release {
        /// The level.
        level: String,
        /// What it names.
        release: String,
    },
    /// There is no level at all.
    #[error("a product needs at least one level")]
    Empty,
}

impl Lattice {
    /// Builds the order. Each level may only follow levels above it in the list, so there is no circle to look for.
    ///
    /// # Errors
    /// The first fault of the list.
    pub fn new(specs: Vec<LevelSpec>) -> Result<Self, LatticeError> {
        if specs.is_empty() {
            return Err(LatticeError::Empty);
        }
        let mut lattice = Self { specs: Vec::new(), names: BTreeMap::new(), before: Vec::new(), holds: Vec::new() };
        for spec in specs {
            for name in std::iter::once(&spec.name).chain(&spec.aliases) {
                if lattice.parse(name).is_some() {
                    return Err(LatticeError::Twice(name.clone()));
                }
            }
            let this = Level(lattice.specs.len());
            let mut before = BTreeSet::from([this]);
            let mut holds = BTreeSet::from([this]);
            for after in &spec.after {
                let Some(earlier) = lattice.parse(after) else {
                    return Err(LatticeError::After { level: spec.name.clone(), after: after.clone() });
                };
                before.extend(&lattice.before[earlier.0]);
                if spec.cumulative {
                    holds.extend(&lattice.holds[earlier.0]);
                }
            }
            if spec.release != spec.name && lattice.parse(&spec.release).is_none() {
                return Err(LatticeError::Release { level: spec.name.clone(), release: spec.release.clone() });
            }
            let names = std::iter::once(&spec.name).chain(&spec.aliases).map(|name| fold(name));
            lattice.names.extend(names.filter(|name| !name.is_empty()).map(|name| (name, this)));
            lattice.specs.push(spec);
            lattice.before.push(before);
            lattice.holds.push(holds);
        }
        Ok(lattice)
    }

    /// The level with this name or alias, in any case and spacing: `1.2 SP3`, `1.2sp3`, `1.2 Service Pack 3`.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<Level> {
        self.names.get(&fold(text)).copied()
    }

    /// Whether this is one of the product's levels.
    #[must_use]
    pub fn has(&self, level: Level) -> bool {
        level.0 < self.specs.len()
    }

    /// How the level is written.
    #[must_use]
    pub fn name(&self, level: Level) -> &str {
        &self.specs[level.0].name
    }

    /// The name of the release that the level belongs to.
    #[must_use]
    pub fn release(&self, level: Level) -> &str {
        &self.specs[level.0].release
    }

    /// Every level, earliest first.
    pub fn levels(&self) -> impl DoubleEndedIterator<Item = Level> + '_ {
        (0..self.specs.len()).map(Level)
    }

    /// Every level of one release, the release itself first.
    pub fn of_release<'a>(&'a self, release: &'a str) -> impl Iterator<Item = Level> + 'a {
        self.levels().filter(move |&level| self.release(level) == release)
    }

    /// Whether `earlier` is at or before `later` in the product's order.
    #[must_use]
    pub fn at_most(&self, earlier: Level, later: Level) -> bool {
        self.before[later.0].contains(&earlier)
    }

    /// Whether `installed` holds what `fix` fixed. Later without being cumulative means that nobody knows.
    #[must_use]
    pub fn includes(&self, installed: Level, fix: Level) -> Truth {
        if self.holds[installed.0].contains(&fix) {
            Truth::True
        } else if self.at_most(fix, installed) {
            Truth::Unknown
        } else {
            Truth::False
        }
    }
}

/// The order follows from the list, so the list is all that is stored.
impl TryFrom<Vec<LevelSpec>> for Lattice {
    type Error = LatticeError;

    fn try_from(specs: Vec<LevelSpec>) -> Result<Self, LatticeError> {
        Self::new(specs)
    }
}

impl From<Lattice> for Vec<LevelSpec> {
    fn from(lattice: Lattice) -> Self {
        lattice.specs
    }
}

/// Names are compared without case, blanks and long words.
fn fold(text: &str) -> String {
    let lower = text.to_lowercase().replace("service pack", "sp");
    lower.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The levels that the evidence of one machine leaves possible: never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    possible: BTreeSet<Level>,
}

impl Installed {
    /// Exactly this level.
    #[must_use]
    pub fn exactly(level: Level) -> Self {
        Self { possible: BTreeSet::from([level]) }
    }

    /// One of these; `None` if there are none.
    pub fn one_of(levels: impl IntoIterator<Item = Level>) -> Option<Self> {
        let possible: BTreeSet<Level> = levels.into_iter().collect();
        (!possible.is_empty()).then_some(Self { possible })
    }

    /// Nothing is known: any level of the product.
    #[must_use]
    pub fn anything(lattice: &Lattice) -> Self {
        Self { possible: lattice.levels().collect() }
    }

    /// What both witnesses allow; `None` if they contradict each other.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Option<Self> {
        Self::one_of(self.possible.intersection(&other.possible).copied())
    }

    /// What either witness allows.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self { possible: self.possible.union(&other.possible).copied().collect() }
    }

    /// The levels that are possible, earliest first.
    pub fn possible(&self) -> impl Iterator<Item = Level> + '_ {
        self.possible.iter().copied()
    }

    /// The one level, if only one is possible.
    #[must_use]
    pub fn certain(&self) -> Option<Level> {
        if self.possible.len() == 1 { self.possible.first().copied() } else { None }
    }

    /// The level that is at or before every possible one, if there is such a one among them.
    #[must_use]
    pub fn at_least(&self, lattice: &Lattice) -> Option<Level> {
        self.possible().find(|&low| self.possible().all(|other| lattice.at_most(low, other)))
    }

    /// The level that every possible one is at or before, if there is such a one among them.
    #[must_use]
    pub fn at_most(&self, lattice: &Lattice) -> Option<Level> {
        self.possible().find(|&high| self.possible().all(|other| lattice.at_most(other, high)))
    }

    /// The answer that all possible levels agree on.
    pub fn agreed(&self, ask: impl Fn(Level) -> Truth) -> Truth {
        Truth::agreed(self.possible().map(ask))
    }
}
