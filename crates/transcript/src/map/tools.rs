//! Calls of tools, and the files that they touched.

use serde_json::Value;

use super::mapper::{Mapper, each, id, line};
use crate::description::path::At;
use crate::description::rule::ToolRule;
use crate::description::words::{Paths, Touched, Touches};
use crate::record::{ToolCall, ToolStatus};

/// The most files that one call is said to have touched.
const FILES_MAX: usize = 256;

impl Mapper<'_> {
    pub(super) fn tools(&mut self, whole: At<'_>, place: &str, into: &mut Vec<ToolCall>) {
        let transcript = self.transcript;
        for rule in &transcript.tool {
            each(rule.when(), whole, &mut |at, item| {
                let place = match item {
                    Some(item) => format!("{place}.{item}"),
                    None => place.to_string(),
                };
                into.push(self.tool(rule, at, place));
            });
        }
    }

    fn tool(&self, rule: &ToolRule, at: At<'_>, place: String) -> ToolCall {
        let name = rule.name.text(at).map(line);
        let output = output(&rule.output, at);
        let input = rule.input.json(at);
        let files =
            name.as_deref().map(|name| touched(&self.transcript.touches, name, input.as_deref()));
        let status = match (rule.status.as_ref().and_then(|status| status.of(at)), &output) {
            (Some(status), _) => Some(status),
            (None, Some(_)) => Some(ToolStatus::Done),
            (None, None) => name.as_ref().map(|_| ToolStatus::Running),
        };
        ToolCall {
            conversation: self.conversation(),
            id: id(&rule.id, at).unwrap_or(place),
            message: id(&rule.message, at),
            name,
            input,
            output,
            status,
            files: files.unwrap_or_default(),
            time: self.time(&rule.time, at),
        }
    }
}

/// The texts at the first place that has some, else what is there as JSON.
fn output(places: &Paths, at: At<'_>) -> Option<String> {
    let texts = places.iter().map(|place| {
        let mut texts = Vec::new();
        place.0.texts(at, &mut texts);
        texts
    });
    let texts = texts.into_iter().find(|texts| !texts.is_empty());
    texts.map(|texts| texts.join("\n")).or_else(|| places.json(at))
}

fn touched(touches: &Touches, name: &str, input: Option<&str>) -> Vec<String> {
    let Some(input) = input else { return Vec::new() };
    let mut files: Vec<String> = Vec::new();
    let mut parsed = None;
    for (_, places) in touches.0.iter().filter(|(expression, _)| expression.is_match(name)) {
        for place in places {
            let mut found = Vec::new();
            match place {
                Touched::At(path) => {
                    let value = parsed.get_or_insert_with(|| {
                        serde_json::from_str::<Value>(input).unwrap_or(Value::Null)
                    });
                    path.texts(At::new(value), &mut found);
                }
                Touched::Said(expression) => {
                    let said = expression.compiled().into_iter();
                    let said = said.flat_map(|regex| regex.captures_iter(input)).take(FILES_MAX);
                    found.extend(
                        said.filter_map(|groups| Some(groups.get(1)?.as_str().to_string())),
                    );
                }
            }
            for file in found.into_iter().map(line) {
                if !file.is_empty() && !files.contains(&file) && files.len() < FILES_MAX {
                    files.push(file);
                }
            }
        }
    }
    files
}
