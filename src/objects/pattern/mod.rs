//! Go's regular expressions, run by the `regex` crate: what an image's `name` is to kustomize.
//!
//! The two have one theory and two grammars. [`translate`] reads as Go does (`parse` in
//! `regexp/syntax/parse.go`, Go 1.26, flags `Perl`) and writes only what both take for the same:
//! letters, explicit classes, groups that capture nothing. Whether something matches is all that is
//! asked, so lazy and greedy are one.

mod class;
mod escape;

use regex::{Regex, RegexBuilder, escape as literally};

/// The most copies that repetitions inside repetitions may ask for.
const MOST_COPIES: u64 = 1000;

/// Go's patterns may nest deeper than the crate's do without a word.
const NESTING: u32 = 1000;

/// Bytes that a compiled pattern may have.
const SIZE: usize = 64 << 20;

/// The Go pattern `pattern`, ready to be asked.
///
/// # Errors
/// Why Go's `regexp.Compile` refuses it.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translate(pattern)?;
    let mut builder = RegexBuilder::new(&translated);
    let built = builder.size_limit(SIZE).nest_limit(NESTING).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "expression too large".to_owned(),
        // The crate's own words are about a pattern that nobody wrote.
        _ => "invalid character class".to_owned(),
    })
}

/// `pattern` in the crate's grammar.
fn translate(pattern: &str) -> Result<String, String> {
    let mut translator = Translator::default();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        rest = translator.token(first, rest)?;
    }
    match translator.groups.is_empty() {
        true => Ok(translator.out),
        false => Err("missing closing )".to_owned()),
    }
}

/// The flags that change what something matches.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    /// `i`: letters in either case.
    fold: bool,
    /// `m`: `^` and `$` at every line.
    lines: bool,
    /// `s`: a dot is a line break too.
    dot_all: bool,
}

/// What was written last: what a repetition behind it repeats.
#[derive(Clone, Copy, Debug)]
struct Last {
    start: usize,
    copies: u64,
}

/// A parenthesis that is open.
#[derive(Debug)]
struct Group {
    start: usize,
    /// The flags in front of it, which come back behind it.
    flags: Flags,
    /// The most copies of anything in front of it, in the group around it.
    copies: u64,
}

#[derive(Debug, Default)]
struct Translator {
    out: String,
    flags: Flags,
    groups: Vec<Group>,
    last: Option<Last>,
    /// The most copies of anything in the open group.
    copies: u64,
    /// Whether the token before was a repetition.
    repeated: bool,
}

