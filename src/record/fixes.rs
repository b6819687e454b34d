//! The levels that fix an article: the union of what the lists name and what its text says.

use std::collections::BTreeMap;

use crate::article::Article;
use crate::kb::Product;
use crate::version::{Lattice, Level};

use super::ListedFix;

/// The levels that fix an article, with what is odd about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fixes {
    /// Levels of the product, the earliest first.
    pub levels: Vec<FixedBy>,
    /// What the text names that is no level of the product, as it stands there.
    pub elsewhere: Vec<String>,
}

/// A level that fixes the article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedBy {
    /// The level.
    pub level: Level,
    /// Where it stands, the lists first.
    pub sources: Vec<Source>,
    /// How sure it is.
    pub strength: Strength,
}

/// Where it stands that a level fixes an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a list: the id of the list.
    List(String),
    /// In the article: how it says so, such as `first`.
    Text(String),
}

/// How sure it is that a level fixes an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Nothing speaks against it.
    Sure,
    /// A later list names the article once more, so this fix was not whole.
    Partly,
    /// Only the list or only the text names it, and the other one names a later level.
    Disputed,
    /// A pack of the release has it, and nobody says which. This is the newest one, which has what the packs before it have.
    Newest,
}

impl Strength {
    /// Why a level is not sure, for a person.
    #[must_use]
    pub fn why(self) -> Option<&'static str> {
        match self {
            Self::Sure => None,
            Self::Partly => Some("fixed again in a later level, so at least partly"),
            Self::Disputed => Some("the list and the text name different levels"),
            Self::Newest => Some("some pack of the release, unknown which; only the newest is safe"),
        }
    }
}

/// How a record writes a pack that the text does not name.
const UNNAMED: &str = "SP?";

impl Fixes {
    /// The levels of an article: what the lists name, and what its record says.
    #[must_use]
    pub fn of<'a>(
        article: Option<&Article>,
        listed: impl IntoIterator<Item = &'a ListedFix>,
        product: &Product,
    ) -> Self {
        let lattice = &product.lattice;
        let mut union = Union::default();
        for row in listed {
            match lattice.parse(&row.level) {
                Some(level) => union.add(level, Source::List(row.list.clone())),
                None => union.elsewhere.push(row.level.clone()),
            }
        }
        if let Some(article) = article {
            union.text(article, product);
        }
        union.finish(lattice)
    }

    /// The levels that certainly fix it.
    pub fn sure(&self) -> impl Iterator<Item = Level> {
        self.levels.iter().filter(|fix| matches!(fix.strength, Strength::Sure | Strength::Newest)).map(|fix| fix.level)
    }
}

/// The union while it grows.
#[derive(Debug, Default)]
struct Union {
    sources: BTreeMap<Level, Vec<Source>>,
    /// The newest packs of releases of which some pack has the fix.
    newest: Vec<(Level, Source)>,
    elsewhere: Vec<String>,
}

impl Union {
    fn add(&mut self, level: Level, source: Source) {
        self.sources.entry(level).or_default().push(source);
    }

    /// What the text says. A level without a product is one of the article's first product.
    fn text(&mut self, article: &Article, product: &Product) {
        let lattice = &product.lattice;
        let is_ours = article.products.first().is_none_or(|first| first.eq_ignore_ascii_case(&product.name));
        for fix in &article.fixed_in {
            let source = Source::Text(fix.says.clone());
            let packs = fix.level.strip_suffix(UNNAMED).and_then(|release| packs(release.trim(), article, product));
            match (lattice.parse(&fix.level).filter(|_| is_ours), packs.filter(|_| is_ours)) {
                (Some(level), _) => self.add(level, source),
                // A release with a single pack leaves no doubt.
                (None, Some(packs)) if packs.len() == 1 => packs.into_iter().for_each(|l| self.add(l, source.clone())),
                (None, Some(packs)) => self.newest.extend(packs.last().map(|&newest| (newest, source))),
                (None, None) => self.elsewhere.push(fix.level.clone()),
            }
        }
    }

