//! What the cache keeps of a pack: the rules and products after lowering, so that no text has to be read again.

use serde::{Deserialize, Serialize};

use crate::diag::{Diagnostic, Label, Level, Span};
use crate::kb::Products;
use crate::lang;
use crate::rule::{FixBy, Rule};

use super::Pack;

/// A pack without its texts, which the next run has anyway. Behind it stand its rules in parts, which are read side by
/// side.
#[derive(Serialize)]
struct Kept<'a> {
    products: &'a Products,
    warnings: Vec<Warning>,
    /// How many bytes each part has.
    parts: Vec<usize>,
}

/// So many rules are in one part.
const PART: usize = 2048;

/// The same, read back.
#[derive(Deserialize)]
struct Head {
    products: Products,
    warnings: Vec<Warning>,
    parts: Vec<usize>,
}

/// A pack that could have been made from texts.
pub(super) struct Stored {
    pub(super) rules: Vec<Rule>,
    pub(super) products: Products,
    pub(super) diagnostics: Vec<Diagnostic>,
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
    let parts: Vec<Vec<u8>> = pack.rules.chunks(PART).map(postcard::to_stdvec).collect::<Result<_, _>>().ok()?;
    let kept = Kept { products: &pack.products, warnings, parts: parts.iter().map(Vec::len).collect() };
    let mut bytes = postcard::to_stdvec(&kept).ok()?;
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    Some(bytes)
}

/// What the bytes say, if it is a pack that could have been made from texts.
pub(super) fn decode(bytes: &[u8]) -> Option<Stored> {
    let (Head { products, warnings, parts }, mut rest) = postcard::take_from_bytes::<Head>(bytes).ok()?;
    let mut cut = Vec::new();
    for len in parts {
        let (part, behind) = rest.split_at_checked(len)?;
        cut.push(part);
        rest = behind;
    }
    let rules = side_by_side(&cut, &|part| part_of(part, &products))?;
    let sorted = rules.is_sorted_by(|one, other| one.article < other.article);
    let diagnostics = warnings.into_iter().map(Warning::diagnostic).collect::<Option<_>>()?;
    // No call is written in less than a byte.
    let calls: u64 = rules.iter().map(|rule| u64::from(rule.calls)).sum();
    let is_sound = rest.is_empty() && sorted && calls <= bytes.len() as u64;
    is_sound.then_some(Stored { rules, products, diagnostics })
}

/// The rules of one part, if everything that they name is there.
fn part_of(part: &[u8], products: &Products) -> Option<Vec<Rule>> {
    let (rules, rest) = postcard::take_from_bytes::<Vec<Rule>>(part).ok()?;
    (rest.is_empty() && rules.iter().all(|rule| is_sound(rule, products))).then_some(rules)
}

/// What the work makes of all parts, in their order, on as many threads as there are processors; nothing if it makes
/// nothing of one.
fn side_by_side<T: Send>(parts: &[&[u8]], work: &(impl Fn(&[u8]) -> Option<Vec<T>> + Sync)) -> Option<Vec<T>> {
    if let [part] = parts {
        return work(part);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = parts.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let all_of = |parts: &[&[u8]]| parts.iter().map(|part| work(part)).collect::<Option<Vec<_>>>();
        let threads: Vec<_> = parts.chunks(share).map(|parts| scope.spawn(move || all_of(parts))).collect();
        let done = threads.into_iter().map(|thread| thread.join().ok()?).collect::<Option<Vec<_>>>()?;
        let mut all = Vec::with_capacity(done.iter().flatten().map(Vec::len).sum());
        done.into_iter().flatten().for_each(|mut part| all.append(&mut part));
        Some(all)
    })
}

/// Whether a rule could have been made from a text about one of these products.
pub(super) fn is_sound(rule: &Rule, products: &Products) -> bool {
    let Some(product) = products.get(&rule.product) else { return false };
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

#[cfg(test)]
mod tests {
    use super::side_by_side;

    #[test]
    fn parts_are_read_in_order_and_all_or_none() {
        let bytes: Vec<u8> = (1..=100).collect();
        for size in [1, 3, 7, 99, 100] {
            let parts: Vec<&[u8]> = bytes.chunks(size).collect();
            let read = |bad: u8| side_by_side(&parts, &|part| (!part.contains(&bad)).then(|| part.to_vec()));
            assert_eq!(read(0).as_ref(), Some(&bytes), "{size}");
            assert!([1, 50, 100].into_iter().all(|bad| read(bad).is_none()), "{size}");
        }
        assert_eq!(side_by_side(&[], &|part| Some(part.to_vec())), Some(Vec::new()));
    }
}
