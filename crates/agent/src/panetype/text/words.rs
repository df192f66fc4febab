//! A line split into words as a shell does it, without anything else that a shell does.
//!
//! Pure. Quotes and backslashes keep spaces; `$`, `*` and the like mean themselves.

/// Why a line has no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    #[error("a quote is not closed; close it, or write \\ before it")]
    OpenQuote,
}

/// The words of a line.
pub fn split(line: &str) -> Result<Vec<String>, WordsError> {
    let mut words = Vec::new();
    // `None` between words: `''` is a word too.
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(WordsError::OpenQuote)? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(WordsError::OpenQuote)? {
                        '"' => break,
                        '\\' => match chars.next().ok_or(WordsError::OpenQuote)? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            // A backslash at the end has nothing to keep.
            '\\' => word.get_or_insert_default().push(chars.next().unwrap_or('\\')),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        let words = |line| split(line).unwrap();
        assert_eq!(words(""), [""; 0]);
        assert_eq!(words("  -A  -L 80:b:80 "), ["-A", "-L", "80:b:80"]);
        assert_eq!(
            words(r#"-o 'a b' "c \"d\" \n" e\ f '' $x"#),
            ["-o", "a b", "c \"d\" \\n", "e f", "", "$x"]
        );
        assert_eq!(words("a'b'\"c\"d"), ["abcd"]);
        assert_eq!(words("end\\"), ["end\\"]);
        assert_eq!(split("it's"), Err(WordsError::OpenQuote));
        assert_eq!(split("say \"it"), Err(WordsError::OpenQuote));
    }

    proptest! {
        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec(".{0,12}", 0..6)) {
            let quote = |word: &String| format!("'{}'", word.replace('\'', r"'\''"));
            let line = words.iter().map(quote).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(split(&line), Ok(words));
        }

        #[test]
        fn no_line_is_too_odd(line in ".*") {
            let _ = split(&line);
        }
    }
}
