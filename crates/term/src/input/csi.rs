//! One complete CSI sequence → the event it stands for.

use super::event::{ColorScheme, InputEvent, TerminalReply};
use super::params::{modifiers, number, numbers};
use super::{kitty, mouse};
use crate::encode::codes;
use segno_base::key::{Key, KeyCode, KeyEvent, Modifiers};

/// What a CSI sequence means to the decoder.
pub(super) enum Sequence {
    Event(InputEvent),
    /// Bytes up to the paste's end are data.
    PasteStart,
}

/// The event that `CSI params last` stands for; none when it means nothing here.
pub(super) fn decode(params: &[u8], last: u8) -> Option<Sequence> {
    let event = match (params.first(), last) {
        (Some(b'?'), _) => InputEvent::Reply(private_reply(&params[1..], last)?),
        (Some(b'<'), b'M' | b'm') => InputEvent::Mouse(mouse::sgr(&params[1..], last == b'm')?),
        (Some(b'<' | b'=' | b'>'), _) => return None,
        (_, b'M') => InputEvent::Mouse(mouse::urxvt(params)?),
        (None, b'I') => InputEvent::FocusIn,
        (None, b'O') => InputEvent::FocusOut,
        (_, b'u') => InputEvent::Key(kitty::decode(params)?),
        (_, b'~') => return tilde(params),
        (_, b't') => InputEvent::Reply(window_report(params)?),
        (_, b'y') => InputEvent::Reply(mode_report(params, false)?),
        (_, b'Z') => {
            let mods = second_modifiers(params).with(Modifiers::SHIFT);
            plain_key(KeyCode::Tab, mods)
        }
        // rxvt: shift with a cursor key, ctrl and ctrl+shift with an editing key.
        (None, b'a'..=b'd') => {
            plain_key(codes::letter_key(last.to_ascii_uppercase())?, Modifiers::SHIFT)
        }
        (Some(_), b'^') => plain_key(codes::tilde_key(number(params)?)?, Modifiers::CTRL),
        (Some(_), b'@') => {
            let mods = Modifiers::CTRL.with(Modifiers::SHIFT);
            plain_key(codes::tilde_key(number(params)?)?, mods)
        }
        // Only `CSI 1 ; m R` is F3; `CSI row ; column R` reports the cursor.
        (_, b'R') if !params.is_empty() && number(params.split(|b| *b == b';').next()?)? != 1 => {
            InputEvent::Reply(cursor_report(params)?)
        }
        _ => InputEvent::Key(kitty::with_fields(codes::letter_key(last)?, params)),
    };
    Some(Sequence::Event(event))
}

fn plain_key(code: KeyCode, mods: Modifiers) -> InputEvent {
    InputEvent::Key(KeyEvent::from(Key { code, mods }))
}

fn second_modifiers(params: &[u8]) -> Modifiers {
    modifiers(numbers(params, b';').nth(1).flatten())
}

fn tilde(params: &[u8]) -> Option<Sequence> {
    let event = match number(params.split(|b| *b == b';').next()?)? {
        200 => return Some(Sequence::PasteStart),
        // xterm's modifyOtherKeys: `CSI 27 ; modifiers ; character ~`.
        27 => {
            let mut rest = numbers(params, b';').skip(1);
            let mods = modifiers(rest.next()?);
            let code = codes::kitty_key(rest.next()??)?;
            KeyEvent::from(Key { code, mods })
        }
        code => kitty::with_fields(codes::tilde_key(code)?, params),
    };
    Some(Sequence::Event(InputEvent::Key(event)))
}

/// `CSI ? params last`.
fn private_reply(params: &[u8], last: u8) -> Option<TerminalReply> {
    match last {
        b'c' => Some(TerminalReply::PrimaryDevice(
            numbers(params, b';')
                .filter_map(|n| u16::try_from(n.unwrap_or(0)).ok())
                .take(32)
                .collect(),
        )),
        b'u' => Some(TerminalReply::KittyKeyboard(u8::try_from(number(params)?).ok()?)),
        b'y' => mode_report(params, true),
        b'n' => {
            let mut numbers = numbers(params, b';');
            match (numbers.next()??, numbers.next()??) {
                (997, 1) => Some(TerminalReply::ColorScheme(ColorScheme::Dark)),
                (997, 2) => Some(TerminalReply::ColorScheme(ColorScheme::Light)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `CSI [?] mode ; value $ y` (DECRPM).
fn mode_report(params: &[u8], private: bool) -> Option<TerminalReply> {
    let mut numbers = numbers(params.strip_suffix(b"$")?, b';');
    let mode = u16::try_from(numbers.next()??).ok()?;
    let value = u8::try_from(numbers.next()??).ok()?;
    Some(TerminalReply::ModeReport { mode, private, value })
}

/// `CSI row ; column R` (CPR).
fn cursor_report(params: &[u8]) -> Option<TerminalReply> {
    let mut numbers = numbers(params, b';');
    let row = u16::try_from(numbers.next()??).ok()?;
    let col = u16::try_from(numbers.next()??).ok()?;
    Some(TerminalReply::CursorAt { row, col })
}

/// `CSI 4|6 ; height ; width t`.
fn window_report(params: &[u8]) -> Option<TerminalReply> {
    let mut numbers = numbers(params, b';');
    let kind = numbers.next()??;
    let height = u16::try_from(numbers.next()??).ok()?;
    let width = u16::try_from(numbers.next()??).ok()?;
    match kind {
        4 => Some(TerminalReply::WindowSizePixels { width, height }),
        6 => Some(TerminalReply::CellSizePixels { width, height }),
        _ => None,
    }
}
