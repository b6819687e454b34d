//! INI files, with the meaning that Windows gives them.
//!
//! Sections and keys know no case and may hold blanks (`SMS Unique ID`), a section line may be indented, only a whole
//! line can be a comment, and of two equal keys or sections the first one counts. Some programs read more than Windows
//! does, such as those that take every `load=` of Smsrun32.ini (Q164657): what repeats goes out as text, too.

use std::collections::BTreeSet;

use crate::fact::{Claim, FactKey, Value};

use super::registry::LONG_LINE;
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

    fn known_by(&self) -> &'static str {
        "The share of its lines that are sections, entries and comments; the extension counts a little."
    }

    fn facts_and_events(&self) -> &'static str {
        "One fact an entry, addressed by file name, section and key; entries before all sections have an empty section. Of \
         equal keys the first one counts; the others are facts after it, and also lines of text. A section that comes \
         again is text only, since Windows does not look there. A file that was read whole proves which entries it \
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
    // A list of machines below its section has no `=`.
    let enough = good * 2 > lines || by_name(head) && sections > 0;
    if sections == 0 && !by_name(head) || !enough {
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
    /// A section with more text after its bracket, which Windows does not look at.
    Loose(&'a str),
    /// A section without its closing bracket.
    Open,
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
            return match section.split_once(']').filter(|(name, _)| name.len() <= MAX_NAME) {
                Some((name, rest)) if rest.trim().is_empty() || rest.trim_start().starts_with(';') => {
                    Self::Section(name.trim())
                }
                Some((name, _)) => Self::Loose(name.trim()),
                None => Self::Open,
            };
        }
        match line.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => Self::Entry(key.trim(), unquoted(value.trim())),
            _ => Self::Odd,
        }
    }
}

impl<'a> IniLine<'a> {
    /// The section that begins here.
    pub(super) fn section(&self) -> Option<&'a str> {
        match self {
            Self::Section(name) | Self::Loose(name) => Some(name),
            _ => None,
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
    /// Where entries belong; nowhere in a section that was there before, or whose name cannot be read.
    section: Option<String>,
    sections: BTreeSet<String>,
    /// The keys of this section so far.
    keys: BTreeSet<String>,
    /// The last line is no whole one.
    torn: bool,
    /// Something cannot be read.
    broken: bool,
}

/// How many names are remembered, to tell what repeats.
const MAX_NAMES: usize = 4096;

/// A longer name of a section is none.
const MAX_NAME: usize = 1024;

impl IniFile {
    pub(super) fn new(name: &str) -> Self {
        let mut names = vec![name.to_owned()];
        names.extend(name.strip_suffix(".txt").filter(|name| name.ends_with(".ini")).map(str::to_owned));
        Self {
            names,
            section: Some(String::new()),
            sections: BTreeSet::new(),
            keys: BTreeSet::new(),
            torn: false,
            broken: false,
        }
    }

    /// Takes one line. All equal keys go out in order, since lists such as `load=` repeat on purpose (Q164657).
    pub(super) fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let parsed = IniLine::parse(line.text);
        self.torn = matches!(parsed, IniLine::Odd | IniLine::Open);
        if let Some(name) = parsed.section() {
            self.begin(name, line, out);
        }
        match parsed {
            IniLine::Blank => {}
            IniLine::Comment => out.plain(line),
            IniLine::Odd => out.odd_line(line, "a section, an entry or a comment"),
            IniLine::Section(_) => {}
            IniLine::Loose(_) => out.plain(line),
            IniLine::Open => {
                (self.section, self.broken) = (None, true);
                out.odd_line(line, "a section with both brackets");
            }
            IniLine::Entry(..) if line.text.len() >= LONG_LINE => {
                self.broken = true;
                out.odd_line(line, "an entry of that length");
            }
            IniLine::Entry(key, value) => self.entry(line, key.to_lowercase(), value, out),
        }
    }

    fn begin(&mut self, name: &str, line: Line<'_>, out: &mut Output<'_>) {
        let name = name.to_lowercase();
        self.keys.clear();
        let known = self.sections.contains(&name);
        if self.sections.len() < MAX_NAMES {
            self.sections.insert(name.clone());
        }
        self.section = (!known).then_some(name);
        if known {
            let what =
                || "this section was there before, and Windows reads the first one; its entries are taken as text";
            out.warn(line.number, || what().to_owned());
        }
    }

    fn entry(&mut self, line: Line<'_>, key: String, value: &str, out: &mut Output<'_>) {
        let Some(section) = &self.section else { return out.plain(line) };
        for file in &self.names {
            let address = FactKey::Ini { file: file.clone(), section: section.clone(), key: key.clone() };
            out.fact(line.number, address, Value::Text(value.to_owned()));
        }
        if self.keys.contains(&key) {
            out.plain(line);
        } else if self.keys.len() < MAX_NAMES {
            self.keys.insert(key);
        }
    }

    /// Ends the file, and says whether it seems whole. If it ends within a line that is none, something was cut off.
    pub(super) fn end(self, input: &Lines<'_>, out: &mut Output<'_>) -> bool {
        let whole = !(self.broken || self.torn && input.is_unended());
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
             7: Show=2 [; note Show=2]
             warning 8: not a section, an entry or a comment; the line is taken as plain text
             8: odd [Show=2 odd]
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

    #[test]
    fn every_load_can_be_found() {
        check(
            "Smsrun32.ini",
            b"[startup]\nload=a.exe\n;load=b.exe\nload = c.exe\n",
            "ini
             2 ini smsrun32.ini [startup] load = a.exe
             3: ;load=b.exe
             4 ini smsrun32.ini [startup] load = c.exe
             4: load = c.exe [;load=b.exe load = c.exe]
             claim ini smsrun32.ini",
        );
    }

    #[test]
    fn sections_that_windows_reads_its_own_way() {
        check(
            "rservice.ini",
            b"first=1\n\t[machine list] all of them\nPC1\nPC2\nPC 3=include\n*=\n[Empty]\nx=\ny=''\nz='a\n[MACHINE LIST]\nPC4=include\n",
            "ini
             1 ini rservice.ini [] first = 1
             2: [machine list] all of them
             warning 3: not a section, an entry or a comment; the line is taken as plain text
             3: PC1 [[machine list] all of them PC1]
             warning 4: not a section, an entry or a comment; the line is taken as plain text
             4: PC2 [PC1 PC2]
             5 ini rservice.ini [machine list] pc 3 = include
             6 ini rservice.ini [machine list] * =\u{20}
             8 ini rservice.ini [empty] x =\u{20}
             9 ini rservice.ini [empty] y =\u{20}
             10 ini rservice.ini [empty] z = 'a
             warning 11: this section was there before, and Windows reads the first one; its entries are taken as text
             12: PC4=include [PC2 PC4=include]
             claim ini rservice.ini",
        );
    }

    #[test]
    fn entries_of_a_section_that_cannot_be_read_belong_nowhere() {
        check(
            "a.ini",
            b"[a]\nb=1\n[c\nd=2\n[e]\nf=3\n",
            "ini
             2 ini a.ini [a] b = 1
             warning 3: not a section with both brackets; the line is taken as plain text
             3: [c
             4: d=2 [[c d=2]
             6 ini a.ini [e] f = 3",
        );
    }

    #[test]
    fn a_log_with_brackets_is_no_ini_file() {
        let text = "[10:00] started=1\n[10:01] done\n".repeat(5);
        assert_ne!(crate::source::testing::read("a.log", text.as_bytes()).0, Some("ini"));
    }
}
