//! Tests of the reader: logs made byte by byte, whole and damaged.

use super::*;
use crate::source::testing::{check, read};

const NO_ZONE: &str = "warning 1: times in UTC";

/// 1999-01-01, in tenths of a microsecond since 1601.
const NEW_YEAR: u64 = (915_148_800 + 11_644_473_600) * 10_000_000;

/// Binary XML that is to stand at a place of a chunk.
struct Xml {
    at: usize,
    bytes: Vec<u8>,
    /// In a template elements name the value that they depend on.
    template: bool,
}

impl Xml {
    fn put(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// A name that stands right here.
    fn name(self, name: &str) -> Self {
        let place = (self.at + self.bytes.len() + 4) as u32;
        let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.put(&place.to_le_bytes()).put(&[0; 6]).put(&(text.len() as u16 / 2).to_le_bytes()).put(&text).put(&[0, 0])
    }

    fn open(self, name: &str, attributes: bool, needs: u16) -> Self {
        let needs = if self.template { needs.to_le_bytes().to_vec() } else { Vec::new() };
        let xml = self.put(&[if attributes { 0x41 } else { 1 }]).put(&needs).put(&[0; 4]).name(name);
        if attributes { xml.put(&[0; 4]) } else { xml.put(&[2]) }
    }

    fn attribute(self, name: &str, index: u16) -> Self {
        self.put(&[6]).name(name).put(&[0x0E]).put(&index.to_le_bytes()).put(&[1])
    }

    fn text(self, text: &str) -> Self {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.put(&[5, 1]).put(&(wide.len() as u16 / 2).to_le_bytes()).put(&wide)
    }

    /// An element with one of the values.
    fn element(self, name: &str, index: u16) -> Self {
        self.open(name, false, index).put(&[0x0D]).put(&index.to_le_bytes()).put(&[1, 4])
    }
}

/// The values of a record: its number, level, keywords, strings without names, and one with a name.
fn template(at: usize) -> Vec<u8> {
    let xml = Xml { at, bytes: Vec::new(), template: true }.put(&[0x0F, 1, 1, 0]).open("Event", false, 0xFFFF);
    let xml =
        xml.open("System", false, 0xFFFF).open("Provider", true, 0xFFFF).put(&[6]).name("Name").text("SMS").put(&[3]);
    let xml = xml.open("EventID", false, 0xFFFF).text("374").put(&[4]);
    let xml = xml.element("Level", 1).element("Keywords", 2).element("EventRecordID", 0);
    let xml = xml.open("TimeCreated", true, 0xFFFF).attribute("SystemTime", 3).put(&[3]);
    let xml = xml.open("Security", true, 0xFFFF).attribute("UserID", 4).put(&[3]).put(&[4]);
    let xml = xml.open("EventData", false, 0xFFFF).element("Data", 5);
    let xml = xml.open("Data", true, 6).put(&[6]).name("Name").text("Job Name").put(&[2, 0x0D, 6, 0, 1, 4]).put(&[4]);
    xml.put(&[0x0D, 7, 0, 0x21]).put(&[4, 0]).bytes
}

/// XML as a value: `<UserData><Path>C:\x</Path></UserData>`.
fn nested(at: usize) -> Vec<u8> {
    let xml = Xml { at, bytes: Vec::new(), template: false }.put(&[0x0F, 1, 1, 0]).open("UserData", false, 0);
    xml.open("Path", false, 0).text("C:\\x").put(&[4, 4, 0]).bytes
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A record at this place. The first of a chunk holds the template, the others point there.
fn record(at: usize, number: u64, first: usize) -> Vec<u8> {
    let mut xml = vec![0x0F, 1, 1, 0, 0x0C, 1, 9, 0, 0, 0];
    let definition = first + 24 + xml.len() + 4;
    xml.extend((definition as u32).to_le_bytes());
    if at == first {
        let body = template(definition + 24);
        xml.extend([0; 20]);
        xml.extend((body.len() as u32).to_le_bytes());
        xml.extend(body);
    }
    let odd = number % 2 == 1;
    let keywords = if odd { 0x8010_0000_0000_0000_u64 } else { 0x80_0000_0000_0000 };
    let mut values = vec![
        (0x0A, number.to_le_bytes().to_vec()),
        (0x04, vec![2]),
        (0x15, keywords.to_le_bytes().to_vec()),
        (0x11, (NEW_YEAR + number * 10_000_000 + 5_000).to_le_bytes().to_vec()),
        (if odd { 0x13 } else { 0 }, if odd { vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0] } else { Vec::new() }),
        (0x81, wide("one\0two\0")),
        (if odd { 1 } else { 0 }, if odd { wide("Sünde") } else { Vec::new() }),
    ];
    let place = at + 24 + xml.len() + 4 + 8 * 4 + values.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    values.push((0x21, nested(place)));
    xml.extend(8_u32.to_le_bytes());
    for (kind, bytes) in &values {
        xml.extend((bytes.len() as u16).to_le_bytes());
        xml.extend([*kind, 0]);
    }
    xml.extend(values.into_iter().flat_map(|(_, bytes)| bytes));
    xml.push(0);
    let length = (24 + xml.len() + 4) as u32;
    let head = [RECORD, &length.to_le_bytes(), &number.to_le_bytes(), &NEW_YEAR.to_le_bytes()].concat();
    [head, xml, length.to_le_bytes().to_vec()].concat()
}

/// A chunk with these records; not filled up to its size.
fn chunk(numbers: std::ops::RangeInclusive<u64>) -> Vec<u8> {
    let mut chunk = vec![0; CHUNK_HEADER];
    for number in numbers.clone() {
        let raw = record(chunk.len(), number, CHUNK_HEADER);
        chunk.extend(raw);
    }
    let end = chunk.len() as u32;
    chunk[..8].copy_from_slice(CHUNK);
    chunk[8..16].copy_from_slice(&numbers.start().to_le_bytes());
    chunk[16..24].copy_from_slice(&numbers.end().to_le_bytes());
    chunk[48..52].copy_from_slice(&end.to_le_bytes());
    let records = checksum(&[&chunk[CHUNK_HEADER..]]);
    chunk[52..56].copy_from_slice(&records.to_le_bytes());
    let header = checksum(&[&chunk[..120], &chunk[128..CHUNK_HEADER]]);
    chunk[124..128].copy_from_slice(&header.to_le_bytes());
    chunk
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0; HEADER_SIZE];
    file[..8].copy_from_slice(FILE);
    file[40..42].copy_from_slice(&4096_u16.to_le_bytes());
    let sum = checksum(&[&file[..120]]);
    file[124..128].copy_from_slice(&sum.to_le_bytes());
    for (index, chunk) in chunks.iter().enumerate() {
        file.extend(chunk);
        if index + 1 < chunks.len() {
            file.resize(HEADER_SIZE + (index + 1) * CHUNK_SIZE, 0);
        }
    }
    file
}

