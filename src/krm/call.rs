//! Who is calling: a runner of functions, kustomize's older way to call plugins, or nobody.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;

/// A call of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// A ResourceList comes on stdin.
    Function,
    /// Objects come on stdin, and this is the configuration.
    Plugin {
        /// Its text.
        config: String,
    },
    /// What the function does.
    Help,
    /// An argument that the function does not know.
    Usage(String),
}

/// Set for plugins of the older kind: the directory of the kustomization
/// (kustomize `api/internal/plugins/execplugin`, 5.8.1).
const PLUGIN_ROOT: &str = "KUSTOMIZE_PLUGIN_CONFIG_ROOT";

impl Call {
    /// The call that the command line `args`, the program's own name first, is when it does not name
    /// the function: no arguments, and something other than a terminal on stdin; or a plugin's
    /// configuration where kustomize says that it calls one: an absolute path, which no verb is.
    /// `None` is the command line.
    pub fn of(args: &[OsString]) -> Option<Self> {
        match args {
            [] | [_] => (!std::io::stdin().is_terminal()).then_some(Self::Function),
            [_, config, ..] => {
                std::env::var_os(PLUGIN_ROOT)?;
                let path = Path::new(config);
                let is_config = path.is_absolute() && path.is_file();
                let config = is_config.then(|| std::fs::read_to_string(path).ok())??;
                Some(Self::Plugin { config })
            }
        }
    }

    /// The call that names the function and gives it `args`.
    pub fn named(args: &[OsString]) -> Self {
        match args {
            [] => Self::Function,
            args if args.iter().any(|arg| arg == "--help" || arg == "-h" || arg == "help") => {
                Self::Help
            }
            [first, ..] => Self::Usage(first.to_string_lossy().into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_has_one_argument() {
        let call = |args: &[&str]| Call::named(&args.iter().map(Into::into).collect::<Vec<_>>());
        assert_eq!(call(&[]), Call::Function);
        assert_eq!(call(&["--help"]), Call::Help);
        assert_eq!(call(&["x"]), Call::Usage("x".to_owned()));
    }
}