    fn finish(mut self, lattice: &Lattice) -> Fixes {
        let mut fixes: Vec<FixedBy> = Vec::new();
        for (&level, sources) in &self.sources {
            let strength = self.strength(level, lattice);
            fixes.push(FixedBy { level, sources: sources.clone(), strength });
        }
        // A list that names a pack of the release, or what came after one, says which was meant.
        let is_after = |named: Level, release| lattice.release(named) == release && lattice.name(named) != release;
        let known = |level: Level| self.sources.keys().any(|&named| is_after(named, lattice.release(level)));
        self.newest.retain(|(level, _)| !known(*level));
        fixes.extend(self.newest.into_iter().map(|(level, source)| FixedBy {
            level,
            sources: vec![source],
            strength: Strength::Newest,
        }));
        fixes.sort_by_key(|fix| fix.level);
        if !fixes.is_empty() {
            self.elsewhere.retain(|level| level != UNNAMED);
        }
        Fixes { levels: fixes, elsewhere: self.elsewhere }
    }

    fn strength(&self, level: Level, lattice: &Lattice) -> Strength {
        let later = || self.sources.iter().filter(move |&(&other, _)| other != level && lattice.at_most(level, other));
        let is_listed = |sources: &[Source]| sources.iter().any(|source| matches!(source, Source::List(_)));
        let is_told = |sources: &[Source]| sources.iter().any(|source| matches!(source, Source::Text(_)));
        let (listed, told) = self.sources.get(&level).map_or((false, false), |own| (is_listed(own), is_told(own)));
        if listed && later().any(|(_, sources)| is_listed(sources)) {
            Strength::Partly
        } else if (listed && !told && later().any(|(_, sources)| is_told(sources)))
            || (told && !listed && later().any(|(_, sources)| is_listed(sources)))
        {
            Strength::Disputed
        } else {
            Strength::Sure
        }
    }
}

/// The packs of a release, the earliest first, if it is one of the product and has any. Without a release, the only one that
/// the article is about.
fn packs(release: &str, article: &Article, product: &Product) -> Option<Vec<Level>> {
    let lattice = &product.lattice;
    let level = if release.is_empty() {
        let (_, versions) = article.versions.iter().find(|(name, _)| product.name.eq_ignore_ascii_case(name))?;
        let releases = versions.iter().map(|version| Some(lattice.release(lattice.parse(version)?)));
        let mut releases = releases.collect::<Option<Vec<&str>>>()?;
        releases.dedup();
        let [release] = releases.as_slice() else { return None };
        lattice.parse(release)?
    } else {
        lattice.parse(release)?
    };
    let name = lattice.name(level);
    let packs: Vec<Level> = lattice.levels().filter(|&level| is_pack_of(level, name, lattice)).collect();
    (!packs.is_empty()).then_some(packs)
}

