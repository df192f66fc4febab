//! What a command line means that somebody types in a shell to start a type's program: whether it
//! shows a conversation at all, whether it says which one, and what of it holds for a return.
//!
//! Everything else of it is the user's and goes to the program as it is.

/// Options by which any program only prints something.
const PRINTS: &[&str] = &["--version", "--help", "-h"];

/// The `[shell]` part of a type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Options, and first words, with which the program shows no conversation.
    pub plain: Vec<String>,
    /// Options, and first words, by which the user says which conversation it is.
    pub decides: Vec<String>,
    /// Options without a value that are given again when the program returns.
    pub flags: Vec<String>,
    /// The same for those with a value.
    pub options: Vec<String>,
}

/// What a command line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The program shows no conversation.
    Plain,
    /// It does, and the user did not say which one.
    Open,
    /// It does, and the user said which one.
    Decided,
}

impl Typed {
    /// What these arguments mean.
    pub fn meaning(&self, args: &[String]) -> Meaning {
        let mut meaning = Meaning::Open;
        let mut first = true;
        let mut args = args.iter().map(String::as_str).take_while(|arg| *arg != "--").peekable();
        while let Some(arg) = args.next() {
            let name = option(arg);
            match name {
                None if !std::mem::take(&mut first) => {}
                None if has(&self.plain, arg) => return Meaning::Plain,
                None if has(&self.decides, arg) => meaning = Meaning::Decided,
                None => {}
                Some(name) if PRINTS.contains(&name) || has(&self.plain, name) => {
                    return Meaning::Plain;
                }
                Some(name) => {
                    let decides = has(&self.decides, name);
                    if decides {
                        meaning = Meaning::Decided;
                    }
                    // Its value is no word of its own.
                    if (decides || has(&self.options, name)) && name == arg {
                        args.next_if(|next| option(next).is_none());
                    }
                }
            }
        }
        meaning
    }

    /// What of these arguments is given again when the program returns to its conversation. A first
    /// prompt is not, and neither is what nothing is known of: it could be one.
    pub fn kept(&self, args: &[String]) -> Vec<String> {
        let mut kept = Vec::new();
        let mut args = args.iter().take_while(|arg| *arg != "--").peekable();
        while let Some(arg) = args.next() {
            let Some(name) = option(arg) else { continue };
            let with_value = has(&self.options, name) && name != arg;
            if with_value || has(&self.flags, name) {
                kept.push(arg.clone());
            } else if has(&self.options, name)
                && let Some(value) = args.next()
            {
                kept.extend([arg.clone(), value.clone()]);
            }
        }
        kept
    }
}

/// The option that an argument is, without a value behind `=`.
fn option(arg: &str) -> Option<&str> {
    let is_option = arg.len() > 1 && arg.starts_with('-');
    is_option.then(|| arg.split_once('=').map_or(arg, |(name, _)| name))
}

fn has(list: &[String], name: &str) -> bool {
    list.iter().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_string).collect()
    }

    fn typed() -> Typed {
        Typed {
            plain: words("run mcp -p --print"),
            decides: words("resume --session -s --continue"),
            flags: words("--yolo"),
            options: words("--model -m"),
        }
    }

    #[test]
    fn a_command_line_shows_a_conversation_or_does_not() {
        let of = |text: &str| typed().meaning(&words(text));
        for plain in
            ["--version", "-h", "run it", "--yolo mcp list", "-m x run", "-p hello", "--print=x"]
        {
            assert_eq!(of(plain), Meaning::Plain, "{plain}");
        }
        for open in ["", "fix run", "--model run", "--model=x fix", "-- run", "-"] {
            assert_eq!(of(open), Meaning::Open, "{open}");
        }
        for decided in ["--session x", "-s=x", "resume", "--continue", "--session mcp"] {
            assert_eq!(of(decided), Meaning::Decided, "{decided}");
        }
    }

    #[test]
    fn a_return_has_no_prompt_and_no_conversation_of_before() {
        let kept = |text: &str| typed().kept(&words(text)).join(" ");
        assert_eq!(kept("--yolo -s old --model x fix it"), "--yolo --model x");
        assert_eq!(kept("-m=x --unknown value -- --yolo"), "-m=x");
        assert_eq!(kept("--model"), "");
    }
}
