//! Process start to the first poll of the Runtime API.
//!
//! Its DynamoDB endpoint accepts connections and never responds, so that opening one ahead of the first event counts,
//! but the speed of an emulator does not.

use std::{net::Ipv4Addr, path::Path, time::Duration};

use tokio::{io::AsyncReadExt as _, net::TcpListener, task::JoinHandle};

use crate::bench::Bench;
use crate::{
    function::Function,
    report::{Figures, Goal, Row, Unit},
    sample,
    series::Series,
};

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let stage = bench.programs.stage_function()?;
    let hello = bench.programs.hello_lambda()?;
    let (endpoint, silent) = silent_endpoint().await?;
    let variables = variables(&endpoint);
    // The first starts read the programs from the disk.
    for _ in 0..3 {
        start(&hello, &[], bench.folder).await?;
        start(&stage, &variables, bench.folder).await?;
    }
    let (mut measured, mut baseline) = (Series::default(), Series::default());
    for _ in 0..bench.times(10, 2) {
        let (mut stage_starts, mut hello_starts) = (Vec::new(), Vec::new());
        for _ in 0..bench.times(10, 5) {
            hello_starts.push(start(&hello, &[], bench.folder).await?);
            stage_starts.push(start(&stage, &variables, bench.folder).await?);
        }
        measured.push(stage_starts);
        baseline.push(hello_starts);
    }
    silent.abort();
    Ok(vec![Row {
        name: "start",
        what: format!("`{}`, start to first poll / hello", sample::STAGE.name()),
        unit: Unit::Microseconds,
        measured: Figures::of(&measured),
        baseline: Some(Figures::of(&baseline)),
        goal: Some(Goal::TimesAtMost(2.5)),
    }])
}

async fn start(
    program: &Path,
    variables: &[(&'static str, String)],
    folder: &Path,
) -> anyhow::Result<f64> {
    let (_, took): (_, Duration) = Function::start(program, variables, folder).await?;
    Ok(took.as_secs_f64() * 1_000_000.0)
}

/// An endpoint that accepts connections, reads requests and never responds.
async fn silent_endpoint() -> anyhow::Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let task = tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4_096];
                while matches!(connection.read(&mut buffer).await, Ok(length) if length > 0) {}
            });
        }
    });
    Ok((url, task))
}

fn variables(endpoint: &str) -> Vec<(&'static str, String)> {
    use hookpoint_settings::ACCESS_KEY_ID;
    use hookpoint_settings::ENDPOINT_URL;
    use hookpoint_settings::QUEUE_URL;
    use hookpoint_settings::REGION;
    use hookpoint_settings::SECRET_ACCESS_KEY;
    use hookpoint_settings::SECRET_PREFIX;
    use hookpoint_settings::TABLE;
    vec![
        (TABLE.name, "measured".to_owned()),
        (SECRET_PREFIX.name, "measured".to_owned()),
        (QUEUE_URL.name, format!("{endpoint}/123456789012/measured")),
        (REGION.name, "eu-central-1".to_owned()),
        (ACCESS_KEY_ID.name, "measured".to_owned()),
        (SECRET_ACCESS_KEY.name, "measured".to_owned()),
        (ENDPOINT_URL.name, endpoint.to_owned()),
    ]
}
