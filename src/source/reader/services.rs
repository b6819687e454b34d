//! Which services run and how they start: `net start`, `sc query`, `sc queryex`, `sc qc`, `sclist`, `tasklist /svc` and
//! the table of `Get-Service`.
//!
//! Only `net start` is translated throughout, so it is known by what its heading says in any language. `sc` translates
//! its keys in some languages and never its constants: `4  RUNNING` and `2   AUTO_START` say what they are.

use crate::fact::{Claim, FactKey, ServiceAttr, Value};

use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Services;

impl Reader for Services {
    fn name(&self) -> &'static str {
        "services"
    }

    fn help(&self) -> &'static str {
        "Lists of services: the output of `net start` in any language, `sc query`, `sc queryex`, `sc qc`, `sclist`, \
         `tasklist /svc` and `Get-Service`."
    }

    fn known_by(&self) -> &'static str {
        "The heading of `net start` or the fields of `sc` with indented lines below them, or the columns of a table."
    }

    fn facts_and_events(&self) -> &'static str {
        "Facts of services, by their name: state, start, image, account. `net start` lists display names: its facts \
         stand under those, and a list that reaches its closing message proves that a service is stopped whose display \
         name is its own name. The other lists have the names of the registry, and what they do not list is unknown: \
         they may have been asked for a part of the services."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        // What the lines before call for: the list of `net start`, or the indented values of `sc`.
        let (mut heading, mut block) = (false, 0);
        let (mut rows, mut lines) = (0, 0);
        for line in head.lines() {
            lines += 1;
            rows += usize::from(sclist_row(line).is_some());
            let is_value = block > 0 && is_indented(line) && line.contains(':');
            if is_value || (heading && is_indented(line)) || Table::new(line).is_some() {
                return Confidence::CERTAIN;
            }
            heading = starts_net_start(line);
            block = if sc_name(line).is_some() { 3 } else { block - block.min(1) };
        }
        if rows >= 3 { Confidence::share(rows, lines) } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut list = List::None;
        while let Some(line) = input.next() {
            let text = line.text.trim();
            if starts_net_start(line.text) {
                list = List::Started { listed: false };
                out.plain(line);
            } else if let Some(table) = Table::new(line.text) {
                list = List::Table(table);
                out.plain(line);
            } else if let Some(name) = sc_name(line.text) {
                list = List::Blocks(name.to_lowercase());
                out.plain(line);
            } else if text.is_empty() {
                continue;
            } else {
                list = list.line(line, out);
            }
        }
    }
}

/// What the lines at hand belong to.
enum List {
    /// Nothing that is known.
    None,
    /// The indented names after the heading of `net start`.
    Started { listed: bool },
    /// What `sc` says of one service.
    Blocks(String),
    /// A table with a name in each row.
    Table(Table),
}

impl List {
    /// Reads one line that is not blank, and returns what the next one belongs to.
    fn line(self, line: Line<'_>, out: &mut Output<'_>) -> Self {
        match self {
            Self::Started { .. } if is_indented(line.text) => {
                running(line.number, line.text.trim(), out);
                return Self::Started { listed: true };
            }
            Self::Started { listed } => {
                // The closing message shows that the list is whole.
                if listed {
                    out.claim(Claim::RunningServices);
                }
                out.plain(line);
                return Self::None;
            }
            Self::Blocks(name) => {
                match sc_value(line.text.trim()) {
                    Some((attr, value)) => out.fact(line.number, address(&name, attr), Value::Text(value)),
                    None => out.plain(line),
                }
                return Self::Blocks(name);
            }
            Self::Table(mut table) => {
                if !table.row(line, out) {
                    out.plain(line);
                }
                return Self::Table(table);
            }
            Self::None => {}
        }
        // `sclist` has no heading of its own: `running    Alerter    Alerter`.
        match sclist_row(line.text) {
            Some((state, name)) => {
                out.fact(line.number, address(name, ServiceAttr::State), Value::Text(state.to_owned()));
            }
            None => out.plain(line),
        }
        Self::None
    }
}

fn address(name: &str, attr: ServiceAttr) -> FactKey {
    FactKey::Service { name: name.to_lowercase(), attr }
}

fn running(line: u64, name: &str, out: &mut Output<'_>) {
    out.fact(line, address(name, ServiceAttr::State), Value::Text("running".to_owned()));
}

fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t', '\u{a0}'])
}

/// The word for services in the languages of Windows, or what other code pages leave of it.
const SERVICE_WORDS: &[&str] = &[
    "servi",
    "dienst",
    "tjenest",
    "tjänst",
    "nster",
    "palvelu",
    "usług",
    "ugi",
    "služb",
    "szolg",
    "hizmet",
    "служб",
    "サービス",
    "服务",
    "服務",
    "서비스",
];

/// The word for started, likewise.
const STARTED_WORDS: &[&str] = &[
    "start",
    "marr",
    "inici",
    "avvi",
    "urucho",
    "ynni",
    "spuštěn",
    "elind",
    "başlat",
    "запущ",
    "開始",
    "启动",
    "啟動",
    "시작",
];

/// `These Windows NT services are started:`, in any language.
fn starts_net_start(line: &str) -> bool {
    if is_indented(line) || line.len() > 200 {
        return false;
    }
    let line = line.trim_end();
    if !(line.ends_with(':') || line.ends_with('：')) || !line.contains("Windows") {
        return false;
    }
    let lower = line.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    has(SERVICE_WORDS) && has(STARTED_WORDS)
}

/// The service of a `SERVICE_NAME: Alerter` line. Of the translated keys only the beginning is sure to be plain
/// letters.
fn sc_name(line: &str) -> Option<&str> {
    const KEYS: &[&str] = &["NOMBRE_SERVI", "NOME_SERVI", "NOME_DO_SERVI", "NOM_SERVI", "NOM_DU_SERVI"];
    let (key, value) = line.split_once(':')?;
    let is_key =
        key == "SERVICE_NAME" || KEYS.iter().any(|begin| key.starts_with(begin) && key.len() <= begin.len() + 4);
    let value = value.trim();
    (is_key && !value.is_empty()).then_some(value)
}

/// What a line of `sc` says of its service.
fn sc_value(line: &str) -> Option<(ServiceAttr, String)> {
    let (key, value) = line.split_once(':')?;
    let (key, value) = (key.trim_end(), value.trim());
    let mut words = value.split_whitespace();
    let word = |word: &str| word.to_owned();
    match (words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
        ("4", "RUNNING") => return Some((ServiceAttr::State, word("running"))),
        ("1", "STOPPED") => return Some((ServiceAttr::State, word("stopped"))),
        ("0", "BOOT_START") => return Some((ServiceAttr::Start, word("boot"))),
        ("1", "SYSTEM_START") => return Some((ServiceAttr::Start, word("system"))),
        ("2", "AUTO_START") => return Some((ServiceAttr::Start, word("automatic"))),
        ("3", "DEMAND_START") => return Some((ServiceAttr::Start, word("manual"))),
        ("4", "DISABLED") => return Some((ServiceAttr::Start, word("disabled"))),
        _ => {}
    }
    if value.is_empty() {
        return None;
    }
    match key {
        "BINARY_PATH_NAME" | "NOMBRE_RUTA_BINARIO" => Some((ServiceAttr::Image, program(value).to_owned())),
        "SERVICE_START_NAME" | "NOMBRE_INICIO_SERVICIO" => Some((ServiceAttr::Account, value.to_owned())),
        _ => None,
    }
}

/// The program of a command line: what is in quotes, else up to its `.exe` or `.sys`, else the first word.
pub(super) fn program(command: &str) -> &str {
    if let Some((program, _)) = command.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        return program;
    }
    let lower = command.to_ascii_lowercase();
    let end = [".exe", ".sys"].into_iter().filter_map(|dot| lower.find(dot)).min().map(|at| at + 4);
    end.map_or_else(|| command.split_whitespace().next().unwrap_or(command), |end| &command[..end])
}

/// State and name in a list that gives the state first: `running  Alerter  Alerter`.
fn sclist_row(line: &str) -> Option<(&str, &str)> {
    let mut cells = line.trim().split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    match (cells.next(), cells.next(), cells.next(), cells.next()) {
        (Some(state @ ("running" | "stopped")), Some(name), Some(_), None) => Some((state, name)),
        _ => None,
    }
}

/// A table whose columns stand where its heading says.
enum Table {
    /// `Get-Service`: the state, then the name, which ends where the display name begins.
    States { name: usize, display: usize },
    /// `tasklist /svc`: a process in each row with the names of its services, which go on below it.
    Tasks { services: usize, none: Option<String> },
}