fn lines(bytes: &[u8]) -> Vec<String> {
    read("a.evtx", bytes).1
}

/// The numbers of the records that come out.
fn numbers(bytes: &[u8]) -> String {
    let number = |line: String| Some(line.split_once("record=")?.1.split(' ').next()?.to_owned());
    lines(bytes).into_iter().filter_map(number).collect::<Vec<_>>().join(" ")
}

#[test]
fn records_with_their_fields() {
    check(
        "a.evtx",
        &file(&[chunk(1..=2)]),
        &format!(
            "evtx binary
             {NO_ZONE}
             1 event{{id=374 source=SMS user=S-1-5-18 type=Failure Audit record=1 utc=1999-01-01T00:00:01.0005 s1=one s2=two job_name=Sünde path=C:\\x}}: one\\ntwo\\nJob Name=Sünde\\nPath=C:\\x
             2 event{{id=374 source=SMS type=Error record=2 utc=1999-01-01T00:00:02.0005 s1=one s2=two path=C:\\x}}: one\\ntwo\\nPath=C:\\x"
        ),
    );
}

#[test]
fn the_oldest_chunk_comes_first() {
    assert_eq!(numbers(&file(&[chunk(1..=2), chunk(3..=4)])), "1 2 3 4");
    assert_eq!(numbers(&file(&[chunk(9..=11), chunk(12..=12), chunk(5..=6), chunk(7..=8)])), "5 6 7 8 9 10 11 12");
    assert_eq!(numbers(&file(&[chunk(5..=6), chunk(7..=8)])), "5 6 7 8");
}

