//! The settings, resolved: the embedded defaults with the user's over them, one key at a time, so
//! that a line that cannot be used costs that setting only.

use std::path::PathBuf;

use toml::Spanned;

use crate::added;
use crate::in_force::{self, InForce};
use crate::keys::keymap::KeyMap;
use crate::reader::{self, Section, set};
use crate::sections::archive::Archive;
use crate::sections::budget::Budget;
use crate::sections::copy::Copy;
use crate::sections::curate::Curate;
use crate::sections::looks::Looks;
use crate::sections::mouse::Mouse;
use crate::sections::notifications::Notifications;
use crate::sections::on::{self, On};
use crate::sections::rest::Rest;
use crate::sections::shells::Shells;
use crate::sections::web::Web;
use crate::sections::worktree::Worktree;
use segno_base::text::diagnostic::{Diagnostic, Reports};

/// The commented default settings, as `segno config default` prints them.
pub const DEFAULT_TEXT: &str = include_str!("../../../defaults/config.toml");

/// The settings that are in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub general: General,
    pub environment: Environment,
    pub shells: Shells,
    pub mouse: Mouse,
    pub looks: Looks,
    pub keys: KeyMap,
    pub copy: Copy,
    pub notifications: Notifications,
    pub archive: Archive,
    pub curate: Curate,
    pub web: Web,
    pub worktree: Worktree,
    pub budget: Budget,
    pub rest: Rest,
    /// The user's commands on events.
    pub on: Vec<On>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct General {
    /// The type of a pane when none is named.
    pub default_type: String,
    /// Lines that a pane keeps above its screen.
    pub scrollback_lines: usize,
    /// Agents that start at once when a workspace is restored.
    pub parallel_starts: usize,
    /// Whether closing a pane whose program runs asks first.
    pub confirm_close: bool,
    /// `None`: the user's own, from the environment.
    pub shell: Option<PathBuf>,
    /// How long a lone escape byte waits for the rest of a sequence.
    pub escape_time_ms: u64,
    /// Output that is kept on disk for each pane.
    pub journal_mb: u64,
    pub clipboard: Clipboard,
    /// Whether panes count grapheme clusters (mode 2027) until a program says otherwise.
    pub grapheme_clusters: bool,
}

/// What programs in panes may do with the clipboard (OSC 52).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    Off,
    Write,
    ReadWrite,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Variables that no pane inherits; a trailing `*` matches a prefix, a leading `!` keeps what
    /// another would remove.
    pub unset: Vec<String>,
    /// Variables that new panes have as the client that attached last has them, or has not.
    pub update: Vec<String>,
}

/// A text of the user's, and the file it comes from, for findings.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    pub text: &'t str,
    pub file: &'t str,
}

impl Config {
    /// The defaults, with the user's `config.toml` over them. What is wrong in it is reported, and
    /// has no effect.
    pub fn load(user_text: Option<&str>, file: &str) -> (Config, Vec<Diagnostic>) {
        let settings = user_text.map(|text| Source { text, file });
        let (config, _, diagnostics) = Config::resolve(settings, None, &InForce::default());
        (config, diagnostics)
    }

    /// The defaults, with the user's texts over them. What is wrong in one is reported, and for
    /// that what was in force before stays.
    pub fn resolve(
        settings: Option<Source<'_>>,
        keys: Option<Source<'_>>,
        before: &InForce,
    ) -> (Config, InForce, Vec<Diagnostic>) {
        let mut config = Config::blank();
        let mut diagnostics =
            config.apply(Source { text: DEFAULT_TEXT, file: "defaults/config.toml" });
        let mut now = InForce::default();
        if let Some(source) = settings {
            let mut reports = Reports::new(source.file, source.text);
            let toml = added::as_toml(source.text);
            let mut tried = config.clone();
            tried.read(&toml, &mut reports);
            now.settings = in_force::after(&toml, &reports, &before.settings);
            if reports.has_errors() {
                let text = in_force::text(&now.settings);
                config.read(&text, &mut Reports::new("", &text));
            } else {
                config = tried;
            }
            diagnostics.extend(reports.finish());
        }
        let (keys, in_force, of_keys) = KeyMap::resolve(keys, &before.keys, &mut config.copy.keys);
        config.keys = keys;
        now.keys = in_force;
        diagnostics.extend(of_keys);
        (config, now, diagnostics)
    }

