//! The compliance table, before any format: machines in rows, articles or fix levels in columns. Its texts are as they
//! stand in the assessment; each format makes them safe in its own way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::kb::{ArticleId, Product, ProductId, Products};
use crate::truth::Truth;
use crate::verdict::{Assessment, Confidence, Finding, Group, HostAssessment, LevelText, Machines, Verdict};
use crate::version::{Installed, Lattice, Level};

use super::text;

/// Machines against articles, fix levels, or the one level that was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// What the columns are.
    pub by: By,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The machines, in the order of the assessment.
    pub rows: Vec<Row>,
}

/// What the columns of a matrix are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// One article each.
    Article,
    /// One level each that fixes something.
    Level,
    /// The one level that every machine should have.
    Target,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// `Q168463`, `sms 1.2 SP3`
    pub id: String,
    /// The article's title; how many articles the level fixes.
    pub title: String,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its role, if known.
    pub role: Option<String>,
    /// Its levels, in words.
    pub level: String,
    /// One a column; `None` where there is nothing to say.
    pub cells: Vec<Option<Cell>>,
    /// Of articles without a column that are known by their levels alone: how many have each verdict.
    pub by_level: BTreeMap<Verdict, usize>,
}

/// One machine and one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The answer.
    pub state: State,
    /// The articles that are open: of a fix level, those that it fixes; of the target, all of the product.
    pub open: Vec<Open>,
}

/// The answer of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The verdict on the article.
    Article(Verdict, Option<Confidence>),
    /// Whether the machine holds what the level fixes.
    Level(Truth),
    /// Whether the machine has reached the target.
    Target(Truth),
}

/// An article that is open on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The article.
    pub article: Arc<ArticleId>,
    /// Its title.
    pub title: Arc<str>,
    /// The verdict.
    pub verdict: Verdict,
    /// The levels and hotfixes that fix it.
    pub fixed_in: Arc<[String]>,
    /// Whether the level of the column fixes it.
    pub closes: Truth,
    /// Whether the level of the machine alone says that it is open.
    pub by_level: bool,
}

impl Matrix {
    /// Machines against articles.
    #[must_use]
    pub fn articles(assessment: &Assessment) -> Self {
        Self::by_article(assessment, assessment)
    }

    /// The same of machines that are handed over one after the other; they are asked twice.
    #[must_use]
    pub fn by_article(about: &Assessment, machines: &dyn Machines) -> Self {
        let mut titles: BTreeMap<Arc<ArticleId>, Arc<str>> = BTreeMap::new();
        machines.for_each(|host| {
            let title = |finding: &Finding| (Arc::clone(&finding.article), Arc::clone(&finding.title));
            titles.extend(host.findings.iter().map(title));
        });
        let cell =
            |finding: &&Finding| Cell { state: State::Article(finding.verdict, finding.confidence), open: Vec::new() };
        let mut rows = Vec::new();
        machines.for_each(|host| {
            let of: BTreeMap<&ArticleId, &Finding> =
                host.findings.iter().map(|finding| (&*finding.article, finding)).collect();
            let cells = titles.keys().map(|article| of.get(&**article).map(cell)).collect();
            rows.push(Row::new(about, host, cells));
        });
        let column = |(id, title): (Arc<ArticleId>, Arc<str>)| Column { id: id.to_string(), title: title.to_string() };
        Self { by: By::Article, rows, columns: titles.into_iter().map(column).collect() }
    }

    /// Machines against the levels that fix something; with a target, against that level alone.
    #[must_use]
    pub fn levels(assessment: &Assessment, products: &Products, target: Option<(&ProductId, Level)>) -> Self {
        Self::by_level(assessment, assessment, products, target)
    }

    /// The same of machines that are handed over one after the other; they are asked twice.
    #[must_use]
    pub fn by_level(
        about: &Assessment,
        machines: &dyn Machines,
        products: &Products,
        target: Option<(&ProductId, Level)>,
    ) -> Self {
        let mut wanted: BTreeMap<(&ProductId, Level), BTreeSet<Arc<ArticleId>>> = BTreeMap::new();
        machines.for_each(|host| {
            for finding in &host.findings {
                let Some(product) = products.get(&finding.product) else { continue };
                for level in finding.fix.fixed_in.iter().filter_map(|name| product.lattice.parse(name)) {
                    wanted.entry((&product.id, level)).or_default().insert(Arc::clone(&finding.article));
                }
            }
        });
        let by = if target.is_some() { By::Target } else { By::Level };
        let columns: Vec<(&Product, Level)> = match target {
            Some(target) => vec![target],
            None => wanted.keys().copied().collect(),
        }
        .into_iter()
        .filter_map(|(product, level)| Some((products.get(product)?, level)))
        .collect();
        let mut rows = Vec::new();
        machines.for_each(|host| {
            let cells = columns.iter().map(|&(product, level)| level_cell(host, product, level, by)).collect();
            rows.push(Row::new(about, host, cells));
        });
        let fixes = |product: &Product, level| wanted.get(&(&product.id, level)).map_or(0, BTreeSet::len);
        Self {
            by,
            rows,
            columns: columns
                .iter()
                .map(|&(product, level)| Column {
                    id: format!("{} {}", product.id, product.lattice.name(level)),
                    title: format!("fixes {}", text::count(fixes(product, level), "article")),
                })
                .collect(),
        }
    }

