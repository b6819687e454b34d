//! What `reg query` prints: a key on a line of its own, and below it one indented line a value.
//!
//! Windows XP separates name, type and data with tabs, later releases with four blanks, and copies on web pages with any
//! number of blanks. The tool of the NT 4 resource kit prints `Listing of [key]`, and the type before the name.

use crate::fact::{Claim, FactKey, Value, registry_key, registry_key_exact};

use super::registry::{LONG_LINE, MAX_KEY, SYSTEM, has_root, is_below, listed};
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct RegQuery;

impl Reader for RegQuery {
    fn name(&self) -> &'static str {
        "reg-query"
    }

    fn help(&self) -> &'static str {
        "What `reg query` prints, of Windows XP and later and of the resource kits."
    }

    fn known_by(&self) -> &'static str {
        "The share of its lines that are key names and typed values."
    }

    fn facts_and_events(&self) -> &'static str {
        "One fact a value, as in a registry export. A listing of a key with all below it (`/s`) proves which keys and \
         values are not there, if it is whole: every key comes once and in order, the keys below have their values, \
         and nothing else stands in the file. A listing of one key proves nothing of that kind. Keys of another machine \
         (`\\\\NAME\\HKLM\\…`) are no facts."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut keys, mut values, mut lines) = (0, 0, 0);
        for line in head.lines() {
            lines += 1;
            if is_version(line) {
                return Confidence::CERTAIN;
            }
            keys += usize::from(key_line(line).is_some());
            values += usize::from(keys > 0 && (value_line(line).is_some() || kit_value(line).is_some()));
        }
        if values == 0 { Confidence::NO } else { Confidence::share(keys + values, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut listing = Listing::default();
        while let Some(line) = input.next() {
            listing.line(line, out);
        }
        listing.end(input.is_unended(), out);
    }
}

/// `! REG.EXE VERSION 3.0`
fn is_version(line: &str) -> bool {
    line.trim().strip_prefix("! REG.EXE VERSION ").is_some()
}

/// The key of a line.
fn key_line(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let key = match line.strip_prefix("Listing of [") {
        Some(key) => key.strip_suffix(']')?,
        None => line,
    };
    let own = key.strip_prefix("\\\\").map_or(key, |remote| remote.split_once('\\').map_or("", |(_, key)| key));
    (has_root(own) && key.len() <= MAX_KEY && !key.contains('\t')).then_some(key)
}

/// `    Name    REG_SZ    data`
fn value_line(line: &str) -> Option<(&str, &str, &str)> {
    let text = line.strip_prefix('\t').or_else(|| line.strip_prefix("  "))?.trim_start_matches(' ');
    let mut from = 0;
    // A name may hold blanks, and even `REG_`.
    while let Some(found) = text.get(from..)?.find("REG_") {
        let at = from + found;
        let kind = word(&text[at..]);
        let rest = &text[at + kind.len()..];
        if is_gap_end(&text[..at]) && is_gap_start(rest) {
            return Some((text[..at].trim_end(), kind, rest.trim()));
        }
        from = at + 4;
    }
    None
}

/// `REG_SZ    Name    data`
fn kit_value(line: &str) -> Option<(&str, &str, &str)> {
    let kind = word(line);
    let rest = line.strip_prefix(kind).filter(|rest| kind.starts_with("REG_") && is_gap_start(rest))?.trim_start();
    let end = rest.find('\t').into_iter().chain(rest.find("  ")).min().unwrap_or(rest.len());
    (end > 0).then(|| (&rest[..end], kind, rest[end..].trim()))
}

fn is_known(text: &str) -> bool {
    is_version(text) || key_line(text).is_some() || value_line(text).is_some() || kit_value(text).is_some()
}

/// The letters that a type is made of.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_uppercase() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

fn is_gap_start(text: &str) -> bool {
    text.is_empty() || text.starts_with('\t') || text.starts_with("  ") || text.trim().is_empty()
}

fn is_gap_end(text: &str) -> bool {
    text.ends_with('\t') || text.ends_with("  ")
}

