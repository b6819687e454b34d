//! Lists of installed hotfixes: `wmic qfe` and `Get-HotFix` as table, list and CSV, `qfecheck`, and `hotfix /l` of NT
//! 4.
//!
//! Each hotfix is the registry value that its setup program writes: the key `HotFix\Q147222` with `Installed` = 1. The
//! number is taken as it is printed: Q147222 and KB147222 are two keys.

use crate::fact::{FactKey, Value, registry_key};

use super::csv::split;
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Hotfixes;

impl Reader for Hotfixes {
    fn name(&self) -> &'static str {
        "hotfixes"
    }

    fn help(&self) -> &'static str {
        "Lists of installed hotfixes: the output of `wmic qfe`, `Get-HotFix`, `qfecheck` and `hotfix /l`."
    }

    fn known_by(&self) -> &'static str {
        "The columns or keys of such a list."
    }

    fn facts_and_events(&self) -> &'static str {
        "For each hotfix the registry value `Installed` = 1 of the key \
         `HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\HotFix\\Q147222`, with the number as it is printed. \
         Each line is also an event. These lists do not say how long they are, so they prove no absence."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let mut heading = false;
        for line in head.lines() {
            if Heading::of(line).is_some_and(|heading| heading != Heading::Installed)
                || value(line).is_some()
                || (heading && first_id(line).is_some())
            {
                return Confidence::CERTAIN;
            }
            heading = Heading::of(line).is_some();
        }
        Confidence::NO
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut heading = None;
        while let Some(line) = input.next() {
            if let Some(found) = Heading::of(line.text) {
                heading = Some(found);
            } else if let Some(id) = listed(line, heading.as_ref()) {
                installed(line.number, &id, out);
            } else if let Some(pack) = line.text.trim().strip_prefix("Current Service Pack Level:")
                && heading == Some(Heading::Checked)
                && pack.trim().starts_with("Service Pack ")
            {
                let key = format!("{CURRENT_VERSION}CSDVersion");
                out.fact(line.number, registry_value(&key), Value::Text(pack.trim().to_owned()));
            }
            out.plain(line);
        }
    }
}

/// The key that tells the version of Windows, with a `\` at its end.
pub(super) const CURRENT_VERSION: &str = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\";

/// The address of a registry value, by its key and name.
pub(super) fn registry_value(path: &str) -> FactKey {
    let (key, name) = path.rsplit_once('\\').unwrap_or((path, ""));
    FactKey::Registry { key: registry_key(key), name: name.to_lowercase() }
}

/// Puts out the fact of an installed hotfix.
pub(super) fn installed(line: u64, id: &str, out: &mut Output<'_>) {
    out.fact(line, registry_value(&format!("{CURRENT_VERSION}HotFix\\{id}\\Installed")), Value::Number(1));
}

/// The branch that holds all hotfixes.
pub(super) fn branch() -> String {
    registry_key(&format!("{CURRENT_VERSION}HotFix"))
}

/// The number of a hotfix at the beginning of a text, as it is printed: `Q147222`, `KB893803v2`.
pub(super) fn id(text: &str) -> Option<&str> {
    let word = text.trim_start().split([' ', '\t', ',', ';', ':', '"', '\u{a0}']).next()?;
    let digits = word.strip_prefix("KB").or_else(|| word.strip_prefix('Q'))?;
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let suffix = &digits[count..];
    let fits = suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    ((5..=8).contains(&count) && fits && suffix.len() <= 20).then_some(word)
}

/// What the lines below a heading are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Heading {
    /// A table with a column of numbers; a blank parts the columns.
    Table,
    /// The same with commas: which column.
    Csv(usize),
    /// What `qfecheck` found out.
    Checked,
    /// A sentence that says that hotfixes are installed.
    Installed,
}

impl Heading {
    fn of(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.len() > 400 {
            return None;
        }
        if line.contains("HotFixID") {
            let columns = split(line, ',')?;
            if columns.len() > 1 {
                return columns.iter().position(|column| column == "HotFixID").map(Self::Csv);
            }
            let known = |word| matches!(word, "Caption" | "Description" | "InstalledOn" | "InstalledBy" | "Source");
            return line.split_whitespace().any(known).then_some(Self::Table);
        }
        if line.contains("Hotfix Validation Report for") {
            return Some(Self::Checked);
        }
        let lower = line.to_ascii_lowercase();
        let says = lower.contains("hotfix") && lower.contains("installed") && lower.ends_with(':');
        (says && !lower.contains("not ")).then_some(Self::Installed)
    }
}

