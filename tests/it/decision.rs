//! The decision table of CONTRACT: every combination of the answers, against a second, plain reading of it.

use servpack::truth::Truth::{self, False, True, Unknown};
use servpack::verdict::{Answers, decide};

use crate::asking;

const ALL: [Truth; 3] = [False, Unknown, True];
const OPTIONAL: [Option<Truth>; 4] = [None, Some(False), Some(Unknown), Some(True)];

/// The rows of docs/verdicts.md, top to bottom: each says when it holds, in the words of the page. None of it is
/// shared with the code that is tested.
fn row(a: &Answers) -> &'static str {
    let fixed = a.fixed == True;
    let not_fixed = a.fixed == False;
    let in_range = a.range == True;
    let seen = a.symptom == Some(True);
    let present_or_unstated = matches!(a.cause, Some(True) | None);
    let rows: [(bool, &'static str); 13] = [
        (fixed && a.recurs == True, "recurring confirmed"),
        (fixed && a.recurs == Unknown, "recurring likely"),
        (fixed, "resolved"),
        (a.workaround == Some(True), "mitigated"),
        (a.cause == Some(False), "not-affected"),
        (a.range == False && !seen, "not-affected"),
        (seen && a.range == False, "affected possible"),
        (seen && in_range && not_fixed && present_or_unstated, "affected confirmed"),
        (seen, "affected likely"),
        (in_range && not_fixed && a.cause == Some(True), "at-risk"),
        (a.range == Unknown || a.fixed == Unknown, "unknown"),
        (a.symptom == Some(Unknown) || a.cause == Some(Unknown), "unknown"),
        (true, "exposed"),
    ];
    rows.iter().find(|(holds, _)| *holds).map_or("", |(_, verdict)| verdict)
}

#[test]
fn every_combination_gets_the_first_row_that_holds() {
    let mut counted = 0;
    for (range, fixed, recurs) in
        ALL.iter().flat_map(|r| ALL.iter().flat_map(move |f| ALL.iter().map(move |b| (*r, *f, *b))))
    {
        for symptom in OPTIONAL {
            for cause in OPTIONAL {
                for workaround in OPTIONAL {
                    let answers = Answers { range, fixed, symptom, cause, workaround, recurs };
                    let (verdict, confidence) = decide(&answers);
                    let words = match confidence {
                        Some(confidence) => format!("{} {}", verdict.word(), confidence.word()),
                        None => verdict.word().to_owned(),
                    };
                    assert_eq!(words, row(&answers), "{answers:?}");
                    counted += 1;
                }
            }
        }
    }
    assert_eq!(counted, 27 * 64);
}

#[test]
fn a_symptom_that_is_seen_is_never_called_unknown_or_exposed() {
    for range in ALL {
        for fixed in ALL {
            for cause in OPTIONAL {
                let answers = Answers { range, fixed, symptom: Some(True), cause, workaround: None, recurs: False };
                let (verdict, _) = decide(&answers);
                assert!(!matches!(verdict.word(), "unknown" | "exposed" | "at-risk"), "{answers:?}");
            }
        }
    }
}

/// The cause is told of the symptom. What rules it out does so only for a symptom that is seen: without the log nobody
/// knows, and what the log would say must not be a better verdict while it is missing.
#[test]
fn without_its_log_a_cause_that_is_told_of_a_symptom_is_open() {
    let clauses = "  symptom stopped \"s\" { log despool has \"stopped\" }\n\
                   cause mode \"c\" { symptom stopped  ini sms.ini Local Mode = 1 }\n";
    let record = |text: &str| format!("{text}   $$<SMS_DESPOOLER><Tue Feb 11 10:00:00 1997~><thread=6E>\n");
    for (mode, log, expected) in [
        (0, Some("stopped"), "not-affected"),
        (0, Some("works"), "exposed"),
        (0, None, "unknown"),
        (1, Some("stopped"), "affected"),
        (1, Some("works"), "exposed"),
        (1, None, "unknown"),
    ] {
        let manifest = "bundle: 1\nhosts:\n  - name: A\n    levels: { sms: \"1.2\" }\n".to_owned();
        let mut files = vec![("bundle.yaml", manifest), ("A/sms.ini", format!("[Local]\nMode={mode}\n"))];
        files.extend(log.map(|text| ("A/despool.log", record(text))));
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes())).collect();
        let assessment = asking::judge(clauses, files);
        let finding = &assessment.hosts[0].findings[0];
        assert_eq!(finding.verdict.word(), expected, "{mode} {log:?}: {}", finding.because);
        let asks = finding.missing.iter().any(|gap| gap.need.contains("despool"));
        assert_eq!(asks, log.is_none(), "{mode} {log:?}: {:?}", finding.missing);
    }
}