    /// How often each answer stands in each column, the most pressing answer first.
    #[must_use]
    pub fn totals(&self) -> Vec<(State, Vec<usize>)> {
        let mut totals: BTreeMap<State, Vec<usize>> = BTreeMap::new();
        for row in &self.rows {
            for (at, cell) in row.cells.iter().enumerate() {
                let Some(cell) = cell else { continue };
                let counts = totals.entry(cell.state.plain()).or_insert_with(|| vec![0; self.columns.len()]);
                if let Some(count) = counts.get_mut(at) {
                    *count += 1;
                }
            }
        }
        totals.into_iter().collect()
    }
}

impl Row {
    fn new(assessment: &Assessment, host: &HostAssessment, cells: Vec<Option<Cell>>) -> Self {
        Self {
            name: text::host(assessment, host),
            role: host.role.clone(),
            level: text::levels(host),
            cells,
            by_level: host.by_level.clone(),
        }
    }
}

impl State {
    /// Its full word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Article(verdict, _) => verdict.word(),
            Self::Level(Truth::True) => "has",
            Self::Level(Truth::False) => "lacks",
            Self::Target(Truth::True) => "pass",
            Self::Target(Truth::False) => "fail",
            Self::Level(Truth::Unknown) | Self::Target(Truth::Unknown) => "cannot tell",
        }
    }

    /// A word that fits under the name of an article.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Article(Verdict::Recurring, _) => "RECURS",
            Self::Article(Verdict::Affected, _) => "AFFECTS",
            Self::Article(Verdict::AtRisk, _) => "risk",
            Self::Article(Verdict::Exposed, _) => "exposed",
            Self::Article(Verdict::Mitigated, _) => "mitig",
            Self::Article(Verdict::Resolved, _) => "fixed",
            Self::Article(Verdict::NotAffected, _) => "no",
            Self::Article(Verdict::Unknown, _) | Self::Level(Truth::Unknown) | Self::Target(Truth::Unknown) => "?",
            other => other.word(),
        }
    }

    /// What the answer asks of a person.
    #[must_use]
    pub fn group(self) -> Group {
        match self {
            Self::Article(verdict, _) => verdict.group(),
            Self::Level(Truth::True) | Self::Target(Truth::True) => Group::Ok,
            Self::Level(Truth::Unknown) | Self::Target(Truth::Unknown) => Group::Collect,
            Self::Level(Truth::False) => Group::Watch,
            Self::Target(Truth::False) => Group::Act,
        }
    }

    /// Without the confidence.
    fn plain(self) -> Self {
        match self {
            Self::Article(verdict, _) => Self::Article(verdict, None),
            other => other,
        }
    }
}

fn level_cell(host: &HostAssessment, product: &Product, level: Level, by: By) -> Option<Cell> {
    let lattice = &product.lattice;
    let stated = host.levels.iter().find(|stated| stated.product == product.id);
    let open: Vec<Open> = host
        .findings
        .iter()
        .filter(|finding| *finding.product == product.id && is_open(finding, by))
        .filter_map(|finding| {
            let closes = closes(finding, lattice, level);
            let named = finding.fix.fixed_in.iter().any(|name| lattice.parse(name) == Some(level));
            (by == By::Target || named).then(|| Open {
                article: Arc::clone(&finding.article),
                title: Arc::clone(&finding.title),
                verdict: finding.verdict,
                fixed_in: Arc::clone(&finding.fix.fixed_in),
                closes,
                by_level: finding.is_by_level(),
            })
        })
        .collect();
    // A machine that has nothing to do with the product is neither here nor there.
    if stated.is_none() && !host.findings.iter().any(|finding| *finding.product == product.id) {
        return None;
    }
    let truth = possible(stated, lattice).agreed(|installed| lattice.includes(installed, level));
    let state = if by == By::Target { State::Target(truth) } else { State::Level(truth) };
    Some(Cell { state, open })
}