impl Table {
    fn new(line: &str) -> Option<Self> {
        let line = line.trim_end();
        if line.starts_with("Status") && line.ends_with("DisplayName") {
            let name = line.find(" Name ")? + 1;
            return Some(Self::States { name, display: line.find("DisplayName")? });
        }
        // The three rules below the heading, whatever the language of that: name, number, services.
        let rules: Vec<&str> = line.split(' ').collect();
        let is_rule = |rule: &&str| rule.len() >= 6 && rule.bytes().all(|byte| byte == b'=');
        (rules.len() == 3 && rules.iter().all(is_rule) && rules[2].len() >= 30)
            .then(|| Self::Tasks { services: rules[0].len() + rules[1].len() + 2, none: None })
    }

    /// Reads one row; false if it is none.
    fn row(&mut self, line: Line<'_>, out: &mut Output<'_>) -> bool {
        match self {
            Self::States { name, display } => {
                let state = match line.text.split_whitespace().next() {
                    Some("Running") => "running",
                    Some("Stopped") => "stopped",
                    _ => return false,
                };
                let name = columns(line.text, *name, Some(*display)).trim();
                // A long name is cut.
                if name.is_empty() || name.ends_with("...") || name.ends_with('\u{2026}') {
                    return false;
                }
                out.fact(line.number, address(name, ServiceAttr::State), Value::Text(state.to_owned()));
                true
            }
            Self::Tasks { services, none } => {
                let cell = columns(line.text, *services, None).trim();
                // The idle process has no services: its row tells how that is said.
                if none.is_none() {
                    *none = Some(cell.to_owned());
                    return false;
                }
                if cell.is_empty() || none.as_deref() == Some(cell) || cell.contains(['/', '\\']) {
                    return false;
                }
                // `tasklist /m` looks the same, and lists libraries.
                let is_file =
                    |name: &str| [".dll", ".exe", ".drv"].iter().any(|end| name.to_lowercase().ends_with(end));
                if cell.split(',').map(str::trim).any(is_file) {
                    return false;
                }
                for name in cell.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                    running(line.number, name, out);
                }
                true
            }
        }
    }
}

/// The characters of a line from one column to another.
fn columns(line: &str, from: usize, to: Option<usize>) -> &str {
    let at = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let from = at(from);
    &line[from..to.map_or(line.len(), at).max(from)]
}

#[cfg(test)]
mod tests {
    use crate::source::testing::{check, read};

    #[test]
    fn net_start() {
        check(
            "net start.txt",
            b"These Windows NT services are started:\r\n\r\n   Alerter\r\n   SMS_PACKAGE_COMMAND_MANAGER_NT\r\n\r\nThe command completed successfully.\r\n",
            "services
             1: These Windows NT services are started:
             3 service alerter State = running
             4 service sms_package_command_manager_nt State = running
             6: The command completed successfully. [These Windows NT services are started: The command completed successfully.]
             claim running services",
        );
    }

    #[test]
    fn net_start_in_other_languages() {
        let of = |heading: &str| {
            let text = format!("C:\\>net start\r\n{heading}\r\n\r\n   DHCP-Client\r\n   Spooler\r\n\r\nOK.\r\n");
            let (reader, dump) = read("dienste.txt", text.as_bytes());
            let facts = dump.iter().filter(|line| line.contains("State = running")).count();
            (reader, facts, dump.last().is_some_and(|line| line == "claim running services"))
        };
        for heading in [
            "Diese Windows-Dienste sind gestartet:",
            "Ces services Windows sont démarrés\u{a0}:",
            "Se han iniciado estos servicios de Windows:",
            "I seguenti servizi di Windows sono stati avviati:",
            "De volgende Windows-services zijn gestart:",
            "Estes serviços do Windows foram iniciados:",
            "Uruchomiono następujące usługi systemu Windows:",
            "Följande Windows-tjänster har startats:",
            "Запущены следующие службы Windows:",
            "已经启动以下 Windows 服务:",
        ] {
            assert_eq!(of(heading), (Some("services"), 2, true), "{heading}");
        }
        assert_eq!(of("Diese Windows-Dienste wurden beendet:").0, Some("text"));
        assert_eq!(of("Note: the services of Windows are started by hand").0, Some("text"));
    }

