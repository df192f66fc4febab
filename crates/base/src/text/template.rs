//! Texts with fields, `{{name}}`, that somebody fills in. Pure; what is filled in is never looked
//! at again, so that a value cannot bring fields of its own.

use std::collections::BTreeMap;

/// A template of a prompt that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub name: String,
    pub text: String,
    /// The project's, not the user's.
    pub of_project: bool,
}

/// Why a text cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("it lacks {}", list(.0))]
    Missing(Vec<String>),
    #[error("it has no field {}", list(.0))]
    Unknown(Vec<String>),
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

enum Part<'t> {
    Text(&'t str),
    Field(&'t str),
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// A text as it is up to each field; what is no name between the brackets stays text.
fn parts(mut text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    while let Some((before, rest)) = text.split_once("{{") {
        let field = rest.split_once("}}").filter(|(name, _)| is_name(name.trim()));
        let Some((name, after)) = field else {
            let begun = before.len() + 2;
            parts.push(Part::Text(&text[..begun]));
            text = rest;
            continue;
        };
        parts.extend([Part::Text(before), Part::Field(name.trim())]);
        text = after;
    }
    parts.push(Part::Text(text));
    parts
}

/// The names of its fields, each once, in their order.
pub fn fields(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in parts(text) {
        if let Part::Field(name) = part
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// The text with all its fields filled in.
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    let fields = fields(text);
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_string).collect::<Vec<_>>();
    let missing: Vec<_> = fields.iter().copied().filter(|f| !values.contains_key(*f)).collect();
    if !missing.is_empty() {
        return Err(TemplateError::Missing(owned(missing)));
    }
    let unknown: Vec<_> =
        values.keys().map(String::as_str).filter(|name| !fields.contains(name)).collect();
    if !unknown.is_empty() {
        return Err(TemplateError::Unknown(owned(unknown)));
    }
    let filled = parts(text).into_iter().map(|part| match part {
        Part::Text(text) => text,
        Part::Field(name) => values.get(name).map_or("", String::as_str),
    });
    Ok(filled.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn fields_are_filled_in_once() {
        let text = "Look at {{what}} as {{ who }}: {{what}}, {{ not a name }} {{}} {{";
        assert_eq!(fields(text), ["what", "who"]);
        let filled = fill(text, &values(&[("what", "{{who}}"), ("who", "me")]));
        let wanted = "Look at {{who}} as me: {{who}}, {{ not a name }} {{}} {{";
        assert_eq!(filled.as_deref(), Ok(wanted));
        assert_eq!(fill("plain", &values(&[])).as_deref(), Ok("plain"));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error = |pairs: &[(&str, &str)]| fill("{{a}} {{b}}", &values(pairs)).unwrap_err();
        assert_eq!(error(&[]).to_string(), "it lacks \"a\", \"b\"");
        let unknown = error(&[("a", ""), ("b", ""), ("c", "")]);
        assert_eq!(unknown.to_string(), "it has no field \"c\"");
    }
}
