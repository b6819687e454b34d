//! The footer of an article: keywords, technology, versions, issue type and solution type, whole lines of them; and the
//! additional query words above it.

use super::words::{after, is_rule};

/// The footer as printed, and where it begins.
#[derive(Debug, Default)]
pub(super) struct Footer<'a> {
    fields: Vec<(&'a str, String)>,
    /// The words of the paragraph above it.
    pub(super) query_words: Vec<String>,
    /// The line where the body ends.
    pub(super) begin: usize,
}

const FIELDS: &[&str] =
    &["Keywords", "Component", "Technology", "Version", "Platform", "Hardware", "Issue type", "Solution Type"];

/// How the legal text begins, which is no part of the article.
const LEGAL: &str = "THE INFORMATION PROVIDED IN THE";

impl<'a> Footer<'a> {
    /// Finds the footer from the end, since the body may quote one.
    pub(super) fn of(lines: &[&'a str]) -> Self {
        let keywords = lines.iter().rposition(|line| field(line).is_some_and(|(name, _)| name == "Keywords"));
        let rule = keywords.and_then(|at| at.checked_sub(1)).filter(|above| is_rule(lines[*above], b'='));
        let mut footer = Self { begin: body_end(lines), ..Self::default() };
        if let (Some(keywords), Some(rule)) = (keywords, rule) {
            footer.fields(&lines[keywords..]);
            footer.begin = rule;
        }
        footer.query_words(lines);
        footer
    }

    /// The value of a field that has one.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().find(|(known, _)| *known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// The words of a field; `None` if the footer has no such line.
    pub(super) fn words(&self, name: &str) -> Option<Vec<String>> {
        let (_, value) = self.fields.iter().find(|(known, _)| *known == name)?;
        Some(value.split_whitespace().map(str::to_owned).collect())
    }

    pub(super) fn is_missing(&self) -> bool {
        self.fields.is_empty()
    }

    fn fields(&mut self, lines: &[&'a str]) {
        for line in lines.iter().take_while(|line| !line.is_empty() && !is_rule(line, b'=')) {
            match (field(line), self.fields.last_mut()) {
                (Some((name, value)), _) => self.fields.push((name, value.to_owned())),
                // A long line may be wrapped.
                (None, Some((_, last))) => {
                    last.push(' ');
                    last.push_str(line.trim());
                }
                (None, None) => {}
            }
        }
    }

    /// `Additional query words: …`, to the next blank line; the last such paragraph of the body.
    fn query_words(&mut self, lines: &[&'a str]) {
        let body = &lines[..self.begin];
        let found = body.iter().enumerate().rev().find_map(|(at, line)| Some((at, query_words(line)?)));
        let Some((at, first)) = found else { return };
        let more = body[at + 1..].iter().take_while(|line| !line.is_empty());
        let words = first.split_whitespace().chain(more.flat_map(|line| line.split_whitespace()));
        self.query_words = words.map(str::to_owned).collect();
        self.begin = at;
    }
}

/// Without a footer the body ends where the legal text begins.
fn body_end(lines: &[&str]) -> usize {
    lines.iter().rposition(|line| line.starts_with(LEGAL)).unwrap_or(lines.len())
}

/// `Issue type        : kbbug`
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.strip_suffix(' ')?.trim_end();
    FIELDS.iter().any(|known| known.eq_ignore_ascii_case(name)).then(|| (name, value.trim()))
}

fn query_words(line: &str) -> Option<&str> {
    let rest = after(line.trim_start(), "Additional ")?;
    ["query words:", "reference words:"].iter().find_map(|kind| after(rest, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "======================================================================";

    #[test]
    fn fields_and_query_words() {
        let lines = [
            "body",
            "",
            "Additional query words: one two",
            "three",
            "",
            RULE,
            "Keywords          : kbone kbtwo",
            "  kbthree",
            "Version           : :1.2",
            "Issue type        : kbhowto kbinfo",
            "",
            RULE,
        ];
        let footer = Footer::of(&lines);
        assert_eq!(footer.query_words, ["one", "two", "three"]);
        assert_eq!(footer.words("Keywords"), Some(vec!["kbone".into(), "kbtwo".into(), "kbthree".into()]));
        assert_eq!(footer.value("Version"), Some(":1.2"));
        assert_eq!(footer.value("Issue type"), Some("kbhowto kbinfo"));
        assert_eq!((footer.value("Technology"), footer.words("Technology")), (None, None));
        assert_eq!(footer.begin, 2);
    }

    #[test]
    fn a_quoted_footer_is_not_taken_for_the_footer() {
        let quoted = ["Keywords : not this one", "", "text", RULE, "Keywords          : kbreal", RULE];
        assert_eq!(Footer::of(&quoted).words("Keywords"), Some(vec!["kbreal".into()]));
        let none = ["text", "Keywords : in the text", "THE INFORMATION PROVIDED IN THE KNOWLEDGE BASE"];
        let footer = Footer::of(&none);
        assert!(footer.is_missing() && footer.begin == 2);
        assert!(Footer::of(&[]).is_missing());
        assert!(Footer::of(&["Keywords          : kb"]).is_missing());
    }
}
