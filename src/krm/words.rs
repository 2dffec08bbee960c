//! The words of the core for readers of a function: fields of its configuration instead of flags, and
//! no lines of files that the runner has written anew.

use crate::diagnostic::Diagnostic;

/// What the command line calls one thing and the configuration another.
const WORDS: &[(&str, &str)] = &[
    ("`--allow-downgrade`", "`allowDowngrade: true`"),
    ("`--add`", "`add: true`"),
    ("`--follow`", "`follow: true`"),
    ("`--except`", "`except`"),
    ("`--except ", "`except: "),
    ("`--only ", "`only: "),
    ("name a file with `--authfile`", "give the login in DOCKER_AUTH_CONFIG"),
    ("with `--ca-file`, or in SSL_CERT_FILE", "in SSL_CERT_FILE"),
];

/// Flags that have no field.
const NO_FIELDS: &[&str] =
    &["`--keep-going`", "`--authfile", "`--plain-http", "`--timeout`", "`--concurrency`"];

/// The message and the hint of `problem`. A hint that speaks of flags which have no field is none.
pub(super) fn said(problem: &Diagnostic) -> (String, Option<String>) {
    let mut message = in_fields(&problem.message);
    if let Some(at) = message.find("` still stands at line") {
        message.replace_range(at.., "` still stands elsewhere in the file");
    }
    let hint = problem.hint.as_deref().map(in_fields);
    (message, hint.filter(|hint| !NO_FIELDS.iter().any(|flag| hint.contains(flag))))
}

/// `text` with the names of fields for those of flags.
pub(super) fn in_fields(text: &str) -> String {
    let swap = |text: String, (flag, field): &(&str, &str)| text.replace(flag, field);
    WORDS.iter().fold(text.to_owned(), swap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_fields_or_go() {
        let said = |message: &str, hint: &str| {
            let (message, hint) = said(&Diagnostic::error(message).hint(hint));
            (message, hint.unwrap_or_default())
        };
        let (message, hint) = said("`--only wbe` matches nothing", "there are `web`");
        assert_eq!(
            (message.as_str(), hint.as_str()),
            ("`only: wbe` matches nothing", "there are `web`")
        );
        let (message, hint) = said("`1.4` still stands at lines 2, 3", "`--follow` replaces it");
        assert_eq!(message, "`1.4` still stands elsewhere in the file");
        assert_eq!(hint, "`follow: true` replaces it");
        assert_eq!(said("x", "say so with `--plain-http r.example`").1, "");
    }
}
