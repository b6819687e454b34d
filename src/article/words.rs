//! Small tests and cuts of text that several parts share.

/// A line of one character repeated, at least this often. The rules between the parts of an article are 70 to 79 long.
const RULE: usize = 60;

/// Whether a line is a rule of this character between the parts of an article.
pub(super) fn is_rule(line: &str, of: u8) -> bool {
    line.len() >= RULE && is_run(line, of)
}

/// Whether a line is this character repeated, with no blank around.
pub(super) fn is_run(line: &str, of: u8) -> bool {
    !line.is_empty() && line.bytes().all(|byte| byte == of)
}

/// Whether a line is not indented.
pub(super) fn is_flush(line: &str) -> bool {
    line.starts_with(|c: char| !c.is_whitespace())
}

/// The text after a prefix in any letter case.
pub(super) fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// The place of a text of ASCII in any letter case.
pub(super) fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    text.windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}

/// The beginning of a text: no more than so many bytes, and whole letters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text with single blanks between its words.
pub(super) fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The word without the punctuation around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// No list of an article has more entries than this, but that of the ids that it names.
pub(super) const MOST: usize = 256;

/// Adds a text that is not in the list yet.
pub(super) fn add_once(list: &mut Vec<String>, text: &str) {
    if !text.is_empty() && list.len() < MOST && !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

/// The id at the beginning of a text: a `Q` and its number, which no other letter or digit follows.
pub(super) fn id_at(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('Q')?.bytes().take_while(u8::is_ascii_digit).count();
    let id = text.get(..=digits)?;
    let ends = !text[id.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    ((4..=7).contains(&digits) && ends).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_runs() {
        assert!(is_rule(&"-".repeat(79), b'-') && !is_rule(&"-".repeat(20), b'-'));
        assert!(!is_rule(&format!("{} x", "-".repeat(79)), b'-'));
        assert!(is_run("===", b'=') && !is_run("", b'=') && !is_run(" ==", b'='));
    }

    #[test]
    fn ids() {
        let check = |text, wanted| assert_eq!(id_at(text), wanted, "{text}");
        check("Q168463: a title", Some("Q168463"));
        check("Q62307", Some("Q62307"));
        check("Q9961", Some("Q9961"));
        check("Q168463a", None);
        check("Q168463_x86", None);
        check("Q12", None);
        check("Quote", None);
        check("Q12345678", None);
    }

    #[test]
    fn texts_in_any_letter_case() {
        assert_eq!(after("Issue Type  : x", "issue type"), Some("  : x"));
        assert_eq!(after("Iss", "issue type"), None);
        assert_eq!(find_ignoring_case("go to Hkey_Local", "HKEY_"), Some(6));
        assert_eq!(squeeze("  a \t b\n c "), "a b c");
        assert_eq!(bare("(SP3),"), "SP3");
    }
}
