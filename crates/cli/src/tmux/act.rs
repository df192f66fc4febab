//! What each command does.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::arguments::Options;
use super::format;
use crate::environment::{self, Environment};
use crate::run::panes::pane::{COMMAND_TYPE, pages};
use crate::run::{Reach, call};
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{PaneId, TabId};
use segno_base::key::Key;
use segno_base::preset::Preset;
use segno_wire::control::Call;
use segno_wire::control::layout::Arrange;
use segno_wire::control::panes::pane::{
    Close, Created, Keys, NewPane, Placement, Read, ReadResult, Rename, Restart, Send, SetPane,
};
use segno_wire::control::panes::pane_info::{PaneInfo, PaneList};

/// What a format is when none is given.
const PANE_LINE: &str = "#{pane_index}: #{pane_title} #{pane_id}";
const NEW_LINE: &str = "#{session_name}:#{window_index}.#{pane_index}";

/// Carries out a command; what it prints.
pub(super) fn answer(name: &str, args: &[String]) -> Result<String, String> {
    let options = |letters: &str| Options::parse(args, letters);
    match name {
        "display-message" | "display" => display(&options("pt:F:")?),
        "list-panes" | "lsp" => list_panes(&options("ast:F:")?),
        "has-session" | "has" => has_session(&options("t:")?),
        "show-options" | "show" => show_option(&options("gAvpwqst:")?),
        "split-window" | "splitw" => split_window(&options("dhvbfPt:l:p:F:c:e:")?),
        "respawn-pane" | "respawnp" => respawn_pane(&options("kt:c:")?),
        "send-keys" | "send" => send_keys(&options("lt:")?),
        "capture-pane" | "capturep" => capture_pane(&options("pJet:S:E:")?),
        "kill-pane" | "killp" => kill_pane(&options("t:")?),
        "select-pane" | "selectp" => select_pane(&options("t:T:P:")?),
        "select-layout" | "selectl" => select_layout(&options("t:")?),
        "set-option" | "set" => set_option(&options("gapwqst:")?),
        // Panes have the sizes that the layout gives them.
        "resize-pane" | "resizep" => options("t:x:y:ZLRUD").map(|_| String::new()),
        other => {
            Err(format!("{other} is not offered here; `segno --help` lists what Segno can do"))
        }
    }
}

/// The surroundings of a command, with the panes that there are.
struct Panes {
    env: Environment,
    all: Vec<PaneInfo>,
}

impl Panes {
    fn look() -> Result<Panes, String> {
        let env = Environment::read().map_err(|error| error.why)?;
        let list: PaneList = ask(&env, &Call::PaneList)?;
        Ok(Panes { env, all: list.panes.into_iter().filter(|pane| !pane.popup).collect() })
    }

    /// The pane that is meant; without a target that which this runs in.
    fn target(&self, target: Option<&str>) -> Result<&PaneInfo, String> {
        let own = || self.env.pane.clone().unwrap_or_default();
        let text = target.filter(|target| !target.is_empty()).map_or_else(own, str::to_string);
        let last = text.rsplit([':', '.']).next().unwrap_or_default();
        let pane = pane_of(last).or_else(|| last.parse().ok());
        let of_tab = |tab: TabId| self.all.iter().find(|pane| pane.tab.id == tab);
        let found = match (pane, window_of(last)) {
            (Some(pane), _) => self.all.iter().find(|known| known.id == pane),
            (None, Some(tab)) => of_tab(tab),
            (None, None) if last == format::SESSION || last == "$0" => self.all.first(),
            (None, None) => None,
        };
        found.ok_or_else(|| format!("can't find pane: {text}"))
    }

    /// The panes of a tab, in tmux's words a window.
    fn window(&self, of: &PaneInfo) -> Vec<&PaneInfo> {
        self.all.iter().filter(|pane| pane.tab.id == of.tab.id).collect()
    }

    fn fill(&self, format: &str, pane: &PaneInfo) -> String {
        let place = self.window(pane).iter().position(|known| known.id == pane.id);
        format::fill(format, pane, place.unwrap_or(0)) + "\n"
    }
}

fn pane_of(text: &str) -> Option<PaneId> {
    PaneId::new(text.strip_prefix('%')?.parse().ok()?)
}

fn window_of(text: &str) -> Option<TabId> {
    TabId::new(text.strip_prefix('@')?.parse().ok()?)
}

fn ask<T: DeserializeOwned>(env: &Environment, request: &Call) -> Result<T, String> {
    call(env, Reach::Start, "", request).map_err(|error| error.why)
}

