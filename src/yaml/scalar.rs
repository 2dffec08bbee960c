//! What a scalar is to the YAML reader of kustomize: go-yaml v2 below `sigs.k8s.io/yaml`.

/// What a reader takes a node for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// Null: `null`, `~` or nothing. kustomize takes it as "not set".
    Null,
    /// A number or a truth value. kustomize refuses it where it wants text.
    Other,
    /// A sequence or mapping.
    Collection,
}

const STRING_TAG: &str = "tag:yaml.org,2002:str";
const BOOLEANS: &[&str] = &["y", "yes", "on", "true", "n", "no", "off", "false"];
#[rustfmt::skip]
const SPECIAL_FLOATS: &[&str] = &[
    ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
    ".nan", ".NaN", ".NAN",
];

/// What go-yaml (v2, as of kustomize 5.8.1) takes a scalar for. `plain` says that it is unquoted.
pub fn resolve(text: &str, plain: bool, tag: Option<&str>) -> Type {
    match tag {
        // The lone `!` and `!!str` ask for text whatever it looks like.
        Some("!" | STRING_TAG) => Type::Text,
        Some("tag:yaml.org,2002:null") => Type::Null,
        Some(tag) if tag.starts_with("tag:yaml.org,2002:") => Type::Other,
        _ if plain => resolve_plain(text),
        _ => Type::Text,
    }
}

fn resolve_plain(text: &str) -> Type {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        Type::Null
    } else if is_boolean(text) || is_number(text) {
        Type::Other
    } else {
        Type::Text
    }
}

/// In lower case, upper case or with a capital first letter; `tRUE` is text.
fn is_boolean(text: &str) -> bool {
    is_word(text, BOOLEANS)
}

fn is_word(text: &str, words: &[&str]) -> bool {
    let Some(word) = words.iter().find(|word| text.eq_ignore_ascii_case(word)) else {
        return false;
    };
    text[1..] == word[1..] || text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_number(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return false;
    }
    if SPECIAL_FLOATS.contains(&text) {
        return true;
    }
    let digits = text.replace('_', "");
    is_integer(&digits) || is_float(&digits)
}

/// As Go's `strconv.ParseInt` and `ParseUint` with base 0.
fn is_integer(text: &str) -> bool {
    let (negative, body) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let lower = body.to_ascii_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0x") => (16, &body[2..]),
        Some("0o") => (8, &body[2..]),
        Some("0b") => (2, &body[2..]),
        _ if body.len() > 1 && body.starts_with('0') => (8, &body[1..]),
        _ => (10, body),
    };
    if !digits.chars().all(|c| c.is_digit(base)) {
        return false;
    }
    match u64::from_str_radix(digits, base) {
        Ok(value) => !negative || value <= i64::MIN.unsigned_abs(),
        Err(_) => false,
    }
}

/// `[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?`, and not beyond the range of a 64-bit float.
fn is_float(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let whole = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent = exponent.is_none_or(|power| {
        let power = power.strip_prefix(['+', '-']).unwrap_or(power);
        !power.is_empty() && digits(power)
    });
    whole && exponent && text.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_overrule_looks() {
        assert_eq!(resolve("1.10", true, Some(STRING_TAG)), Type::Text);
        assert_eq!(resolve("x", true, Some("tag:yaml.org,2002:int")), Type::Other);
        assert_eq!(resolve("1", true, Some("!mine")), Type::Other);
    }

    #[test]
    fn quotes_make_text() {
        assert_eq!(resolve("null", false, None), Type::Text);
    }

    #[test]
    fn words_have_three_spellings() {
        for text in ["y", "Y", "yes", "Yes", "YES", ".inf", "+.Inf", "-.INF", ".nan", ".NaN"] {
            assert_eq!(resolve(text, true, None), Type::Other, "{text}");
        }
        for text in ["yEs", "tRUE", "TRUe", "yess", "é", ".iNF", ".Nan", "+.nan", "-.NaN"] {
            assert_eq!(resolve(text, true, None), Type::Text, "{text}");
        }
    }

    #[test]
    fn numbers_are_those_of_go() {
        for text in
            ["1", "0o17", "0x_1", "1_000", "08", "-9223372036854775809", ".5", "1.", "+.inf"]
        {
            assert_eq!(resolve(text, true, None), Type::Other, "{text}");
        }
        for text in ["1e400", "12e4567", "0o8", "0x7fffffffffffffffff", "1.2.3", "1..", "+", "_1"] {
            assert_eq!(resolve(text, true, None), Type::Text, "{text}");
        }
    }
}