    #[test]
    fn a_list_without_its_end_claims_nothing() {
        let (_, dump) = read("net.txt", b"These Windows services are started:\n\n   Alerter\n   Brow");
        assert_eq!(dump.len(), 3, "{dump:?}");
        let (_, dump) = read("net.txt", b"These Windows services are started:\n\n   Alerter\n\n");
        assert!(!dump.iter().any(|line| line.contains("claim")), "{dump:?}");
    }

    #[test]
    fn sc_blocks() {
        check(
            "sc.txt",
            b"SERVICE_NAME: SMS_PCM\nDISPLAY_NAME: SMS Package Command Manager\n        TYPE               : 10  WIN32_OWN_PROCESS\n\
              \x20       STATE              : 4  RUNNING\n                                (STOPPABLE, NOT_PAUSABLE)\n\
              SERVICE_NAME: Other\n        START_TYPE         : 3   DEMAND_START\n        BINARY_PATH_NAME   : \"C:\\a b\\x.exe\" /L:1\n\
              \x20       DISPLAY_NAME       : Other thing\n        SERVICE_START_NAME : LocalSystem\n",
            "services
             1: SERVICE_NAME: SMS_PCM
             2: DISPLAY_NAME: SMS Package Command Manager [SERVICE_NAME: SMS_PCM DISPLAY_NAME: SMS Package Command Manager]
             3: TYPE               : 10  WIN32_OWN_PROCESS [DISPLAY_NAME: SMS Package Command Manager TYPE               : 10  WIN32_OWN_PROCESS]
             4 service sms_pcm State = running
             5: (STOPPABLE, NOT_PAUSABLE) [TYPE               : 10  WIN32_OWN_PROCESS (STOPPABLE, NOT_PAUSABLE)]
             6: SERVICE_NAME: Other [(STOPPABLE, NOT_PAUSABLE) SERVICE_NAME: Other]
             7 service other Start = manual
             8 service other Image = C:\\a b\\x.exe
             9: DISPLAY_NAME       : Other thing [SERVICE_NAME: Other DISPLAY_NAME       : Other thing]
             10 service other Account = LocalSystem",
        );
    }

    #[test]
    fn sc_in_spanish() {
        let text = "NOMBRE_SERVICIO: Spooler\r\n        TIPO               : 110  WIN32_OWN_PROCESS\r\n        ESTADO             : 1  STOPPED\r\n";
        let (reader, dump) = read("sc.txt", text.as_bytes());
        assert_eq!(reader, Some("services"));
        assert_eq!(dump.last().map(String::as_str), Some("3 service spooler State = stopped"));
    }

    #[test]
    fn what_is_no_list_of_services() {
        for text in ["SMS_SERVICE_X: started\n  a: b\n", "SERVICE_NAME: asked for\nand nothing below\n"] {
            assert_eq!(read("a.txt", text.as_bytes()).0, Some("text"), "{text}");
        }
        let text = "Image Name                     PID Modules\n========================= ======== ============================================\n\
                    System Idle Process              0 N/A\nsmss.exe                       432 ntdll.dll\n";
        assert!(!read("tl.txt", text.as_bytes()).1.iter().any(|line| line.contains("State")));
    }

    #[test]
    fn tables() {
        check(
            "gs.txt",
            b"\nStatus   Name               DisplayName\n------   ----               -----------\n\
              Running  Alerter            Alerter\nStopped  AVeryLongServic... A very long service\n",
            "services
             2: Status   Name               DisplayName
             3: ------   ----               ----------- [Status   Name               DisplayName ------   ----               -----------]
             4 service alerter State = running
             5: Stopped  AVeryLongServic... A very long service [------   ----               ----------- Stopped  AVeryLongServic... A very long service]",
        );
        let text = "Abbildname                     PID Dienste\n========================= ======== ============================================\n\
                    System Idle Process              0 Nicht zutreffend\nservices.exe                   432 Eventlog, PlugPlay\n\
                    \x20                                  Spooler\nexplorer.exe                   900 Nicht zutreffend\n";
        let (reader, dump) = read("tl.txt", text.as_bytes());
        assert_eq!(reader, Some("services"));
        let facts: Vec<_> = dump.iter().filter(|line| line.contains(" State ")).map(String::as_str).collect();
        assert_eq!(
            facts,
            [
                "4 service eventlog State = running",
                "4 service plugplay State = running",
                "5 service spooler State = running"
            ]
        );
    }
}
