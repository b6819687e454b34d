//! Registry exports: REGEDIT4, "Windows Registry Editor Version 5.00", the form of Windows 3.1, and the files that Wine keeps
//! its registry in.
//!
//! What regedit would not import is no fact: a value with text after its closing quote, a `dword` of nine digits, a key
//! of an unknown root, a file with another first line. Such a line goes out as text, and its branch claims nothing, since
//! something stands there that nobody can read.

use std::collections::VecDeque;
use std::fmt::Write;

use crate::fact::{Claim, FactKey, Value, registry_key, registry_key_exact};

use super::super::encoding::CodePage;
use super::super::lines::MAX_LINE;
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Registry;

impl Reader for Registry {
    fn name(&self) -> &'static str {
        "registry"
    }

    fn help(&self) -> &'static str {
        "Registry exports (.reg): REGEDIT4, Windows Registry Editor Version 5.00, REGEDIT (Windows 3.1), and the registry \
         files of Wine."
    }

    fn known_by(&self) -> &'static str {
        "Its first line, which names the format; a file of keys and values without that line is told and not believed."
    }

    fn facts_and_events(&self) -> &'static str {
        "One fact a value: strings as text, dword and qword as numbers, hex(2) and hex(7) decoded (the strings of a \
         multi-string on lines of their own), other binary values as `0a,0b`. `\"name\"=-` is a deleted value. An exported \
         key proves which keys and values below it are not there, unless something of it cannot be read. What regedit \
         would not import is no fact. `ControlSet001` is `CurrentControlSet`, unless the export holds all of \
         `HKEY_LOCAL_MACHINE\\SYSTEM` and so shows the current set itself."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let first = head.lines().find(|line| !line.trim_start().starts_with([';', '#'])).unwrap_or_default();
        if head.lines().next().and_then(Form::of).is_some() {
            return Confidence::CERTAIN;
        }
        // An export without its first line, or with a wrong one: no other reader shall take it for something else.
        let export = is_key_line(first) || is_nearly_header(first);
        let value = |line: &str| line.trim_start().starts_with(['"', '@']) && line.contains('=');
        if export && head.lines().any(is_key_line) && head.lines().any(value) {
            Confidence::CERTAIN
        } else {
            Confidence::NO
        }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut export = Export::new(ctx);
        let mut source = Source { input, pending: VecDeque::new() };
        let mut text = String::new();
        while let Some(number) = source.next(&mut text) {
            export.line(number, &text, &mut source, out);
        }
        export.end(out);
    }
}

/// The longest value that is read; no string of interest comes near.
const MAX_VALUE: usize = 1024 * 1024;

/// No key has a longer path.
pub(super) const MAX_KEY: usize = 4096;

/// A line of this length may have been cut.
pub(super) const LONG_LINE: usize = MAX_LINE - 4;

const BLANKS: [char; 2] = [' ', '\t'];

/// What the first line says of all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `REGEDIT`: one default value a line.
    Windows31,
    /// `REGEDIT4`: byte values hold ANSI text.
    Ansi,
    /// `Windows Registry Editor Version 5.00`: byte values hold UTF-16.
    Wide,
    /// `WINE REGISTRY Version 2`: keys without a root, and more escapes.
    Wine,
}

impl Form {
    fn of(line: &str) -> Option<Self> {
        match line.trim() {
            "REGEDIT" => Some(Self::Windows31),
            "REGEDIT4" => Some(Self::Ansi),
            "Windows Registry Editor Version 5.00" => Some(Self::Wide),
            "WINE REGISTRY Version 2" => Some(Self::Wine),
            _ => None,
        }
    }
}

/// A first line that somebody meant to be one.
fn is_nearly_header(line: &str) -> bool {
    let lower = line.trim().to_ascii_lowercase();
    lower.starts_with("regedit") || lower.starts_with("windows registry editor")
}

fn is_key_line(line: &str) -> bool {
    let line = line.trim_start();
    line.strip_prefix('[').is_some_and(|key| has_root(key.strip_prefix('-').unwrap_or(key)))
}

/// Whether a key begins with a root that regedit knows.
pub(super) fn has_root(key: &str) -> bool {
    const ROOTS: &[&str] = &[
        "hkey_local_machine",
        "hkey_current_user",
        "hkey_classes_root",
        "hkey_users",
        "hkey_current_config",
        "hkey_dyn_data",
        "hkey_performance_data",
        "hklm",
        "hkcu",
        "hkcr",
        "hku",
        "hkcc",
        "hkdd",
    ];
    let root = key.split(['\\', ']']).next().unwrap_or_default();
    ROOTS.iter().any(|known| known.eq_ignore_ascii_case(root))
}

/// The lines of the file, some of which may be given back.
pub(super) struct Source<'a, 'b> {
    pub(super) input: &'a mut Lines<'b>,
    pub(super) pending: VecDeque<(u64, String)>,
}

