//! Assessments made by hand, which show every verdict and every kind of part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::fact::{Clock, Coverage, Gap, GapReason, LogSpan, Problem, Severity as Weight, Span, Timestamp};
use crate::kb::{ArticleId, Product, ProductId, Products};
use crate::rule::Severity;
use crate::truth::Truth::{self, False, True, Unknown};
use crate::verdict::{
    Answers, Assessment, BundleInfo, ClauseFinding, Confidence, Evidence, Finding, FixFinding, HostAssessment,
    LevelText, LookAlikeFinding, Proof, Skipped, SourceInfo, Verdict, VersionFinding, WitnessText,
};

/// One product with a few levels.
pub(crate) fn products() -> Products {
    let yaml = "
product: sms
name: Systems Management Server
install: Install SMS {level} or later
levels:
  - {level: '1.1'}
  - {level: '1.2', after: ['1.1']}
  - {level: 1.2 SP1, release: '1.2', after: ['1.2']}
  - {level: 1.2 SP2, release: '1.2', after: [1.2 SP1]}
  - {level: 1.2 SP3, release: '1.2', after: [1.2 SP2]}
  - {level: 1.2 SP4, release: '1.2', after: [1.2 SP3]}
";
    let mut products = Products::default();
    products.add(Product::from_yaml(yaml).expect("the sample is right"));
    products
}

/// Nothing was found in nothing.
pub(crate) fn empty() -> Assessment {
    Assessment {
        rules: 0,
        known: 0,
        rules_digest: "sha256:00".to_owned(),
        bundles: Vec::new(),
        hosts: Vec::new(),
        assumed: None,
        sources: Vec::new(),
        skipped: Vec::new(),
        problems: Vec::new(),
    }
}

/// Two machines with every verdict.
pub(crate) fn rich() -> Assessment {
    Assessment {
        rules: 9,
        known: 0,
        rules_digest: "sha256:1f".to_owned(),
        bundles: vec![BundleInfo { path: "site-ABC.zip".to_owned(), digest: "sha256:2e".to_owned(), sources: 7 }],
        hosts: vec![workstation(), server()],
        assumed: Some("sms 1.2 SP2".to_owned()),
        sources: vec![SourceInfo {
            bundle: 0,
            file: "WKS017/smsrun32.log".to_owned(),
            host: "WKS017".to_owned(),
            reader: "text",
            encoding: "windows-1252",
            encoding_by: "guess",
            dates: Some(("mdy", "nothing")),
            lines: 5120,
            complete: false,
        }],
        skipped: vec![Skipped { file: "WKS017/photo.bmp".to_owned(), why: "no reader knows it".to_owned() }],
        problems: vec![
            problem(
                "SRV1/\u{1b}[31mevil.log",
                Some(3),
                "a line is longer than 1 MiB, the rest was left out",
                Weight::Error,
            ),
            problem("WKS017/sms.ini", None, "the code page was guessed", Weight::Note),
        ],
    }
}

fn problem(file: &str, line: Option<u64>, what: &str, severity: Weight) -> Problem {
    Problem { file: file.to_owned(), line, what: what.to_owned(), severity }
}

