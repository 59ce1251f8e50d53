//! Connections that read beside the writer, handed to one request at a time.

use crate::trouble::Trouble;
use engine::database::Database;
use engine::fault::Fault;
use engine::hub::HubReader;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// A small pool. Cheap to clone.
#[derive(Clone)]
pub struct Readers {
    idle: Arc<Mutex<Vec<HubReader>>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub fn open(database: &Database, count: usize) -> Result<Readers, Fault> {
        let idle = (0..count).map(|_| database.reader()).collect::<Result<Vec<_>, Fault>>()?;
        Ok(Readers { idle: Arc::new(Mutex::new(idle)), free: Arc::new(Semaphore::new(count)) })
    }

    /// Runs `work` on a free connection, off the async threads.
    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut HubReader) -> Result<T, Fault> + Send + 'static) -> Result<T, Trouble> {
        let permit = Arc::clone(&self.free).acquire_owned().await.expect("the semaphore is never closed");
        let idle = Arc::clone(&self.idle);
        let done = spawn_blocking(move || {
            let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
            let mut reader = lock().pop().expect("a permit stands for an idle connection");
            let done = work(&mut reader);
            lock().push(reader);
            drop(permit);
            done
        });
        Ok(done.await.map_err(|panicked| Trouble::internal(&panicked))??)
    }
}