/// How the default value is called in the languages of Windows.
const DEFAULT: &[&str] = &[
    "(default)",
    "<no name>",
    "(standard)",
    "(standaard)",
    "(par défaut)",
    "(défaut)",
    "(predeterminado)",
    "(predefinito)",
    "(padrão)",
    "(domyślna)",
    "(domyślny)",
    "(výchozí)",
    "(alapértelmezett)",
    "(oletus)",
    "(varsayılan)",
    "(по умолчанию)",
    "(既定)",
    "(默认)",
    "(預設值)",
    "(기본값)",
];

/// A longer text is no value.
const MAX_VALUE: usize = 1024 * 1024;

/// A value whose text may go on on the next line.
struct Pending {
    line: u64,
    key: String,
    name: String,
    kind: String,
    data: String,
    /// It is too long to be kept.
    cut: bool,
}

#[derive(Default)]
struct Listing {
    /// The key that values belong to.
    key: Option<String>,
    pending: Option<Pending>,
    branch: Branch,
    /// The last line was blank: what came before is whole.
    after_blank: bool,
    values_of_key: u64,
}

impl Listing {
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let blank = line.text.trim().is_empty();
        if let Some(pending) = &mut self.pending
            && !blank
            && !is_known(line.text)
            && matches!(pending.kind.as_str(), "REG_SZ" | "REG_EXPAND_SZ")
        {
            // A text with line breaks.
            pending.cut |= pending.data.len() > MAX_VALUE;
            if !pending.cut {
                pending.data.push('\n');
                pending.data.push_str(line.text.trim_end());
            }
            return;
        }
        self.flush(out);
        let after_blank = std::mem::replace(&mut self.after_blank, blank);
        if blank {
            return;
        }
        if is_version(line.text) {
            return out.plain(line);
        }
        if let Some(key) = key_line(line.text) {
            return self.key(line, key, after_blank, out);
        }
        match (value_line(line.text).or_else(|| kit_value(line.text)), &self.key) {
            (Some((name, kind, data)), Some(key)) => {
                self.values_of_key += 1;
                self.branch.values();
                let name = name.to_lowercase();
                let default = self.values_of_key == 1 && DEFAULT.contains(&name.as_str());
                self.pending = Some(Pending {
                    line: line.number,
                    key: key.clone(),
                    name: if default { String::new() } else { name },
                    kind: kind.to_owned(),
                    data: data.to_owned(),
                    cut: line.text.len() >= LONG_LINE,
                });
            }
            _ => {
                // An echo of the command, a message in some language, or a key of the resource kit without its root.
                if line.text.starts_with('[') {
                    self.key = None;
                }
                self.branch.spoiled = true;
                out.plain(line);
            }
        }
    }

    fn key(&mut self, line: Line<'_>, key: &str, after_blank: bool, out: &mut Output<'_>) {
        self.key = None;
        self.values_of_key = 0;
        if key.starts_with("\\\\") {
            self.branch.end(out);
            return out.odd_line(line, "a key of this machine");
        }
        let exact = registry_key_exact(key);
        self.branch.key(&exact, after_blank, out);
        self.key = Some(self.branch.name(&exact));
    }

    fn flush(&mut self, out: &mut Output<'_>) {
        let Some(pending) = self.pending.take() else { return };
        let Pending { line, key, name, kind, data, cut } = pending;
        let value = if cut { None } else { parse(&name, &kind, &data) };
        match value {
            Some(value) => out.fact(line, FactKey::Registry { key, name }, value),
            None => {
                self.branch.spoiled = true;
                out.warn(line, || format!("the {kind} value `{name}` cannot be read; it is left out"));
                out.plain(Line { number: line, text: &data });
            }
        }
    }

    fn end(&mut self, unended: bool, out: &mut Output<'_>) {
        self.flush(out);
        // Every listing ends with a blank line.
        self.branch.spoiled |= unended || !self.after_blank;
        self.branch.end(out);
    }
}

/// The listing of a key and all below it, if it is one.
#[derive(Default)]
struct Branch {
    root: String,
    /// The names from the root down to the last key, in upper case as the registry sorts them.
    path: Vec<String>,
    /// A key below the root has values, so the listing is not that of one key alone.
    recursive: bool,
    /// Something in it cannot be read, or is not as it would be.
    spoiled: bool,
}

