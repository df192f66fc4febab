//! What was said, without the tag that an agent puts around it.

/// `<tag …>said</tag>` becomes `said`; what follows stays. A text that does not begin with the tag
/// is as it was.
pub(super) fn without(text: String, tag: &str) -> String {
    let parts = || {
        let rest = text.trim_start().strip_prefix('<')?.strip_prefix(tag)?;
        let (attributes, rest) = rest.split_once('>')?;
        if !(attributes.is_empty() || attributes.starts_with(char::is_whitespace)) {
            return None;
        }
        let end = format!("</{tag}>");
        let (said, after) = rest.rsplit_once(&end)?;
        Some((said.trim(), after.trim()))
    };
    match parts() {
        Some((said, "")) => said.to_owned(),
        Some((said, after)) => format!("{said}\n\n{after}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tag_around_it_is_left_out() {
        let cases = [
            ("<q>\nhello\n</q>", "hello"),
            (" <q mode=\"act\">a <q>b</q> c</q>\n", "a <q>b</q> c"),
            ("<q>hello</q>\n<more>", "hello\n\n<more>"),
            ("<q>", "<q>"),
            ("<quick>hello</quick>", "<quick>hello</quick>"),
            ("say <q>hello</q>", "say <q>hello</q>"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(without(text.into(), "q"), expected, "{text}");
        }
    }
}