fn workstation() -> HostAssessment {
    let seen = vec![
        evidence("WKS017/smsrun32.log", 412, Some("1998-03-01T08:01:10"), "Client executable active: pcmsvc32.exe"),
        evidence(
            "WKS017/smsrun32.log",
            413,
            Some("1998-03-01T08:01:10"),
            "Client component files will not be overwritten or removed, because a client executable is active on this machine",
        ),
    ];
    let in_bin = vec![evidence(
        "WKS017/export.reg",
        7,
        None,
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SMS_PACKAGE_COMMAND_MANAGER_NT ImagePath = D:\\ms\\sms\\bin\\pcmsvc32.exe",
    )];
    let mut affected =
        finding("Q168463", "SMS: PCM Service Keeps Client Components From Getting Updated", Verdict::Affected);
    affected.confidence = Some(Confidence::Confirmed);
    affected.because =
        "Smsrun32 found the PCM service running and put the update off; SMS 1.2 SP2 does not hold the fix.".to_owned();
    affected.symptoms = vec![clause("update-postponed", "Smsrun32 put the update off", True, seen)];
    affected.causes = vec![
        clause("in-bin", "the service starts from Ms\\Sms\\Bin", True, in_bin),
        clause("other", "another program holds the files", Unknown, vec![]),
    ];
    affected.workarounds = vec![clause("manual-start", "the service is set to manual", False, vec![])];
    affected.look_alikes = vec![LookAlikeFinding {
        name: "Q214448".into(),
        because: "another client executable is active".into(),
        state: Some(False),
        evidence: vec![],
    }];

    let mut unknown = finding("Q152229", "Job Status Stays Active After the Job Has Expired", Verdict::Unknown);
    unknown.because = "Two snapshots of the job details are needed.".to_owned();
    unknown.missing = vec![
        Arc::new(gap(
            "table `job-details`",
            "site-server",
            "export the job details before and after the expiry",
            GapReason::NotCollected,
        )),
        Arc::new(gap("log `pacman`", "client", "copy MS\\SMS\\LOGS\\PACMAN.LOG", GapReason::OutsideSpan)),
    ];

    let mut at_risk = finding("Q171038", "Wrong Version in Sms.ini, <b>`|*", Verdict::AtRisk);
    at_risk.because = "=HYPERLINK(\"http://example.org\") is what the rule says, and it is no formula".to_owned();
    at_risk.causes = vec![clause(
        "ini",
        "the entry is there",
        True,
        vec![evidence("WKS017/sms.ini", 14, None, "Version=1.2\u{9b}31m")],
    )];

    let mut exposed = finding("Q180000", "Inventory Is Late\u{1b}[2J", Verdict::Exposed);
    exposed.fix = FixFinding { fixed_in: [].into(), perhaps_in: [].into(), action: None, ..exposed.fix };
    let resolved = Finding {
        history: vec![evidence("WKS017/old.log", 9, Some("1997-12-31T23:59:59"), "error 5")],
        fix: FixFinding { state: True, fixed_in: ["1.2 SP1".to_owned()].into(), action: None, ..exposed.fix.clone() },
        ..finding("Q181000", "Share Names Are Cut", Verdict::Resolved)
    };
    HostAssessment {
        name: "WKS017".to_owned(),
        role: Some("client".to_owned()),
        bundle: 0,
        clock: Clock::default(),
        levels: vec![LevelText {
            product: sms(),
            level: "1.2 SP2".to_owned(),
            at_least: Some("1.2 SP2".to_owned()),
            at_most: Some("1.2 SP2".to_owned()),
            trust: "marker-file".to_owned(),
            since: time(Some("1998-02-01T12:00:00")),
            witnesses: vec![
                witness("1.2 SP2", "marker-file", Some(("WKS017/ms/sms/bin/csdver.sms", 1)), None),
                witness("1.2", "unreliable", Some(("WKS017/sms.ini", 14)), Some("Q171038")),
                witness("1.2 SP2", "stated", None, None),
            ],
        }],
        coverage: Coverage {
            logs: BTreeMap::from([(
                "smsrun32".to_owned(),
                LogSpan {
                    files: BTreeSet::from(["WKS017/smsrun32.log".to_owned()]),
                    span: time(Some("1998-03-01T08:00:00"))
                        .zip(time(Some("1998-03-02T09:30:00")))
                        .map(|(from, to)| Span { from, to }),
                    other_span: None,
                    records: 5000,
                    lines: 5120,
                    whole_table: false,
                    incomplete: Some("it was cut".to_owned()),
                },
            )]),
            about: BTreeMap::new(),
            mif: BTreeSet::new(),
            registry: BTreeSet::from(["hkey_local_machine\\system".to_owned()]),
            ini: BTreeSet::from(["sms.ini".to_owned()]),
            folders: BTreeSet::from(["ms\\sms\\bin".to_owned()]),
            running_services: true,
        },
        findings: vec![unknown, affected, at_risk, exposed, resolved],
        by_level: BTreeMap::new(),
    }
}

fn server() -> HostAssessment {
    let mut recurring =
        finding("Q168463", "SMS: PCM Service Keeps Client Components From Getting Updated", Verdict::Recurring);
    recurring.confidence = Some(Confidence::Likely);
    recurring.symptoms = vec![clause(
        "update-postponed",
        "Smsrun32 put the update off",
        True,
        vec![Evidence {
            host: Some("WKS017".to_owned()),
            ..evidence("a,b\"c.log", 0, None, "two\nlines \u{202e} and 日本語")
        }],
    )];
    let mut mitigated = finding("Q171038", "Wrong Version in Sms.ini, <b>`|*", Verdict::Mitigated);
    mitigated.workarounds = vec![clause(
        "by-hand",
        "the entry was corrected",
        True,
        vec![evidence("SRV1/sms.ini", 2, None, "Version=1.2 SP3")],
    )];
    let not_affected = finding("Q180000", "Inventory Is Late\u{1b}[2J", Verdict::NotAffected);
    HostAssessment {
        name: "SRV1\u{1b}".to_owned(),
        role: None,
        bundle: 0,
        clock: Clock::default(),
        levels: vec![LevelText {
            product: sms(),
            level: "1.2 to 1.2 SP4".to_owned(),
            at_least: Some("1.2".to_owned()),
            at_most: Some("1.2 SP4".to_owned()),
            trust: "file-date".to_owned(),
            since: None,
            witnesses: vec![],
        }],
        coverage: Coverage::default(),
        findings: vec![recurring, mitigated, not_affected],
        by_level: BTreeMap::new(),
    }
}

