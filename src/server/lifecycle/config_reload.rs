//! The user's settings and keys: read at the start, and again when a file changes.

use std::time::{Duration, Instant};

use crate::server::Topic;
use crate::server::agent::evidence::Evidence;
use crate::server::agent::guest::shims::renew_shims;
use crate::server::aside::settings::Texts;
use crate::server::aside::{Lane, Work};
use crate::server::shared::Shared;
use segno_config::sections::looks::Looks;
use segno_config::{Config, InForce, Source};
use segno_core::update::effect::Effect;
use segno_custom::theme::Themes;
use segno_store::home::Home;

/// Editors write a file in several steps: it is read when it has been left alone for this long.
const CALM: Duration = Duration::from_millis(60);

/// The settings' files, as far as they have to be remembered.
#[derive(Debug, Default)]
pub(in crate::server) struct Settings {
    in_force: InForce,
    /// The looks before, for a theme that is not there.
    looks: Looks,
    /// What was found wrong, as the model shows it.
    problems: Vec<String>,
    /// What clients were shown of it.
    said: Option<String>,
    /// When a changed file is read.
    pub read_at: Option<Instant>,
}

impl Settings {
    /// What the files say; `None` when one is there and cannot be read, so that all stays as it is.
    fn resolve(&mut self, home: &Home, texts: Texts) -> Option<(Config, Themes)> {
        let (config_text, keys) = match (texts.config, texts.keys) {
            (Ok(config), Ok(keys)) => (config, keys),
            (config, keys) => {
                self.problems = [config.err(), keys.err()].into_iter().flatten().collect();
                return None;
            }
        };
        let (config_name, keys_name) =
            (home.config_file().display().to_string(), home.keys_file().display().to_string());
        let (mut config, in_force, found) = Config::resolve(
            config_text.as_deref().map(|text| Source { text, file: &config_name }),
            keys.as_deref().map(|text| Source { text, file: &keys_name }),
            &self.in_force,
        );
        self.in_force = in_force;
        self.problems = found.iter().map(ToString::to_string).collect();
        let (themes, problems) = Themes::load(&texts.themes);
        self.problems.extend(problems);
        let text = config_text.as_deref().unwrap_or_default();
        self.problems.extend(themes.settle(&mut config.looks, &self.looks, text, &config_name));
        self.looks = config.looks.clone();
        Some((config, themes))
    }

    /// The defaults, where nothing could be read.
    pub fn start(home: &Home) -> (Settings, Config, Themes) {
        let mut settings = Settings::default();
        let (config, themes) = settings
            .resolve(home, Texts::read(home))
            .unwrap_or_else(|| (Config::load(None, "").0, Themes::default()));
        (settings, config, themes)
    }

    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl Settings {
    /// A file of the settings changed.
    pub(in crate::server) fn file_changed(&mut self) {
        self.read_at = Some(Instant::now() + CALM);
    }

    /// Reads the settings again and lets them take effect everywhere.
    pub(in crate::server) fn reload(&mut self, shared: &mut Shared) {
        self.read_at = None;
        shared.in_lane_once(Lane::Settings, |_: &mut Settings, shared: &mut Shared| {
            let home = shared.options.home.clone();
            Some(Work::of(move || Texts::read(&home), Settings::texts_read))
        });
    }

    fn texts_read(&mut self, shared: &mut Shared, texts: Texts) {
        if let Some((config, themes)) = self.resolve(&shared.options.home, texts) {
            shared.config = config;
            shared.themes = themes;
        }
        let problems = self.problems.clone();
        // The file's name says enough to those who have just saved it.
        let home = format!("{}/", shared.options.home.path().display());
        let first = problems.first().map(|problem| problem.replace(&home, ""));
        let said = first.map(|first| match problems.len() {
            1 => format!("{first} · the old value stays"),
            n => format!("{first} · and {} more; the old values stay", n - 1),
        });
        shared.set_diagnostics(Topic::Settings, problems);
        apply_settings(shared);
        renew_shims(shared);
        // What works can be seen; only what does not needs a word.
        let before = std::mem::replace(&mut self.said, said.clone());
        let clients: Vec<_> = shared.model.clients.keys().copied().collect();
        shared.with_model(|model, cx| {
            for client in clients {
                match &said {
                    Some(said) => model.say(client, said.clone(), cx),
                    None => model.unsay(client, before.as_deref(), cx),
                }
            }
        });
    }
}

/// Gives to the model, and with the next frames the attached terminals, what the settings say now.
pub(in crate::server) fn apply_settings(shared: &mut Shared) {
    let (looks, mouse) = (shared.config.looks.clone(), shared.config.mouse);
    let (rest, budget) = (shared.config.rest, shared.config.budget.clone());
    if shared.model.budget != budget {
        shared.to(|evidence: &mut Evidence, shared: &mut Shared| evidence.report_costs(shared));
    }
    shared.model.themes = shared.themes.names().map(str::to_string).collect();
    shared.with_model(|model, cx| {
        cx.out.extend(model.settings(looks, mouse));
        model.rest = rest;
        model.budget = budget;
        model.settle_budgets(cx);
        cx.out.push(Effect::Redraw);
    });
}
