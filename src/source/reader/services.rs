//! Which services run and how they start, from `net start`, `sc query` and `sc qc`.

use crate::fact::{Claim, FactKey, ServiceAttr, Value};

use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Services;

impl Reader for Services {
    fn name(&self) -> &'static str {
        "services"
    }

    fn help(&self) -> &'static str {
        "Lists of services: the output of `net start`, `sc query` and `sc qc`."
    }

    fn facts_and_events(&self) -> &'static str {
        "Facts of services, by their name: state, start, image, account. `net start` lists display names, and proves which \
         services do not run."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let marked = head.lines().any(|line| starts_net_start(line) || sc_field(line, "SERVICE_NAME").is_some());
        if marked { Confidence::CERTAIN } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut running = false;
        let mut listed = false;
        let mut in_list = false;
        let mut service: Option<String> = None;
        while let Some(line) = input.next() {
            let text = line.text.trim();
            in_list = false;
            if starts_net_start(text) {
                running = true;
            } else if let Some(name) = sc_field(text, "SERVICE_NAME") {
                running = false;
                service = Some(name.to_lowercase());
            } else if running && !text.is_empty() && line.text.starts_with([' ', '\t']) {
                listed = true;
                in_list = true;
                out.fact(line.number, address(text, ServiceAttr::State), Value::Text("running".to_owned()));
            } else if let Some(name) = &service
                && let Some((attr, value)) = sc_value(text)
            {
                out.fact(line.number, address(name, attr), Value::Text(value));
            } else {
                out.plain(line);
            }
        }
        // A list that ends within a name is not whole.
        if listed && !(running && input.is_unended() && in_list) {
            out.claim(Claim::RunningServices);
        }
    }
}

fn address(name: &str, attr: ServiceAttr) -> FactKey {
    FactKey::Service { name: name.to_lowercase(), attr }
}

/// `These Windows NT services are started:`.
fn starts_net_start(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("These Windows") && line.ends_with("services are started:")
}

/// The value of a `NAME : value` line of `sc`.
fn sc_field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.trim_start().strip_prefix(name)?;
    Some(rest.trim_start().strip_prefix(':')?.trim())
}

/// What a line of `sc` says of its service.
fn sc_value(line: &str) -> Option<(ServiceAttr, String)> {
    // `STATE : 4  RUNNING`, `START_TYPE : 2   AUTO_START`.
    let number = |name| sc_field(line, name).and_then(|value| value.split_whitespace().next());
    if let Some(state) = number("STATE") {
        return match state {
            "4" => Some((ServiceAttr::State, "running".to_owned())),
            "1" => Some((ServiceAttr::State, "stopped".to_owned())),
            _ => None,
        };
    }
    if let Some(start) = number("START_TYPE") {
        let word = match start {
            "0" => "boot",
            "1" => "system",
            "2" => "automatic",
            "3" => "manual",
            "4" => "disabled",
            _ => return None,
        };
        return Some((ServiceAttr::Start, word.to_owned()));
    }
    if let Some(image) = sc_field(line, "BINARY_PATH_NAME") {
        return Some((ServiceAttr::Image, program(image).to_owned()));
    }
    sc_field(line, "SERVICE_START_NAME").map(|account| (ServiceAttr::Account, account.to_owned()))
}

/// The program of a command line: what is in quotes, else up to its `.exe`, else the first word.
fn program(command: &str) -> &str {
    if let Some((program, _)) = command.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        return program;
    }
    let exe = command.to_ascii_lowercase().find(".exe").map(|at| at + 4);
    exe.map_or_else(|| command.split_whitespace().next().unwrap_or(command), |end| &command[..end])
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn net_start() {
        check(
            "net start.txt",
            b"These Windows NT services are started:\r\n\r\n   Alerter\r\n   SMS_PACKAGE_COMMAND_MANAGER_NT\r\n\r\nThe command completed successfully.\r\n",
            "services
             3 service alerter State = running
             4 service sms_package_command_manager_nt State = running
             6: The command completed successfully.
             claim running services",
        );
    }

    #[test]
    fn sc_blocks() {
        check(
            "sc.txt",
            b"SERVICE_NAME: SMS_PCM\n        TYPE               : 10  WIN32_OWN_PROCESS\n        STATE              : 4  RUNNING\n\
              SERVICE_NAME: Other\n        START_TYPE         : 3   DEMAND_START\n        BINARY_PATH_NAME   : \"C:\\a b\\x.exe\" /L:1\n\
              \x20       SERVICE_START_NAME : LocalSystem\n",
            "services
             2: TYPE               : 10  WIN32_OWN_PROCESS
             3 service sms_pcm State = running
             5 service other Start = manual
             6 service other Image = C:\\a b\\x.exe
             7 service other Account = LocalSystem",
        );
    }
}