/// What is damaged is told, and the rest is kept.
#[test]
fn damage_costs_no_more_than_it_hits() {
    let good = file(&[chunk(1..=3), chunk(4..=5)]);
    let first = HEADER_SIZE + CHUNK_HEADER;
    let second = first + record(CHUNK_HEADER, 1, CHUNK_HEADER).len();
    let told =
        |bytes: &[u8], what: &str| assert!(lines(bytes).iter().any(|line| line.contains(what)), "{:?}", lines(bytes));
    assert_eq!(lines(&good).iter().filter(|line| line.starts_with("warning") || line.starts_with("note")).count(), 1);

    let mut bad = good.clone();
    bad[second] = b'x';
    assert_eq!(numbers(&bad), "1 3 4 5");
    told(&bad, "warning 1: what stands behind this record is damaged; it is skipped");
    told(&bad, "note 1: a checksum of the chunk");
    // The length at the end of a record.
    bad = good.clone();
    bad[second - 4] ^= 1;
    assert_eq!(numbers(&bad), "2 3 4 5");
    // The template of a chunk leads out of it: none of its records can be read.
    bad = good.clone();
    bad[first + 24 + 10..first + 24 + 14].fill(0xF0);
    assert_eq!(numbers(&bad), "2 3 4 5");
    told(&bad, "warning 1: record 1 cannot be read and is skipped: its template is not in its chunk");
    // A chunk that is gone, and a header that is gone.
    bad = good.clone();
    bad[HEADER_SIZE..HEADER_SIZE + 8].fill(b'x');
    assert_eq!(numbers(&bad), "4 5");
    told(&bad, "warning 1: 65536 bytes behind this record are no chunk of the log; they are skipped");
    bad = good.clone();
    bad[..HEADER_SIZE].fill(0);
    assert_eq!(numbers(&bad), "1 2 3 4 5");
    assert_eq!(numbers(&good[HEADER_SIZE..]), "1 2 3 4 5");
    // A log that was cut off, and one that was written on after its header.
    bad = good[..good.len() - 30].to_vec();
    assert_eq!(numbers(&bad), "1 2 3 4");
    told(&bad, "warning 4: the log is cut off behind this record");
    bad = good.clone();
    let end = (second - HEADER_SIZE) as u32;
    bad[HEADER_SIZE + 48..HEADER_SIZE + 52].copy_from_slice(&end.to_le_bytes());
    assert_eq!(numbers(&bad), "1 2 3 4 5");
}

/// A template whose value is XML that asks for the same template again.
#[test]
fn a_template_that_leads_to_itself_ends() {
    let at = 24 + 4;
    let definition = CHUNK_HEADER + at + 10;
    let body = [0x0F, 1, 1, 0, 0x0D, 0, 0, 0x21, 0x0D, 0, 0, 0x21, 0x0D, 0, 0, 0x21, 0];
    let mut xml = vec![0x0F, 1, 1, 0, 0x0C, 1, 9, 0, 0, 0];
    xml.extend((definition as u32).to_le_bytes());
    xml.extend([0; 20]);
    xml.extend((body.len() as u32).to_le_bytes());
    xml.extend(body);
    // Each value is an instance of the template with the rest of the values as its own.
    let inner = |rest: &[u8]| {
        let mut bytes = vec![0x0C, 1, 9, 0, 0, 0];
        bytes.extend((definition as u32).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((rest.len() as u16).to_le_bytes());
        bytes.extend([0x21, 0]);
        [bytes, rest.to_vec()].concat()
    };
    let values = (0..200).fold(Vec::new(), |rest, _| inner(&rest));
    xml.extend(&values[6 + 4..]);
    let length = (24 + xml.len() + 4) as u32;
    let head = [RECORD, &length.to_le_bytes(), &1_u64.to_le_bytes(), &NEW_YEAR.to_le_bytes()].concat();
    let raw = [head, xml, length.to_le_bytes().to_vec()].concat();
    let mut bytes = chunk(1..=1);
    bytes.truncate(CHUNK_HEADER);
    bytes.extend(&raw);
    let end = bytes.len() as u32;
    bytes[48..52].copy_from_slice(&end.to_le_bytes());
    let found = lines(&file(&[bytes]));
    assert!(
        found.iter().any(|line| line.contains("record 1 cannot be read and is skipped: it is nested too deeply")),
        "{found:?}"
    );
}

#[test]
fn no_byte_brings_it_down() {
    let good = file(&[chunk(1..=2)]);
    // The names and the reserved bytes of the chunk are left out.
    for at in (HEADER_SIZE..HEADER_SIZE + 64).chain(HEADER_SIZE + CHUNK_HEADER..good.len()) {
        let mut bad = good.clone();
        bad[at] = if at % 2 == 0 { 0xFF } else { good[at] ^ 0x21 };
        read("a.evtx", &bad);
    }
    for end in (HEADER_SIZE..good.len()).step_by(31) {
        read("a.evtx", &good[..end]);
    }
}

#[test]
fn the_samples_are_as_they_were_made() {
    for (name, bytes) in [("small.evtx", file(&[chunk(1..=3)])), ("part.evtx", chunk(7..=8))] {
        let path = format!("{}/tests/data/readers/evtx/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("INSTA_UPDATE").is_some() {
            std::fs::write(&path, &bytes).expect("a sample that can be written");
        }
        assert_eq!(std::fs::read(&path).expect("a sample"), bytes, "{name}");
    }
}
