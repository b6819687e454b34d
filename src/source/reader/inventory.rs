//! Reports on a whole machine: `winmsd` of NT 3.51 and 4.0, `msinfo32 /report` of Windows 2000 and later, `srvinfo` of
//! the resource kit, and what `ver` prints.
//!
//! Most of a report is text for people. What is a registry value on the machine goes out as that value, and services
//! as facts of services: under their display name, since `winmsd` and `srvinfo` print no other.

use crate::fact::{FactKey, ServiceAttr, Value};

use super::hotfixes::{self, CURRENT_VERSION, registry_value};
use super::systeminfo::OsVersion;
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Inventory;

impl Reader for Inventory {
    fn name(&self) -> &'static str {
        "inventory"
    }

    fn help(&self) -> &'static str {
        "Reports on a machine: the output of `winmsd`, `msinfo32 /report`, `srvinfo` and `ver`."
    }

    fn known_by(&self) -> &'static str {
        "The title of such a report with the line below it."
    }

    fn facts_and_events(&self) -> &'static str {
        "The registry values that they show: CurrentVersion, CurrentBuildNumber and CSDVersion of \
         `HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion`, and those of `Session Manager\\Environment`. Facts \
         of services: state, start, image, account; `winmsd` and `srvinfo` have display names, `msinfo32` the names \
         of the registry. A report proves no absence. Each line is also an event."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let lines: Vec<&str> = head.lines().take(40).map(str::trim_end).collect();
        let starts = |words: &str| lines.iter().any(|line| line.trim_start().starts_with(words));
        let is_titled = lines.windows(2).any(|pair| title(pair[0]).is_some() && is_rule(pair[1]));
        let is_summary = lines.windows(2).any(|pair| pair[0] == "[System Summary]" && pair[1].contains('\t'));
        if starts("Microsoft Diagnostics Report For")
            || is_titled
            || starts("System Information report written at")
            || is_summary
            || (starts("Server Name:") && starts("NT Type:"))
        {
            return Confidence::CERTAIN;
        }
        let is_ver = lines.len() <= 3 && head.whole && lines.iter().any(|line| ver(line).is_some());
        if is_ver { Confidence::LIKELY } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut state = State::default();
        while let Some(line) = input.next() {
            state.line(line, out);
            out.plain(line);
        }
    }
}

/// The parts of a report that hold values of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Part {
    #[default]
    Other,
    /// `winmsd`: services, each with what is indented below it. The name of the last one.
    Services(Option<String>),
    /// `winmsd`: variables; whether they are those of the system.
    Variables(bool),
    /// `msinfo32`: a table, with the names of its columns.
    Table(Vec<String>),
}

#[derive(Default)]
struct State {
    part: Part,
    /// A line that is the title of a part if a rule follows.
    title: String,
    has_version: bool,
}

impl State {
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let text = line.text.trim();
        if text.is_empty() {
            return;
        }
        if is_rule(text) {
            self.part = match title(&self.title) {
                Some("Services" | "Drivers") => Part::Services(None),
                Some("Environment") => Part::Variables(false),
                // A rule also ends the part before it.
                _ => Part::Other,
            };
            return;
        }
        text.clone_into(&mut self.title);
        if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            // A part of `msinfo32`; `[01]` and the like are none.
            if name.starts_with(char::is_alphabetic) {
                self.part = Part::Table(Vec::new());
            }
            return;
        }
        if !self.has_version {
            self.has_version = version(line.number, text, out);
        }
        match &mut self.part {
            Part::Services(service) => {
                if let Some(found) = Service::parse(line.text) {
                    *service = found.put(line.number, out);
                } else if !line.text.starts_with([' ', '\t']) {
                    *service = None;
                } else if let Some(name) = service {
                    detail(line.number, name, text, out);
                }
            }
            Part::Variables(of_system) => match text.split_once('=') {
                Some((name, value)) if *of_system => variable(line.number, name, value, out),
                Some(_) => {}
                None => *of_system = text.starts_with("System"),
            },
            Part::Table(columns) => table_row(line, columns, out),
            Part::Other => server_line(line.number, text, out),
        }
    }
}

/// `Services` of the line `Services Report`.
fn title(line: &str) -> Option<&str> {
    let name = line.trim().strip_suffix(" Report")?;
    ["OS Version", "System", "Services", "Drivers", "Environment", "Video Display", "Drives", "Memory"]
        .contains(&name)
        .then_some(name)
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 20 && line.bytes().all(|byte| byte == b'-')
}

