//! `product.yaml`: one product's levels, witnesses, roles, logs and tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fact::{FactKey, FileAttr, registry_key};
use crate::version::{Installed, Lattice, LatticeError, LevelSpec};

use super::{Expression, ProductId};

/// Everything known of a product.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Product {
    /// Its short name, as rules use it.
    pub id: ProductId,
    /// Its name, for people.
    pub name: String,
    /// Its levels and their order.
    pub lattice: Lattice,
    /// Kinds of witnesses, the most trusted first. `stated` is always the first of all.
    pub trust: Vec<String>,
    /// What tells the level of a machine.
    pub witnesses: Vec<WitnessDef>,
    /// Its roles, the one that is looked for first in front.
    pub roles: Vec<RoleDef>,
    /// Its logs.
    pub logs: Vec<LogDef>,
    /// Its tables.
    pub tables: Vec<TableDef>,
    /// How to collect a registry branch, an INI file, a folder listing, the list of services; by kind.
    pub collect: BTreeMap<String, String>,
    /// How a level is written in an action: `Install SMS {level} or later`.
    pub install: String,
}

/// One kind of evidence for a level.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WitnessDef {
    /// Its name.
    pub id: String,
    /// Its trust: an entry of [`Product::trust`].
    pub trust: String,
    /// Where it is looked for.
    pub source: WitnessSource,
    /// What its text may mean; the first that matches counts.
    pub says: Vec<Says>,
    /// The article that shows it to be unreliable: it then never decides alone.
    pub unreliable: Option<String>,
    /// The file whose date shows when the level came on the machine.
    pub dated_by: Option<String>,
    /// What to ask for, for a person.
    pub title: String,
    /// How to collect it.
    pub collect: String,
}

/// Where a witness is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WitnessSource {
    /// A registry value or an INI entry.
    Fact(FactKey),
    /// A property of a file, by the end of its path.
    File {
        /// The end of the path, lower case.
        path: String,
        /// Which property.
        attr: FileAttr,
    },
}

/// What a witness means if its text matches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Says {
    /// The pattern; named groups may be used in the level as `$name`.
    pub matches: Expression,
    /// What it leaves possible.
    pub allows: Allows,
}

/// The levels that a witness leaves possible. Names may hold `$group`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Allows {
    /// This level.
    Exactly(String),
    /// The release with all its packs.
    Release(String),
    /// From one level to another, both included.
    Between(String, String),
    /// One of these.
    OneOf(Vec<String>),
}

/// A role that a machine may have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleDef {
    /// Its name, as rules and bundles use it.
    pub id: String,
    /// What shows that a machine has it; one is enough.
    pub signs: Vec<RoleSign>,
}

/// What shows that a machine has a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoleSign {
    /// It has this log.
    Log(String),
    /// Its registry export holds this key.
    Registry(String),
    /// It has this INI file.
    Ini(String),
}

/// A log of the product.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogDef {
    /// Its name, as rules use it.
    pub id: String,
    /// What it is, for a person.
    pub title: String,
    /// Components whose records belong to it, lower case.
    pub components: Vec<String>,
    /// Programs whose records belong to it, lower case; the name alone or the end of a path.
    pub programs: Vec<String>,
    /// File names, lower case, with `*` and `?`.
    pub files: Vec<String>,
    /// Beginnings of lines that show a text file of any name to be this log, lower case.
    pub signature: Vec<String>,
    /// How to collect it.
    pub collect: String,
    /// Which role has it; for what is missing.
    pub role: Option<String>,
    /// The settings that show that it was not being written; one is enough.
    pub tracing: Vec<Tracing>,
}

/// The setting that switches a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracing {
    /// Its address.
    pub key: FactKey,
    /// The values that mean off, lower case.
    pub off: Vec<String>,
}

/// A table that a person gives as CSV, or that a reader makes of a structured file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TableDef {
    /// Its name, as rules use it.
    pub id: String,
    /// What it is, for a person.
    pub title: String,
    /// Its columns, lower case, in order.
    pub columns: Vec<(String, ColumnType)>,
    /// The columns that a CSV header must have to be this table; empty if a reader makes the table.
    pub header: Vec<String>,
    /// The column with the time of a row.
    pub time: Option<String>,
    /// The column with the time up to which a row holds; empty there means that it still holds.
    pub until: Option<String>,
    /// The column that names the host a row is about, if it is about one host alone.
    pub host: Option<String>,
    /// How to collect it.
    pub collect: String,
    /// Which role has it.
    pub role: Option<String>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// A date and time.
    Time,
}