impl Source<'_, '_> {
    /// Puts the next line into `text`, and returns its number.
    pub(super) fn next(&mut self, text: &mut String) -> Option<u64> {
        if let Some((number, line)) = self.pending.pop_front() {
            *text = line;
            return Some(number);
        }
        let line = self.input.next()?;
        text.clear();
        text.push_str(line.text);
        Some(line.number)
    }

    /// The line that came last ends the file, and has no line end.
    fn ends_here(&self) -> bool {
        self.pending.is_empty() && self.input.is_unended()
    }
}

/// What became of a value.
enum Parsed {
    Value(Value),
    /// Regedit refuses it.
    Refused,
    /// The file ends within it.
    Torn,
}

struct Export {
    form: Option<Form>,
    /// The file is UTF-16.
    utf16: bool,
    /// What the keys of a Wine file are relative to.
    base: Option<&'static str>,
    /// The key that values belong to.
    key: Option<String>,
    /// The last key that was claimed: it stands for all below it.
    claimed: Option<String>,
    /// Something below the claimed key cannot be read.
    spoiled: bool,
    /// The claimed branch shows the current control set.
    has_current_set: bool,
    /// What came last cannot be the end of an export: the rest of its branch may be lost.
    torn: bool,
    /// It was said that the file has no header.
    refused: bool,
    page: CodePage,
}

impl Export {
    fn new(ctx: &Context<'_>) -> Self {
        let base = match ctx.head.name {
            "system.reg" => Some(MACHINE),
            "user.reg" => Some(USER),
            "userdef.reg" => Some(DEFAULT_USER),
            _ => None,
        };
        Self {
            form: None,
            utf16: ctx.head.bytes.starts_with(&[0xFF, 0xFE]),
            base,
            key: None,
            claimed: None,
            spoiled: false,
            has_current_set: false,
            torn: false,
            refused: false,
            page: ctx.page,
        }
    }