impl Translator {
    /// Takes one token off `rest`, which begins with `first`.
    fn token<'p>(&mut self, first: char, rest: &'p str) -> Result<&'p str, String> {
        let after = &rest[first.len_utf8()..];
        let repeated = std::mem::take(&mut self.repeated);
        match first {
            '(' => return self.open(after),
            ')' => self.close()?,
            '|' => {
                self.settle();
                self.out.push('|');
            }
            '^' => self.atom(if self.flags.lines { "(?m:^)" } else { r"\A" }),
            '$' => self.atom(if self.flags.lines { "(?m:$)" } else { r"\z" }),
            '.' => self.atom(if self.flags.dot_all { "(?s:.)" } else { r"[^\n]" }),
            '[' => {
                let (class, after) = class::parse(after)?;
                self.class(&class);
                return Ok(after);
            }
            '*' | '+' | '?' => return self.repeat(&first.to_string(), 1, after, repeated),
            '{' => match counts(after)? {
                Some((operator, copies, after)) => {
                    return self.repeat(&operator, copies, after, repeated);
                }
                None => self.literal('{'),
            },
            '\\' => return self.backslash(after),
            other => self.literal(other),
        }
        Ok(after)
    }

    /// Nothing that follows repeats what stands last.
    fn settle(&mut self) {
        let copies = self.last.take().map_or(0, |last| last.copies);
        self.copies = self.copies.max(copies);
    }

    fn atom(&mut self, text: &str) {
        self.settle();
        self.last = Some(Last { start: self.out.len(), copies: 1 });
        self.out.push_str(text);
    }

    fn literal(&mut self, c: char) {
        let text = literally(c.encode_utf8(&mut [0; 4]));
        if self.flags.fold { self.atom(&format!("(?i:{text})")) } else { self.atom(&text) }
    }

    /// A class of the crate, which folds as Go does: first the letters, then what is not among them.
    fn class(&mut self, class: &str) {
        if self.flags.fold { self.atom(&format!("(?i:{class})")) } else { self.atom(class) }
    }

    fn open<'p>(&mut self, after: &'p str) -> Result<&'p str, String> {
        let before = self.flags;
        let Some(perl) = after.strip_prefix('?') else {
            self.group(before);
            return Ok(after);
        };
        if let Some(name) = perl.strip_prefix("P<").or_else(|| perl.strip_prefix('<')) {
            let (name, after) = name.split_once('>').ok_or("invalid named capture")?;
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err("invalid named capture".to_owned());
            }
            self.group(before);
            return Ok(after);
        }
        let (flags, opens, after) = flags(before, perl)?;
        self.flags = flags;
        if opens {
            self.group(before);
        }
        Ok(after)
    }

    fn group(&mut self, flags: Flags) {
        self.settle();
        let copies = std::mem::take(&mut self.copies);
        self.groups.push(Group { start: self.out.len(), flags, copies });
        self.out.push_str("(?:");
    }

    fn close(&mut self) -> Result<(), String> {
        let Group { start, flags, copies } = self.groups.pop().ok_or("unexpected )")?;
        self.settle();
        self.out.push(')');
        self.flags = flags;
        self.last = Some(Last { start, copies: self.copies.max(1) });
        self.copies = copies;
        Ok(())
    }

    /// Repeats what stands last. `copies` is how often at most, as far as Go counts it.
    fn repeat<'p>(
        &mut self,
        operator: &str,
        copies: u64,
        after: &'p str,
        repeated: bool,
    ) -> Result<&'p str, String> {
        if repeated {
            return Err("invalid nested repetition operator".to_owned());
        }
        let last = self.last.as_mut().ok_or("missing argument to repetition operator")?;
        if copies > 1 && copies * last.copies > MOST_COPIES {
            return Err("invalid repeat count".to_owned());
        }
        // What is never there does not count, however often it is repeated inside.
        last.copies = if operator == "{0,0}" { 1 } else { last.copies * copies.max(1) };
        // In a group of its own: behind another repetition, a `?` would only make that one lazy.
        self.out.insert_str(last.start, "(?:");
        self.out.push(')');
        self.out.push_str(operator);
        self.repeated = true;
        Ok(after.strip_prefix('?').unwrap_or(after))
    }

    fn backslash<'p>(&mut self, after: &'p str) -> Result<&'p str, String> {
        let rest = |letter: char| after.strip_prefix(letter);
        if let Some(quoted) = rest('Q') {
            let (text, rest) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            text.chars().for_each(|c| self.literal(c));
            return Ok(rest);
        }
        let places = [('A', r"\A"), ('z', r"\z"), ('b', r"(?-u:\b)"), ('B', r"(?-u:\B)")];
        for (letter, text) in places {
            if let Some(rest) = rest(letter) {
                self.atom(text);
                return Ok(rest);
            }
        }
        if let Some((class, rest)) = escape::class(after)? {
            self.class(&class);
            return Ok(rest);
        }
        let (code, rest) = escape::character(after)?;
        match char::from_u32(code) {
            Some(c) => self.literal(c),
            None => self.atom(class::NOTHING),
        }
        Ok(rest)
    }
}

/// Reads `flags)` or `flags:`: the flags from there on, and whether a group opens.
fn flags(mut flags: Flags, text: &str) -> Result<(Flags, bool, &str), String> {
    let (mut on, mut seen) = (true, false);
    for (at, c) in text.char_indices() {
        match c {
            'i' => flags.fold = on,
            'm' => flags.lines = on,
            's' => flags.dot_all = on,
            // Lazy for greedy.
            'U' => {}
            '-' if on => on = false,
            ':' | ')' if on || seen => return Ok((flags, c == ':', &text[at + 1..])),
            _ => break,
        }
        seen = c != '-';
    }
    Err("invalid or unsupported Perl syntax".to_owned())
}

