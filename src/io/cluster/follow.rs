//! Shows what is followed to somebody who decides when that is enough.

use std::time::Duration;

use crate::cluster::{Snapshot, Wanted};

use super::clock::Clock;
use super::fetch::Failed;
use super::plan::{self, Question};
use super::watch::Following;

/// How often to look at the time, which alone may make something healthy.
const TICK: Duration = Duration::from_secs(1);

/// Shows `look` what changes, until it has seen enough or there is no time left.
pub(super) async fn follow(
    wanted: &Wanted,
    questions: &[Question],
    mut following: Following,
    mut clock: Clock,
    left: &dyn Fn() -> Duration,
    look: &mut dyn FnMut(&Snapshot) -> bool,
) -> Result<Snapshot, Failed> {
    let mut shown = plan::snapshot(wanted, questions, following.objects(), clock.now());
    loop {
        if following.failed().is_none() && look(&shown) {
            return Ok(shown);
        }
        if let Some((request, trouble)) = following.failed()
            && (left().is_zero() || !trouble.is_passing())
        {
            return Err((request.clone(), trouble.clone()));
        }
        if left().is_zero() {
            return Ok(shown);
        }
        let (is_new, date) = following.next(TICK.min(left())).await;
        clock = date.map_or(clock, |date| Clock::new(Some(date)));
        shown = match is_new {
            true => plan::snapshot(wanted, questions, following.objects(), clock.now()),
            false => Snapshot { now: clock.now(), ..shown },
        };
    }
}
