//! INI files, with the meaning that Windows gives them.
//!
//! Sections and keys know no case and may hold blanks (`SMS Unique ID`), a section line may be indented, only a whole
//! line can be a comment, and of two equal keys the first one counts.

use crate::fact::{Claim, FactKey, Value};

use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Ini;

impl Reader for Ini {
    fn name(&self) -> &'static str {
        "ini"
    }

    fn help(&self) -> &'static str {
        "INI files such as SMS.INI: sections in brackets, and `key=value` lines."
    }

    fn facts_and_events(&self) -> &'static str {
        "One fact an entry, addressed by file name, section and key. A file that was read whole proves which entries it \
         lacks. `sms.ini.txt` is also `sms.ini`. A small file of another name is also a fact: its content."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        confidence(head)
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        // A marker file may look like an INI file; nobody knows what Csdver.sms looks like.
        if !by_name(&ctx.head) {
            super::text::content(ctx, out);
        }
        let mut file = IniFile::new(ctx.head.name);
        while let Some(line) = input.next() {
            file.line(line, out);
        }
        file.end(input, out);
    }
}

/// How sure one can be that this is an INI file.
pub(super) fn confidence(head: &Head<'_>) -> Confidence {
    let (mut good, mut lines, mut sections) = (0, 0, 0);
    for line in head.lines() {
        match IniLine::parse(line) {
            // Other text may come to have such a line: a section has to come early.
            IniLine::Section(_) if sections > 0 || good < 10 => {
                sections += 1;
                good += 1;
            }
            IniLine::Entry(key, _) if key.len() <= 80 => good += 1,
            IniLine::Comment => good += 1,
            _ => {}
        }
        lines += 1;
    }
    if sections == 0 && !by_name(head) || good * 2 <= lines {
        return Confidence::NO;
    }
    let share = Confidence::share(good, lines);
    if by_name(head) { share.raised() } else { share }
}

fn by_name(head: &Head<'_>) -> bool {
    head.name.ends_with(".ini") || head.name.contains(".ini.")
}

/// One line of an INI file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IniLine<'a> {
    Section(&'a str),
    /// The key and its value, without quotes around it.
    Entry(&'a str, &'a str),
    Comment,
    Blank,
    /// None of these.
    Odd,
}

impl<'a> IniLine<'a> {
    pub(super) fn parse(line: &'a str) -> Self {
        let line = line.trim();
        if line.is_empty() || line == "\u{1a}" {
            return Self::Blank;
        }
        if line.starts_with(';') {
            return Self::Comment;
        }
        if let Some(section) = line.strip_prefix('[') {
            return match section.split_once(']') {
                Some((name, rest)) if rest.trim().is_empty() || rest.trim_start().starts_with(';') => {
                    Self::Section(name.trim())
                }
                _ => Self::Odd,
            };
        }
        match line.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => Self::Entry(key.trim(), unquoted(value.trim())),
            _ => Self::Odd,
        }
    }
}

/// `GetPrivateProfileString` takes one pair of quotes off.
fn unquoted(value: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

/// Turns the lines of one file into facts.
pub(super) struct IniFile {
    /// The names that it is known by.
    names: Vec<String>,
    section: String,
    /// The last line is no whole one.
    torn: bool,
}

impl IniFile {
    pub(super) fn new(name: &str) -> Self {
        let mut names = vec![name.to_owned()];
        names.extend(name.strip_suffix(".txt").filter(|name| name.ends_with(".ini")).map(str::to_owned));
        Self { names, section: String::new(), torn: false }
    }

    /// Takes one line. All equal keys go out in order, since lists such as `load=` repeat on purpose (Q164657).
    pub(super) fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let parsed = IniLine::parse(line.text);
        self.torn = parsed == IniLine::Odd;
        match parsed {
            IniLine::Blank => {}
            IniLine::Comment => out.plain(line),
            IniLine::Odd => out.odd_line(line, "a section, an entry or a comment"),
            IniLine::Section(name) => self.section = name.to_lowercase(),
            IniLine::Entry(key, value) => {
                let key = key.to_lowercase();
                for file in &self.names {
                    let address = FactKey::Ini { file: file.clone(), section: self.section.clone(), key: key.clone() };
                    out.fact(line.number, address, Value::Text(value.to_owned()));
                }
            }
        }
    }

    /// Ends the file, and says whether it seems whole. If it ends within a line that is none, something was cut off.
    pub(super) fn end(self, input: &Lines<'_>, out: &mut Output<'_>) -> bool {
        let whole = !(self.torn && input.is_unended());
        if whole {
            for name in self.names {
                out.claim(Claim::Ini(name));
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn windows_semantics() {
        check(
            "SMS.INI",
            b"[SMS]\r\nBuildNo=786\r\nSMS Unique ID = \"ABC 01\" \r\n ; note\r\n [Local]\r\nShow=1 ; no comment\r\nShow=2\r\nodd\r\n",
            "ini
             2 ini sms.ini [sms] buildno = 786
             3 ini sms.ini [sms] sms unique id = ABC 01
             4: ; note
             6 ini sms.ini [local] show = 1 ; no comment
             7 ini sms.ini [local] show = 2
             warning 8: not a section, an entry or a comment; the line is taken as plain text
             8: odd [; note odd]
             claim ini sms.ini",
        );
    }

    #[test]
    fn names_of_copies() {
        check(
            "sms.ini.txt",
            b"[a]\nb=1\n",
            "ini\n2 ini sms.ini.txt [a] b = 1\n2 ini sms.ini [a] b = 1\nclaim ini sms.ini.txt\nclaim ini sms.ini",
        );
        check("SMS.INI.bak", b"[a]\nb=1\n", "ini\n2 ini sms.ini.bak [a] b = 1\nclaim ini sms.ini.bak");
    }

    #[test]
    fn a_marker_file_is_also_its_content() {
        check(
            "CSDVER.SMS",
            b"[SMS]\nCSDVersion=Service Pack 3\n",
            "ini
             1 file csdver.sms Content = [SMS]\\nCSDVersion=Service Pack 3
             2 ini csdver.sms [sms] csdversion = Service Pack 3
             claim ini csdver.sms",
        );
    }
}
