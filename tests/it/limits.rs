//! The limits of evaluation: what is not followed up is unknown, and says so.

use servpack::truth::Truth;

use crate::asking;

/// The answers of some conditions on one machine, each with what it lacks.
fn ask(conditions: &[&str], files: Vec<(String, String)>) -> Vec<(Truth, Vec<String>)> {
    let files = files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    let assessment = asking::ask(conditions, files);
    let symptoms = &assessment.hosts[0].findings[0].symptoms;
    let lacks = |proof: &servpack::verdict::Proof| proof.missing.iter().map(|gap| gap.need.clone()).collect();
    symptoms.iter().map(|symptom| (symptom.state, lacks(&symptom.proof))).collect()
}

fn starts(numbers: std::ops::Range<u32>, last: u32) -> Vec<(String, String)> {
    let mut text: String = numbers.map(|number| format!("start {number}\n")).collect();
    text.push_str(&format!("end {last}\n"));
    vec![("notes.txt".to_owned(), text)]
}

#[test]
fn a_join_follows_so_many_ways_and_says_when_there_are_more() {
    let join = "all { text ~ /start (?<n>\\d+)/  text ~ /end (?<n>\\d+)/ }";
    let any = "all { any { text ~ /start (?<n>\\d+)/  text ~ /nothing/ }  text ~ /end (?<n>\\d+)/ }";
    for condition in [join, any] {
        let answer = |starts| ask(&[condition], starts).remove(0);
        assert_eq!(answer(starts(0..512, 511)), (Truth::True, vec![]), "{condition}");
        assert_eq!(answer(starts(0..512, 700)), (Truth::False, vec![]), "{condition}");
        assert_eq!(answer(starts(0..600, 511)), (Truth::True, vec![]), "{condition}");
        // The way that would hold is not followed up.
        let (truth, lacks) = answer(starts(0..600, 599));
        assert_eq!(truth, Truth::Unknown, "{condition}");
        assert!(lacks.iter().any(|need| need.contains("the search was cut short")), "{lacks:?}");
    }
}

#[test]
fn a_count_follows_so_many_groups_and_says_when_there_are_more() {
    let file = |name: u32, twice: &str| {
        let lines: String = (0..9_000).map(|number| format!("item {}\n", name * 9_000 + number)).collect();
        (format!("notes{name}.txt"), format!("{lines}{twice}"))
    };
    let count = "count at least 2 per n { text ~ /item (?<n>\\d+)/ }";
    let distinct = "count at least 9001 different n { text ~ /item (?<n>\\d+)/ }";
    let few = ask(&[count, distinct], vec![file(0, "")]);
    assert_eq!(few, [(Truth::False, vec![]), (Truth::False, vec![])]);
    let many = ask(&[count, distinct], vec![file(0, ""), file(1, ""), file(2, "")]);
    assert_eq!(many[0].0, Truth::Unknown);
    assert!(many[0].1.iter().any(|need| need.contains("20000 groups")), "{many:?}");
    assert_eq!(many[1], (Truth::True, vec![]));
    // What has been found by then holds all the same.
    let found = ask(&[count], vec![file(0, "item 5\n"), file(1, ""), file(2, "")]);
    assert_eq!(found[0], (Truth::True, vec![]));
}

#[test]
fn a_count_takes_the_first_window_that_is_enough() {
    let item = |minute: u32, item: &str| {
        format!("Taking {item}   $$<SMS_DESPOOLER><Mon Mar 02 10:{minute:02}:00 1998~><thread=6E>\n")
    };
    let log = |items: &[(u32, &str)]| items.iter().map(|(minute, name)| item(*minute, name)).collect::<String>();
    let condition = "count at least 3 different what within 10m { log despool ~ /Taking (?<what>\\w+)/ }";
    for (items, expected) in [
        (&[(0, "a"), (1, "b"), (2, "c")][..], Truth::True),
        (&[(0, "a"), (1, "A"), (2, "b"), (3, "a")][..], Truth::False),
        // A value that leaves the window counts no more, unless it stands there again.
        (&[(0, "a"), (8, "b"), (12, "c"), (13, "d")][..], Truth::True),
        (&[(0, "a"), (8, "b"), (12, "c"), (19, "c")][..], Truth::False),
        (&[(0, "a"), (1, "a"), (11, "b"), (11, "c")][..], Truth::True),
        (&[(0, "a"), (0, "b"), (11, "c"), (12, "c")][..], Truth::False),
    ] {
        let answers = ask(&[condition], vec![("despool.log".to_owned(), log(items))]);
        assert_eq!(answers[0].0, expected, "{items:?}");
    }
}

/// Rows about this machine may be among those that were not kept.
#[test]
fn a_row_that_may_have_been_dropped_is_not_absent() {
    let others = "OTHER,bob,1998-03-02 08:00:00,1998-03-02 09:00:00\n";
    let rows = |others_before: usize| {
        let here = "B,carl,1998-03-02 08:00:00,1998-03-02 09:00:00\n";
        let text = format!("host,user,from,to\n{here}{}{}", others.repeat(others_before), others.repeat(5_200));
        vec![("logons.csv".to_owned(), text)]
    };
    assert_eq!(ask(&["record logon user = bob"], rows(100))[0].0, Truth::False);
    assert_eq!(ask(&["record logon user = bob"], rows(5_200))[0].0, Truth::Unknown);
}
