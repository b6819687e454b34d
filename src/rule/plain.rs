//! Texts and globs without an automaton: most patterns are such, and automata for thousands of them would take more
//! memory than all else. What is found is just what the regular expression of the pattern would find.

use std::ops::Range;

/// Whether this can look for a source: each letter of it is one byte.
pub(super) fn is_plain(source: &str) -> bool {
    source.is_ascii() && !source.trim().is_empty()
}

/// The first place from `from` on where the words stand one behind the other, with white space between them.
pub(super) fn find_words(source: &str, text: &str, from: usize) -> Option<Range<usize>> {
    let first = *source.trim_start().as_bytes().first()?;
    let mut from = from;
    loop {
        let start = from + find_letter(first, text.as_bytes().get(from..)?)?;
        if let Some(rest) = strip_words(source, text.get(start..)?) {
            return Some(start..text.len() - rest.len());
        }
        from = start + 1;
    }
}

/// Whether the whole text is as the glob says: `*` stands for anything, and `?` for one character.
pub(super) fn is_glob(glob: &str, text: &str) -> bool {
    let glob = glob.as_bytes();
    let (mut at, mut rest) = (0, text);
    // Behind the last star, and what it has not taken.
    let mut star: Option<(usize, &str)> = None;
    loop {
        let stripped = match glob.get(at) {
            None if rest.is_empty() => return true,
            None => None,
            Some(b'*') => {
                at += 1;
                star = Some((at, rest));
                continue;
            }
            Some(b'?') => strip_any(rest),
            Some(&letter) => strip_letter(rest, letter),
        };
        if let Some(stripped) = stripped {
            (at, rest) = (at + 1, stripped);
            continue;
        }
        // The star takes one more.
        let Some((behind, more)) = star.and_then(|(behind, left)| Some((behind, strip_any(left)?))) else {
            return false;
        };
        star = Some((behind, more));
        (at, rest) = (behind, more);
    }
}

/// Where a letter may stand next. Two of them have a form beyond ASCII, which is told by its first byte.
fn find_letter(letter: u8, bytes: &[u8]) -> Option<usize> {
    let (small, capital) = (letter.to_ascii_lowercase(), letter.to_ascii_uppercase());
    match small {
        b'k' => memchr::memchr3(small, capital, 0xE2, bytes),
        b's' => memchr::memchr3(small, capital, 0xC5, bytes),
        _ => memchr::memchr2(small, capital, bytes),
    }
}

/// What stands behind the words, if the text begins with them.
fn strip_words<'t>(source: &str, text: &'t str) -> Option<&'t str> {
    let mut rest = text;
    for (nth, word) in source.split_whitespace().enumerate() {
        if nth > 0 {
            let word_end = rest;
            rest = rest.trim_start();
            if rest.len() == word_end.len() {
                return None;
            }
        }
        for letter in word.bytes() {
            rest = strip_letter(rest, letter)?;
        }
    }
    Some(rest)
}

/// What stands behind an ASCII letter, whatever its case.
#[inline]
fn strip_letter(text: &str, letter: u8) -> Option<&str> {
    let mut chars = text.chars();
    let same = match chars.next()? {
        '\u{212a}' => letter.eq_ignore_ascii_case(&b'k'),
        '\u{17f}' => letter.eq_ignore_ascii_case(&b's'),
        other => other.eq_ignore_ascii_case(&char::from(letter)),
    };
    same.then_some(chars.as_str())
}

fn strip_any(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}
