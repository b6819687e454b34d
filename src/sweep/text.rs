//! Texts in their plain form: what the sweep compares, and how it compares it with raw bytes.
//!
//! A plain text is words with one blank between them: ASCII letters are small, and every run of white space, control
//! characters, bytes beyond ASCII and `~`, which traces write for a line break, is one blank. Patterns and lines are compared in this form. It says "equal" more
//! often than a regex does, never less often: a rule's blank stands for any white space, a NUL is read as a blank, and
//! only the two letters of [`FOLDED`] fold to ASCII.

use std::ops::Range;

use memchr::{memchr_iter, memchr2_iter, memmem};

use super::sample::eight;
use super::simd::Vectors;

/// The two letters beyond ASCII that fold to an ASCII letter, as UTF-8: long s, and the sign of the kelvin.
pub(super) const FOLDED: [(&str, u8); 2] = [("\u{17f}", b's'), ("\u{212a}", b'k')];

/// What traces write for a line break within a message.
pub(super) const BREAK: u8 = b'~';

/// Where a line ends; no text holds it.
const LINE_END: u8 = b'\n';

/// The plain form of each byte.
pub(super) const PLAIN: [u8; 256] = {
    let mut plain = [b' '; 256];
    let mut byte = 0x21;
    while byte < 0x80 {
        plain[byte] = (byte as u8).to_ascii_lowercase();
        byte += 1;
    }
    plain[BREAK as usize] = b' ';
    plain[b'\n' as usize] = LINE_END;
    plain[b'\r' as usize] = LINE_END;
    plain
};

/// The plain form of a byte.
#[inline]
pub(super) fn plain(byte: u8) -> u8 {
    PLAIN[byte as usize]
}

/// The plain form of a letter of a pattern.
pub(super) fn plain_char(c: char) -> u8 {
    let folded = FOLDED.iter().find(|(text, _)| text.starts_with(c)).map(|(_, to)| *to);
    folded.unwrap_or_else(|| match u8::try_from(c) {
        // A line holds no line end, so it matters little what one in a pattern becomes.
        Ok(b'\n' | b'\r') => b' ',
        Ok(byte) => plain(byte),
        Err(_) => b' ',
    })
}

/// Makes one blank of many, and none at the ends.
pub(super) fn squeeze(text: &mut Vec<u8>) {
    let mut before = b' ';
    text.retain(|&byte| {
        let before = std::mem::replace(&mut before, byte);
        byte != b' ' || before != b' '
    });
    text.pop_if(|last| *last == b' ');
}

/// Whether a byte is its own plain form, and no line end. No table is looked at.
fn is_plain_byte(byte: u8) -> bool {
    (b' '..0x80).contains(&byte) & !byte.is_ascii_uppercase() & (byte != BREAK)
}

/// Whether this is a plain text, and not an empty one.
pub(super) fn is_plain(text: &[u8]) -> bool {
    let is_blank = |byte: Option<&u8>| byte.is_none_or(|&byte| byte == b' ');
    // Thousands are looked at, and nearly all are plain: without a way out early the compiler takes many bytes at once.
    let two_blanks = |(&byte, &next): (&u8, &u8)| (byte == b' ') & (next == b' ');
    !is_blank(text.first())
        && !is_blank(text.last())
        && text.iter().fold(true, |all, &byte| all & is_plain_byte(byte))
        && !text.iter().zip(text.get(1..).unwrap_or_default()).fold(false, |any, two| any | two_blanks(two))
}

/// The words of a plain text.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let ends = memchr_iter(b' ', text).chain([text.len()]);
    ends.scan(0, |from, to| Some(std::mem::replace(from, to + 1)..to))
}

