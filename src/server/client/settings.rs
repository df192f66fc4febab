//! The settings for a client's screen of them: read, and changed in the user's file.

use crate::server::aside::settings::change_settings;
use crate::server::aside::{Lane, Work};
use crate::server::shared::{Shared, Stateless};
use segno_base::ids::ClientId;
use segno_config::editable::Kind;
use segno_core::update::event::Event;

/// Settings that are a theme's name.
const THEMES: &[&str] = &["looks.theme", "looks.light", "looks.dark"];

/// Changes a setting, if one is to be changed, and reads them all; one after the other.
pub(in crate::server) fn settings(
    shared: &mut Shared,
    client: ClientId,
    change: Option<(String, Option<String>)>,
) {
    shared.in_lane(Lane::EditSettings, move |_: &mut Stateless, shared: &mut Shared| {
        let home = shared.options.home.clone();
        Some(Work::of(
            move || change_settings(&home, change),
            move |_: &mut Stateless, shared: &mut Shared, (mut settings, error)| {
                let names = shared.model.themes.clone();
                for setting in settings.iter_mut().filter(|s| THEMES.contains(&&*s.key)) {
                    let auto = (setting.key == THEMES[0]).then(|| "auto".to_string());
                    setting.kind = Kind::Choice(names.iter().cloned().chain(auto).collect());
                }
                shared.handle(Event::SettingsRead { client, settings, error });
            },
        ))
    });
}
