//! Field by field: what happens to it, and how that is written.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::facts::Inquiry;
use crate::kind::{Blame, Comparison, Field, KINDS, Kind, Pinned, Pinning, Value, find};
use crate::overlay::Overlay;
use crate::plan::{Change, Missing, Planned, Request, Selection, Source, Verdict, Work};
use crate::promotion::Promotion;
use crate::version;

/// The changes of `target`, whose fields are `fields`, and the rewrites that make them.
pub(super) fn decide<'s>(
    source: &'s Source,
    target: &Overlay<'_>,
    fields: &'s [Field],
    request: Request<'_>,
) -> Work<'s> {
    let Request { promotion, selection, facts } = request;
    let rollback = source.past && source.dir.as_ref() == Some(&target.dir);
    let mut decision = Decision {
        source,
        target,
        promotion,
        selection,
        theirs: by_key(&source.fields),
        own: by_key(fields),
        backwards: promotion.allow_downgrade || rollback,
        inquiry: Inquiry::new(facts),
        work: Work::default(),
    };
    let mut ordered: Vec<_> = fields.iter().collect();
    ordered.sort_by_key(|field| (field.file, field.span.start));
    for field in ordered {
        decision.decide(field);
    }
    decision.missing();
    decision.work.questions = decision.inquiry.into_open();
    decision.work
}

/// Fields by kind and key; what is there twice is in one place twice.
type ByKey<'s> = HashMap<(&'static str, &'s str), Vec<&'s Field>>;

fn by_key(fields: &[Field]) -> ByKey<'_> {
    let mut out = ByKey::new();
    for field in fields {
        out.entry((field.kind, field.key.as_str())).or_default().push(field);
    }
    out
}

struct Decision<'s, 'p, 't> {
    source: &'s Source,
    target: &'p Overlay<'t>,
    promotion: &'p Promotion,
    selection: &'p Selection,
    /// The fields of the source, and those of the target.
    theirs: ByKey<'s>,
    own: ByKey<'s>,
    /// Whether versions may go back: asked for, or the source is the target's own past.
    backwards: bool,
    inquiry: Inquiry<'p>,
    work: Work<'s>,
}

/// A verdict and what the field would get.
struct Answer<'s> {
    verdict: Verdict,
    old: Option<Value>,
    new: Option<Value>,
    from: Option<Cow<'s, Field>>,
}

impl<'s> Decision<'s, '_, '_> {
    /// A field that the target has.
    fn decide(&mut self, field: &'s Field) {
        let Some(kind) = find(field.kind) else { return };
        let Answer { mut verdict, old, new, from } = self.answer(kind, field);
        if let (true, Some(new), Some(from)) = (verdict.writes(), &new, &from) {
            match kind.replace(self.target, field, from, new) {
                Ok(rewrites) => {
                    let change = self.work.changes.len();
                    let file = field.file;
                    let planned =
                        rewrites.into_iter().map(|rewrite| Planned { change, file, rewrite });
                    self.work.rewrites.extend(planned);
                }
                Err(problem) => verdict = Verdict::Refused(Box::new(problem)),
            }
        }
        let file = &self.target.files[field.file];
        self.work.changes.push(Change {
            kind: field.kind,
            key: field.key.clone(),
            file: file.label.clone(),
            line: file.line(field.span),
            path: file.doc.path(field.node, field.span),
            old,
            new,
            named: from.as_ref().and_then(|from| from.named.clone()),
            verdict,
        });
        self.work.fields.push((from, Some(field)));
    }

    fn answer(&mut self, kind: &dyn Kind, field: &'s Field) -> Answer<'s> {
        let candidates = same_things(&self.theirs, field);
        let Some(from) = candidates.first().copied() else {
            self.selection.takes(&[field]);
            let old = field.value.clone();
            return Answer { verdict: Verdict::Extra(None), old, new: None, from: None };
        };
        let answer = self.compared(kind, field, Cow::Borrowed(from));
        let asks = self.promotion.asks() && self.selection.takes(&[field, from]);
        if asks && matches!(answer.verdict, Verdict::Promote | Verdict::Add | Verdict::Same) {
            return self.pinned(kind, from, field, answer);
        }
        answer
    }

    fn compared(&self, kind: &dyn Kind, field: &'s Field, from: Cow<'s, Field>) -> Answer<'s> {
        let comparison = kind.compare(&from, field, self.promotion);
        let (old, new) = match &comparison {
            Comparison::Differs { old, new } => (old.clone(), Some(new.clone())),
            _ => (field.value.clone(), from.value.clone()),
        };
        let verdict = self.verdict(field, &from, comparison);
        Answer { verdict, old, new, from: Some(from) }
    }