/// What can be wrong with a `product.yaml`.
#[derive(Debug, thiserror::Error)]
pub enum ProductError {
    /// It is not the YAML that is expected.
    #[error("{0}")]
    Yaml(#[from] serde_yaml::Error),
    /// Its levels make no order.
    #[error(transparent)]
    Levels(#[from] LatticeError),
    /// A name, a pattern or a reference in it is wrong.
    #[error("{0}")]
    Invalid(String),
}

/// The kinds of evidence that `collect` may speak of.
const COLLECT: &[&str] = &["registry", "ini", "listing", "file", "service", "event", "mif", "table", "level", "role"];

impl ProductError {
    /// Where in the text the fault is, in bytes, if that is known.
    #[must_use]
    pub fn offset(&self, text: &str) -> usize {
        if let Self::Yaml(error) = self {
            return error.location().map_or(0, |location| location.index().min(text.len()));
        }
        // The message names the thing and the word that is wrong with it, in this order.
        let message = self.to_string();
        let words = message.split('`').skip(1).step_by(2).take(2);
        let place = words.fold(0, |from, word| text[from..].find(word).map_or(from, |at| from + at));
        place.min(text.len())
    }
}

impl Product {
    /// Reads a `product.yaml`.
    ///
    /// # Errors
    /// The first fault of the file.
    pub fn from_yaml(text: &str) -> Result<Self, ProductError> {
        let raw: RawProduct = serde_yaml::from_str(text)?;
        let id = ProductId::new(&raw.product).ok_or_else(|| {
            ProductError::Invalid(format!("`{}` is no product name: use a-z, 0-9 and `-`", raw.product))
        })?;
        let levels = raw.levels.into_iter().map(RawLevel::into_spec).collect();
        let lattice = Lattice::new(levels)?;
        let mut trust = vec!["stated".to_owned()];
        trust.extend(raw.trust);
        let witnesses =
            raw.witnesses.into_iter().map(|witness| witness.into_def(&lattice, &trust)).collect::<Result<_, _>>()?;
        let shared = raw.tracing.map(RawTracing::into_def);
        let logs = raw.logs.into_iter().map(|log| log.into_def(shared.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let roles = raw.roles.into_iter().map(|role| role.into_def(&logs)).collect::<Result<_, _>>()?;
        let tables = raw.tables.into_iter().map(RawTable::into_def).collect::<Result<Vec<_>, _>>()?;
        if let Some(unknown) = raw.collect.keys().find(|kind| !COLLECT.contains(&kind.as_str())) {
            let known = COLLECT.join(", ");
            return Err(ProductError::Invalid(format!(
                "`collect`: no kind of evidence is called `{unknown}`; use one of {known}"
            )));
        }
        let named = |what: &'static str| move |(id, role): (String, Option<String>)| role.map(|role| (what, id, role));
        let by_log = logs.iter().map(|log| (log.id.clone(), log.role.clone())).filter_map(named("log"));
        let by_table = tables.iter().map(|table| (table.id.clone(), table.role.clone())).filter_map(named("table"));
        let roles: Vec<RoleDef> = roles;
        if let Some((what, id, role)) =
            by_log.chain(by_table).find(|(_, _, role)| roles.iter().all(|known| known.id != *role))
        {
            return Err(ProductError::Invalid(format!("{what} `{id}`: `{role}` is no role of this product")));
        }
        Ok(Self {
            id,
            name: raw.name,
            lattice,
            trust,
            witnesses,
            roles,
            logs,
            tables,
            collect: raw.collect,
            install: raw.install,
        })
    }

    /// How much a kind of witness is trusted: 0 is the most.
    #[must_use]
    pub fn trust_rank(&self, trust: &str) -> usize {
        self.trust.iter().position(|known| known == trust).unwrap_or(self.trust.len())
    }
}

impl Allows {
    /// The levels that are meant, with the groups of the match filled in; `None` if a name is no level.
    #[must_use]
    pub fn resolve(&self, lattice: &Lattice, captures: &regex::Captures<'_>) -> Option<Installed> {
        let level = |name: &str| {
            let mut filled = String::new();
            captures.expand(name, &mut filled);
            lattice.parse(&filled)
        };
        match self {
            Self::Exactly(name) => level(name).map(Installed::exactly),
            Self::Release(name) => Installed::one_of(lattice.of_release(lattice.release(level(name)?))),
            // A name that is no level with this match is no possibility.
            Self::OneOf(names) => Installed::one_of(names.iter().filter_map(|name| level(name))),
            Self::Between(low, high) => {
                let (low, high) = (level(low)?, level(high)?);
                Installed::one_of(lattice.levels().filter(|&l| lattice.at_most(low, l) && lattice.at_most(l, high)))
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawProduct {
    product: String,
    name: String,
    install: String,
    levels: Vec<RawLevel>,
    #[serde(default)]
    trust: Vec<String>,
    #[serde(default)]
    witnesses: Vec<RawWitness>,
    #[serde(default)]
    roles: Vec<RawRole>,
    tracing: Option<RawTracing>,
    #[serde(default)]
    logs: Vec<RawLog>,
    #[serde(default)]
    tables: Vec<RawTable>,
    #[serde(default)]
    collect: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLevel {
    level: String,
    release: Option<String>,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default = "yes")]
    cumulative: bool,
    #[serde(default)]
    also: Vec<String>,
}

fn yes() -> bool {
    true
}

impl RawLevel {
    fn into_spec(self) -> LevelSpec {
        LevelSpec {
            release: self.release.unwrap_or_else(|| self.level.clone()),
            name: self.level,
            after: self.after,
            cumulative: self.cumulative,
            aliases: self.also,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawWitness {
    witness: String,
    title: String,
    trust: String,
    registry: Option<(String, String)>,
    ini: Option<(String, String, String)>,
    file: Option<(String, String)>,
    says: Vec<RawSays>,
    unreliable: Option<String>,
    dated_by: Option<String>,
    collect: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSays {
    matches: String,
    exactly: Option<String>,
    release: Option<String>,
    between: Option<(String, String)>,
    one_of: Option<Vec<String>>,
}

impl RawWitness {
    fn into_def(self, lattice: &Lattice, trust: &[String]) -> Result<WitnessDef, ProductError> {
        let invalid = |what: String| ProductError::Invalid(format!("witness `{}`: {what}", self.witness));
        if !trust.contains(&self.trust) {
            return Err(invalid(format!("`{}` is not in the list `trust`", self.trust)));
        }
        let source = match (&self.registry, &self.ini, &self.file) {
            (Some((key, name)), None, None) => {
                WitnessSource::Fact(FactKey::Registry { key: registry_key(key), name: name.to_lowercase() })
            }
            (None, Some((file, section, key)), None) => WitnessSource::Fact(FactKey::Ini {
                file: file.to_lowercase(),
                section: section.to_lowercase(),
                key: key.to_lowercase(),
            }),
            (None, None, Some((path, attr))) => WitnessSource::File {
                path: path.to_lowercase(),
                attr: match attr.as_str() {
                    "content" => FileAttr::Content,
                    "modified" => FileAttr::Modified,
                    "size" => FileAttr::Size,
                    "version" => FileAttr::Version,
                    other => return Err(invalid(format!("`{other}` is not one of content, modified, size, version"))),
                },
            },
            _ => return Err(invalid("give one of `registry`, `ini` and `file`".to_owned())),
        };
        let mut says = Vec::new();
        for raw in &self.says {
            let matches = Expression::new(&raw.matches).map_err(|e| invalid(e.to_string()))?;
            let allows = match (&raw.exactly, &raw.release, &raw.between, &raw.one_of) {
                (Some(level), None, None, None) => Allows::Exactly(level.clone()),
                (None, Some(level), None, None) => Allows::Release(level.clone()),
                (None, None, Some((low, high)), None) => Allows::Between(low.clone(), high.clone()),
                (None, None, None, Some(names)) => Allows::OneOf(names.clone()),
                _ => {
                    return Err(invalid(
                        "each of `says` needs one of `exactly`, `release`, `between`, `one-of`".to_owned(),
                    ));
                }
            };
            let names = match &allows {
                Allows::Exactly(a) | Allows::Release(a) => vec![a],
                Allows::Between(a, b) => vec![a, b],
                Allows::OneOf(names) => names.iter().collect(),
            };
            for name in names {
                if !name.contains('$') && lattice.parse(name).is_none() {
                    return Err(invalid(format!("`{name}` is no level of this product")));
                }
            }
            says.push(Says { matches, allows });
        }
        Ok(WitnessDef {
            id: self.witness,
            trust: self.trust,
            source,
            says,
            unreliable: self.unreliable,
            dated_by: self.dated_by.map(|path| path.to_lowercase()),
            title: self.title,
            collect: self.collect,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRole {
    role: String,
    #[serde(default)]
    logs: Vec<String>,
    #[serde(default)]
    registry: Vec<String>,
    #[serde(default)]
    ini: Vec<String>,
}

impl RawRole {
    fn into_def(self, logs: &[LogDef]) -> Result<RoleDef, ProductError> {
        if let Some(unknown) = self.logs.iter().find(|name| !logs.iter().any(|log| log.id == **name)) {
            return Err(ProductError::Invalid(format!("role `{}`: `{unknown}` is no log of this product", self.role)));
        }
        let signs = (self.logs.into_iter().map(RoleSign::Log))
            .chain(self.registry.iter().map(|key| RoleSign::Registry(registry_key(key))))
            .chain(self.ini.iter().map(|file| RoleSign::Ini(file.to_lowercase())))
            .collect();
        Ok(RoleDef { id: self.role, signs })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLog {
    log: String,
    title: String,
    #[serde(default)]
    components: Vec<String>,
    #[serde(default)]
    programs: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    signature: Vec<String>,
    collect: String,
    role: Option<String>,
    tracing: Option<RawTracing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawTracing {
    registry: (String, String),
    off: Vec<String>,
}

impl RawTracing {
    fn into_def(self) -> Tracing {
        let (key, name) = (registry_key(&self.registry.0), self.registry.1.to_lowercase());
        Tracing { key: FactKey::Registry { key, name }, off: lower(self.off) }
    }
}

fn lower(words: Vec<String>) -> Vec<String> {
    words.into_iter().map(|word| word.to_lowercase()).collect()
}

impl RawLog {
    /// The switch of the whole product counts for every log that has one of its own.
    fn into_def(self, shared: Option<&Tracing>) -> Result<LogDef, ProductError> {
        if self.log.is_empty() {
            return Err(ProductError::Invalid("a log needs a name".to_owned()));
        }
        Ok(LogDef {
            id: self.log,
            title: self.title,
            components: lower(self.components),
            programs: lower(self.programs),
            files: lower(self.files),
            signature: lower(self.signature),
            collect: self.collect,
            role: self.role,
            tracing: self
                .tracing
                .map(RawTracing::into_def)
                .into_iter()
                .flat_map(|own| std::iter::once(own).chain(shared.cloned()))
                .collect(),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawTable {
    table: String,
    title: String,
    columns: Vec<RawColumn>,
    #[serde(default)]
    header: Vec<String>,
    time: Option<String>,
    until: Option<String>,
    host: Option<String>,
    collect: String,
    role: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawColumn {
    column: String,
    #[serde(rename = "type")]
    kind: ColumnType,
}

impl RawTable {
    fn into_def(self) -> Result<TableDef, ProductError> {
        let columns: Vec<_> = self.columns.into_iter().map(|c| (c.column.to_lowercase(), c.kind)).collect();
        let named = self.header.iter().chain(&self.time).chain(&self.until).chain(&self.host);
        if let Some(unknown) = named.into_iter().find(|name| !columns.iter().any(|(column, _)| column == *name)) {
            return Err(ProductError::Invalid(format!(
                "table `{}`: `{unknown}` is not one of its columns",
                self.table
            )));
        }
        Ok(TableDef {
            id: self.table,
            title: self.title,
            columns,
            header: lower(self.header),
            time: self.time,
            until: self.until,
            host: self.host,
            collect: self.collect,
            role: self.role,
        })
    }
}
