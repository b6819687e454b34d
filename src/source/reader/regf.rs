//! Registry hives as files (`SYSTEM`, `SOFTWARE`, `NTUSER.DAT`, …), of Windows NT 3.5 and later.
//!
//! A hive is a base block and a heap of cells. A key is a cell (`nk`) that points to a list of subkeys (`lf`, `lh`, `li`, or
//! `ri` for a list of lists) and to a list of values (`vk`); data of up to four bytes stand in the value itself, and data
//! of more than 16,344 bytes in segments (`db`). The file is held in memory. Every cell is visited once at most, and all
//! work counts against [`EFFORT`], so that a damaged hive can neither loop nor take forever.

use std::collections::BTreeSet;

use crate::fact::{Claim, FactKey};

use super::registry::{SYSTEM, typed, utf16};
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Regf;

impl Reader for Regf {
    fn name(&self) -> &'static str {
        "regf"
    }

    fn help(&self) -> &'static str {
        "Registry hives as files: SYSTEM, SOFTWARE, SAM, SECURITY, DEFAULT, NTUSER.DAT and UsrClass.dat of Windows NT and later."
    }

    fn known_by(&self) -> &'static str {
        "The signature `regf` (or `CREG`, which is told and not read) at its beginning."
    }

    fn facts_and_events(&self) -> &'static str {
        "One fact a value, as in a registry export, on line 0. Which key the hive stands for is told by the keys in it and \
         by its name; NTUSER.DAT is `HKEY_CURRENT_USER`. The control set that `Select` names is `CurrentControlSet`, \
         the others keep their numbers. A whole hive proves which keys and values it lacks; one that is damaged, or that \
         was not written back when it was copied, does not. Copies in `RegBack` and `repair`, the profile of new users, \
         hives of more than 64 MiB and the SYSTEM.DAT and USER.DAT of Windows 95 are not read, and a problem says so."
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let hive = head.bytes.starts_with(b"regf") && head.bytes.len() >= 512;
        let windows95 = head.bytes.starts_with(b"CREG") && head.bytes.get(32..36) == Some(b"RGKN");
        if hive || windows95 { Confidence::CERTAIN } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        if ctx.head.bytes.starts_with(b"CREG") {
            return skip(out, "a registry file of Windows 95 or 98");
        }
        if let Some(why) = outdated(ctx) {
            return skip(out, why);
        }
        if number(ctx.head.bytes, 28).is_some_and(|kind| kind != 0) {
            return skip(out, "the log of a registry hive");
        }
        let Ok(bytes) = input.read_whole(MAX_HIVE) else {
            return skip(out, "a registry hive of more than 64 MiB");
        };
        let Some(mut hive) = Hive::open(&bytes) else {
            return skip(out, "a registry hive that is damaged, or older than Windows NT 3.5");
        };
        hive.facts(ctx, out);
    }
}

/// A larger hive is not read.
const MAX_HIVE: usize = 64 * 1024 * 1024;

/// How many bytes may be looked at and copied in all: many times what a whole hive needs.
const EFFORT: usize = 1024 * 1024 * 1024;

/// A longer value is left out; no rule asks for one.
const MAX_VALUE: usize = 4 * 1024 * 1024;

/// Windows allows no deeper key, and no longer path.
const MAX_DEPTH: usize = 512;
const MAX_PATH: usize = 32 * 1024;

/// The cells begin after the base block.
const BASE: usize = 4096;

/// No cell.
const NONE: u32 = u32::MAX;

fn skip(out: &mut Output<'_>, what: &str) {
    out.warn(0, || format!("{what}; it is not read: export the keys in question with regedit"));
}