/// What still asks something of somebody. Against the target also what could not be decided, since nobody knows that it is
/// closed.
fn is_open(finding: &Finding, by: By) -> bool {
    match finding.verdict.group() {
        Group::Act | Group::Watch => true,
        Group::Collect => by == By::Target,
        Group::Ok => false,
    }
}

/// Whether the level fixes the article. Nobody can tell ahead for a fix of another branch, for one that needs a carrier or
/// a setting besides, and for a defect that came back in spite of its fix.
fn closes(finding: &Finding, lattice: &Lattice, level: Level) -> Truth {
    let fixes = finding.fix.fixed_in.iter().filter_map(|name| lattice.parse(name));
    let needs_more = finding.fix.carrier.is_some() || finding.fix.setting.is_some();
    let doubt = if needs_more || finding.verdict == Verdict::Recurring { Truth::Unknown } else { Truth::True };
    let holds = |fix: Level| {
        let included = lattice.includes(level, fix);
        if lattice.release(fix) == lattice.release(level) { included } else { included.and(Truth::Unknown) }
    };
    let perhaps = finding.fix.perhaps_in.iter().filter_map(|name| lattice.parse(name));
    doubt.and(Truth::any(fixes.map(holds)).or(Truth::any(perhaps.map(holds)).and(Truth::Unknown)))
}

/// The levels that a machine may have, as far as its words tell.
fn possible(stated: Option<&LevelText>, lattice: &Lattice) -> Installed {
    let parse = |name: &Option<String>| lattice.parse(name.as_deref()?);
    let (low, high) = stated.map_or((None, None), |level| (parse(&level.at_least), parse(&level.at_most)));
    let inside = lattice.levels().filter(|&level| {
        low.is_none_or(|low| lattice.at_most(low, level)) && high.is_none_or(|high| lattice.at_most(level, high))
    });
    Installed::one_of(inside).unwrap_or_else(|| Installed::anything(lattice))
}

#[cfg(test)]
mod tests {
    use crate::kb::ProductId;
    use crate::report::sample;
    use crate::truth::Truth;
    use crate::verdict::Verdict;

    use super::{By, Matrix, State};

    #[test]
    fn articles_are_columns_and_an_article_that_was_not_asked_is_no_cell() {
        let matrix = Matrix::articles(&sample::rich());
        let ids: Vec<&str> = matrix.columns.iter().map(|column| column.id.as_str()).collect();
        assert_eq!(ids, ["Q152229", "Q168463", "Q171038", "Q180000", "Q181000"]);
        let words: Vec<&str> =
            matrix.rows[1].cells.iter().map(|cell| cell.as_ref().map_or("", |cell| cell.state.word())).collect();
        assert_eq!(words, ["", "recurring", "mitigated", "not-affected", ""]);
        let totals = matrix.totals();
        assert_eq!(totals[0], (State::Article(Verdict::Recurring, None), vec![0, 1, 0, 0, 0]));
    }

    #[test]
    fn a_level_that_is_only_narrowed_down_cannot_be_told() {
        let (rich, products) = (sample::rich(), sample::products());
        let matrix = Matrix::levels(&rich, &products, None);
        let ids: Vec<&str> = matrix.columns.iter().map(|column| column.id.as_str()).collect();
        assert_eq!(ids, ["sms 1.2 SP1", "sms 1.2 SP3"]);
        let states: Vec<Vec<State>> =
            matrix.rows.iter().map(|row| row.cells.iter().flatten().map(|cell| cell.state).collect()).collect();
        assert_eq!(states[0], [State::Level(Truth::True), State::Level(Truth::False)]);
        assert_eq!(states[1], [State::Level(Truth::Unknown), State::Level(Truth::Unknown)]);
    }

    #[test]
    fn the_target_lists_what_is_open_and_what_it_leaves_open() {
        let (rich, products) = (sample::rich(), sample::products());
        let sms = ProductId::new("sms").expect("a product");
        let sp4 = products.get(&sms).and_then(|product| product.lattice.parse("1.2 SP4")).expect("a level");
        let matrix = Matrix::levels(&rich, &products, Some((&sms, sp4)));
        assert_eq!(matrix.by, By::Target);
        let cell = matrix.rows[0].cells[0].as_ref().expect("a cell");
        assert_eq!(cell.state, State::Target(Truth::False));
        let open: Vec<(&str, Truth)> = cell.open.iter().map(|open| (open.article.as_str(), open.closes)).collect();
        assert_eq!(
            open,
            [("Q152229", Truth::True), ("Q168463", Truth::True), ("Q171038", Truth::True), ("Q180000", Truth::False),]
        );
        let came_back = &matrix.rows[1].cells[0].as_ref().expect("a cell").open[0];
        assert_eq!((came_back.verdict, came_back.closes), (Verdict::Recurring, Truth::Unknown));
    }
}
