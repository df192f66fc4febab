//! The user's settings and keys: read at the start, and again when a file changes.

use std::time::{Duration, Instant};

use crate::config::looks::Looks;
use crate::config::{Config, InForce, Source};
use crate::core::effect::Effect;
use crate::store::home::Home;
use crate::view::theme::Themes;

use super::{Server, Topic};

/// Editors write a file in several steps: it is read when it has been left alone for this long.
const CALM: Duration = Duration::from_millis(60);

/// The settings' files, as far as they have to be remembered.
#[derive(Debug, Default)]
pub(super) struct Settings {
    in_force: InForce,
    pub themes: Themes,
    /// The looks before, for a theme that is not there.
    looks: Looks,
    /// What was found wrong, as the model shows it.
    problems: Vec<String>,
    /// What clients were told of it.
    said: Option<String>,
    /// When a changed file is read.
    pub read_at: Option<Instant>,
}

/// A file's text, if it is there; what hinders reading it otherwise.
fn text(path: &std::path::Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

impl Settings {
    /// Reads the files; `None` when one is there and cannot be read, so that all stays as it is.
    pub fn load(&mut self, home: &Home) -> Option<Config> {
        let (config_file, keys_file) = (home.config_file(), home.keys_file());
        let (config_text, keys) = match (text(&config_file), text(&keys_file)) {
            (Ok(config), Ok(keys)) => (config, keys),
            (config, keys) => {
                self.problems = [config.err(), keys.err()].into_iter().flatten().collect();
                return None;
            }
        };
        let (config_name, keys_name) =
            (config_file.display().to_string(), keys_file.display().to_string());
        let (mut config, in_force, found) = Config::resolve(
            config_text.as_deref().map(|text| Source { text, file: &config_name }),
            keys.as_deref().map(|text| Source { text, file: &keys_name }),
            &self.in_force,
        );
        self.in_force = in_force;
        self.problems = found.iter().map(ToString::to_string).collect();
        let read = |path: std::path::PathBuf| {
            Some((path.display().to_string(), text(&path).ok().flatten()?))
        };
        let files: Vec<_> = home.theme_files().into_iter().filter_map(read).collect();
        let (themes, problems) = Themes::load(&files);
        self.problems.extend(problems);
        let text = config_text.as_deref().unwrap_or_default();
        self.problems.extend(themes.settle(&mut config.looks, &self.looks, text, &config_name));
        self.looks = config.looks.clone();
        self.themes = themes;
        Some(config)
    }

    /// The defaults, where nothing could be read.
    pub fn start(home: &Home) -> (Settings, Config) {
        let mut settings = Settings::default();
        let config = settings.load(home).unwrap_or_else(|| Config::load(None, "").0);
        (settings, config)
    }

    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl Server {
    /// A file of the settings changed.
    pub(super) fn settings_changed(&mut self) {
        self.settings.read_at = Some(Instant::now() + CALM);
    }

    /// Reads the settings again and lets them take effect everywhere.
    pub(super) fn reload_config(&mut self) {
        self.settings.read_at = None;
        if let Some(config) = self.settings.load(&self.options.home) {
            self.config = config;
        }
        let problems = self.settings.problems.clone();
        // The file's name says enough to those who have just saved it.
        let home = format!("{}/", self.options.home.path().display());
        let first = problems.first().map(|problem| problem.replace(&home, ""));
        let told = first.map(|first| match problems.len() {
            1 => format!("{first} · the old value stays"),
            n => format!("{first} · and {} more; the old values stay", n - 1),
        });
        self.tell(Topic::Settings, problems);
        self.apply_settings();
        // What works can be seen; only what does not needs a word.
        let before = std::mem::replace(&mut self.settings.said, told.clone());
        let clients: Vec<_> = self.model.clients.keys().copied().collect();
        self.with_model(|model, _, out| {
            for client in clients {
                match &told {
                    Some(told) => model.say(client, told.clone(), out),
                    None => model.unsay(client, before.as_deref(), out),
                }
            }
        });
    }

    /// Tells the model, and with the next frames the attached terminals, what the settings say now.
    pub(super) fn apply_settings(&mut self) {
        let (looks, mouse) = (self.config.looks.clone(), self.config.mouse);
        self.with_model(|model, _, out| {
            model.settings(looks, mouse, out);
            out.push(Effect::Redraw);
        });
    }
}