/// Why a hive does not show what is in the registry now.
fn outdated(ctx: &Context<'_>) -> Option<&'static str> {
    let path = ctx.path.to_lowercase().replace('\\', "/");
    let folders: Vec<&str> = path.split('/').collect();
    let in_folder = |name: &str| folders.iter().rev().skip(1).any(|folder| *folder == name);
    let old_name = [".sav", ".bak", ".old"].iter().any(|end| ctx.head.name.ends_with(end));
    if old_name || in_folder("regback") || in_folder("repair") {
        return Some("an older copy of a registry hive");
    }
    let profile = folders.len().checked_sub(2).and_then(|index| folders.get(index)).copied();
    let new_users = ctx.head.name == "ntuser.dat" && matches!(profile, Some("default user" | "default"));
    new_users.then_some("the profile that new users get")
}

struct Hive<'a> {
    bytes: &'a [u8],
    /// Which cells were visited, by a bit for each eight bytes.
    visited: Vec<u64>,
    effort: usize,
    /// Something could not be read.
    damaged: bool,
}

/// A key and what it points to.
struct Key {
    name: String,
    subkeys: Vec<u32>,
    /// The list of its values, and how many there are.
    values: Option<(u32, usize)>,
}

/// A key whose subkeys are being read.
struct Frame {
    /// Subkeys still to be read, the next one last.
    subkeys: Vec<u32>,
    /// The length of its path.
    path: usize,
}

