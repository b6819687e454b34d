//! The status of an article: what it says became of the defect.
//!
//! The text decides before the footer does, since the solution type lies: articles of fixed defects are marked as pending,
//! articles whose fix is in a list as never to be fixed. In this order:
//!
//! 1. `fixed`: a sentence names a level that it was corrected in;
//! 2. `by-design`: the text says so;
//! 3. `fixed`: the text offers a hotfix, or the solution type is `kbfix`;
//! 4. `pending`: the text says that the defect is looked into, or the solution type is `kbpending`;
//! 5. `confirmed`: the text confirms the defect;
//! 6. `how-to`: the issue type says so;
//! 7. else none.

use super::record::Status;

/// The status, from the text in lower-case letters, whether it names a level, and the footer.
pub(super) fn status(lower: &str, names_level: bool, issue: Option<&str>, solution: Option<&str>) -> Option<Status> {
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
    let solution = |wanted: &str| solution.is_some_and(|words| words.split_whitespace().any(|word| word == wanted));
    if names_level {
        return Some(Status::Fixed);
    }
    if says(BY_DESIGN) {
        return Some(Status::ByDesign);
    }
    if says(HOTFIX) || (solution("kbfix") && !says(PENDING)) {
        return Some(Status::Fixed);
    }
    if says(PENDING) || solution("kbpending") {
        return Some(Status::Pending);
    }
    if confirmed(lower) {
        return Some(Status::Confirmed);
    }
    let how_to = issue.is_some_and(|words| words.split_whitespace().any(|word| word == "kbhowto"));
    how_to.then_some(Status::HowTo)
}

const BY_DESIGN: &[&str] = &["is by design", "are by design", "was by design", "works by design", "by design of"];

const HOTFIX: &[&str] = &[
    "supported fix is now available",
    "supported fix is available",
    "supported hotfix is",
    "supported fix that corrects this problem is",
    "to obtain the fix",
    "to obtain the hotfix",
    "to obtain the following fix",
];

const PENDING: &[&str] = &[
    "researching this problem",
    "researching these problems",
    "researching this issue",
    "researching this bug",
    "researching the problem",
    "researching these bugs",
    "fix to this problem is in development",
    "fix for this problem is in development",
];

/// How far behind "has confirmed" it is said what.
const WITHIN: usize = 15;

/// Whether the vendor confirms the defect, in the text in lower-case letters.
pub(super) fn confirmed(lower: &str) -> bool {
    let nouns = ["problem", "issue", "bug", "error", "limitation", "defect"];
    lower.match_indices("microsoft has confirmed").any(|(at, phrase)| {
        let words = lower[at + phrase.len()..].split_whitespace().take(WITHIN);
        words.into_iter().any(|word| nouns.iter().any(|noun| word.starts_with(noun)))
    })
}

/// Whether the footer says something else than the text does.
pub(super) fn disagrees(status: Option<Status>, solution: Option<&str>) -> bool {
    match (status, solution) {
        (Some(Status::Fixed), Some(solution)) => !solution.contains("kbfix"),
        (Some(Status::ByDesign | Status::Pending), Some(solution)) => solution.contains("kbfix"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_decides_before_the_footer() {
        let check = |lower: &str, level, issue, solution, wanted| {
            assert_eq!(status(lower, level, issue, solution), wanted, "{lower} {solution:?}");
        };
        let confirmed = "microsoft has confirmed this to be a problem in version 1.2.";
        check(confirmed, false, Some("kbbug"), None, Some(Status::Confirmed));
        check(confirmed, true, None, Some("kbpending"), Some(Status::Fixed));
        check(confirmed, false, None, Some("kbpending"), Some(Status::Pending));
        check(confirmed, false, None, Some("kbnofix"), Some(Status::Confirmed));
        check(confirmed, false, None, Some("kbfix kbnofix"), Some(Status::Fixed));
        check("this behavior is by design.", false, Some("kbprb"), None, Some(Status::ByDesign));
        check("a supported fix is now available", false, None, Some("kbpending"), Some(Status::Fixed));
        check("we are researching this problem and", false, None, Some("kbfix"), Some(Status::Pending));
        check("", false, Some("kbhowto kbinfo"), None, Some(Status::HowTo));
        check("", false, Some("kbinfo"), None, None);
    }

    #[test]
    fn confirmations() {
        assert!(confirmed("microsoft has confirmed that these are problems in"));
        assert!(confirmed("microsoft has confirmed this to be a problem some server version"));
        assert!(!confirmed("microsoft has confirmed that the fix works"));
        assert!(!confirmed("confirmed"));
    }

    #[test]
    fn disagreement_is_told() {
        assert!(disagrees(Some(Status::Fixed), Some("kbpending")));
        assert!(disagrees(Some(Status::ByDesign), Some("kbfix")));
        assert!(!disagrees(Some(Status::Fixed), None));
        assert!(!disagrees(Some(Status::Confirmed), Some("kbnofix")));
    }
}
