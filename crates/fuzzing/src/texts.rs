//! Texts that people write: settings, keys, pane types.

use segno_agent::panetype;
use segno_base::text::diagnostic::Diagnostic;
use segno_config::{Config, InForce, Source};

fn each_is_a_line(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        let text = diagnostic.to_string();
        assert!(!text.contains(['\n', '\x1b']), "{text:?}");
    }
}

/// A pane type is understood or refused, each finding in one line that nothing hides in.
pub fn pane_type(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let checked = panetype::check(text, "f");
    each_is_a_line(&checked.diagnostics);
    let refused = checked.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(checked.pane_type.is_none(), refused, "{:?}", checked.diagnostics);
}

/// Settings and keys: whatever is wrong leaves settings that work, and reading what came into
/// force finds nothing more to complain about.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = Some(Source { text, file: "f" });
    for (settings, keys) in [(source, None), (None, source)] {
        let (config, in_force, diagnostics) = Config::resolve(settings, keys, &InForce::default());
        each_is_a_line(&diagnostics);
        let (again, ..) = Config::resolve(settings, keys, &in_force);
        assert!(config == again, "the same text, something else in force");
    }
}
