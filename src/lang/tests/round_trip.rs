//! Text to AST to text: the same rules in both spellings, with their comments.

use super::super::{Spelling, print};
use super::sound;

const EVERYTHING: &str = r##"# About this file.
article Q168463 "PCM service keeps client components from getting updated" {
  # The product comes first.
  product sms  # that one
  affects 1.0..1.1, < 1.2, <= 1.2 SP1, > 1.1, >= 1.2 SP2, = 1.0, 1.2
  fixed in 1.1 SP2, 1.2 SP3
  fixed in 1.2 SP4 {
    carrier { file 'ms\sms\bin\pcmsvc32.exe' modified >= 1998-07-01 }
    setting {
      # The setting matters.
      ini sms.ini Local DisablePCMCountdown = 1
      registry 'HKLM\SOFTWARE\Microsoft\SMS' Version >= 786
    }
    covers idle, in-bin
    action "Run RSERVICE \"twice\"\nand wait, it's slow"
  }
  hotfix Q231378 {
    file pcmwin32.exe { modified >= 1999-05-04T10:00:00 size != 0x10 version >= 1.2.786.0 }
    covers idle
    action 'It is "new"'
  }
  severity minor
  tags pcm, setup
  components "PCM service", client
  references Q157677, Q174961
  on client, logon-server

  symptom update-postponed "Smsrun32 put the update off." {
    sequence within 2m {
      # It starts.
      log smsrun32 { has "Client executable active: pcmsvc32.exe" time as then }
      no log smsrun32 has "gone" within 10m until log smsrun32 ~ /idle since (?<when>\d+)/
      any {
        log pacman has "one"
        # The other one.
        log scheduler  # no test
      } within 3 events
      no any { log pacman has "a" log pacman has "b" } until $then
      log smsrun32 { ~ /Client (?<name>\S+)\/(?<ext>exe)/ time as started component in (A, "B c") } within 5m
      log smsrun32 has "end" # The end.
    }
    # Nothing more.
  }
  symptom repeated "Again and again." {
    count at least 3 different workstation within 24h per package, host {
      log pacman ~ /Package (?<package>\w+) on (?<workstation>\w+)/
    }
    count at least 2 record job-details
    last log pacman { ~ /state (?<state>\w+)/ time as then }
    $state != Complete
    $state in (1, "2", $package)
    $then >= 1998-01-01
    record job-details { taken < expires status in (Complete, None) status != "$x" tries > 3 status = $state }
    record job-details { until > $then }
    # Columns that are called like words of the language.
    record job-details { "in" missing "on" = x "on" != y "and" != z "and" = a "in" in (b, c) }
    record job-details { "in" = x "on" missing }
    record job-details "in" has "x"
    record job-details { "user name" lacks "b" until > $then }
    record job-details "user name" = c
    event { id = 374 type = error }
    event log pacman event text has "after a bare one"
    event { time within 5m of $then  source missing }
    event on any
    text { has "x" }
  }
  cause in-bin "It starts by itself." {
    all {
      service SMS_PACKAGE_COMMAND_MANAGER_NT on client { start = automatic image matches '*\ms\sms\bin\*' }
      any { not service X exists known { service Y missing } }
    }
    first {
      ini sms.ini Local Phase lacks "no"
      ini sms.ini "Some Section" "all" not in (a, b)
    }
  }
  cause idle "Idle." {
    at least 2 of {
      level winnt >= 4.0 SP3
      level winnt not in (4.0, 4.0 SP3)
      level sms = 1.2 SP1
    }
    needs "a listing of the folder" file x.exe exists
    when level is 1.0, >= 1.2 SP1 { symptom repeated not cause in-bin }
    when level is 1.1 not { text not matches "*a*" text !~ /b$/ }
    role = client
  }
  workaround manual-start "Set to manual." { service X start = manual }
  not Q214448 because "Another message." { log pacman has "other" symptom repeated $state = x }
  not by-design because "It is so."
}
# The end of the first.

article Q2 "Second" { product sms affects "1.2" symptom a "b" { log pacman } }
# The end.
"##;

#[test]
fn dsl_to_dsl() {
    let text = EVERYTHING;
    let (rules, lowered) = sound(text, Spelling::Dsl);
    let printed = print(&rules, Spelling::Dsl);
    let (again, lowered_again) = sound(&printed, Spelling::Dsl);
    assert!(lowered == lowered_again);
    assert_eq!(printed, print(&again, Spelling::Dsl), "printing is stable");
    insta::assert_snapshot!(printed);
    assert_eq!(comments(text), comments(&printed));
}

#[test]
fn dsl_to_yaml_and_back() {
    let text = EVERYTHING;
    let (rules, lowered) = sound(text, Spelling::Dsl);
    let yaml = print(&rules, Spelling::Yaml);
    insta::assert_snapshot!(yaml);
    let (from_yaml, lowered_yaml) = sound(&yaml, Spelling::Yaml);
    assert!(lowered == lowered_yaml);
    assert_eq!(yaml, print(&from_yaml, Spelling::Yaml), "printing is stable");
    assert_eq!(comments(text), comments(&yaml));
    let dsl = print(&from_yaml, Spelling::Dsl);
    let (_, lowered_dsl) = sound(&dsl, Spelling::Dsl);
    assert!(lowered == lowered_dsl);
    assert_eq!(comments(text), comments(&dsl));
}

const YAML: &str = "\u{feff}# First of all.
article: Q1   # its name
title: >-
  A title
  in two lines
product: \"sms\"\r
# Above.
affects: 1.2  # beside
references: [Q2,
  Q3]  # after a broken line
symptoms:  # what is seen
  # The first.
  - id: a
    says: 'It''s so'
    # How.
    when:
      # Both.
      - {log: pacman, has: \"a \\\"b\\\" \\u00e9\"}  # b
      - log: pacman
        # Which.
        text:
          - regex: |-
              x(?<n>y)
          # Not that.
          - {is-not: $$n}
        time: {at-least: 1998-01-01, as: t}  # when
        and: {text: {has: z}}
        # Last of all tests.
      # Last of all conditions.
  # Last of all symptoms.
causes:
- id: c
  says: d
  when: {level: winnt, in: [4.0, '4.0 SP3']}
---
# Second.
article: Q2
title: t
product: sms
fixed: {in: 1.2 SP1}
# The end.
";

#[test]
fn yaml_to_dsl_and_back() {
    let (rules, lowered) = sound(YAML, Spelling::Yaml);
    let dsl = print(&rules, Spelling::Dsl);
    insta::assert_snapshot!(dsl);
    assert_eq!(comments(YAML), comments(&dsl));
    let (again, lowered_dsl) = sound(&dsl, Spelling::Dsl);
    assert!(lowered == lowered_dsl);
    assert_eq!(dsl, print(&again, Spelling::Dsl), "printing is stable");
    let yaml = print(&again, Spelling::Yaml);
    insta::assert_snapshot!(yaml);
    assert_eq!(comments(YAML), comments(&yaml));
    assert!(lowered == sound(&yaml, Spelling::Yaml).1);
    let windows = dsl.replace('\n', "\r\n");
    assert_eq!(dsl, print(&sound(&windows, Spelling::Dsl).0, Spelling::Dsl));
}

fn comments(text: &str) -> Vec<String> {
    let mut comments: Vec<String> =
        text.lines().filter_map(|line| line.split_once('#')).map(|(_, comment)| comment.trim().to_owned()).collect();
    comments.sort();
    comments
}
