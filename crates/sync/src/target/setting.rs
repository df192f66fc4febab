//! A target's settings by name, as `sync config` shows and changes them.

use super::{Contents, Deletions, Target};

/// What can be changed, with what it means.
pub const SETTINGS: &[(&str, &str)] = &[
    ("contents", "all, prompts or titles: how much of each conversation is sent"),
    ("reasoning", "yes or no: also what models thought"),
    ("tools", "yes or no: what tools took and printed"),
    ("deletions", "forgotten or all: also what its agent has deleted is deleted there"),
    ("agents", "only these pane types, separated by commas"),
    ("exclude_agents", "none of these pane types"),
    ("projects", "only these projects"),
    ("exclude_projects", "none of these projects"),
    ("directories", "only what was held in these directories or below them"),
    ("exclude_directories", "nothing of these directories"),
    ("key_command", "a command that prints the key, instead of a stored one"),
    ("format", "how files are written: jsonl or md"),
];

impl Target {
    /// All settings as text, in the order of [`SETTINGS`], and then what was chosen at the login.
    pub fn settings(&self) -> Vec<(String, String)> {
        let known = SETTINGS.iter().map(|(name, _)| ((*name).to_owned(), self.setting(name)));
        known.chain(self.chosen.iter().map(|(k, v)| (k.clone(), v.clone()))).collect()
    }

    fn setting(&self, name: &str) -> String {
        let list = |list: &[String]| list.join(",");
        let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let scope = &self.scope;
        match name {
            "contents" => word(&self.contents),
            "reasoning" => yes(self.reasoning),
            "tools" => yes(self.tools),
            "deletions" => word(&self.deletions),
            "agents" => list(&scope.agents),
            "exclude_agents" => list(&scope.exclude_agents),
            "projects" => list(&scope.projects),
            "exclude_projects" => list(&scope.exclude_projects),
            "directories" => list(&scope.directories),
            "exclude_directories" => list(&scope.exclude_directories),
            "key_command" => self.key_command.clone().unwrap_or_default(),
            "format" => self.format.clone().unwrap_or_default(),
            name => self.chosen.get(name).cloned().unwrap_or_default(),
        }
    }

    /// Changes a setting; the error says what is possible. An empty value takes it away.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let list = || value.split(',').map(str::trim).filter(|one| !one.is_empty()).map(Into::into);
        let some = (!value.is_empty()).then(|| value.to_owned());
        let wrong = || {
            let (_, possible) =
                SETTINGS.iter().find(|(known, _)| *known == name).unwrap_or(&("", ""));
            format!("{name} cannot be {value:?}: {possible}")
        };
        let yes = || match value {
            "yes" | "true" | "on" => Ok(true),
            "no" | "false" | "off" => Ok(false),
            _ => Err(wrong()),
        };
        match name {
            "contents" => {
                self.contents = match value {
                    "all" => Contents::All,
                    "prompts" => Contents::Prompts,
                    "titles" | "titles and figures" => Contents::Titles,
                    _ => return Err(wrong()),
                }
            }
            "reasoning" => self.reasoning = yes()?,
            "tools" => self.tools = yes()?,
            "deletions" => {
                self.deletions = match value {
                    "forgotten" => Deletions::Forgotten,
                    "all" => Deletions::All,
                    _ => return Err(wrong()),
                }
            }
            "agents" => self.scope.agents = list().collect(),
            "exclude_agents" => self.scope.exclude_agents = list().collect(),
            "projects" => self.scope.projects = list().collect(),
            "exclude_projects" => self.scope.exclude_projects = list().collect(),
            "directories" => self.scope.directories = absolute(list().collect())?,
            "exclude_directories" => self.scope.exclude_directories = absolute(list().collect())?,
            "key_command" => self.key_command = some,
            "format" => self.format = some,
            name if self.chosen.contains_key(name) => match some {
                Some(value) => drop(self.chosen.insert(name.into(), value)),
                None => drop(self.chosen.remove(name)),
            },
            _ => {
                let known = SETTINGS.iter().map(|(name, _)| *name);
                let known: Vec<_> = known.chain(self.chosen.keys().map(String::as_str)).collect();
                return Err(format!(
                    "there is no setting {name:?}; there are {}",
                    known.join(", ")
                ));
            }
        }
        Ok(())
    }
}

fn absolute(list: Vec<String>) -> Result<Vec<String>, String> {
    match list.iter().find(|directory| !directory.starts_with('/')) {
        Some(wrong) => Err(format!("{wrong:?} is no full path")),
        None => Ok(list),
    }
}

fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_can_be_shown_and_set_again() {
        let mut target = Target::new("t", "s", "u", 0);
        target.chosen.insert("workspace".into(), "w1".into());
        for (name, value) in [
            ("contents", "prompts"),
            ("reasoning", "yes"),
            ("tools", "no"),
            ("deletions", "all"),
            ("agents", "a,b"),
            ("exclude_agents", "c"),
            ("projects", "p"),
            ("exclude_projects", "q"),
            ("directories", "/x"),
            ("exclude_directories", "/x/y"),
            ("key_command", "pass show x"),
            ("format", "md"),
            ("workspace", "w2"),
        ] {
            target.set(name, value).unwrap();
            assert!(target.settings().contains(&(name.into(), value.into())), "{name}");
        }
        assert_eq!(target.settings().len(), SETTINGS.len() + 1);
        for (name, value) in
            [("contents", "some"), ("tools", "2"), ("directories", "x"), ("no", "")]
        {
            assert!(target.set(name, value).is_err(), "{name}");
        }
        let text = toml::to_string(&target).unwrap();
        let read: Target = toml::from_str(&text).unwrap();
        assert_eq!(Target { name: "t".into(), ..read }, target);
    }
}
