//! What systemd and launchd are given to start Segno by: texts from a program and a home.

use std::path::Path;

use sha2::{Digest, Sha256};

/// The first line of every unit that Segno has written, by which it knows its own.
pub const OURS: &str = "Written by `segno service install`";

/// What is to be started.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The program's file.
    pub program: &'a Path,
    /// `SEGNO_HOME`, where it is not the usual one.
    pub home: Option<&'a Path>,
}

/// A user unit of systemd. Its processes stay when it is stopped: programs are the keeper's, and a
/// daemon that was stopped in good order has written everything.
pub fn systemd(start: Start<'_>) -> String {
    let program = systemd_word(&start.program.to_string_lossy());
    let home = start.home.map(|home| {
        let variable = format!("SEGNO_HOME={}", home.display());
        // Not a command line: `$` stands for itself.
        format!("Environment={}\n", systemd_word(&variable).replace("$$", "$"))
    });
    format!(
        "# {OURS}; `segno service uninstall` removes it.\n\
         [Unit]\n\
         Description=Segno: the panes of agents and programs, in their conversations\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         RemainAfterExit=yes\n\
         KillMode=process\n\
         {}\
         ExecStart={program} daemon start\n\
         ExecStop={program} daemon stop\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        home.unwrap_or_default()
    )
}

/// A word of systemd's in quotes, without its own expansions.
fn systemd_word(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            '%' => "%%".into(),
            '$' => "$$".into(),
            other => other.into(),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// An agent of launchd with this label.
pub fn launchd(label: &str, start: Start<'_>) -> String {
    let text = |text: &str| text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
    let home = start.home.map(|home| {
        let home = text(&home.to_string_lossy());
        format!(
            "    <key>EnvironmentVariables</key>\n    <dict>\n        <key>SEGNO_HOME</key>\n        \
             <string>{home}</string>\n    </dict>\n"
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!-- {OURS}; `segno service uninstall` removes it. -->\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n\
         <dict>\n    \
             <key>Label</key>\n    <string>{label}</string>\n    \
             <key>ProgramArguments</key>\n    <array>\n        \
                 <string>{}</string>\n        <string>daemon</string>\n        \
                 <string>start</string>\n    </array>\n    \
             <key>RunAtLoad</key>\n    <true/>\n    \
             <key>AbandonProcessGroup</key>\n    <true/>\n\
         {}</dict>\n\
         </plist>\n",
        text(&start.program.to_string_lossy()),
        home.unwrap_or_default()
    )
}

/// The name of a home's service: `segno` for `~/.segno`, and with the directory's name for another.
pub fn name(home: &Path) -> String {
    let directory = home.file_name().unwrap_or_default().to_string_lossy();
    let plain: String = directory
        .trim_start_matches('.')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    match plain.starts_with("segno") {
        true => plain,
        false => format!("segno-{plain}"),
    }
}

/// The same for one whose name another home of that directory's name has: with a part of its path's
/// digest.
pub fn long_name(home: &Path) -> String {
    let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
    let short: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{short}", name(home))
}

/// What a unit says of the home that it is for; nothing: the usual one.
pub fn home_of(unit: &str) -> Option<&str> {
    let mut lines = unit.lines().skip_while(|line| !line.contains("SEGNO_HOME"));
    let line = lines.next()?;
    // launchd has the value in the line below its key.
    if line.trim_end().ends_with("</key>") { lines.next() } else { Some(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_all_kinds_are_written_so_that_they_are_read_alike() {
        let program = Path::new("/opt/a b/100%/$x/\"q\"/segno");
        let start = Start { program, home: Some(Path::new("/home/ada/.segno & <more> $1")) };
        let unit = systemd(start);
        assert!(
            unit.contains("ExecStart=\"/opt/a b/100%%/$$x/\\\"q\\\"/segno\" daemon start\n"),
            "{unit}"
        );
        assert!(unit.contains("Environment=\"SEGNO_HOME=/home/ada/.segno & <more> $1\"\n"));
        let agent = launchd("segno", start);
        assert!(agent.contains("<string>/home/ada/.segno &#38; &#60;more&#62; $1</string>"));
        assert!(agent.contains("<string>start</string>"));
    }

    #[test]
    fn each_home_has_a_service_of_its_own() {
        let named = |home| name(Path::new(home));
        assert_eq!(named("/home/ada/.segno"), "segno");
        assert_eq!(named("/home/ada/.segno-work"), "segno-work");
        assert_eq!(named("/data/my work"), "segno-my-work");
        let long = |home| long_name(Path::new(home));
        assert!(long("/data/.segno").starts_with("segno-"));
        assert_ne!(long("/data/.segno"), long("/srv/.segno"));
    }

    #[test]
    fn a_unit_says_which_home_it_is_for() {
        let program = Path::new("/opt/segno");
        let start = |home| Start { program, home: Some(Path::new(home)) };
        fn agent(start: Start<'_>) -> String {
            launchd("segno", start)
        }
        let units: [fn(Start<'_>) -> String; 2] = [systemd, agent];
        for unit in units {
            let one = unit(start("/data/.segno"));
            assert_eq!(home_of(&one), home_of(&unit(start("/data/.segno"))));
            assert_ne!(home_of(&one), home_of(&unit(start("/srv/.segno"))));
            assert_eq!(home_of(&unit(Start { program, home: None })), None);
        }
    }
}
