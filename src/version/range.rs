//! The levels that an article states as affected, and whether a level holds one of its fixes.

use serde::{Deserialize, Serialize};

use crate::truth::Truth;

use super::lattice::{Installed, Lattice, Level};

/// One entry of an article's list of affected levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    /// A release with all its packs, as an article means it that says `1.2`. For a pack: that pack alone.
    Named(Level),
    /// `1.0..1.1`, both ends included. A release as the upper end stands for its last pack too.
    Between(Level, Level),
    /// `< 1.2 SP3`
    Below(Level),
    /// `<= 1.2 SP3`
    UpTo(Level),
    /// `> 1.2`
    Above(Level),
    /// `>= 1.2`
    From(Level),
    /// `= 1.2`: the release without any pack.
    Only(Level),
}

impl Range {
    /// Whether the range holds this level.
    #[must_use]
    pub fn contains(&self, lattice: &Lattice, level: Level) -> bool {
        let at_most = |earlier, later| not_after(lattice, earlier, later);
        let is_release = |named| lattice.name(named) == lattice.release(named);
        let same_release = |named| is_release(named) && lattice.release(level) == lattice.release(named);
        match *self {
            Self::Named(named) => level == named || same_release(named),
            Self::Only(named) => level == named,
            Self::Between(low, high) => at_most(low, level) && (at_most(level, high) || same_release(high)),
            Self::Below(high) => at_most(level, high) && level != high,
            Self::UpTo(high) => at_most(level, high),
            Self::Above(low) => at_most(low, level) && level != low,
            Self::From(low) => at_most(low, level),
        }
    }

    /// The levels that it names.
    pub fn levels(&self) -> impl Iterator<Item = Level> {
        let named = match *self {
            Self::Between(low, high) => [Some(low), Some(high)],
            Self::Named(level)
            | Self::Below(level)
            | Self::UpTo(level)
            | Self::Above(level)
            | Self::From(level)
            | Self::Only(level) => [Some(level), None],
        };
        named.into_iter().flatten()
    }

    /// How a person writes it.
    #[must_use]
    pub fn text(&self, lattice: &Lattice) -> String {
        let name = |level| lattice.name(level);
        match *self {
            Self::Named(level) => name(level).to_owned(),
            Self::Only(level) => format!("= {}", name(level)),
            Self::Between(low, high) => format!("{}..{}", name(low), name(high)),
            Self::Below(level) => format!("< {}", name(level)),
            Self::UpTo(level) => format!("<= {}", name(level)),
            Self::Above(level) => format!("> {}", name(level)),
            Self::From(level) => format!(">= {}", name(level)),
        }
    }
}

/// Whether `earlier` is at or before `later`, as people count. A late pack of an old release is no ancestor of the next
/// release, and still older than it: 3.0 SP1 lies between 3.0 and 4.0 although 4.0 came out first.
fn not_after(lattice: &Lattice, earlier: Level, later: Level) -> bool {
    let release = |level| lattice.parse(lattice.release(level)).unwrap_or(level);
    let (old, new) = (release(earlier), release(later));
    lattice.at_most(earlier, later) || old != new && lattice.at_most(old, new) && !lattice.at_most(later, earlier)
}

/// A level that an article says it is fixed in.
pub type FixTarget = Level;

/// Whether the installed level is one that the article states.
#[must_use]
pub fn affects(lattice: &Lattice, ranges: &[Range], installed: &Installed) -> Truth {
    installed.agreed(|level| ranges.iter().any(|range| range.contains(lattice, level)).into())
}

/// Whether the installed level holds the fix of level `fix`, among all the `fixes` of an article that states `ranges`.
///
/// A fix on one branch says nothing about another: where the installed release has a fix of its own, only that one
/// counts, and a fix of an older release does not count on a release that the article states as affected.
#[must_use]
pub fn fixed(lattice: &Lattice, ranges: &[Range], fixes: &[FixTarget], fix: FixTarget, installed: &Installed) -> Truth {
    installed.agreed(|level| {
        let release = lattice.release(level);
        let other_branch = lattice.release(fix) != release;
        let own_fix = fixes.iter().any(|&other| lattice.release(other) == release);
        let stated = ranges.iter().any(|range| range.contains(lattice, level));
        if other_branch && (own_fix || stated) {
            return Truth::False;
        }
        lattice.includes(level, fix)
    })
}
