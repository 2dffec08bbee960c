//! Which fields a promotion takes: `--kinds`, `--only`, `--except`.

use std::sync::atomic::{AtomicBool, Ordering};

use globset::{GlobBuilder, GlobMatcher};

use crate::diagnostic::Diagnostic;
use crate::kind::{Field, KINDS, find};
use crate::promotion::Promotion;

/// The promotion's selectors, ready to match.
#[derive(Debug)]
pub struct Selection {
    kinds: Vec<String>,
    only: Vec<Pattern>,
    except: Vec<Pattern>,
}

/// One glob, for one kind or for all.
#[derive(Debug)]
struct Pattern {
    text: String,
    kind: Option<&'static str>,
    glob: GlobMatcher,
    used: AtomicBool,
}

impl Selection {
    /// Reads the selectors of `promotion`.
    ///
    /// # Errors
    /// A diagnostic for a kind that does not exist and for a glob that cannot be read.
    pub fn new(promotion: &Promotion) -> Result<Self, Diagnostic> {
        for kind in &promotion.kinds {
            known_kind(kind)?;
        }
        let patterns = |globs: &[String]| globs.iter().map(|glob| Pattern::new(glob)).collect();
        Ok(Self {
            kinds: promotion.kinds.clone(),
            only: Result::from_iter::<Vec<_>>(patterns(&promotion.only))?,
            except: Result::from_iter::<Vec<_>>(patterns(&promotion.except))?,
        })
    }

    /// Whether fields of the kind `id` are taken at all.
    pub fn takes_kind(&self, id: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == id)
    }

    /// Whether the field that stands as `fields` in source and target is taken.
    pub fn takes(&self, fields: &[&Field]) -> bool {
        // Every pattern is asked, so that those that match nothing are known afterwards.
        let any = |patterns: &[Pattern]| {
            patterns.iter().filter(|pattern| pattern.matches(fields)).count() > 0
        };
        if !fields.first().is_none_or(|field| self.takes_kind(field.kind)) {
            return false;
        }
        let (only, except) = (any(&self.only), any(&self.except));
        (self.only.is_empty() || only) && !except
    }

    /// What is wrong with the selectors after all targets were asked: an `--only` that matches
    /// nothing is an error, an `--except` a warning. `keys` are those that there are.
    pub fn unmatched(&self, keys: &[String]) -> Vec<Diagnostic> {
        let unused = |patterns: &[Pattern]| {
            let unused = patterns.iter().filter(|pattern| !pattern.used.load(Ordering::Relaxed));
            unused.map(|pattern| pattern.text.clone()).collect::<Vec<_>>()
        };
        let hint = match keys {
            [] => "source and targets have no promotable field".to_owned(),
            keys => format!("there are {}", list(keys)),
        };
        let only = unused(&self.only).into_iter().map(|text| {
            Diagnostic::error(format!("`--only {text}` matches nothing")).hint(hint.clone())
        });
        let except = unused(&self.except).into_iter().map(|text| {
            Diagnostic::warning(format!("`--except {text}` matches nothing")).hint(hint.clone())
        });
        only.chain(except).collect()
    }
}

fn list(keys: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<_> = keys.iter().take(SHOWN).map(|key| format!("`{key}`")).collect();
    let more = keys.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn known_kind(id: &str) -> Result<&'static str, Diagnostic> {
    if let Some(kind) = find(id) {
        return Ok(kind.id());
    }
    let ids: Vec<_> = KINDS.iter().map(|kind| kind.id()).collect();
    let near = ids.iter().find(|known| strsim::damerau_levenshtein(known, id) <= 2);
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("kinds are `{}`", ids.join("`, `")),
    };
    Err(Diagnostic::error(format!("there is no kind `{id}`")).hint(hint))
}

impl Pattern {
    /// `GLOB` or `KIND=GLOB`; an equals sign behind anything but a kind belongs to the glob.
    fn new(text: &str) -> Result<Self, Diagnostic> {
        let kind = text.split_once('=').and_then(|(kind, glob)| Some((find(kind)?.id(), glob)));
        let (kind, glob) = kind.map_or((None, text), |(kind, glob)| (Some(kind), glob));
        let glob = GlobBuilder::new(glob).build().map_err(|error| {
            Diagnostic::error(format!("`{text}` is not a glob: {}", error.kind())).hint(
                "`*` and `?` stand for any characters; put a backslash before `[`, `{` and `\\`",
            )
        })?;
        Ok(Self {
            text: text.to_owned(),
            kind,
            glob: glob.compile_matcher(),
            used: AtomicBool::new(false),
        })
    }

    fn matches(&self, fields: &[&Field]) -> bool {
        let matched = fields.iter().any(|field| {
            self.kind.is_none_or(|kind| kind == field.kind)
                && (self.glob.is_match(&field.key)
                    || field.text.as_ref().is_some_and(|text| self.glob.is_match(text)))
        });
        self.used.fetch_or(matched, Ordering::Relaxed);
        matched
    }
}
