//! Sequences, counts and absences against a plain reading of them, on generated logs.

use proptest::prelude::*;
use servpack::truth::Truth;

use crate::asking;

/// What may happen, and when: minutes after midnight, in order.
type Log = Vec<(u32, char)>;

fn log() -> impl Strategy<Value = Log> {
    prop::collection::vec((0u32..4, prop::sample::select(vec!['a', 'b', 'c', 'x'])), 1..14).prop_map(|steps| {
        let mut minute = 0;
        steps
            .into_iter()
            .map(|(gap, what)| {
                minute += gap;
                (minute, what)
            })
            .collect()
    })
}

fn lines(log: &Log) -> String {
    let line = |(minute, what): &(u32, char)| {
        format!(
            "event-{what} here   $$<SMS_DESPOOLER><Tue Feb 11 {:02}:{:02}:00 1997~><thread=6E>\n",
            minute / 60,
            minute % 60
        )
    };
    log.iter().map(line).collect()
}

/// The answers of some conditions on one log, asked through the whole engine.
fn ask(conditions: &[&str], log: &Log) -> Vec<Truth> {
    let assessment = asking::ask(conditions, vec![("despool.log".to_owned(), lines(log).into_bytes())]);
    assessment.hosts[0].findings[0].symptoms.iter().map(|symptom| symptom.state).collect()
}

fn exists(log: &Log, test: impl Fn(usize) -> Truth) -> Truth {
    Truth::any((0..log.len()).map(test))
}

/// Positions of one kind of event after a position.
fn after(log: &Log, from: usize, what: char) -> impl Iterator<Item = usize> + '_ {
    (from + 1..log.len()).filter(move |&i| log[i].1 == what)
}

fn is(log: &Log, at: usize, what: char) -> bool {
    log[at].1 == what
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sequences_mean_what_they_say(log in log()) {
        let end = log.last().map_or(0, |last| last.0);
        let answers = ask(
            &[
                "sequence { log despool has \"event-a\"  log despool has \"event-b\" }",
                "sequence { log despool has \"event-a\"  no log despool has \"event-x\"  log despool has \"event-b\" }",
                "sequence { log despool has \"event-a\"  no log despool has \"event-x\" until log despool has \"event-c\"  log despool has \"event-b\" }",
                "sequence { log despool has \"event-a\"  no log despool has \"event-b\" within 5m }",
                "sequence within 4m { log despool has \"event-a\"  log despool has \"event-b\"  log despool has \"event-c\" }",
                "sequence { log despool has \"event-a\"  any { log despool has \"event-b\"  log despool has \"event-c\" } within 1 events }",
                "count at least 3 within 4m { log despool has \"event-a\" }",
                "not log despool has \"event-x\"",
            ],
            &log,
        );
        let pair = |ok: &dyn Fn(usize, usize) -> bool| {
            exists(&log, |a| (is(&log, a, 'a') && after(&log, a, 'b').any(|b| ok(a, b))).into())
        };
        prop_assert_eq!(answers[0], pair(&|_, _| true), "a then b");
        prop_assert_eq!(answers[1], pair(&|a, b| !after(&log, a, 'x').any(|x| x < b)), "a, no x, b");
        let until = pair(&|a, b| {
            let stop = after(&log, a, 'c').next().unwrap_or(log.len()).min(b);
            !after(&log, a, 'x').any(|x| x < stop)
        });
        prop_assert_eq!(answers[2], until, "a, no x until c, b");
        let silent = exists(&log, |a| {
            if !is(&log, a, 'a') {
                return Truth::False;
            }
            if after(&log, a, 'b').any(|b| log[b].0 <= log[a].0 + 5) {
                return Truth::False;
            }
            // The log has to reach the end of the five minutes.
            if end >= log[a].0 + 5 { Truth::True } else { Truth::Unknown }
        });
        prop_assert_eq!(answers[3], silent, "a and then no b within 5m");
        let three = (0..log.len()).filter(|&a| is(&log, a, 'a')).any(|a| {
            after(&log, a, 'b').any(|b| after(&log, b, 'c').any(|c| log[c].0 <= log[a].0 + 4))
        });
        // What is not found may still come after the end of the log, as long as the window is open.
        prop_assert!(answers[4] == Truth::from(three) || (!three && answers[4] == Truth::Unknown), "a, b, c within 4m");
        let next = exists(&log, |a| (is(&log, a, 'a') && log.get(a + 1).is_some_and(|n| "bc".contains(n.1))).into());
        prop_assert_eq!(answers[5], next, "a, then b or c right after");
        let times: Vec<u32> = log.iter().filter(|(_, what)| *what == 'a').map(|(minute, _)| *minute).collect();
        prop_assert_eq!(answers[6], times.windows(3).any(|run| run[2] - run[0] <= 4).into(), "three a within 4m");
        prop_assert_eq!(answers[7], (!log.iter().any(|(_, what)| *what == 'x')).into(), "no x at all");
    }
}

/// Clocks of two machines are not compared: what may have come after is unknown, not false.
#[test]
fn an_order_across_machines_is_unknown() {
    let condition = "sequence { log pcmwin has \"Polling\"  log despool on site-server has \"expired\" }";
    let files = [
        ("clients/WKS1/pcmwin.log", "[03/02/98 08:00:00] Package Command Manager ==> Polling .....\n"),
        ("site-servers/SITE1/despool.log", "job expired   $$<SMS_DESPOOLER><Mon Mar 02 08:30:00 1998~><thread=6E>\n"),
    ];
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let assessment = asking::ask(&[condition], files);
    let client = assessment.hosts.iter().find(|host| host.name == "WKS1").expect("the client");
    assert_eq!(client.findings[0].symptoms[0].state, Truth::Unknown);
}

/// A window of records goes on from a rolled-over file into its successor, also where most of a long file is passed over.
#[test]
fn records_are_counted_across_a_rolled_over_file() {
    let line = |text: &str| format!("{text}   $$<SMS_DESPOOLER><Tue Feb 11 10:00:00 1997~><thread=6E>\n");
    let quiet = |count: usize| line("nothing to do here").repeat(count);
    for before in [0, 3, 5000] {
        let old = [quiet(before), line("one began"), quiet(2)].concat();
        let new = [quiet(1), line("one ended"), quiet(3)].concat();
        let state = |within: u32, files: &[(&str, &str)]| {
            let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
            let condition =
                format!("sequence within {within} events {{ log despool has \"began\"  log despool has \"ended\" }}");
            asking::ask(&[&condition], files).hosts[0].findings[0].symptoms[0].state
        };
        let rolled = [("A/despool.lo_", old.as_str()), ("A/despool.log", new.as_str())];
        assert_eq!([3, 4].map(|within| state(within, &rolled)), [Truth::False, Truth::True], "{before}");
        let other_way = [("A/despool.lo_", new.as_str()), ("A/despool.log", old.as_str())];
        assert_eq!(state(10_000, &other_way), Truth::False, "{before}");
        let two_logs = [("A/a/despool.log", old.as_str()), ("A/b/despool.log", new.as_str())];
        assert_ne!(state(10_000, &two_logs), Truth::True, "{before}");
    }
}
