//! Times that nobody can be sure of make an answer unknown, through the whole engine.

use servpack::report;
use servpack::truth::Truth;
use servpack::verdict::Assessment;

use crate::asking;

/// Asks one condition of a host `A` whose bundle holds these files.
fn ask(condition: &str, files: &[(&str, &str)]) -> (Truth, Assessment) {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let assessment = asking::ask(&[condition], files);
    let host = assessment.hosts.iter().find(|host| host.name == "A").expect("the host");
    (host.findings[0].symptoms[0].state, assessment)
}

/// The gaps of the one finding.
fn gaps(assessment: &Assessment) -> Vec<String> {
    let host = assessment.hosts.iter().find(|host| host.name == "A").expect("the host");
    host.findings[0].missing.iter().map(|gap| format!("{}: {}", gap.need, gap.how)).collect()
}

const DESPOOL: &str = "began   $$<SMS_DESPOOLER><Fri Mar 05 10:00:00 1999~><thread=6E>\n\
                       quiet   $$<SMS_DESPOOLER><Fri May 28 10:00:00 1999~><thread=6E>\n";

/// `5/3/99` is after the fifth of March only if the day does not stand first.
fn copied(date: &str) -> String {
    let record = |text: &str, date: &str| format!("{text}\tSMS_SCHEDULER\t{date} 10:30:00\t6E\t\n");
    [record("idle", "1/1/99"), record("ended", date), record("idle", "5/5/99")].concat()
}

const BEGAN_ENDED: &str = "sequence { log despool has \"began\"  log sched has \"ended\" within 2h }";

#[test]
fn a_date_that_can_be_read_two_ways_makes_a_sequence_unknown() {
    let files = |copy: &str, manifest: &str| {
        let (state, assessment) =
            ask(BEGAN_ENDED, &[("bundle.yaml", manifest), ("A/despool.log", DESPOOL), ("A/copy.txt", copy)]);
        (state, gaps(&assessment), assessment.problems.len())
    };
    let none = "bundle: 1\nhosts:\n  - name: A\n";
    let (state, missing, problems) = files(&copied("5/3/99"), none);
    assert_eq!((state, problems), (Truth::Unknown, 1));
    let asks = |gap: &String| gap.contains("A/copy.txt") && gap.contains("date-order");
    assert!(missing.iter().any(asks), "{missing:?}");
    // Said by the manifest, or by a later date of the same file.
    assert_eq!(files(&copied("5/3/99"), &format!("{none}    date-order: dmy\n")).0, Truth::True);
    assert_eq!(files(&copied("5/3/99"), &format!("{none}    date-order: mdy\n")).0, Truth::False);
    let decided = format!("{}idle\tSMS_SCHEDULER\t28/5/99 10:00:00\t6E\t\n", copied("5/3/99"));
    let (state, _, problems) = files(&decided, none);
    assert_eq!((state, problems), (Truth::True, 0));
    // The file is a better witness than the manifest, which is told.
    let (state, _, problems) = files(&decided, &format!("{none}    date-order: mdy\n"));
    assert_eq!((state, problems), (Truth::True, 1));
    // A duration inside of one file does not depend on the order.
    let inside = "sequence { log sched has \"ended\"  no log sched has \"idle\" within 5m }";
    let copy = "ended\tSMS_SCHEDULER\t5/3/99 10:30:00\t6E\t\nidle\tSMS_SCHEDULER\t5/3/99 11:30:00\t6E\t\n";
    assert_eq!(ask(inside, &[("bundle.yaml", none), ("A/copy.txt", copy)]).0, Truth::True);
}