/// Where the text begins and ends in the raw bytes if its byte `offset` is the raw byte `at`; nothing if it does not stand
/// there.
#[inline]
pub(super) fn extent(text: &[u8], offset: usize, raw: &[u8], at: usize) -> Option<Range<usize>> {
    // Nearly always each blank is one blank.
    if let Some(same) = at.checked_sub(offset).map(|from| from..from + text.len())
        && let Some(bytes) = raw.get(same.clone())
    {
        // Where the first difference is white space, there may be more or other white space than the one blank of the
        // text, and the rest of the text beyond it.
        let in_a_word = |at: usize| bytes.get(at).is_some_and(|&byte| plain(byte) != b' ');
        let behind = first_difference(text, bytes, offset);
        if behind.is_some_and(in_a_word) {
            return None;
        }
        let before = last_difference(text, bytes, offset);
        if before.is_some_and(in_a_word) {
            return None;
        }
        if behind.is_none() && before.is_none() {
            return Some(same);
        }
    }
    extent_by_bytes(text, offset, raw, at)
}

/// The same, byte by byte.
fn extent_by_bytes(text: &[u8], offset: usize, raw: &[u8], at: usize) -> Option<Range<usize>> {
    let ((before, after), (raw_before, raw_after)) = (text.split_at_checked(offset)?, raw.split_at_checked(at)?);
    let to = at + length(after.iter(), raw_after.iter())?;
    Some(at - length(before.iter().rev(), raw_before.iter().rev())?..to)
}

/// The first place from `from` on where as many raw bytes are not those of the text, in any case.
#[inline]
fn first_difference(text: &[u8], raw: &[u8], from: usize) -> Option<usize> {
    (from..text.len()).step_by(8).find_map(|at| {
        let differences = differences(eight(text, at), eight(raw, at));
        (differences != 0).then(|| at + differences.trailing_zeros() as usize / 8)
    })
}

/// The last one before `to`.
#[inline]
fn last_difference(text: &[u8], raw: &[u8], to: usize) -> Option<usize> {
    (0..to).rev().step_by(8).find_map(|last| {
        let (first, behind) = (last.saturating_sub(7), 7usize.saturating_sub(last));
        let differences = differences(eight(text, first), eight(raw, first)) << (8 * behind);
        (differences != 0).then(|| last - differences.leading_zeros() as usize / 8)
    })
}

/// A bit or more in each of eight bytes that is not that of the plain text, in any case.
#[inline]
pub(super) fn differences(text: u64, raw: u64) -> u64 {
    let each = u64::from_le_bytes([1; 8]);
    // The sums set the highest bit of each byte that is no less than `a`, and of each that is beyond `z`.
    let (from_a, beyond_z) = (text + each * u64::from(0x80 - b'a'), text + each * u64::from(0x7f - b'z'));
    // Which is where the two cases of a letter differ.
    let cases = (from_a & !beyond_z & (each << 7)) >> 2;
    (text ^ raw) & !cases
}

/// How many raw bytes the text takes, read in one direction or the other.
fn length<'a>(text: impl Iterator<Item = &'a u8>, raw: impl Iterator<Item = &'a u8>) -> Option<usize> {
    let (mut raw, mut length) = (raw.map(|&byte| plain(byte)).peekable(), 0);
    for &wanted in text {
        raw.next_if_eq(&wanted)?;
        length += 1;
        while wanted == b' ' && raw.next_if_eq(&b' ').is_some() {
            length += 1;
        }
    }
    Some(length)
}

/// Where a text is best looked for in a line: the first of two bytes of it that are rare in most texts. Where two words
/// meet there is none, as anything may stand between them.
pub(super) fn rarest(text: &[u8]) -> usize {
    let rank = |at: usize| text.get(at).filter(|&&byte| byte != b' ').map(|&byte| u32::from(RARITY[usize::from(byte)]));
    let both = |at: &usize| rank(*at).map(|first| rank(at + 1).map_or(first, |second| 1000 + first + second));
    (0..text.len()).max_by_key(both).unwrap_or(0)
}

