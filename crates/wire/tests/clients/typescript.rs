//! The second half of `clients/segno.ts`.

use std::fmt::Write as _;

use crate::shape::{Api, Field, Method, Shape};

pub fn made(api: &Api) -> String {
    let mut text = String::new();
    let errors = api.errors.iter().map(|(code, name)| format!("  [{code}]: \"{name}\",\n"));
    let errors: String = errors.collect();
    let stopping = api.errors.iter().find(|(_, name)| name == "stopping").unwrap().0;
    write!(
        text,
        "/** The names of codes. */\nexport const ERRORS: Record<number, string> = {{\n{errors}}};\n\
         const STOPPING = {stopping};\n"
    )
    .unwrap();
    for (name, about, shape) in &api.shapes {
        text.push('\n');
        text.push_str(&comment("", about.as_deref()));
        match shape {
            Shape::Object(fields) => {
                writeln!(text, "export interface {name} {}", object(fields)).unwrap();
            }
            other => writeln!(text, "export type {name} = {};", ty(other)).unwrap(),
        }
    }
    for method in api.methods.iter().filter(|method| !method.params.is_empty()) {
        let about = format!("Parameters of `{}`.", method.name);
        let (name, fields) = (params(method), object(&method.params));
        write!(text, "\n{}export interface {name} {fields}\n", comment("", Some(&about))).unwrap();
    }
    text.push_str("\n/** The daemon of a home, with every method that it has. */\n");
    text.push_str("export class Segno extends Helpers {");
    api.methods.iter().for_each(|each| text.push_str(&self::method(each)));
    text + "}\n"
}

/// `pane.drop_input` as `paneDropInput`.
fn camel(name: &str) -> String {
    let mut words = name.split(['.', '_']);
    let first = words.next().unwrap().to_string();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

fn params(method: &Method) -> String {
    let name = camel(&method.name);
    name[..1].to_uppercase() + &name[1..] + "Params"
}

fn ty(shape: &Shape) -> String {
    let all = |shapes: &[Shape], by: &str| shapes.iter().map(ty).collect::<Vec<_>>().join(by);
    match shape {
        Shape::Any => "unknown".into(),
        Shape::Null => "null".into(),
        Shape::Boolean => "boolean".into(),
        Shape::Number | Shape::Integer => "number".into(),
        Shape::Text => "string".into(),
        Shape::Named(name) => name.clone(),
        Shape::Constant(value) => value.to_string(),
        Shape::List(of) => match ty(of) {
            of if of.contains(' ') => format!("({of})[]"),
            of => format!("{of}[]"),
        },
        Shape::Tuple(of) => format!("[{}]", all(of, ", ")),
        Shape::Map(of) => format!("Record<string, {}>", ty(of)),
        Shape::Object(fields) => {
            let fields = fields.iter().map(|field| {
                let optional = if field.required { "" } else { "?" };
                format!("{}{optional}: {}", field.name, ty(&field.shape))
            });
            format!("{{ {} }}", fields.collect::<Vec<_>>().join("; "))
        }
        Shape::OneOf(of) => all(of, " | "),
    }
}

fn comment(indent: &str, text: Option<&str>) -> String {
    text.map_or(String::new(), |text| format!("{indent}/** {text} */\n"))
}

fn object(fields: &[Field]) -> String {
    let mut text = String::from("{\n");
    for field in fields {
        text.push_str(&comment("  ", field.description.as_deref()));
        let optional = if field.required { "" } else { "?" };
        writeln!(text, "  {}{optional}: {};", field.name, ty(&field.shape)).unwrap();
    }
    text + "}"
}

fn method(method: &Method) -> String {
    let (name, result) = (camel(&method.name), ty(&method.result));
    let optional = method.params.iter().all(|p| !p.required);
    let (asked, given) = match (method.params.is_empty(), optional) {
        (true, _) => (String::new(), ""),
        (_, true) => (format!("params: {} = {{}}", params(method)), ", params"),
        _ => (format!("params: {}", params(method)), ", params"),
    };
    format!(
        "\n{}  async {name}({asked}): Promise<{result}> {{\n    return (await this.call(\"{}\"{given})) as \
         {result};\n  }}\n",
        comment("  ", Some(&method.summary)),
        method.name
    )
}
