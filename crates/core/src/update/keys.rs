//! Keys that begin or continue a chord, with or without the prefix.

use crate::model::pane::{Life, Pane};
use crate::model::workspace::Model;
use crate::update::command::Place;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::ClientId;
use segno_base::key::{Key, KeyCode, KeyEvent};
use segno_config::keys::keymap::{Step, Table};
use segno_config::sections::looks::Looks;
use segno_config::sections::mouse::Mouse;
use segno_term::input::{binding, by_base_layout};

/// What a client has typed of a chord, after the prefix if
/// [`crate::model::client::Client::prefix`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pending {
    pub keys: Vec<Key>,
    /// When the keys that can follow are shown, in milliseconds since the Unix epoch.
    pub hint_at: Option<u64>,
    /// Whether they are.
    pub hint: bool,
}

impl Model {
    /// The settings that concern the model: they take effect at once, by what is answered.
    pub fn settings(&mut self, looks: Looks, mouse: Mouse) -> Vec<Effect> {
        self.looks = looks;
        self.mouse = mouse;
        for client in self.clients.values_mut() {
            client.preview = None;
        }
        self.fitted()
    }

    /// Takes back a line that was shown, if it still is.
    pub fn unsay(&mut self, id: ClientId, said: Option<&str>, cx: &mut Context) {
        if let Some(client) = self.clients.get_mut(&id)
            && client.message.is_some()
            && client.message.as_deref() == said
        {
            client.message = None;
            cx.out.push(Effect::RedrawClient(id));
        }
    }

    /// Whether the next key continues what was begun.
    pub fn is_pending(&self, id: ClientId) -> bool {
        self.clients.get(&id).is_some_and(|c| c.prefix || !c.pending.keys.is_empty())
    }

    /// The key that a client pressed: what it types or, where nothing is bound to that, what its
    /// place types on a US keyboard.
    pub(crate) fn meant_key(&self, id: ClientId, event: &KeyEvent, cx: &Context) -> Key {
        let key = binding(event);
        let base = by_base_layout(event).filter(|base| self.is_bound(id, *base, cx));
        base.filter(|_| !self.is_bound(id, key, cx)).unwrap_or(key)
    }

    /// Whether a key does something where a client is: at once, or after what it has begun.
    fn is_bound(&self, id: ClientId, key: Key, cx: &Context) -> bool {
        let pending = self.clients.get(&id).filter(|_| self.is_pending(id));
        match pending {
            Some(client) => {
                let table = if client.prefix { Table::AfterPrefix } else { Table::Global };
                let typed = [&client.pending.keys[..], &[key]].concat();
                cx.keys.step(table, &typed) != Step::Nothing
            }
            None => cx.keys.is_prefix(key) || cx.keys.step(Table::Global, &[key]) != Step::Nothing,
        }
    }

    /// The prefix was pressed.
    pub(crate) fn begin_prefix(&mut self, id: ClientId, cx: &mut Context) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.prefix = true;
            client.repeat_until = None;
            client.pending = Pending { hint_at: hint_at(cx), ..Pending::default() };
            cx.out.push(Effect::RedrawClient(id));
        }
    }

    /// A key without the prefix: true when it is bound, and the pane is not to see it.
    pub(crate) fn global_key(&mut self, id: ClientId, key: Key, cx: &mut Context) -> bool {
        if self.is_raw(id, key, cx) {
            return false;
        }
        match cx.keys.step(Table::Global, &[key]) {
            Step::Run(command) => self.run(command, Place::client(id), cx),
            Step::More => {
                if let Some(client) = self.clients.get_mut(&id) {
                    client.pending = Pending { keys: vec![key], hint_at: hint_at(cx), hint: false };
                    cx.out.push(Effect::RedrawClient(id));
                }
            }
            Step::Nothing => return false,
        }
        true
    }

    /// A key after the prefix, or within a chord.
    pub(crate) fn pending_key(&mut self, id: ClientId, key: Key, cx: &mut Context) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let table = if client.prefix { Table::AfterPrefix } else { Table::Global };
        client.pending.keys.push(key);
        cx.out.push(Effect::RedrawClient(id));
        let step = cx.keys.step(table, &client.pending.keys);
        if step == Step::More {
            client.pending.hint_at = hint_at(cx).filter(|_| !client.pending.hint);
            return;
        }
        let prefix = std::mem::take(&mut client.prefix);
        let typed = std::mem::take(&mut client.pending).keys;
        match step {
            Step::Run(command) => {
                if prefix && typed.len() == 1 && command.repeats() {
                    client.repeat_until = repeat_until(cx);
                }
                self.run(command, Place::client(id), cx);
            }
            // The way out of what was begun by mistake.
            _ if key == Key::plain(KeyCode::Escape) => {}
            _ => {
                let typed: Vec<_> = prefix
                    .then_some(cx.keys.prefix)
                    .iter()
                    .chain(&typed)
                    .map(ToString::to_string)
                    .collect();
                self.say(id, format!("{} does nothing", typed.join(" ")), cx);
            }
        }
    }

    /// A key shortly after a command that repeats: true when it is another one.
    pub(crate) fn repeated_key(&mut self, id: ClientId, key: Key, cx: &mut Context) -> bool {
        let Some(client) = self.clients.get_mut(&id) else { return false };
        if client.repeat_until.take().is_none_or(|until| cx.now > until) {
            return false;
        }
        match cx.keys.step(Table::AfterPrefix, &[key]) {
            Step::Run(command) if command.repeats() => {
                client.repeat_until = repeat_until(cx);
                self.run(command, Place::client(id), cx);
                true
            }
            _ => false,
        }
    }

    /// Whether the focused program gets this key though it is bound: its type or the settings
    /// want it so. The prefix always works, since it is the way to everything else.
    fn is_raw(&self, id: ClientId, key: Key, cx: &Context) -> bool {
        let pane = self.focused(id).and_then(|pane| self.panes.get(&pane));
        let wanted = |pane: &Pane| {
            pane.traits.raw.contains(&key)
                || cx.keys.is_raw(&pane.spec.type_name, key)
                || cx.keys.may_be_raw(key)
                    && cx
                        .copy
                        .texts
                        .foreground(pane.id)
                        .is_some_and(|program| cx.keys.is_raw_for(&program, key))
        };
        pane.is_some_and(|pane| matches!(pane.life, Life::Running { .. }) && wanted(pane))
    }

    /// Shows what can follow to those who have paused for long enough.
    pub(crate) fn show_hints(&mut self, cx: &mut Context) {
        for (id, client) in &mut self.clients {
            if client.pending.hint_at.is_some_and(|at| at <= cx.now) {
                client.pending.hint_at = None;
                client.pending.hint = true;
                cx.out.push(Effect::RedrawClient(*id));
            }
        }
    }

    /// When the next of them is due.
    pub(crate) fn hints_at(&self) -> Option<u64> {
        self.clients.values().filter_map(|c| c.pending.hint_at).min()
    }
}

fn repeat_until(cx: &Context) -> Option<u64> {
    (cx.keys.repeat_ms > 0).then(|| cx.now.saturating_add(cx.keys.repeat_ms))
}

fn hint_at(cx: &Context) -> Option<u64> {
    (cx.keys.hint_ms > 0).then(|| cx.now.saturating_add(cx.keys.hint_ms))
}