/// Puts out the version that a line tells; false if it tells none.
fn version(line: u64, text: &str, out: &mut Output<'_>) -> bool {
    if let Some((key, value)) = text.split_once('\t')
        && key.split_whitespace().count() <= 3
        && let Some(version) = OsVersion::parse(value)
    {
        version.put(line, out);
        return true;
    }
    let Some(found) = report_version(text).or_else(|| ver(text)) else { return false };
    let mut put = |name: &str, value: &str| {
        out.fact(line, registry_value(&format!("{CURRENT_VERSION}{name}")), Value::Text(value.to_owned()));
    };
    // `ver` of Windows 2000 prints `5.00` for what the registry calls `5.0`.
    let version = found.version.strip_suffix(".00").map(|major| format!("{major}.0"));
    put("CurrentVersion", version.as_deref().unwrap_or(found.version));
    if !found.build.is_empty() {
        put("CurrentBuildNumber", found.build);
    }
    if !found.pack.is_empty() {
        put("CSDVersion", found.pack);
    }
    true
}

/// A version before 10, in the words of the registry.
#[derive(Debug, PartialEq, Eq)]
struct Version<'a> {
    version: &'a str,
    build: &'a str,
    pack: &'a str,
}

/// `Version 4.0 (Build 1381: Service Pack 3) x86 …` of `winmsd`, `Version: 4.0, Build = 1381, CSD = Service Pack 3` of
/// `srvinfo`.
fn report_version(text: &str) -> Option<Version<'_>> {
    let rest = text.strip_prefix("Version")?;
    let found = if let Some(rest) = rest.strip_prefix(':') {
        let mut parts = rest.split(',').map(str::trim);
        let version = parts.next()?;
        let mut value = |name: &str| parts.next()?.strip_prefix(name)?.trim_start().strip_prefix('=').map(str::trim);
        Version { version, build: value("Build")?, pack: value("CSD").unwrap_or_default() }
    } else {
        let (version, rest) = rest.trim_start().split_once(" (Build ")?;
        let (inside, _) = rest.split_once(')')?;
        let (build, pack) = inside.split_once(':').unwrap_or((inside, ""));
        Version { version, build: build.trim(), pack: pack.trim() }
    };
    let pack = if found.pack.starts_with("Service Pack ") { found.pack } else { "" };
    (is_version(found.version) && is_number(found.build)).then_some(Version { pack, ..found })
}

/// `Microsoft Windows XP [Version 5.1.2600]`, `Windows NT Version 4.0`. Windows 95 has no such registry values, and
/// from version 10 on they do not show the version.
fn ver(text: &str) -> Option<Version<'_>> {
    let text = text.trim();
    if let Some(version) = text.split_once("Windows NT").and_then(|(_, rest)| rest.split_once("Version ")) {
        let version = version.1.trim();
        return is_version(version).then_some(Version { version, build: "", pack: "" });
    }
    if !text.contains("Windows") {
        return None;
    }
    let (_, inside) = text.split_once('[')?;
    let number = inside.strip_suffix(']')?.rsplit(' ').next()?;
    let (major, rest) = number.split_once('.')?;
    let (minor, build) = rest.split_once('.')?;
    let build = build.split('.').next()?;
    let version = &number[..major.len() + 1 + minor.len()];
    let known = matches!(major, "5" | "6") && is_version(version) && is_number(build);
    known.then_some(Version { version, build, pack: "" })
}

fn is_version(text: &str) -> bool {
    text.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor)) && text.len() <= 5
}

fn is_number(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A line of the services of `winmsd`: `Alerter     Running  (Automatic)`.
struct Service<'a> {
    name: &'a str,
    state: &'static str,
    start: &'static str,
}

impl<'a> Service<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        if line.starts_with([' ', '\t']) {
            return None;
        }
        let (rest, start) = line.trim_end().strip_suffix(')')?.rsplit_once('(')?;
        let start = start_word(start)?;
        let rest = rest.trim_end();
        let (name, state) = rest.rsplit_once(char::is_whitespace)?;
        Some(Self { name: name.trim(), state: state_word(state)?, start })
    }

    /// Puts out its facts, and returns the name under which they stand.
    fn put(&self, line: u64, out: &mut Output<'_>) -> Option<String> {
        // What stands in parentheses may be its group, or the end of its name.
        if self.name.is_empty() || self.name.ends_with(')') {
            return None;
        }
        put(line, self.name, ServiceAttr::State, self.state, out);
        put(line, self.name, ServiceAttr::Start, self.start, out);
        Some(self.name.to_owned())
    }
}

