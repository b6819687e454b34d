//! Site control files (SITECTRL.CT0): the configuration of a site as blocks of values (Q133113, Q277745, Q242498).
//!
//! A block begins with `BEGIN_name` and ends with `END_name`. In it stand values in angle brackets, a word with values, or
//! properties: `PROPERTY <name><text><text><number>`.

use crate::fact::{Claim, FactKey, Value};

use super::registry::LONG_LINE;
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct SiteControl;

impl Reader for SiteControl {
    fn name(&self) -> &'static str {
        "site-control"
    }

    fn help(&self) -> &'static str {
        "Site control files of SMS (SITECTRL.CT0, *.CT1, *.CT2)."
    }

    fn known_by(&self) -> &'static str {
        "The line `SITE CONTROL FILE […]`, or blocks `BEGIN_…` with lines of values in angle brackets."
    }

    fn facts_and_events(&self) -> &'static str {
        "The facts of an INI file, asked with `ini`. The section is the path of the block, in lower case: the words after \
         `BEGIN_`, with `\\` between blocks; a block that begins with a name has that after a blank, as in \
         `client_configuration client properties`. A property has its text as value, or its number if it has no text; its \
         other parts are `NAME.text2` and `NAME.number`. Values alone have the numbers 1, 2, … of their places in the \
         block as keys, and a word with values has the first one. The header gives `build` and `format` in the section \
         without a name. A file that was read whole proves which of them it lacks. SITECTRL.CT0 is what was proposed \
         last, not what is (Q133113)."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let mut lines = head.lines();
        if lines.next().is_some_and(|line| header(line).is_some()) {
            return Confidence::CERTAIN;
        }
        let (mut blocks, mut hits, mut lines) = (0, 0, 0);
        for line in head.lines() {
            lines += 1;
            let block = block(line).is_some();
            blocks += usize::from(block);
            let parts = parts(line).is_some_and(|(_, parts)| !parts.is_empty());
            hits += usize::from(block || blocks > 0 && parts);
        }
        let quoted = hits * 2 <= lines;
        if blocks == 0 || hits <= blocks || quoted { Confidence::NO } else { Confidence::share(hits, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut file = SiteFile::new(ctx.head.name);
        while let Some(line) = input.next() {
            file.line(line, out);
        }
        file.end(out);
    }
}

/// `SITE CONTROL FILE [786][1.08]`: the build and the format.
fn header(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim().strip_prefix("SITE CONTROL FILE")?.trim().strip_prefix('[')?;
    let (build, rest) = rest.split_once(']')?;
    let format = rest.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(format, _)| format);
    Some((build, format))
}

/// What a line begins or ends, and the rest of the line.
fn block(line: &str) -> Option<(bool, &str, &str)> {
    let line = line.trim();
    let (begins, rest) = match line.strip_prefix("BEGIN_") {
        Some(rest) => (true, rest),
        None => (false, line.strip_prefix("END_")?),
    };
    let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let fits = rest.trim().is_empty() || rest.trim_start().starts_with('<');
    (!name.is_empty() && name.len() <= MAX_NAME && fits).then_some((begins, name, rest))
}

/// A word and the values after it: `TARGET_PLATFORM <ALL>`, or values alone.
fn parts(line: &str) -> Option<(&str, Vec<&str>)> {
    let line = line.trim();
    let at = line.find('<').unwrap_or(line.len());
    let (word, mut rest) = line.split_at(at);
    let word = word.trim();
    if !word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let mut values = Vec::new();
    while let Some(text) = rest.strip_prefix('<') {
        let (value, after) = text.split_once('>')?;
        if value.contains('<') {
            return None;
        }
        values.push(value.trim());
        rest = after.trim_start();
    }
    rest.is_empty().then_some((word, values))
}

/// Whether the line ends within a value, as in an article that wraps it.
fn is_open(line: &str) -> bool {
    line.rfind('<').is_some_and(|at| !line[at..].contains('>'))
}

/// No block is nested deeper, and no value is wrapped over more text.
const MAX_DEPTH: usize = 32;
const MAX_WRAPPED: usize = 1024;

/// The names of blocks and of what they describe are short.
const MAX_NAME: usize = 200;

struct Block {
    name: String,
    /// The name that the block has by its first value.
    label: String,
    values: u64,
}

