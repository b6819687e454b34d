//! Text of the Windows event log: blocks of `Event ID: 374` and what follows (Q153826, Q168510, Q129125, Q169038, Q140061,
//! Q245723), as Event Viewer copies them, `wevtutil /f:text` prints them and PowerShell lists them; lines as DUMPEL writes them
//! and what Event Viewer and PowerShell export as tables. `names` has the words, `rows` the entries on one line.

mod names;
mod rows;

use crate::fact::{Event, Timestamp};

use super::super::time::leading_date;
use super::utc::UtcClock;
use super::{Confidence, Context, Head, Held, Line, Lines, Output, Reader};
use names::{Field, audit, type_word};
use rows::{Form, Row};

/// See the module.
pub(super) struct EventLog;

impl Reader for EventLog {
    fn name(&self) -> &'static str {
        "event-log"
    }

    fn help(&self) -> &'static str {
        "Text of the Windows event log: `Event ID:` blocks of Event Viewer, `wevtutil` and PowerShell, in several languages; DUMPEL \
         output; comma or tab exports of Event Viewer and PowerShell."
    }

    fn known_by(&self) -> &'static str {
        "A heading of such an export, or the share of its lines that belong to entries with an event id."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event of table `event` an entry: id, source, computer, user, type (in the words of an English Event Viewer), category, \
         channel, record as far as they are stated, the time, and the description as text. Other properties that PowerShell lists \
         are fields in lower case."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut ids) = (0, 0, 0);
        // A description has some lines; more than these may be other text.
        let mut covered = 0;
        for line in head.lines() {
            lines += 1;
            if lines <= 2 && Form::of_header(line).is_some() {
                return Confidence::CERTAIN;
            }
            let named = FieldLine::of(line);
            let listed = property(line).and_then(|(name, _)| Field::property(name));
            let entry = Form::of(line).is_some()
                || named.as_ref().is_some_and(FieldLine::is_id)
                || listed == Some(Field::InstanceId)
                || listed == Some(Field::Id) && head.text.contains("ProviderName");
            if entry {
                ids += 1;
                covered = 12;
            }
            hits += usize::from(entry || named.is_some() || listed.is_some() || numbered(line) || covered > 0);
            covered = i32::max(covered - 1, 0);
        }
        if ids == 0 { Confidence::NO } else { Confidence::share(hits, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut reading = Reading::new(ctx);
        while let Some(line) = input.next() {
            reading.line(line, out);
        }
        reading.end_row(out);
        reading.emit(out);
    }
}

/// A line that begins with the name of a field.
struct FieldLine<'a> {
    field: Field,
    /// The name is of event logs only.
    own: bool,
    /// What follows the name.
    rest: &'a str,
}

impl<'a> FieldLine<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let line = line.trim_start();
        let (name, rest) = line.split_once(':').unwrap_or((line, ""));
        // `Event ID 2018`, `Event ID 7022: hung` (Q161651, Q265887).
        if let Some(number) = name.get(..9).filter(|start| start.eq_ignore_ascii_case("event id ")).and(name.get(9..)) {
            let digits = number.trim().bytes().all(|byte| byte.is_ascii_digit()) && !number.trim().is_empty();
            return digits.then(|| Self { field: Field::Id, own: true, rest: line[9..].trim_start() });
        }
        if name.len() == line.len() {
            return None;
        }
        let (field, own) = Field::named(name)?;
        let rest = rest.trim_start();
        field.allows(rest).then_some(Self { field, own, rest })
    }

    fn is_id(&self) -> bool {
        self.field == Field::Id
    }

    /// Whether the id stands on this line, at its beginning or behind another field.
    fn has_id(&self) -> bool {
        let next = || Self::of(&self.rest[Self::next_in(self.rest)?..]);
        self.is_id() || next().is_some_and(|next| next.is_id())
    }

    /// Where the next field of the same line begins: `Event ID: 374 Source: SMS`.
    fn next_in(rest: &str) -> Option<usize> {
        rest.match_indices(':').find_map(|(colon, _)| {
            let before = &rest[..colon];
            // A name has three words at most.
            let parts = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
            let starts = before.rmatch_indices(parts).map(|(at, blank)| at + blank.len()).take(3).chain([0]);
            let known =
                |from: usize| Field::named(&before[from..]).is_some_and(|(field, _)| field.allows(&rest[colon + 1..]));
            let found: Vec<usize> = starts.filter(|from| known(*from)).collect();
            // `Event Source:` rather than `Source:`.
            found.into_iter().min()
        })
    }
}

