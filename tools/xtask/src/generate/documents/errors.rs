//! `docs/errors.md`.

use hookpoint_engine::{event::error_code::ErrorCode, hook::outcome::FailureClass};

use crate::markdown::{Table, code, yes_or_no};

pub(super) fn text() -> String {
    let mut text = "# Errors

## What a caller gets

Every response other than 200 and 202 is a problem (RFC 9457, `application/problem+json`) with a stable `code`, whose meaning never changes. The title is fixed for each code; `detail` describes the occurrence.

"
    .to_owned();
    let mut overview = Table::new(&["code", "status", "title"]);
    for error in ErrorCode::ALL {
        let link = format!("[`{error}`](#{error})");
        overview.row(&[&link, &error.status().to_string(), error.title()]);
    }
    text += &overview.into_text();
    for error in ErrorCode::ALL {
        text += &format!(
            "\n### {error}\n\nStatus {}. {}\n\n{}\n",
            error.status(),
            error.meaning(),
            error.remedy()
        );
    }
    text += "
## Why a hook failed

A failed hook is not an error for the caller: the binding's failure policy decides what happens (`continue`, `deny` or `fallback`). The class appears in `Server-Timing`, in the log and in the output of `hookpoint trigger`. After a
retryable failure, an asynchronous hook gets another attempt; synchronous hooks are not retried. The error of a script names [the place in its source and the calls that led there](scripts.md#errors).

";
    let mut classes = Table::new(&["class", "when", "retryable", "counts for the circuit"]);
    for class in FailureClass::ALL {
        classes.row(&[
            &code(class.as_str()),
            class.meaning(),
            yes_or_no(class.is_retryable()),
            yes_or_no(class.is_transport()),
        ]);
    }
    text + &classes.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_section_and_every_class_its_row() {
        let text = text();
        for error in ErrorCode::ALL {
            assert!(
                text.contains(&format!("\n### {error}\n\nStatus {}. ", error.status())),
                "{error}"
            );
            assert!(text.contains(error.remedy()), "{error}");
        }
        for class in FailureClass::ALL {
            assert!(
                text.contains(&format!("\n| `{class}` | {} |", class.meaning())),
                "{class}"
            );
        }
    }
}