impl<'a> Hive<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        // Version 1.0 and 1.1 have another kind of cell.
        let known = number(bytes, 20)? == 1 && (2..=6).contains(&number(bytes, 24)?);
        let cells = bytes.get(BASE..BASE + 4)? == b"hbin";
        let visited = vec![0; bytes.len() / 512 + 1];
        (known && cells).then_some(Self { bytes, visited, effort: EFFORT, damaged: false })
    }

    fn facts(&mut self, ctx: &Context<'_>, out: &mut Output<'_>) {
        let root = number(self.bytes, 36).unwrap_or(NONE);
        let Some(root) = self.visit(root).then(|| self.key(root)).flatten() else {
            return skip(out, "a registry hive whose root key is damaged");
        };
        let top = self.names(&root.subkeys);
        let Some(mut place) = self.place(ctx.head.name, &top) else {
            return skip(out, "a registry hive that does not show which part of the registry it is");
        };
        if place.path == SYSTEM {
            place.current = self.current_set(&root, &top);
            if place.current.is_none() {
                self.damaged = true;
                out.warn(0, || "the hive does not tell which control set is the current one".to_owned());
            }
        }
        let cells = number(self.bytes, 40).and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
        if self.bytes.len() < BASE.saturating_add(cells) {
            self.damaged = true;
            out.warn(0, || "the hive is shorter than it says: its end is missing".to_owned());
        }
        let clean = number(self.bytes, 4) == number(self.bytes, 8);
        if !clean {
            out.warn(0, || {
                "the hive was in use and not written back when it was copied: its newest changes are missing, and so it \
                 does not show what is not there"
                    .to_owned()
            });
        }
        let claims = place.claims(self, &root, &top);
        self.walk(&place, root, out);
        if clean && !self.damaged {
            for key in claims {
                out.claim(Claim::Registry(key));
            }
        }
    }

    /// All keys, depth first.
    fn walk(&mut self, place: &Place, root: Key, out: &mut Output<'_>) {
        let mut path = place.path.to_owned();
        self.values(&root, &path, out);
        let mut frames = vec![Frame { subkeys: root.subkeys.into_iter().rev().collect(), path: path.len() }];
        while let Some(frame) = frames.last_mut() {
            let Some(cell) = frame.subkeys.pop() else {
                frames.pop();
                continue;
            };
            path.truncate(frame.path);
            let Some(key) = self.key(cell) else {
                self.damage(&path, "a key", out);
                continue;
            };
            let name = key.name.to_lowercase();
            path.push('\\');
            match &place.current {
                Some(current) if frames.len() == 1 && name == *current => path.push_str("currentcontrolset"),
                _ => path.push_str(&name),
            }
            if frames.len() >= MAX_DEPTH || path.len() > MAX_PATH || !self.spend(path.len()) {
                self.damage(&path, "a key", out);
                continue;
            }
            self.values(&key, &path, out);
            frames.push(Frame { subkeys: key.subkeys.into_iter().rev().collect(), path: path.len() });
        }
        if self.effort == 0 {
            out.warn(0, || "the hive refers to itself so often that it is not read to its end".to_owned());
        }
        if self.damaged {
            out.warn(0, || "the hive is damaged: what it does not show may still be there".to_owned());
        }
    }

    fn damage(&mut self, path: &str, what: &str, out: &mut Output<'_>) {
        self.damaged = true;
        out.warn(0, || format!("{what} below `{path}` is damaged; it is left out"));
    }

    fn values(&mut self, key: &Key, path: &str, out: &mut Output<'_>) {
        let Some((list, count)) = key.values else { return };
        let Some(list) = self.visit(list).then(|| self.cell(list)).flatten() else {
            return self.damage(path, "a list of values", out);
        };
        for index in 0..count {
            let cell = number(list, index * 4);
            let value = cell.filter(|cell| self.spend(8 + path.len()) && self.visit(*cell));
            let Some(value) = value.and_then(|cell| self.value(cell)) else {
                self.damage(path, "a value", out);
                if cell.is_none() || self.effort == 0 {
                    return;
                }
                continue;
            };
            let key = FactKey::Registry { key: path.to_owned(), name: value.0.to_lowercase() };
            out.fact(0, key, value.1);
        }
    }

    /// The name and the data of a value.
    fn value(&mut self, cell: u32) -> Option<(String, crate::fact::Value)> {
        let value = self.cell(cell)?;
        if value.get(..2)? != b"vk" {
            return None;
        }
        let name = self.name(value, 20, short(value, 2)?, short(value, 16)? & 1 != 0)?;
        let (length, kind) = (number(value, 4)?, number(value, 12)?);
        let small = length & 0x8000_0000 != 0;
        let length = usize::try_from(length & 0x7FFF_FFFF).ok()?;
        if length > MAX_VALUE || !self.spend(length) {
            return None;
        }
        let data =
            if small { value.get(8..12)?.get(..length)?.to_vec() } else { self.data(number(value, 8)?, length)? };
        Some((name, typed(kind, &data, utf16)))
    }

    fn data(&mut self, cell: u32, length: usize) -> Option<Vec<u8>> {
        if length == 0 {
            return Some(Vec::new());
        }
        let data = self.visit(cell).then(|| self.cell(cell)).flatten()?;
        let segmented = number(self.bytes, 24)? >= SEGMENTS && length > SEGMENT;
        if !segmented || data.get(..2)? != b"db" {
            return data.get(..length).map(<[u8]>::to_vec);
        }
        let list = number(data, 4)?;
        let segments = self.visit(list).then(|| self.cell(list)).flatten()?;
        let mut joined = Vec::new();
        for index in 0..usize::from(short(data, 2)?) {
            let cell = number(segments, index * 4)?;
            let segment = self.visit(cell).then(|| self.cell(cell)).flatten()?;
            let missing = length - joined.len();
            joined.extend_from_slice(segment.get(..missing.min(SEGMENT))?);
        }
        (joined.len() == length).then_some(joined)
    }

    fn key(&mut self, cell: u32) -> Option<Key> {
        let key = self.cell(cell)?;
        if key.get(..2)? != b"nk" {
            return None;
        }
        let flags = short(key, 2)?;
        let name = self.name(key, 76, short(key, 72)?, flags & 0x20 != 0)?;
        let mut subkeys = Vec::new();
        if number(key, 20)? > 0 && !self.list(number(key, 28)?, &mut subkeys, true) {
            self.damaged = true;
        }
        let count = usize::try_from(number(key, 36)?).ok()?;
        // The values of a predefined key are something else.
        let values = (count > 0 && flags & 0x40 == 0).then_some((number(key, 40)?, count));
        Some(Key { name, subkeys, values })
    }

    /// Adds the keys of a list of subkeys; false if some of it cannot be read.
    fn list(&mut self, cell: u32, keys: &mut Vec<u32>, lists: bool) -> bool {
        let Some(list) = self.visit(cell).then(|| self.cell(cell)).flatten() else { return false };
        let step = match list.get(..2) {
            Some(b"lf" | b"lh") => 8,
            Some(b"li") => 4,
            Some(b"ri") if lists => 4,
            _ => return false,
        };
        let mut whole = true;
        for index in 0..short(list, 2).map_or(0, usize::from) {
            let Some(cell) = number(list, 4 + index * step).filter(|_| self.spend(step)) else { return false };
            if list.starts_with(b"ri") {
                whole &= self.list(cell, keys, false);
            } else if self.visit(cell) {
                keys.push(cell);
            } else {
                whole = false;
            }
        }
        whole
    }

    /// The names of keys, in lower case; empty for one that cannot be read.
    fn names(&mut self, keys: &[u32]) -> Vec<String> {
        let name = |hive: &mut Self, cell: u32| {
            let key = hive.cell(cell)?;
            hive.name(key, 76, short(key, 72)?, short(key, 2)? & 0x20 != 0)
        };
        keys.iter().map(|cell| name(self, *cell).unwrap_or_default().to_lowercase()).collect()
    }

    fn name(&mut self, cell: &[u8], at: usize, length: u16, narrow: bool) -> Option<String> {
        let bytes = cell.get(at..)?.get(..usize::from(length))?;
        let enough = self.spend(bytes.len());
        enough.then(|| if narrow { bytes.iter().map(|byte| char::from(*byte)).collect() } else { utf16(bytes) })
    }

    /// The content of a cell that is in use.
    fn cell(&self, offset: u32) -> Option<&'a [u8]> {
        let at = BASE.checked_add(usize::try_from(offset).ok()?)?;
        let size = i32::from_le_bytes(self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
        let size = usize::try_from(size.checked_neg()?).ok()?;
        self.bytes.get(at..at.checked_add(size)?)?.get(4..)
    }

    /// Marks a cell; false if it has been visited, or is none.
    fn visit(&mut self, offset: u32) -> bool {
        let Ok(index) = usize::try_from(offset / 8) else { return false };
        let (word, bit) = (index / 64, 1_u64 << (index % 64));
        match self.visited.get_mut(word) {
            Some(bits) if offset.is_multiple_of(8) && *bits & bit == 0 => {
                *bits |= bit;
                true
            }
            _ => false,
        }
    }

    /// Takes so many bytes of the effort; false if no more is left.
    fn spend(&mut self, bytes: usize) -> bool {
        self.effort = self.effort.saturating_sub(bytes);
        self.effort > 0
    }

    /// Which key the hive is mounted at.
    fn place(&self, name: &str, top: &[String]) -> Option<Place> {
        let has = |key: &str| top.iter().any(|name| name == key);
        // The hive keeps the end of the path that it had.
        let own = utf16(self.bytes.get(48..112).unwrap_or_default()).to_lowercase();
        let own = own.split('\0').next().unwrap_or_default().rsplit('\\').next().unwrap_or_default().to_owned();
        let named = |wanted: &str| name.split('.').next() == Some(wanted) || own.split('.').next() == Some(wanted);
        let path = if has("select") && top.iter().any(|name| name.starts_with("controlset")) {
            SYSTEM
        } else if has("software") && (has("control panel") || has("environment") || has("console")) {
            if named("default") { "hkey_users\\.default" } else { USER }
        } else if named("usrclass") {
            "hkey_current_user\\software\\classes"
        } else if has("microsoft") || named("software") {
            "hkey_local_machine\\software"
        } else if named("sam") {
            "hkey_local_machine\\sam"
        } else if named("security") {
            "hkey_local_machine\\security"
        } else if named("ntuser") || named("user") {
            USER
        } else {
            return None;
        };
        Some(Place { path, current: None })
    }

    /// The name of the control set that `Select` names, in lower case.
    fn current_set(&mut self, root: &Key, top: &[String]) -> Option<String> {
        let at = top.iter().position(|name| name == "select")?;
        let select = Hive { visited: self.visited.clone(), ..*self }.select(*root.subkeys.get(at)?)?;
        let name = format!("controlset{select:03}");
        top.contains(&name).then_some(name)
    }

    fn select(mut self, key: u32) -> Option<i64> {
        let (list, count) = self.key(key)?.values?;
        let list = self.cell(list)?;
        let mut cells = (0..count.min(64)).filter_map(|index| number(list, index * 4));
        cells.find_map(|cell| match self.value(cell)? {
            (name, crate::fact::Value::Number(number)) if name.eq_ignore_ascii_case("current") => Some(number),
            _ => None,
        })
    }
}

