//! Rules that records alone give: which levels have a defect, and which fix it. Nothing in a bundle shows such a defect, so
//! that the level of a machine decides.

use crate::article::{Article, Status};
use crate::kb::{ArticleId, Product};
use crate::rule::{Fix, FixBy, Place, Rule, Severity};
use crate::version::{Lattice, Level, Range};

use super::{FixedBy, Fixes, Records, Strength};

impl Records {
    /// A rule for every defect whose levels the product knows, in order of article, but for the articles that have a better
    /// one.
    pub fn rules(&self, product: &Product, mut has_better: impl FnMut(&ArticleId) -> bool) -> Vec<Rule> {
        let defects = self.articles.iter().filter(|article| self.signs(article).any());
        let mut rules: Vec<Rule> = defects
            .filter_map(|article| {
                let id = ArticleId::new(&article.id).filter(|id| !has_better(id))?;
                let affects = affects(article, product);
                (!affects.is_empty()).then(|| self.rule(id, article, affects, product))
            })
            .collect();
        rules.sort_by(|one, other| one.article.cmp(&other.article));
        rules
    }

    fn rule(&self, id: ArticleId, article: &Article, affects: Vec<Range>, product: &Product) -> Rule {
        let known = Fixes::of(Some(article), self.listed(&article.id), product);
        let mut fixes: Vec<Fix> = known
            .levels
            .iter()
            .filter(|fix| !is_denied(fix, &affects))
            .flat_map(|fix| level_fixes(fix, &known.levels, &product.lattice))
            .collect();
        if fixes.is_empty() && article.status == Some(Status::Fixed) && !article.files.is_empty() {
            fixes.push(hotfix(article));
        }
        Rule {
            article: id,
            title: article.title.clone(),
            product: product.id.clone(),
            severity: Severity::default(),
            tags: Vec::new(),
            components: Vec::new(),
            references: article.references.iter().filter_map(|id| ArticleId::new(id)).collect(),
            roles: Vec::new(),
            affects,
            fixes,
            symptoms: Vec::new(),
            causes: Vec::new(),
            workarounds: Vec::new(),
            look_alikes: Vec::new(),
            calls: 0,
            place: Place::default(),
        }
    }
}

/// The levels that the article states. A release beside packs of its own is the release without any.
fn affects(article: &Article, product: &Product) -> Vec<Range> {
    let lattice = &product.lattice;
    let versions = article.versions.iter().find(|(name, _)| product.name.eq_ignore_ascii_case(name));
    let mut levels: Vec<Level> =
        versions.into_iter().flat_map(|(_, versions)| versions).filter_map(|version| lattice.parse(version)).collect();
    levels.sort();
    levels.dedup();
    let is_pack = |level: Level| lattice.name(level) != lattice.release(level);
    let has_packs =
        |release: Level| levels.iter().any(|&level| is_pack(level) && lattice.release(level) == lattice.name(release));
    let range = |&level: &Level| {
        if !is_pack(level) && has_packs(level) { Range::Only(level) } else { Range::Named(level) }
    };
    levels.iter().map(range).collect()
}

/// Whether the article itself names the level as one that has the defect, where the fix is in doubt anyway.
fn is_denied(fix: &FixedBy, affects: &[Range]) -> bool {
    let is_in_doubt = matches!(fix.strength, Strength::Partly | Strength::Disputed);
    is_in_doubt && affects.iter().any(|range| range.levels().eq([fix.level]))
}

/// A level that fixes the article, with what is doubtful about it. `all` are the levels of the article.
fn level_fixes(fix: &FixedBy, all: &[FixedBy], lattice: &Lattice) -> Vec<Fix> {
    let name = |level| lattice.name(level);
    let later =
        all.iter().map(|other| other.level).find(|&other| other != fix.level && lattice.at_most(fix.level, other));
    let doubt = match (fix.strength, later) {
        (Strength::Partly, Some(later)) => {
            Some(format!("whether {} fixes all of it, since {} fixes it once more", name(fix.level), name(later)))
        }
        (Strength::Disputed, Some(later)) => Some(format!(
            "whether {} or {} fixes it: the list of fixes and the article differ",
            name(fix.level),
            name(later)
        )),
        _ => None,
    };
    let mut fixes = vec![level_fix(fix.level, doubt)];
    let release = lattice.release(fix.level);
    let is_earlier = |&level: &Level| level != fix.level && name(level) != release && lattice.at_most(level, fix.level);
    let first = lattice.of_release(release).find(is_earlier);
    if let (Strength::Newest, Some(first)) = (fix.strength, first) {
        let doubt = format!("which pack of {release} fixes it; only {} surely does", name(fix.level));
        fixes.insert(0, level_fix(first, Some(doubt)));
    }
    fixes
}

