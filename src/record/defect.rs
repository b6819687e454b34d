//! Whether an article is about a defect.

use crate::article::Article;

/// The signs that an article is about a defect. No one of them is always there, and the lists name a few articles that are
/// about none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs {
    /// Its issue type says so.
    pub issue_type: bool,
    /// The text says that the vendor has confirmed it.
    pub confirmed: bool,
    /// A keyword such as `kbacme100bug`.
    pub keyword: bool,
    /// A list of fixes names it.
    pub listed: bool,
}

impl Signs {
    /// Whether there is any sign.
    #[must_use]
    pub fn any(self) -> bool {
        self.issue_type || self.confirmed || self.keyword || self.listed
    }
}

/// The issue type of a defect.
const BUG: &str = "kbbug";

/// The signs of an article; `listed` says whether a list of fixes names it.
#[must_use]
pub fn signs(article: &Article, listed: bool) -> Signs {
    let issue_type = article.issue_type.as_deref().unwrap_or_default();
    Signs {
        issue_type: issue_type.split_whitespace().any(|word| word.eq_ignore_ascii_case(BUG)),
        confirmed: article.confirmed,
        keyword: article.keywords.iter().any(|keyword| is_bug(keyword)),
        listed,
    }
}

/// `kb`, a product, and `bug`.
fn is_bug(keyword: &str) -> bool {
    let keyword = keyword.to_ascii_lowercase();
    keyword.strip_prefix("kb").is_some_and(|rest| rest.ends_with("bug"))
}

#[cfg(test)]
mod tests {
    use super::is_bug;

    #[test]
    fn keywords_of_defects() {
        assert!(is_bug("kbAcme100bug") && is_bug("kbbug"));
        assert!(!is_bug("kbug") && !is_bug("kbdebugging") && !is_bug("bug") && !is_bug("acmebug"));
    }
}
