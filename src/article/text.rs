//! Bytes as text: encodings, the escapes that some layouts use, and characters that no article means.

use std::borrow::Cow;

use super::record::Unreadable;

/// The text of an article. Blanks that do not break are blanks, and control characters are left out: some layouts print
/// them as `<A0>` or not at all, and no field needs them.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    let text: Cow<'_, str> = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        _ if bytes.contains(&0) => return Err(Unreadable::Binary),
        // What is not UTF-8 as a whole is the code page that these articles were written in.
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
        },
    };
    let text = if text.contains('\n') { text } else { text.replace('\r', "\n").into() };
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    Ok(plain(text))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Control characters and odd blanks go, where there are any.
fn plain(text: Cow<'_, str>) -> String {
    let is_odd = |c: char| c == '\u{a0}' || c == '\u{feff}' || (c.is_control() && c != '\n' && c != '\t');
    // Most texts have none but the carriage returns, which go with the blanks at the end of a line.
    if !text.contains(|c| c != '\r' && is_odd(c)) {
        return text.into_owned();
    }
    let kept = text.chars().filter_map(|c| match c {
        '\u{a0}' => Some(' '),
        c if is_odd(c) => None,
        c => Some(c),
    });
    kept.collect()
}

/// Replaces `<A0>`, `<B6>` and `<7F>`, which some copies print for bytes beyond ASCII.
pub(super) fn unescape_bytes(text: &str) -> Cow<'_, str> {
    if !text.as_bytes().windows(4).any(|window| byte_escape(window).is_some()) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(byte) = byte_escape(rest.as_bytes()) {
            let bytes = [byte];
            let (decoded, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
            out.push_str(&plain(Cow::Borrowed(&decoded)));
            rest = &rest[4..];
        } else {
            out.push('<');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out.into()
}

/// The byte of an escape at the beginning, if it is one that has no character in ASCII.
fn byte_escape(bytes: &[u8]) -> Option<u8> {
    let [b'<', high, low, b'>', ..] = bytes else { return None };
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let byte = digit(*high)? << 4 | digit(*low)?;
    (byte >= 0x7F || byte == 0x1B).then_some(byte)
}

/// So long an entity may be: `&rdquo;`, `&#8221;`.
const MAX_ENTITY: usize = 10;

/// Decodes the entities of HTML. What is none stays as it is.
pub(super) fn unescape_html(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(MAX_ENTITY).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out.into()
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).map(|c| if c == '\u{a0}' { ' ' } else { c }).filter(|c| !c.is_control());
    }
    let named = [
        ("quot", '"'),
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("apos", '\''),
        ("nbsp", ' '),
        ("copy", '\u{a9}'),
        ("reg", '\u{ae}'),
        ("trade", '\u{2122}'),
        ("lsquo", '\u{2018}'),
        ("rsquo", '\u{2019}'),
        ("ldquo", '\u{201c}'),
        ("rdquo", '\u{201d}'),
        ("ndash", '\u{2013}'),
        ("mdash", '\u{2014}'),
        ("hellip", '\u{2026}'),
    ];
    named.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

/// Leaves out the tags of HTML. A `<` that begins no tag stays.
pub(super) fn untag(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        if !is_tag {
            out.push('<');
            rest = &rest[1..];
            continue;
        }
        // If no tag ends any more, the rest is text.
        let Some(end) = rest.find('>') else { break };
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf8_is_windows_1252() {
        let check = |bytes: &[u8], wanted: &str| assert_eq!(decode(bytes).ok().as_deref(), Some(wanted));
        check(b"caf\xE9 \x96 \x93x\x94", "caf\u{e9} \u{2013} \u{201c}x\u{201d}");
        check("caf\u{e9}".as_bytes(), "caf\u{e9}");
        check(b"\xEF\xBB\xBFa", "a");
        check(b"\xFF\xFEa\0b\0", "ab");
        check(b"Version\xA04 \x7F\x1B end", "Version 4  end");
        check(b"one\rtwo", "one\ntwo");
    }

    #[test]
    fn no_text_and_no_article() {
        assert_eq!(decode(b"MZ\0\0"), Err(Unreadable::Binary));
        assert_eq!(decode(b" \r\n\r\n"), Err(Unreadable::Empty));
        assert_eq!(decode(b""), Err(Unreadable::Empty));
    }

    #[test]
    fn escapes_of_bytes() {
        assert_eq!(
            unescape_bytes("Windows<A0>NT <B6> <7F>x <41> <a0> <AG> <A"),
            "Windows NT \u{b6} x <41> <a0> <AG> <A"
        );
        assert_eq!(unescape_bytes("<<A9>>"), "<\u{a9}>");
    }

    #[test]
    fn entities() {
        assert_eq!(unescape_html("&quot;A &amp; B&quot; &#92;&#x5B;&#93;"), "\"A & B\" \\[]");
        assert_eq!(unescape_html("a && b &unknown; &; &#0; &#99999999; &"), "a && b &unknown; &; &#0; &#99999999; &");
        assert_eq!(unescape_html("&amp;lt;"), "&lt;");
        assert_eq!(unescape_html("&\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9};"), "&\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9};");
    }

    #[test]
    fn tags() {
        assert_eq!(untag("<pre><code>a < b</code></pre> 1<2"), "a < b 1<2");
        assert_eq!(untag("a <b never ends"), "a <b never ends");
        let many = "<a".repeat(100_000);
        assert_eq!(untag(&many), many);
    }
}
