//! Places in JSON: pointers that can also go through every item of a list.
//!
//! `/message/content` is a JSON pointer. A step `*` is every item, `*[type=text]` every item whose
//! `type` is `text`, `*[type=a|b]` one of several, `*[!hidden]` every item without that. Where a
//! path goes on below a text, the text is read as JSON. `$/x` begins at the whole of what was
//! stored, where a rule looks at each of its parts.

use std::borrow::Cow;

use serde_json::Value;

/// The most steps of a path.
const STEPS_MAX: usize = 16;

/// A place, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Whether it begins at the whole.
    whole: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Each(Vec<Filter>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Filter {
    key: String,
    /// One of these; none: it must not be there, or be false.
    values: Vec<String>,
}

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("a path begins with a slash, or with $/")]
    NoSlash,
    #[error("a bracket is left open, or stands elsewhere than behind a *")]
    Bracket,
    #[error("a condition in brackets is key=value, key=value|value or !key")]
    Condition,
    #[error("it has more than {STEPS_MAX} steps")]
    Long,
}

/// What is stored, and the part of it that a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    pub whole: &'a Value,
    pub part: &'a Value,
}

impl<'a> At<'a> {
    pub fn new(whole: &'a Value) -> At<'a> {
        At { whole, part: whole }
    }
}

impl Path {
    pub fn parse(text: &str) -> Result<Path, PathError> {
        let (whole, rest) = match text.strip_prefix('$') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if rest.is_empty() && !whole {
            return Ok(Path { whole, steps: Vec::new() });
        }
        let rest = rest.strip_prefix('/').ok_or(PathError::NoSlash)?;
        let steps = split(rest)?.into_iter().map(step).collect::<Result<Vec<_>, _>>()?;
        match steps.len() {
            0..=STEPS_MAX => Ok(Path { whole, steps }),
            _ => Err(PathError::Long),
        }
    }

    /// The key that it begins with, where it goes on below it.
    pub fn column(&self) -> Option<&str> {
        match self.steps.as_slice() {
            [Step::Key(key), _, ..] => Some(key),
            _ => None,
        }
    }

    /// The key of the list whose every item it is.
    pub fn list(&self) -> Option<&str> {
        match self.steps.as_slice() {
            [Step::Key(key), Step::Each(filters)] if filters.is_empty() => Some(key),
            _ => None,
        }
    }

    /// Whether it begins at the whole, wherever a rule looks.
    pub fn is_of_whole(&self) -> bool {
        self.whole
    }

    /// Whether it leads to what stands at a key, or to all of it.
    pub fn goes_through(&self, key: &str) -> bool {
        match self.steps.first() {
            Some(Step::Key(first)) => first == key,
            Some(Step::Each(_)) | None => true,
        }
    }

    /// Shows every value that stands there, in order.
    pub fn visit(&self, at: At<'_>, show: &mut dyn FnMut(&Value)) {
        walk(if self.whole { at.whole } else { at.part }, &self.steps, show);
    }

    /// The first text, number or truth there.
    pub fn text(&self, at: At<'_>) -> Option<String> {
        let mut found = None;
        self.visit(at, &mut |value| {
            if found.is_none() {
                found = scalar(value).map(Cow::into_owned);
            }
        });
        found
    }

    /// All texts there.
    pub fn texts(&self, at: At<'_>, into: &mut Vec<String>) {
        self.visit(at, &mut |value| into.extend(scalar(value).map(Cow::into_owned)));
    }

    /// The first value that is not null: a text as it is, anything else as JSON.
    pub fn json(&self, at: At<'_>) -> Option<String> {
        let mut found = None;
        self.visit(at, &mut |value| {
            if found.is_none() && !value.is_null() {
                found = Some(match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
            }
        });
        found
    }

    /// The first number there that is one, within what sums stay exact with.
    pub fn number(&self, at: At<'_>) -> Option<f64> {
        let mut found = None;
        self.visit(at, &mut |value| found = found.or_else(|| value.as_f64()));
        found.filter(|number| number.is_finite()).map(|number| number.clamp(0.0, 1e12))
    }

    /// Whether a text there fits.
    pub fn any(&self, at: At<'_>, fits: &dyn Fn(&str) -> bool) -> bool {
        let mut any = false;
        self.visit(at, &mut |value| any = any || scalar(value).is_some_and(|text| fits(&text)));
        any
    }
}

/// A text, number or truth as text.
pub fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        _ => None,
    }
}

