//! Questions to other machines of a site: each machine gets its own answer, and the site one for all where it can.

use servpack::truth::Truth;

use crate::asking;

const MANIFEST: &str = "bundle: 1\nhosts:\n  - { name: A, role: client, path: A }\n  - { name: B, role: client, path: B }\n  \
     - { name: S, role: site-server, path: S }\n";

/// The state of each symptom on `A`, `B` and `S`.
fn states(conditions: &[&str], files: &[(&str, String)]) -> Vec<[Truth; 3]> {
    let mut all = vec![("bundle.yaml".to_owned(), MANIFEST.as_bytes().to_vec())];
    all.extend(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
    let assessment = asking::ask(conditions, all);
    let state = |host: usize, symptom: usize| {
        assert_eq!(assessment.hosts[host].name, ["A", "B", "S"][host]);
        assessment.hosts[host].findings[0].symptoms[symptom].state
    };
    (0..conditions.len()).map(|symptom| [0, 1, 2].map(|host| state(host, symptom))).collect()
}

fn line(text: &str, component: &str, hour: u32) -> String {
    format!("{text}   $$<{component}><Tue Feb 11 {hour:02}:00:00 1997~><thread=6E>\n")
}

#[test]
fn what_is_bound_on_one_machine_decides_there() {
    // With many records they are looked up by name.
    for more in [0, 200] {
        let more: String = (0..more).map(|n| line(&format!("job 9{n} done on W{n}"), "SMS_SCHEDULER", 10)).collect();
        check(&format!(
            "{}{more}{}",
            line("job 2 done on b", "SMS_SCHEDULER", 8),
            line("job 3 done", "SMS_SCHEDULER", 12)
        ));
    }
}

fn check(sched: &str) {
    use Truth::{False, True, Unknown};
    let files = [
        ("A/despool.log", line("job 1 sent", "SMS_DESPOOLER", 9)),
        ("B/despool.log", line("job 2 sent", "SMS_DESPOOLER", 9)),
        ("S/sched.log", sched.to_owned()),
    ];
    let found = states(
        &[
            // Of all machines alike.
            "log sched on site-server has \"job 2 done\"",
            "log sched on any has \"job 4 done\"",
            "log sched on client has \"job 2 done\"",
            "log datalodr on any has \"job 2 done\"",
            "not log sched on site-server has \"job 4 done\"",
            // Of each by itself.
            "all { log despool ~ /job (?<job>\\d+) sent/  log sched on site-server ~ /job (?<job>\\d+) done/ }",
            "log sched on site-server ~ /done on (?<host>\\w+)/",
            // A name that is bound on the way to the same question.
            "all { log sched on site-server ~ /job (?<job>\\d+) done on/  log despool on any ~ /job (?<job>\\d+) sent/ }",
            "all { log sched on site-server ~ /job (?<job>\\d+) done/  $job = 3 }",
        ],
        &files,
    );
    let expected = [
        [True; 3],
        [False; 3],
        [Unknown; 3],
        [Unknown; 3],
        [True; 3],
        [False, True, Unknown],
        [False, True, False],
        [True; 3],
        [True; 3],
    ];
    for (nth, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(*found, expected, "condition {nth}");
    }
}