/// Whether a level is a service pack of the release: its name, and `SP` with a number. What came after a pack, such as a
/// rollup, is none.
fn is_pack_of(level: Level, release: &str, lattice: &Lattice) -> bool {
    let rest = lattice.name(level).strip_prefix(release).and_then(|rest| rest.trim_start().strip_prefix("SP"));
    rest.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{Fixes, Source, Strength};
    use crate::article::{Article, FixedIn};
    use crate::kb::Product;
    use crate::record::{ListedFix, blank};

    const PRODUCT: &str =
        "product: acme\nname: Acme Server\ninstall: Install {level}\ntrust: []\nwitnesses: []\nlevels:
  - level: \"1.0\"\n    also: [\"1.00\"]
  - {level: 1.0 SP1, release: \"1.0\", after: [\"1.0\"]}
  - {level: \"2.0\", after: [1.0 SP1]}
  - {level: 2.0 SP1, release: \"2.0\", after: [\"2.0\"]}
  - {level: 2.0 SP2, release: \"2.0\", after: [2.0 SP1]}
  - {level: 2.0 SP2 Rollup, release: \"2.0\", after: [2.0 SP2]}
";

    /// An article about these versions of a product, whose text names these levels.
    fn article(product: &str, versions: &[&str], told: &[(&str, &str)]) -> Article {
        let mut article = blank("Q1");
        article.products.push(product.to_owned());
        article.versions.insert(product.to_owned(), versions.iter().map(|&version| version.to_owned()).collect());
        let fix = |(level, says): &(&str, &str)| FixedIn { level: (*level).to_owned(), says: (*says).to_owned() };
        article.fixed_in = told.iter().map(fix).collect();
        article
    }

    /// The union as text: `+` is told, `=` is listed.
    fn union(article: &Article, listed: &[&str]) -> String {
        let product = Product::from_yaml(PRODUCT).expect("a product");
        let row = |level: &&str| ListedFix {
            product: "acme".to_owned(),
            level: (*level).to_owned(),
            article: "Q1".to_owned(),
            printed: None,
            list: "Q9".to_owned(),
            note: None,
        };
        let rows: Vec<ListedFix> = listed.iter().map(row).collect();
        let fixes = Fixes::of(Some(article), &rows, &product);
        let mut words = Vec::new();
        for fix in &fixes.levels {
            let sources = fix.sources.iter().map(|source| if matches!(source, Source::List(_)) { '=' } else { '+' });
            let sources: String = sources.collect();
            let strength = match fix.strength {
                Strength::Sure => "",
                Strength::Partly => " partly",
                Strength::Disputed => " disputed",
                Strength::Newest => " newest",
            };
            words.push(format!("{}{sources}{strength}", product.lattice.name(fix.level)));
            assert_eq!(fix.strength.why().is_none(), strength.is_empty());
        }
        words.extend(fixes.elsewhere.iter().map(|level| format!("not {level}")));
        words.join(", ")
    }

    #[test]
    fn list_and_text_make_a_union() {
        let ours = |told: &[(&str, &str)]| article("Acme Server", &["1.0", "2.0"], told);
        /// What the text says, which levels list it, and the union.
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a str);
        let cases: &[Case<'_>] = &[
            (&[], &[], ""),
            (&[("2.0 SP1", "first")], &[], "2.0 SP1+"),
            (&[], &["2.0 SP1"], "2.0 SP1="),
            (&[("2.0 SP1", "first")], &["2.0 SP1"], "2.0 SP1=+"),
            // Twice: the first fix was not whole.
            (&[], &["2.0 SP1", "2.0 SP2"], "2.0 SP1= partly, 2.0 SP2="),
            (&[("2.0 SP1", "first")], &["2.0 SP1", "2.0 SP2"], "2.0 SP1=+ partly, 2.0 SP2="),
            (&[("2.0 SP2", "first")], &["2.0 SP1", "2.0 SP2"], "2.0 SP1= partly, 2.0 SP2=+"),
            // They disagree.
            (&[("2.0 SP2", "first")], &["2.0 SP1"], "2.0 SP1= disputed, 2.0 SP2+"),
            (&[("2.0 SP1", "first")], &["2.0 SP2"], "2.0 SP1+ disputed, 2.0 SP2="),
            (&[("2.0", "in version")], &["1.0"], "1.0= disputed, 2.0+"),
            // Which pack it was is not said, or a list says it.
            (&[("2.0 SP?", "latest")], &[], "2.0 SP2+ newest"),
            (&[("2.0 SP?", "latest")], &["2.0 SP1"], "2.0 SP1="),
            (&[("2.0 SP?", "latest")], &["1.0 SP1"], "1.0 SP1=, 2.0 SP2+ newest"),
            (&[("2.0 SP?", "latest")], &["2.0 SP2 Rollup"], "2.0 SP2 Rollup="),
            (&[("2.0 SP?", "latest")], &["2.0"], "2.0=, 2.0 SP2+ newest"),
            // The only pack of its release.
            (&[("1.00 SP?", "latest")], &[], "1.0 SP1+"),
            // Two releases: nobody knows of which one it is.
            (&[("SP?", "latest")], &[], "not SP?"),
            (&[("SP?", "latest")], &["1.0 SP1"], "1.0 SP1="),
            (&[("Other 3.0 SP?", "latest"), ("9.9", "first")], &["8.8"], "not 8.8, not Other 3.0 SP?, not 9.9"),
        ];
        for (told, listed, wanted) in cases {
            assert_eq!(union(&ours(told), listed), *wanted, "{told:?} {listed:?}");
        }
    }

    #[test]
    fn a_level_without_a_product_is_of_the_first_one() {
        let other = article("Other Tool", &["2.0"], &[("2.0 SP1", "first"), ("2.0 SP?", "latest")]);
        assert_eq!(union(&other, &["2.0 SP2"]), "2.0 SP2=, not 2.0 SP1, not 2.0 SP?");
    }

    #[test]
    fn a_pack_without_a_release_is_of_the_only_one() {
        let versions = |versions: &[&str]| union(&article("Acme Server", versions, &[("SP?", "latest")]), &[]);
        assert_eq!(versions(&["2.0", "2.0 SP1"]), "2.0 SP2+ newest");
        assert_eq!(versions(&["7.0"]), "not SP?");
        assert_eq!(versions(&[]), "not SP?");
    }
}