    fn line(&mut self, number: u64, text: &str, source: &mut Source<'_, '_>, out: &mut Output<'_>) {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed == "\u{1a}" {
            // Regedit ends every key with an empty line, also one without values.
            self.torn = false;
            return;
        }
        if let Some(form) = Form::of(text) {
            self.form = Some(form);
            return;
        }
        let whole = Line { number, text };
        let line = text.trim_start_matches(BLANKS);
        match self.form {
            None => self.headless(whole, out),
            Some(Form::Windows31) => windows31(whole, out),
            Some(_) => match line.chars().next() {
                Some('[') => self.header(whole, &line[1..], out),
                Some('"' | '@') => self.value(whole, line, source, out),
                Some(';' | '#') => self.comment(whole, out),
                _ => {
                    self.torn = true;
                    out.odd_line(whole, "a key, a value or a comment");
                }
            },
        }
    }

    /// A line of a file that regedit refuses.
    fn headless(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if !std::mem::replace(&mut self.refused, true) {
            out.warn(line.number, || {
                "this should be the first line of a registry export, such as REGEDIT4; regedit would not import the file, \
                 and it is taken as plain text"
                    .to_owned()
            });
        }
        out.plain(line);
    }

    fn comment(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        self.torn = false;
        if self.form == Some(Form::Wine)
            && let Some((_, base)) = line.text.split_once("All keys relative to ")
        {
            let base = base.trim().replace("\\\\", "\\").to_ascii_lowercase();
            self.base = match base.as_str() {
                "\\machine" => Some(MACHINE),
                "\\user\\.default" => Some(DEFAULT_USER),
                user if user.starts_with("\\user\\") => Some(USER),
                _ => self.base,
            };
        }
        out.plain(line);
    }

    fn header(&mut self, line: Line<'_>, text: &str, out: &mut Output<'_>) {
        self.key = None;
        self.torn = true;
        let Some((name, deleted)) = self.key_name(text).filter(|(name, _)| name.len() <= MAX_KEY) else {
            self.spoiled = true;
            return out.odd_line(line, "a key of a known root");
        };
        // A deleted key is claimed too: it is certainly not there.
        self.torn = !deleted;
        let exact = registry_key_exact(&name);
        if !self.claimed.as_ref().is_some_and(|claimed| is_below(&exact, claimed)) {
            self.claim(out);
            self.claimed = Some(exact.clone());
        }
        self.has_current_set |= is_below(&exact, CURRENT_SET);
        if !deleted {
            self.key = Some(if self.shows_all_sets() { exact } else { registry_key(&name) });
        }
    }

    /// The key of a line, after its bracket, and whether the line deletes it.
    fn key_name(&self, text: &str) -> Option<(String, bool)> {
        if self.form == Some(Form::Wine) {
            let Scan::Closed(name, _) = unescape(text, ']', true) else { return None };
            return Some((format!("{}\\{name}", self.base?), false));
        }
        // A name may hold a bracket.
        let name = &text[..text.rfind(']')?];
        let (name, deleted) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
        has_root(name).then(|| (name.to_owned(), deleted))
    }

    /// The branch holds every control set, and so the current one under its own name.
    fn shows_all_sets(&self) -> bool {
        self.claimed.as_deref().is_some_and(|claimed| is_below(SYSTEM, claimed))
    }

    /// Nothing more comes of the last branch: it is whole.
    fn claim(&mut self, out: &mut Output<'_>) {
        let all_sets = self.shows_all_sets();
        let whole = !std::mem::take(&mut self.spoiled) && (!all_sets || self.has_current_set);
        if let Some(key) = self.claimed.take()
            && whole
        {
            out.claim(Claim::Registry(if all_sets { key } else { registry_key(&key) }));
        }
    }

    fn end(mut self, out: &mut Output<'_>) {
        if !self.torn {
            self.claim(out);
        }
    }

    fn value(&mut self, line: Line<'_>, text: &str, source: &mut Source<'_, '_>, out: &mut Output<'_>) {
        self.torn = false;
        let Some(key) = self.key.clone() else {
            return out.odd_line(line, "a value below a key");
        };
        let wine = self.form == Some(Form::Wine);
        let found = split_name(text, wine).filter(|_| line.text.len() < LONG_LINE);
        let (name, parsed) = match found {
            Some((name, data)) => (name, self.data(data, source, out)),
            None => (String::new(), Parsed::Refused),
        };
        match parsed {
            Parsed::Value(value) => {
                out.fact(line.number, FactKey::Registry { key, name: name.to_lowercase() }, value);
            }
            Parsed::Refused => {
                self.spoiled = true;
                self.torn = source.ends_here();
                out.odd_line(line, "a value that regedit would import");
            }
            Parsed::Torn => {
                self.torn = true;
                out.warn(line.number, || "the file ends within this value; it is left out".to_owned());
                out.plain(line);
            }
        }
    }

    /// What stands after `name=`. A value in bytes goes on on the next line, and so may a text.
    fn data(&mut self, data: &str, source: &mut Source<'_, '_>, out: &mut Output<'_>) -> Parsed {
        let trimmed = data.trim_end_matches(BLANKS);
        if let Some(rest) = trimmed.strip_prefix('-') {
            return if ends(rest) { Parsed::Value(Value::Deleted) } else { Parsed::Refused };
        }
        let wine = self.form == Some(Form::Wine);
        if let Some(text) = data.strip_prefix('"') {
            return match self.text(text, wine, source) {
                Some(text) => Parsed::Value(Value::Text(text)),
                None => Parsed::Refused,
            };
        }
        let Some((kind, rest)) = trimmed.split_once(':') else { return Parsed::Refused };
        let kind = kind.to_ascii_lowercase();
        if let Some(kind) = text_kind(&kind) {
            // Strings of a list end with `\0` each.
            let closed = rest.strip_prefix('"').map(|text| unescape(text, '"', true));
            return match closed {
                Some(Scan::Closed(text, rest)) if ends(rest) => Parsed::Value(Value::Text(strings(&text, kind))),
                _ => Parsed::Refused,
            };
        }
        if kind == "dword" {
            return match dword(rest) {
                Some((_, digits)) if digits < 8 && source.ends_here() => Parsed::Torn,
                Some((number, _)) => Parsed::Value(Value::Number(number.into())),
                None => Parsed::Refused,
            };
        }
        match hex_kind(&kind) {
            Some(kind) => self.bytes(kind, rest, source, out),
            None => Parsed::Refused,
        }
    }

    /// A quoted text after its first quote. Regedit writes the line breaks of a text as they are.
    fn text(&self, text: &str, wine: bool, source: &mut Source<'_, '_>) -> Option<String> {
        let mut joined = match unescape(text, '"', wine) {
            Scan::Closed(text, rest) => return ends(rest).then_some(text),
            Scan::Bad => return None,
            Scan::Open(text) => text,
        };
        let mut taken = VecDeque::new();
        let mut line = String::new();
        let mut size = 0;
        while let Some(number) = source.next(&mut line) {
            let (more, closed) = match unescape(&line, '"', wine) {
                _ if is_key_line(&line) => (None, false),
                Scan::Closed(text, rest) => (ends(rest).then_some(text), true),
                Scan::Open(text) => (Some(text), false),
                Scan::Bad => (None, false),
            };
            size += line.len() + 1;
            taken.push_back((number, std::mem::take(&mut line)));
            let Some(more) = more.filter(|_| size < MAX_VALUE) else { break };
            joined.push('\n');
            joined.push_str(&more);
            if closed {
                return Some(joined);
            }
        }
        // The quote was never closed, and the lines are others of the file.
        taken.append(&mut source.pending);
        source.pending = taken;
        None
    }

    fn bytes(&mut self, kind: u32, first: &str, source: &mut Source<'_, '_>, out: &mut Output<'_>) -> Parsed {
        let mut bytes = Vec::new();
        let mut more = hex_line(first, &mut bytes);
        let mut line = String::new();
        let mut last_digits = digits_at_end(first);
        while let Some(true) = more {
            let Some(number) = source.next(&mut line) else { return Parsed::Torn };
            let text = line.trim_matches(BLANKS);
            let whole = Line { number, text: &line };
            if text.is_empty() {
                continue;
            }
            if text.starts_with(';') {
                out.plain(whole);
                continue;
            }
            let fits = text.starts_with(|c: char| c.is_ascii_hexdigit()) && line.len() < LONG_LINE;
            more = if fits && bytes.len() < MAX_VALUE { hex_line(text, &mut bytes) } else { None };
            last_digits = digits_at_end(text);
            if more.is_none() {
                // Regedit takes this line for a part of the value that it refuses.
                if text.starts_with('[') {
                    self.key = None;
                }
                out.plain(whole);
            }
        }
        let Some(value) = more.map(|_| typed(kind, &bytes, |bytes| self.decoded(bytes))) else {
            return Parsed::Refused;
        };
        let unended = matches!(kind, 1 | 2 | 7) && bytes.last() != Some(&0);
        if source.ends_here() && (last_digits != 2 || unended) { Parsed::Torn } else { Parsed::Value(value) }
    }

    /// REGEDIT4 writes the bytes of ANSI text, all others those of UTF-16.
    fn decoded(&self, bytes: &[u8]) -> String {
        let wide = self.form != Some(Form::Ansi);
        // An export that was saved again in the other encoding shows by its bytes how they are meant.
        let wide =
            if self.utf16 == wide || self.form == Some(Form::Wine) { wide } else { looks_wide(bytes).unwrap_or(wide) };
        if wide { utf16(bytes) } else { self.page.decode(bytes).into_owned() }
    }
}

