//! The tracker's JSON, added to what the user has in a variable or in the file it names.
//!
//! Where theirs cannot be read, theirs stays exactly as it is and a note says what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::values::fill_args;
use super::{LaunchError, LaunchRequest, Probe, Remarks, environment};
use crate::panetype::hook;
use crate::panetype::text::json;
use crate::panetype::text::template::{FillError, Placeholder, Template, Values};
use crate::panetype::types::{Condition, JsonEnv, JsonFile, JsonTemplate, PaneType, Seed};

type Env = BTreeMap<OsString, OsString>;

/// What a tracker adds, besides variables.
#[derive(Debug, Default)]
pub(super) struct Injected {
    pub args: Vec<OsString>,
    pub files: Vec<(PathBuf, Vec<u8>)>,
}

/// Gives the type's tracker what it needs: variables, JSON in variables and files, hooks.
pub(super) fn inject(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    values: &Values,
    env: &mut Env,
    probe: &dyn Probe,
    remarks: &mut Remarks,
) -> Result<Injected, LaunchError> {
    let Some(tracker) = &ty.tracker else { return Ok(Injected::default()) };
    environment::fill(&tracker.env, values, env)?;
    let mut args = fill_args(&tracker.args, values)?;
    let mut files = Vec::new();
    let on = ty.toggles_on(req.start);
    let mut injection = Injection { req, on: &on, values, probe, remarks };
    for entry in &tracker.json_env {
        injection.merge_variable(entry, env);
    }
    for entry in &tracker.json_file {
        files.extend(injection.merge_file(entry, env, &mut args));
    }
    files.extend(hook::files(ty, tracker, req).into_iter().flatten());
    Ok(Injected { args, files })
}

struct Injection<'a> {
    req: &'a LaunchRequest<'a>,
    /// The toggles that are on.
    on: &'a BTreeSet<String>,
    values: &'a Values,
    probe: &'a dyn Probe,
    remarks: &'a mut Remarks,
}