fn level_fix(level: Level, doubt: Option<String>) -> Fix {
    Fix { by: FixBy::Level(level), carrier: None, setting: None, covers: Vec::new(), action: None, doubt }
}

/// A fix that no level brings. Its files are named for a person; whether they are there, nobody looks.
fn hotfix(article: &Article) -> Fix {
    let newest = article.files.iter().max_by_key(|file| (file.date.as_deref(), file.time.as_deref()));
    let file = newest.map_or_else(String::new, |file| match &file.date {
        Some(date) => format!(" ({} of {date})", file.name),
        None => format!(" ({})", file.name),
    });
    Fix {
        by: FixBy::Hotfix { name: article.id.clone(), when: None },
        action: Some(format!("Get the hotfix of {}{file}", article.id)),
        carrier: None,
        setting: None,
        covers: Vec::new(),
        doubt: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{affects, level_fixes};
    use crate::kb::Product;
    use crate::record::{FixedBy, Strength, blank};
    use crate::rule::FixBy;

    const PRODUCT: &str =
        "product: acme\nname: Acme Server\ninstall: Install {level}\ntrust: []\nwitnesses: []\nlevels:
  - level: \"1.0\"
  - {level: 1.0 SP1, release: \"1.0\", after: [\"1.0\"]}
  - {level: 1.0 SP2, release: \"1.0\", after: [1.0 SP1]}
  - {level: \"2.0\", after: [1.0 SP2]}
";

    fn product() -> Product {
        Product::from_yaml(PRODUCT).expect("a product")
    }

    #[test]
    fn a_release_beside_its_packs_is_itself_alone() {
        let product = product();
        for (versions, wanted) in [
            (&["1.0"][..], "1.0"),
            (&["1.0", "2.0"], "1.0, 2.0"),
            (&["1.0 SP1", "1.0"], "= 1.0, 1.0 SP1"),
            (&["1.0 SP1"], "1.0 SP1"),
            (&["1.0", "1.0", "3.0"], "1.0"),
            (&["3.0"], ""),
            (&[], ""),
        ] {
            let mut article = blank("Q1");
            let versions = versions.iter().map(|&version| version.to_owned()).collect();
            article.versions.insert("ACME Server".to_owned(), versions);
            let ranges: Vec<String> =
                affects(&article, &product).iter().map(|range| range.text(&product.lattice)).collect();
            assert_eq!(ranges.join(", "), wanted);
        }
    }

    #[test]
    fn what_is_in_doubt_says_so() {
        let product = product();
        let lattice = &product.lattice;
        let fix = |(level, strength): &(&str, Strength)| FixedBy {
            level: lattice.parse(level).expect("a level"),
            sources: Vec::new(),
            strength: *strength,
        };
        for (levels, wanted) in [
            (&[("1.0 SP1", Strength::Sure)][..], "1.0 SP1"),
            (
                &[("1.0 SP1", Strength::Partly), ("2.0", Strength::Sure)],
                "1.0 SP1? whether 1.0 SP1 fixes all of it, since 2.0 fixes it once more; 2.0",
            ),
            (
                &[("1.0 SP1", Strength::Disputed), ("1.0 SP2", Strength::Sure)],
                "1.0 SP1? whether 1.0 SP1 or 1.0 SP2 fixes it: the list of fixes and the article differ; 1.0 SP2",
            ),
            (
                &[("1.0 SP2", Strength::Newest)],
                "1.0 SP1? which pack of 1.0 fixes it; only 1.0 SP2 surely does; 1.0 SP2",
            ),
        ] {
            let all: Vec<FixedBy> = levels.iter().map(fix).collect();
            let fixes = all.iter().flat_map(|fix| level_fixes(fix, &all, lattice));
            let words = fixes.map(|fix| {
                let FixBy::Level(level) = fix.by else { panic!("{fix:?}") };
                let doubt = fix.doubt.map(|doubt| format!("? {doubt}")).unwrap_or_default();
                format!("{}{doubt}", lattice.name(level))
            });
            assert_eq!(words.collect::<Vec<_>>().join("; "), wanted);
        }
    }
}
