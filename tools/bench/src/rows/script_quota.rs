//! The script rows again with as little processor time as a function of 256, 512 and 1,024 MB has.

use std::time::Duration;

use super::{Bench, overshoot, script};
use crate::{
    quota::{self, Quota},
    report::Row,
};

/// More than a period of the quota: an event that comes after a break finds its whole share.
const PAUSE: Duration = Duration::from_millis(25);
const NAME: &str = "script-quota";
/// From this memory on, the goal for overshoot holds: 10 ms.
const GOAL_FROM_MB: u32 = 1_024;
const GOAL: f64 = 10_000.0;

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (megabytes, thousandths) in quota::LAMBDA {
        if bench.quick && megabytes != GOAL_FROM_MB {
            continue;
        }
        let quota = match Quota::set(thousandths) {
            Ok(quota) => quota,
            Err(error) => {
                eprintln!("`{NAME}` is left out: {error:#}");
                return Ok(Vec::new());
            }
        };
        let circumstances = format!(" at {megabytes} MB");
        let extent = script::Extent {
            turns: bench.times(2, 1),
            runs: bench.times([8, 4, 2, 1], [2, 1, 1, 1]),
            pause: PAUSE,
        };
        rows.extend(script::rows(NAME, &circumstances, extent).await?);
        let has_goal = megabytes >= GOAL_FROM_MB;
        // Where there is a goal, the whole corpus; it takes long enough.
        let one_in = bench.times(if has_goal { 1 } else { 3 }, 10);
        rows.extend(
            overshoot::rows(
                NAME,
                &circumstances,
                one_in,
                has_goal.then_some(GOAL),
                PAUSE,
            )
            .await?,
        );
        let (periods, throttled) = quota.throttled()?;
        eprintln!("  {megabytes} MB: the time ran out in {throttled} of {periods} periods");
    }
    Ok(rows)
}
