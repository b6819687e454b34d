//! Which encoding a file is in, and how a line of it becomes text.
//!
//! Nobody wrote down the encoding of a log of this age, so the bytes decide: a byte order mark, then the pattern of NULs
//! that UTF-16 leaves, then whether it is UTF-8, then what the manifest says of the host, then a guess.

use std::borrow::Cow;

use super::codepage;

/// How the bytes of a file become characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, or plain ASCII. A byte that does not fit is taken from the fallback.
    Utf8 { fallback: CodePage },
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// One byte a character (or what the code page says).
    Page(CodePage),
}

/// What the head of a file tells of its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Detected {
    pub(crate) encoding: Encoding,
    /// How many bytes of byte order mark to skip.
    pub(crate) mark: usize,
    /// What decided: `mark`, `content`, `manifest` or `guess`.
    pub(crate) by: &'static str,
}

impl Detected {
    /// For a format that is not text. Nothing is decoded.
    pub(crate) const BINARY: Self =
        Self { encoding: Encoding::Page(CodePage::Standard(encoding_rs::WINDOWS_1252)), mark: 0, by: "content" };
}

impl Encoding {
    /// Decides by the head of a file.
    pub(crate) fn detect(head: &[u8], stated: Option<CodePage>) -> Detected {
        // What a text that is UTF-8 but for a stray byte takes that byte from.
        let fallback = stated.unwrap_or_default();
        match head {
            [0xEF, 0xBB, 0xBF, ..] => return Detected { encoding: Self::Utf8 { fallback }, mark: 3, by: "mark" },
            [0xFF, 0xFE, ..] => return Detected { encoding: Self::Utf16Le, mark: 2, by: "mark" },
            [0xFE, 0xFF, ..] => return Detected { encoding: Self::Utf16Be, mark: 2, by: "mark" },
            _ => {}
        }
        if let Some(encoding) = utf16_by_nuls(head) {
            return Detected { encoding, mark: 0, by: "content" };
        }
        let (mut wide, mut wrong) = (0_usize, 0_usize);
        for chunk in head.utf8_chunks() {
            wide += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
            wrong += chunk.invalid().len();
        }
        // A head may end inside a character.
        let ends_inside = std::str::from_utf8(head).is_err_and(|error| error.error_len().is_none());
        if ends_inside && wrong <= 3 {
            wrong = 0;
        }
        if wrong == 0 || wide > 4 * wrong {
            return Detected { encoding: Self::Utf8 { fallback }, mark: 0, by: "content" };
        }
        let (page, by) = stated.map_or_else(|| (codepage::guess(head), "guess"), |page| (page, "manifest"));
        Detected { encoding: Self::Page(page), mark: 0, by }
    }

    /// The name that the report shows.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 { .. } => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Page(page) => page.name(),
        }
    }

    /// Whether what looks like ASCII in the bytes is ASCII. East Asian pages use such bytes for the second half of a letter.
    /// UTF-16 is UTF-8 by the time that anybody asks.
    pub(crate) fn keeps_ascii(self) -> bool {
        match self {
            Self::Utf8 { .. } | Self::Utf16Le | Self::Utf16Be | Self::Page(CodePage::Dos(..)) => true,
            Self::Page(CodePage::Standard(encoding)) => encoding.is_single_byte(),
        }
    }

    /// Decodes one line, or any run of whole characters. UTF-16 arrives here as UTF-8: see [`utf16_to_utf8`].
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Page(page) => page.decode(bytes),
            Self::Utf8 { fallback } => utf8_or(bytes, fallback),
            Self::Utf16Le | Self::Utf16Be => String::from_utf8_lossy(bytes),
        }
    }
}

/// A code page that a manifest may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodePage {
    /// Tables of our own, for the two DOS pages that the Encoding Standard leaves out.
    Dos(&'static str, &'static str),
    /// All others.
    Standard(&'static encoding_rs::Encoding),
}

