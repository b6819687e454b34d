//! `service`: a service: its registry key, or a list of services.

use crate::fact::{Bindings, FactKey, HostEvidence, ServiceAttr};
use crate::kb::Products;
use crate::rule::Call;

use super::facts::{self, Found, Item, subject};
use super::values::same;
use super::view::SERVICES;
use super::{Answer, FactQuery, Field, FieldType, Predicate, Spec, SubjectKind, View, Want};

/// A service: its registry key, or a list of services.
pub(super) struct Service;

static SPEC: Spec = Spec {
    name: "service",
    help: "A service: its registry key, or a list of services.",
    example: "service SMS_PACKAGE_COMMAND_MANAGER_NT start = automatic",
    subjects: &[SubjectKind::Text("service")],
    fields: &[
        Field::new("account", FieldType::Text, "the account that it runs under"),
        Field::new("image", FieldType::Text, "the path of its program"),
        Field::new("presence", FieldType::Word(&[]), "for `exists` and `missing`"),
        Field::new("start", FieldType::Word(&["boot", "system", "automatic", "manual", "disabled"]), "its start type"),
        Field::new("state", FieldType::Word(&["running", "stopped"]), "whether it runs"),
    ],
    default_field: Some("presence"),
    records: false,
    scoped: true,
};

impl Predicate for Service {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn wants(&self, call: &Call, _products: &Products) -> Want {
        Want::Facts(vec![FactQuery::Service(subject(call, 0).to_lowercase())])
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        let name = subject(call, 0).to_lowercase();
        let need = format!(
            "service {}: registry HKLM\\SYSTEM\\CurrentControlSet\\Services\\{}",
            subject(call, 0),
            subject(call, 0)
        );
        facts::ask(call, &SPEC, view, bound, "service", &need, |host| vec![item(host, &name)])
    }
}

/// What the registry and the lists of services say of one service.
fn item<'a>(host: &'a HostEvidence, name: &str) -> Item<'a> {
    let key = format!("{SERVICES}{name}");
    let registry = |value: &str| facts::values(host, &FactKey::Registry { key: key.clone(), name: value.to_owned() });
    let listed = |attr| facts::values(host, &FactKey::Service { name: name.to_owned(), attr });
    let both = |attr, value: &str, read: fn(Found<'a>) -> Option<Found<'a>>| {
        let mut found: Vec<Found<'a>> = registry(value).into_iter().filter_map(read).collect();
        found.extend(listed(attr).into_iter().filter_map(read));
        // The registry is what the next start will use; a list of services shows the same or is older.
        found.truncate(1);
        found
    };
    let start = both(ServiceAttr::Start, "start", start_word);
    let image = both(ServiceAttr::Image, "imagepath", program);
    let account = both(ServiceAttr::Account, "objectname", Some);
    let mut state = listed(ServiceAttr::State);
    // `net start` lists display names: what it lacks does not run only if it would be there under this name. A service
    // without a display name is shown by its own.
    let display = registry("displayname");
    let is_shown = match display.first() {
        Some(display) => same(&display.value, name),
        None => host.coverage.has_registry_key(&key),
    };
    if state.is_empty() && is_shown && host.coverage.running_services && !(start.is_empty() && image.is_empty()) {
        state = start.iter().chain(&image).take(1).map(|known| known.with("stopped")).collect();
    }
    if start.is_empty() && image.is_empty() && state.is_empty() && account.is_empty() {
        return Item::absent(host.coverage.has_registry_key(&key));
    }
    Item::of(vec![("start", start), ("image", image), ("account", account), ("state", state)])
}

/// The registry has a number where people have a word.
fn start_word(found: Found<'_>) -> Option<Found<'_>> {
    let word = match found.value.trim() {
        "0" => "boot",
        "1" => "system",
        "2" => "automatic",
        "3" => "manual",
        "4" => "disabled",
        other if ["boot", "system", "automatic", "manual", "disabled"].contains(&other) => return Some(found),
        _ => return None,
    };
    Some(found.with(word))
}

/// The path alone: without quotes, arguments and the `\\` at the end that Q174473 prints. A path with a variable or
/// an 8.3 name stands for more than one path.
fn program(found: Found<'_>) -> Option<Found<'_>> {
    let value = found.value.trim().replace('/', "\\");
    let path = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or(quoted).to_owned(),
        None => match value.to_lowercase().find(".exe") {
            Some(dot) => value[..dot + 4].to_owned(),
            None => value.clone(),
        },
    };
    let path = path.trim_end_matches('\\');
    let ambiguous = path.contains('%') || path.split('\\').any(is_short_name);
    Some(Found { ambiguous, ..found.with(path) })
}

/// `PROGRA~1`
fn is_short_name(part: &str) -> bool {
    part.split_once('~').is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use crate::fact::{Fact, FactKey, HostEvidence, MemberId, Origin, Value};

    use super::{SERVICES, item};

    /// `net start` lists display names, so a service with another one may run though its own name is not in the list.
    #[test]
    fn a_display_name_is_no_name() {
        let is_stopped = |display: Option<&str>, exported: bool| {
            let key = format!("{SERVICES}lanmanserver");
            let mut host = HostEvidence::default();
            host.coverage.running_services = true;
            if exported {
                host.coverage.registry.insert(key.clone());
            }
            let values = [("start", Some("2")), ("displayname", display)];
            for (name, text) in values.into_iter().filter_map(|(name, text)| Some((name, text?))) {
                let address = FactKey::Registry { key: key.clone(), name: name.to_owned() };
                let at = Origin { member: MemberId(0), line: 1 };
                let fact = Fact { at, key: address.clone(), value: Value::Text(text.to_owned()) };
                host.facts.entry(address).or_default().push(fact);
            }
            format!("{:?}", item(&host, "lanmanserver")).contains("stopped")
        };
        assert!(!is_stopped(Some("Server"), true));
        assert!(is_stopped(Some("LanmanServer"), true));
        assert!(is_stopped(None, true));
        assert!(!is_stopped(None, false));
    }
}