const MACHINE: &str = "hkey_local_machine";
const USER: &str = "hkey_current_user";
const DEFAULT_USER: &str = "hkey_users\\.default";
pub(super) const SYSTEM: &str = "hkey_local_machine\\system";
const CURRENT_SET: &str = "hkey_local_machine\\system\\currentcontrolset";

pub(super) fn is_below(key: &str, branch: &str) -> bool {
    key.strip_prefix(branch).is_some_and(|below| below.is_empty() || below.starts_with('\\'))
}

/// `HKEY_CLASSES_ROOT\key = value`, the only kind of line that Windows 3.1 knows. One blank after the `=` is none of
/// the value.
fn windows31(line: Line<'_>, out: &mut Output<'_>) {
    if !line.text.starts_with("HKEY_CLASSES_ROOT") {
        return out.odd_line(line, "a key of HKEY_CLASSES_ROOT");
    }
    let end = line.text.find(char::is_whitespace).unwrap_or(line.text.len());
    let (key, rest) = line.text.split_at(end);
    let value = rest.trim_start_matches(BLANKS);
    let value = value.strip_prefix('=').unwrap_or(value);
    let value = value.strip_prefix(' ').unwrap_or(value);
    let key = FactKey::Registry { key: registry_key(key), name: String::new() };
    out.fact(line.number, key, Value::Text(value.to_owned()));
}

/// Whether nothing but a comment follows.
fn ends(rest: &str) -> bool {
    let rest = rest.trim_start_matches(BLANKS);
    rest.is_empty() || rest.starts_with(';')
}

/// `"name"=value` or `@=value`: the name without escapes, and the value.
fn split_name(entry: &str, wine: bool) -> Option<(String, &str)> {
    let (name, rest) = match entry.strip_prefix('"') {
        Some(text) => match unescape(text, '"', wine) {
            Scan::Closed(name, rest) => (name, rest),
            Scan::Open(_) | Scan::Bad => return None,
        },
        None => (String::new(), entry.strip_prefix('@')?),
    };
    let value = rest.trim_start_matches(BLANKS).strip_prefix('=')?;
    Some((name, value.trim_start_matches(BLANKS)))
}

/// A piece of quoted text.
enum Scan<'a> {
    /// Up to its end, and what follows that.
    Closed(String, &'a str),
    /// It has no end on this line.
    Open(String),
    /// It has an escape that regedit refuses.
    Bad,
}

fn unescape(text: &str, end: char, wine: bool) -> Scan<'_> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == end {
            return Scan::Closed(plain, rest.as_str());
        }
        if c != '\\' {
            plain.push(c);
            continue;
        }
        let digits = rest.as_str();
        plain.push(match rest.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('x') if wine => coded(&mut rest, &digits[1..], 16, 4),
            Some('0'..='7') if wine => coded(&mut rest, digits, 8, 3),
            Some('a') if wine => '\u{7}',
            Some('b') if wine => '\u{8}',
            Some('t') if wine => '\t',
            Some('v') if wine => '\u{b}',
            Some('f') if wine => '\u{c}',
            Some('e') if wine => '\u{1b}',
            Some('0') | None => return Scan::Bad,
            Some(other) => other,
        });
    }
    Scan::Open(plain)
}

/// A character by its number, which Wine writes in up to so many digits.
fn coded<'a>(rest: &mut std::str::Chars<'a>, digits: &'a str, radix: u32, most: usize) -> char {
    let count = digits.chars().take(most).take_while(|c| c.is_digit(radix)).count();
    *rest = digits[count..].chars();
    u32::from_str_radix(&digits[..count], radix).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The type that Wine writes as `str(2)`.
