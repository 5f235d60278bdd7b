//! Strings of scripts and style sheets.

/// A string of a script or style sheet that begins with its quote: what it says, and what follows it.
pub(super) fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let mut out = String::new();
    let mut chars = text[1..].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((out, &text[at + 2..]));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()?.1 {
            'n' | 'r' | 't' => out.push(' '),
            '\n' => {}
            c @ ('u' | 'x') if chars.peek().is_some_and(|(_, c)| c.is_ascii_hexdigit()) => {
                let len = if c == 'u' { 4 } else { 2 };
                code(&mut chars, None, len, &mut out);
            }
            // Style sheets write characters by their number alone.
            c if c.is_ascii_hexdigit() => {
                code(&mut chars, Some(c), 5, &mut out);
                chars.next_if(|(_, c)| *c == ' ');
            }
            c => out.push(c),
        }
    }
    None
}

/// A character by at most so many further digits of its number.
fn code(
    chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
    first: Option<char>,
    len: usize,
    out: &mut String,
) {
    let mut digits: String = first.into_iter().collect();
    for _ in 0..len {
        match chars.next_if(|(_, c)| c.is_ascii_hexdigit()) {
            Some((_, digit)) => digits.push(digit),
            None => break,
        }
    }
    let number = u32::from_str_radix(&digits, 16).ok();
    out.extend(number.and_then(char::from_u32));
}
