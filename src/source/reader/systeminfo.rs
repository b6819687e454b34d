//! What `systeminfo` prints, in any language: a key and a value a line, and numbered lists that are indented.
//!
//! The keys are translated and their order is fixed. Two values say what they are in every language: the version, which
//! begins and ends with the build (`5.1.2600 Service Pack 3 Build 2600`), and the type of the machine (`X86-based PC`).

use crate::fact::{Claim, Value};

use super::csv::split;
use super::hotfixes::{self, CURRENT_VERSION, registry_value};
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct SystemInfo;

impl Reader for SystemInfo {
    fn name(&self) -> &'static str {
        "systeminfo"
    }

    fn help(&self) -> &'static str {
        "The output of `systeminfo` in any language, as a list and as CSV."
    }

    fn known_by(&self) -> &'static str {
        "A value such as `4.0.1381 Service Pack 6 Build 1381` together with `X86-based PC`, which are not translated."
    }

    fn facts_and_events(&self) -> &'static str {
        "The registry values that it shows: CurrentVersion (from version 10 on CurrentMajorVersionNumber and \
         CurrentMinorVersionNumber), CurrentBuildNumber and CSDVersion of `HKLM\\SOFTWARE\\Microsoft\\Windows \
         NT\\CurrentVersion`, and of each hotfix the value Installed. A list of hotfixes that holds as many as it \
         counts, all of them with a number, proves which ones are not there. Each line is also an event."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let is_pc = |line: &str| line.to_ascii_lowercase().contains("-based pc");
        let lines: Vec<&str> = head.lines().take(200).collect();
        let version = |line: &str| key_value(line).is_some_and(|(_, value)| OsVersion::parse(value).is_some());
        if lines.iter().take(20).any(|line| version(line)) && lines.iter().any(|line| is_pc(line)) {
            return Confidence::CERTAIN;
        }
        // `systeminfo | findstr /B /C:"OS"`
        let starts = |words: &str| lines.iter().any(|line| line.starts_with(words));
        if starts("OS Name:") && starts("OS Version:") {
            return Confidence::LIKELY;
        }
        let columns = |line: usize| lines.get(line).and_then(|line| split(line, ','));
        let header = columns(0).filter(|columns| columns.len() > 20);
        let row = columns(1);
        let fits = header.is_some() && row.is_some_and(|row| row.iter().any(|value| OsVersion::parse(value).is_some()));
        if fits { Confidence::CERTAIN } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut report = Report::default();
        while let Some(line) = input.next() {
            report.line(line, out);
            out.plain(line);
        }
        if !input.is_unended() {
            report.list.finish(out);
        }
    }
}

/// A version of Windows NT, as its own tools print it.
pub(super) struct OsVersion<'a> {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) build: &'a str,
    pub(super) pack: Option<&'a str>,
}

impl<'a> OsVersion<'a> {
    /// `5.1.2600 Service Pack 3 Build 2600`: the words between are translated, and the build comes again at the end.
    pub(super) fn parse(value: &'a str) -> Option<Self> {
        let value = value.trim();
        let (numbers, rest) = value.split_once(char::is_whitespace)?;
        let mut parts = numbers.splitn(3, '.');
        let (major, minor, build) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        let is_build = (3..=5).contains(&build.len()) && build.bytes().all(|byte| byte.is_ascii_digit());
        let last = rest.trim_end().rsplit(|c: char| !c.is_ascii_digit()).next()?;
        (is_build && last == build).then(|| Self { major, minor, build, pack: service_pack(rest) })
    }

    /// The registry values that say the same.
    pub(super) fn put(&self, line: u64, out: &mut Output<'_>) {
        let mut put = |name: &str, value| out.fact(line, registry_value(&format!("{CURRENT_VERSION}{name}")), value);
        if self.major < 10 {
            put("CurrentVersion", Value::Text(format!("{}.{}", self.major, self.minor)));
        } else {
            // Later versions keep `6.3` in the old value.
            put("CurrentMajorVersionNumber", Value::Number(i64::from(self.major)));
            put("CurrentMinorVersionNumber", Value::Number(i64::from(self.minor)));
        }
        put("CurrentBuildNumber", Value::Text(self.build.to_owned()));
        if let Some(pack) = self.pack {
            put("CSDVersion", Value::Text(pack.to_owned()));
        }
    }
}

