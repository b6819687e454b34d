//! `bundle.yaml`: what the collector states about the machines of a bundle.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::fact::Timestamp;

use super::encoding::CodePage;
use super::{DateOrder, HostSpec};

/// The manifest as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Manifest {
    bundle: u32,
    #[expect(dead_code, reason = "the site is for people; machines are told apart by their own names")]
    site: Option<String>,
    #[serde(default)]
    hosts: Vec<Host>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Host {
    name: String,
    role: Option<String>,
    path: Option<String>,
    /// Text, since 1.10 is not 1.1.
    #[serde(default)]
    levels: BTreeMap<String, String>,
    collected: Option<String>,
    timezone: Option<String>,
    date_order: Option<String>,
    codepage: Option<String>,
}

/// A host and the folder that holds its files: `""` is the whole bundle.
pub(super) struct StatedHost {
    pub(super) spec: HostSpec,
    pub(super) path: String,
}

/// Reads a manifest. The error says what to do.
pub(super) fn parse(text: &str) -> Result<Vec<StatedHost>, String> {
    let manifest: Manifest = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    if manifest.bundle != 1 {
        return Err(format!("`bundle: {}` is not a known version; write `bundle: 1`", manifest.bundle));
    }
    if manifest.hosts.is_empty() {
        return Err("no host is listed; list each under `hosts:` with its `name` and `path`".to_owned());
    }
    manifest.hosts.into_iter().map(stated).collect()
}

fn stated(host: Host) -> Result<StatedHost, String> {
    let Host { name, role, path, levels, collected, timezone, date_order, codepage } = host;
    let of = format!("of host `{name}`");
    let path = path.unwrap_or_else(|| name.clone());
    let path = match path.trim_end_matches(['/', '\\']) {
        "" | "." => String::new(),
        path => super::archive::clean_path(path).map_err(|why| format!("`path: {path}` {of} is {why}"))?,
    };
    let collected = collected
        .map(|text| {
            text.parse::<Timestamp>()
                .map_err(|_| format!("`collected: {text}` {of} is no time; write it as 1998-03-02T10:00:00"))
        })
        .transpose()?;
    let date_order = date_order
        .map(|text| match text.as_str() {
            "mdy" => Ok(DateOrder::Mdy),
            "dmy" => Ok(DateOrder::Dmy),
            "ymd" => Ok(DateOrder::Ymd),
            _ => Err(format!("`date-order: {text}` {of} is not known; write mdy, dmy or ymd")),
        })
        .transpose()?;
    if let Some(page) = &codepage
        && CodePage::named(page).is_none()
    {
        return Err(format!("`codepage: {page}` {of} is not known; write cp437, cp850, cp852, cp866 or windows-1252"));
    }
    let role_stated = role.is_some();
    let spec = HostSpec { name, role, role_stated, levels, collected, timezone, date_order, codepage };
    Ok(StatedHost { spec, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stay_text() {
        let hosts = parse(
            "bundle: 1\nsite: ABC\nhosts:\n  - name: WKS017\n    role: client\n    path: clients/WKS017/\n    \
             levels: { sms: 1.10, winnt: 4.0 SP3 }\n    collected: 1998-03-02T10:00:00\n    date-order: dmy\n    codepage: cp850\n",
        )
        .unwrap_or_default();
        assert_eq!(hosts.len(), 1);
        assert_eq!(hosts[0].path, "clients/WKS017");
        assert_eq!(hosts[0].spec.levels["sms"], "1.10");
        assert_eq!(hosts[0].spec.collected.map(|time| time.to_string()).as_deref(), Some("1998-03-02T10:00:00"));
        assert_eq!(hosts[0].spec.date_order, Some(DateOrder::Dmy));
    }

    #[test]
    fn errors_say_what_to_do() {
        let check = |text: &str| parse(text).err().unwrap_or_default();
        assert!(check("bundle: 2\nhosts: []").contains("write `bundle: 1`"));
        assert!(check("bundle: 1\nhosts: []").contains("list each under `hosts:`"));
        assert!(check("bundle: 1\nhosts:\n  - name: A\n    rol: client").contains("rol"));
        assert!(check("bundle: 1\nhosts:\n  - name: A\n    date-order: us").contains("write mdy, dmy or ymd"));
        assert!(check("bundle: 1\nhosts:\n  - name: A\n    path: ../b").contains("leads out"));
    }
}
