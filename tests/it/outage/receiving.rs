//! An outage of a busy receiver.

use std::{collections::BTreeSet, time::Duration};

use super::{
    endpoint::Endpoint,
    failing::{is_planned, workspace},
    scene::{LATER, Scene},
    server::Answer,
};
use crate::worker::pump::Turn;

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_comes_and_goes_under_load_gets_every_delivery_under_one_id() {
    const EVENTS: u64 = 240;
    const SHARE: u64 = 60;
    let endpoint = Endpoint::answering(|_, _| (Duration::from_millis(20), Answer::status(204)));
    let scene = Scene::open(&workspace(&[("audit", endpoint.port())]), &[LATER]).await;
    let caller = scene.caller(LATER).await;
    let mut pump = scene.pump();
    let mut posted = 0;
    while posted < EVENTS {
        for _ in 0..SHARE {
            assert_eq!(caller.post(posted).await.status, 202);
            posted += 1;
        }
        // It stops during a batch, and leaves a few more unanswered.
        let came = endpoint.posts("/audit").len();
        let leaving = async {
            endpoint.until("/audit", came + 5).await;
            endpoint.leave().await;
        };
        tokio::join!(pump.turn(), leaving);
        for _ in 0..2 {
            assert_eq!(pump.turn().await, Turn::Settled);
        }
        endpoint.come_back();
        pump.turn().await;
    }
    caller.stop().await;
    pump.until_empty(Duration::from_secs(40)).await;
    pump.stop().await;

    let deliveries = endpoint.deliveries("/audit");
    let numbers: BTreeSet<_> = deliveries.values().map(|posts| posts[0].number()).collect();
    assert_eq!(numbers, (0..EVENTS).collect());
    assert_eq!(deliveries.len() as u64, EVENTS, "an event is one delivery");
    let retries: Vec<_> = scene
        .proxy()
        .sent()
        .into_iter()
        .filter(|sent| sent.job.attempt > 1)
        .collect();
    assert!(
        retries.len() as u64 > EVENTS / SHARE * 10,
        "{} retries",
        retries.len()
    );
    for retry in &retries {
        is_planned(retry.job.attempt, retry.delay);
    }
    assert!(scene.dead_letters().await.is_empty());
    eprintln!("{EVENTS} events, {} retries", retries.len());
}