/// How rare each byte is.
const RARITY: [u8; 256] = {
    // From the most to the least frequent in English and in logs.
    const COMMON: &[u8] = b" etaoinsrhldcumfpgwybv0.1,:k2-3_\\4596(8)/7x'\"=j<>q[]z$";
    let mut rarity = [COMMON.len() as u8; 256];
    let mut rank = 0;
    while rank < COMMON.len() {
        rarity[COMMON[rank] as usize] = rank as u8;
        rank += 1;
    }
    rarity
};

/// Whether the text stands somewhere in the line; `rare` is what [`rarest`] says of it.
pub(super) fn stands_in(text: &[u8], rare: usize, line: &[u8], vectors: Option<Vectors>) -> bool {
    stands_within(text, rare, line, 0..line.len(), vectors, |_| true)
}

/// How many bytes so many letters are at most that stand at the beginning of these bytes.
pub(super) fn reach(bytes: Option<&[u8]>, letters: usize) -> usize {
    let bytes = bytes.unwrap_or_default();
    if bytes.get(..letters).unwrap_or(bytes).is_ascii() { letters } else { 4 * letters }
}

/// One of the two functions below.
pub(super) type Within = fn(&[u8], usize, &[u8], Range<usize>, Option<Vectors>) -> bool;

/// Whether the text begins in the line at one of the places.
pub(super) fn begins_within(
    text: &[u8],
    rare: usize,
    line: &[u8],
    places: Range<usize>,
    vectors: Option<Vectors>,
) -> bool {
    // One blank may be many.
    let is_fixed = text.iter().take(rare).all(|&byte| byte != b' ');
    let to = if is_fixed { places.end + rare } else { line.len() };
    stands_within(text, rare, line, places.start + rare..to, vectors, |extent| places.contains(&extent.start))
}

/// Whether the text ends in the line right before one of the places.
pub(super) fn ends_within(
    text: &[u8],
    rare: usize,
    line: &[u8],
    places: Range<usize>,
    vectors: Option<Vectors>,
) -> bool {
    let behind = text.len() - rare;
    let is_fixed = text.iter().skip(rare).all(|&byte| byte != b' ');
    let from = if is_fixed { places.start.saturating_sub(behind) } else { 0 };
    let to = places.end.saturating_sub(behind);
    stands_within(text, rare, line, from..to, vectors, |extent| places.contains(&extent.end))
}

/// Whether the text stands in the line so that the first of its two rare bytes is within some places, where it is wanted.
fn stands_within(
    text: &[u8],
    rare: usize,
    line: &[u8],
    places: Range<usize>,
    vectors: Option<Vectors>,
    wanted: impl Fn(Range<usize>) -> bool,
) -> bool {
    let Some([first, rest @ ..]) = text.get(rare..) else { return false };
    let stands = |at: usize| extent(text, rare, line, places.start + at).is_some_and(&wanted);
    let some = |more: usize| line.get(places.start..(places.end + more).min(line.len())).unwrap_or_default();
    match (vectors, rest.first()) {
        (Some(vectors), Some(second)) if *second != b' ' => vectors.any_pair(some(1), [*first, *second], stands),
        _ => memchr2_iter(*first, first.to_ascii_uppercase(), some(0)).any(stands),
    }
}

/// Writes the bytes with one blank for each run of white space, line ends among it: nothing but single blanks is left.
pub(super) fn flatten(raw: &[u8], out: &mut Vec<u8>) {
    let is_white = |byte: u8| byte.cast_signed() <= 0x20 || byte == BREAK;
    out.clear();
    out.extend(raw.iter().map(|&byte| if is_white(byte) { b' ' } else { byte }));
    // Few texts have such runs, and to look for one costs less than to copy the bytes one by one.
    let pairs = out.iter().zip(out.iter().skip(1));
    let runs = pairs.fold(0, |any, (&a, &b)| any | (u8::from(a == b' ') & u8::from(b == b' ')));
    if runs != 0 {
        out.dedup_by(|a, b| *a == b' ' && *b == b' ');
    }
}

