//! The sections of the body, by their headings.
//!
//! A heading is a line that is underlined with `=` in its own length. Two things blur that: some headings are underlined
//! with `-`, as headings of a lower order are too, and excerpts of logs and tables have lines of `=` of their own.

use super::words::{is_flush, is_run};

/// The headings of a body, and what was doubtful about them.
#[derive(Debug, Default)]
pub(super) struct Sections<'a> {
    pub(super) headings: Vec<&'a str>,
    /// By line: it belongs to a heading.
    pub(super) is_heading: Vec<bool>,
    /// Looks like a heading and was not taken for one.
    pub(super) doubtful: Vec<&'a str>,
}

/// The headings that are one whatever they are underlined with.
const COMMON: &[&str] =
    &["SYMPTOM", "CAUSE", "STATUS", "RESOLUTION", "WORKAROUND", "MORE INFORMATION", "SUMMARY", "REFERENCE"];

impl<'a> Sections<'a> {
    pub(super) fn of(body: &[&'a str]) -> Self {
        let mut sections = Self { is_heading: vec![false; body.len()], ..Self::default() };
        for at in 1..body.len() {
            let (heading, line) = (body[at - 1], body[at]);
            let above = at.checked_sub(2).map_or("", |above| body[above]);
            match judge(above, heading, line) {
                Verdict::Heading => {
                    sections.headings.push(heading);
                    sections.is_heading[at - 1] = true;
                    sections.is_heading[at] = true;
                }
                Verdict::Doubtful => sections.doubtful.push(heading),
                Verdict::Text => {}
            }
        }
        sections
    }

    /// Headings that stand there more than once, each once.
    pub(super) fn repeated(&self) -> Vec<&'a str> {
        let mut repeated: Vec<&str> = Vec::new();
        for (at, heading) in self.headings.iter().enumerate() {
            if self.headings[..at].iter().take(MOST_COMPARED).any(|known| known == heading)
                && !repeated.contains(heading)
            {
                repeated.push(heading);
            }
        }
        repeated
    }
}

/// Articles have about five headings; what has hundreds is compared with the first ones only.
const MOST_COMPARED: usize = 64;

enum Verdict {
    Heading,
    Doubtful,
    Text,
}

fn judge(above: &str, heading: &str, line: &str) -> Verdict {
    if !is_flush(heading) || !(is_run(line, b'=') || is_run(line, b'-')) || is_run(heading, b'=') {
        return Verdict::Text;
    }
    let length = heading.chars().count();
    if is_common(heading) && length.abs_diff(line.len()) <= 2 {
        return Verdict::Heading;
    }
    if !line.starts_with('=') || is_columns(heading) {
        return Verdict::Text;
    }
    // A heading of its own kind stands alone, and is no name of a file or label of a value.
    let is_alone = above.is_empty() && length == line.len();
    let is_name = heading.contains(':') || (!heading.contains(' ') && heading.contains(['.', '_', '\\']));
    if is_alone && !is_name { Verdict::Heading } else { Verdict::Doubtful }
}

fn is_common(heading: &str) -> bool {
    COMMON.contains(&heading) || heading.strip_suffix('S').is_some_and(|one| COMMON.contains(&one))
}

/// The head of a table.
fn is_columns(heading: &str) -> bool {
    heading.contains("  ") || heading.contains('\t') || heading.contains('|') || heading.starts_with('+')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, headings: &[&str], doubtful: &[&str]) {
        let lines: Vec<&str> = body.lines().collect();
        let sections = Sections::of(&lines);
        assert_eq!((sections.headings, sections.doubtful), (headings.to_vec(), doubtful.to_vec()), "{body}");
    }

    #[test]
    fn headings_of_every_kind() {
        check("SYMPTOMS\n========\n\ntext\n\nCAUSE\n=====\n\nSTATUS\n======", &["SYMPTOMS", "CAUSE", "STATUS"], &[]);
        check("WORKAROUNDS\n-----------\n\nMethod 1\n--------", &["WORKAROUNDS"], &[]);
        check("STATUS\n=======\ntext", &["STATUS"], &[]);
        check("\nSample Code\n===========", &["Sample Code"], &[]);
    }

    #[test]
    fn lines_of_excerpts_are_no_headings() {
        check("\nhman.log\n========\n", &[], &["hman.log"]);
        check("\nModule   Address\n================", &[], &[]);
        check("\nLength:       80\n================", &[], &[]);
        check("\nTEST: x\n=======", &[], &["TEST: x"]);
        check("one\ntwo\n===", &[], &["two"]);
        check("  SYMPTOMS\n  ========", &[], &[]);
        check("========\n========", &[], &[]);
        check("THE UTILITY\n-----------", &[], &[]);
    }

    #[test]
    fn repeated_headings_are_told_once() {
        let lines: Vec<&str> = "CAUSE\n=====\n\nCAUSE\n=====\n\nCAUSE\n=====".lines().collect();
        let sections = Sections::of(&lines);
        assert_eq!((sections.headings.len(), sections.repeated()), (3, vec!["CAUSE"]));
    }
}
