//! The script rows with the processor time of functions with 256, 512 and 1,024 MB.

use std::time::Duration;

use super::{Bench, overshoot, script};
use crate::{
    quota::{self, Quota},
    report::Row,
};

/// Longer than a period of the quota, so that an event after a break has its whole share.
const PAUSE: Duration = Duration::from_millis(25);
const NAME: &str = "script-quota";
/// Memory from which the goal for overshoot applies: 10 ms.
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
                eprintln!("skipping `{NAME}`: {error:#}");
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
        // The whole corpus only where there is a goal, as it takes long.
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
        eprintln!("  {megabytes} MB: the quota was exhausted in {throttled} of {periods} periods");
    }
    Ok(rows)
}