fn done(env: &Environment, request: &Call) -> Result<String, String> {
    ask::<Value>(env, request).map(|_| String::new())
}

fn display(options: &Options<'_>) -> Result<String, String> {
    if !options.has('p') {
        // In the status line: nobody reads it.
        return Ok(String::new());
    }
    let panes = Panes::look()?;
    let pane = panes.target(options.value('t'))?;
    let format = options.words.first().map(String::as_str).or(options.value('F'));
    Ok(panes.fill(format.unwrap_or(NEW_LINE), pane))
}

fn list_panes(options: &Options<'_>) -> Result<String, String> {
    let panes = Panes::look()?;
    let format = options.value('F').unwrap_or(PANE_LINE);
    let listed: Vec<&PaneInfo> = match options.has('a') || options.has('s') {
        true => panes.all.iter().collect(),
        false => panes.window(panes.target(options.value('t'))?),
    };
    Ok(listed.into_iter().map(|pane| panes.fill(format, pane)).collect())
}

fn has_session(options: &Options<'_>) -> Result<String, String> {
    let named = options.value('t').unwrap_or(format::SESSION).trim_matches(['=', ':']);
    match named == format::SESSION || named == "$0" {
        true => Ok(String::new()),
        false => Err(format!("can't find session: {named}")),
    }
}

/// The one option that is asked for: what runs a command line.
fn show_option(options: &Options<'_>) -> Result<String, String> {
    match options.words {
        [name] if name == "default-shell" => {
            let shell = environment::shell().display().to_string();
            Ok(if options.has('v') { format!("{shell}\n") } else { format!("{name} {shell}\n") })
        }
        [name] => Err(format!("invalid option: {name}")),
        _ => Err("one option has to be named".into()),
    }
}

/// Options change how tmux draws; of those a pane's colour has something to say here.
fn set_option(options: &Options<'_>) -> Result<String, String> {
    let [name, value] = options.words else { return Ok(String::new()) };
    let color = value.split(',').find_map(|part| part.strip_prefix("fg=")).and_then(tint);
    if let Some(color) = color.filter(|_| options.has('p') && name == "pane-border-style") {
        let panes = Panes::look()?;
        let pane = panes.target(options.value('t'))?.id.into();
        let set = SetPane { pane, color: Some(color.to_string()), ..SetPane::default() };
        return done(&panes.env, &Call::PaneSet(set));
    }
    Ok(String::new())
}

/// The colour that a pane has for one of tmux's.
fn tint(color: &str) -> Option<&'static str> {
    Some(match color {
        "red" => "red",
        "yellow" | "colour208" => "yellow",
        "green" => "green",
        "cyan" => "cyan",
        "blue" => "blue",
        "magenta" | "colour205" => "violet",
        _ => return None,
    })
}

fn split_window(options: &Options<'_>) -> Result<String, String> {
    let panes = Panes::look()?;
    let of = panes.target(options.value('t'))?;
    let directory = options.value('c').map(PathBuf::from).filter(|path| path.is_absolute());
    let start = StartRequest {
        type_name: if options.words.is_empty() { String::new() } else { COMMAND_TYPE.into() },
        cwd: directory.unwrap_or_else(|| panes.env.cwd.clone()),
        args: options.words.to_vec(),
        umask: Some(panes.env.umask),
        ..StartRequest::default()
    };
    let new = NewPane {
        start,
        placement: if options.has('h') { Placement::Right } else { Placement::Down },
        of: Some(of.id.into()),
        // Nobody's screen changes, with or without `-d`.
        focus: false,
        from: panes.env.own_pane(),
        ..NewPane::default()
    };
    let created: Created = ask(&panes.env, &Call::PaneNew(Box::new(new)))?;
    if !options.has('P') {
        return Ok(String::new());
    }
    let panes = Panes::look()?;
    let pane = panes.target(Some(&format::pane_id(created.pane)))?;
    Ok(panes.fill(options.value('F').unwrap_or(NEW_LINE), pane))
}

/// Another program in a pane that `split-window` made.
fn respawn_pane(options: &Options<'_>) -> Result<String, String> {
    let panes = Panes::look()?;
    let pane = panes.target(options.value('t'))?;
    if pane.pid.is_some() && !options.has('k') {
        return Err(format!("{} is still active; -k ends it", pane.id));
    }
    if pane.type_name != COMMAND_TYPE {
        let id = pane.id;
        return Err(format!("{id} runs {}, not a command line", pane.type_name));
    }
    let args = (!options.words.is_empty()).then(|| options.words.to_vec());
    let restart = Restart { pane: pane.id.into(), with: Start::Fresh, args, cwd: None };
    done(&panes.env, &Call::PaneRestart(restart))
}