/// Whether one of the letters of [`FOLDED`] stands in the bytes.
pub(super) fn has_folded(raw: &[u8]) -> bool {
    FOLDED.iter().any(|(text, _)| memmem::find(raw, text.as_bytes()).is_some())
}

/// Where bytes were taken away: the place in the shorter text, and how many are missing up to there.
pub(super) type Cut = (usize, usize);

/// Writes the bytes with the letters of [`FOLDED`] as the ASCII letters that they fold to.
pub(super) fn unfold(raw: &[u8], out: &mut Vec<u8>, cuts: &mut Vec<Cut>) {
    out.clear();
    cuts.clear();
    let (mut at, mut missing) = (0, 0);
    while let Some(&byte) = raw.get(at) {
        let folded = FOLDED.iter().find(|(text, _)| raw[at..].starts_with(text.as_bytes()));
        out.push(folded.map_or(byte, |(_, to)| *to));
        if let Some((text, _)) = folded {
            missing += text.len() - 1;
            cuts.push((out.len(), missing));
        }
        at += folded.map_or(1, |(text, _)| text.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_out_and_put_back() {
        let mut text = b"  unable to  connect  ".to_vec();
        assert!(!is_plain(&text));
        squeeze(&mut text);
        assert_eq!(text, b"unable to connect");
        assert!(is_plain(&text) && is_plain(b"x"));
        for text in ["", " x", "x ", "x  y", "X", "x\ny", "x\ty", "x~y", "\u{e4}"] {
            assert!(!is_plain(text.as_bytes()), "{text:?}");
        }
        let cut: Vec<_> = words(&text).map(|word| String::from_utf8_lossy(&text[word]).into_owned()).collect();
        assert_eq!(cut, ["unable", "to", "connect"]);
    }

    #[test]
    fn a_blank_stands_for_any_white_space() {
        let text = b"to connect";
        for (line, stands) in [
            ("Unable TO Connect", true),
            ("to\t\u{a0}  connect", true),
            ("to\0connect", true),
            ("to~connect", true),
            ("to ~ connect", true),
            ("toconnect", false),
            ("to\nconnect", false),
            ("to\r\nconnect", false),
            ("to connec", false),
            ("o connect", false),
        ] {
            assert_eq!(stands_in(text, rarest(text), line.as_bytes(), None), stands, "{line:?}");
            for vectors in Vectors::all() {
                assert_eq!(stands_in(text, rarest(text), line.as_bytes(), Some(vectors)), stands, "{line:?}");
            }
            let at = line.to_ascii_lowercase().find("connect").unwrap_or(0);
            assert_eq!(extent(text, 3, line.as_bytes(), at).is_some(), stands, "{line:?}");
        }
    }

    /// A text is given up early only where the slow way gives it up, too; letters of the text are changed in the line, and
    /// blanks are made longer.
    #[test]
    fn it_stands_where_it_stands_byte_by_byte() {
        let text = b"to [a b] connect with the site server (of x) again";
        let (mut found, mut lost) = (0, 0);
        for changed in 0..text.len() {
            for instead in ["", "X", "  ", "\t", "~", "\0", "{", " -", "\n", "\u{a0} "] {
                for again in [changed, (changed * 7 + 3) % text.len()] {
                    let mut line = "... ".to_owned();
                    for (at, &byte) in text.iter().enumerate() {
                        if at == changed || at == again { line.push_str(instead) } else { line.push(byte.into()) }
                    }
                    line.push_str(" ...");
                    for offset in 0..text.len() {
                        for at in [4 + offset, 2 + offset + instead.len(), line.len().saturating_sub(offset)] {
                            let quick = extent(text, offset, line.as_bytes(), at);
                            assert_eq!(
                                quick,
                                extent_by_bytes(text, offset, line.as_bytes(), at),
                                "{line:?} {offset} {at}"
                            );
                            if quick.is_some() { found += 1 } else { lost += 1 }
                        }
                    }
                }
            }
        }
        assert!(found > 1_000 && lost > 1_000, "{found} {lost}");
    }

    #[test]
    fn it_is_looked_for_where_it_is_rare() {
        for (text, at) in [("error", 1), ("to_connect", 2), ("a bc d", 2), ("a z b", 2), ("x", 0), ("", 0)] {
            assert_eq!(rarest(text.as_bytes()), at, "{text:?}");
        }
    }

    /// All ways find it, wherever in the line it stands, and nothing else.
    #[test]
    fn a_vector_unit_finds_the_same() {
        for text in ["xy", "a zw", "z b", "z", "{[ab", "manager"] {
            for before in 0..140 {
                for behind in [0, 1, 63, 70] {
                    let (before, behind) = ("z".repeat(before), "y-".repeat(behind));
                    for (word, stands) in
                        [(text.to_uppercase(), true), ("-".to_owned(), text == "z" && !before.is_empty())]
                    {
                        let line = before.clone() + &word + "-" + &behind;
                        for vectors in [None].into_iter().chain(Vectors::all().map(Some)) {
                            let found = stands_in(text.as_bytes(), rarest(text.as_bytes()), line.as_bytes(), vectors);
                            assert_eq!(found, stands, "{text:?} in {line:?} {vectors:?}");
                        }
                    }
                }
            }
        }
    }

    /// All ways find it where it may stand, and nowhere else.
    #[test]
    fn it_is_found_where_it_may_begin_or_end() {
        for (text, raw) in [("xy", "XY"), ("a zw", "a  \tzw"), ("z b", "z ~ b"), ("z", "Z"), ("axe b c", "axe  b\tc")] {
            for before in 0..80 {
                let line = ".".repeat(before) + raw + &".".repeat(70);
                let (text, line, rare) = (text.as_bytes(), line.as_bytes(), rarest(text.as_bytes()));
                let (begin, end) = (before, before + raw.len());
                for vectors in [None].into_iter().chain(Vectors::all().map(Some)) {
                    for places in [0..begin, 0..begin + 1, begin..begin + 1, begin + 1..200, begin..200] {
                        let found = begins_within(text, rare, line, places.clone(), vectors);
                        assert_eq!(found, places.contains(&begin), "{places:?} {begin} {vectors:?}");
                    }
                    for places in [0..end, 0..end + 1, end..end + 1, end + 1..200, end..200] {
                        let found = ends_within(text, rare, line, places.clone(), vectors);
                        assert_eq!(found, places.contains(&end), "{places:?} {end} {vectors:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn plain_bytes_are_their_own_plain_form() {
        for byte in 0..=u8::MAX {
            assert_eq!(is_plain_byte(byte), plain(byte) == byte && byte != LINE_END, "{byte}");
        }
    }

    #[test]
    fn a_flat_text_has_single_blanks() {
        let mut out = Vec::new();
        for (text, flat) in [("", ""), ("a b", "a b"), ("A\r\n~b\u{a0}\tc ", "A b c "), ("~", " "), ("a~b", "a b")] {
            flatten(text.as_bytes(), &mut out);
            assert_eq!(out, flat.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn two_letters_fold_to_ascii() {
        let (mut out, mut cuts) = (Vec::new(), Vec::new());
        unfold("aſb\u{212a}c ä".as_bytes(), &mut out, &mut cuts);
        assert_eq!(out, "asbkc ä".as_bytes());
        assert_eq!(cuts, [(2, 1), (4, 3)]);
        assert!(has_folded("xſ".as_bytes()) && !has_folded("xä".as_bytes()));
        assert_eq!(
            (plain_char('\u{212a}'), plain_char('ä'), plain_char('\t'), plain_char('A')),
            (b'k', b' ', b' ', b'a')
        );
    }
}