#[test]
fn around_a_clock_that_was_set_back_the_order_of_two_files_is_open() {
    let despool = "began   $$<SMS_DESPOOLER><Sun Oct 31 01:30:00 1999~><thread=6E>\n\
                   later   $$<SMS_DESPOOLER><Sun Oct 31 01:50:00 1999~><thread=6E>\n\
                   again   $$<SMS_DESPOOLER><Sun Oct 31 01:05:00 1999~><thread=6E>\n";
    let sched = |minute: u32| {
        format!(
            "ended   $$<SMS_SCHEDULER><Sun Oct 31 01:{minute:02}:00 1999~><thread=6E>\n\
             idle   $$<SMS_SCHEDULER><Sun Oct 31 09:00:00 1999~><thread=6E>\n"
        )
    };
    let (state, assessment) = ask(BEGAN_ENDED, &[("A/despool.log", despool), ("A/sched.log", &sched(40))]);
    assert_eq!(state, Truth::Unknown);
    assert!(assessment.problems.iter().any(|problem| problem.line == Some(3) && problem.what.contains("goes back")));
    // Without the step back it is plain.
    let straight = despool.replace("01:05", "01:55");
    assert_eq!(ask(BEGAN_ENDED, &[("A/despool.log", &straight), ("A/sched.log", &sched(40))]).0, Truth::True);
    // A stated zone tells of the doubled hour, also where no log shows it.
    let manifest = "bundle: 1\nhosts:\n  - name: A\n    timezone: America/New_York\n";
    let files = [("bundle.yaml", manifest), ("A/despool.log", &straight), ("A/sched.log", &sched(40))];
    assert_eq!(ask(BEGAN_ENDED, &files).0, Truth::Unknown);
}

#[test]
fn clocks_of_two_machines_are_compared_if_the_manifest_says_so() {
    let files = |manifest: &str| {
        let sched = "idle   $$<SMS_SCHEDULER><Fri Jan 01 10:30:00 1999~><thread=6E>\n\
                     ended   $$<SMS_SCHEDULER><Fri Mar 05 10:30:00 1999~><thread=6E>\n\
                     idle   $$<SMS_SCHEDULER><Fri Jun 04 10:30:00 1999~><thread=6E>\n";
        let condition = "sequence { log despool has \"began\"  log sched on site-server has \"ended\" within 2h }";
        ask(condition, &[("bundle.yaml", manifest), ("A/despool.log", DESPOOL), ("S/sched.log", sched)]).0
    };
    let hosts = |zones: [&str; 2]| {
        let [here, there] =
            zones.map(|zone| if zone.is_empty() { String::new() } else { format!("\n    timezone: {zone}") });
        format!("hosts:\n  - name: A{here}\n  - name: S\n    role: site-server{there}\n")
    };
    assert_eq!(files(&format!("bundle: 1\n{}", hosts(["", ""]))), Truth::Unknown);
    let agree = "bundle: 1\nclocks-within: 1m\n";
    assert_eq!(files(&format!("{agree}{}", hosts(["", ""]))), Truth::True);
    assert_eq!(files(&format!("bundle: 1\nclocks-within: 1h\n{}", hosts(["", ""]))), Truth::Unknown);
    // Half past ten in New York is long before ten in Los Angeles.
    assert_eq!(files(&format!("{agree}{}", hosts(["America/Los_Angeles", "America/New_York"]))), Truth::False);
    assert_eq!(files(&format!("{agree}{}", hosts(["America/Los_Angeles", ""]))), Truth::Unknown);
}

#[test]
fn a_stated_zone_gives_the_offsets_of_the_report() {
    let manifest = "bundle: 1\nhosts:\n  - name: A\n    timezone: America/Los_Angeles\n";
    let (_, assessment) = ask("log despool has \"began\"", &[("bundle.yaml", manifest), ("A/despool.log", DESPOOL)]);
    let mut text = Vec::new();
    let options = report::Options { width: 80, color: false, all: true, verbose: false };
    report::find("json").expect("the format").audit(&assessment, &options, &mut text).expect("a report");
    let report = String::from_utf8(text).expect("text");
    assert!(report.contains("\"time\": \"1999-03-05T10:00:00-08:00\""), "{report}");
    assert!(report.contains("\"to\": \"1999-05-28T10:00:00-07:00\""), "{report}");
}
