//! Levels and ranges of levels.

use crate::kb::Product;
use crate::lang::ast::{EntryKind, Range as Written, RangeKind, Text};
use crate::lang::diags;
use crate::version::{Level, Range};

use super::Lowering;

impl Lowering<'_> {
    /// The levels that the rule affects.
    pub(super) fn affects(&mut self) -> Vec<Range> {
        let rule = self.rule;
        let Some(product) = self.product else { return Vec::new() };
        let mut ranges = Vec::new();
        for entry in &rule.entries {
            if let EntryKind::Affects(list) = &entry.kind {
                ranges.extend(list.iter().filter_map(|range| self.range(range, product)));
            }
        }
        ranges
    }

    /// A level of the rule's product.
    pub(super) fn level(&mut self, name: &Text) -> Option<Level> {
        let product = self.product?;
        self.level_of(name, product)
    }

    pub(super) fn level_of(&mut self, name: &Text, product: &Product) -> Option<Level> {
        let level = product.lattice.parse(&name.text);
        if level.is_none() {
            let known: Vec<&str> = product.lattice.levels().map(|level| product.lattice.name(level)).collect();
            self.diagnostics.push(diags::unknown_level(name, product.id.as_str(), &known));
        }
        level
    }

    pub(super) fn range(&mut self, written: &Written, product: &Product) -> Option<Range> {
        let level = self.level_of(&written.level, product);
        let to = match &written.to {
            Some(to) => Some(self.level_of(to, product)?),
            None => None,
        };
        let level = level?;
        let range = match (written.kind, to) {
            (RangeKind::Between, Some(to)) => Range::Between(level, to),
            (RangeKind::Named | RangeKind::Between, _) => Range::Named(level),
            (RangeKind::Below, _) => Range::Below(level),
            (RangeKind::UpTo, _) => Range::UpTo(level),
            (RangeKind::Above, _) => Range::Above(level),
            (RangeKind::From, _) => Range::From(level),
            (RangeKind::Only, _) => Range::Only(level),
        };
        let lattice = &product.lattice;
        if !lattice.levels().any(|level| range.contains(lattice, level)) {
            self.diagnostics.push(diags::empty_range(written.span, &range.text(lattice), product.id.as_str()));
        }
        Some(range)
    }

    /// Warns of a fix that comes before everything it could fix.
    pub(super) fn check_not_too_early(&mut self, affects: &[Range], fix: Level, name: &Text) {
        let Some(product) = self.product else { return };
        let lattice = &product.lattice;
        let mut affected =
            lattice.levels().filter(|&level| affects.iter().any(|range| range.contains(lattice, level))).peekable();
        if affected.peek().is_some() && affected.all(|level| level != fix && lattice.at_most(fix, level)) {
            self.diagnostics.push(diags::fix_before_affected(name));
        }
    }
}