impl Branch {
    fn key(&mut self, key: &str, after_blank: bool, out: &mut Output<'_>) {
        let below = key.strip_prefix(&self.root).and_then(|below| below.strip_prefix('\\'));
        let Some(below) = below.filter(|_| !self.root.is_empty()) else {
            self.end(out);
            key.clone_into(&mut self.root);
            return;
        };
        let names: Vec<String> = below.split('\\').map(str::to_uppercase).collect();
        // One key of one listing comes after the one that holds it or after its sister.
        let common = names.iter().zip(&self.path).take_while(|(new, old)| new == old).count();
        let next = names.len() == common + 1 && self.path.get(common).is_none_or(|old| *old < names[common]);
        self.spoiled |= !next || !after_blank;
        self.path = names;
    }

    fn values(&mut self) {
        self.recursive |= !self.path.is_empty();
    }

    /// The control sets keep their numbers if the listing holds all of them.
    fn name(&self, key: &str) -> String {
        if is_below(SYSTEM, &self.root) { key.to_owned() } else { registry_key(key) }
    }

    fn end(&mut self, out: &mut Output<'_>) {
        let whole = self.recursive && !self.spoiled && !is_below(SYSTEM, &self.root);
        let branch = std::mem::take(self);
        if whole {
            out.claim(Claim::Registry(branch.name(&branch.root)));
        }
    }
}