/// `Event[0]:`, before each entry of `wevtutil`.
fn numbered(line: &str) -> bool {
    let number = line.trim().strip_prefix("Event[").and_then(|rest| rest.strip_suffix(']').or(rest.strip_suffix("]:")));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A property as PowerShell lists it: the name is padded with blanks up to the colon.
fn property(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let word = name.trim_end();
    let is_name =
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_name && name.len() > word.len() && (value.is_empty() || value.starts_with(' '))).then_some((word, value.trim()))
}

struct Reading {
    clock: UtcClock,
    /// The field that the first entry began with, and so the others too.
    starter: Option<Field>,
    /// Each entry has a line with its number.
    numbered: bool,
    /// The line before was blank.
    blank: bool,
    entry: Entry,
    /// What the header of a table says of its rows.
    table: Option<Form>,
    /// A row whose quoted text goes on.
    row: Option<OpenRow>,
}

struct OpenRow {
    line: u64,
    lines: usize,
    form: Form,
    text: String,
}

#[derive(Default)]
struct Entry {
    line: u64,
    lines: usize,
    fields: Vec<(Field, String)>,
    /// Other properties, as PowerShell lists them.
    extra: Vec<(String, String)>,
    text: String,
    in_text: bool,
    /// The description was announced, so what follows is part of it even if it looks like a field.
    described: bool,
    /// A list of PowerShell.
    listed: bool,
}

impl Entry {
    fn get(&self, field: Field) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.extra.is_empty()
    }

    fn is_full(&self) -> bool {
        self.lines >= Held::MAX_LINES * 4 || self.text.len() > Held::MAX_TEXT
    }

    fn add_text(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text.trim());
        self.lines += 1;
        self.in_text = true;
    }

    /// The number that Event Viewer shows.
    fn id(&self) -> Option<String> {
        // Properties have the severity in the upper half of the instance id.
        let instance = || self.get(Field::InstanceId)?.parse::<i64>().ok().map(|id| (id & 0xFFFF).to_string());
        self.get(Field::Id).map(str::to_owned).or_else(instance)
    }
}

