//! The embedded store: applications, bindings, hook versions, the queue, run records and recorded responses in one
//! SQLite file.

mod audit;
mod bundle_files;
mod bytecode;
mod failure;
mod forget;
mod gone;
mod history;
mod housekeeping;
mod idempotency;
mod making;
mod moment;
mod owner;
mod queue;
mod read;
mod runs;
mod schema;
mod source_map;
mod write;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    audit::AuditEntry,
    confidential::secret::Secret,
    hook::{Hook, HookReference},
    identifier::{ApplicationId, HookName, StoreId},
    ports::{
        ApplicationSource, BindingSource, HookDeletion, HookSource, PublishError, Publisher,
        SecretError, StoreError, Temporary, UnreadableItem,
    },
    publish::{Publication, PublicationId, PublicationRecord, Scope, Snapshot},
};
use hookpoint_stages::Stage;
use rusqlite::Connection;

pub use self::{failure::OpenError, queue::WaitingDelivery};
use self::{
    failure::{Failure, WriteFailure},
    writer::Writer,
};
use crate::private;

/// The store's file in its directory.
pub const STORE_FILE: &str = "hookpoint.sqlite3";

/// How long writers wait for each other, and readers for a recovery.
const PATIENCE: Duration = Duration::from_secs(5);

/// A store in a directory. Clones share its connections.
#[derive(Clone)]
pub struct LocalStore(Arc<Connections>);

/// One connection reads and one writes, so that reads continue while a change waits for another process.
struct Connections {
    path: PathBuf,
    reader: Mutex<Connection>,
    writer: Writer,
    /// The leases of this process, and whose turn it is.
    hands: Arc<Mutex<queue::Hands>>,
}

impl LocalStore {
    /// Opens the store in a directory, usually `.hookpoint`, and creates what is missing.
    ///
    /// Blocks while opening the file. Dropping the last clone blocks until pending writes are done. The methods of the
    /// ports do not block: SQLite runs on threads of its own.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_with_patience(directory, PATIENCE)
    }

    fn open_with_patience(directory: &Path, patience: Duration) -> Result<Self, OpenError> {
        let path = directory.join(STORE_FILE);
        making::ensure(directory, &path, patience)?;
        private::create_file(&path).map_err(|source| OpenError::File {
            path: path.clone(),
            source,
        })?;
        let mut writer = schema::connect(&path, patience)?;
        schema::migrate(&mut writer, &path)?;
        let reader = schema::connect(&path, patience)?;
        Self::with(path, directory, reader, writer)
    }

    /// An empty store in memory, to compare a workspace with where nothing is published. It takes no change.
    pub fn empty() -> Result<Self, OpenError> {
        let path = PathBuf::from(":memory:");
        let reader = schema::empty(&path)?;
        let writer = schema::empty(&path)?;
        Self::with(path, Path::new(""), reader, writer)
    }

    fn with(
        path: PathBuf,
        directory: &Path,
        reader: Connection,
        writer: Connection,
    ) -> Result<Self, OpenError> {
        Ok(Self(Arc::new(Connections {
            path,
            reader: Mutex::new(reader),
            writer: Writer::start(writer).map_err(OpenError::Thread)?,
            hands: Arc::new(Mutex::new(queue::Hands::new(directory))),
        })))
    }

    /// The path of the SQLite file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Runs a query on a blocking thread.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let connections = Arc::clone(&self.0);
        self.compute(move || {
            // A query that panicked left nothing behind: its transaction ended when it was dropped.
            let lock = connections.reader.lock();
            query(&mut lock.unwrap_or_else(PoisonError::into_inner))
        })
        .await
    }

    /// Runs a computation on a blocking thread.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|error| Err(Failure::unfinished(error)))
    }

    /// Makes a change, together with others that wait, and returns when it is durable.
    async fn write<T, E>(
        &self,
        change: impl FnMut(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        self.0.writer.write(change).await
    }

    /// Makes a change without waiting for the disk. It survives the end of this process, but may not survive a power
    /// cut.
    async fn write_lazily<T, E>(
        &self,
        change: impl FnMut(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        self.0.writer.write_lazily(change).await
    }

    fn store_error(&self, failure: Failure) -> StoreError {
        failure.into_store_error(self.path())
    }

    /// The key that seals continuation tokens, created if there is none.
    pub(crate) async fn continuation_key(&self) -> Result<Secret, SecretError> {
        let unavailable = |message: String| SecretError { message };
        let of_store = |failure| unavailable(self.store_error(failure).to_string());
        let stored = self.read(|connection| Ok(read::continuation_key(connection)?));
        if let Some(key) = stored.await.map_err(of_store)? {
            return Ok(key);
        }
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| unavailable(error.to_string()))?;
        self.write(move |connection| Ok::<_, Failure>(write::continuation_key(connection, &bytes)?))
            .await
            .map_err(of_store)
    }
}

