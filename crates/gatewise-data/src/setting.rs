//! Names of settings in sentences. A library does not know how its caller writes them: as flags, as arguments, as keys of a file.

use std::borrow::Cow;

/// What stands around the name of a setting in the text of an error, a finding or a choice.
const MARKS: [char; 2] = ['⦃', '⦄'];

/// A text with the names of settings as `write` gives them: "⦃impute⦄ linear fills them" becomes whatever the caller's own form is. Other text within such marks, as from a user's data, is left as it is.
pub fn write_settings(text: &str, mut write: impl FnMut(&str) -> String) -> Cow<'_, str> {
    if !text.contains(MARKS[0]) {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, behind)) = rest.split_once(MARKS[0]) {
        out += before;
        let name = behind.split_once(MARKS[1]).filter(|(name, _)| is_name(name));
        let Some((name, after)) = name else {
            out.push(MARKS[0]);
            rest = behind;
            continue;
        };
        out += &write(name);
        rest = after;
    }
    out += rest;
    Cow::Owned(out)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_names_are_written_and_nothing_else() {
        let written = |text: &str| write_settings(text, |name| format!("<{name}>")).into_owned();
        assert_eq!(written("⦃impute⦄ linear, or ⦃na⦄ \"-\""), "<impute> linear, or <na> \"-\"");
        for text in ["nothing", "⦃open", "⦃⦄", "⦃Two Words⦄", "a ⦄ b", "⦃⦃"] {
            assert_eq!(written(text), text);
        }
        assert_eq!(written("⦃x ⦃id⦄"), "⦃x <id>");
    }
}