fn put(line: u64, name: &str, attr: ServiceAttr, value: &str, out: &mut Output<'_>) {
    out.fact(line, FactKey::Service { name: name.to_lowercase(), attr }, Value::Text(value.to_owned()));
}

fn state_word(text: &str) -> Option<&'static str> {
    match text {
        "Running" => Some("running"),
        "Stopped" => Some("stopped"),
        _ => None,
    }
}

fn start_word(text: &str) -> Option<&'static str> {
    match text {
        "Boot" => Some("boot"),
        "System" => Some("system"),
        "Automatic" | "Auto" => Some("automatic"),
        "Manual" => Some("manual"),
        "Disabled" => Some("disabled"),
        _ => None,
    }
}

/// What is indented below a service: its program, its account.
fn detail(line: u64, name: &str, text: &str, out: &mut Output<'_>) {
    if let Some(account) = text.strip_prefix("Service Account Name:") {
        put(line, name, ServiceAttr::Account, account.trim(), out);
    } else if text.get(1..3) == Some(":\\") || text.starts_with('\\') || text.starts_with('%') {
        put(line, name, ServiceAttr::Image, super::services::program(text), out);
    }
}

fn variable(line: u64, name: &str, value: &str, out: &mut Output<'_>) {
    let name = name.trim();
    if !name.is_empty() && !name.contains(['\\', ' ']) {
        let path = format!("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment\\{name}");
        out.fact(line, registry_value(&path), Value::Text(value.trim().to_owned()));
    }
}

/// A row of `msinfo32`; the first one names the columns.
fn table_row(line: Line<'_>, columns: &mut Vec<String>, out: &mut Output<'_>) {
    let values: Vec<&str> = line.text.split('\t').map(str::trim).collect();
    if columns.is_empty() {
        *columns = values.into_iter().take(40).map(str::to_owned).collect();
        return;
    }
    let value = |name: &str| columns.iter().position(|column| column == name).and_then(|at| values.get(at).copied());
    if let (Some(name), Some(state), Some(start)) = (value("Name"), value("State"), value("Start Mode")) {
        let mut put = |attr, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty() && !name.is_empty()) {
                put(line.number, name, attr, value, out);
            }
        };
        put(ServiceAttr::State, state_word(state));
        put(ServiceAttr::Start, start_word(start));
        put(ServiceAttr::Image, value("Path").map(|path| super::services::program(path.trim())));
        put(ServiceAttr::Account, value("Start Name"));
    }
    if let (Some(name), Some(text), Some("<SYSTEM>")) = (value("Variable"), value("Value"), value("User Name")) {
        variable(line.number, name, text, out);
    }
}