    /// What the defaults are laid over. A test proves that they set every value of it.
    pub(super) fn blank() -> Config {
        Config {
            general: General {
                default_type: String::new(),
                scrollback_lines: 0,
                parallel_starts: 0,
                confirm_close: false,
                shell: None,
                escape_time_ms: 0,
                journal_mb: 0,
                clipboard: Clipboard::Off,
                grapheme_clusters: false,
            },
            environment: Environment { unset: Vec::new(), update: Vec::new() },
            shells: Shells::blank(),
            mouse: Mouse::default(),
            looks: Looks::default(),
            keys: KeyMap::blank(),
            copy: Copy::blank(),
            notifications: Notifications::blank(),
            archive: Archive::default(),
            curate: Curate::default(),
            web: Web::default(),
            worktree: Worktree::blank(),
            budget: Budget::default(),
            rest: Rest::default(),
            on: Vec::new(),
        }
    }

    fn apply(&mut self, source: Source<'_>) -> Vec<Diagnostic> {
        let mut reports = Reports::new(source.file, source.text);
        self.read(source.text, &mut reports);
        reports.finish()
    }

    fn read(&mut self, text: &str, reports: &mut Reports<'_>) {
        let table = reader::parse(text, reports);
        self.read_from(Section::root(&table), reports);
    }

    /// What stands in a text, over what is there.
    pub(super) fn read_from(&mut self, mut root: Section<'_>, reports: &mut Reports<'_>) {
        if let Some(mut section) = root.section(reports, "general") {
            self.general.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "environment") {
            let Environment { unset, update } = &mut self.environment;
            section.list(reports, ["unset", "unset-"], unset, patterns);
            section.list(reports, ["update", "update-"], update, patterns);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "shells") {
            self.shells.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "mouse") {
            self.mouse.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "looks") {
            self.looks.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "copy") {
            self.copy.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "notifications") {
            self.notifications.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "archive") {
            self.archive.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "curate") {
            self.curate.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "web") {
            self.web.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "worktree") {
            self.worktree.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "restore") {
            self.rest.apply(&mut section, reports);
            section.finish(reports);
        }
        if let Some(mut section) = root.section(reports, "budget") {
            self.budget.apply(&mut section, reports);
            section.finish(reports);
        }
        set(&mut self.on, on::hooks(&mut root, reports));
        if let Some(keys) = root.value("keys") {
            let message = "keys are in keys.toml, beside this file; move them there, without \
                           `keys.` in the headings";
            reports.error(keys.span(), message);
        }
        root.finish(reports);
    }
}

impl General {
    fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        if let Some(name) = section.filled(reports, "default_type") {
            self.default_type = name.into_inner();
        }
        // Beyond these limits a slip of the finger would exhaust memory or the machine.
        let lines = section.integer(reports, "scrollback_lines", 0..=1_000_000);
        set(&mut self.scrollback_lines, lines.and_then(|n| n.try_into().ok()));
        let starts = section.integer(reports, "parallel_starts", 1..=64);
        set(&mut self.parallel_starts, starts.and_then(|n| n.try_into().ok()));
        set(&mut self.confirm_close, section.boolean(reports, "confirm_close"));
        if let Some(shell) = section.string(reports, "shell") {
            let path = shell.get_ref();
            if path.is_empty() {
                self.shell = None;
            } else if path.starts_with('/') && !path.contains('\0') {
                self.shell = Some(PathBuf::from(path));
            } else {
                let message = "`general.shell` is no absolute path; write one as in \
                               \"/usr/bin/zsh\", or \"\" for your login shell";
                reports.error(shell.span(), message);
            }
        }
        let escape = section.integer(reports, "escape_time_ms", 0..=1000);
        set(&mut self.escape_time_ms, escape.and_then(|n| n.try_into().ok()));
        let journal = section.integer(reports, "journal_mb", 0..=4096);
        set(&mut self.journal_mb, journal.and_then(|n| n.try_into().ok()));
        let policies = [
            ("off", Clipboard::Off),
            ("write", Clipboard::Write),
            ("read-write", Clipboard::ReadWrite),
        ];
        set(&mut self.clipboard, section.choice(reports, "clipboard", &policies));
        set(&mut self.grapheme_clusters, section.boolean(reports, "grapheme_clusters"));
    }
}

/// The patterns that can match something; `*` alone would leave panes without any environment.
fn patterns(names: Vec<Spanned<String>>, reports: &mut Reports<'_>) -> Vec<String> {
    let usable = |name: &Spanned<String>| {
        let text = name.get_ref();
        let stem = text.strip_prefix('!').unwrap_or(text);
        let stem = stem.strip_suffix('*').unwrap_or(stem);
        !stem.is_empty() && !stem.contains(['*', '=', '\0'])
    };
    let (good, bad): (Vec<_>, Vec<_>) = names.into_iter().partition(usable);
    for name in bad {
        let message = "not the name of a variable; write NAME, or PREFIX_* for all that begin so";
        reports.error(name.span(), message);
    }
    good.into_iter().map(Spanned::into_inner).collect()
}
