//! `bundle.yaml`: what the collector states about the machines of a bundle.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::fact::Timestamp;

use super::encoding::CodePage;
use super::{DateOrder, HostSpec};

/// The manifest as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Manifest {
    bundle: u32,
    clocks_within: Option<String>,
    #[serde(default)]
    hosts: Vec<Host>,
}

/// The keys of a manifest, and of a host in it. The site is for people: machines are told apart by their own names.
const KEYS: &[&str] = &["bundle", "site", "clocks-within", "hosts"];
const HOST_KEYS: &[&str] = &["name", "role", "path", "levels", "collected", "timezone", "date-order", "codepage"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

/// Reads a manifest: its hosts, and what is wrong in it that does not keep the rest from counting. The error says what
/// to do.
pub(super) fn parse(text: &str) -> Result<(Vec<StatedHost>, Vec<String>), String> {
    let manifest: Manifest = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    if manifest.bundle != 1 {
        return Err(format!("`bundle: {}` is not a known version; write `bundle: 1`", manifest.bundle));
    }
    if manifest.hosts.is_empty() {
        return Err("no host is listed; list each under `hosts:` with its `name` and `path`".to_owned());
    }
    let mut faults = unknown_keys(text);
    let clocks_agree_within = manifest.clocks_within.and_then(|text| {
        let length = duration(&text);
        if length.is_none() {
            faults.push(format!("`clocks-within: {text}` is no length of time and is left out; write it as 5s or 2m"));
        }
        length
    });
    let mut hosts: Vec<StatedHost> =
        manifest.hosts.into_iter().map(|host| stated(host, &mut faults)).collect::<Result<_, _>>()?;
    for host in &mut hosts {
        host.spec.clocks_agree_within = clocks_agree_within;
    }
    Ok((hosts, faults))
}

/// `500ms`, `5s`, `2m`, `1h`: in milliseconds.
fn duration(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match text[digits..].trim() {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    text[..digits].parse::<i64>().ok()?.checked_mul(unit)
}

/// The keys that say nothing to us. They may be of a collector that says more than we know, or misspelt.
fn unknown_keys(text: &str) -> Vec<String> {
    let Ok(manifest) = serde_yaml::from_str::<serde_yaml::Value>(text) else { return Vec::new() };
    let mut faults = Vec::new();
    let mut check = |map: &serde_yaml::Value, known: &[&str], of: &str| {
        let keys = map.as_mapping().into_iter().flat_map(serde_yaml::Mapping::keys);
        for key in keys.filter_map(serde_yaml::Value::as_str).filter(|key| !known.contains(key)) {
            faults.push(format!("`{key}`{of} is not known and is left out; known keys: {}", known.join(", ")));
        }
    };
    check(&manifest, KEYS, "");
    for host in manifest.get("hosts").and_then(serde_yaml::Value::as_sequence).into_iter().flatten() {
        let name = host.get("name").and_then(serde_yaml::Value::as_str).unwrap_or_default();
        check(host, HOST_KEYS, &format!(" of host `{name}`"));
    }
    faults
}

fn stated(host: Host, faults: &mut Vec<String>) -> Result<StatedHost, String> {
    let Host { name, role, path, levels, collected, timezone, date_order, codepage } = host;
    let of = format!("of host `{name}`");
    let path = path.unwrap_or_else(|| name.clone());
    let path = match path.trim_end_matches(['/', '\\']) {
        "" | "." => String::new(),
        path => super::archive::path::clean(path).map_err(|why| format!("`path: {path}` {of} is {why}"))?,
    };
    let collected = collected.and_then(|text| {
        let time = text.parse::<Timestamp>().ok();
        if time.is_none() {
            faults
                .push(format!("`collected: {text}` {of} is no time and is left out; write it as 1998-03-02T10:00:00"));
        }
        time
    });
    let date_order = date_order.and_then(|text| {
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
        let order = match letters.as_str() {
            "mdy" | "mmddyy" | "mmddyyyy" => Some(DateOrder::Mdy),
            "dmy" | "ddmmyy" | "ddmmyyyy" => Some(DateOrder::Dmy),
            "ymd" | "yymmdd" | "yyyymmdd" => Some(DateOrder::Ymd),
            _ => None,
        };
        if order.is_none() {
            faults.push(format!("`date-order: {text}` {of} is not known and is left out; write mdy, dmy or ymd"));
        }
        order
    });
    let codepage = codepage.filter(|page| {
        let known = CodePage::named(page).is_some();
        if !known {
            faults.push(format!(
                "`codepage: {page}` {of} is not known and is left out; write cp437, cp850, cp852, cp866 or windows-1252"
            ));
        }
        known
    });
    let timezone = timezone.filter(|name| {
        let known = super::zone(name).is_some();
        if !known {
            faults.push(format!(
                "`timezone: {name}` {of} is not known and is left out; write it as America/Los_Angeles or +01:00"
            ));
        }
        known
    });
    let role_stated = role.is_some();
    let clocks_agree_within = None;
    let fleet = String::new();
    let spec = HostSpec {
        name,
        role,
        fleet,
        role_stated,
        levels,
        collected,
        timezone,
        clocks_agree_within,
        date_order,
        codepage,
    };
    Ok(StatedHost { spec, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stay_text() {
        let (hosts, faults) = parse(
            "bundle: 1\nsite: ABC\nhosts:\n  - name: WKS017\n    role: client\n    path: clients/WKS017/\n    \
             levels: { sms: 1.10, winnt: 4.0 SP3 }\n    collected: 1998-03-02T10:00:00\n    date-order: dmy\n    codepage: cp850\n",
        )
        .unwrap_or_default();
        assert!(faults.is_empty(), "{faults:?}");
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
        assert!(check("bundle: 1\nhosts:\n  - name: A\n    path: ../b").contains("leads out"));
    }

    /// One bad entry must not lose what the others state: a level, an order of dates.
    #[test]
    fn a_bad_entry_leaves_the_others() {
        let check = |entry: &str, expected: &str| {
            let text = format!("bundle: 1\nhosts:\n  - name: A\n    {entry}\n    levels: {{ sms: 1.2 SP2 }}\n");
            let (hosts, faults) = parse(&text).unwrap_or_default();
            assert_eq!(hosts[0].spec.levels["sms"], "1.2 SP2");
            assert!(faults.len() == 1 && faults[0].contains(expected), "{faults:?}");
        };
        check("rol: client", "`rol` of host `A` is not known");
        check("collected: 2.3.98", "write it as 1998-03-02T10:00:00");
        check("date-order: us", "write mdy, dmy or ymd");
        check("codepage: cp1", "write cp437");
        check("timezone: Nowhere/At_All", "write it as America/Los_Angeles");
        let (hosts, faults) =
            parse("bundle: 1\nby: Ann\nhosts:\n  - name: A\n    date-order: D/M/Y\n").unwrap_or_default();
        assert_eq!((hosts[0].spec.date_order, faults.len()), (Some(DateOrder::Dmy), 1));
    }

    #[test]
    fn clocks_that_agree() {
        let check = |line: &str| {
            let (hosts, faults) = parse(&format!("bundle: 1\n{line}\nhosts:\n  - name: A\n")).unwrap_or_default();
            (hosts[0].spec.clocks_agree_within, faults.len())
        };
        assert_eq!(check("clocks-within: 5s"), (Some(5000), 0));
        assert_eq!(check("clocks-within: 2 m"), (Some(120_000), 0));
        assert_eq!(check("clocks-within: soon"), (None, 1));
        assert_eq!(check("site: ABC"), (None, 0));
    }
}
