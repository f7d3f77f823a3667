//! Which of the two forms a script is in.

use hookpoint_script_protocol::Form;

/// The form of a source, as far as its text tells: a module when an `import` or `export` declaration stands outside comments
/// and strings.
///
/// It decides only which form is tried first; a source that does not compile in one form is tried in the other.
pub(crate) fn guess(source: &str) -> Form {
    let mut scanner = Scanner {
        bytes: source.as_bytes(),
        position: 0,
    };
    // Whether a declaration may start here: nothing but whitespace since the last statement or line.
    let mut at_start = true;
    while let Some(byte) = scanner.peek(0) {
        match byte {
            b'/' if scanner.peek(1) == Some(b'/') => scanner.skip_line(),
            b'/' if scanner.peek(1) == Some(b'*') => scanner.skip_block_comment(),
            b'"' | b'\'' => {
                scanner.skip_string(byte);
                at_start = false;
            }
            b'`' => {
                scanner.skip_template();
                at_start = false;
            }
            b'\n' | b';' | b'}' => {
                scanner.position += 1;
                at_start = true;
            }
            _ if byte.is_ascii_whitespace() => scanner.position += 1,
            _ if at_start && scanner.declares_module() => return Form::Module,
            _ => {
                scanner.skip_word();
                at_start = false;
            }
        }
    }
    Form::CommonJs
}

struct Scanner<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.position + ahead).copied()
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.position += 1;
        }
    }

    fn skip_block_comment(&mut self) {
        self.position += 2;
        while self.peek(0).is_some() && !(self.peek(0) == Some(b'*') && self.peek(1) == Some(b'/'))
        {
            self.position += 1;
        }
        self.position += 2;
    }

    /// To the end of the string, or of the line: a quote in a regular expression is not the start of a string.
    fn skip_string(&mut self, quote: u8) {
        self.position += 1;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => self.position += 2,
                b'\n' => return,
                _ => {
                    self.position += 1;
                    if byte == quote {
                        return;
                    }
                }
            }
        }
    }

    /// To the closing backtick; what stands in `${}` is skipped as if it were text.
    fn skip_template(&mut self) {
        self.position += 1;
        while let Some(byte) = self.peek(0) {
            self.position += if byte == b'\\' { 2 } else { 1 };
            if byte == b'`' {
                return;
            }
        }
    }

    fn skip_word(&mut self) {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$';
        self.position += 1;
        if is_word(self.bytes[self.position - 1]) {
            while self.peek(0).is_some_and(is_word) {
                self.position += 1;
            }
        }
    }

    fn declares_module(&self) -> bool {
        let rest = &self.bytes[self.position..];
        if let Some(after) = rest.strip_prefix(b"export") {
            return after
                .first()
                .is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'{' || *byte == b'*');
        }
        // `import(…)` is an expression that both forms know; `import.meta` belongs to modules.
        rest.strip_prefix(b"import").is_some_and(|after| {
            after.first().is_some_and(|byte| {
                byte.is_ascii_whitespace() || matches!(byte, b'{' | b'*' | b'"' | b'\'' | b'.')
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_make_a_module_and_look_alikes_do_not() {
        for (source, form) in [
            ("export default () => ({})", Form::Module),
            ("const a = 1;export{a as default};", Form::Module),
            ("import qs from 'node:querystring'\n", Form::Module),
            ("import{a}from'url';", Form::Module),
            ("function f(){}export default f", Form::Module),
            ("module.exports = async () => {}", Form::CommonJs),
            (
                "// export default was the old form\nmodule.exports = 1",
                Form::CommonJs,
            ),
            (
                "/*\nexport default x\n*/ module.exports = 1",
                Form::CommonJs,
            ),
            (
                "const help = `\nimport x from 'y'\n`; module.exports = 1",
                Form::CommonJs,
            ),
            (
                "const s = 'a\\'; export default 1'; module.exports = 1",
                Form::CommonJs,
            ),
            (
                "exports.a = 1; const exported = 2; module.exports = exported",
                Form::CommonJs,
            ),
            ("import('url').then(() => {})", Form::CommonJs),
            (
                "const r = /[\"']/;\nexport default () => r.test('x')",
                Form::Module,
            ),
            ("", Form::CommonJs),
            ("`", Form::CommonJs),
            ("/*", Form::CommonJs),
            ("'\\", Form::CommonJs),
        ] {
            assert_eq!(guess(source), form, "{source}");
        }
    }
}
