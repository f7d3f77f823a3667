//! The source maps of bundles whose runs have failed.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hookpoint_stages::Stage;
use tokio::time::timeout;

use crate::{
    application::cache::Cache,
    hook::Hook,
    ports::{HookSource, SourceMapReader},
};

/// How long a run of a script may take, even beyond its deadline, to end and to read its source map. Counts against the event's time.
pub(crate) const SOURCE_MAP_PATIENCE: Duration = Duration::from_millis(50);
/// How many maps are kept: a bundle that fails does so again.
const KEPT: usize = 8;

/// Reads maps from the store, each once.
pub(crate) struct SourceMaps {
    source: Arc<dyn HookSource>,
    known: Cache<String, Option<Arc<str>>>,
}

impl fmt::Debug for SourceMaps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SourceMaps").finish_non_exhaustive()
    }
}

impl SourceMaps {
    pub(crate) fn new(source: Arc<dyn HookSource>) -> Self {
        Self {
            source,
            known: Cache::new(KEPT),
        }
    }

    async fn read(&self, stage: Stage, hook: &Hook, now: SystemTime) -> Option<Arc<str>> {
        let map = hook.body.source_map()?;
        if let Some((known, _)) = self.known.get(&map.sha256, now) {
            return known;
        }
        match timeout(SOURCE_MAP_PATIENCE, self.source.source_map(stage, hook)).await {
            Ok(Ok(text)) => {
                let text = text.filter(|text| map.is(text));
                self.known.put(map.sha256.clone(), text.clone(), now);
                text
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, hook.name = %hook.name, "the source map cannot be read");
                None
            }
            // The next failure may find the store faster.
            Err(_) => None,
        }
    }
}

/// The map of one run's hook.
#[derive(Debug)]
pub(super) struct MapOfRun<'a> {
    pub(super) maps: Option<&'a SourceMaps>,
    pub(super) stage: Stage,
    pub(super) hook: &'a Hook,
    pub(super) now: SystemTime,
}

#[async_trait]
impl SourceMapReader for MapOfRun<'_> {
    async fn source_map(&self) -> Option<Arc<str>> {
        // A replay has read it with the version.
        let with_version = self.hook.body.source_map()?.text();
        match (with_version, self.maps) {
            (Some(text), _) => Some(Arc::clone(text)),
            (None, Some(maps)) => maps.read(self.stage, self.hook, self.now).await,
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::{
        hook::{HookBody, HookReference, Implementation, SourceMap},
        ports::StoreError,
        testing::sample,
    };

    /// Has one map, which it returns after a delay; counts the reads.
    struct Slow {
        text: Option<&'static str>,
        takes: Duration,
        asked: AtomicUsize,
    }

    #[async_trait]
    impl HookSource for Slow {
        async fn hook(&self, _: Stage, _: &HookReference) -> Result<Arc<Hook>, StoreError> {
            std::future::pending().await
        }

        async fn source_map(&self, _: Stage, _: &Hook) -> Result<Option<Arc<str>>, StoreError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(self.takes).await;
            Ok(self.text.map(Into::into))
        }
    }

    const MAP: &str = r#"{"version":3}"#;

    fn bundled(map: Option<SourceMap>) -> Hook {
        let mut body = HookBody::clone(&sample::script_hook("export default 1"));
        if let Implementation::Script(script) = &mut body.implementation {
            script.source_map = map;
        }
        Hook {
            name: "risk".parse().unwrap(),
            version: 1,
            body: Arc::new(body),
        }
    }

    async fn read(slow: &Arc<Slow>, maps: &SourceMaps, hook: &Hook) -> (Option<Arc<str>>, usize) {
        let run = MapOfRun {
            maps: Some(maps),
            stage: Stage::BeforeRegistration,
            hook,
            now: SystemTime::UNIX_EPOCH,
        };
        (run.source_map().await, slow.asked.load(Ordering::Relaxed))
    }

    fn slow(text: Option<&'static str>, milliseconds: u64) -> (Arc<Slow>, SourceMaps) {
        let slow = Arc::new(Slow {
            text,
            takes: Duration::from_millis(milliseconds),
            asked: AtomicUsize::new(0),
        });
        (Arc::clone(&slow), SourceMaps::new(slow))
    }

    #[tokio::test(start_paused = true)]
    async fn a_map_is_read_once_and_only_if_there_is_one() {
        let stored = SourceMap::new(MAP).unwrap().with_text(None);
        let (store, maps) = slow(Some(MAP), 40);
        assert_eq!(read(&store, &maps, &bundled(None)).await, (None, 0));
        let hook = bundled(Some(stored));
        for _ in 0..3 {
            assert_eq!(read(&store, &maps, &hook).await, (Some(MAP.into()), 1));
        }
        // A replay has the text with the version.
        let replayed = bundled(SourceMap::new("{}"));
        assert_eq!(read(&store, &maps, &replayed).await, (Some("{}".into()), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn another_map_and_a_late_one_count_as_none() {
        let hook = bundled(SourceMap::new(MAP).map(|map| map.with_text(None)));
        let (store, maps) = slow(Some("{}"), 0);
        assert_eq!(read(&store, &maps, &hook).await, (None, 1));
        assert_eq!(
            read(&store, &maps, &hook).await,
            (None, 1),
            "it is not asked for again"
        );
        let (store, maps) = slow(Some(MAP), 60);
        let started = tokio::time::Instant::now();
        assert_eq!(read(&store, &maps, &hook).await, (None, 1));
        assert_eq!(started.elapsed(), SOURCE_MAP_PATIENCE);
        assert_eq!(
            read(&store, &maps, &hook).await,
            (None, 2),
            "the next one may be in time"
        );
    }
}