/// `Service Pack 3` in a text; it is not translated. A pack that is not finished (`Service Pack 1, v.657`) is none.
fn service_pack(text: &str) -> Option<&str> {
    const WORDS: &str = "Service Pack ";
    let text = &text[text.find(WORDS)?..];
    let number = text[WORDS.len()..].split_whitespace().next()?;
    let plain = number.len() <= 3
        && number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| &text[..WORDS.len() + number.len()])
}

/// A line such as `Host Name:   PC1` that is not indented.
fn key_value(line: &str) -> Option<(&str, &str)> {
    if line.starts_with([' ', '\t']) {
        return None;
    }
    let (key, value) = line.split_once([':', '：'])?;
    (!key.trim().is_empty() && key.len() < 200).then(|| (key.trim(), value.trim()))
}

/// The report of one machine.
#[derive(Default)]
struct Report {
    /// The first key, which is that of the host's name, with its value.
    host: Option<(String, String)>,
    /// The file goes on with the report of another machine.
    is_other: bool,
    has_version: bool,
    list: List,
}

impl Report {
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if line.text.trim().is_empty() {
            return;
        }
        if line.text.starts_with('"')
            && let Some(values) = split(line.text, ',').filter(|values| values.len() > 20)
        {
            return self.row(line.number, &values, out);
        }
        let Some((key, value)) = key_value(line.text) else {
            if let Some((number, text)) = entry(line.text).filter(|_| !self.is_other) {
                let indent = line.text.len() - line.text.trim_start().len();
                self.list.entry(line.number, indent, number, text, out);
            }
            return;
        };
        self.list.finish(out);
        match &self.host {
            None if !value.is_empty() && !value.starts_with('\\') => {
                self.host = Some((key.to_owned(), value.to_owned()))
            }
            Some((host, name)) if host == key && name != value && !self.is_other => {
                self.is_other = true;
                out.warn(line.number, || {
                    format!("the report of another machine, `{value}`, begins here: from here on, values are only text")
                });
            }
            _ => {}
        }
        if self.is_other {
            return;
        }
        if !self.has_version
            && let Some(version) = OsVersion::parse(value)
        {
            self.has_version = true;
            version.put(line.number, out);
        }
        self.list = List::counting(value);
    }

    /// A row of the CSV form: a list is one value.
    fn row(&mut self, line: u64, values: &[String], out: &mut Output<'_>) {
        let Some(version) = values.iter().find_map(|value| OsVersion::parse(value)) else { return };
        if std::mem::replace(&mut self.has_version, true) {
            out.warn(line, || "the row of another machine: its values are only text".to_owned());
            return;
        }
        version.put(line, out);
        for value in values {
            let mut parts = value.split(",[");
            let mut list = List::counting(parts.next().unwrap_or_default());
            for part in parts {
                if let Some((number, text)) = entry(&format!("[{part}")) {
                    list.entry(line, 0, number, text, out);
                }
            }
            list.finish(out);
        }
    }
}

/// `[01]: Q147222`.
fn entry(line: &str) -> Option<(u64, &str)> {
    let (number, text) = line.trim().strip_prefix('[')?.split_once(']')?;
    let (gap, text) = text.split_once(':')?;
    // French has a blank before the colon.
    (gap.chars().count() <= 1).then_some(())?;
    Some((number.parse().ok()?, text.trim()))
}

/// A numbered list below a key: processors, hotfixes, or network cards.
#[derive(Default)]
struct List {
    /// How many the key counts: the only number of its value.
    count: Option<u64>,
    /// How many there are so far.
    entries: u64,
    /// How many of them are hotfixes.
    hotfixes: u64,
    /// An entry that may be a hotfix under a name that nobody knows, or one out of turn.
    unclear: bool,
    /// How far the entries are indented; lists inside of them are further.
    indent: usize,
}

