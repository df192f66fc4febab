//! What an agent needs to know, printed or written where it looks.

use std::fs;

use crate::support::segno::Segno;

#[test]
fn the_skill_is_written_with_consent_and_never_over_another() {
    let segno = Segno::new();
    let project = segno.directory("project");
    let text = segno.ok(&["skill"]);
    assert!(text.starts_with("---\nname: segno\n"), "{text}");
    let in_project = |args: &[&str]| {
        let mut command = segno.command(crate::support::segno::program());
        command.args(["skill", "install", "--project"]).args(args).current_dir(&project);
        command.output().expect("segno runs")
    };
    // Nobody can be asked here.
    assert_eq!(in_project(&[]).status.code(), Some(2));
    let file = project.join(".agents/skills/segno/SKILL.md");
    assert!(!file.exists());
    assert!(in_project(&["--yes"]).status.success());
    assert_eq!(fs::read_to_string(&file).unwrap().trim(), text.trim());
    assert!(in_project(&[]).status.success(), "it is there already");
    fs::write(&file, "mine").unwrap();
    assert_eq!(in_project(&[]).status.code(), Some(2));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn an_agents_place_is_its_types() {
    let segno = Segno::new();
    let ty = "schema = 1\nname = \"reader\"\nkind = \"agent\"\n[command]\nprogram = \"sh\"\n\
              [skill]\nfiles = [\"{env:READER_HOME}/SKILL.md\", \"{user_home}/.reader/SKILL.md\"]\n";
    segno.write("panes/reader.toml", ty);
    segno.ok(&["skill", "install", "reader", "--yes"]);
    assert!(segno.user_home().join(".reader/SKILL.md").exists());
    assert_eq!(segno.fails(&["skill", "install", "shell", "--yes"]).0, 1);
    assert_eq!(segno.fails(&["skill", "install", "nobody", "--yes"]).0, 3);
    assert_eq!(segno.fails(&["skill", "install"]).0, 2);
}
