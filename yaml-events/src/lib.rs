//! The events of granit-parser, and nothing else.
//!
//! Its parser is generic, so that it is compiled where it is used, and as that is: small, in a program
//! that is to start quickly. It goes through every byte of what people and kustomize hand in, and has a
//! crate of its own to be compiled for speed.

pub use granit_parser::{Event, ScalarStyle, ScanError, Span, StructureStyle, Tag};

use granit_parser::{Parser, StrInput, options};

/// The events of a text, in order, each with where it stands. Comments are none; the name of an anchor
/// is one of its own, behind the node that has it.
///
/// An item is an error where the text stops being YAML, and there are none behind it.
pub struct Events<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Events<'t> {
    /// The events of `text`.
    pub fn of(text: &'t str) -> Self {
        let options = options! { emit_comments: false, emit_anchor_events: true };
        Self(Parser::new_from_str_with_options(text, options))
    }
}

impl<'t> Iterator for Events<'t> {
    type Item = Result<(Event<'t>, Span), ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}