fn walk(value: &Value, steps: &[Step], show: &mut dyn FnMut(&Value)) {
    let Some((step, rest)) = steps.split_first() else { return show(value) };
    match (step, value) {
        (_, Value::String(text)) => {
            if text.trim_start().starts_with(['{', '['])
                && let Ok(inner) = serde_json::from_str::<Value>(text)
            {
                walk(&inner, steps, show);
            }
        }
        (Step::Key(key), Value::Object(object)) => {
            if let Some(value) = object.get(key) {
                walk(value, rest, show);
            }
        }
        (Step::Key(key), Value::Array(items)) => {
            if let Some(value) = key.parse::<usize>().ok().and_then(|at| items.get(at)) {
                walk(value, rest, show);
            }
        }
        (Step::Each(filters), Value::Array(items)) => {
            let fitting =
                items.iter().filter(|item| filters.iter().all(|filter| filter.fits(item)));
            fitting.for_each(|item| walk(item, rest, show));
        }
        (Step::Each(filters), Value::Object(object)) => {
            let items = object.values();
            let fitting = items.filter(|item| filters.iter().all(|filter| filter.fits(item)));
            fitting.for_each(|item| walk(item, rest, show));
        }
        _ => {}
    }
}

impl Filter {
    fn fits(&self, item: &Value) -> bool {
        let found = item.get(&self.key);
        match self.values.is_empty() {
            true => matches!(found, None | Some(Value::Null | Value::Bool(false))),
            false => found
                .and_then(scalar)
                .is_some_and(|found| self.values.iter().any(|value| *value == found)),
        }
    }
}

/// Steps are between slashes that are not in brackets.
fn split(text: &str) -> Result<Vec<&str>, PathError> {
    let (mut parts, mut begin, mut open) = (Vec::new(), 0, false);
    for (at, char) in text.char_indices() {
        match char {
            '[' if open => return Err(PathError::Bracket),
            '[' => open = true,
            ']' if !open => return Err(PathError::Bracket),
            ']' => open = false,
            '/' if !open => {
                parts.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    if open {
        return Err(PathError::Bracket);
    }
    parts.push(&text[begin..]);
    Ok(parts)
}

fn step(text: &str) -> Result<Step, PathError> {
    let Some(filters) = text.strip_prefix('*') else {
        return match text.contains(['[', ']']) {
            true => Err(PathError::Bracket),
            false => Ok(Step::Key(text.replace("~1", "/").replace("~0", "~"))),
        };
    };
    if filters.is_empty() {
        return Ok(Step::Each(Vec::new()));
    }
    let inner = filters.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let filters = inner.ok_or(PathError::Bracket)?.split("][").map(filter);
    Ok(Step::Each(filters.collect::<Result<_, _>>()?))
}

fn filter(text: &str) -> Result<Filter, PathError> {
    let filter = match (text.strip_prefix('!'), text.split_once('=')) {
        (Some(key), None) => Filter { key: key.to_string(), values: Vec::new() },
        (None, Some((key, values))) => {
            Filter { key: key.to_string(), values: values.split('|').map(String::from).collect() }
        }
        _ => return Err(PathError::Condition),
    };
    match filter.key.is_empty() {
        true => Err(PathError::Condition),
        false => Ok(filter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(path: &str, value: &Value) -> Vec<Value> {
        let mut found = Vec::new();
        Path::parse(path).unwrap().visit(At::new(value), &mut |value| found.push(value.clone()));
        found
    }

    #[test]
    fn a_path_goes_through_lists_and_into_texts() {
        let value = json!({
            "a/b": {"~": 1},
            "list": [{"t": "x", "v": 1}, {"t": "y", "v": 2, "hidden": true}, {"t": "z", "v": 3}, "s"],
            "text": "{\"in\": [4, 5]}",
            "": "empty",
        });
        assert_eq!(found("/a~1b/~0", &value), [json!(1)]);
        assert_eq!(found("/list/*/v", &value), [json!(1), json!(2), json!(3)]);
        assert_eq!(found("/list/*[t=x|y]/v", &value), [json!(1), json!(2)]);
        assert_eq!(found("/list/*[t=x|y][!hidden]/v", &value), [json!(1)]);
        assert_eq!(found("/list/1/t", &value), [json!("y")]);
        assert_eq!(found("/text/in/*", &value), [json!(4), json!(5)]);
        assert_eq!(found("$/text/in/1", &value), [json!(5)]);
        assert_eq!(found("", &json!(7)), [json!(7)]);
        assert_eq!(found("/list/9/t", &value), [] as [Value; 0]);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for (text, why) in [
            ("a", PathError::NoSlash),
            ("$a", PathError::NoSlash),
            ("/a[b=c]", PathError::Bracket),
            ("/*[b=c", PathError::Bracket),
            ("/*x", PathError::Bracket),
            ("/*[b]", PathError::Condition),
            ("/*[=c]", PathError::Condition),
        ] {
            assert_eq!(Path::parse(text), Err(why), "{text}");
        }
        assert_eq!(Path::parse(&"/a".repeat(17)), Err(PathError::Long));
    }
}
