//! What the cache keeps of a pack: the rules and products after lowering, so that no text has to be read again.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::diag::{Diagnostic, Label, Level, Span};
use crate::kb::{Product, Products};
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

/// So many rules are in one part: few enough that threads have about as much to read.
const PART: usize = 512;

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
    let rules = side_by_side(&cut, &|part, rules| read_part(part, &products, rules))?;
    let sorted = rules.is_sorted_by(|one, other| one.article < other.article);
    let diagnostics = warnings.into_iter().map(Warning::diagnostic).collect::<Option<_>>()?;
    // No call is written in less than a byte.
    let calls: u64 = rules.iter().map(|rule| u64::from(rule.calls)).sum();
    let is_sound = rest.is_empty() && sorted && calls <= bytes.len() as u64;
    is_sound.then_some(Stored { rules, products, diagnostics })
}

/// Adds the rules of one part, if everything that they name is there.
fn read_part(part: &[u8], products: &Products, rules: &mut Vec<Rule>) -> Option<()> {
    let from = rules.len();
    let mut part = postcard::Deserializer::from_bytes(part);
    Onto(rules).deserialize(&mut part).ok()?;
    let is_whole = part.finalize().ok()?.is_empty();
    (is_whole && are_sound(rules.get(from..)?, products)).then_some(())
}

/// A list that is read right behind what is there: to move thousands of rules takes time.
struct Onto<'a, T>(&'a mut Vec<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Onto<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Onto<'_, T> {
    type Value = ();

    fn expecting(&self, words: &mut fmt::Formatter<'_>) -> fmt::Result {
        words.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element()? {
            self.0.push(item);
        }
        Ok(())
    }
}

/// What the work adds for all parts, in their order, on as many threads as there are processors; nothing if it fails
/// at one.
fn side_by_side<T: Send>(parts: &[&[u8]], work: &(impl Fn(&[u8], &mut Vec<T>) -> Option<()> + Sync)) -> Option<Vec<T>> {
    // No rule is written in less than so many bytes: what is damaged takes no more memory than what is whole.
    let room = |parts: &[&[u8]]| (parts.len() * PART).min(len(parts) / 16);
    let all_of = |run: &[&[u8]], room: usize| {
        let mut all = Vec::with_capacity(room);
        run.iter().try_for_each(|part| work(part, &mut all)).map(|()| all)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(parts.len());
    let runs = runs(parts, threads);
    let (first, others) = runs.split_first()?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = others.iter().map(|run| scope.spawn(|| all_of(run, room(run)))).collect();
        // What others read is put behind what is read here.
        let mut all = all_of(first, room(parts))?;
        for thread in threads {
            all.append(&mut thread.join().ok()??);
        }
        Some(all)
    })
}

/// The parts in so many runs, one at least, that have about as many bytes.
fn runs<'p, 'b>(mut parts: &'p [&'b [u8]], count: usize) -> Vec<&'p [&'b [u8]]> {
    let cut = |left: usize| {
        let (share, mut sum) = (len(parts) / left, 0);
        let fits = |part: &&&[u8]| {
            sum += part.len();
            left == 1 || sum <= share
        };
        let (run, rest) = parts.split_at(parts.iter().take_while(fits).count());
        parts = rest;
        run
    };
    (1..=count.max(1)).rev().map(cut).collect()
}

/// How many bytes all parts have.
fn len(parts: &[&[u8]]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}

/// Whether rules could have been made from texts about these products.
pub(super) fn are_sound(rules: &[Rule], products: &Products) -> bool {
    // Nearly all of them are about the same product.
    rules.chunk_by(|one, next| one.product == next.product).all(|rules| {
        let product = rules.first().and_then(|rule| products.get(&rule.product));
        product.is_some_and(|product| rules.iter().all(|rule| is_sound(rule, product)))
    })
}

fn is_sound(rule: &Rule, product: &Product) -> bool {
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
    use super::{runs, side_by_side};

    #[test]
    fn parts_are_read_in_order_and_all_or_none() {
        let bytes: Vec<u8> = (1..=100).collect();
        for size in [1, 3, 7, 99, 100] {
            let parts: Vec<&[u8]> = bytes.chunks(size).collect();
            let read = |bad: u8| {
                let copy = |part: &[u8], all: &mut Vec<u8>| (!part.contains(&bad)).then(|| all.extend_from_slice(part));
                side_by_side(&parts, &copy)
            };
            assert_eq!(read(0).as_ref(), Some(&bytes), "{size}");
            assert!([1, 50, 100].into_iter().all(|bad| read(bad).is_none()), "{size}");
        }
        assert_eq!(side_by_side::<u8>(&[], &|_, _| None), Some(Vec::new()));
    }

    #[test]
    fn runs_of_parts_have_about_as_many_bytes() {
        let bytes = [0; 100];
        let lens = |sizes: &[usize], count: usize| -> Vec<Vec<usize>> {
            let parts: Vec<&[u8]> = sizes.iter().map(|&size| &bytes[..size]).collect();
            runs(&parts, count).iter().map(|run| run.iter().map(|part| part.len()).collect()).collect()
        };
        assert_eq!(lens(&[10, 10, 10, 10, 40], 2), [vec![10, 10, 10, 10], vec![40]]);
        assert_eq!(lens(&[10, 10, 10, 10, 10], 2), [vec![10, 10], vec![10, 10, 10]]);
        assert_eq!(lens(&[1, 2, 3, 4, 5, 6], 3), [vec![1, 2, 3], vec![4], vec![5, 6]]);
        assert_eq!(lens(&[100, 1], 2), [vec![], vec![100, 1]]);
        assert_eq!(lens(&[], 0), [vec![0; 0]]);
    }
}
