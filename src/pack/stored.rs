//! What the cache keeps of a pack: the rules and products after lowering, so that no text has to be read again.

use serde::{Deserialize, Serialize};

use crate::diag::{Diagnostic, Label, Level, Span};
use crate::kb::Products;
use crate::lang;
use crate::rule::{FixBy, Rule};

use super::Pack;

/// A pack without its texts, which the next run has anyway.
#[derive(Serialize)]
struct Kept<'a> {
    rules: &'a [Rule],
    products: &'a Products,
    warnings: Vec<Warning>,
}

/// The same, read back.
#[derive(Deserialize)]
pub(super) struct Stored {
    pub(super) rules: Vec<Rule>,
    pub(super) products: Products,
    warnings: Vec<Warning>,
}

/// A warning about the texts. A pack with an error is never kept.
#[derive(Serialize, Deserialize)]
struct Warning {
    code: String,
    message: String,
    labels: Vec<(Span, String)>,
    help: Vec<String>,
}

/// The pack as bytes; `None` if it has faults that its author must see.
pub(super) fn encode(pack: &Pack) -> Option<Vec<u8>> {
    if pack.has_errors() {
        return None;
    }
    let warnings = pack.diagnostics.iter().map(Warning::of).collect();
    postcard::to_stdvec(&Kept { rules: &pack.rules, products: &pack.products, warnings }).ok()
}

/// What the bytes say, if it is a pack that could have been made from texts.
pub(super) fn decode(bytes: &[u8]) -> Option<Stored> {
    let (stored, rest) = postcard::take_from_bytes::<Stored>(bytes).ok()?;
    (rest.is_empty() && stored.is_sound(bytes.len())).then_some(stored)
}

impl Stored {
    /// Whether everything that is named is there. `most` is more than there can be calls.
    fn is_sound(&self, most: usize) -> bool {
        let sorted = self.rules.is_sorted_by(|one, other| one.article < other.article);
        sorted && self.rules.iter().all(|rule| rule.calls as usize <= most && self.is_sound_rule(rule))
    }

    fn is_sound_rule(&self, rule: &Rule) -> bool {
        let Some(product) = self.products.get(&rule.product) else { return false };
        let mut calls_are_numbered = true;
        for condition in rule.conditions() {
            condition.each_call(&mut |call| calls_are_numbered &= call.id.0 < rule.calls);
        }
        let levels = rule.fixes.iter().filter_map(|fix| match &fix.by {
            FixBy::Level(level) => Some(*level),
            FixBy::Hotfix { .. } => None,
        });
        let mut levels = levels.chain(rule.affects.iter().flat_map(|range| range.levels()));
        calls_are_numbered && levels.all(|level| product.lattice.has(level))
    }

    /// The warnings as they were given; `None` if one has a name that is not known.
    pub(super) fn diagnostics(&mut self) -> Option<Vec<Diagnostic>> {
        std::mem::take(&mut self.warnings).into_iter().map(Warning::diagnostic).collect()
    }
}

impl Warning {
    fn of(diagnostic: &Diagnostic) -> Self {
        Self {
            code: diagnostic.code.to_owned(),
            message: diagnostic.message.clone(),
            labels: diagnostic.labels.iter().map(|label| (label.span, label.text.clone())).collect(),
            help: diagnostic.help.clone(),
        }
    }

    fn diagnostic(self) -> Option<Diagnostic> {
        let mut codes = lang::CODES.iter().chain(super::CODES);
        Some(Diagnostic {
            code: codes.find(|(code, _)| *code == self.code)?.0,
            level: Level::Warning,
            message: self.message,
            labels: self.labels.into_iter().map(|(span, text)| Label { span, text }).collect(),
            help: self.help,
        })
    }
}