fn text_kind(kind: &str) -> Option<u32> {
    match kind {
        "str" | "str(1)" => Some(1),
        "str(2)" => Some(2),
        "str(7)" => Some(7),
        _ => None,
    }
}

/// The type of `hex` or `hex(7)`, which is a number in hexadecimal.
fn hex_kind(kind: &str) -> Option<u32> {
    let number = kind.strip_prefix("hex")?;
    if number.is_empty() {
        return Some(3);
    }
    let number = number.strip_prefix('(')?.strip_suffix(')')?;
    if number.is_empty() { None } else { u32::from_str_radix(number, 16).ok().filter(|_| !number.starts_with('+')) }
}

/// The number of a `dword`, and how many digits it has.
fn dword(text: &str) -> Option<(u32, usize)> {
    let text = text.trim_start_matches(BLANKS);
    let digits = text.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(text.len());
    let number = u32::from_str_radix(&text[..digits], 16).ok().filter(|_| digits <= 8)?;
    ends(&text[digits..]).then_some((number, digits))
}

/// Adds the bytes of one line: `0a,0b,\`. Says whether the value goes on; `None` if regedit refuses it.
fn hex_line(text: &str, bytes: &mut Vec<u8>) -> Option<bool> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(BLANKS);
        let digits = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        if digits == 0 {
            // Only after a comma, or at the beginning.
            return match rest.strip_prefix('\\') {
                Some(rest) => ends(rest).then_some(true),
                None => ends(rest).then_some(false),
            };
        }
        bytes.push(u8::from_str_radix(&rest[..digits], 16).ok()?);
        rest = &rest[digits..];
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return ends(rest).then_some(false),
        }
    }
}

/// How many digits the last byte of a line has; none if something else ends the line.
fn digits_at_end(text: &str) -> usize {
    text.bytes().rev().take_while(u8::is_ascii_hexdigit).count()
}

/// A value by the number of its type: texts, lists of texts, numbers, and bytes.
pub(super) fn typed(kind: u32, bytes: &[u8], text: impl Fn(&[u8]) -> String) -> Value {
    let number = |reversed: bool| {
        let fold = |sum: i64, byte: &u8| (sum << 8) | i64::from(*byte);
        if reversed { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
    };
    match (kind, bytes.len()) {
        (1 | 2 | 7, _) => Value::Text(strings(&text(bytes), kind)),
        (4, 4) | (11, 8) => Value::Number(number(true)),
        (5, 4) => Value::Number(number(false)),
        _ => Value::Text(listed(bytes)),
    }
}

/// The text of a value of a type: up to its NUL, and the strings of a list on lines of their own.
fn strings(text: &str, kind: u32) -> String {
    if kind == 7 {
        return text.trim_end_matches('\0').replace('\0', "\n");
    }
    text.split('\0').next().unwrap_or_default().to_owned()
}

/// Bytes that are no text: `0a,0b`.
pub(super) fn listed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        let separator = if text.is_empty() { "" } else { "," };
        let _ = write!(text, "{separator}{byte:02x}");
    }
    text
}