    /// The same answer for the pinned value; what only the pin changes is pinned.
    fn pinned(
        &mut self,
        kind: &dyn Kind,
        from: &'s Field,
        field: &'s Field,
        answer: Answer<'s>,
    ) -> Answer<'s> {
        match self.pin(kind, from, Some(field), answer.verdict.writes()) {
            Ok(pinned) if pinned.value == from.value => answer,
            Ok(pinned) => {
                let mut again = self.compared(kind, field, Cow::Owned(pinned));
                if answer.verdict == Verdict::Same && again.verdict == Verdict::Promote {
                    again.verdict = Verdict::Pin;
                }
                again
            }
            Err(verdict) => Answer { verdict, ..answer },
        }
    }

    /// The pinned field, or what stands in the way of it.
    fn pin(
        &mut self,
        kind: &dyn Kind,
        source: &'s Field,
        target: Option<&'s Field>,
        writes: bool,
    ) -> Result<Field, Verdict> {
        let from = self.source.name.as_str();
        let pinning = Pinning { from, source, target, promotion: self.promotion, writes };
        match kind.pin(&pinning, &mut self.inquiry) {
            Ok(None) => Err(Verdict::Unresolved),
            Ok(Some(Pinned { field, remarks })) => {
                for (blame, remark) in remarks {
                    let remark = Diagnostic::warning(format!("`{}`: {remark}", source.key));
                    self.work.remarks.push(self.place(remark, blame, source, target));
                }
                Ok(field)
            }
            Err(unpinned) => {
                let problem = self.place(unpinned.problem, unpinned.blame, source, target);
                Err(Verdict::Refused(Box::new(problem)))
            }
        }
    }

    fn place(
        &self,
        problem: Diagnostic,
        blame: Blame,
        source: &Field,
        target: Option<&Field>,
    ) -> Diagnostic {
        match (blame, target) {
            (Blame::World, _) => problem,
            (Blame::Target, Some(own)) => self.target.files[own.file].point(problem, own.span),
            _ => {
                let (file, place) = source.place.clone().unzip();
                Diagnostic { file, place, ..problem }
            }
        }
    }

    fn verdict(&self, field: &'s Field, from: &Field, comparison: Comparison) -> Verdict {
        let candidates = same_things(&self.theirs, field);
        let selected = self.selection.takes(&[field, from]);
        let refuse = |problem: &Diagnostic| Verdict::Refused(Box::new(problem.clone()));
        if selected {
            if let Some(problem) = [from, field].iter().find_map(|field| field.unclear.as_ref()) {
                return refuse(problem);
            }
            if let Some(problem) = self.ambiguous(field, candidates) {
                return refuse(&problem);
            }
        }
        let (old, new) = match comparison {
            Comparison::Same if from.value.is_none() && field.value.is_some() => {
                return Verdict::Inherited;
            }
            Comparison::Same => return Verdict::Same,
            Comparison::Unrelated(why) => return Verdict::Extra(Some(why)),
            Comparison::Differs { .. } if !selected => return Verdict::Left,
            Comparison::Differs { old, new } => (old, new),
        };
        if let Some(problem) = &field.fixed {
            return refuse(problem);
        }
        if let Some(problem) = self.shared(field) {
            return refuse(&problem);
        }
        match old {
            None if self.promotion.add => Verdict::Add,
            None => Verdict::Missing(Missing::Version),
            Some(old) if !self.backwards && goes_back(&old, &new) => Verdict::Held,
            Some(_) => Verdict::Promote,
        }
    }

    /// A file outside of the target's directory may be somebody else's too.
    fn shared(&self, field: &Field) -> Option<Diagnostic> {
        let file = &self.target.files[field.file];
        let problem = Diagnostic::error(format!("`{}` stands in a file that `{}` may share", field.key, self.target.name))
            .hint("change it there by hand, give the overlay a file of its own, or leave the key out with `--except`");
        (!self.target.owns(&file.path)).then(|| file.point(problem, field.span))
    }

    /// Why the same key in several places leaves open which is meant.
    fn ambiguous(&self, field: &'s Field, candidates: &[&Field]) -> Option<Diagnostic> {
        let say = |whose: &str| {
            let message = format!("`{whose}` has `{}` several times, and not alike", field.key);
            Diagnostic::error(message)
                .hint("leave one of them, or take the key out with `--except`")
        };
        let differs = |one: &Field, other: &Field| {
            (&one.value, &one.repository) != (&other.value, &other.repository)
        };
        if candidates.iter().any(|other| differs(candidates[0], other)) {
            return Some(say(&self.source.name));
        }
        let twins = same_things(&self.own, field);
        let last = *twins.iter().rfind(|other| differs(other, field))?;
        let last = [field, last].into_iter().max_by_key(|twin| twin.span)?;
        Some(self.target.files[last.file].point(say(&self.target.name), last.span))
    }

    /// What only the source has, each thing once.
    fn missing(&mut self) {
        let mut seen = HashSet::new();
        let absent = self.source.fields.iter().filter(|from| {
            let new = seen.insert((from.kind, from.key.as_str()));
            new && same_things(&self.own, from).is_empty()
        });
        let absent: Vec<&'s Field> = absent.collect();
        for kind in KINDS {
            let first = self.work.changes.len();
            for field in absent.iter().copied().filter(|field| field.kind == kind.id()) {
                let mut verdict = self.missing_verdict(field);
                let mut field = Cow::Borrowed(field);
                if let (Verdict::Add, true, Cow::Borrowed(from)) =
                    (&verdict, self.promotion.asks(), &field)
                {
                    match self.pin(*kind, from, None, true) {
                        Ok(pinned) => field = Cow::Owned(pinned),
                        Err(other) => verdict = other,
                    }
                }
                self.push_missing(field, verdict);
            }
            self.add(*kind, first);
        }
    }

    fn missing_verdict(&self, field: &'s Field) -> Verdict {
        if !self.selection.takes(&[field]) {
            return Verdict::Missing(Missing::NotSelected);
        }
        if !self.promotion.add {
            return Verdict::Missing(Missing::Entry);
        }
        let ambiguous = self.ambiguous(field, same_things(&self.theirs, field));
        match field.unclear.clone().or(ambiguous) {
            Some(problem) => Verdict::Refused(Box::new(problem)),
            None => Verdict::Add,
        }
    }

    fn push_missing(&mut self, field: Cow<'s, Field>, verdict: Verdict) {
        self.work.changes.push(Change {
            kind: field.kind,
            key: field.key.clone(),
            file: self.target.kustomization().label.clone(),
            line: 0,
            path: field.list.to_owned(),
            old: None,
            new: field.value.clone(),
            named: field.named.clone(),
            verdict,
        });
        self.work.fields.push((Some(field), None));
    }

    /// Creates what is to be added of the changes from the position `first` on.
    fn add(&mut self, kind: &dyn Kind, first: usize) {
        let all = self.work.changes.iter().zip(&self.work.fields).enumerate().skip(first);
        let wanted = all.filter(|(_, (change, _))| change.verdict == Verdict::Add);
        let wanted: Vec<(usize, &Field)> = wanted
            .filter_map(|(number, (_, fields))| Some((number, fields.0.as_deref()?)))
            .collect();
        let Some((change, _)) = wanted.first().copied() else { return };
        let fields: Vec<_> = wanted.into_iter().map(|(_, field)| field).collect();
        match kind.add(&fields, self.target) {
            Ok(rewrites) => {
                let planned =
                    rewrites.into_iter().map(|rewrite| Planned { change, file: 0, rewrite });
                self.work.rewrites.extend(planned);
            }
            Err(problem) => {
                for change in &mut self.work.changes[first..] {
                    if change.verdict == Verdict::Add {
                        change.verdict = Verdict::Refused(Box::new(problem.clone()));
                    }
                }
            }
        }
    }
}

/// The fields with the kind and the key of `field`.
fn same_things<'f, 's>(fields: &'f ByKey<'s>, field: &'s Field) -> &'f [&'s Field] {
    fields.get(&(field.kind, field.key.as_str())).map_or(&[], Vec::as_slice)
}

fn goes_back(old: &Value, new: &Value) -> bool {
    match (&old.version, &new.version) {
        (Some(old), Some(new)) => version::compare(new, old) == Some(Ordering::Less),
        _ => false,
    }
}