impl fmt::Debug for LocalStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("LocalStore")
            .field(&self.path())
            .finish()
    }
}

#[async_trait]
impl ApplicationSource for LocalStore {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        let id = id.clone();
        let stored = self
            .read(move |connection| read::application(connection, &id))
            .await
            .map_err(|failure| self.store_error(failure))?;
        Ok(stored.map(|stored| stored.value))
    }
}

#[async_trait]
impl BindingSource for LocalStore {
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError> {
        let target = target.clone();
        self.read(move |connection| read::bindings(connection, stage, &target))
            .await
            .map_err(|failure| self.store_error(failure))
    }
}

#[async_trait]
impl HookSource for LocalStore {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        let reference = reference.clone();
        self.read(move |connection| read::hook(connection, stage, reference))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn source_map(&self, _: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        let hook = hook.clone();
        self.read(move |connection| Ok(source_map::get(connection, &hook)?.map(Into::into)))
            .await
            .map_err(|failure| self.store_error(failure))
    }
}

#[async_trait]
impl Publisher for LocalStore {
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        let scope = scope.clone();
        self.read(move |connection| read::snapshot(connection, &scope))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn publish(&self, publication: &Publication) -> Result<(), PublishError> {
        let publication = publication.clone();
        self.write(move |connection| write::publish(connection, &publication))
            .await
            .map_err(|failure: WriteFailure| failure.into_publish_error(self.path()))
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        self.read(|connection| read::applications(connection))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn stores(&self) -> Result<Vec<StoreId>, StoreError> {
        self.read(|connection| read::stores(connection))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn versions(&self, hook: &HookName) -> Result<Vec<HookReference>, StoreError> {
        let hook = hook.clone();
        self.read(move |connection| history::versions(connection, &hook))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn delete_hook(
        &self,
        hook: &HookName,
        audit: Option<&AuditEntry>,
    ) -> Result<HookDeletion, PublishError> {
        let (hook, audit) = (hook.clone(), audit.cloned());
        self.write(move |connection| history::delete_hook(connection, &hook, audit.as_ref()))
            .await
            .map_err(|failure: WriteFailure| failure.into_publish_error(self.path()))
    }

    async fn forget(&self, temporary: &Temporary) -> Result<(), StoreError> {
        let temporary = temporary.clone();
        self.write(move |connection| Ok::<_, Failure>(forget::forget(connection, &temporary)?))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn history(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<Result<PublicationRecord, UnreadableItem>>, StoreError> {
        let subject = subject.cloned();
        self.read(move |connection| history::newest(connection, subject.as_ref(), limit))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn publication(&self, id: PublicationId) -> Result<Vec<PublicationRecord>, StoreError> {
        self.read(move |connection| history::of(connection, id))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn hooks(&self) -> Result<Vec<HookReference>, StoreError> {
        self.read(|connection| read::hooks(connection))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn interpreters(
        &self,
        hooks: &[HookReference],
    ) -> Result<BTreeMap<HookName, String>, StoreError> {
        let hooks = hooks.to_vec();
        self.read(move |connection| Ok(bytecode::interpreters(connection, &hooks)?))
            .await
            .map_err(|failure| self.store_error(failure))
    }

    async fn replace_compiled(&self, hooks: &[Hook]) -> Result<(), StoreError> {
        let hooks = hooks.to_vec();
        self.write(move |connection| Ok::<_, Failure>(bytecode::replace(connection, &hooks)?))
            .await
            .map_err(|failure| self.store_error(failure))
    }
}
