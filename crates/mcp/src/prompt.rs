//! Prompts that a client offers its user.

use crate::failure::Failure;

/// A prompt's arguments: name, description, whether it must be given.
pub type Argument = (&'static str, &'static str, bool);

/// A prompt.
#[derive(Debug, Clone, Copy)]
pub struct Prompt {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub arguments: &'static [Argument],
    /// With `{name}` for each argument.
    text: &'static str,
}

/// Those that make something happen.
const ALL: &[Prompt] = &[Prompt {
    name: "hand_over",
    title: "Hand over a task to another agent",
    description: "Opens a pane with another agent, gives it a task, and brings its result back",
    arguments: &[
        ("task", "What is to be done", true),
        ("agent", "A pane type, as pane_types lists it", false),
    ],
    text: "Hand over this task to another agent:\n\n{task}\n\n\
           Open a pane of type {agent} with pane_new. Its prompt must stand alone: say what is to be \
           done, in which directory, which files matter, what we found out, and how one sees that it \
           is done. Then wait with pane_wait until it is done. If it is blocked, read its screen and \
           report to me what it asks: do not answer for me. When it is done, read its screen or its \
           conversation (history_show), check the result yourself, and report to me. Leave the pane \
           open.",
}];

/// Every prompt that can be carried out.
pub fn all(read_only: bool) -> &'static [Prompt] {
    if read_only { &[] } else { ALL }
}

/// A prompt's text with these arguments.
pub fn fill<'a>(
    prompt: &Prompt,
    given: impl Fn(&str) -> Option<&'a str>,
) -> Result<String, Failure> {
    let mut text = prompt.text.to_string();
    // The one that may hold braces of its own comes last.
    for (name, _, required) in prompt.arguments.iter().rev() {
        let value = given(name).map(str::trim).filter(|value| !value.is_empty());
        let value = match (value, required) {
            (Some(value), _) => value,
            (None, false) => "that pane_types offers and that suits it",
            (None, true) => return Err(Failure::arguments(format!("`{name}` is missing"))),
        };
        text = text.replace(&format!("{{{name}}}"), value);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_filled_in_once() {
        let given = |name: &str| match name {
            "task" => Some("mend {agent}"),
            _ => None,
        };
        let text = fill(&ALL[0], given).unwrap();
        assert!(text.contains("mend {agent}") && !text.contains("{task}"), "{text}");
        assert_eq!(fill(&ALL[0], |_| None).unwrap_err().code, "bad_arguments");
    }
}
