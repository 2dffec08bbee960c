//! What stands behind a backslash in a Go pattern.

/// The classes that a letter names, as Go has them: of ASCII alone, and no vertical tab is a space.
const LETTERS: [(char, &str); 6] = [
    ('d', "[0-9]"),
    ('D', "[^0-9]"),
    ('s', r"[\t\n\x0C\r ]"),
    ('S', r"[^\t\n\x0C\r ]"),
    ('w', "[0-9A-Za-z_]"),
    ('W', "[^0-9A-Za-z_]"),
];

/// The class that `text`, which stands behind a backslash, begins with, and what follows it.
///
/// # Errors
/// Where a class of Unicode has no name or no end.
pub(super) fn class(text: &str) -> Result<Option<(String, &str)>, String> {
    for (letter, class) in LETTERS {
        if let Some(rest) = text.strip_prefix(letter) {
            return Ok(Some((class.to_owned(), rest)));
        }
    }
    match text.strip_prefix(['p', 'P']) {
        Some(rest) => unicode(text.starts_with('P'), rest).map(Some),
        None => Ok(None),
    }
}

/// `L`, `{Greek}` or `{^Greek}`, behind `p` or `P`.
fn unicode(negated: bool, text: &str) -> Result<(String, &str), String> {
    let invalid = || "invalid character class range".to_owned();
    let (name, rest) = match text.strip_prefix('{') {
        Some(inside) => inside.split_once('}').ok_or_else(invalid)?,
        None => text.split_at(text.chars().next().ok_or_else(invalid)?.len_utf8()),
    };
    let positive = name.strip_prefix('^');
    let name = positive.unwrap_or(name);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(invalid());
    }
    let letter = if negated == positive.is_some() { 'p' } else { 'P' };
    Ok((format!(r"\{letter}{{{name}}}"), rest))
}

/// The character that `text`, which stands behind a backslash, begins with, and what follows it. It
/// may be a surrogate, which no text has.
///
/// # Errors
/// Where Go knows no such escape.
pub(super) fn character(text: &str) -> Result<(u32, &str), String> {
    let first = text.chars().next().ok_or("trailing backslash at end of expression")?;
    let rest = &text[first.len_utf8()..];
    let control = [('a', 7), ('t', 9), ('n', 10), ('v', 11), ('f', 12), ('r', 13)];
    if let Some((_, code)) = control.iter().find(|(letter, _)| *letter == first) {
        return Ok((*code, rest));
    }
    let invalid = || "invalid escape sequence".to_owned();
    match first {
        // One digit other than zero would refer to a group.
        '0'..='7' if first == '0' || rest.starts_with(is_octal) => Ok(octal(text)),
        'x' => hexadecimal(rest).ok_or_else(invalid),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok((c.into(), rest)),
        _ => Err(invalid()),
    }
}

const fn is_octal(c: char) -> bool {
    matches!(c, '0'..='7')
}

/// Up to three digits.
fn octal(text: &str) -> (u32, &str) {
    let end = text.bytes().take(3).take_while(|byte| is_octal(char::from(*byte))).count();
    let code = text[..end].bytes().fold(0, |code, byte| code * 8 + u32::from(byte - b'0'));
    (code, &text[end..])
}

/// Two digits, or any number of them between braces.
fn hexadecimal(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(inside) => inside.split_once('}')?,
        None => text.split_at_checked(2)?,
    };
    let legal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let significant = Some(digits.trim_start_matches('0')).filter(|_| legal)?;
    let code = match significant {
        "" => 0,
        digits => u32::from_str_radix(digits, 16).ok()?,
    };
    (code <= char::MAX.into()).then_some((code, rest))
}
