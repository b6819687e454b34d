//! A long log read where it matters against the same log read line by line: the findings are the same.

use servpack::audit::{Options, audit};
use servpack::fact::Problem;
use servpack::pack::{Pack, PackFile};
use servpack::source::Bundle;
use servpack::verdict::Assessment;

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// What nearly all lines say, and what some rule asks for now and then.
const USUAL: &[&str] =
    &["Sleeping for 60 seconds", "No files to process", "Examining \\\\SRV\\SMS_SHR$ for work", "~Done"];
const ASKED: &[&str] = &[
    "Job 17 failed",
    "JOB\t17   FAILED",
    "Job~17 failed for the\u{a0}second time",
    "job 18 failed, rc = 5",
    "Connection to \u{212a}ELVIN lost",
    "begin A",
    "end A",
    "begin B",
    "the error code is 0xCB here",
];

const CONDITIONS: &[&str] = &[
    "log despool has \"job 17 failed\"",
    "text ~ /job (?<job>\\d+) failed.*rc = \\d/",
    "log hman has \"job 17 failed\"",
    "not log despool has \"never said\"",
    "not log datalodr has \"never said\"",
    "text has \"kelvin lost\"",
    "text has \"===== no files to process\"",
    "text ~ /^\\W+(job|connection)/",
    "count at least 3 within 1h log despool has \"failed\"",
    "count at least 2 within 40 events log despool has \"begin\"",
    "sequence within 30 events { log despool has \"begin A\"  log despool has \"end A\" within 12 events }",
    "sequence within 2h { log despool has \"begin B\"  no log despool has \"end A\" within 10m }",
    "text ~ /^first half second half$/",
    "text has \"first half second half\"",
    "log despool { has \"0xcb\"  time >= 1998-05-03T09:00:00 }",
    "log hman { time >= 1998-05-03T08:30:00  time <= 1998-05-03T08:50:00 }",
    "log rservice",
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Trace,
    Viewer,
}

struct Log {
    form: Form,
    end: &'static str,
    /// How often a line is asked for, or is not like the others: one in so many.
    asked: usize,
    odd: usize,
    unended: bool,
}

impl Log {
    /// More than what is read before anybody thinks of leaving lines out.
    fn text(&self, dice: &mut Dice) -> String {
        const LINES: usize = 2500;
        let mut text = String::new();
        let mut seconds = 8 * 3600;
        for number in 0..LINES {
            let message = if dice.one_in(self.asked) { dice.pick(ASKED) } else { dice.pick(USUAL) };
            seconds += dice.below(9);
            let mut component = "SMS_DESPOOLER";
            if number > 900 && dice.one_in(self.odd) {
                match dice.below(9) {
                    0 => component = "SMS_HIERARCHY_MANAGER",
                    1 => seconds -= dice.below(1500).min(seconds - 8 * 3600),
                    2 => text.push_str(&format!("first half{}", self.end)),
                    // No record, however many there are: windows of so many events must not count them.
                    3 => text.push_str(&self.end.repeat(1 + dice.below(30))),
                    4 => text.push_str(&format!("a note <of> a person: thread=1>{}", self.end)),
                    // Twice, since the first one may belong to a record.
                    5 => text.push_str(&format!("RemoteService V1{0}RemoteService V1{0}", self.end)),
                    // Some rule asks for one of them.
                    6 => text.push_str(&format!("{}{}", dice.pick(&["-----", "====="]), self.end)),
                    7 => text.push_str(&format!("-----{}", self.end.repeat(1 + dice.below(2)))),
                    _ => component = "SMS_UNHEARD_OF",
                }
                if text.ends_with(&format!("first half{}", self.end)) {
                    text.push_str(&self.line("second half", component, seconds, dice));
                    continue;
                }
            }
            text.push_str(&self.line(message, component, seconds, dice));
        }
        if self.unended {
            text.truncate(text.trim_end().len());
        }
        text
    }