impl Reading {
    fn new(ctx: &Context<'_>) -> Self {
        Self {
            clock: UtcClock::new(ctx),
            starter: None,
            numbered: false,
            blank: false,
            entry: Entry::default(),
            table: None,
            row: None,
        }
    }

    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if self.row.is_some() {
            return self.go_on(line, out);
        }
        let text = line.text.trim();
        if text.is_empty() {
            self.blank = true;
            return;
        }
        let blank = std::mem::take(&mut self.blank);
        if let Some(form) = self.table.clone() {
            return self.table_line(line, form, out);
        }
        let form = Form::of(text);
        if let Some(form) = form {
            return self.start_row(line, form, out);
        }
        if self.entry.is_empty() {
            self.table = Form::of_header(text);
            if self.table.is_some() || text.starts_with("#TYPE ") {
                return;
            }
        }
        if numbered(text) {
            self.emit(out);
            self.numbered = true;
            return;
        }
        if self.listed(line, out) {
            return;
        }
        if let Some(field) = FieldLine::of(text)
            && self.takes(&field, blank)
        {
            return self.fields(line, out);
        }
        if self.entry.is_empty() || self.entry.is_full() {
            self.emit(out);
            return out.plain(line);
        }
        self.entry.add_text(text);
    }

    /// A line below the header of a table.
    fn table_line(&mut self, line: Line<'_>, form: Form, out: &mut Output<'_>) {
        if form.fits(line.text) {
            self.start_row(line, form, out);
        } else if self.entry.is_empty() || self.entry.is_full() {
            self.emit(out);
            out.odd_line(line, "a row of the table");
        } else {
            self.entry.add_text(line.text);
        }
    }

    /// Whether a line that looks like a field is one, and not a line of a description.
    fn takes(&self, line: &FieldLine<'_>, blank: bool) -> bool {
        let starts = Some(line.field) == self.starter;
        if !self.entry.in_text {
            true
        } else if self.numbered || line.field == Field::Other {
            false
        } else if self.entry.described {
            starts && (line.own || blank) || blank && line.has_id()
        } else {
            self.entry.get(line.field).is_none() || starts || line.is_id()
        }
    }

    /// One line with one field or several.
    fn fields(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let mut text = line.text.trim();
        let mut commas = false;
        while let Some(FieldLine { field, rest, .. }) = FieldLine::of(text) {
            if self.entry.get(field).is_some()
                || (self.entry.in_text && (Some(field) == self.starter || self.entry.described))
            {
                self.emit(out);
            }
            self.starter.get_or_insert(field);
            if self.entry.is_empty() {
                self.entry.line = line.number;
            }
            if field == Field::Description {
                self.entry.fields.push((field, String::new()));
                self.entry.in_text = true;
                self.entry.described = true;
                text = rest;
                break;
            }
            let mut end = FieldLine::next_in(rest).unwrap_or(rest.len());
            if field == Field::Id {
                // Text may follow the number on its line.
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                end = if digits > 0 { digits } else { end };
                commas = rest[end..].starts_with(',');
            } else if commas {
                // `Event ID: 1011, Source: Perflib, The library file` (Q238866).
                end = rest.find(',').map_or(end, |comma| comma.min(end));
            }
            if field != Field::Other {
                self.entry.fields.push((field, rest[..end].trim().trim_end_matches([',', ';']).to_owned()));
            }
            text = rest[end..].trim_start_matches([',', ';', ':', ' ', '\t']);
        }
        if !text.is_empty() {
            self.entry.add_text(text);
        }
    }

    /// A line of a PowerShell list; says whether it is one.
    fn listed(&mut self, line: Line<'_>, out: &mut Output<'_>) -> bool {
        if let Some((name, value)) = property(line.text.trim_end()) {
            let field = Field::property(name);
            // A name that only a list of PowerShell has begins one.
            let begins = self.entry.is_empty()
                && field.is_some()
                && Field::named(name).is_none_or(|(field, _)| field == Field::Id);
            if !self.entry.listed && !begins {
                return false;
            }
            let name = name.to_lowercase();
            let again = field.is_some_and(|field| self.entry.get(field).is_some())
                || self.entry.extra.iter().any(|(known, _)| *known == name);
            if again {
                self.emit(out);
            }
            if self.entry.is_empty() {
                self.entry.line = line.number;
            }
            self.entry.listed = true;
            self.entry.in_text = field == Some(Field::Description);
            match field {
                Some(Field::Description) => {
                    self.entry.fields.push((Field::Description, String::new()));
                    self.entry.add_text(value);
                }
                Some(field) => self.entry.fields.push((field, value.to_owned())),
                None => self.entry.extra.push((name, value.to_owned())),
            }
            return true;
        }
        if !self.entry.listed || !line.text.starts_with(' ') || self.entry.is_full() {
            return false;
        }
        // A value that goes on.
        if self.entry.in_text {
            self.entry.add_text(line.text);
        } else if let Some((_, value)) = self.entry.extra.last_mut() {
            value.push(' ');
            value.push_str(line.text.trim());
            self.entry.lines += 1;
        }
        true
    }

    fn start_row(&mut self, line: Line<'_>, form: Form, out: &mut Output<'_>) {
        self.emit(out);
        let open = form.is_open(line.text);
        self.row = Some(OpenRow { line: line.number, lines: 1, form, text: line.text.to_owned() });
        if !open {
            self.end_row(out);
        }
    }

    /// A line of a quoted text.
    fn go_on(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let Some(row) = &mut self.row else { return };
        // A quote that is never closed must not take in the entries behind it.
        let lost = matches!(row.form, Form::Columns(..)) && row.form.fits(line.text);
        if lost || row.lines >= Held::MAX_LINES * 4 || row.text.len() > Held::MAX_TEXT {
            self.end_row(out);
            return self.line(line, out);
        }
        row.lines += 1;
        row.text.push('\n');
        row.text.push_str(line.text.trim_end());
        if line.text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
            self.end_row(out);
        }
    }

    /// The row is whole, or nothing more belongs to it.
    fn end_row(&mut self, out: &mut Output<'_>) {
        let Some(OpenRow { line, form, text, .. }) = self.row.take() else { return };
        match form.read(&text) {
            Some(Row { fields, extra, text }) => {
                let text = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
                self.entry =
                    Entry { line, lines: 1, fields, extra, text, in_text: true, described: true, ..Entry::default() };
            }
            None => out.odd_line(Line { number: line, text: &text }, "a row of the table"),
        }
    }

    fn emit(&mut self, out: &mut Output<'_>) {
        let entry = std::mem::take(&mut self.entry);
        if entry.is_empty() {
            return;
        }
        let (time, utc) = self.time(&entry, out);
        let id = entry.id().unwrap_or_default();
        let utc = utc.map(|utc| utc.to_string()).unwrap_or_default();
        let get = |field| entry.get(field).unwrap_or_default();
        let kind = audit(get(Field::Keywords)).unwrap_or_else(|| type_word(get(Field::Type)));
        let mut fields = vec![
            ("id", id.as_str()),
            ("source", get(Field::Source)),
            ("computer", get(Field::Computer)),
            ("user", get(Field::User)),
            ("type", kind),
            ("category", get(Field::Category)),
            ("channel", get(Field::Channel)),
            ("record", get(Field::Record)),
            ("utc", &utc),
        ];
        let fixed = fields.len();
        for (name, value) in &entry.extra {
            if !fields[..fixed].iter().any(|(known, _)| known == name) {
                fields.push((name, value));
            }
        }
        fields.retain(|(_, value)| !value.is_empty());
        out.event(&Event {
            time,
            table: Some("event"),
            fields: &fields,
            ..Event::plain(out.at(entry.line), &entry.text)
        });
    }

    /// The local time of an entry, and UTC if that is what it states. A day without a time is no time.
    fn time(&mut self, entry: &Entry, out: &mut Output<'_>) -> (Option<Timestamp>, Option<Timestamp>) {
        // Newer versions put a narrow blank before AM and PM, and marks of direction around numbers.
        let plain = |text: &str| text.replace(['\u{202F}', '\u{A0}'], " ").replace(['\u{200E}', '\u{200F}'], "");
        let Some(date) = entry.get(Field::Date).map(plain) else { return (None, None) };
        if let Some(clock) = entry.get(Field::Time).map(plain) {
            return (out.local_time(entry.line, &format!("{date} {clock}")), None);
        }
        if leading_date(&date).is_some_and(|(_, rest)| rest.trim().is_empty()) {
            return (None, None);
        }
        // `wevtutil` and PowerShell: `2010-01-12T16:49:44.1234567Z`.
        match date.trim_end_matches('Z').parse::<Timestamp>() {
            Ok(utc) if date.ends_with('Z') => (self.clock.local(utc, entry.line, out), Some(utc)),
            Ok(local) => (Some(local), None),
            Err(_) => (out.local_time(entry.line, &date), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn blocks_in_any_order() {
        check(
            "events.txt",
            b"Event ID: 374 Source: SMS\nThe job has failed on WKS4.\n  Error code: 5\n\n\
              EventID: 132\nSource: SMS\nDate: 3/12/97\nTime: 10:44:31 PM\nComputer: SITE1\nDescription: Packs do not match.\n",
            "event-log
             1 event{id=374 source=SMS}: The job has failed on WKS4.\\nError code: 5
             5 1997-03-12T22:44:31 event{id=132 source=SMS computer=SITE1}: Packs do not match.
             warning 5: dates in either order",
        );
        check(
            "events.txt",
            b"Event Type:\tError\nEvent Source:\tSCM\nEvent ID:\t7000\nDate:\t\t13/1/1999\nTime:\t\t10:00:00\nUser:\t\tN/A\nDescription:\na\nb\n\
              Event Type:\tWarning\nEvent ID:\t7001\n",
            "event-log
             1 1999-01-13T10:00:00 event{id=7000 source=SCM user=N/A type=Error}: a\\nb
             10 event{id=7001 type=Warning}: ",
        );
    }

    /// The spellings of Q153657, Q161651, Q238866, Q245723, Q265887 and Q287626.
    #[test]
    fn blocks_as_articles_quote_them() {
        check(
            "notes.txt",
            b"Event Id:316 Source: SMS_Scheduler\n\nDescription: The job met an error.\n\n\
              Event ID 2018\nDescription: \"It is starting;\nbuild 13.\"\n\n\
              Event ID: 1011, Source: Perflib, The library\nis gone.\n\n\
              Event ID: 2022\nDescription: No connection.\n\nDate:     06/04/98  Event ID:  528\n\n\
              Event ID 7022: it hung\n\n\
              Event ID: 681\nSource: Security\nCategory: Account Logon\nType: Failure\nUser: NT AUTHORITY\\SYSTEM\nDescription:\n\n\
              The logon\nby: someone\nUser: no field\n",
            "event-log
             1 event{id=316 source=SMS_Scheduler}: The job met an error.
             5 event{id=2018}: \"It is starting;\\nbuild 13.\"
             9 event{id=1011 source=Perflib}: The library\\nis gone.
             12 event{id=2022}: No connection.
             15 event{id=528}: 
             17 event{id=7022}: it hung
             19 event{id=681 source=Security user=NT AUTHORITY\\SYSTEM type=Failure category=Account Logon}: The logon\\nby: someone\\nUser: no field",
        );
    }

    #[test]
    fn blocks_in_other_languages() {
        check(
            "a.txt",
            "Ereignistyp:\tFehler\nEreignisquelle:\tSCM\nEreigniskategorie:\tKeine\nEreigniskennung:\t7000\nDatum:\t\t12.01.2003\n\
             Zeit:\t\t16:49:44\nBenutzer:\t\tNicht zutreffend\nComputer:\tHOST\nBeschreibung:\nDer Dienst fehlt.\nQuelle: kein Feld\n\
             Ereignistyp:\tWarnung\nEreignisquelle:\tDhcp\nEreigniskennung:\t1003\n"
                .as_bytes(),
            "event-log
             1 2003-01-12T16:49:44 event{id=7000 source=SCM computer=HOST user=Nicht zutreffend type=Error category=Keine}: Der Dienst fehlt.\\nQuelle: kein Feld
             12 event{id=1003 source=Dhcp type=Warning}: ",
        );
        check(
            "a.txt",
            "Type de l'événement :\tErreur\nSource de l'événement :\tDhcp\nID de l\u{2019}événement\u{A0}:\t1003\nDate :\t\t13/01/2003\n\
             Heure :\t\t16:49:44\nOrdinateur :\tHOST\nDescription :\nPerdu.\n"
                .as_bytes(),
            "event-log
             1 2003-01-13T16:49:44 event{id=1003 source=Dhcp computer=HOST type=Error}: Perdu.",
        );
        check(
            "a.txt",
            "Nome registro: System\nOrigine: X\nData: 13/01/2010 16.49.44\nID evento: 7\nLivello: Avviso\nDescrizione:\nTesto\n\
             Data:\n0000: 05\n"
                .as_bytes(),
            "event-log
             1 2010-01-13T16:49:44 event{id=7 source=X type=Warning channel=System}: Testo\\nData:\\n0000: 05",
        );
    }

    #[test]
    fn blocks_of_vista_wevtutil_and_powershell() {
        check(
            "a.txt",
            "Log Name:      System\nSource:        SCM\nDate:          \u{200E}1/\u{200E}13/\u{200E}2010 4:49:44 PM\nEvent ID:      7036\n\
             Task Category: None\nLevel:         Information\nKeywords:      Audit Failure\nUser:          N/A\nComputer:      HOST\n\
             Description:\nIt runs.\nSubject:\n\tUser:\tX\n"
                .as_bytes(),
            "event-log
             1 2010-01-13T16:49:44 event{id=7036 source=SCM computer=HOST user=N/A type=Failure Audit category=None channel=System}: It runs.\\nSubject:\\nUser:\tX",
        );
        check(
            "a.txt",
            b"Event[0]:\n  Log Name: System\n  Source: SCM\n  Date: 2010-01-12T16:49:44.123\n  Event ID: 7036\n  Task: N/A\n\
              \x20 Level: Error\n  Opcode: N/A\n  Keyword: Classic\n  User: S-1-5-18\n  User Name: X\\Y\n  Computer: HOST\n  Description: \n\
              It runs.\nSource: nothing\nEvent ID: 5\n\nEvent[1]\n  Source: X\n  Date: 2021-01-12T16:49:44.1230000Z\n  Event ID: 1\n",
            "event-log
             2 2010-01-12T16:49:44.123 event{id=7036 source=SCM computer=HOST user=S-1-5-18 type=Error category=N/A channel=System}: It runs.\\nSource: nothing\\nEvent ID: 5
             warning 19: times in UTC
             19 event{id=1 source=X utc=2021-01-12T16:49:44.123}: ",
        );
        check(
            "a.txt",
            b"\n\nIndex              : 1234\nEntryType          : Error\nInstanceId         : 3221232472\n\
              Message            : The service\n                     failed: 5\nReplacementStrings : {a,\n                     b}\n\
              Source             : SCM\nTimeGenerated      : 1/13/2010 4:49:44 PM\n\n\
              Index              : 1235\nInstanceId         : 7\nMessage            : x\n",
            "event-log
             3 2010-01-13T16:49:44 event{id=7000 source=SCM type=Error record=1234 replacementstrings={a, b}}: The service\\nfailed: 5
             13 event{id=7 record=1235}: x",
        );
    }

    #[test]
    fn exports_with_quoted_texts() {
        check(
            "a.csv",
            "Level,Date and Time,Source,Event ID,Task Category\nInformation,1/13/2010 4:49:44 PM,SCM,7036,None,It runs.\n\
             Error,1/13/2010 4:49:45 PM,Foo,1,None,\"One, two\nEvent ID: 99\n\nlast \"\"quoted\"\" line\"\n\
             Warning,1/13/2010 4:49:46 PM,SCM,7,None,\"C:\\x\" is, not quoted\n"
                .as_bytes(),
            "event-log
             2 2010-01-13T16:49:44 event{id=7036 source=SCM type=Information category=None}: It runs.
             3 2010-01-13T16:49:45 event{id=1 source=Foo type=Error category=None}: One, two\\nEvent ID: 99\\nlast \"quoted\" line
             7 2010-01-13T16:49:46 event{id=7 source=SCM type=Warning category=None}: \"C:\\x\" is, not quoted",
        );
        check(
            "a.csv",
            "Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie\nFehler,13.01.2010 16:49:44,SCM,7036,Keine,\"Dienst \"\"X\"\"\"\n"
                .as_bytes(),
            "event-log
             2 2010-01-13T16:49:44 event{id=7036 source=SCM type=Error category=Keine}: Dienst \"X\"",
        );
        // A language whose words for the levels are not known: the header tells.
        check(
            "a.csv",
            "Keywords,Date and Time,Source,Event ID,Task Category\nGranskning lyckades,1/13/2010 4:49:44 PM,SCM,4624,Logon,one\ntwo\n"
                .as_bytes(),
            "event-log
             2 2010-01-13T16:49:44 event{id=4624 source=SCM category=Logon}: one\\ntwo",
        );
        check(
            "a.csv",
            b"#TYPE System.Diagnostics.EventLogEntry\n\"EventID\",\"MachineName\",\"EntryType\",\"Message\",\"Source\",\"TimeGenerated\",\"Site\"\n\
              \"7000\",\"HOST\",\"FailureAudit\",\"The \"\"x\"\"\nfailed\",\"SCM\",\"1/13/2010 4:49:44 PM\",\n\"7001\",\"HOST\"\n",
            "event-log
             3 2010-01-13T16:49:44 event{id=7000 source=SCM computer=HOST type=Failure Audit}: The \"x\"\\nfailed
             warning 5: not a row of the table; the line is taken as plain text
             5: \"7001\",\"HOST\"",
        );
    }

    #[test]
    fn rows_of_event_viewer() {
        check(
            "a.csv",
            b"1/13/2003,4:49:44 PM,SCM,Error,None,7000,N/A,HOST,\"It failed: \nno, logon. \"\n\
              1/13/2003,4:49:45 PM,SMS,Error,None,374,N/A,SITE1,text,more\nsecond line\n\
              1/13/2003,4:49:46 PM,SMS,Error,None,374,N/A,SITE1,\"never closed\n\
              1/13/2003,4:49:47 PM,SMS,Error,None,375,N/A,SITE1\n",
            "event-log
             1 2003-01-13T16:49:44 event{id=7000 source=SCM computer=HOST user=N/A type=Error category=None}: It failed:\\nno, logon.
             3 2003-01-13T16:49:45 event{id=374 source=SMS computer=SITE1 user=N/A type=Error category=None}: text,more\\nsecond line
             5 2003-01-13T16:49:46 event{id=374 source=SMS computer=SITE1 user=N/A type=Error category=None}: never closed
             6 2003-01-13T16:49:47 event{id=375 source=SMS computer=SITE1 user=N/A type=Error category=None}: ",
        );
        check(
            "a.txt",
            b"Type\tDate\tTime\tSource\tCategory\tEvent\tUser\tComputer\nError\t1/13/2003\t4:49:44 PM\tSCM\tNone\t7000\tN/A\tHOST\n",
            "event-log
             2 2003-01-13T16:49:44 event{id=7000 source=SCM computer=HOST user=N/A type=Error category=None}: ",
        );
        check(
            "a.txt",
            b"13.01.03\t16.49.44\tSMS\tFehler\tKeine\t374\tN/A\tSITE1\ttext\n",
            "event-log
             1 2003-01-13T16:49:44 event{id=374 source=SMS computer=SITE1 user=N/A type=Error category=Keine}: text",
        );
    }

    #[test]
    fn dumpel_with_every_separator() {
        let row = "event{id=374 source=SMS computer=SITE1 user=N/A type=Error category=0}: WKS4 \"failed";
        for separator in ["\t", ",", ";", "|", " "] {
            let line =
                ["3/13/97", "10:44:31 PM", "1", "0", "374", "SMS", "N/A", "SITE1", "WKS4 \"failed\n"].join(separator);
            check("a.txt", line.as_bytes(), &format!("event-log\n1 1997-03-13T22:44:31 {row}"));
        }
        check(
            "a.txt",
            b"3/13/97 22:44:31 16 2 529 Service Control Manager NT AUTHORITY\\SYSTEM SITE1 a b\n3/13/97 22:44:31 4 0 6005 EventLog N/A SITE1\n",
            "event-log
             1 1997-03-13T22:44:31 event{id=529 source=Service Control Manager computer=SITE1 user=NT AUTHORITY\\SYSTEM type=Failure Audit category=2}: a b
             2 1997-03-13T22:44:31 event{id=6005 source=EventLog computer=SITE1 user=N/A type=Information category=0}: ",
        );
    }

    /// Files of other readers that have dates, columns or words like these.
    #[test]
    fn other_files_are_left_alone() {
        let reader = |text: &str| crate::source::testing::read("a.txt", text.as_bytes()).0;
        assert_ne!(
            reader("10/08/97  10:00p   1 024 567 FILE.TXT\n10/08/97  10:00p   1 024 568 A\\B.TXT\n"),
            Some("event-log")
        );
        assert_eq!(reader("date,time,source,type\n1/13/03,10:00,a,b\n"), Some("csv"));
        assert_eq!(reader("job,started,site,count,state\nJ1,2003-01-13 10:00:00,ABC,5,done\n"), Some("csv"));
        assert_ne!(reader("1/13/03,10:00:00,1,2,3,4,5,6,7\n1/13/03,10:00:01,1,2,3,4,5,6,7\n"), Some("event-log"));
        assert_eq!(reader("Source: a note\nDate: 1/13/03\nType: letter\n"), Some("text"));
        assert_eq!(reader("Id      : 5\nMessage : not an event\n"), Some("text"));
    }
}
