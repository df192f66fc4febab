//! The user's own commands on events, `[[on]]`.

use crate::event_name::{EventName, EventPattern};
use crate::reader::Section;
use segno_base::text::diagnostic::Reports;

/// More are not read: each is looked at for every event.
const HOOKS_MAX: usize = 64;
/// Seconds that a command may take when nothing is said.
const TIMEOUT: u64 = 30;

/// A command that is run when something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct On {
    pub events: Vec<EventPattern>,
    /// Only in panes of this type.
    pub type_name: Option<String>,
    /// The program and its arguments; never empty.
    pub run: Vec<String>,
    /// Seconds after which it is ended.
    pub timeout: u64,
}

impl On {
    pub fn concerns(&self, event: EventName, type_name: &str) -> bool {
        self.events.iter().any(|pattern| pattern.matches(event))
            && self.type_name.as_deref().is_none_or(|only| only == type_name)
    }
}

/// Reads every `[[on]]`; one that cannot be used is reported and left out.
pub(crate) fn hooks(root: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<Vec<On>> {
    root.value("on")?;
    let mut hooks = Vec::new();
    for mut section in root.sections(reports, "on").into_iter().take(HOOKS_MAX) {
        hooks.extend(hook(&mut section, reports));
        section.finish(reports);
    }
    Some(hooks)
}

fn hook(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<On> {
    let at = section.span();
    let named = section.strings(reports, "event");
    let type_name = section.filled(reports, "type").map(toml::Spanned::into_inner);
    let run = section.strings(reports, "run");
    let timeout = section.integer(reports, "timeout_s", 1..=86_400);
    let mut events = Vec::new();
    let none = named.as_ref().is_none_or(Vec::is_empty);
    for name in named.unwrap_or_default() {
        match name.get_ref().parse() {
            Ok(pattern) => events.push(pattern),
            Err(why) => reports.error(name.span(), why),
        }
    }
    let run: Vec<String> =
        run.unwrap_or_default().into_iter().map(toml::Spanned::into_inner).collect();
    if events.is_empty() {
        if none {
            reports.error(at, "no event; add event = [\"conversation.deleted\"]");
        }
        return None;
    }
    if run.first().is_none_or(|program| program.is_empty()) {
        reports.error(at, "no command; add run = [\"program\", \"argument\"]");
        return None;
    }
    if run.iter().any(|word| word.contains('\0')) {
        reports.error(at, "an argument holds a character that no program can be given");
        return None;
    }
    let timeout = timeout.and_then(|n| u64::try_from(n).ok()).unwrap_or(TIMEOUT);
    Some(On { events, type_name, run, timeout })
}

#[cfg(test)]
mod tests {
    use crate::Config;
    use crate::event_name::EventName;

    #[test]
    fn hooks_are_read_and_bad_ones_reported() {
        let text = "[[on]]\nevent = [\"conversation.deleted\", \"state.*\"]\ntype = \"a\"\n\
                    run = [\"x\", \"y z\"]\ntimeout_s = 5\n\
                    [[on]]\nevent = [\"state.idl\"]\nrun = [\"x\"]\n\
                    [[on]]\nevent = [\"pane.bell\"]\nrun = []\n";
        let (config, diagnostics) = Config::load(Some(text), "f");
        let [on] = &config.on[..] else { panic!("{:?}", config.on) };
        assert_eq!((on.run.len(), on.timeout), (2, 5));
        assert!(on.concerns(EventName::StateIdle, "a"));
        assert!(!on.concerns(EventName::StateIdle, "b"));
        assert!(!on.concerns(EventName::PaneBell, "a"));
        let diagnostics: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
        assert!(diagnostics[0].contains("did you mean \"state.idle\""), "{diagnostics:?}");
        assert!(diagnostics[1].contains("no command"), "{diagnostics:?}");
    }
}
