//! Addresses of configuration values, written one way however a source spells them.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The address of a fact. Names are folded to lower case, since none of these systems tells case apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// An attribute of a group that a MIF describes.
    Mif {
        /// The group's class, such as `microsoft|jobstatus|1.0`; the name of a group that has no class.
        class: String,
        /// The attribute's name.
        attribute: String,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// The one spelling of a registry key: lower case, full name of the root, `CurrentControlSet` for `ControlSet001`, no `\`
/// at the ends. Other writings of the roots, such as `HKLM`, `Computer\HKEY_LOCAL_MACHINE` and `\Registry\Machine`, are
/// the same key.
#[must_use]
pub fn registry_key(key: &str) -> String {
    let key = registry_key_exact(key);
    match key.strip_prefix(FIRST_CONTROL_SET) {
        Some(below) if below.is_empty() || below.starts_with('\\') => format!("{CURRENT_CONTROL_SET}{below}"),
        _ => key,
    }
}

const FIRST_CONTROL_SET: &str = "hkey_local_machine\\system\\controlset001";
const CURRENT_CONTROL_SET: &str = "hkey_local_machine\\system\\currentcontrolset";

/// As [`registry_key`], for a source that shows by itself which control set is the current one: a numbered set keeps
/// its number.
#[must_use]
pub fn registry_key_exact(key: &str) -> String {
    // A blank at the end belongs to the name.
    let lower = key.trim_start().trim_matches('\\').to_lowercase();
    let lower = ["computer\\", "my computer\\"].iter().find_map(|shown| lower.strip_prefix(shown)).unwrap_or(&lower);
    // How the kernel calls the roots.
    let kernel = [("registry\\machine", "hkey_local_machine"), ("registry\\user", "hkey_users")];
    let kernel = kernel.iter().find_map(|(name, root)| Some((*root, lower.strip_prefix(name)?)));
    let (root, below) = match kernel {
        Some((root, below)) if below.is_empty() || below.starts_with('\\') => (root, below.trim_start_matches('\\')),
        _ => lower.split_once('\\').unwrap_or((lower, "")),
    };
    let root = match root {
        "hklm" => "hkey_local_machine",
        "hkcu" => "hkey_current_user",
        "hkcr" => "hkey_classes_root",
        "hku" => "hkey_users",
        "hkcc" => "hkey_current_config",
        "hkdd" => "hkey_dyn_data",
        other => other,
    };
    if below.is_empty() { root.to_owned() } else { format!("{root}\\{below}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_a_key() {
        for (written, key) in [
            ("HKLM\\SYSTEM\\ControlSet001\\Services\\", "hkey_local_machine\\system\\currentcontrolset\\services"),
            ("HKEY_LOCAL_MACHINE\\System\\ControlSet001", "hkey_local_machine\\system\\currentcontrolset"),
            ("HKLM\\SYSTEM\\ControlSet0010", "hkey_local_machine\\system\\controlset0010"),
            ("HKLM\\SYSTEM\\ControlSet002\\X", "hkey_local_machine\\system\\controlset002\\x"),
            ("HKCU\\System\\ControlSet001", "hkey_current_user\\system\\controlset001"),
            ("Computer\\HKEY_USERS\\.DEFAULT", "hkey_users\\.default"),
            ("\\Registry\\Machine\\Software\\A", "hkey_local_machine\\software\\a"),
            ("\\REGISTRY\\USER\\S-1-5-21-1", "hkey_users\\s-1-5-21-1"),
            ("Registry\\Machinery", "registry\\machinery"),
            (" HKCR\\a\\b ", "hkey_classes_root\\a\\b "),
            ("HKLM", "hkey_local_machine"),
        ] {
            assert_eq!(registry_key(written), key);
        }
        assert_eq!(registry_key_exact("HKLM\\SYSTEM\\ControlSet001"), "hkey_local_machine\\system\\controlset001");
    }
}
