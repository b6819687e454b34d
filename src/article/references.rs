//! The ids of other articles that an article names.

use std::collections::HashSet;

use super::words::id_at;

/// The ids in order of first mention, without its own. Names of files, such as `Q123456.exe`, name no article.
pub(super) fn references(lines: &[&str], own: &str) -> Vec<String> {
    let mut seen: HashSet<String> = HashSet::from([own.to_owned()]);
    let mut list = Vec::new();
    let mut add = |id: &str| {
        if seen.insert(id.to_owned()) {
            list.push(id.to_owned());
        }
    };
    for (at, line) in lines.iter().enumerate() {
        ids_of(line, &mut add);
        if let Some(id) = wrapped(line, lines.get(at + 1).copied().unwrap_or_default()) {
            add(&id);
        }
    }
    list
}

fn ids_of(line: &str, add: &mut impl FnMut(&str)) {
    for (at, _) in line.match_indices('Q') {
        let is_inside =
            line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '\\' | '/' | '.' | '=' | '%'));
        let Some(id) = id_at(&line[at..]).filter(|_| !is_inside) else { continue };
        let behind = &line[at + id.len()..];
        let extension = behind.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
        // A line may end within the id.
        let may_go_on = behind.is_empty() && id.len() < LONGEST && line.len() >= WRAPPED_FROM;
        if is_length(id) && !extension && !may_go_on {
            add(id);
        }
    }
}

/// `Q` and six digits.
const LONGEST: usize = 7;

/// A line that is wrapped is about this long, at least.
const WRAPPED_FROM: usize = 74;

fn is_length(id: &str) -> bool {
    (6..=LONGEST).contains(&id.len())
}

/// An id that goes on in the next line: `…Q123` and `456`.
fn wrapped(line: &str, next: &str) -> Option<String> {
    if line.len() < WRAPPED_FROM {
        return None;
    }
    let begin = line.rfind('Q').filter(|at| line.len() - at < LONGEST)?;
    let front = &line[begin..];
    let before = line[..begin].chars().next_back().unwrap_or(' ');
    if before.is_alphanumeric() || !front[1..].bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = next.trim_start();
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let whole = format!("{front}{}", &digits[..count]);
    let whole = if count > 0 && is_length(&whole) { whole } else { front.to_owned() };
    is_length(&whole).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], wanted: &[&str]) {
        assert_eq!(references(lines, "Q111111"), wanted, "{lines:?}");
    }

    #[test]
    fn ids_in_order_each_once() {
        check(
            &["See Q222222, Q33333 and (Q222222).", "Q444444: a title", "Q111111"],
            &["Q222222", "Q33333", "Q444444"],
        );
        check(&["Q444444 Another Title"], &["Q444444"]);
        check(&["ends with Q444444."], &["Q444444"]);
    }

    #[test]
    fn names_of_files_are_no_references() {
        check(&["run Q242489.exe, Q246527.log or c:\\Q222222 or Q222222_x86 and Q1234, xQ222222"], &[]);
        check(&["http://example.com/Q222222"], &[]);
    }

    #[test]
    fn wrapped_ids() {
        let filler = "word ".repeat(15);
        check(&[&format!("{filler}Q222"), "333 A Title"], &["Q222333"]);
        check(&[&format!("{filler}Q22222"), "3 A Title"], &["Q222223"]);
        check(&[&format!("{filler}Q22222"), "A Title"], &["Q22222"]);
        check(&[&format!("{filler}Q222222"), "7 ways"], &["Q222222"]);
        check(&["short Q222", "333"], &[]);
    }
}
