//! An agent that says and does nothing: the test writes what its tracker would.

use std::fs;
use std::io::Write;

use serde_json::{Value, json};

use super::segno::Segno;

pub const TYPE: &str = "schema = 1\nname = \"quiet\"\ntitle = \"Quiet\"\nkind = \"agent\"\n\
                    [command]\nprogram = \"sh\"\nargs = [\"-c\", \"exec cat\", \"sh\"]\ncwd = \"ask\"\n\
                    [tracker]\nsession_id = '^q-[0-9]+$'\n\
                    [resume]\nwith_id = [\"--session\", \"{session}\"]\n";

/// Makes the pane type `quiet` known.
pub fn install(segno: &Segno) {
    segno.write("panes/quiet.toml", TYPE);
}

/// Opens a pane with it in a tab that nobody looks at.
pub fn open(segno: &Segno, options: &[&str]) -> String {
    let args = [&["new", "--type", "quiet", "--tab"], options].concat();
    let pane = segno.ok(&args);
    segno.pane_pid(&pane);
    pane
}

/// Appends what a tracker would.
pub fn report(segno: &Segno, pane: &str, event: &str, fields: Value) {
    report_at(segno, pane, 0, event, fields);
}

/// Appends what a tracker would at a certain time, in milliseconds since the Unix epoch.
pub fn report_at(segno: &Segno, pane: &str, at: u64, event: &str, fields: Value) {
    let mut line = json!({"v": 1, "at": at, "from": "screen", "event": event});
    if let (Some(line), Some(fields)) = (line.as_object_mut(), fields.as_object()) {
        line.extend(fields.clone());
    }
    let path = segno.home().join(format!("events/{pane}.jsonl"));
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