    fn line(&self, message: &str, component: &str, seconds: usize, dice: &mut Dice) -> String {
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        let thread = dice.pick(&["6E", "1A0", "F", "3D9"]);
        match self.form {
            Form::Trace => format!(
                "{message}   $$<{component}><Sun May 03 {hour:02}:{minute:02}:{second:02} 1998~><thread={thread}>{}",
                self.end
            ),
            Form::Viewer => format!(
                "{message}\t{component}\t5/3/98 {}:{minute:02}:{second:02} {}\t{thread}\t{}",
                (hour + 11) % 12 + 1,
                if hour < 12 { "AM" } else { "PM" },
                self.end
            ),
        }
    }
}

fn pack() -> Pack {
    let mut rules = String::new();
    for (number, condition) in CONDITIONS.iter().enumerate() {
        rules.push_str(&format!(
            "article Q{number} \"asked\" {{\n  product sms\n  affects 1.2\n  symptom s \"s\" {{ {condition} }}\n}}\n"
        ));
    }
    let kb = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
    let mut all = servpack::pack::collect(&kb).expect("the repository's own products");
    all.push(PackFile { name: "Q.rule".to_owned(), text: rules });
    let pack = Pack::from_files(all);
    assert!(!pack.has_errors(), "{:#?}", pack.diagnostics);
    pack
}

fn assess(pack: &Pack, files: &[(String, Vec<u8>)], every_line: bool) -> Assessment {
    let options = Options { every_line, jobs: 1, ..Options::default() };
    audit(pack, &[Bundle::from_files("B", files.to_vec())], &options).expect("no options")
}

/// All that a finding says, what the logs were seen to cover that a rule asks about, and where their clocks go back.
fn told(assessment: &Assessment) -> Vec<String> {
    let goes_back = |problem: &&Problem| problem.what.starts_with("the time goes back");
    let mut told: Vec<String> = assessment.problems.iter().filter(goes_back).map(|back| format!("{back:?}")).collect();
    for host in &assessment.hosts {
        for name in ["despool", "hman", "rservice"] {
            let log = host.coverage.logs.get(name);
            told.push(format!("{name} {:?}", log.map(|log| (&log.files, log.lines, &log.incomplete))));
        }
        told.extend(host.findings.iter().map(|finding| format!("{finding:?}")));
    }
    told
}

/// What stands around the first place where the two are not the same.
fn difference(one: &str, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(200)).take(400).collect::<String>();
    format!("{}\n  instead of\n{}", around(one), around(other))
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn the_findings_are_those_of_reading_every_line() {
    let pack = pack();
    let (mut seen, mut shown, mut set_back) = (0, 0, 0);
    for seed in 0..24 {
        let mut dice = Dice(seed);
        let log = Log {
            form: if seed % 2 == 0 { Form::Trace } else { Form::Viewer },
            end: if seed % 3 == 0 { "\n" } else { "\r\n" },
            asked: [3, 40, 700][seed as usize % 3],
            odd: [5, 100, 900][seed as usize / 3 % 3],
            unended: seed % 5 == 0,
        };
        let mut text = log.text(&mut dice);
        if seed % 11 == 10 {
            // An old Macintosh wrote one line of it.
            text.insert_str(text.len() / 2, "alone\r");
        }
        let bytes = if seed % 4 == 3 { utf16(&text) } else { text.into_bytes() };
        let name = ["despool.log", "LOGS/other.log"][seed as usize / 2 % 2];
        let files = vec![(name.to_owned(), bytes)];
        let (some, all) = (assess(&pack, &files, false), assess(&pack, &files, true));
        let (told_some, told_all) = (told(&some), told(&all));
        assert_eq!(told_some.len(), told_all.len());
        for (one, other) in told_some.iter().zip(&told_all) {
            assert!(one == other, "seed {seed}: {}", difference(one, other));
        }
        shown += usize::from(told_some.iter().any(|told| told.starts_with("rservice Some")));
        set_back += usize::from(told_some.iter().any(|told| told.contains("the time goes back")));
        seen += usize::from(
            some.hosts[0].findings.iter().filter(|found| !found.symptoms[0].evidence.is_empty()).count() > 4,
        );
    }
    assert!(seen > 12, "the logs hold little of what is asked for");
    assert!(set_back > 4, "clocks are seldom set back");
    assert!(shown > 1, "a line seldom shows what its file is");
}
