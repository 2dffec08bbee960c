//! Ctrl-C, and being asked to end, while something has to be put in order first.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// What the handlers know, which stay for as long as the program runs: none can be taken back.
struct State {
    /// Whether a signal ends the program, as if nobody handled it.
    ends: Arc<AtomicBool>,
    /// The signal that came while it did not; zero where none did.
    came: Arc<AtomicUsize>,
    /// How many are holding it back.
    held: Mutex<usize>,
}

static STATE: OnceLock<io::Result<State>> = OnceLock::new();

/// While it is there, a signal to end is noticed and ends nothing.
pub(crate) struct Held(&'static State);

/// Holds signals back.
///
/// # Errors
/// The system's, when it takes no handler.
pub(crate) fn hold() -> io::Result<Held> {
    let state = STATE.get_or_init(State::new).as_ref();
    let state = state.map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
    let mut held = state.held();
    *held += 1;
    state.ends.store(false, Ordering::SeqCst);
    Ok(Held(state))
}

/// Ends the program where it was asked to while it was held back, and is no more.
pub(crate) fn obey() {
    let Some(Ok(state)) = STATE.get() else { return };
    let came = i32::try_from(state.came.load(Ordering::SeqCst)).unwrap_or_default();
    if came != 0 && *state.held() == 0 {
        // It fails for signals that there are not.
        let _ = low_level::emulate_default_handler(came);
    }
}

impl State {
    fn new() -> io::Result<Self> {
        let (ends, came) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&ends))?;
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&came), number)?;
        }
        Ok(Self { ends, came, held: Mutex::new(0) })
    }

    fn held(&self) -> MutexGuard<'_, usize> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Whether the program was asked to end.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.came.load(Ordering::SeqCst) != 0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.0.held();
        *held -= 1;
        if *held == 0 {
            self.0.ends.store(true, Ordering::SeqCst);
        }
    }
}