impl Default for CodePage {
    fn default() -> Self {
        Self::Standard(encoding_rs::WINDOWS_1252)
    }
}

impl CodePage {
    /// By the name in the manifest: `cp850`, `850`, `windows-1252`, `cp1252`, ….
    pub(crate) fn named(name: &str) -> Option<Self> {
        let lower = name.trim().to_ascii_lowercase();
        let number = lower.trim_start_matches(|c: char| !c.is_ascii_digit());
        let label = match number {
            "437" => return Some(Self::Dos("cp437", CP437)),
            "850" => return Some(Self::Dos("cp850", CP850)),
            "852" => return Some(Self::Dos("cp852", CP852)),
            "866" => "ibm866".to_owned(),
            "932" => "shift_jis".to_owned(),
            "936" => "gbk".to_owned(),
            "949" => "euc-kr".to_owned(),
            "950" => "big5".to_owned(),
            "874" | "1250" | "1251" | "1252" | "1253" | "1254" | "1255" | "1256" | "1257" | "1258" => {
                format!("windows-{number}")
            }
            _ => lower,
        };
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
        // The others take part in deciding by content, not as a stated page.
        encoding.is_ascii_compatible().then_some(Self::Standard(encoding)).filter(|_| encoding != encoding_rs::UTF_8)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Dos(name, _) => name,
            Self::Standard(encoding) => match encoding.name() {
                "windows-1252" => "windows-1252",
                "IBM866" => "cp866",
                other => other,
            },
        }
    }

    /// Decodes text in this code page.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Standard(encoding) => encoding.decode_without_bom_handling(bytes).0,
            Self::Dos(_, upper) => bytes
                .iter()
                .map(|&byte| match byte.checked_sub(0x80) {
                    None => char::from(byte),
                    Some(index) => upper.chars().nth(usize::from(index)).unwrap_or(char::REPLACEMENT_CHARACTER),
                })
                .collect(),
        }
    }
}

