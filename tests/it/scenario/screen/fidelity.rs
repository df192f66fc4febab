//! A pane is as good as a terminal: sizes, colours and what programs ask of it.

use crate::support::segno::Segno;
use crate::support::terminal::Terminal;
use segno_base::screen::cell::Color;
use segno_base::screen::geometry::Point;
use segno_term::{Palette, TermEvent};

#[test]
fn a_storm_of_sizes_loses_no_line() {
    let segno = Segno::new();
    // Narrow, the lines are tens of thousands of rows.
    segno.write("config.toml", "[general]\nscrollback_lines = 200000\n");
    let terminal = segno.terminal_of(100, 30, &[]);
    terminal.wait_text("$");
    terminal.type_text(
        "awk 'BEGIN{for(i=1;i<=3000;i++){s=i\":\";for(j=0;j<i%40;j++)s=s\" wort 漢\";print s}}'; echo e''nd",
    );
    terminal.keys("enter");
    terminal.wait_text("wort");
    let mut state = 1u32;
    let mut random = |least: u16, most: u16| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        least + (state >> 16) as u16 % (most - least)
    };
    for round in 0..60 {
        terminal.resize(random(12, 160), random(5, 50));
        if round == 20 {
            segno.ok(&["new", "--focus", "--split", "right"]);
        }
    }
    terminal.resize(100, 30);
    segno.ok(&["wait", "p1", "--for", "output=^end", "--timeout", "30"]);
    let text = segno.ok(&["read", "p1", "--all"]);
    let mut lines = text.lines().skip_while(|line| !line.starts_with("1:"));
    for i in 1..=3000 {
        let wanted = format!("{i}:{}", " wort 漢".repeat(i % 40));
        assert_eq!(lines.next(), Some(wanted.as_str()));
    }
    assert_eq!(lines.next(), Some("end"));
}

#[test]
fn the_main_screen_survives_a_storm_of_sizes_on_the_other_one() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    terminal.type_text("clear; seq -f 'a line of text that wraps when it is narrow: %g' 100 140");
    terminal.keys("enter");
    terminal.wait_text("narrow: 140");
    terminal.type_text("printf '\\033[?1049hother'; read x; printf '\\033[?1049l'");
    terminal.keys("enter");
    terminal.wait_text("other");
    for (cols, rows) in [(20, 8), (120, 40), (33, 5), (8, 6), (90, 30), (80, 24)] {
        terminal.resize(cols, rows);
    }
    terminal.keys("enter");
    terminal.wait_text("narrow: 140");
    let text = segno.ok(&["read", "p1", "--all"]);
    for n in 100..=140 {
        let line = format!("a line of text that wraps when it is narrow: {n}");
        assert_eq!(text.lines().filter(|l| **l == line).count(), 1, "{line}\n{text}");
    }
}

/// The ground of the tab bar, beyond the tabs.
fn ground(terminal: &Terminal) -> Color {
    terminal.frame().get(Point { x: 60, y: 0 }).expect("a cell").style.bg
}

#[test]
fn the_terminals_switch_between_light_and_dark_is_followed() {
    let segno = Segno::new();
    segno.write("config.toml", "[looks]\ntheme = \"auto\"\nlight = \"paper\"\ndark = \"night\"\n");
    let terminal = segno.terminal_of(80, 12, &[]);
    terminal.wait_text("$");
    // A program in the pane that wants to know too.
    terminal.type_text("printf '\\033[?2031h'; stty -icanon -echo; echo rea''dy; cat -v");
    terminal.keys("enter");
    terminal.wait_text("ready");
    let is_light = |terminal: &Terminal| match ground(terminal).kind() {
        segno_base::screen::cell::ColorKind::Rgb(r, g, b) => Some(r > 128 && g > 128 && b > 128),
        _ => None,
    };
    segno.wait_for("a dark theme", || (is_light(&terminal) == Some(false)).then_some(()));
    let light = Palette { fg: (0, 0, 0), bg: (255, 255, 255), ..Palette::default() };
    terminal.set_palette(light);
    segno.wait_for("a light theme", || (is_light(&terminal) == Some(true)).then_some(()));
    terminal.wait_text("^[[?997;2n");
    terminal.set_palette(Palette::default());
    segno.wait_for("a dark theme", || (is_light(&terminal) == Some(false)).then_some(()));
    terminal.wait_text("^[[?997;1n");
}

#[test]
fn a_program_sees_focus_pastes_and_keys_as_it_asked_for_them() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 12, &[]);
    terminal.wait_text("$");
    let asks = "printf '\\033[?1004h\\033[?2004h\\033[>4;2m\\033='; stty -icanon -echo; cat -v";
    terminal.type_text(asks);
    terminal.keys("enter");
    segno.wait_for("the program's modes", || terminal.modes().app_keypad.then_some(()));
    terminal.bytes(b"\x1b[O");
    terminal.wait_text("^[[O");
    terminal.bytes(b"\x1b[I");
    terminal.wait_text("^[[I");
    terminal.paste("two\x1b[201~ words");
    terminal.wait_text("^[[200~two[201~ words^[[201~");
    // The terminal has the kitty protocol, the program asked for xterm's.
    assert_ne!(terminal.modes().kitty, 0);
    terminal.keys("ctrl+shift+i");
    terminal.wait_text("^[[27;6;73~");
}

#[test]
fn a_large_text_reaches_the_clipboard_and_a_larger_one_is_refused_aloud() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 12, &[]);
    terminal.wait_text("$");
    let copies = |bytes: u32| {
        let text = format!("head -c {bytes} /dev/zero | tr '\\0' z | base64 -w0");
        terminal.type_text(&format!("printf '\\033]52;c;%s\\007' \"$({text})\" > /dev/tty"));
        terminal.keys("enter");
    };
    copies(1 << 20);
    segno.wait_for("the text", || {
        let stored = terminal.events().into_iter().find_map(|event| match event {
            TermEvent::ClipboardStore { text, .. } => Some(text),
            _ => None,
        });
        stored.filter(|text| *text == "z".repeat(1 << 20))
    });
    copies(10 << 20);
    terminal.wait_text("not copied: longer than 8 MiB");
}

#[test]
fn a_hidden_cursor_is_where_the_program_has_it() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 12, &[]);
    terminal.wait_text("$");
    terminal.type_text("clear; printf '\\033[?25l\\033[5;20H'; read x; printf '\\033[?25h'");
    terminal.keys("enter");
    segno.wait_for("the hidden cursor", || {
        let cursor = terminal.frame().cursor?;
        // Below the bar of tabs and the pane's title.
        (!cursor.visible && cursor.at.x == 19 && cursor.at.y >= 5).then_some(())
    });
    terminal.keys("enter");
    segno.wait_for("the cursor", || terminal.frame().cursor?.visible.then_some(()));
}