/// More data than this stand in segments, from this minor version on.
const SEGMENT: usize = 16_344;
const SEGMENTS: u32 = 4;

const USER: &str = "hkey_current_user";

/// Where a hive belongs.
struct Place {
    path: &'static str,
    /// The subkey that is `CurrentControlSet`.
    current: Option<String>,
}

impl Place {
    /// The branches that the hive shows whole. The classes of a user are in a hive of their own.
    fn claims(&self, hive: &mut Hive<'_>, root: &Key, top: &[String]) -> BTreeSet<String> {
        if self.path != USER {
            return BTreeSet::from([self.path.to_owned()]);
        }
        let mut claims: BTreeSet<String> = top.iter().map(|name| format!("{USER}\\{name}")).collect();
        let software = top.iter().position(|name| name == "software");
        if let Some(cell) = software.and_then(|at| root.subkeys.get(at)) {
            claims.remove(&format!("{USER}\\software"));
            let mut below = Hive { visited: hive.visited.clone(), ..*hive };
            let subkeys = below.key(*cell).map(|key| key.subkeys).unwrap_or_default();
            let names = below.names(&subkeys).into_iter().filter(|name| name != "classes");
            claims.extend(names.map(|name| format!("{USER}\\software\\{name}")));
        }
        claims
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::BASE;
    use crate::source::testing::{check, read};

    /// Writes a hive, cell by cell.
    struct Writer(Vec<u8>);

    impl Writer {
        fn new() -> Self {
            let mut bytes = vec![0; BASE + 32];
            bytes[BASE..BASE + 4].copy_from_slice(b"hbin");
            Self(bytes)
        }

        fn cell(&mut self, content: &[u8]) -> u32 {
            let at = self.0.len();
            let size = (content.len() + 4).next_multiple_of(8);
            self.0.extend_from_slice(&(-i32::try_from(size).expect("a small number")).to_le_bytes());
            self.0.extend_from_slice(content);
            self.0.resize(at + size, 0);
            u32::try_from(at - BASE).expect("a small number")
        }

        fn list(&mut self, mark: &[u8], cells: &[u32]) -> u32 {
            let mut content = mark.to_vec();
            if !mark.is_empty() {
                content.extend_from_slice(&u16::try_from(cells.len()).expect("a small number").to_le_bytes());
            }
            for cell in cells {
                content.extend_from_slice(&cell.to_le_bytes());
                if mark == b"lf" || mark == b"lh" {
                    content.extend_from_slice(b"hash");
                }
            }
            self.cell(&content)
        }

        /// A key with a list of subkeys that is there already.
        fn key_with(&mut self, name: &str, subkeys: u32, values: &[u32]) -> u32 {
            let list = self.list(b"", values);
            let mut key = vec![0; 76];
            key[..2].copy_from_slice(b"nk");
            let wide = !name.is_ascii();
            let name: Vec<u8> =
                if wide { name.encode_utf16().flat_map(u16::to_le_bytes).collect() } else { name.into() };
            key[2] = if wide { 0 } else { 0x20 };
            key[20] = u8::from(subkeys != u32::MAX);
            key[28..32].copy_from_slice(&subkeys.to_le_bytes());
            key[36] = u8::try_from(values.len()).expect("a small number");
            key[40..44].copy_from_slice(&list.to_le_bytes());
            key[72..74].copy_from_slice(&u16::try_from(name.len()).expect("a small number").to_le_bytes());
            key.extend_from_slice(&name);
            self.cell(&key)
        }

        fn key(&mut self, name: &str, subkeys: &[u32], values: &[u32]) -> u32 {
            let list = if subkeys.is_empty() { u32::MAX } else { self.list(b"lf", subkeys) };
            self.key_with(name, list, values)
        }

        fn value_at(&mut self, name: &str, kind: u8, length: u32, data: u32) -> u32 {
            let mut value = vec![0; 20];
            value[..2].copy_from_slice(b"vk");
            value[2] = u8::try_from(name.len()).expect("a small number");
            value[4..8].copy_from_slice(&length.to_le_bytes());
            value[8..12].copy_from_slice(&data.to_le_bytes());
            value[12] = kind;
            value[16] = 1;
            value.extend_from_slice(name.as_bytes());
            self.cell(&value)
        }

        fn value(&mut self, name: &str, kind: u8, data: &[u8]) -> u32 {
            let length = u32::try_from(data.len()).expect("a small number");
            if data.len() <= 4 {
                let mut small = [0; 4];
                small[..data.len()].copy_from_slice(data);
                return self.value_at(name, kind, length | 0x8000_0000, u32::from_le_bytes(small));
            }
            let cell = self.cell(data);
            self.value_at(name, kind, length, cell)
        }

        fn text(&mut self, name: &str, text: &str) -> u32 {
            let data: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
            self.value(name, 1, &data)
        }

        fn end(mut self, root: u32) -> Vec<u8> {
            self.0.resize(self.0.len().next_multiple_of(4096), 0);
            let cells = u32::try_from(self.0.len() - BASE).expect("a small number");
            self.0[..4].copy_from_slice(b"regf");
            for (at, number) in [(4, 7), (8, 7), (20, 1), (24, 5), (32, 1), (36, root), (40, cells)] {
                self.0[at..at + 4].copy_from_slice(&u32::to_le_bytes(number));
            }
            self.0
        }
    }

    /// A hive of which the second control set is the current one.
    fn system() -> Vec<u8> {
        let mut hive = Writer::new();
        let start = hive.value("Start", 4, &[3, 0, 0, 0]);
        let image = hive.text("ImagePath", "C:\\MS\\SMS\\BIN\\PCMSVC32.EXE");
        let groups = hive.value("Group", 7, b"a\0\0\0b\0\0\0\0\0");
        let service = hive.key("SMS_PACKAGE_COMMAND_MANAGER_NT", &[], &[start, image, groups]);
        let services = hive.key("Services", &[service], &[]);
        let second = hive.key("ControlSet002", &[services], &[]);
        let old = hive.value("Start", 4, &[2, 0, 0, 0]);
        let service = hive.key("SMS_PACKAGE_COMMAND_MANAGER_NT", &[], &[old]);
        let services = hive.key("Services", &[service], &[]);
        let first = hive.key("ControlSet001", &[services], &[]);
        let current = hive.value("Current", 4, &[2, 0, 0, 0]);
        let select = hive.key("Select", &[], &[current]);
        let root = hive.key("$$$PROTO.HIV", &[first, second, select], &[]);
        hive.end(root)
    }

    /// A hive of one key with these cells below it.
    fn software(below: impl Fn(&mut Writer) -> Vec<u32>) -> Vec<u8> {
        let mut hive = Writer::new();
        let subkeys = below(&mut hive);
        let microsoft = hive.key("Microsoft", &subkeys, &[]);
        let root = hive.key("root", &[microsoft], &[]);
        hive.end(root)
    }

    fn kept(bytes: &[u8], name: &str) -> Vec<String> {
        let (reader, dump) = read(name, bytes);
        assert_eq!(reader, Some("regf"));
        dump
    }

    #[test]
    fn the_current_control_set_is_the_one_that_select_names() {
        check(
            "config/system",
            &system(),
            "regf binary
             0 registry hkey_local_machine\\system\\controlset001\\services\\sms_package_command_manager_nt start = 2
             0 registry hkey_local_machine\\system\\currentcontrolset\\services\\sms_package_command_manager_nt start = 3
             0 registry hkey_local_machine\\system\\currentcontrolset\\services\\sms_package_command_manager_nt imagepath = C:\\MS\\SMS\\BIN\\PCMSVC32.EXE
             0 registry hkey_local_machine\\system\\currentcontrolset\\services\\sms_package_command_manager_nt group = a\\nb
             0 registry hkey_local_machine\\system\\select current = 2
             claim registry hkey_local_machine\\system",
        );
    }

    #[test]
    fn the_sample_is_the_hive_of_this_test() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/readers/regf/SYSTEM");
        assert_eq!(std::fs::read(path).expect("the sample"), system());
    }