/// Reads `n}`, `n,}` or `n,m}`: the operator, and how many copies Go counts. `None` where the brace is
/// only a brace.
fn counts(text: &str) -> Result<Option<(String, u64, &str)>, String> {
    let Some((inside, after)) = text.split_once('}') else { return Ok(None) };
    let (min, max) = inside.split_once(',').map_or((inside, None), |(min, max)| (min, Some(max)));
    if !is_number(min) || max.is_some_and(|max| !max.is_empty() && !is_number(max)) {
        return Ok(None);
    }
    let least = number(min)?;
    let most = match max {
        None => Some(least),
        Some("") => None,
        Some(max) => Some(number(max)?),
    };
    if most.is_some_and(|most| most < least) {
        return Err("invalid repeat count".to_owned());
    }
    let operator = most.map_or(format!("{{{least},}}"), |most| format!("{{{least},{most}}}"));
    Ok(Some((operator, most.unwrap_or(least), after)))
}

/// Digits, and no zero in front of others.
fn is_number(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text.len() == 1 || !text.starts_with('0'))
}

fn number(text: &str) -> Result<u64, String> {
    let small = text.parse().ok().filter(|number| *number <= MOST_COPIES);
    small.ok_or_else(|| "invalid repeat count".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        compile(pattern).unwrap().is_match(text)
    }

    #[test]
    fn classes_and_borders_are_of_ascii() {
        for (pattern, text) in [(r"^\w$", "é"), (r"^\d$", "٣"), (r"^\s$", "\u{b}"), (r"\bé", "é")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!(
            matches(r"é\ba", "éa") && matches(r"é\Bü", "éü") && matches("[[:space:]]", "\u{b}")
        );
    }

    #[test]
    fn letters_fold_beyond_ascii() {
        assert!(matches("^(?i)k[s]$", "\u{212a}\u{17f}"));
        assert!(matches(r"^(?i:\w)k$", "\u{17f}k") && !matches(r"^(?i:\W)$", "\u{17f}"));
        assert!(matches("(?i)a(?-i)b", "Ab") && !matches("(?i)a(?-i)b", "AB"));
        assert!(matches("^((?i)a|b)c$", "Bc") && !matches("^((?i)a|b)c$", "BC"));
    }

    #[test]
    fn what_go_alone_takes() {
        for (pattern, text) in [
            (r"^\Qa.b\E*$", "a.bb"),
            (r"^\Qa|b", "a|b"),
            ("^a{,2}$", "a{,2}"),
            ("^a{$", "a{"),
            ("^{1}$", ""),
            (r"^\_\101\x{000041}\x41\07$", "_AAA\u{7}"),
            ("^*x", "yx"),
            ("^a+(?i)?$", ""),
            ("^[a&&b]$", "&"),
            ("^[[a]$", "["),
            ("^[]a]$", "]"),
            ("^[a-]$", "-"),
            (r"^[\d-z]$", "-"),
            ("^(?<n>a)(?P<n>b)$", "ab"),
            (r"^[^\x{D800}]$", "x"),
            ("^[[:^alpha:]]$", "1"),
            (r"^a\b{start}\<$", "a{start}<"),
            (r"^\pL\p{^Greek}\P{Lu}$", "aab"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        assert!(!matches(r"\x{DFFF}|[\x{D800}]", "x"));
    }

    #[test]
    fn what_the_crate_alone_takes() {
        for pattern in [
            "a++",
            "a**",
            "a{2}{3}",
            "(?x)a",
            "(?R)a",
            r"\u0041",
            r"\h",
            r"[a-\d]",
            "[z-a]",
            "(?)(",
            "(?-)",
            "(?i",
            "(?:",
            "a)",
            "*",
            "(*)",
            "a|*",
            r"\8",
            r"\1",
            r"\Z",
            r"\C",
            "a\\",
            "[a",
            "[[:no:]]",
            r"\p{No such}",
            r"\p{sc=Greek}",
            "(?=a)",
            "(?<!a)",
            "(?P=n)",
            "(?<>a)",
            "a{1001}",
            "a{2,1}",
            "(a{40}){40}",
            r"\x{110000}",
            r"\xg0",
            r"\x{}",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
        for pattern in ["(a{40}){25}", "(?)a", "(?U)a+?", "((a{500}){0}b){3}", "a{0,}{", "x{1000}"]
        {
            assert!(compile(pattern).is_ok(), "{pattern}");
        }
    }
}
