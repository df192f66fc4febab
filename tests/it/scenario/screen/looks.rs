//! Keys and looks from the files that a person saves, without a restart.

use crate::support::segno::Segno;

#[test]
fn saved_keys_and_settings_take_effect_and_bad_lines_do_not() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.keys("ctrl+b %");
    terminal.wait_text("─ home");
    segno.write(
        "keys.toml",
        "prefix = \"ctrl+a\"\nhint_ms = 100\n[after_prefix]\n\"g t\" = \"new-tab\"\n",
    );
    terminal.wait_text("ctrl+a ? help");
    terminal.keys("ctrl+a");
    // The pause brings up what can follow.
    terminal.wait_text("split right");
    terminal.keys("g");
    terminal.wait_text("new tab");
    terminal.keys("t");
    terminal.wait_text(" 2 ");
    segno.write("keys.toml", "prefix = \"ctrl+\"\n");
    terminal.wait_text("keys.toml:1:10: error:");
    terminal.keys("ctrl+a p");
    terminal.wait_text("─ home");
    segno.write("config.toml", "[looks]\nborders = \"heavy\"\ntab_bar = \"bottom\"\n");
    terminal.wait_text("━ home");
    std::fs::remove_file(segno.home().join("keys.toml")).expect("the keys go");
    terminal.wait_text("ctrl+b ? help");
    segno.write("config.toml", "[looks]\nborders = \"neon\"\nplain = true\n");
    terminal.wait_gone("━");
    terminal.wait_text("focused home");
    terminal.keys("ctrl+b ?");
    terminal.wait_text("find:");
    let shown = segno.cli(&["config", "check"]);
    let text = String::from_utf8_lossy(&shown.stdout);
    assert!(text.contains("config.toml:2:11: error: `looks.borders`"), "{text}");
}

#[test]
fn settings_that_are_links_take_effect_when_their_targets_change() {
    let segno = Segno::new();
    let dotfiles = segno.directory("dotfiles");
    let (keys, config) = (dotfiles.join("keys.toml"), dotfiles.join("segno.toml"));
    std::fs::write(&keys, "prefix = \"ctrl+a\"\n").unwrap();
    std::fs::create_dir_all(segno.home()).unwrap();
    std::os::unix::fs::symlink("../dotfiles/keys.toml", segno.home().join("keys.toml")).unwrap();
    let terminal = segno.terminal();
    terminal.wait_text("ctrl+a ? help");
    std::fs::write(&keys, "prefix = \"ctrl+o\"\n").unwrap();
    terminal.wait_text("ctrl+o ? help");
    // As editors and dotfile managers save: another file in its place.
    std::fs::write(dotfiles.join("new"), "prefix = \"ctrl+y\"\n").unwrap();
    std::fs::rename(dotfiles.join("new"), &keys).unwrap();
    terminal.wait_text("ctrl+y ? help");
    // A link that comes while the daemon runs.
    std::fs::write(&config, "[looks]\npane_titles = \"always\"\n").unwrap();
    std::os::unix::fs::symlink(&config, segno.home().join("config.toml")).unwrap();
    terminal.wait_text("─ home");
    std::fs::write(&config, "[looks]\npane_titles = \"off\"\n").unwrap();
    terminal.wait_gone("─ home");
}

#[test]
fn narrow_terminals_are_usable_and_no_hint_comes_uncalled() {
    let segno = Segno::new();
    segno.write("keys.toml", "hint_ms = 100\n");
    let terminal = segno.terminal_of(40, 12, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b %");
    terminal.wait_text("┬─ home");
    terminal.keys("ctrl+b");
    terminal.wait_text("PREFIX");
    terminal.wait_text("more: ?");
    terminal.keys("escape");
    terminal.wait_gone("PREFIX");
    // By the time this is printed, the hint would have come.
    terminal.type_text("sleep 0.3; echo la''ter");
    terminal.keys("enter");
    terminal.wait_text("later");
    assert!(!terminal.screen().contains("more: "));
}