impl Injection<'_> {
    /// Merges into the variable itself.
    fn merge_variable(&mut self, entry: &JsonEnv, env: &mut Env) {
        if !self.wanted(&entry.name, &entry.condition) {
            return;
        }
        let name = OsStr::new(&entry.name);
        let merged = (|| {
            let theirs = match env.get(name) {
                Some(value) => value.to_str().ok_or_else(|| "it is not valid UTF-8".to_string())?,
                None => "",
            };
            let mut theirs = json::parse(theirs)?;
            self.seed(&entry.seed, &mut theirs)?;
            self.merged(&entry.name, theirs, &entry.merge)
        })();
        match merged {
            Ok(object) => {
                env.insert(name.to_os_string(), Value::Object(object).to_string().into());
            }
            Err(why) => self.left_alone(&entry.name, &why),
        }
    }

    /// Copies what the program would take from a file and, given the variable, will not.
    fn seed(&self, seeds: &[Seed], theirs: &mut Map<String, Value>) -> Result<(), String> {
        let files = seeds
            .iter()
            .filter_map(|seed| Some((seed, PathBuf::from(seed.file.fill(self.values).ok()?))));
        let found = files.into_iter().find(|(_, path)| self.probe.exists(path));
        let Some((seed, path)) = found.filter(|(seed, _)| !theirs.contains_key(&seed.to)) else {
            return Ok(());
        };
        if let Some(Value::Array(mut items)) = self.read(&path)?.remove(&seed.from) {
            if let Some(keys) = &seed.pair {
                items.iter_mut().for_each(|item| json::name_pair(item, keys));
            }
            theirs.insert(seed.to.clone(), items.into());
        }
        Ok(())
    }

    /// Merges into a copy of the file that the variable names, and lets it name the copy.
    fn merge_file(
        &mut self,
        entry: &JsonFile,
        env: &mut Env,
        args: &mut Vec<OsString>,
    ) -> Option<(PathBuf, Vec<u8>)> {
        if !self.wanted(called(entry), &entry.condition) {
            return None;
        }
        let name = entry.name.as_deref().map(OsStr::new);
        let named = name.and_then(|name| env.get(name)).filter(|path| !path.is_empty());
        let theirs = named.map(|path| self.req.cwd.join(path)).or_else(|| {
            let from = entry.from.iter().filter_map(|path| path.fill(self.values).ok());
            from.map(PathBuf::from).find(|path| self.probe.exists(path))
        });
        match self.file_content(entry, theirs.as_deref()) {
            Ok(object) => {
                let path = self.req.paths.generated_dir.join(&entry.file);
                if let Some(name) = name {
                    env.insert(name.to_os_string(), path.clone().into_os_string());
                }
                let mut values = self.values.clone();
                values.insert(Placeholder::File, path.clone().into_os_string());
                args.extend(entry.args.iter().filter_map(|arg| arg.fill(&values).ok()));
                let mut text = format!("{:#}", Value::Object(object));
                text.push('\n');
                Some((path, text.into_bytes()))
            }
            Err(why) => {
                self.left_alone(called(entry), &why);
                None
            }
        }
    }

    fn file_content(
        &mut self,
        entry: &JsonFile,
        theirs: Option<&Path>,
    ) -> Result<Map<String, Value>, String> {
        let mut object = match theirs {
            Some(path) => self.read(path)?,
            None => Map::new(),
        };
        if let Some(dir) = theirs.and_then(Path::parent)
            && !json::make_absolute(&mut object, &entry.absolute, dir, self.probe)
        {
            return Err("a path in it is not valid UTF-8, which JSON cannot hold".to_string());
        }
        self.merged(called(entry), object, &entry.merge)
    }

    fn read(&self, path: &Path) -> Result<Map<String, Value>, String> {
        let bytes = match self.probe.read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| format!("{} is not UTF-8 text", path.display()))?;
        json::parse(&text).map_err(|why| format!("in {}, {why}", path.display()))
    }

    /// Theirs with ours added; notes where theirs had to stay.
    fn merged(
        &mut self,
        name: &str,
        mut theirs: Map<String, Value>,
        ours: &JsonTemplate,
    ) -> Result<Map<String, Value>, String> {
        let Ok(Value::Object(ours)) = filled(ours, self.values) else {
            return Err("a value for it is missing, or is a path that is not UTF-8".to_string());
        };
        for key in json::merge(&mut theirs, ours) {
            self.remarks
                .note(format!("{name}: your own `{key}` stays, so the tracker's is left out"));
        }
        Ok(theirs)
    }

    /// Whether everything exists that the entry is made for.
    fn wanted(&mut self, name: &str, condition: &Condition) -> bool {
        if condition.toggle.as_ref().is_some_and(|toggle| !self.on.contains(toggle)) {
            return false;
        }
        if let Some(generation) = &condition.generation
            && self.req.generation != Some(generation)
        {
            self.remarks
                .leave_out(format!("{name} is left out: it is for generation {generation}"));
            return false;
        }
        let filled = |template: &Template| template.fill(self.values).map(PathBuf::from);
        let exists = |template| filled(template).is_ok_and(|path| self.probe.exists(&path));
        let above = |template| filled(template).is_ok_and(|path| self.complete_above(&path));
        let wanted = condition.exist.iter().all(exists) && condition.above.iter().all(above);
        if !wanted {
            let default = || format!("{name} is left out: what it needs is not there");
            self.remarks.leave_out(condition.else_note.clone().unwrap_or_else(default));
        }
        wanted
    }

    /// Whether the path exists in the pane's directory and in each above it that has its first
    /// part.
    fn complete_above(&self, path: &Path) -> bool {
        let Some(first) = path.components().next() else { return false };
        let mut bases =
            self.req.cwd.ancestors().filter(|base| self.probe.exists(&base.join(first)));
        bases.all(|base| self.probe.exists(&base.join(path)))
    }

    fn left_alone(&mut self, name: &str, why: &str) {
        self.remarks.note(format!("{name} is left as you have it, without the tracker: {why}"));
    }
}

/// What the entry is called in notes.
fn called(entry: &JsonFile) -> &str {
    entry.name.as_deref().unwrap_or(&entry.file)
}

/// JSON with its placeholders filled in.
pub(super) fn filled(template: &JsonTemplate, values: &Values) -> Result<Value, FillError> {
    Ok(match template {
        JsonTemplate::Text(text) => Value::from(text.fill_text(values)?),
        JsonTemplate::Bool(value) => Value::from(*value),
        JsonTemplate::Integer(number) => Value::from(*number),
        JsonTemplate::Float(number) => Value::from(*number),
        JsonTemplate::List(items) => {
            items.iter().map(|item| filled(item, values)).collect::<Result<Vec<_>, _>>()?.into()
        }
        JsonTemplate::Object(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                object.insert(key.clone(), filled(value, values)?);
            }
            Value::Object(object)
        }
    })
}
