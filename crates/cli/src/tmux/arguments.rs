//! tmux's way of writing a command: options of one letter, with a value or without, then words.

use std::collections::BTreeMap;

/// A command line after the program's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Invoked<'a> {
    /// `-V`
    Version,
    Command {
        /// The server's socket, where one is named.
        server: Option<&'a str>,
        name: &'a str,
        args: &'a [String],
    },
}

impl Invoked<'_> {
    pub(super) fn parse(args: &[String]) -> Result<Invoked<'_>, String> {
        let mut server = None;
        let mut rest = args;
        loop {
            rest = match rest {
                [] => return Err("no command; Segno is attached with `segno`".into()),
                [version, ..] if version == "-V" => return Ok(Invoked::Version),
                [option, socket, rest @ ..] if option == "-S" => {
                    server = Some(socket.as_str());
                    rest
                }
                [option, ..] if option.starts_with('-') => {
                    return Err(format!("the option {option} is not offered here"));
                }
                [name, args @ ..] => return Ok(Invoked::Command { server, name, args }),
            }
        }
    }
}

/// A command's options and what follows them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options<'a> {
    flags: Vec<char>,
    values: BTreeMap<char, &'a str>,
    pub(super) words: &'a [String],
}

impl<'a> Options<'a> {
    /// Reads options of these letters; a colon behind a letter: it has a value, as in getopt(3).
    pub(super) fn parse(args: &'a [String], letters: &str) -> Result<Options<'a>, String> {
        let mut options = Options { words: args, ..Options::default() };
        while let [word, rest @ ..] = options.words {
            if word == "--" {
                options.words = rest;
                break;
            }
            let Some(cluster) = word.strip_prefix('-').filter(|cluster| !cluster.is_empty()) else {
                break;
            };
            options.words = rest;
            for (at, letter) in cluster.char_indices() {
                let known = letters.find(letter).filter(|_| letter != ':');
                let Some(known) = known else {
                    return Err(format!("the option -{letter} is not offered here"));
                };
                if !letters[known + 1..].starts_with(':') {
                    options.flags.push(letter);
                    continue;
                }
                let attached = &cluster[at + letter.len_utf8()..];
                let value = match options.words {
                    _ if !attached.is_empty() => attached,
                    [value, rest @ ..] => {
                        options.words = rest;
                        value
                    }
                    [] => return Err(format!("-{letter} needs a value")),
                };
                options.values.insert(letter, value);
                break;
            }
        }
        Ok(options)
    }

    pub(super) fn has(&self, flag: char) -> bool {
        self.flags.contains(&flag)
    }

    pub(super) fn value(&self, letter: char) -> Option<&'a str> {
        self.values.get(&letter).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn a_server_may_be_named_before_the_command() {
        let args = words("-S /s kill-pane -t %3");
        let Ok(Invoked::Command { server, name, args }) = Invoked::parse(&args) else { panic!() };
        assert_eq!((server, name, args), (Some("/s"), "kill-pane", &words("-t %3")[..]));
        assert_eq!(Invoked::parse(&words("-S /s -V")), Ok(Invoked::Version));
        for refused in ["", "-L other new-session", "-S", "-CC attach"] {
            assert!(Invoked::parse(&words(refused)).is_err(), "{refused}");
        }
    }

    #[test]
    fn options_are_apart_together_or_with_their_value() {
        let args = words("-dh -t%1 -l 70% -P -F #{pane_id} -- cat -x");
        let options = Options::parse(&args, "dhvPt:l:F:").unwrap();
        assert!(options.has('d') && options.has('h') && options.has('P') && !options.has('v'));
        assert_eq!(options.value('t'), Some("%1"));
        assert_eq!((options.value('l'), options.value('F')), (Some("70%"), Some("#{pane_id}")));
        assert_eq!(options.words, words("cat -x"));
        assert!(Options::parse(&words("-z"), "a").is_err());
        assert!(Options::parse(&words("-t"), "t:").is_err());
        assert!(Options::parse(&words("-:"), "t:").is_err());
    }
}
