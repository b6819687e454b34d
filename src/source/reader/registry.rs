//! Registry exports: REGEDIT4 and "Windows Registry Editor Version 5.00".

use crate::fact::{Claim, FactKey, Value, registry_key};

use super::super::encoding::CodePage;
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Registry;

impl Reader for Registry {
    fn name(&self) -> &'static str {
        "registry"
    }

    fn help(&self) -> &'static str {
        "Registry exports (.reg): REGEDIT4 and Windows Registry Editor Version 5.00."
    }

    fn facts_and_events(&self) -> &'static str {
        "One fact a value: strings as text, dword and qword as numbers, hex(2) and hex(7) decoded (the strings of a \
         multi-string on lines of their own), other binary values as `0a,0b`. `\"name\"=-` is a deleted value. An exported \
         key proves which keys and values below it are not there."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        if head.lines().next().is_some_and(|line| version(line).is_some()) {
            Confidence::CERTAIN
        } else {
            Confidence::NO
        }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut export = Export { wide: false, key: None, claimed: None, page: ctx.page };
        let mut entry = String::new();
        // The last line cannot be the end of an export: the rest of its branch may be lost.
        let mut torn = false;
        while let Some(line) = input.next() {
            let number = line.number;
            let text = line.text.trim();
            if text.is_empty() || text == "\u{1a}" {
                torn = false;
                continue;
            }
            if let Some(wide) = version(text) {
                export.wide = wide;
                continue;
            }
            if let Some(header) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
                export.header(header, out);
                // Regedit ends each key with a blank line, also one without values.
                torn = !header.starts_with('-');
                continue;
            }
            torn = false;
            if !text.starts_with(['"', '@']) {
                if text.starts_with(';') {
                    out.plain(line);
                } else {
                    torn = true;
                    out.odd_line(line, "a key, a value or a comment");
                }
                continue;
            }
            // A value goes on while a line ends with `\`, or inside of its quotes.
            entry.clear();
            entry.push_str(text);
            while is_open(&mut entry) && entry.len() < MAX_VALUE {
                let Some(line) = input.next() else {
                    torn = true;
                    break;
                };
                entry.push_str(line.text.trim_end());
            }
            torn |= input.is_unended() && is_cut(&entry);
            if torn {
                out.warn(number, || "the file ends within this value; it is left out".to_owned());
            } else {
                export.value(number, &entry, out);
            }
        }
        if !torn {
            export.claim(out);
        }
    }
}

/// The longest value that is read; no string of interest comes near.
const MAX_VALUE: usize = 1024 * 1024;

/// Whether this is the first line of an export, and whether its texts are UTF-16.
fn version(line: &str) -> Option<bool> {
    match line.trim() {
        "REGEDIT4" | "REGEDIT" => Some(false),
        line if line.starts_with("Windows Registry Editor Version") => Some(true),
        _ => None,
    }
}

/// Whether the next line belongs to this value; removes the mark that says so.
fn is_open(entry: &mut String) -> bool {
    let Some((_, value)) = split_name(entry) else { return false };
    if let Some(text) = value.strip_prefix('"') {
        let open = closing_quote(text).is_none();
        if open {
            entry.push('\n');
        }
        return open;
    }
    let open = value.ends_with('\\');
    if open {
        entry.pop();
    }
    open
}

struct Export {
    /// Byte values hold UTF-16.
    wide: bool,
    /// The key that values belong to.
    key: Option<String>,
    /// The last key that was claimed: it stands for all below it.
    claimed: Option<String>,
    page: CodePage,
}

impl Export {
    fn header(&mut self, header: &str, out: &mut Output<'_>) {
        let deleted = header.strip_prefix('-');
        let key = registry_key(deleted.unwrap_or(header));
        let covered = self.claimed.as_ref().is_some_and(|claimed| {
            key.strip_prefix(claimed.as_str()).is_some_and(|below| below.is_empty() || below.starts_with('\\'))
        });
        if !covered {
            self.claim(out);
            // A deleted key is claimed too: it is certainly not there.
            self.claimed = Some(key.clone());
        }
        self.key = deleted.is_none().then_some(key);
    }