    #[test]
    fn every_kind_of_list_and_of_data() {
        let bytes = software(|hive| {
            let big: Vec<u8> = (0..40_000_u32).map(|n| n.to_le_bytes()[0]).collect();
            let segments: Vec<u32> = big.chunks(super::SEGMENT).map(|piece| hive.cell(piece)).collect();
            let list = hive.list(b"", &segments);
            let db = [b"db".as_slice(), &[3, 0], &list.to_le_bytes(), &[0; 4]].concat();
            let db = hive.cell(&db);
            let values = [
                hive.value_at("big", 3, 40_000, db),
                hive.value("", 1, b"x\0"),
                hive.value("cut", 1, b"a\0\0\0b\0\0\0"),
                hive.value("network", 5, &[0, 0, 1, 0]),
                hive.value("quad", 11, &[1, 0, 0, 0, 0, 0, 0, 0]),
                hive.value("none", 0, &[]),
            ];
            let one = hive.key("One", &[], &values);
            let two = hive.text("v", "2");
            let two = hive.key("Zw\u{f6}i", &[], &[two]);
            let three = hive.text("v", "3");
            let three = hive.key("Three", &[], &[three]);
            let lists = [hive.list(b"lh", &[one]), hive.list(b"li", &[two, three])];
            let lists = hive.list(b"ri", &lists);
            vec![hive.key_with("Lists", lists, &[])]
        });
        let dump = kept(&bytes, "software");
        assert!(dump[0].starts_with("0 registry hkey_local_machine\\software\\microsoft\\lists\\one big = 00,01,02"));
        assert!(dump[0].ends_with(",3d,3e,3f") && dump[0].matches(',').count() == 39_999);
        assert_eq!(
            dump[1..],
            [
                "0 registry hkey_local_machine\\software\\microsoft\\lists\\one  = x",
                "0 registry hkey_local_machine\\software\\microsoft\\lists\\one cut = a",
                "0 registry hkey_local_machine\\software\\microsoft\\lists\\one network = 256",
                "0 registry hkey_local_machine\\software\\microsoft\\lists\\one quad = 1",
                "0 registry hkey_local_machine\\software\\microsoft\\lists\\one none = ",
                "0 registry hkey_local_machine\\software\\microsoft\\lists\\zw\u{f6}i v = 2",
                "0 registry hkey_local_machine\\software\\microsoft\\lists\\three v = 3",
                "claim registry hkey_local_machine\\software",
            ]
        );
    }

