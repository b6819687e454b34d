//! What an article applies to: its products, and the versions of each.
//!
//! The block stands between two rules of `-` below the header. It is the only place that binds a version to a product.

use std::collections::BTreeMap;

use super::header::{Header, platforms_and_versions};
use super::words::{MOST, add_once, after, find_ignoring_case, is_rule, squeeze};

/// The block, as far as it is there.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Applies {
    /// The entries as they are printed, in order.
    pub(super) entries: Vec<String>,
    /// The products in order of mention.
    pub(super) products: Vec<String>,
    /// Their versions in order of mention.
    pub(super) versions: BTreeMap<String, Vec<String>>,
    /// The line behind the block, where the body begins.
    pub(super) end: usize,
}

const INTRODUCTION: &str = "The information in this article applies to";

/// So far down the block begins, at the most: only a few lines of keywords may be above it.
const WITHIN: usize = 60;

impl Applies {
    /// Reads the block, if there is one.
    pub(super) fn of(lines: &[&str]) -> Option<Self> {
        let begin = lines.iter().take(WITHIN).position(|line| after(line.trim_start(), INTRODUCTION).is_some())? + 1;
        let end = end_of_block(lines, begin);
        let items = items(&lines[begin..end]);
        let mut applies = Self { end: (end + 1).min(lines.len()), ..Self::default() };
        for (at, item) in items.iter().enumerate() {
            applies.entries.push(item.text.clone());
            let parent = items[..at].iter().rev().find(|above| above.indent < item.indent);
            // An operating system below a product says where that is run.
            if parent.is_none() || system(&item.text).is_none() {
                applies.product(&item.text);
            }
        }
        Some(applies)
    }

    /// Without a block the header has to do.
    pub(super) fn of_header(header: &Header<'_>) -> Self {
        let mut applies = Self::default();
        if let Some(product) = header.product() {
            let (_, versions) = platforms_and_versions(header.versions);
            applies.products.push(product.to_owned());
            applies.versions.insert(product.to_owned(), versions);
        }
        applies
    }

    /// The release of all versions, if there is only one: that of `1.2` and `1.2 SP3` is `1.2`.
    pub(super) fn only_release(&self) -> Option<String> {
        let own = self.products.first().and_then(|product| self.versions.get(product))?;
        let mut releases = own.iter().filter_map(|version| version.split_whitespace().next());
        let first = releases.next()?;
        releases.all(|release| release == first).then(|| first.to_owned())
    }

    fn product(&mut self, entry: &str) {
        let (name, versions) = name_and_versions(system(entry).unwrap_or(entry));
        if name.is_empty() {
            return;
        }
        add_once(&mut self.products, &name);
        let known = self.versions.entry(name).or_default();
        versions.iter().for_each(|version| add_once(known, version));
    }
}

/// The line that ends the block: a rule, or if there is none the first blank line behind an entry.
fn end_of_block(lines: &[&str], begin: usize) -> usize {
    let rest = lines.iter().enumerate().skip(begin).take(MOST);
    let rule = rest.clone().find(|(_, line)| is_rule(line, b'-'));
    let blank = || rest.skip_while(|(_, line)| line.is_empty()).find(|(_, line)| line.is_empty());
    rule.or_else(blank).map_or(lines.len().min(begin + MOST), |(at, _)| at)
}

struct Item {
    indent: usize,
    text: String,
}

/// The entries, each joined if it is wrapped.
fn items(lines: &[&str]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        match (text.strip_prefix("- "), items.last_mut()) {
            (Some(entry), _) => items.push(Item { indent, text: squeeze(entry) }),
            (None, Some(last)) => last.text = format!("{} {}", last.text, squeeze(text)),
            (None, None) => items.push(Item { indent, text: squeeze(text) }),
        }
    }
    items
}

/// The name behind `the operating system: …`.
fn system(entry: &str) -> Option<&str> {
    after(entry, "the operating system:").map(str::trim)
}

/// `Some Product for Windows, versions 1.0, 1.1 and 1.2 SP3, used with:` is a product and its versions.
fn name_and_versions(entry: &str) -> (String, Vec<String>) {
    let entry = without_qualifier(entry);
    let Some((at, word)) = last_version_word(entry) else { return (name(entry).to_owned(), Vec::new()) };
    let mut versions = Vec::new();
    for part in entry[at + word..].split(',').take(MOST).flat_map(|part| part.split(" and ")) {
        let part = part.trim().trim_start_matches("and ").trim();
        let version = part.trim_end_matches('.').trim();
        if version.contains(|c: char| c.is_ascii_digit()) && !is_remark(part) {
            versions.push(version.to_owned());
        } else if let (Some(last), true) = (versions.last_mut(), version == "later" || version == "earlier") {
            // `3.0 and later`
            last.push_str(" and ");
            last.push_str(version);
        }
    }
    (name(&entry[..at]).to_owned(), versions)
}

