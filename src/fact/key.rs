//! Addresses of configuration values, written one way however a source spells them.

use super::Timestamp;

/// The address of a fact. Names are folded to lower case, since none of these systems tells case apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKey {
    /// A registry value: the key as [`registry_key`] writes it, and the value's name (empty for the default value).
    Registry {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
    },
    /// An INI entry.
    Ini {
        /// The file's name without its folder.
        file: String,
        /// The section, without brackets.
        section: String,
        /// The key.
        key: String,
    },
    /// A property of a service.
    Service {
        /// The service's name.
        name: String,
        /// Which property.
        attr: ServiceAttr,
    },
    /// A property of a file on the machine.
    File {
        /// The path without drive, `\` between names; only the name if no more is known.
        path: String,
        /// Which property.
        attr: FileAttr,
    },
}

/// What is known of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceAttr {
    /// `boot`, `system`, `automatic`, `manual` or `disabled`.
    Start,
    /// The path of its program, without quotes and arguments.
    Image,
    /// `running` or `stopped`.
    State,
    /// The account that it runs under.
    Account,
}

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileAttr {
    /// Bytes.
    Size,
    /// Date and time of its last change.
    Modified,
    /// The version resource.
    Version,
    /// The whole text of a small text file that the bundle holds.
    Content,
    /// When the linker wrote a program, in UTC; all other times are local.
    Linked,
}

/// A fact's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, as written.
    Text(String),
    /// A number: a registry dword, a size.
    Number(i64),
    /// A date and time.
    Time(Timestamp),
    /// The value was deleted by the export (`"name"=-`): it is certainly not there.
    Deleted,
}

impl Value {
    /// The value as a person would write it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Time(time) => time.to_string(),
            Self::Deleted => "(deleted)".to_owned(),
        }
    }
}

/// The one spelling of a registry key: lower case, full hive name, `CurrentControlSet` for `ControlSet001`, no `\` at
/// the ends.
#[must_use]
pub fn registry_key(key: &str) -> String {
    let lower = key.trim().trim_matches('\\').to_lowercase();
    let (hive, rest) = lower.split_once('\\').unwrap_or((&lower, ""));
    let hive = match hive {
        "hklm" => "hkey_local_machine",
        "hkcu" => "hkey_current_user",
        "hkcr" => "hkey_classes_root",
        "hku" => "hkey_users",
        "hkcc" => "hkey_current_config",
        other => other,
    };
    let rest = rest
        .strip_prefix("system\\controlset001")
        .map_or_else(|| rest.to_owned(), |below| format!("system\\currentcontrolset{below}"));
    if rest.is_empty() { hive.to_owned() } else { format!("{hive}\\{rest}") }
}
