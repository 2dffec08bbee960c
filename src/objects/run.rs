//! One scalar while entries are applied to it, one after the other.

use std::borrow::Cow;

use super::Images;
use super::walk::{Cell, Step};
use crate::yaml::{CannotWrite, Document, Rewrite};

/// What a cell holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Now {
    Text,
    Null,
    /// A list without items, which was null.
    Empty,
}

impl<'d> Cell<'d> {
    /// The text that `images` lead to. Those that match are noted in `matched`.
    ///
    /// # Errors
    /// Where kustomize fails because of what an earlier step made of a null, and where nobody can say
    /// which entry the image is from.
    pub(super) fn run(
        &self,
        doc: &Document<'_>,
        images: &Images,
        matched: &mut [bool],
    ) -> Result<Cow<'d, str>, CannotWrite> {
        let problem = |message: &str| {
            let span = doc.node(self.place.node).span;
            CannotWrite { span, message: message.to_owned() }
        };
        let error = |message: &str| Err(problem(message));
        let mut text = Cow::Borrowed(self.text);
        let mut now = if self.is_null { Now::Null } else { Now::Text };
        if now == Now::Text && self.is_image() {
            let became = images.own.apply(self.text, self.elsewhere);
            if let Some(became) = became.map_err(|message| problem(&message))? {
                became.wanted.iter().for_each(|position| matched[*position] = true);
                text = Cow::Owned(became.text);
            }
        }
        for (position, rule) in &images.rules {
            for step in &self.steps {
                match (step, now) {
                    (Step::Set, Now::Empty) => {
                        return error("a field spec takes this image for a list");
                    }
                    (Step::Enter, Now::Text) => {
                        return error("a field spec looks for an image below this one");
                    }
                    (Step::Empty, Now::Null) => now = Now::Empty,
                    (Step::Set, _) => {
                        if let Some(new) = rule.apply(&text) {
                            (text, now) = (Cow::Owned(new), Now::Text);
                            matched[*position] = true;
                        }
                    }
                    (Step::Enter | Step::Empty, _) => {}
                }
            }
        }
        Ok(text)
    }

    /// Whether it is an image to one of the passes.
    pub(super) fn is_image(&self) -> bool {
        self.steps.contains(&Step::Set)
    }

    /// The change to `text`; `None` where that is what it says.
    ///
    /// # Errors
    /// Its bytes are those of another place too.
    pub(super) fn rewrite(
        &self,
        doc: &Document<'_>,
        text: &str,
    ) -> Result<Option<Rewrite>, CannotWrite> {
        if text == self.text {
            return Ok(None);
        }
        let Some(alias) = self.place.shared else {
            return Ok(Some(Rewrite::Set { node: self.place.node, text: text.to_owned() }));
        };
        let message = format!(
            "the image `{}` is reached through an alias, and what has the anchor would change too",
            self.text
        );
        Err(CannotWrite { span: doc.node(alias).span, message })
    }
}