/// A value as it is printed; `None` if it does not fit its type.
fn parse(name: &str, kind: &str, data: &str) -> Option<Value> {
    match kind {
        "REG_DWORD" | "REG_QWORD" => {
            let digits = data.strip_prefix("0x")?;
            let number = u64::from_str_radix(digits, 16).ok().filter(|_| kind == "REG_QWORD" || digits.len() <= 8)?;
            Some(Value::Number(number.cast_signed()))
        }
        "REG_SZ" | "REG_EXPAND_SZ" => {
            if name.is_empty() && data.starts_with('(') && data.ends_with(')') {
                // "(value not set)" in the language of the machine.
                return (data == "(value not set)").then_some(Value::Deleted);
            }
            Some(Value::Text(data.to_owned()))
        }
        "REG_MULTI_SZ" => Some(Value::Text(data.replace("\\0", "\n").trim_end_matches('\n').to_owned())),
        _ => {
            let pairs = data.as_bytes().chunks(2);
            let byte =
                |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2);
            Some(Value::Text(listed(&pairs.map(byte).collect::<Option<Vec<u8>>>()?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::{check, read};

    #[test]
    fn blanks_tabs_and_types() {
        check(
            "pcm.txt",
            b"\r\n! REG.EXE VERSION 3.0\r\n\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\PCM\r\n\
              \x20   <NO NAME>\tREG_SZ\td\r\n    Start\tREG_DWORD\t0x2\r\n    Image Path\tREG_EXPAND_SZ\t%WinDir%\\a  b.exe\r\n\
              \r\nHKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\PCM\\Sub\r\n\r\n\
              HKEY_CURRENT_USER\\A\r\n    (Standard)    REG_SZ    \r\n    M    REG_MULTI_SZ    a\\0b\r\n    B    REG_BINARY    0A0b\r\n\
              \x20   Q  REG_QWORD   0xffffffffffffffff\r\n    N    REG_NONE\r\n    REG_SZ REG_ x    REG_SZ    two\r\nlines\r\n\r\n",
            "reg-query
             2: ! REG.EXE VERSION 3.0
             5 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm  = d
             6 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm start = 2
             7 registry hkey_local_machine\\system\\currentcontrolset\\services\\pcm image path = %WinDir%\\a  b.exe
             12 registry hkey_current_user\\a  =\u{20}
             13 registry hkey_current_user\\a m = a\\nb
             14 registry hkey_current_user\\a b = 0a,0b
             15 registry hkey_current_user\\a q = -1
             16 registry hkey_current_user\\a n =\u{20}
             17 registry hkey_current_user\\a reg_sz reg_ x = two\\nlines",
        );
    }

    fn claims(text: &str) -> Vec<String> {
        let (reader, dump) = read("a.txt", text.as_bytes());
        assert_eq!(reader, Some("reg-query"));
        dump.into_iter().filter(|line| line.starts_with("claim")).collect()
    }

    const WHOLE: &str = "HKEY_CURRENT_USER\\A\n    x    REG_SZ    1\n\nHKEY_CURRENT_USER\\A\\B\n    x    REG_SZ    1\n\n\
                         HKEY_CURRENT_USER\\A\\B\\C\n    x    REG_SZ    1\n\nHKEY_CURRENT_USER\\A\\D\n    x    REG_SZ    1\n\n";

    #[test]
    fn a_listing_with_all_below_proves_its_branch() {
        assert_eq!(claims(WHOLE), ["claim registry hkey_current_user\\a"]);
        let two = WHOLE.to_owned() + &WHOLE.replace("\\A", "\\E");
        assert_eq!(claims(&two), ["claim registry hkey_current_user\\a", "claim registry hkey_current_user\\e"]);
    }

    #[test]
    fn other_listings_prove_nothing() {
        let plain =
            "HKEY_CURRENT_USER\\A\n    x    REG_SZ    1\n\nHKEY_CURRENT_USER\\A\\B\nHKEY_CURRENT_USER\\A\\C\n\n";
        let of_subkey = "HKEY_CURRENT_USER\\A\\B\n    x    REG_SZ    1\n\n";
        for (what, text) in [
            ("of one key", plain.to_owned()),
            ("of a key and then of its subkey", format!("{plain}{of_subkey}")),
            ("without the keys between", WHOLE.replace("HKEY_CURRENT_USER\\A\\B\n    x    REG_SZ    1\n\n", "")),
            ("with a footer", format!("{WHOLE}End of search: 4 match(es) found.\n\n")),
            ("with an error", format!("{WHOLE}ERROR: Access is denied.\n\n")),
            ("in another order", WHOLE.replace("\\A\\D", "\\A\\AA")),
            ("cut off", WHOLE.trim_end().to_owned()),
            ("cut off after a line", WHOLE.trim_end().to_owned() + "\n"),
            ("with a value that cannot be read", WHOLE.replace("REG_SZ    1", "REG_DWORD    1")),
        ] {
            assert!(claims(&text).is_empty(), "{what}");
        }
    }

    #[test]
    fn what_is_doubtful_is_left_out() {
        check(
            "a.txt",
            b"HKEY_CURRENT_USER\\A\n    (Default)    REG_SZ    (value not set)\n    a    REG_DWORD    zwei\n\
              \\\\PC\\HKEY_LOCAL_MACHINE\\B\n    x    REG_SZ    other machine\n\
              HKEY_CURRENT_USER\\C\n    (Standard)    REG_SZ    (Wert nicht gesetzt)\n",
            "reg-query
             2 registry hkey_current_user\\a  = (deleted)
             warning 3: the REG_DWORD value `a` cannot be read; it is left out
             3: zwei
             warning 4: not a key of this machine; the line is taken as plain text
             4: \\\\PC\\HKEY_LOCAL_MACHINE\\B [zwei \\\\PC\\HKEY_LOCAL_MACHINE\\B]
             5: x    REG_SZ    other machine [\\\\PC\\HKEY_LOCAL_MACHINE\\B x    REG_SZ    other machine]
             warning 7: the REG_SZ value `` cannot be read; it is left out
             7: (Wert nicht gesetzt) [x    REG_SZ    other machine (Wert nicht gesetzt)]",
        );
    }

    #[test]
    fn the_form_of_the_resource_kit() {
        check(
            "a.txt",
            b"Listing of [HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\n\nREG_SZ      Version  1.0\nREG_DWORD\tCount\t0x3\n\n[Sub]\nREG_SZ    x    y\n",
            "reg-query
             3 registry hkey_local_machine\\software\\a version = 1.0
             4 registry hkey_local_machine\\software\\a count = 3
             6: [Sub]
             7: REG_SZ    x    y [[Sub] REG_SZ    x    y]",
        );
    }

    #[test]
    fn other_files_are_not_taken() {
        for text in [
            "HKEY_LOCAL_MACHINE\\A is a key.\nNothing else.\n",
            "    x    REG_SZ    1\n",
            "REGEDIT\nHKEY_CLASSES_ROOT\\a = 1\n",
        ] {
            assert_ne!(read("a.txt", text.as_bytes()).0, Some("reg-query"), "{text}");
        }
    }
}
