//! A program inside of Segno gets the bytes for a key that it would get outside, for every
//! keyboard protocol that it may ask for and the terminal may have.

use std::time::Instant;

use super::*;
use crate::encode::{codes, encode_key};
use crate::input::{Decoder, InputEvent};
use crate::{Emulator, Options};
use segno_base::key::{Key, KeyCode, KeyEvent, KeyPhase, Modifiers};

/// What a terminal can do with its keyboard.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Outer {
    Kitty,
    Xterm,
    Plain,
}

/// The bytes of a terminal in these modes.
fn encoded(event: &KeyEvent, modes: &Modes) -> Vec<u8> {
    let mut out = Vec::new();
    encode_key(event, modes, &mut out);
    out
}

/// The modes that Segno sets in its terminal for a program.
fn outer_modes(outer: Outer, program: &Modes) -> Modes {
    let caps = Capabilities {
        kitty_keyboard: outer == Outer::Kitty,
        modify_other_keys: outer == Outer::Xterm,
        ..Capabilities::full()
    };
    let mut bytes = setup(&caps, &SetupOptions::default());
    Renderer::new(caps).keyboard(program, &mut bytes);
    let mut terminal = Emulator::new(Size::new(80, 24), Options::default());
    terminal.advance(&bytes, Instant::now(), &mut Vec::new());
    terminal.modes()
}

/// What the program inside gets when the terminal sends this.
fn inside(bytes: &[u8], program: &Modes) -> Vec<u8> {
    let (mut decoder, mut events) = (Decoder::new(), Vec::new());
    decoder.feed(bytes, &mut events);
    while decoder.pending() {
        decoder.flush(&mut events);
    }
    let mut out = Vec::new();
    for event in events {
        match event {
            InputEvent::Key(event) => encode_key(&event, program, &mut out),
            other => panic!("{other:?} of {bytes:?}"),
        }
    }
    out
}

/// A key pressed on an American keyboard.
fn pressed(code: KeyCode, mods: Modifiers, phase: KeyPhase) -> KeyEvent {
    let mut event = KeyEvent { phase, ..KeyEvent::from(Key { code, mods }) };
    let typed = match codes::keypad_plain(code) {
        Some(plain) => plain,
        None => code,
    };
    if let KeyCode::Char(c) = typed {
        if typed == code && mods.contains(Modifiers::SHIFT) {
            let plain = "abmizéи`1234567890-=[]\\;',./";
            let shifted = "ABMIZÉИ~!@#$%^&*()_+{}|:\"<>?";
            let at = plain.find(c);
            event.shifted = at.and_then(|at| shifted.get(at..)?.chars().next());
        }
        event.base_layout = (c == 'и').then_some('b');
        let quiet = mods.without(Modifiers::SHIFT).is_empty();
        event.text = quiet.then(|| event.shifted.unwrap_or(c).to_string());
    }
    event
}

fn all_keys() -> Vec<KeyCode> {
    let mut keys: Vec<KeyCode> =
        "abmizéи漢`1234567890-=[]\\;',./ ".chars().map(KeyCode::Char).collect();
    keys.extend([
        KeyCode::Enter,
        KeyCode::Tab,
        KeyCode::Backspace,
        KeyCode::Escape,
        KeyCode::Left,
        KeyCode::Up,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::Insert,
        KeyCode::Delete,
    ]);
    keys.extend((1..=20).map(KeyCode::F));
    keys.extend((codes::KEYPAD_FIRST..=codes::KEYPAD_LAST).map(KeyCode::Other));
    keys.extend([57441, 57358].map(KeyCode::Other));
    keys
}

fn all_modes(outer: Outer) -> Vec<Modes> {
    let kitty = if outer == Outer::Kitty { 32 } else { 1 };
    let other = if outer == Outer::Plain { 1 } else { 3 };
    let mut all = Vec::new();
    for flags in 0..kitty {
        // Who asks for both gets the first where there is one.
        // And kitty has no keypad mode of its own beside its protocol.
        for modify_other_keys in 0..if flags == 0 { other } else { 1 } {
            for (app_cursor, app_keypad) in [(false, false), (true, false), (false, true)] {
                if outer == Outer::Kitty && app_keypad && modify_other_keys > 0 {
                    continue;
                }
                all.push(Modes {
                    kitty: flags,
                    modify_other_keys,
                    app_cursor,
                    app_keypad,
                    ..Modes::default()
                });
            }
        }
    }
    all
}

#[test]
fn a_program_gets_the_keys_that_it_would_get_outside() {
    let mut wrong = std::collections::BTreeMap::new();
    let mut count = 0;
    for outer in [Outer::Kitty, Outer::Xterm, Outer::Plain] {
        for program in all_modes(outer) {
            let modes = outer_modes(outer, &program);
            for code in all_keys() {
                for mods in 0..16 {
                    for phase in [KeyPhase::Press, KeyPhase::Repeat, KeyPhase::Release] {
                        let event = pressed(code, Modifiers(mods), phase);
                        let outside = encoded(&event, &program);
                        let inside = inside(&encoded(&event, &modes), &program);
                        count += 1;
                        if inside != outside {
                            let show = |bytes: &[u8]| bytes.escape_ascii().to_string();
                            wrong.entry(format!("{outer:?} {}", event.key)).or_insert_with(|| {
                                format!(
                                    "{phase:?} {} not {}; terminal {} {program:?}",
                                    show(&inside),
                                    show(&outside),
                                    show(&encoded(&event, &modes)),
                                )
                            });
                        }
                    }
                }
            }
        }
    }
    assert!(count > 100_000);
    let list: Vec<_> = wrong.iter().map(|(key, what)| format!("{key}: {what}")).collect();
    assert!(list.is_empty(), "{}:\n{}", list.len(), list.join("\n"));
}
