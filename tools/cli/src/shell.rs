//! Commands that can be pasted into a shell.

mod sentence;

pub(crate) use self::sentence::completed;
use crate::{context::Context, env, store::StoreArguments};

/// A command of this program, to be pasted where this one was.
pub(crate) fn command<'a>(words: impl IntoIterator<Item = &'a str>, context: &Context) -> String {
    let mut quoted = vec![quote(&env::program())];
    quoted.extend(words.into_iter().map(quote));
    if context.is_named {
        quoted.push("--workspace".to_owned());
        quoted.push(quote(&context.source.path().display().to_string()));
    }
    quoted.join(" ")
}

/// One that works on this store.
pub(crate) fn command_on<'a>(
    words: impl IntoIterator<Item = &'a str>,
    store: &StoreArguments,
    context: &Context,
) -> String {
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.extend(store.words());
    command(words.iter().map(String::as_str), context)
}

/// Quotes a word for a POSIX shell.
pub(crate) fn quote(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for word in [
            "plain-word",
            "",
            "it's",
            "$HOME `id` \"x\" \\",
            "a\nb",
            "ü*?",
        ] {
            let output = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", quote(word))])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }
}
