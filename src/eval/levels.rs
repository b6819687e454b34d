//! The level of a host: what its witnesses say, in order of trust.

use std::collections::BTreeMap;

use crate::fact::{Fact, FactKey, FileAttr, HostEvidence, LevelReport, Timestamp, Value, Witness};
use crate::kb::{Product, Products, WitnessDef, WitnessSource};
use crate::version::{Installed, Lattice};

/// A level that a person stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedLevel {
    /// The host's name; `None` for all.
    pub host: Option<String>,
    /// The product.
    pub product: String,
    /// The level, as the product's data names it.
    pub level: String,
}

/// What is known of a host's levels, product by product. `stated` are levels that the bundle or the user gave it.
#[must_use]
pub fn resolve(host: &HostEvidence, products: &Products, stated: &BTreeMap<String, String>) -> Vec<LevelReport> {
    products.iter().map(|product| report(host, product, stated.get(product.id.as_str()))).collect()
}

fn report(host: &HostEvidence, product: &Product, stated: Option<&String>) -> LevelReport {
    let lattice = &product.lattice;
    let mut witnesses: Vec<(usize, bool, Option<Timestamp>, Witness)> = Vec::new();
    if let Some(level) = stated.and_then(|text| lattice.parse(text)) {
        let witness = Witness {
            says: lattice.name(level).to_owned(),
            trust: "stated".to_owned(),
            at: None,
            why: None,
            allows: Installed::exactly(level),
        };
        witnesses.push((0, true, None, witness));
    }
    for def in &product.witnesses {
        let rank = product.trust_rank(&def.trust);
        let since = def.dated_by.as_ref().and_then(|path| file_date(host, path));
        for (allows, fact) in statements(host, def, lattice) {
            let witness = Witness {
                says: in_words(lattice, &allows),
                trust: def.trust.clone(),
                at: Some(fact.at),
                why: def.unreliable.clone(),
                allows,
            };
            witnesses.push((rank, def.unreliable.is_none(), since, witness));
        }
    }
    witnesses.sort_by_key(|(rank, reliable, _, _)| (!reliable, *rank));
    let mut installed: Option<Installed> = None;
    let (mut trust, mut since) = (String::new(), None);
    for (_, reliable, dated, witness) in &mut witnesses {
        if !*reliable {
            continue;
        }
        let narrowed = match &installed {
            None => Some(witness.allows.clone()),
            Some(known) => known.meet(&witness.allows),
        };
        match narrowed {
            None => witness.why = Some("contradicted by a more trusted witness".to_owned()),
            Some(narrowed) => {
                if installed.as_ref() != Some(&narrowed) {
                    trust.clone_from(&witness.trust);
                    since = dated.or(since);
                }
                installed = Some(narrowed);
            }
        }
    }
    LevelReport {
        product: product.id.as_str().to_owned(),
        installed,
        trust,
        witnesses: witnesses.into_iter().map(|(_, _, _, witness)| witness).collect(),
        since,
    }
}

/// `1.2 SP3`, `1.2 to 1.2 SP4`, or all that are possible.
#[must_use]
pub(super) fn in_words(lattice: &Lattice, installed: &Installed) -> String {
    if let Some(level) = installed.certain() {
        return lattice.name(level).to_owned();
    }
    match (installed.at_least(lattice), installed.at_most(lattice)) {
        (Some(low), Some(high)) => format!("{} to {}", lattice.name(low), lattice.name(high)),
        _ => installed.possible().map(|level| lattice.name(level)).collect::<Vec<_>>().join(" or "),
    }
}

fn statements<'a>(host: &'a HostEvidence, def: &WitnessDef, lattice: &Lattice) -> Vec<(Installed, &'a Fact)> {
    let facts: Vec<&Fact> = match &def.source {
        WitnessSource::Fact(key) => host.facts.get(key).into_iter().flatten().collect(),
        WitnessSource::File { path, attr } => files(host, path, *attr),
    };
    let statement = |fact: &'a Fact| {
        let text = fact.value.text();
        let meaning = def.says.iter().find_map(|says| {
            let captures = says.matches.captures(&text)?;
            says.allows.resolve(lattice, &captures)
        });
        meaning.map(|meaning| (meaning, fact))
    };
    facts.into_iter().filter(|fact| fact.value != Value::Deleted).filter_map(statement).collect()
}

fn files<'a>(host: &'a HostEvidence, wanted: &str, attr: FileAttr) -> Vec<&'a Fact> {
    let is_wanted = |key: &FactKey| match key {
        FactKey::File { path, attr: found } => *found == attr && crate::predicate::is_path(path, wanted),
        _ => false,
    };
    host.facts.iter().filter(|(key, _)| is_wanted(key)).flat_map(|(_, facts)| facts).collect()
}

/// When a file of the machine was last changed, as a listing shows it.
pub(super) fn file_date(host: &HostEvidence, wanted: &str) -> Option<Timestamp> {
    files(host, wanted, FileAttr::Modified).into_iter().find_map(|fact| match fact.value {
        Value::Time(time) => Some(time),
        _ => None,
    })
}
