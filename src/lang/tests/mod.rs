//! The language against rules that use all of it, and every fault against the words that are said about it.

mod faults;
mod hostile;
mod round_trip;

use crate::diag::{FileId, SourceMap, Style, render};
use crate::kb::{Product, Products};
use crate::rule;

use super::{Spelling, ast, lower, parse};

const SMS: &str = "
product: sms
name: Systems Management Server
install: Install SMS {level}
levels:
  - {level: '1.0'}
  - {level: '1.1', after: ['1.0']}
  - {level: 1.1 SP2, release: '1.1', after: ['1.1']}
  - {level: '1.2', after: ['1.1']}
  - {level: 1.2 SP1, release: '1.2', after: ['1.2']}
  - {level: 1.2 SP2, release: '1.2', after: [1.2 SP1]}
  - {level: 1.2 SP3, release: '1.2', after: [1.2 SP2]}
  - {level: 1.2 SP4, release: '1.2', after: [1.2 SP3]}
roles: [{role: client}, {role: logon-server}, {role: site-server}]
logs:
  - {log: pacman, title: PACMAN, collect: pacman.log}
  - {log: smsrun32, title: Smsrun32, collect: smsrun32.log}
  - {log: scheduler, title: scheduler, collect: sched.log}
tables:
  - table: job-details
    title: job details
    columns:
      - {column: taken, type: time}
      - {column: expires, type: time}
      - {column: workstation, type: text}
      - {column: status, type: text}
      - {column: tries, type: number}
      - {column: until, type: time}
      - {column: user name, type: text}
      - {column: in, type: text}
      - {column: on, type: text}
      - {column: and, type: text}
    time: taken
    collect: job details
";

const WINNT: &str = "
product: winnt
name: Windows NT
install: Install NT {level}
levels:
  - {level: '4.0'}
  - {level: 4.0 SP3, release: '4.0', after: ['4.0']}
  - {level: 4.0 SP4, release: '4.0', after: [4.0 SP3]}
";

fn products() -> Products {
    let mut products = Products::default();
    for text in [SMS, WINNT] {
        products.add(Product::from_yaml(text).expect("a product"));
    }
    products
}

fn source(text: &str, spelling: Spelling) -> (SourceMap, FileId) {
    let mut sources = SourceMap::default();
    let file = sources.add(if spelling == Spelling::Dsl { "Q1.rule" } else { "Q1.yaml" }, text);
    (sources, file)
}

/// All that is wrong with a file: spelling, then names.
fn faults(text: &str, spelling: Spelling) -> (SourceMap, Vec<crate::diag::Diagnostic>) {
    let (sources, file) = source(text, spelling);
    let mut parsed = parse(file, &sources, spelling);
    for rule in &parsed.rules {
        parsed.diagnostics.extend(lower(rule, &products()).1);
    }
    (sources, parsed.diagnostics)
}

fn rendered(text: &str, spelling: Spelling) -> String {
    let (sources, faults) = faults(text, spelling);
    faults.iter().map(|fault| render(fault, &sources, Style::Plain)).collect::<Vec<_>>().join("\n\n")
}

/// The rules of a file that has no fault at all.
fn sound(text: &str, spelling: Spelling) -> (Vec<ast::Rule>, Vec<rule::Rule>) {
    let (sources, file) = source(text, spelling);
    let parsed = parse(file, &sources, spelling);
    let show = |faults: &[crate::diag::Diagnostic]| {
        faults.iter().map(|fault| render(fault, &sources, Style::Plain)).collect::<Vec<_>>().join("\n")
    };
    assert!(parsed.diagnostics.is_empty(), "{}\n{text}", show(&parsed.diagnostics));
    let lowered = parsed.rules.iter().map(|rule| {
        let (lowered, mut faults) = lower(rule, &products());
        // The rules of these tests are short.
        faults.retain(|fault| fault.code != "no-word-to-find");
        assert!(faults.is_empty(), "{}\n{text}", show(&faults));
        lowered.expect("a rule")
    });
    let lowered = lowered.collect();
    (parsed.rules, lowered)
}