struct SiteFile {
    names: Vec<String>,
    open: Vec<Block>,
    /// A line whose value goes on on the next one.
    wrapped: Option<(u64, String)>,
    /// A block was closed.
    whole: bool,
    broken: bool,
}

impl SiteFile {
    fn new(name: &str) -> Self {
        let mut names = vec![name.to_owned()];
        names.extend(name.strip_suffix(".txt").filter(|name| name.contains(".ct")).map(str::to_owned));
        Self { names, open: Vec::new(), wrapped: None, whole: false, broken: false }
    }

    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let text = line.text.trim();
        if let Some((number, wrapped)) = self.wrapped.take() {
            let joined = format!("{wrapped} {text}");
            if block(text).is_some() || joined.len() > MAX_WRAPPED {
                self.odd(Line { number, text: &wrapped }, out);
            } else if is_open(&joined) {
                self.wrapped = Some((number, joined));
                return;
            } else {
                return self.whole_line(Line { number, text: &joined }, out);
            }
        }
        if text.is_empty() || text == "\u{1a}" {
            return;
        }
        if block(text).is_none() && is_open(text) && text.len() < MAX_WRAPPED {
            self.wrapped = Some((line.number, text.to_owned()));
            return;
        }
        self.whole_line(line, out);
    }

    fn whole_line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if let Some((build, format)) = header(line.text) {
            self.fact(line.number, "build", Value::Text(build.to_owned()), out);
            self.fact(line.number, "format", Value::Text(format.to_owned()), out);
            return;
        }
        match block(line.text) {
            Some((true, name, rest)) if self.open.len() < MAX_DEPTH => {
                self.open.push(Block { name: name.to_lowercase(), label: String::new(), values: 0 });
                if !rest.trim().is_empty() {
                    self.values(Line { number: line.number, text: rest }, out);
                }
            }
            Some((false, name, _)) => {
                let name = name.to_lowercase();
                let Some(at) = self.open.iter().rposition(|block| block.name == name) else {
                    return self.odd(line, out);
                };
                self.broken |= at + 1 != self.open.len();
                self.open.truncate(at);
                self.whole = true;
            }
            Some(_) => self.odd(line, out),
            None => self.values(line, out),
        }
    }

    fn odd(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        self.broken = true;
        out.odd_line(line, "a line of a site control file");
    }

    fn values(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let found = parts(line.text).filter(|_| line.text.len() < LONG_LINE);
        let Some((word, values)) = found.filter(|(_, values)| !values.is_empty()) else {
            return self.odd(line, out);
        };
        if word.is_empty() {
            return self.places(line.number, &values, out);
        }
        let text = |value: &str| Value::Text(value.to_owned());
        match (word.eq_ignore_ascii_case("property"), values.as_slice()) {
            (true, [name, first, second, number]) => {
                let name = name.to_lowercase();
                let number = number.parse().map_or_else(|_| text(number), Value::Number);
                if first.is_empty() {
                    self.fact(line.number, &name, number.clone(), out);
                } else {
                    self.fact(line.number, &name, text(first), out);
                }
                if !second.is_empty() {
                    self.fact(line.number, &format!("{name}.text2"), text(second), out);
                }
                self.fact(line.number, &format!("{name}.number"), number, out);
            }
            (true, [name, value]) => self.fact(line.number, &name.to_lowercase(), text(value), out),
            (true, _) => self.odd(line, out),
            (false, values) => {
                let first = values.first().copied().unwrap_or_default();
                self.fact(line.number, &word.to_lowercase(), text(first), out);
            }
        }
    }

    /// Values without a word.
    fn places(&mut self, line: u64, values: &[&str], out: &mut Output<'_>) {
        for value in values {
            let Some(block) = self.open.last_mut() else {
                return self.odd(Line { number: line, text: value }, out);
            };
            if block.values == 0 && value.len() <= MAX_NAME && value.chars().any(char::is_alphabetic) {
                block.label = value.to_lowercase();
            }
            block.values += 1;
            let place = block.values.to_string();
            self.fact(line, &place, Value::Text((*value).to_owned()), out);
        }
    }

    fn fact(&self, line: u64, key: &str, value: Value, out: &mut Output<'_>) {
        let name = |block: &Block| {
            if block.label.is_empty() { block.name.clone() } else { format!("{} {}", block.name, block.label) }
        };
        let section = self.open.iter().map(name).collect::<Vec<_>>().join("\\");
        for file in &self.names {
            let address = FactKey::Ini { file: file.clone(), section: section.clone(), key: key.to_owned() };
            out.fact(line, address, value.clone());
        }
    }

    fn end(mut self, out: &mut Output<'_>) {
        if let Some((number, wrapped)) = self.wrapped.take() {
            self.odd(Line { number, text: &wrapped }, out);
        }
        if self.whole && !self.broken && self.open.is_empty() {
            for name in self.names {
                out.claim(Claim::Ini(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::{check, read};

    #[test]
    fn blocks_values_and_properties() {
        check(
            "SITECTRL.CT0",
            b"SITE CONTROL FILE [786][1.08]\r\nBEGIN_FILE_DEFINITION\r\n<2>\r\n<ABC>\r\nEND_FILE_DEFINITION\r\n\
              BEGIN_SITE_DEFINITION\r\n\r\n  BEGIN_CLIENT_CONFIGURATION\r\n  <Client Properties> <3>\r\n  TARGET_PLATFORM <ALL>\r\n\
              \x20 PROPERTY <PCM Polling><><><60>\r\n  Property <Bin\\Ccim32.dll><Client\r\n   Program><x><4>\r\n\
              \x20 PROPERTY <Version><786>\r\n  END_CLIENT_CONFIGURATION\r\nEND_SITE_DEFINITION\r\n",
            "site-control
             1 ini sitectrl.ct0 [] build = 786
             1 ini sitectrl.ct0 [] format = 1.08
             3 ini sitectrl.ct0 [file_definition] 1 = 2
             4 ini sitectrl.ct0 [file_definition] 2 = ABC
             9 ini sitectrl.ct0 [site_definition\\client_configuration client properties] 1 = Client Properties
             9 ini sitectrl.ct0 [site_definition\\client_configuration client properties] 2 = 3
             10 ini sitectrl.ct0 [site_definition\\client_configuration client properties] target_platform = ALL
             11 ini sitectrl.ct0 [site_definition\\client_configuration client properties] pcm polling = 60
             11 ini sitectrl.ct0 [site_definition\\client_configuration client properties] pcm polling.number = 60
             12 ini sitectrl.ct0 [site_definition\\client_configuration client properties] bin\\ccim32.dll = Client Program
             12 ini sitectrl.ct0 [site_definition\\client_configuration client properties] bin\\ccim32.dll.text2 = x
             12 ini sitectrl.ct0 [site_definition\\client_configuration client properties] bin\\ccim32.dll.number = 4
             14 ini sitectrl.ct0 [site_definition\\client_configuration client properties] version = 786
             claim ini sitectrl.ct0",
        );
    }

    #[test]
    fn what_is_damaged_claims_nothing() {
        check(
            "a.ct1.txt",
            b"SITE CONTROL FILE [786]\nBEGIN_A\nPROPERTY <x><a>><4>\nPROPERTY <y><><>\n<z\nEND_B\nEND_A\n",
            "site-control
             1 ini a.ct1.txt [] build = 786
             1 ini a.ct1 [] build = 786
             1 ini a.ct1.txt [] format =\u{20}
             1 ini a.ct1 [] format =\u{20}
             warning 3: not a line of a site control file; the line is taken as plain text
             3: PROPERTY <x><a>><4>
             warning 4: not a line of a site control file; the line is taken as plain text
             4: PROPERTY <y><><> [PROPERTY <x><a>><4> PROPERTY <y><><>]
             warning 5: not a line of a site control file; the line is taken as plain text
             5: <z [PROPERTY <y><><> <z]
             warning 6: not a line of a site control file; the line is taken as plain text
             6: END_B [<z END_B]",
        );
        let claims = |text: &str| read("a.ct0", text.as_bytes()).1.iter().any(|line| line.starts_with("claim"));
        let whole = "SITE CONTROL FILE [786][1.08]\nBEGIN_A\nBEGIN_B\n<1>\nEND_B\nEND_A\n";
        assert!(claims(whole));
        assert!(!claims(&whole.replace("END_A\n", "")));
        assert!(!claims(&whole.replace("END_B\n", "")));
        assert!(!claims("SITE CONTROL FILE [786][1.08]\n"));
    }

    #[test]
    fn other_files_are_not_taken() {
        for text in ["BEGIN_WORK now\nand so on\n", "<html>\n<body>\n", "BEGIN_A\nEND_A\n"] {
            assert_ne!(read("a.txt", text.as_bytes()).0, Some("site-control"), "{text}");
        }
    }
}