    #[test]
    fn the_hive_of_a_user_does_not_hold_its_classes() {
        let mut hive = Writer::new();
        let value = hive.text("v", "1");
        let microsoft = hive.key("Microsoft", &[], &[value]);
        let classes = hive.key("Classes", &[], &[]);
        let software = hive.key("Software", &[classes, microsoft], &[]);
        let console = hive.key("Console", &[], &[]);
        let root = hive.key("root", &[console, software], &[]);
        let bytes = hive.end(root);
        assert_eq!(
            kept(&bytes, "NTUSER.DAT"),
            [
                "0 registry hkey_current_user\\software\\microsoft v = 1",
                "claim registry hkey_current_user\\console",
                "claim registry hkey_current_user\\software\\microsoft",
            ]
        );
        let default = kept(&bytes, "config/DEFAULT");
        assert_eq!(default[0], "0 registry hkey_users\\.default\\software\\microsoft v = 1");
    }

    #[test]
    fn a_damaged_hive_neither_loops_nor_claims() {
        // A key below itself, a key in two places, and a value that is none.
        let bytes = software(|hive| {
            let itself = u32::try_from(hive.0.len() - BASE).expect("a small number") + 16 + 8;
            let list = hive.list(b"li", &[itself]);
            assert_eq!(list + 16, itself - 8);
            let own = hive.key_with("Loop", list, &[]);
            let value = hive.text("v", "1");
            let twice = hive.key("Twice", &[], &[value, 8, value]);
            vec![own, twice, twice]
        });
        let dump = kept(&bytes, "software");
        let facts: Vec<_> = dump.iter().filter(|line| !line.starts_with("warning 0: ")).collect();
        assert_eq!(facts, ["0 registry hkey_local_machine\\software\\microsoft\\twice v = 1"], "{dump:?}");
        assert!(dump.iter().any(|line| line.contains("the hive is damaged")), "{dump:?}");
    }