/// Words in which a version is only mentioned.
fn is_remark(part: &str) -> bool {
    part.split_whitespace().count() > 6
}

/// `…, used with:` and the like: what stands below says it.
fn without_qualifier(entry: &str) -> &str {
    let Some(open) = entry.strip_suffix(':') else { return entry };
    let cut = [", included with", ", used with", ", on platform(s)"].iter().find_map(|tail| open.strip_suffix(tail));
    cut.unwrap_or(open)
}

fn name(text: &str) -> &str {
    text.trim().trim_end_matches([',', ';', ':']).trim_end()
}

/// The place of the last `version` or `versions` that something follows, and the length of the word.
fn last_version_word(entry: &str) -> Option<(usize, usize)> {
    let mut found = None;
    let mut from = 0;
    while let Some(at) = find_ignoring_case(&entry[from..], " version").map(|at| from + at + 1) {
        let word = if after(&entry[at..], "versions ").is_some() { "versions " } else { "version " };
        if after(&entry[at..], word).is_some() && entry[at + word.len()..].contains(|c: char| c.is_ascii_digit()) {
            found = Some((at, word.len()));
        }
        from = at;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "-------------------------------------------------------------------------------";

    fn check(block: &[&str], products: &[(&str, &[&str])]) {
        let mut lines = vec!["", RULE, "The information in this article applies to:", ""];
        lines.extend(block);
        lines.extend([RULE, "", "body"]);
        let applies = Applies::of(&lines).expect("a block");
        assert_eq!(lines[applies.end], "");
        assert_eq!(applies.products, products.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (name, versions) in products {
            assert_eq!(applies.versions[*name], *versions, "{name}");
        }
        assert_eq!(applies.versions.len(), products.len());
    }

    #[test]
    fn lists_of_versions() {
        check(&["- Some Server version 1.2"], &[("Some Server", &["1.2"])]);
        check(&["- Some Server versions 1.0., 1.1, 1.2 SP3"], &[("Some Server", &["1.0", "1.1", "1.2 SP3"])]);
        check(&["- Tool for Windows, versions 1.0, 1.1 and 1.2"], &[("Tool for Windows", &["1.0", "1.1", "1.2"])]);
        check(&["- Tool, versions 1.0, 1.1, and 1.2."], &[("Tool", &["1.0", "1.1", "1.2"])]);
        check(&["- Tool, 32-bit Edition, version 4.21a"], &[("Tool, 32-bit Edition", &["4.21a"])]);
        check(&["- Tool version 3.20 and later"], &[("Tool", &["3.20 and later"])]);
        check(&["- Some System 95"], &[("Some System 95", &[])]);
        check(&["- Tool, Conversion Edition"], &[("Tool, Conversion Edition", &[])]);
    }

    #[test]
    fn entries_below_entries() {
        check(
            &[
                "- The Compiler (CL.EXE), included with:",
                "   - Suite, version 2.1",
                "   - Suite, Large Edition, version 6.0",
            ],
            &[("The Compiler (CL.EXE)", &[]), ("Suite", &["2.1"]), ("Suite, Large Edition", &["6.0"])],
        );
        check(
            &["- Server versions 2.0, 2.0 SP1, used with:", "   - the operating system: Some System 95"],
            &[("Server", &["2.0", "2.0 SP1"])],
        );
        check(
            &["- Server version 2.0", "- the operating system: Some System, versions 4.0 SP4, 4.0 SP5"],
            &[("Server", &["2.0"]), ("Some System", &["4.0 SP4", "4.0 SP5"])],
        );
    }

    #[test]
    fn several_products_and_wrapped_entries() {
        check(
            &["- A versions 1.0,", "  1.1", "- B version 2", "- A version 1.2"],
            &[("A", &["1.0", "1.1", "1.2"]), ("B", &["2"])],
        );
    }

    #[test]
    fn a_block_without_its_rule_ends_at_a_blank_line() {
        let lines = ["The information in this article applies to:", "", "- A version 1.0", "", "text"];
        let applies = Applies::of(&lines).expect("a block");
        assert_eq!((applies.products, lines[applies.end]), (vec!["A".to_owned()], "text"));
        assert_eq!(Applies::of(&["text"]), None);
        assert!(Applies::of(&["The information in this article applies to:"]).is_some());
    }
}
