//! The records as they were when the binary was built. They are packed, and unpacked when they are asked for: an audit
//! never does.

use std::io::Read;

use flate2::read::ZlibDecoder;

// `RECORDS`: the name of each file, its length, and its bytes.
include!(concat!(env!("OUT_DIR"), "/records.rs"));

/// The folders that hold records, such as `sms`, in order.
pub(super) fn folders() -> Vec<&'static str> {
    let mut folders: Vec<&str> = RECORDS.iter().filter_map(|(name, ..)| name.split('/').nth(1)).collect();
    folders.dedup();
    folders
}

/// The text of a file of a folder, if it is there.
pub(super) fn text(folder: &str, file: &str) -> Option<String> {
    let name = format!("kb/{folder}/{file}");
    let (_, length, packed) = RECORDS.iter().find(|(known, ..)| *known == name)?;
    let mut text = String::new();
    ZlibDecoder::new(*packed).take(*length).read_to_string(&mut text).ok()?;
    Some(text)
}
