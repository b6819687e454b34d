//! Terminal safety. Logs, file names and rules come from strangers, and a terminal obeys what is in them: an escape
//! sequence can retitle the window, hide a line or swallow the rest of it, and a bidi control can make a path read as another.

/// The text with nothing in it that a terminal would obey. Every string from a bundle or a rule passes here on its way
/// to a person. Nothing is deleted, since what was there is evidence, and the width stays what it was: C0 controls become
/// their pictures (`␛`), all others U+FFFD.
#[must_use]
pub fn safe(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            '\u{7f}' => '\u{2421}',
            other if is_unsafe(other) => '\u{fffd}',
            other => other,
        })
        .collect()
}

/// Controls (C0, delete, C1), bidi controls, line and paragraph separators, and the byte order mark.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left_and_nothing_is_lost() {
        for (text, wanted) in [
            ("plain äöü 日本", "plain äöü 日本"),
            ("\u{1b}]0;owned", "␛]0;owned"),
            ("a\tb\r\n", "a␉b␍␊"),
            ("\u{9b}31m", "\u{fffd}31m"),
            ("\u{7f}", "␡"),
            ("ab\u{202e}exe.txt", "ab\u{fffd}exe.txt"),
            ("\u{feff}x\u{2066}y\u{2028}", "\u{fffd}x\u{fffd}y\u{fffd}"),
        ] {
            assert_eq!(safe(text), wanted);
            assert_eq!(safe(text).chars().count(), text.chars().count());
        }
    }
}
