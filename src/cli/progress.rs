//! How far a long run is: on a terminal after the first second, or a line a request with `-v`.

use crate::cli::report;
use crate::diagnostic::printable;
use crate::io::watch::Watch;

/// Shows the progress of one round of questions; what it drew goes away with it.
pub(super) struct Progress {
    verbose: bool,
    #[cfg(feature = "registry")]
    bar: bar::Bar,
}

impl Progress {
    pub(super) fn new(questions: usize, verbose: bool, quiet: bool) -> Self {
        let _ = (questions, quiet);
        Self {
            verbose,
            #[cfg(feature = "registry")]
            bar: bar::Bar::new(questions, !verbose && !quiet),
        }
    }
}

impl Watch for Progress {
    fn answered(&self) {
        #[cfg(feature = "registry")]
        self.bar.advance();
    }

    fn trace(&self, line: &str) {
        if self.verbose {
            report::note(&printable(line));
        }
    }
}

#[cfg(feature = "registry")]
mod bar {
    use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
    use std::time::Duration;

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    /// Most runs are over by then, and a bar that flashes tells nobody anything.
    const SILENT: Duration = Duration::from_secs(1);

    /// A bar on stderr where that is a terminal.
    pub(super) struct Bar {
        bar: ProgressBar,
        done: Option<Sender<()>>,
        drawer: Option<std::thread::JoinHandle<()>>,
    }

    impl Bar {
        pub(super) fn new(questions: usize, shown: bool) -> Self {
            let bar =
                ProgressBar::with_draw_target(Some(questions as u64), ProgressDrawTarget::hidden());
            if !shown {
                return Self { bar, done: None, drawer: None };
            }
            let style = ProgressStyle::with_template("looking up: {pos} of {len} {wide_bar}");
            let bar = style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style));
            let (done, ended) = channel();
            let late = bar.clone();
            let drawer = std::thread::spawn(move || {
                if ended.recv_timeout(SILENT) == Err(RecvTimeoutError::Timeout) {
                    late.set_draw_target(ProgressDrawTarget::stderr());
                    late.tick();
                }
            });
            Self { bar, done: Some(done), drawer: Some(drawer) }
        }

        pub(super) fn advance(&self) {
            self.bar.inc(1);
        }
    }

    impl Drop for Bar {
        fn drop(&mut self) {
            // The drawer hears that its sender is gone.
            self.done = None;
            if let Some(drawer) = self.drawer.take() {
                // It only draws: nothing is lost if it panicked.
                let _ = drawer.join();
            }
            self.bar.finish_and_clear();
        }
    }
}