/// A line of `srvinfo`: `[Running]  Alerter`, `[Q147222]:  …`.
fn server_line(line: u64, text: &str, out: &mut Output<'_>) {
    let Some((inside, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { return };
    if let Some(state) = state_word(inside) {
        if !rest.trim().is_empty() {
            put(line, rest.trim(), ServiceAttr::State, state, out);
        }
    } else if hotfixes::id(inside) == Some(inside) {
        hotfixes::installed(line, inside, out);
    }
}

#[cfg(test)]
mod tests {
    use super::{report_version, ver};
    use crate::source::testing::read;

    /// The facts of a report, and that each of its lines is an event.
    fn facts(text: &str) -> Vec<String> {
        let (reader, dump) = read("report.txt", text.as_bytes());
        assert_eq!(reader, Some("inventory"), "{text}");
        let is_event = |line: &&String| line.split_once(": ").is_some_and(|(at, _)| at.parse::<u64>().is_ok());
        assert_eq!(dump.iter().filter(is_event).count(), text.lines().filter(|line| !line.trim().is_empty()).count());
        dump.iter()
            .filter(|line| !is_event(line))
            .map(|line| {
                line.replace("registry hkey_local_machine\\software\\microsoft\\windows nt\\currentversion", "cv")
            })
            .collect()
    }

    #[test]
    fn winmsd() {
        let rule = "-".repeat(70);
        let text = format!(
            "Microsoft Diagnostics Report For \\\\WKS001\n{rule}\nOS Version Report\n{rule}\nMicrosoft (R) Windows NT (TM) Workstation\n\
             Version 4.0 (Build 1381: Service Pack 3) x86 Uniprocessor Free\n{rule}\nServices Report\n{rule}\n\
             Alerter                                             Stopped  (Manual)\n  C:\\WINNT\\System32\\services.exe -x\n\
             \x20 Service Account Name: LocalSystem\n  Error Severity: Normal\n\
             EventLog (Event log)                                Running  (Automatic)\n  C:\\WINNT\\System32\\other.exe\n{rule}\n\
             Environment Report\n{rule}\nSystem Environment Variables\n  ComSpec=C:\\WINNT\\system32\\cmd.exe\n\
             Environment Variables for Admin\n  TEMP=C:\\TEMP\n"
        );
        assert_eq!(
            facts(&text),
            [
                "6 cv currentversion = 4.0",
                "6 cv currentbuildnumber = 1381",
                "6 cv csdversion = Service Pack 3",
                "10 service alerter State = stopped",
                "10 service alerter Start = manual",
                "11 service alerter Image = C:\\WINNT\\System32\\services.exe",
                "12 service alerter Account = LocalSystem",
                "20 registry hkey_local_machine\\system\\currentcontrolset\\control\\session manager\\environment comspec = C:\\WINNT\\system32\\cmd.exe",
            ]
        );
    }

    #[test]
    fn msinfo32() {
        let text = "System Information report written at: 03/15/10 12:00:01\nSystem Name: WKS001\n[System Summary]\n\n\
                    Item\tValue\nOS Name\tMicrosoft Windows 2000 Professional\nVersion\t5.0.2195 Service Pack 2 Build 2195\n\n\
                    [Services]\n\nDisplay Name\tName\tState\tStart Mode\tService Type\tPath\tError Control\tStart Name\tTag ID\n\
                    Alerter\tAlerter\tStopped\tManual\tShare Process\tc:\\winnt\\services.exe\tNormal\tLocalSystem\t0\n\n\
                    [Environment Variables]\n\nVariable\tValue\tUser Name\nOS\tWindows_NT\t<SYSTEM>\nTEMP\tx\tPC\\User\n";
        assert_eq!(
            facts(text),
            [
                "7 cv currentversion = 5.0",
                "7 cv currentbuildnumber = 2195",
                "7 cv csdversion = Service Pack 2",
                "12 service alerter State = stopped",
                "12 service alerter Start = manual",
                "12 service alerter Image = c:\\winnt\\services.exe",
                "12 service alerter Account = LocalSystem",
                "17 registry hkey_local_machine\\system\\currentcontrolset\\control\\session manager\\environment os = Windows_NT",
            ]
        );
    }

    #[test]
    fn srvinfo_and_ver() {
        let text = "Server Name: SRV1\nSecurity: Users\nNT Type: NT Member Server\nVersion: 4.0, Build = 1381, CSD = Service Pack 3\n\
                    Services:\n   [Running]  Alerter\n   [Stopped]  ClipBook Server\nHotfixes:\n   [Q147222]:\n";
        assert_eq!(
            facts(text)[3..],
            [
                "6 service alerter State = running",
                "7 service clipbook server State = stopped",
                "9 cv\\hotfix\\q147222 installed = 1"
            ]
        );
        assert_eq!(
            facts("\nMicrosoft Windows XP [Version 5.1.2600]\n"),
            ["2 cv currentversion = 5.1", "2 cv currentbuildnumber = 2600"]
        );
        assert_eq!(facts("Microsoft Windows 2000 [Version 5.00.2195]\n")[0], "1 cv currentversion = 5.0");
        assert_eq!(facts("Windows NT Version 4.0\n"), ["1 cv currentversion = 4.0"]);
    }

    #[test]
    fn versions_that_say_nothing_of_the_registry() {
        for text in [
            "Windows 95. [Version 4.00.950]",
            "Windows 98 [Version 4.10.2222]",
            "Microsoft Windows [Version 10.0.19041.1]",
            "Microsoft Windows [Version 5.1]",
            "[Version 5.1.2600]",
            "Windows NT Version x",
        ] {
            assert_eq!(ver(text), None, "{text}");
        }
        for text in ["Version 4.0", "Version 4.0 (Build x)", "Version: 4.0", "Version: 4.0, CSD = x"] {
            assert_eq!(report_version(text), None, "{text}");
        }
        assert_eq!(report_version("Version 4.0 (Build 1381) x86").map(|found| found.pack), Some(""));
    }

    #[test]
    fn a_console_with_a_banner_is_text() {
        let (reader, _) =
            read("a.txt", b"Microsoft Windows XP [Version 5.1.2600]\n(C) Copyright\n\nC:\\>cd x\nC:\\x>\n");
        assert_eq!(reader, Some("text"));
    }
}
