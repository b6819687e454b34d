//! Reads the records of a product: `articles.jsonl` and `fixes.csv`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::article::Article;
use crate::kb::{ArticleId, ProductId};

use super::listed::{self, ListedFix};
use super::{Signs, builtin, signs};

/// One record a line, in order of id.
pub(crate) const ARTICLES: &str = "articles.jsonl";

/// What the lists name; a product may have none.
const FIXES: &str = "fixes.csv";

/// A file of records is not longer: all articles that are known, of all products, have less.
const MAX_BYTES: u64 = 256 << 20;

/// All that is known of a product's articles without rules.
#[derive(Debug, Clone)]
pub struct Records {
    /// The product: the name of the folder.
    pub product: ProductId,
    /// The articles, in order of their number.
    pub articles: Vec<Article>,
    /// What the lists name, in their order.
    pub listed: Vec<ListedFix>,
    /// The rows of each article.
    rows: BTreeMap<String, Vec<usize>>,
}

/// Why there are no records.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// A file cannot be read.
    #[error("cannot read records from `{file}`")]
    Read {
        /// The file.
        file: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A line says nothing that is understood.
    #[error("`{file}`, line {line}: {what}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The folder is not called after a product.
    #[error("`{0}` cannot be the name of a product; the folder is called after it, as `sms`")]
    Folder(String),
}

impl Records {
    /// The records inside the binary, product by product.
    ///
    /// # Errors
    /// None, unless the binary is damaged.
    pub fn builtin() -> Result<Vec<Self>, RecordsError> {
        let of = |folder| {
            let text = |file| builtin::text(folder, file).unwrap_or_default();
            Self::new(folder, (&format!("kb/{folder}/{ARTICLES}"), &text(ARTICLES)), &text(FIXES))
        };
        builtin::folders().into_iter().map(of).collect()
    }

    /// The records in a folder that is called after its product.
    ///
    /// # Errors
    /// A file that cannot be read, or a line that is no record.
    pub fn load(folder: &Path) -> Result<Self, RecordsError> {
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (articles, fixes) = (folder.join(ARTICLES), folder.join(FIXES));
        let listed = if fixes.exists() { text(&fixes)? } else { String::new() };
        Self::new(&name, (&articles.to_string_lossy(), &text(&articles)?), &listed)
    }

    /// From the texts of both files; the second one may be empty.
    fn new(folder: &str, (file, articles): (&str, &str), fixes: &str) -> Result<Self, RecordsError> {
        let product = ProductId::new(folder).ok_or_else(|| RecordsError::Folder(folder.to_owned()))?;
        let failed = |file: &str, (line, what)| RecordsError::Line { file: file.to_owned(), line, what };
        let articles = read_articles(articles).map_err(|fault| failed(file, fault))?;
        let listed = if fixes.is_empty() { Ok(Vec::new()) } else { listed::read(fixes) };
        let beside = file.replace(ARTICLES, FIXES);
        let listed = listed.map_err(|fault| failed(&beside, fault))?;
        if let Some(at) = listed.iter().position(|row| row.product != product.as_str()) {
            return Err(failed(&beside, (at + 2, format!("the product is not `{}`", product.as_str()))));
        }
        let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, row) in listed.iter().enumerate() {
            rows.entry(row.article.clone()).or_default().push(at);
        }
        Ok(Self { product, articles, listed, rows })
    }

    /// The record of an article.
    #[must_use]
    pub fn article(&self, id: &str) -> Option<&Article> {
        let number = number(id)?;
        let at = self.articles.binary_search_by_key(&Some(number), |article| self::number(&article.id)).ok()?;
        self.articles.get(at)
    }

    /// What the lists name of an article.
    pub fn listed(&self, id: &str) -> impl Iterator<Item = &ListedFix> {
        self.rows.get(id).into_iter().flatten().filter_map(|&at| self.listed.get(at))
    }

    /// The signs that an article is about a defect.
    #[must_use]
    pub fn signs(&self, article: &Article) -> Signs {
        signs(article, self.rows.contains_key(&article.id))
    }
}

/// The number of an id.
fn number(id: &str) -> Option<u64> {
    id.strip_prefix('Q')?.parse().ok()
}

fn read_articles(text: &str) -> Result<Vec<Article>, (usize, String)> {
    let mut articles: Vec<Article> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let failed = |what: String| (at + 1, what);
        let article: Article =
            serde_json::from_str(line).map_err(|error| failed(format!("it is no record: {error}")))?;
        let number = number(&article.id).filter(|_| ArticleId::new(&article.id).is_some());
        let Some(number) = number else { return Err(failed("its id is not `Q` and a number".to_owned())) };
        if articles.last().and_then(|last| self::number(&last.id)) >= Some(number) {
            return Err(failed(format!("{} stands out of order, or is there twice", article.id)));
        }
        articles.push(article);
    }
    Ok(articles)
}

/// A whole file, if it is not too long.
fn text(path: &Path) -> Result<String, RecordsError> {
    let read = || {
        let mut text = String::new();
        File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
        if text.len() as u64 > MAX_BYTES { Err(io::Error::other("it is larger than 256 MiB")) } else { Ok(text) }
    };
    read().map_err(|source| RecordsError::Read { file: path.to_string_lossy().into_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::Records;
    use crate::record::blank;

    const FIXES: &str = "product,level,article,printed,list,note\n";

    fn records(articles: &[&str], fixes: &str) -> Result<Records, String> {
        let lines: Vec<String> = articles.iter().map(|id| serde_json::to_string(&blank(id)).expect("JSON")).collect();
        Records::new("acme", ("acme/articles.jsonl", &lines.join("\n")), fixes).map_err(|error| error.to_string())
    }

    #[test]
    fn records_are_found_by_id() {
        let fixes = format!("{FIXES}acme,1.0,Q9,,Q50,\nacme,2.0,Q100,,Q50,\nacme,2.0,Q9,,Q51,\n");
        let records = records(&["Q9", "Q50", "Q100"], &fixes).expect("records");
        assert_eq!(records.article("Q100").map(|article| article.id.as_str()), Some("Q100"));
        assert!(records.article("Q10").is_none() && records.article("100").is_none() && records.article("Q").is_none());
        let lists: Vec<&str> = records.listed("Q9").map(|row| row.list.as_str()).collect();
        assert_eq!(lists, ["Q50", "Q51"]);
        let listed = |id| records.signs(records.article(id).expect("a record")).listed;
        assert!(listed("Q9") && !listed("Q50"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let wrong = |articles: &[&str], fixes: &str| records(articles, fixes).expect_err("a fault");
        let order = wrong(&["Q100", "Q9"], "");
        assert!(order.starts_with("`acme/articles.jsonl`, line 2: Q9 stands out of order"), "{order}");
        assert!(wrong(&["Q9", "Q9"], "").contains("is there twice"));
        assert!(wrong(&["../Q9"], "").contains("its id"));
        let other = wrong(&["Q9"], &format!("{FIXES}acme,1.0,Q9,,Q50,\nother,1.0,Q9,,Q50,\n"));
        assert!(other.starts_with("`acme/fixes.csv`, line 3: the product is not `acme`"), "{other}");
        assert!(Records::new("a/b", ("x", ""), "").is_err());
        assert!(Records::new("acme", ("x", "{}"), "").is_err_and(|error| error.to_string().contains("line 1")));
    }

    #[test]
    fn the_records_of_the_binary_are_there() {
        let all = Records::builtin().expect("records");
        assert!(all.iter().any(|records| !records.articles.is_empty() && !records.listed.is_empty()));
    }
}