    #[test]
    fn a_hive_of_which_something_is_missing_claims_nothing() {
        let mut dirty = system();
        dirty[4] = 8;
        let mut cut = system();
        cut.pop();
        let mut deleted = system();
        let at = deleted.windows(8).position(|bytes| bytes == b"Services").expect("the key") - 76;
        deleted[at] = b'x';
        for bytes in [dirty, cut, deleted] {
            let dump = kept(&bytes, "system");
            assert!(dump.iter().any(|line| line.starts_with("warning 0: ")), "{dump:?}");
            assert!(dump.iter().any(|line| line.contains(" registry ")), "{dump:?}");
            assert!(!dump.iter().any(|line| line.starts_with("claim")), "{dump:?}");
        }
    }

    #[test]
    fn what_is_not_read_is_told() {
        let mut log = system();
        log[28] = 1;
        let windows95 = [b"CREG".as_slice(), &[0; 28], b"RGKN", &[0; 900]].concat();
        let unknown = {
            let mut hive = Writer::new();
            let root = hive.key("root", &[], &[]);
            hive.end(root)
        };
        let large = {
            let mut bytes = system();
            bytes.resize(super::MAX_HIVE + 1, 0);
            bytes
        };
        for (name, bytes, what) in [
            ("system.log", log, "the log of a registry hive"),
            ("user.dat", windows95, "of Windows 95"),
            ("a.hiv", unknown, "does not show which part"),
            ("system", system()[..4096].to_vec(), "damaged"),
            ("regback/system", system(), "an older copy"),
            ("system.sav", system(), "an older copy"),
            ("users/default/ntuser.dat", system(), "new users"),
            ("system", large, "more than 64 MiB"),
        ] {
            let dump = kept(&bytes, name);
            assert!(dump.len() == 1 && dump[0].starts_with("warning 0: ") && dump[0].contains(what), "{name} {dump:?}");
        }
    }
}
