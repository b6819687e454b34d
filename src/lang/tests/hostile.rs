//! Broken, huge and deep files: faults with a place, and never a crash.

use super::super::{Spelling, parse, print};
use super::{faults, rendered, sound};

const RULE: &str = r#"article Q1 "t" { product sms affects 1.0..1.1 fixed in 1.2 { covers c action 'x' } # é
  symptom s "ü" { sequence within 2m { log pacman has "a\"b" no any { log pacman ~ /x(?<n>y)\// } until log pacman has "c"
    log pacman { time as t text in (a, "b c") } within 3 events } not $t < 1998-01-01 when level is 1.2 SP1 event id = 0x1 }
  cause c "d" { at least 1 of { service X on any start != manual level winnt >= 4.0 SP3 } } not Q2 because "z" }
article Q2 "u" { product sms affects 1.2 }
"#;

#[test]
fn deep_files_are_refused() {
    let texts = [
        format!("article Q1 \"t\" {{ product sms symptom s \"x\" {{ {}", "not ".repeat(100_000)),
        format!("article Q1 \"t\" {{ product sms symptom s \"x\" {{ {}", "all { ".repeat(100_000)),
        "{".repeat(1 << 20),
        "article ".repeat(100_000),
        format!("article Q1 \"t\" {{ product sms symptom s \"x\" {{ {}", "log pacman ".repeat(50_000)),
    ];
    for text in &texts {
        assert!(!faults(text, Spelling::Dsl).1.is_empty());
    }
    for text in ["[".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), "{a: ".repeat(100_000)] {
        assert!(!faults(&text, Spelling::Yaml).1.is_empty());
    }
    let deep = format!(
        "article: Q1\ntitle: t\nproduct: sms\ncauses: {{id: a, says: b, when: {}x{}}}\n",
        "{not: ".repeat(90),
        "}".repeat(90)
    );
    assert_eq!(faults(&deep, Spelling::Yaml).1[0].code, "too-deep");
}

#[test]
fn damaged_files_have_faults_with_a_place() {
    let yaml = print(&sound(RULE, Spelling::Dsl).0, Spelling::Yaml);
    let mut random: u64 = 1;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap_or(0) % below
    };
    for (whole, spelling) in [(RULE, Spelling::Dsl), (yaml.as_str(), Spelling::Yaml)] {
        let chars: Vec<char> = whole.chars().collect();
        for _ in 0..1500 {
            let mut damaged = chars.clone();
            for _ in 0..=next(3) {
                let at = next(damaged.len().max(1)).min(damaged.len().saturating_sub(1));
                if damaged.is_empty() {
                    break;
                }
                match next(3) {
                    0 => _ = damaged.remove(at),
                    1 => damaged[at] = ['{', '}', '"', '\'', '/', ' ', '\n', '$', 'é', ',', ':', '-', '#'][next(13)],
                    _ => damaged.truncate(at.max(1)),
                }
            }
            let text: String = damaged.into_iter().collect();
            let drawn = rendered(&text, spelling);
            let (sources, file) = super::source(&text, spelling);
            let parsed = parse(file, &sources, spelling);
            if drawn.is_empty() {
                // What is sound stays sound when it is written again.
                for other in [Spelling::Dsl, Spelling::Yaml] {
                    let printed = print(&parsed.rules, other);
                    assert_eq!(rendered(&printed, other), "", "{text}\n{printed}");
                    assert!(sound(&text, spelling).1 == sound(&printed, other).1, "{text}\n{printed}");
                }
            }
        }
    }
}