    /// Nothing more comes of the last branch: it is whole.
    fn claim(&mut self, out: &mut Output<'_>) {
        if let Some(key) = self.claimed.take() {
            out.claim(Claim::Registry(key));
        }
    }

    fn value(&self, number: u64, entry: &str, out: &mut Output<'_>) {
        let (Some(key), Some((name, value))) = (&self.key, split_name(entry)) else {
            return out.odd_line(super::Line { number, text: entry }, "a value below a key");
        };
        let parsed = self.parse(value).unwrap_or_else(|| {
            // It is there, whatever it says.
            out.warn(number, || format!("`{name}` has a value of no known form; it is kept as written"));
            Value::Text(value.to_owned())
        });
        out.fact(number, FactKey::Registry { key: key.clone(), name: name.to_lowercase() }, parsed);
    }

    fn parse(&self, value: &str) -> Option<Value> {
        if value == "-" {
            return Some(Value::Deleted);
        }
        if let Some(text) = value.strip_prefix('"') {
            return Some(Value::Text(unescape(&text[..closing_quote(text).unwrap_or(text.len())])));
        }
        let (kind, data) = value.split_once(':')?;
        let kind = kind.to_ascii_lowercase();
        if kind == "dword" {
            return u32::from_str_radix(data.trim(), 16).ok().map(|number| Value::Number(number.into()));
        }
        let kind = match kind.as_str() {
            "hex" => "3",
            other => other.strip_prefix("hex(")?.strip_suffix(')')?,
        };
        let bytes = bytes(data)?;
        let number = |reversed: bool| {
            let fold = |sum: i64, byte: &u8| (sum << 8) | i64::from(*byte);
            if reversed { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
        };
        Some(match kind {
            "1" | "2" => Value::Text(self.text(&bytes).trim_end_matches('\0').to_owned()),
            "7" => Value::Text(self.text(&bytes).trim_end_matches('\0').replace('\0', "\n")),
            "4" if bytes.len() == 4 => Value::Number(number(true)),
            "5" if bytes.len() == 4 => Value::Number(number(false)),
            "b" if bytes.len() == 8 => Value::Number(number(true)),
            _ => Value::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(",")),
        })
    }

    /// REGEDIT4 writes the bytes of ANSI text, version 5 those of UTF-16.
    fn text(&self, bytes: &[u8]) -> String {
        if !self.wide {
            return self.page.decode(bytes).into_owned();
        }
        let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

/// Whether a value that ends the file lacks its end.
fn is_cut(entry: &str) -> bool {
    let Some((_, value)) = split_name(entry) else { return true };
    let lower = value.to_ascii_lowercase();
    match (lower.strip_prefix("dword:"), lower.strip_prefix("hex")) {
        (Some(digits), _) => digits.trim().len() < 8,
        (_, Some(bytes)) => bytes.trim_end().ends_with([',', ':', '(']),
        _ => !(lower == "-" || lower.starts_with('"')),
    }
}

/// `"name"=value` or `@=value`: the name without escapes, and the value.
fn split_name(entry: &str) -> Option<(String, &str)> {
    let (name, rest) = match entry.strip_prefix('"') {
        Some(text) => {
            let end = closing_quote(text)?;
            (unescape(&text[..end]), &text[end + 1..])
        }
        None => (String::new(), entry.strip_prefix('@')?),
    };
    Some((name, rest.trim_start().strip_prefix('=')?.trim_start()))
}

/// Where the quote stands that ends a string.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closing = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closing
    })
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some('0') => plain.push('\0'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            c => plain.push(c),
        }
    }
    plain
}

fn bytes(data: &str) -> Option<Vec<u8>> {
    data.split(',')
        .map(str::trim)
        .filter(|byte| !byte.is_empty())
        .map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

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
}