impl List {
    fn counting(value: &str) -> Self {
        let mut numbers = value.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
        let count = numbers.next().and_then(|number| number.parse().ok()).filter(|_| numbers.next().is_none());
        Self { count, ..Self::default() }
    }

    fn entry(&mut self, line: u64, indent: usize, number: u64, text: &str, out: &mut Output<'_>) {
        if self.entries == 0 {
            self.indent = indent;
        } else if indent > self.indent {
            return;
        }
        self.entries += 1;
        self.unclear |= number != self.entries;
        match hotfixes::id(text) {
            Some(id) => {
                self.hotfixes += 1;
                // A later version of a hotfix is in a key of its own.
                self.unclear |= id.bytes().skip(2).any(|byte| !byte.is_ascii_digit());
                hotfixes::installed(line, id, out);
            }
            // Windows XP lists the files of hotfixes, too.
            None => {
                let is_file = |rest: &str| rest.parse::<u32>().is_ok();
                self.unclear |= text.strip_prefix("File ").is_none_or(|rest| !is_file(rest));
            }
        }
    }

    /// At the end of the list: it proves what is not installed if it holds what it counts.
    fn finish(&mut self, out: &mut Output<'_>) {
        let list = std::mem::take(self);
        if list.hotfixes == 0 {
            return;
        }
        if list.count != Some(list.entries) {
            let entries = list.entries;
            let counted = list.count.map_or_else(|| "none".to_owned(), |count| count.to_string());
            out.sink.problem(
                out.member,
                None,
                format!("the list of hotfixes counts {counted} and holds {entries}: what it lacks may be installed"),
                crate::fact::Severity::Warning,
            );
        } else if !list.unclear {
            out.claim(Claim::Registry(hotfixes::branch()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OsVersion;
    use crate::source::testing::read;

    /// Facts, problems and claims of a report.
    fn facts(text: &str) -> Vec<String> {
        let (reader, dump) = read("si.txt", text.as_bytes());
        assert_eq!(reader, Some("systeminfo"), "{text}");
        let is_event = |line: &String| line.split_once(": ").is_some_and(|(at, _)| at.parse::<u64>().is_ok());
        let short = |line: String| {
            line.replace("registry hkey_local_machine\\software\\microsoft\\windows nt\\currentversion", "cv")
        };
        dump.into_iter().filter(|line| !is_event(line)).map(short).collect()
    }

    fn report(version: &str, hotfixes: &str, list: &str) -> String {
        format!(
            "\nHost Name:                 PC1\nOS Name:                   Microsoft Windows XP\n{version}\n\
             System type:               X86-based PC\nProcessor(s):              1 Processor(s) Installed.\n\
             \x20                          [01]: x86 Family 6 Model 14 Stepping 3 GenuineIntel ~2496 Mhz\n\
             Virtual Memory: Max Size:  1,762 MB\n{hotfixes}\n{list}\
             NetWork Card(s):           1 NIC(s) Installed.\n                           [01]: KB Ethernet\n\
             \x20                                [01]: 192.168.1.1\n"
        )
    }

    #[test]
    fn version_and_hotfixes() {
        let text = report(
            "OS Version:                5.1.2600 Service Pack 1 Build 2600",
            "Hotfix(s):                 3 Hotfix(s) Installed.",
            "                           [01]: File 1\n                           [02]: Q147222\n                           [03]: KB893803 - Update\n",
        );
        assert_eq!(
            facts(&text),
            [
                "4 cv currentversion = 5.1",
                "4 cv currentbuildnumber = 2600",
                "4 cv csdversion = Service Pack 1",
                "11 cv\\hotfix\\q147222 installed = 1",
                "12 cv\\hotfix\\kb893803 installed = 1",
                "claim cv\\hotfix",
            ]
        );
    }

    #[test]
    fn only_a_whole_list_claims() {
        let claims = |hotfixes: &str, list: &str| {
            let text = report("OS Version: 6.0.6000 N/A Build 6000", hotfixes, list);
            facts(&text)
                .into_iter()
                .filter(|line| line.contains("claim") || line.contains("warning"))
                .collect::<Vec<_>>()
        };
        let counted = "Hotfix(s):                 2 Hotfix(s) Installed.";
        assert_eq!(claims(counted, "   [01]: Q147222\n   [02]: Q147223\n").len(), 1);
        assert_eq!(claims(counted, "   [01]: Q147222\n   [02]: 943729\n").len(), 0);
        assert_eq!(claims(counted, "   [01]: Q147222\n   [02]: KB147223v2\n").len(), 0);
        assert_eq!(claims(counted, "   [01]: Q147222\n   [03]: Q147223\n").len(), 0);
        assert_eq!(
            claims(counted, "   [01]: Q147222\n"),
            ["warning: the list of hotfixes counts 2 and holds 1: what it lacks may be installed"]
        );
    }

    #[test]
    fn other_languages() {
        for (version, pack) in [
            ("Betriebssystemversion:                         6.1.7601 Service Pack 1 Build 7601", "1"),
            ("Version du système:                            6.1.7601 Service Pack 1 version 7601", "1"),
            ("Versione SO:                                   6.3.9600 N/D build 9600", ""),
            ("Версия ОС:                        6.3.9600 Н/Д построение 9600", ""),
            ("OS 版本:          6.3.9600 暂缺 Build 9600", ""),
        ] {
            let text =
                report(version, "Исправление(я):    Число установленных исправлений - 1.", "      [01]: KB2919355\n");
            let facts = facts(&text);
            assert!(facts.iter().any(|line| line.contains("currentbuildnumber")), "{version}");
            assert_eq!(facts.iter().any(|line| line.contains("csdversion")), !pack.is_empty(), "{version}");
            assert!(facts.last().is_some_and(|line| line.starts_with("claim")), "{version}");
        }
    }

    #[test]
    fn version_ten_and_packs_that_are_not_finished() {
        let text = report("OS Version:    10.0.17134 N/A Build 17134", "Hotfix(s):      N/A", "");
        assert_eq!(
            facts(&text),
            [
                "4 cv currentmajorversionnumber = 10",
                "4 cv currentminorversionnumber = 0",
                "4 cv currentbuildnumber = 17134"
            ]
        );
        let pack = |value| OsVersion::parse(value).map(|version| version.pack);
        assert_eq!(pack("6.1.7601 Service Pack 1, v.657 Build 7601"), Some(None));
        assert_eq!(pack("1.2.3 and more"), None);
        assert_eq!(pack("5.1.2600 Service Pack 3 Build 2601"), None);
        assert_eq!(pack("5.1.2600"), None);
    }

    #[test]
    fn comma_separated() {
        let mut header: Vec<String> = (0..25).map(|column| format!("\"Key {column}\"")).collect();
        header[2] = "\"OS Version\"".to_owned();
        let mut row = vec!["\"x\"".to_owned(); 25];
        row[2] = "\"5.1.2600 Service Pack 2 Build 2600\"".to_owned();
        row[24] = "\"2 Hotfix(s) Installed.,[01]: File 1,[02]: Q147222\"".to_owned();
        let text = format!("{}\n{}\n", header.join(","), row.join(","));
        let facts = facts(&text);
        assert_eq!(facts.len(), 5, "{facts:?}");
        assert_eq!(facts[3], "2 cv\\hotfix\\q147222 installed = 1");
    }

    #[test]
    fn two_machines_in_one_file() {
        let one = report("OS Version: 5.1.2600 N/A Build 2600", "Hotfix(s): N/A", "");
        let two = one.replace("PC1", "PC2").replace("2600", "3790");
        let facts = facts(&format!("{one}{two}"));
        assert!(!facts.iter().any(|line| line.contains("3790")), "{facts:?}");
        assert!(
            facts.iter().any(|line| line.starts_with("warning 14: the report of another machine, `PC2`")),
            "{facts:?}"
        );
    }
}
