//! Who wants to know how far it is when the outside world is asked.

/// Hears of every answer and every request. Called from many threads.
pub trait Watch: Sync {
    /// Another question has its answer.
    fn answered(&self) {}

    /// A line about a request, without secrets.
    fn trace(&self, line: &str) {
        let _ = line;
    }
}

/// Nobody.
impl Watch for () {}