fn finding(article: &str, title: &str, verdict: Verdict) -> Finding {
    Finding {
        article: Arc::new(ArticleId::new(article).expect("an id")),
        title: title.into(),
        product: Arc::new(sms()),
        severity: Severity::Major,
        verdict,
        confidence: None,
        because: format!("The sample says {}.", verdict.word()),
        answers: answers(verdict),
        version: VersionFinding { state: True, affects: ["1.2".to_owned()].into() },
        fix: FixFinding {
            state: False,
            fixed_in: ["1.2 SP3".to_owned()].into(),
            perhaps_in: [].into(),
            installed: Some("1.2 SP2".into()),
            carrier: None,
            setting: None,
            action: Some("Install SMS 1.2 Service Pack 3 or later".into()),
        },
        symptoms: Vec::new(),
        causes: Vec::new(),
        workarounds: Vec::new(),
        look_alikes: Vec::new(),
        history: Vec::new(),
        missing: Vec::new(),
    }
}

/// Answers that lead to the verdict; with the confidence that the sample states.
fn answers(verdict: Verdict) -> Answers {
    let open = Answers {
        range: True,
        fixed: False,
        symptom: Some(False),
        cause: Some(True),
        workaround: Some(False),
        recurs: False,
    };
    match verdict {
        Verdict::Recurring => Answers { fixed: True, symptom: Some(True), recurs: Unknown, ..open },
        Verdict::Affected => Answers { symptom: Some(True), ..open },
        Verdict::AtRisk => open,
        Verdict::Exposed => Answers { symptom: None, cause: None, workaround: None, ..open },
        Verdict::Unknown => Answers { symptom: Some(Unknown), cause: Some(Unknown), ..open },
        Verdict::Mitigated => Answers { workaround: Some(True), ..open },
        Verdict::Resolved => Answers { fixed: True, ..open },
        Verdict::NotAffected => Answers { cause: Some(False), ..open },
    }
}

fn clause(id: &str, says: &str, state: Truth, evidence: Vec<Evidence>) -> ClauseFinding {
    let part = |condition: &str, truth: Truth, seen: Vec<Evidence>, missing: Vec<Gap>, parts: Vec<Proof>| Proof {
        condition: condition.to_owned(),
        truth,
        seen,
        missing,
        parts,
    };
    let lost = gap("log `pacman`", "client", "copy PACMAN.LOG", GapReason::Incomplete("tracing was off".to_owned()));
    let missing = if state == Unknown { vec![lost] } else { vec![] };
    let proof = part(
        "all of",
        state,
        vec![],
        vec![],
        vec![
            part("log smsrun32 text has \"Client executable active\"", state, evidence.clone(), missing, vec![]),
            part("not", True, vec![], vec![], vec![part("role is site-server", False, vec![], vec![], vec![])]),
        ],
    );
    ClauseFinding { id: id.into(), says: says.into(), state, evidence, proof }
}

fn evidence(file: &str, line: u64, at: Option<&str>, text: &str) -> Evidence {
    let captures = BTreeMap::from([("program".to_owned(), "pcmsvc32.exe".to_owned())]);
    Evidence { file: file.to_owned(), line, time: time(at), offset: None, text: text.to_owned(), captures, host: None }
}

fn gap(need: &str, from: &str, how: &str, reason: GapReason) -> Gap {
    Gap { need: need.to_owned(), from: from.to_owned(), how: how.to_owned(), reason }
}

fn witness(says: &str, trust: &str, at: Option<(&str, u64)>, why: Option<&str>) -> WitnessText {
    WitnessText {
        says: says.to_owned(),
        trust: trust.to_owned(),
        at: at.map(|(file, line)| (file.to_owned(), line)),
        why: why.map(str::to_owned),
    }
}

fn time(text: Option<&str>) -> Option<Timestamp> {
    text.map(|text| text.parse().expect("a time"))
}

fn sms() -> ProductId {
    ProductId::new("sms").expect("a product")
}
