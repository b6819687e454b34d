//! How much is known: what `servpack kb stats` prints.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::kb::Product;
use crate::version::Level;

use super::{Fixes, Records, Source, Strength};

/// The figures of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The short name of the product.
    pub product: String,
    /// Its name.
    pub name: String,
    /// Records.
    pub articles: usize,
    /// Records of defects.
    pub defects: usize,
    /// Of these: the issue type says so. An article may have several signs.
    pub by_issue_type: usize,
    /// The text says that it is confirmed.
    pub by_confirmation: usize,
    /// A list of fixes names it.
    pub by_list: usize,
    /// A keyword says so.
    pub by_keyword: usize,
    /// Articles for which some level is known that fixes them.
    pub fixed: usize,
    /// Articles of which it is not known which pack of a release fixes them.
    pub pack_unknown: usize,
    /// Articles that several lists name.
    pub listed_again: usize,
    /// Articles of which list and text name different levels.
    pub disputed: usize,
    /// The levels that fix something, the earliest first.
    pub levels: Vec<LevelCount>,
    /// Rules that are no drafts.
    pub rules: usize,
    /// Articles with a rule: evidence may decide them.
    pub decidable: usize,
    /// Rules that nobody has looked at yet.
    pub drafts: usize,
    /// Defects without a rule, of which the level of a machine says whether they apply.
    pub by_level: usize,
}

/// What one level fixes, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LevelCount {
    /// The level.
    pub level: String,
    /// Rows of lists.
    pub listed: usize,
    /// Articles whose text names the level.
    pub told: usize,
    /// Of these, what a list names too.
    pub both: usize,
    /// Articles that either names.
    pub articles: usize,
    /// Articles of which only this newest pack is safe; they are not among the others.
    pub newest: usize,
}

impl Counts {
    /// Counts. A rule is given as the id of its article, and whether it is a draft.
    #[must_use]
    pub fn of<'a>(records: &Records, product: &Product, rules: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        let mut counts = Self::none(product);
        counts.articles = records.articles.len();
        for article in &records.articles {
            let signs = records.signs(article);
            counts.defects += usize::from(signs.any());
            counts.by_issue_type += usize::from(signs.issue_type);
            counts.by_confirmation += usize::from(signs.confirmed);
            counts.by_list += usize::from(signs.listed);
            counts.by_keyword += usize::from(signs.keyword);
        }
        counts.fixes(records, product);
        let mut with_rule = BTreeSet::new();
        for (id, is_draft) in rules {
            with_rule.insert(id);
            if is_draft {
                counts.drafts += 1;
            } else {
                counts.rules += 1;
                counts.decidable += usize::from(records.article(id).is_some());
            }
        }
        counts.by_level = records.rules(product, |id| with_rule.contains(id.as_str())).len();
        counts
    }

    fn none(product: &Product) -> Self {
        Self {
            product: product.id.as_str().to_owned(),
            name: product.name.clone(),
            articles: 0,
            defects: 0,
            by_issue_type: 0,
            by_confirmation: 0,
            by_list: 0,
            by_keyword: 0,
            fixed: 0,
            pack_unknown: 0,
            listed_again: 0,
            disputed: 0,
            levels: Vec::new(),
            rules: 0,
            decidable: 0,
            drafts: 0,
            by_level: 0,
        }
    }

    fn fixes(&mut self, records: &Records, product: &Product) {
        // A list may name an article that has no record.
        let with_record = records.articles.iter().map(|article| article.id.as_str());
        let ids: BTreeSet<&str> = with_record.chain(records.listed.iter().map(|row| row.article.as_str())).collect();
        let mut levels: BTreeMap<Level, LevelCount> = BTreeMap::new();
        for id in ids {
            let fixes = Fixes::of(records.article(id), records.listed(id), product);
            let some = |strength| fixes.levels.iter().any(|fix| fix.strength == strength);
            self.fixed += usize::from(!fixes.levels.is_empty());
            self.pack_unknown += usize::from(some(Strength::Newest));
            self.listed_again += usize::from(some(Strength::Partly));
            self.disputed += usize::from(some(Strength::Disputed));
            for fix in &fixes.levels {
                let name = product.lattice.name(fix.level);
                levels.entry(fix.level).or_insert_with(|| LevelCount::none(name)).add(&fix.sources, fix.strength);
            }
        }
        self.levels = levels.into_values().collect();
    }
}

impl LevelCount {
    fn none(level: &str) -> Self {
        Self { level: level.to_owned(), listed: 0, told: 0, both: 0, articles: 0, newest: 0 }
    }

    /// One more article, from these sources.
    fn add(&mut self, sources: &[Source], strength: Strength) {
        if strength == Strength::Newest {
            self.newest += 1;
            return;
        }
        let listed = sources.iter().filter(|source| matches!(source, Source::List(_))).count();
        let told = listed < sources.len();
        self.listed += listed;
        self.told += usize::from(told);
        self.both += usize::from(told && listed > 0);
        self.articles += 1;
    }
}