/// Writes UTF-16 as UTF-8. `carry` keeps what does not make a whole character until the next piece.
pub(crate) fn utf16_to_utf8(little: bool, carry: &mut Vec<u8>, piece: &[u8], last: bool, out: &mut Vec<u8>) {
    /// So much is decoded before ASCII is hoped for again.
    const STEP: usize = 64;
    let mut rest = piece;
    loop {
        if carry.is_empty() {
            rest = narrow_ascii(little, rest, out);
        }
        let (few, behind) = rest.split_at(rest.len().min(STEP));
        rest = behind;
        carry.extend_from_slice(few);
        let last = last && rest.is_empty();
        let mut whole = carry.len() & !1;
        if !last && whole >= 2 && is_high_surrogate(unit(little, &carry[whole - 2..])) {
            whole -= 2;
        }
        let units = carry[..whole].chunks_exact(2).map(|pair| unit(little, pair));
        let mut buffer = [0; 4];
        for decoded in char::decode_utf16(units) {
            let character = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
        carry.drain(..whole);
        if rest.is_empty() {
            return;
        }
    }
}

/// Writes the ASCII at the beginning, which is nearly all of most logs; returns what is left.
fn narrow_ascii<'a>(little: bool, piece: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    /// So many units are looked at together.
    const TOGETHER: usize = 32;
    let mut rest = piece;
    while let Some((units, behind)) = rest.split_first_chunk::<{ 2 * TOGETHER }>() {
        let mut narrow = [0u8; TOGETHER];
        let mut others = 0u8;
        for (to, pair) in narrow.iter_mut().zip(units.chunks_exact(2)) {
            let (low, high) = if little { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
            *to = low;
            others |= high | (low & 0x80);
        }
        if others != 0 {
            break;
        }
        out.extend_from_slice(&narrow);
        rest = behind;
    }
    rest
}

fn unit(little: bool, pair: &[u8]) -> u16 {
    let pair = [pair[0], pair[1]];
    if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
}

fn is_high_surrogate(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

/// Text in UTF-16 has its blanks, line ends and digits as a byte and a NUL, always on the same side; and no text of bytes
/// has NULs on one side only.
fn utf16_by_nuls(head: &[u8]) -> Option<Encoding> {
    let sample = &head[..head.len().min(4096) & !1];
    let pairs = sample.len() / 2;
    if pairs < 2 {
        return None;
    }
    let nuls = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (nuls(0), nuls(1));
    let one_sided = |many: usize, few: usize| {
        // Western text has a NUL in nearly every pair, other letters have them for blanks and line ends alone.
        let most = many * 2 > pairs && few * 20 <= pairs;
        let some = many * 20 > pairs && many >= 4 && few == 0;
        most || some
    };
    let plausible = |little: bool| {
        let units = sample.chunks_exact(2).map(|pair| unit(little, pair));
        let odd = |c: char| c.is_control() && !c.is_whitespace() && c != '\0';
        let broken = char::decode_utf16(units).filter(|decoded| decoded.as_ref().map_or(true, |c| odd(*c))).count();
        // The sample may cut a character.
        broken <= 1 + pairs / 50
    };
    if one_sided(second, first) && plausible(true) {
        Some(Encoding::Utf16Le)
    } else if one_sided(first, second) && plausible(false) {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

fn utf8_or(bytes: &[u8], fallback: CodePage) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&fallback.decode(chunk.invalid()));
    }
    Cow::Owned(text)
}

/// The characters 0x80 to 0xFF of DOS code page 437.
const CP437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The characters 0x80 to 0xFF of DOS code page 850.
const CP850: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
    áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// The characters 0x80 to 0xFF of DOS code page 852.
const CP852: &str = "\
    ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×č\
    áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐\
    └┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀\
    ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_tables_hold_128_characters() {
        for table in [CP437, CP850, CP852] {
            assert_eq!(table.chars().count(), 128);
        }
        assert_eq!(
            CodePage::named("cp850").map(|page| page.decode(b"Ger\x84t").into_owned()),
            Some("Gerät".to_owned())
        );
    }

    #[test]
    fn decides_by_content_first() {
        let check = |bytes: &[u8], stated: Option<&str>| {
            Encoding::detect(bytes, stated.and_then(CodePage::named)).encoding.name()
        };
        assert_eq!(check(b"plain", Some("cp850")), "utf-8");
        assert_eq!(check(b"\xEF\xBB\xBFplain", None), "utf-8");
        assert_eq!(check("Gerät".as_bytes(), Some("cp850")), "utf-8");
        assert_eq!(check(&"Gerät".as_bytes()[..4], None), "utf-8");
        assert_eq!(check(b"Ger\x84t 1", Some("cp850")), "cp850");
        assert_eq!(check(b"Ger\x84t 1", Some("437")), "cp437");
        assert_eq!(check(b"Ger\xE4t 1", None), "windows-1252");
        assert_eq!(check(b"Ger\xE4t 1", Some("cp1250")), "windows-1250");
        assert_eq!(check(b"Ger\xE4t 1", Some("cp866")), "cp866");
        assert_eq!(check(b"\xFF\xFEa\0", None), "utf-16le");
        assert_eq!(check(b"a\0b\0c\0", None), "utf-16le");
        assert_eq!(check(b"\0a\0b\0c", None), "utf-16be");
        let russian: Vec<u8> =
            "Имя узла: СЕРВЕР 1\r\nВерсия ОС: 5.1\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(check(&russian, None), "utf-16le");
        assert_eq!(check(b"a line\r\n\0\0\0\0\0\0\0\0", None), "utf-8");
    }

    #[test]
    fn utf16_survives_any_cut() {
        let text = "a€😀b";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for cut in 0..bytes.len() {
            let (mut carry, mut out) = (Vec::new(), Vec::new());
            utf16_to_utf8(true, &mut carry, &bytes[..cut], false, &mut out);
            utf16_to_utf8(true, &mut carry, &bytes[cut..], true, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), text);
        }
    }
}
