//! The second half of `clients/segno.py`.

use std::fmt::Write as _;

use crate::shape::{Api, Field, Method, Shape};

/// Words of the language, which get an underscore behind them.
const WORDS: [&str; 6] = ["for", "from", "with", "in", "is", "not"];

pub fn made(api: &Api) -> String {
    let mut text = String::new();
    let errors = api.errors.iter().map(|(code, name)| format!("    {code}: \"{name}\",\n"));
    let errors: String = errors.collect();
    let stopping = api.errors.iter().find(|(_, name)| name == "stopping").unwrap().0;
    write!(text, "#: The names of codes.\nERRORS = {{\n{errors}}}\nSTOPPING = {stopping}\n\n")
        .unwrap();
    let (objects, others): (Vec<_>, Vec<_>) =
        api.shapes.iter().partition(|(_, _, shape)| matches!(shape, Shape::Object(_)));
    for (name, about, shape) in others {
        about.iter().for_each(|about| text.push_str(&comment("", "#: ", about)));
        writeln!(text, "{name} = {}", ty(shape, true)).unwrap();
    }
    for (name, about, shape) in objects {
        let Shape::Object(fields) = shape else { continue };
        text.push_str(&object(name, about.as_deref(), fields));
    }
    text.push_str("\n\nclass Segno(Helpers):\n    \"\"\"The daemon of a home, with every method that it has.\"\"\"\n");
    api.methods.iter().for_each(|each| text.push_str(&method(each)));
    text
}

fn word(name: &str) -> String {
    match WORDS.contains(&name) {
        true => format!("{name}_"),
        false => name.to_string(),
    }
}

/// A type; `now`: where it is evaluated at once, so that what comes later is named in quotes.
fn ty(shape: &Shape, now: bool) -> String {
    let all = |shapes: &[Shape]| shapes.iter().map(|s| ty(s, now)).collect::<Vec<_>>().join(", ");
    match shape {
        Shape::Any => "Any".into(),
        Shape::Null => "None".into(),
        Shape::Boolean => "bool".into(),
        Shape::Number => "float".into(),
        Shape::Integer => "int".into(),
        Shape::Text => "str".into(),
        Shape::Named(name) if now => format!("\"{name}\""),
        Shape::Named(name) => name.clone(),
        Shape::Constant(value) => format!("Literal[{value}]"),
        Shape::List(of) => format!("List[{}]", ty(of, now)),
        Shape::Tuple(of) => format!("List[Union[{}]]", all(of)),
        Shape::Map(of) => format!("Dict[str, {}]", ty(of, now)),
        Shape::Object(_) => "Dict[str, Any]".into(),
        Shape::OneOf(of) => one_of(of, now),
    }
}

/// Constants are one literal, and each type is there once.
fn one_of(of: &[Shape], now: bool) -> String {
    let constants: Vec<String> = of.iter().filter_map(constant).collect();
    let literal = (!constants.is_empty()).then(|| format!("Literal[{}]", constants.join(", ")));
    let mut types: Vec<String> = literal.into_iter().collect();
    for shape in of.iter().filter(|shape| constant(shape).is_none()) {
        let ty = ty(shape, now);
        if !types.contains(&ty) {
            types.push(ty);
        }
    }
    match types.len() {
        1 => types.remove(0),
        _ => format!("Union[{}]", types.join(", ")),
    }
}

fn constant(shape: &Shape) -> Option<String> {
    match shape {
        Shape::Constant(value) => Some(value.to_string()),
        _ => None,
    }
}

fn comment(indent: &str, sign: &str, text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && indent.len() + sign.len() + line.len() + word.len() >= 99 {
            writeln!(lines, "{indent}{sign}{line}").unwrap();
            line.clear();
        }
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(word);
    }
    writeln!(lines, "{indent}{sign}{line}").unwrap();
    lines
}

fn object(name: &str, about: Option<&str>, fields: &[Field]) -> String {
    let mut text = String::new();
    if fields.iter().any(|field| WORDS.contains(&field.name.as_str())) {
        about.iter().for_each(|about| text.push_str(&comment("", "#: ", about)));
        writeln!(text, "{name} = TypedDict(\n    \"{name}\",\n    {{").unwrap();
        for field in fields {
            field.description.iter().for_each(|d| text.push_str(&comment("        ", "#: ", d)));
            let ty = ty(&field.shape, false).replace('"', "'");
            writeln!(text, "        \"{}\": \"{ty}\",", field.name).unwrap();
        }
        return text + "    },\n    total=False,\n)\n";
    }
    writeln!(text, "\n\nclass {name}(TypedDict):").unwrap();
    about.iter().for_each(|about| {
        let mut lines = comment("    ", "", about);
        lines.insert_str(4, "\"\"\"");
        lines.insert_str(lines.len() - 1, "\"\"\"");
        text.push_str(&lines);
    });
    for field in fields {
        field.description.iter().for_each(|d| text.push_str(&comment("    ", "#: ", d)));
        let ty = ty(&field.shape, false);
        let ty = if field.required { ty } else { format!("NotRequired[{ty}]") };
        writeln!(text, "    {}: {ty}", field.name).unwrap();
    }
    text
}

fn method(method: &Method) -> String {
    let (needed, rest): (Vec<_>, Vec<_>) = method.params.iter().partition(|p| p.required);
    let mut params = vec!["self".to_string()];
    params.extend(needed.iter().map(|p| format!("{}: {}", word(&p.name), ty(&p.shape, false))));
    if !rest.is_empty() {
        params.push("*".into());
    }
    params.extend(rest.iter().map(|p| {
        let ty = ty(&p.shape, false);
        let ty = ty.strip_prefix("Union[").and_then(|t| t.strip_suffix(", None]")).unwrap_or(&ty);
        format!("{}: {ty} | None = None", word(&p.name))
    }));
    let name = method.name.replace('.', "_");
    let result = ty(&method.result, false);
    let mut text = format!("\n    def {name}({}) -> {result}:\n", params.join(", "));
    if text.len() > 100 {
        let params: String = params.iter().map(|p| format!("        {p},\n")).collect();
        text = format!("\n    def {name}(\n{params}    ) -> {result}:\n");
    }
    let mut about = comment("        ", "", &method.summary);
    about.insert_str(8, "\"\"\"");
    let described: Vec<_> = method.params.iter().filter(|p| p.description.is_some()).collect();
    if !described.is_empty() {
        about.push('\n');
        for param in described {
            let line = format!("{}: {}", word(&param.name), param.description.as_ref().unwrap());
            about.push_str(&comment("        ", "", &line));
        }
        about.push_str("        \"\"\"\n");
    } else {
        about.insert_str(about.len() - 1, "\"\"\"");
    }
    text.push_str(&about);
    let pairs: Vec<_> =
        method.params.iter().map(|p| format!("\"{}\": {}", p.name, word(&p.name))).collect();
    let call = format!("        return self.call(\"{}\", {{{}}})\n", method.name, pairs.join(", "));
    if call.len() <= 100 {
        return text + &call;
    }
    let pairs: String = pairs.iter().map(|pair| format!("            {pair},\n")).collect();
    text + &format!("        return self.call(\"{}\", {{\n{pairs}        }})\n", method.name)
}
