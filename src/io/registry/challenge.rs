//! What a registry wants to see before it answers: the `WWW-Authenticate` headers (RFC 9110, 11.6).

/// One challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// `bearer`, `basic`, …: in lower case.
    pub(super) scheme: String,
    /// Names in lower case, values without quotes.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// All challenges of one header, in their order. What cannot be read is skipped.
    pub(super) fn parse(header: &str) -> Vec<Self> {
        let mut text = Text { rest: header };
        let mut found: Vec<Self> = Vec::new();
        loop {
            text.skip(|c| c.is_ascii_whitespace() || c == ',');
            if text.rest.is_empty() {
                return found;
            }
            let word = text.take(is_token);
            if word.is_empty() {
                // Neither a scheme nor a parameter: on to the next one.
                text.skip(|c| c != ',');
                continue;
            }
            text.skip(|c| c.is_ascii_whitespace());
            match (text.rest.strip_prefix('='), found.last_mut()) {
                (Some(rest), Some(challenge)) => {
                    text.rest = rest;
                    let value = text.value();
                    challenge.parameters.push((word.to_ascii_lowercase(), value));
                }
                (Some(_), None) => text.skip(|c| c != ','),
                (None, _) => {
                    found.push(Self { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
                    text.skip_token68();
                }
            }
        }
    }

    /// The value of the parameter `name`, where there is one that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

struct Text<'t> {
    rest: &'t str,
}

impl<'t> Text<'t> {
    fn take(&mut self, what: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !what(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn skip(&mut self, what: impl Fn(char) -> bool) {
        self.take(what);
    }

    /// A token or a quoted string; one without its second quote is cut off, and says nothing.
    fn value(&mut self) -> String {
        self.skip(|c| c.is_ascii_whitespace());
        let Some(quoted) = self.rest.strip_prefix('"') else {
            // Colons and slashes have to be quoted, and are not always.
            return self.take(|c| c != ',' && !c.is_ascii_whitespace()).to_owned();
        };
        let mut value = String::new();
        let mut characters = quoted.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &quoted[at + 1..];
                    return value;
                }
                '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
                _ => value.push(character),
            }
        }
        self.rest = "";
        String::new()
    }

    /// What `Negotiate` puts behind its name: base64, which is no parameter.
    fn skip_token68(&mut self) {
        let end = self.rest.find([',', ' ', '"']).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        let bare = word.trim_end_matches('=');
        let is_base64 = bare.chars().all(|c| is_token(c) || c == '/');
        let ends = self.rest[end..].trim_start().is_empty() || self.rest[end..].starts_with(',');
        if is_base64 && ends {
            self.rest = &self.rest[end..];
        }
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> String {
        let show = |challenge: Challenge| {
            let all = challenge.parameters.iter().map(|(key, value)| format!(" {key}<{value}>"));
            challenge.scheme + &all.collect::<String>()
        };
        Challenge::parse(header).into_iter().map(show).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn challenges_are_read_as_they_are_sent() {
        for (header, expected) in [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull""#,
                "bearer realm<https://auth.docker.io/token> service<registry.docker.io> scope<repository:library/nginx:pull>",
            ),
            (r#"Basic realm="Registry Realm""#, "basic realm<Registry Realm>"),
            (r#"basic REALM="x", charset=UTF-8"#, "basic realm<x> charset<UTF-8>"),
            (r#"Negotiate, Basic realm="x""#, "negotiate | basic realm<x>"),
            (r#"Negotiate YIIJ/w+Ysw==, Basic realm="x""#, "negotiate | basic realm<x>"),
            (r#"Negotiate abc"#, "negotiate"),
            (
                r#"Basic realm="a", Bearer realm="b" , service=c"#,
                "basic realm<a> | bearer realm<b> service<c>",
            ),
            (
                r#"Bearer scope="repository:a:pull,push", realm = "b""#,
                "bearer scope<repository:a:pull,push> realm<b>",
            ),
            (
                r#"Bearer realm=https://a/token,service=b"#,
                "bearer realm<https://a/token> service<b>",
            ),
            (r#"Bearer realm="a \"b\" c""#, r#"bearer realm<a "b" c>"#),
            (r#"Bearer realm="open"#, "bearer realm<>"),
            (r#"Bearer"#, "bearer"),
            (r#"Bearer realm="#, "bearer"),
            (r#"Bearer realm=,service=a"#, "bearer service<a>"),
            (r#" , ,Bearer realm="a",,"#, "bearer realm<a>"),
            (r#"realm="nobody's""#, ""),
            (r#""odd", Basic realm=a"#, "basic realm<a>"),
            ("", ""),
        ] {
            assert_eq!(read(header), expected, "{header}");
        }
    }

    #[test]
    fn the_first_of_two_counts_and_nothing_is_nothing() {
        let found = Challenge::parse(r#"Bearer realm="a",realm="b",service="""#);
        assert_eq!((found[0].get("realm"), found[0].get("service")), (Some("a"), None));
    }
}
