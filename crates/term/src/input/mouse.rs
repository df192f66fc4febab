//! Mouse reports in their three encodings (xterm ctlseqs, "Mouse Tracking"; 1015 is urxvt's).

use super::params::numbers;
use segno_base::key::{Modifiers, MouseAction, MouseButton, MouseEvent};

/// The three bytes after `CSI M`: button, column, row, each plus 32.
pub(super) fn x10(bytes: &[u8]) -> Option<MouseEvent> {
    let [button, x, y] = *<&[u8; 3]>::try_from(bytes).ok()?;
    let button = u32::from(button.checked_sub(32)?);
    event(button, u32::from(x.checked_sub(32)?), u32::from(y.checked_sub(32)?), None)
}

/// `CSI < button ; x ; y M`, or `m` for a release.
pub(super) fn sgr(params: &[u8], released: bool) -> Option<MouseEvent> {
    let mut numbers = numbers(params, b';');
    event(numbers.next()??, numbers.next()??, numbers.next()??, Some(released))
}

/// `CSI button ; x ; y M`, the button plus 32.
pub(super) fn urxvt(params: &[u8]) -> Option<MouseEvent> {
    let mut numbers = numbers(params, b';');
    event(numbers.next()??.checked_sub(32)?, numbers.next()??, numbers.next()??, None)
}

/// An event from the protocol's button number and coordinates from 1. Only SGR distinguishes
/// releases by their final byte; the others by button 3.
fn event(button: u32, x: u32, y: u32, released: Option<bool>) -> Option<MouseEvent> {
    let x = u16::try_from(x.checked_sub(1)?).ok()?;
    let y = u16::try_from(y.checked_sub(1)?).ok()?;
    let mut mods = Modifiers::NONE;
    for (bit, held) in [(4, Modifiers::SHIFT), (8, Modifiers::ALT), (16, Modifiers::CTRL)] {
        if button & bit != 0 {
            mods = mods.with(held);
        }
    }
    let motion = button & 32 != 0;
    let which = match (button & 0b11) | ((button & 0b1100_0000) >> 4) {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        3 => None,
        4 => Some(MouseButton::WheelUp),
        5 => Some(MouseButton::WheelDown),
        6 => Some(MouseButton::WheelLeft),
        7 => Some(MouseButton::WheelRight),
        n => Some(MouseButton::Extra(u8::try_from(n).ok().filter(|n| *n <= 11)?)),
    };
    let action = match (which, motion, released) {
        (None, true, _) => MouseAction::Move,
        // Which button was released is not reported; the left one is the one that matters.
        (None, false, _) => MouseAction::Release(MouseButton::Left),
        (Some(button), _, Some(true)) => MouseAction::Release(button),
        (Some(button), true, _) => MouseAction::Drag(button),
        (Some(button), false, _) => MouseAction::Press(button),
    };
    Some(MouseEvent { action, x, y, mods })
}
