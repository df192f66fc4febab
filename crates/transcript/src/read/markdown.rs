//! Text whose lines begin sections, to which lines are added.

use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

use serde_json::{Map, Value};

use super::lines::{Line, Lines};
use super::{Cursor, Outcome, STORED_MAX, Source, file};
use crate::description::Section;
use crate::map::{Carry, Mapper};
use crate::record::Record;

pub(super) fn read(
    source: &Source,
    path: &Path,
    known: &Cursor,
    budget: u64,
    take: &mut impl FnMut(Record),
) -> Result<Outcome, String> {
    let mut opened = file::open(path)?;
    let now = file::beginning(&opened)?;
    if file::is_unchanged(known, &now) {
        return Ok(Outcome { cursor: known.clone(), ..Outcome::default() });
    }
    let mut cursor = file::resume(&opened, known, now)?;
    let again = known.offset > 0 && cursor.offset == 0;
    opened.seek(SeekFrom::Start(cursor.offset)).map_err(|error| error.to_string())?;
    let mut mapper =
        Mapper::new(&source.transcript, &source.start, std::mem::take(&mut cursor.carry));
    let mut lines = Lines::new(BufReader::new(&opened), false);
    let mut open = Open::default();
    let begin = cursor.offset;
    loop {
        let at = begin + lines.complete;
        let line = match lines.next().map_err(|error| error.to_string())? {
            Line::Complete(line) => {
                String::from_utf8_lossy(line).trim_end_matches('\r').to_string()
            }
            Line::Long => String::new(),
            Line::Unfinished => break,
        };
        let (name, stored) = section(&source.transcript.section, &line);
        // An empty line begins nothing.
        if name != open.name && (open.name.is_empty() || !line.trim().is_empty()) {
            open.end(&mut mapper, take);
            cursor.offset = at;
            cursor.more = at - begin >= budget;
            if cursor.more {
                break;
            }
            open = Open { name: name.to_string(), stored, text: String::new(), at };
        }
        let text = open_text(&source.transcript.section, &open.name, &line);
        if open.text.len() + text.len() < STORED_MAX {
            open.text.push_str(&text);
            open.text.push('\n');
        }
    }
    let (bytes, more) = (lines.read, cursor.more);
    drop(lines);
    // The last section may go on: it is said as it is now, and read again when there is more.
    cursor.tail = file::tail(&opened, cursor.offset)?;
    cursor.carry = if more { mapper.into_carry() } else { said(mapper, source, &open, take) };
    Ok(Outcome { cursor, again, more, bytes, ..Outcome::default() })
}

fn said(mapper: Mapper<'_>, source: &Source, open: &Open, take: &mut dyn FnMut(Record)) -> Carry {
    let carry = mapper.into_carry();
    let mut last = Mapper::new(&source.transcript, &source.start, carry.clone());
    open.end(&mut last, take);
    carry
}

/// A section of which the end was not seen.
#[derive(Default)]
struct Open {
    name: String,
    stored: Map<String, Value>,
    text: String,
    at: u64,
}

impl Open {
    fn end(&self, mapper: &mut Mapper<'_>, take: &mut dyn FnMut(Record)) {
        if self.name.is_empty() {
            return;
        }
        let mut stored = self.stored.clone();
        stored.insert("section".to_string(), self.name.clone().into());
        stored.insert("text".to_string(), self.text.trim().into());
        mapper.take(&Value::Object(stored), &self.at.to_string(), take);
    }
}

/// The section that a line is in, and what its expression's groups say.
fn section<'a>(sections: &'a [Section], line: &str) -> (&'a str, Map<String, Value>) {
    for section in sections {
        let Some(groups) = section.expression.captures(line) else { continue };
        let names =
            section.expression.groups().into_iter().flatten().filter(|name| *name != "text");
        let said =
            names.filter_map(|name| Some((name.to_string(), groups.name(name)?.as_str().into())));
        return (&section.name, said.collect());
    }
    ("text", Map::new())
}

/// What of a line is the section's text.
fn open_text(sections: &[Section], name: &str, line: &str) -> String {
    let groups = sections
        .iter()
        .filter(|section| section.name == name)
        .find_map(|section| section.expression.captures(line));
    let text = groups.as_ref().and_then(|groups| groups.name("text"));
    text.map_or(line, |text| text.as_str()).to_string()
}
