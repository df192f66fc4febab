//! Mouse events as the program asked for them (xterm ctlseqs, "Mouse Tracking").
//!
//! Coordinates are relative to the pane; who is under the pointer is not decided here.

use crate::state::modes::{Modes, MouseEncoding, MouseMode};
use segno_base::key::{KeyCode, KeyEvent, Modifiers, MouseAction, MouseButton, MouseEvent};

/// "No button" in the protocol, also "some button was released" without SGR.
const NO_BUTTON: u16 = 3;
const MOTION: u16 = 32;

/// Appends a mouse event as the program wants it; false, and nothing written, when it does not
/// want this one or its encoding cannot express it.
pub fn encode_mouse(event: &MouseEvent, modes: &Modes, out: &mut Vec<u8>) -> bool {
    let (button, released) = match event.action {
        MouseAction::Press(button) => (button_code(button), false),
        // The wheel is never released.
        MouseAction::Release(button) if is_wheel(button) => return false,
        MouseAction::Release(button) => (button_code(button), true),
        MouseAction::Drag(button) => (button_code(button) + MOTION, false),
        MouseAction::Move => (NO_BUTTON + MOTION, false),
    };
    let wanted = match event.action {
        MouseAction::Press(_) | MouseAction::Release(_) => modes.mouse != MouseMode::Off,
        MouseAction::Drag(_) => matches!(modes.mouse, MouseMode::Drag | MouseMode::Motion),
        MouseAction::Move => modes.mouse == MouseMode::Motion,
    };
    if !wanted {
        return false;
    }
    let mods = modifier_bits(event.mods);
    let (x, y) = (u32::from(event.x) + 1, u32::from(event.y) + 1);
    // Without SGR a release does not say which button.
    let reported = if released { NO_BUTTON } else { button } + mods;
    let numbers = [u32::from(reported) + 32, x + 32, y + 32];
    match modes.mouse_encoding {
        encoding @ (MouseEncoding::Sgr | MouseEncoding::SgrPixels) => {
            let (x, y) = if encoding == MouseEncoding::Sgr {
                (x, y)
            } else {
                // The middle of the cell: more is not known of where the pointer is.
                let middle = |cell: u16, size: u32| u32::from(cell) * size + size / 2 + 1;
                let (width, height) = (u32::from(modes.cell.width), u32::from(modes.cell.height));
                (middle(event.x, width), middle(event.y, height))
            };
            let last = if released { 'm' } else { 'M' };
            out.extend_from_slice(format!("\x1b[<{};{x};{y}{last}", button + mods).as_bytes());
        }
        MouseEncoding::Urxvt => {
            out.extend_from_slice(format!("\x1b[{};{x};{y}M", numbers[0]).as_bytes());
        }
        MouseEncoding::Utf8 => {
            // xterm's limit: two bytes of UTF-8 per number.
            if numbers.iter().any(|n| *n > 0x7ff) {
                return false;
            }
            out.extend_from_slice(b"\x1b[M");
            for c in numbers.into_iter().filter_map(char::from_u32) {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        MouseEncoding::X10 => {
            if numbers.iter().any(|n| *n > 0xff) {
                return false;
            }
            out.extend_from_slice(b"\x1b[M");
            out.extend(numbers.into_iter().map(|n| n as u8));
        }
    }
    true
}

/// Appends `lines` cursor keys for a turn of the wheel when the program wants that (DECSET 1007:
/// in the alternate screen, with no mouse mode set); false when it does not.
pub fn encode_wheel_as_keys(
    event: &MouseEvent,
    lines: u16,
    modes: &Modes,
    out: &mut Vec<u8>,
) -> bool {
    if !modes.alternate_scroll || !modes.alt_screen || modes.mouse != MouseMode::Off {
        return false;
    }
    let code = match event.action {
        MouseAction::Press(MouseButton::WheelUp) => KeyCode::Up,
        MouseAction::Press(MouseButton::WheelDown) => KeyCode::Down,
        _ => return false,
    };
    // xterm sends the plain cursor keys, with DECCKM respected.
    let key = KeyEvent::from(segno_base::key::Key::plain(code));
    for _ in 0..lines {
        super::encode_key(&key, modes, out);
    }
    true
}

fn is_wheel(button: MouseButton) -> bool {
    use MouseButton::*;
    matches!(button, WheelUp | WheelDown | WheelLeft | WheelRight)
}

fn button_code(button: MouseButton) -> u16 {
    match button {
        MouseButton::Left => 0,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
        MouseButton::WheelUp => 64,
        MouseButton::WheelDown => 65,
        MouseButton::WheelLeft => 66,
        MouseButton::WheelRight => 67,
        MouseButton::Extra(n) => 128 + u16::from(n.clamp(8, 11) - 8),
    }
}

/// Shift 4, meta 8, control 16.
fn modifier_bits(mods: Modifiers) -> u16 {
    let mut bits = 0;
    if mods.contains(Modifiers::SHIFT) {
        bits += 4;
    }
    if mods.contains(Modifiers::ALT) {
        bits += 8;
    }
    if mods.contains(Modifiers::CTRL) {
        bits += 16;
    }
    bits
}