fn send_keys(options: &Options<'_>) -> Result<String, String> {
    let panes = Panes::look()?;
    let pane = panes.target(options.value('t'))?.id;
    for word in options.words {
        let sent = match key(word).filter(|_| !options.has('l')) {
            Some(key) => Call::PaneKeys(Keys { pane: pane.into(), keys: vec![key] }),
            None => Call::PaneSend(Send { pane: pane.into(), text: word.clone(), enter: false }),
        };
        done(&panes.env, &sent)?;
    }
    Ok(String::new())
}

/// A key by tmux's name for it; anything else is a text.
fn key(word: &str) -> Option<Key> {
    let mut name = word;
    let mut own = String::new();
    while let Some((modifier, rest)) = name.split_once('-').filter(|(_, rest)| !rest.is_empty()) {
        own += match modifier {
            "C" => "ctrl+",
            "M" => "alt+",
            "S" => "shift+",
            _ => return None,
        };
        name = rest;
    }
    let named = match name {
        "BTab" => "shift+tab",
        "DC" => "delete",
        "IC" => "insert",
        "NPage" | "PageDown" | "PgDn" => "pagedown",
        "PPage" | "PageUp" | "PgUp" => "pageup",
        "Enter" | "Escape" | "Tab" | "Space" | "BSpace" | "Up" | "Down" | "Left" | "Right"
        | "Home" | "End" => name,
        _ if name.len() > 1 && name.starts_with('F') => name,
        // A lone character is a text, unless something is held with it.
        _ if own.is_empty() || name.chars().count() > 1 => return None,
        _ => name,
    };
    format!("{own}{named}").parse().ok()
}

fn capture_pane(options: &Options<'_>) -> Result<String, String> {
    if !options.has('p') {
        return Err("capture-pane needs -p: there are no paste buffers here".into());
    }
    let panes = Panes::look()?;
    let pane = panes.target(options.value('t'))?.id;
    let from = options.value('S');
    let above = from.and_then(|from| from.parse::<i64>().ok()).filter(|from| *from < 0);
    let mut read = Read { pane: pane.into(), all: from == Some("-"), ..Read::default() };
    let mut text = String::new();
    if let Some(above) = above {
        let screen: ReadResult = ask(&panes.env, &Call::PaneRead(read.clone()))?;
        let lines = above.unsigned_abs().saturating_add(u64::from(screen.rows));
        read.lines = usize::try_from(lines).ok();
    }
    let take = |page: ReadResult| {
        text += &page.text;
        Ok(())
    };
    pages(&panes.env, "", Reach::Start, read, take).map_err(|error| error.why)?;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn kill_pane(options: &Options<'_>) -> Result<String, String> {
    let panes = Panes::look()?;
    let pane = panes.target(options.value('t'))?.id;
    done(&panes.env, &Call::PaneClose(Close { pane: pane.into(), force: false }))
}

/// Gives a pane a title, which is its name here; the focus is the user's.
fn select_pane(options: &Options<'_>) -> Result<String, String> {
    let Some(name) = options.value('T') else { return Ok(String::new()) };
    let panes = Panes::look()?;
    let pane = panes.target(options.value('t'))?.id;
    let rename = Rename { pane: pane.into(), name: name.to_string() };
    done(&panes.env, &Call::PaneRename(rename))
}

fn select_layout(options: &Options<'_>) -> Result<String, String> {
    let panes = Panes::look()?;
    let pane = panes.target(options.value('t'))?.id;
    let Some(name) = options.words.first() else { return Ok(String::new()) };
    let preset: Preset = serde_json::from_value(Value::from(name.as_str()))
        .map_err(|_| format!("invalid layout: {name}"))?;
    done(&panes.env, &Call::LayoutArrange(Arrange { pane: pane.into(), preset }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_texts_differ() {
        let pressed = |word: &str| key(word).map(|key| key.to_string());
        for (word, named) in [
            ("Enter", "enter"),
            ("C-c", "ctrl+c"),
            ("C-M-x", "ctrl+alt+x"),
            ("BTab", "shift+tab"),
            ("Space", "space"),
            ("F5", "f5"),
            ("PPage", "pageup"),
        ] {
            assert_eq!(pressed(word).as_deref(), Some(named), "{word}");
        }
        for text in ["a", "make test", "enter", "C-", "X-c", "--", "Fine", "cd /a-b", ""] {
            assert_eq!(pressed(text), None, "{text}");
        }
    }
}
