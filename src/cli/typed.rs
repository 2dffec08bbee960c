//! What was typed, in the parser's words: kubectl reads some of it in more ways than that does.

use std::ffi::OsString;

use clap::{ArgAction, Command};

/// `args`, the program's own name first: `--flag=true` is the flag and `--flag=false` is none, as to
/// kubectl; `help --help` is `help`.
pub(super) fn plain(args: &[OsString], command: &Command) -> Vec<OsString> {
    let mut args = args.to_owned();
    let helps = args.get(1).is_some_and(|verb| verb == "help");
    let end = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
    let rest = args.split_off(end);
    args.retain_mut(|arg| {
        if helps && (arg == "--help" || arg == "-h") {
            return false;
        }
        match arg.to_str().and_then(|arg| arg.rsplit_once('=')) {
            Some((flag, "false")) => !is_switch(command, flag),
            Some((flag, "true")) if is_switch(command, flag) => {
                *arg = flag.into();
                true
            }
            _ => true,
        }
    });
    args.extend(rest);
    args
}

/// Whether `flag` is one that is there or not, of any verb.
fn is_switch(command: &Command, flag: &str) -> bool {
    let all = command.get_subcommands().chain([command]).flat_map(Command::get_arguments);
    let mut switches = all.filter(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
    let long = flag.strip_prefix("--");
    long.is_some_and(|long| switches.any(|arg| arg.get_long() == Some(long)))
}

/// `-v 4` and `-v4` as `-v=4`: kubectl's users write the level so, and `-v` alone means 1.
pub(super) fn levels_joined(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let is_level = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut out: Vec<OsString> = Vec::new();
    for arg in args {
        let text = arg.to_str().unwrap_or_default();
        let attached = text.strip_prefix("-v").filter(|level| is_level(level));
        match (attached, out.last_mut()) {
            (Some(level), _) => out.push(format!("-v={level}").into()),
            (None, Some(last))
                if text.len() == 1
                    && is_level(text)
                    && ["-v", "--v", "--verbose"].iter().any(|flag| last == flag) =>
            {
                last.push("=");
                last.push(text);
            }
            _ => out.push(arg),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::name::Name;

    #[test]
    fn what_kubectl_reads_is_read() {
        let command = Name::default().command();
        for (typed, wanted) in [
            ("p a b -v 4", "p a b -v=4"),
            ("p a b -v4 -q", "p a b -v=4 -q"),
            ("p a b --v 4 --v=3 -v 10 -v12", "p a b --v=4 --v=3 -v 10 -v=12"),
            ("p a b --no-headers=true --add=false", "p a b --no-headers"),
            ("p a b --only=x=true --kinds=true", "p a b --only=x=true --kinds=true"),
            ("p a b --no-headers=yes -- --add=true", "p a b --no-headers=yes -- --add=true"),
            ("p help --help", "p help"),
            ("p help diff -h", "p help diff"),
            ("p diff -h", "p diff -h"),
        ] {
            let args = levels_joined(typed.split(' ').map(OsString::from));
            let wanted: Vec<_> = wanted.split(' ').map(OsString::from).collect();
            assert_eq!(plain(&args, &command), wanted, "{typed}");
        }
    }
}