/// The hotfix that a line says is installed.
fn listed(line: Line<'_>, heading: Option<&Heading>) -> Option<String> {
    if let Some(id) = value(line.text) {
        return Some(id.to_owned());
    }
    match heading? {
        // A description may hold a number in parentheses, and a link ends with one: none of them is a word.
        Heading::Table => {
            line.text.split_whitespace().find_map(|word| id(word).filter(|id| *id == word)).map(str::to_owned)
        }
        Heading::Csv(column) => {
            let values = split(line.text, ',')?;
            id(values.get(*column)?).map(str::to_owned)
        }
        // The others are listed too, as hotfixes that should be installed again.
        Heading::Checked => first_id(line.text).filter(|_| line.text.contains("Current on system")).map(str::to_owned),
        Heading::Installed => first_id(line.text).map(str::to_owned),
    }
}

fn first_id(line: &str) -> Option<&str> {
    id(line.trim_start())
}

/// `HotFixID=KB2919355`, `HotFixID   : KB2919355`.
fn value(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("HotFixID")?.trim_start();
    id(rest.strip_prefix(['=', ':'])?)
}

#[cfg(test)]
mod tests {
    use super::id;
    use crate::source::testing::read;

    /// The hotfixes that a text lists.
    fn check(text: &str, expected: &[&str]) {
        let (reader, dump) = read("list.txt", text.as_bytes());
        assert_eq!(reader, Some("hotfixes"), "{text}");
        let found: Vec<_> =
            dump.iter().filter_map(|line| line.split_once("hotfix\\")?.1.strip_suffix(" installed = 1")).collect();
        assert_eq!(found, expected);
        let events = dump.iter().filter(|line| line.split_once(": ").is_some_and(|(at, _)| at.parse::<u64>().is_ok()));
        assert_eq!(events.count(), text.lines().filter(|line| !line.trim().is_empty()).count());
    }

    #[test]
    fn tables() {
        check(
            "Caption  CSName  Description  FixComments  HotFixID  InstalledOn\n\
             http://support.microsoft.com/?kbid=2919355  DC  Update  KB2919355  3/18/2014\n\
             \x20        XP                     File 1        KB893803v2\n\
             \x20        XP   Windows Installer 3.1 (KB893803)  Update  Q147222\n",
            &["kb2919355", "kb893803v2", "q147222"],
        );
        check(
            "\nSource        Description      HotFixID      InstalledBy          InstalledOn\n\
             ------        -----------      --------      -----------          -----------\n\
             PC1           Update           KB4465065     NT AUTHORITY\\SYSTEM  3/18/2019 12:00:00 AM\n",
            &["kb4465065"],
        );
    }

    #[test]
    fn lists_and_csv() {
        check("\r\r\nCaption=x\r\r\nHotFixID=Q147222\r\r\nHotFixID=KB1\r\r\n", &["q147222"]);
        check("Description : Update\nHotFixID    : KB4465065\n", &["kb4465065"]);
        check("Node,Caption,HotFixID,Name\nPC1,\"a, b\",KB4465065,\nPC1,,{7A068575},\n", &["kb4465065"]);
    }

    #[test]
    fn other_tools() {
        check(
            "Windows 2000 Hotfix Validation Report for \\\\PC1\nCurrent Service Pack Level:  Service Pack 2\n\
             Hotfixes Identified:\nQ147222:  Current on system.\nQ252795:  This hotfix should be reinstalled.\n",
            &["q147222"],
        );
        check("The following hotfixes are installed:\n  Q147222 1/1/98\n", &["q147222"]);
    }

    #[test]
    fn a_list_of_offers_is_none() {
        let (reader, _) =
            read("updates.txt", b"KB2483139: Latvian Language Pack (KB2483139)\nKB3109560: Security Update\n");
        assert_eq!(reader, Some("text"));
        let (reader, _) = read("a.txt", b"These hotfixes are not installed:\nQ147222\n");
        assert_eq!(reader, Some("text"));
    }

    #[test]
    fn numbers_are_taken_as_they_are() {
        assert_eq!(id("KB893803v2 - Update"), Some("KB893803v2"));
        assert_eq!(id("Q147222"), Some("Q147222"));
        for text in ["943729", "File 1", "KB12", "Quarter", "KB1234567890", "{7A068575-C5DB-43D9-BE20-3895D0C69B17}"] {
            assert_eq!(id(text), None, "{text}");
        }
    }
}