/// Text in UTF-16, the low byte first.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Whether bytes are those of UTF-16; `None` if they do not show it.
fn looks_wide(bytes: &[u8]) -> Option<bool> {
    let high = bytes.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count();
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if bytes.len().is_multiple_of(2) && high * 2 > bytes.len() / 2 {
        Some(true)
    } else {
        bytes[..end].iter().all(|byte| matches!(byte, b' '..=b'~')).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::{check, read};

    #[test]
    fn regedit4() {
        check(
            "pcm.reg",
            b"#! synthetic\r\n\r\nREGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\PCM]\r\n\
              \"Start\"=dword:00000002\r\n\"ImagePath\"=\"C:\\\\MS\\\\a \\\"b\\\".EXE\"\r\n@=\"d\"\r\n\
              \"Expand\"=hex(2):25,53,\\\r\n  25,e4,00\r\n\"Multi\"=hex(7):61,00,62,00,00\r\n\"Bin\"=hex:0A,ff\r\n\
              \"Gone\"=-\r\n; note\r\nodd\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\PCM\\Sub]\r\n\
              [-HKLM\\SOFTWARE\\X]\r\n",
            "registry
             6 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm start = 2
             7 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm imagepath = C:\\MS\\a \"b\".EXE
             8 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm  = d
             9 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm expand = %S%ä
             11 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm multi = a\\nb
             12 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm bin = 0a,ff
             13 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm gone = (deleted)
             14: ; note
             warning 15: not a key, a value or a comment; the line is taken as plain text
             15: odd [; note odd]
             claim registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm
             claim registry hkey_local_machine\\software\\x",
        );
    }

    #[test]
    fn version_5_in_utf16() {
        let text = "\u{feff}Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\A]\r\n\
                    \"E\"=hex(2):61,00,e4,00,00,00\r\n\"M\"=hex(7):61,00,00,00,62,00,00,00,00,00\r\n\
                    \"Q\"=hex(b):01,00,00,00,00,00,00,00\r\n\"L\"=\"two\r\nlines\"\r\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(
            "a.reg",
            &bytes,
            "registry utf-16le
             4 registry hkey_current_user\\a e = aä
             5 registry hkey_current_user\\a m = a\\nb
             6 registry hkey_current_user\\a q = 1
             7 registry hkey_current_user\\a l = two\\nlines
             claim registry hkey_current_user\\a",
        );
    }

    /// What becomes of the values below one key: `name = value` each, and `-` for a line that is no value.
    fn values(header: &str, body: &str) -> Vec<String> {
        let (_, dump) = read("a.reg", format!("{header}\n\n[HKEY_CURRENT_USER\\K]\n{body}\n\n").as_bytes());
        let fact = |line: &String| line.split_once(" registry hkey_current_user\\k ").map(|(_, fact)| fact.to_owned());
        dump.iter().filter_map(fact).collect()
    }

    fn check_values(body: &str, expected: &[&str]) {
        assert_eq!(values("REGEDIT4", body), expected, "{body}");
    }

    #[test]
    fn comments_stand_before_lines_and_after_values() {
        check_values(
            "#\"a\"=\"1\"\n  ;\"b\"=\"1\"\n\"c\"=\"1\";x\n\"d\"=\"1\" \t; x\n\"e\"=\"1\"#x\n\"f\"=\"#1;\"\n\
             \"g\"=dword:2;x\n\"h\"=dword:2 #x\n\"i\"=;dword:2\n\"j\"=- ;x\n\"k\"=-#x\n\"l\"=hex:01 ;x",
            &["c = 1", "d = 1", "f = #1;", "g = 2", "j = (deleted)", "l = 01"],
        );
    }

    #[test]
    fn numbers() {
        check_values(
            "\"a\"=dword:1\n\"b\"=dword:000000FF\n\"c\"=dword:\n\"d\"=dword:000000001\n\"e\"=dword:0x1\n\
             \"f\"=dword:12 34\n\"g\"=dword:hello\n\"h\"=dword:ffffffff\n\"i\"=hex(4):10,27,00,00\n\"j\"=hex(5):00,00,27,10\n\
             \"k\"=hex(b):01,00,00,00,00,00,00,80\n\"l\"=hex(4):01,02",
            &["a = 1", "b = 255", "h = 4294967295", "i = 10000", "j = 10000", "k = -9223372036854775807", "l = 01,02"],
        );
    }

    #[test]
    fn bytes_and_their_types() {
        check_values(
            "\"a\"=hex:\n\"b\"=hex(0):41,00\n\"c\"=hex(ffff):41\n\"d\"=hex(0x2):41,00\n\"e\"=hex(100000000):41\n\
             \"f\"=hex:0,1,fF\n\"g\"=hex:100\n\"h\"=hex:1,,2\n\"i\"=hex:,1\n\"j\"=hex:1,2,\n\"k\"=hex:1 2\n\"l\"=hex(1):41,42\n\
             \"m\"=hex(2):25,41,25\n\"n\"=hex(7):41,00,42,00,00\n\"o\"=hex(8):00,01\n\"p\"=hex():01\n\"q\"=hex(a):01",
            &[
                "a = ",
                "b = 41,00",
                "c = 41",
                "f = 00,01,ff",
                "j = 01,02",
                "l = AB",
                "m = %A%",
                "n = A\\nB",
                "o = 00,01",
                "q = 01",
            ],
        );
    }

    #[test]
    fn bytes_go_on_after_a_comma_and_a_backslash() {
        check_values(
            "\"a\"=hex:01,\\\n  02,\\ \t\n\n ; note\n  03,\\;x\n04\n\"b\"=hex:01\\\n  02\n\"c\"=hex:01,\\\n  ,02\n\
             \"d\"=hex:\\\n 05\n\"e\"=hex:01,\\\n#x\n\"f\"=hex:01,2\\\n3\n\"g\"=hex:01,\\2\n\"h\"=hex:01,02,\n  03\n\
             \"i\"=hex:01,\\\n\\\n02\n\"j\"=hex:01,\\\n\"k\"=\"swallowed\"\n\"l\"=\"next\"",
            &["a = 01,02,03,04", "d = 05", "h = 01,02", "l = next"],
        );
    }

    #[test]
    fn a_key_that_a_torn_value_swallows_owns_nothing() {
        check_values("\"a\"=hex:01,\\\n[HKEY_CURRENT_USER\\L]\n\"b\"=\"whose?\"", &[]);
    }

    #[test]
    fn texts_and_names() {
        check_values(
            "\"a\\\\b\\\"c\"=\"x\\\\y \\\"z\\\"\"\n\"d\"=\"a\\nb\"\n\"e\"=\"a\\0b\"\n\"f\"=\"a\"b\"\n\"g\"=\"a\"\"b\"\n\
             \"h\"=\\\"a\\\"\n\"i\"=a\n\"j=\"a\"\nk=\"a\"\n\"l=m;n\" = \"a\"\n@=\"d\"\n\"\"=\"d2\"\n\"o\"=\n\"p\"=-\"a\"\n\
             \"q\"=\"C:\\\n\"r\"=str(7):\"a\\0b\\0\"",
            &["a\\b\"c = x\\y \"z\"", "d = a\\nb", "l=m;n = a", " = d", " = d2", "r = a\\nb"],
        );
    }

    #[test]
    fn a_text_may_hold_line_breaks_if_its_quote_is_closed() {
        check_values("\"a\"=\"1\n\n 2\n\"\n\"b\"=\"x", &["a = 1\\n\\n 2\\n"]);
        check_values("\"a\"=\"1\n\"b\"=\"2\"\n\"c\"=\"3\"", &["b = 2", "c = 3"]);
        check_values("\"a\"=\"1\n[HKEY_CURRENT_USER\\L]\n\"b\"=\"2\"", &[]);
        check_values("\"a\"=\"1\nx", &[]);
        check_values("\"a\"=\"1\\\n2\"", &[]);
    }

    #[test]
    fn names_of_keys() {
        check(
            "a.reg",
            b"REGEDIT4\n\n[hkey_current_USER\\a]b] x\n\"v\"=\"1\"\n\n[ HKEY_CURRENT_USER\\c]\n\"v\"=\"2\"\n\n\
              [HKEY_CURRENT_USERS\\d]\n\"v\"=\"3\"\n\n[HKEY_CURRENT_USER\\e\n\"v\"=\"4\"\n\n[HKEY_CURRENT_USER\\f \\]\n\
              \"v\"=\"5\"\n\n[- HKCU\\g]\n\n[-HKCU\\h]\n\"v\"=\"6\"\n\n",
            "registry
             4 registry hkey_current_user\\a]b v = 1
             warning 6: not a key of a known root; the line is taken as plain text
             6: [ HKEY_CURRENT_USER\\c]
             warning 7: not a value below a key; the line is taken as plain text
             7: \"v\"=\"2\" [[ HKEY_CURRENT_USER\\c] \"v\"=\"2\"]
             warning 9: not a key of a known root; the line is taken as plain text
             9: [HKEY_CURRENT_USERS\\d] [\"v\"=\"2\" [HKEY_CURRENT_USERS\\d]]
             warning 10: not a value below a key; the line is taken as plain text
             10: \"v\"=\"3\" [[HKEY_CURRENT_USERS\\d] \"v\"=\"3\"]
             warning 12: not a key of a known root; the line is taken as plain text
             12: [HKEY_CURRENT_USER\\e [\"v\"=\"3\" [HKEY_CURRENT_USER\\e]
             warning 13: not a value below a key; the line is taken as plain text
             13: \"v\"=\"4\" [[HKEY_CURRENT_USER\\e \"v\"=\"4\"]
             16 registry hkey_current_user\\f  v = 5
             warning 18: not a key of a known root; the line is taken as plain text
             18: [- HKCU\\g] [\"v\"=\"4\" [- HKCU\\g]]
             warning 21: not a value below a key; the line is taken as plain text
             21: \"v\"=\"6\" [[- HKCU\\g] \"v\"=\"6\"]
             claim registry hkey_current_user\\h",
        );
    }

    #[test]
    fn only_exports_are_imported() {
        for header in [
            "regedit4",
            "REGEDIT5",
            "REGEDIT 4",
            "REGEDIT4 x",
            "Windows Registry Editor Version 4.00",
            "WINDOWS REGISTRY EDITOR VERSION 5.00",
            "Windows Registry Editor Version 5",
        ] {
            assert_eq!(values(header, "\"a\"=\"1\""), [""; 0], "{header}");
        }
        for header in [" REGEDIT4", "\tREGEDIT4", "Windows Registry Editor Version 5.00"] {
            assert_eq!(values(header, "\"a\"=\"1\""), ["a = 1"], "{header}");
        }
        check(
            "a.reg",
            b"[HKEY_CURRENT_USER\\K]\n\"a\"=\"1\"\n",
            "registry
             warning 1: this should be the first line of a registry export, such as REGEDIT4; regedit would not import the file, and it is taken as plain text
             1: [HKEY_CURRENT_USER\\K]
             2: \"a\"=\"1\" [[HKEY_CURRENT_USER\\K] \"a\"=\"1\"]",
        );
        assert_ne!(read("a.txt", b"REGEDIT is a tool.\nRun it.\n").0, Some("registry"));
        assert_ne!(read("a.ini", b"[HKEY]\na=1\n").0, Some("registry"));
    }

    #[test]
    fn windows_3_1() {
        check(
            "a.reg",
            b"REGEDIT\r\nHKEY_CLASSES_ROOT\\a = 1\r\nHKEY_CLASSES_ROOT\\b =1 \r\nHKEY_CLASSES_ROOT\\c =  1\r\n\
              HKEY_CLASSES_ROOT\\d 1\r\nHKEY_CLASSES_ROOT\\e\r\nnote\r\nHKEY_CLASSES_ROOT\\f = a = b",
            "registry
             2 registry hkey_classes_root\\a  = 1
             3 registry hkey_classes_root\\b  = 1\u{20}
             4 registry hkey_classes_root\\c  =  1
             5 registry hkey_classes_root\\d  = 1
             6 registry hkey_classes_root\\e  =\u{20}
             warning 7: not a key of HKEY_CLASSES_ROOT; the line is taken as plain text
             7: note
             8 registry hkey_classes_root\\f  = a = b",
        );
    }

    #[test]
    fn files_of_wine() {
        check(
            "data/system.reg",
            b"WINE REGISTRY Version 2\n;; All keys relative to \\\\Machine\n\n#arch=win64\n\n\
              [Software\\\\A\\\\B [x\\]] 1390246437\n#time=1d0\n\"p\"=\"\\x20ac \\t\\\"\"\n\"q\"=str(2):\"%A%\"\n\
              \"r\"=str(7):\"a\\0b\\0\"\n@=dword:00000003\n\"s\"=hex:01,\\\n  02\n\n",
            "registry
             2: ;; All keys relative to \\\\Machine
             4: #arch=win64 [;; All keys relative to \\\\Machine #arch=win64]
             7: #time=1d0 [#arch=win64 #time=1d0]
             8 registry hkey_local_machine\\software\\a\\b [x] p = \u{20ac} \t\"
             9 registry hkey_local_machine\\software\\a\\b [x] q = %A%
             10 registry hkey_local_machine\\software\\a\\b [x] r = a\\nb
             11 registry hkey_local_machine\\software\\a\\b [x]  = 3
             12 registry hkey_local_machine\\software\\a\\b [x] s = 01,02
             claim registry hkey_local_machine\\software\\a\\b [x]",
        );
    }

    #[test]
    fn an_export_that_was_saved_in_another_encoding() {
        let body = "\"a\"=hex(2):25,00,41,00,00,00\n\"b\"=hex(2):25,41,00\n\"c\"=hex(7):41,42,00,00";
        let five = values("Windows Registry Editor Version 5.00", body);
        assert_eq!(five, ["a = %A", "b = %A", "c = AB"]);
    }

    #[test]
    fn a_branch_with_something_unreadable_claims_nothing() {
        let (_, dump) = read(
            "a.reg",
            b"REGEDIT4\n\n[HKEY_CURRENT_USER\\A]\n\"x\"=dword:zz\n\n[HKEY_CURRENT_USER\\A\\B]\n\n[HKEY_CURRENT_USER\\C]\n\n",
        );
        let claims: Vec<_> = dump.iter().filter(|line| line.starts_with("claim")).collect();
        assert_eq!(claims, ["claim registry hkey_current_user\\c"]);
    }

    #[test]
    fn the_current_control_set_shows_itself_in_a_whole_export() {
        let file = |sets: &str| {
            let text = format!("REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM]\n\n{sets}");
            let (_, dump) = read("a.reg", text.as_bytes());
            dump.into_iter().filter(|line| !line.starts_with("warning")).collect::<Vec<_>>()
        };
        let first = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\X]\n\"a\"=\"old\"\n\n";
        let current = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\X]\n\"a\"=\"new\"\n\n";
        assert_eq!(
            file(&format!("{first}{current}")),
            [
                "6 registry hkey_local_machine\\system\\controlset001\\x a = old",
                "9 registry hkey_local_machine\\system\\currentcontrolset\\x a = new",
                "claim registry hkey_local_machine\\system",
            ]
        );
        assert_eq!(file(first), ["6 registry hkey_local_machine\\system\\controlset001\\x a = old"]);
    }

    #[test]
    fn a_value_that_the_file_cuts_off_is_left_out() {
        for cut in [
            "\"a\"=dword:0000000",
            "\"a\"=hex:01,0",
            "\"a\"=hex:01,",
            "\"a\"=hex:01,\\",
            "\"a\"=hex(2):41",
            "\"a\"=\"x",
        ] {
            let (_, dump) = read("a.reg", format!("REGEDIT4\n\n[HKEY_CURRENT_USER\\K]\n{cut}").as_bytes());
            assert!(
                dump.iter().all(|line| !line.contains(" registry ") && !line.starts_with("claim")),
                "{cut}: {dump:?}"
            );
        }
        let (_, dump) = read("a.reg", b"REGEDIT4\n\n[HKEY_CURRENT_USER\\K]\n\"a\"=hex(2):41,00");
        assert_eq!(dump, ["4 registry hkey_current_user\\k a = A", "claim registry hkey_current_user\\k"]);
    }

    #[test]
    fn a_line_that_was_cut_is_no_value() {
        let text = format!(
            "REGEDIT4\n\n[HKEY_CURRENT_USER\\K]\n\"a\"=hex:{}\n\"b\"=\"{}\"\n",
            "11,".repeat(30_000),
            "x".repeat(70_000)
        );
        let (_, dump) = read("a.reg", text.as_bytes());
        assert!(dump.iter().all(|line| !line.contains(" registry ") && !line.starts_with("claim")));
    }
}
