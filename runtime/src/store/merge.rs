//! Rows of another store, copied into this one.

use std::path::Path;

use super::parts::Parts;
use super::{Added, SqliteStore, StoreError};

impl SqliteStore {
    /// Adds the rows of another store that are not here yet, all or none of them. The other is not changed; one of an older
    /// version is copied and brought up to this one first. Whatever follows from a row, such as its median, is derived anew.
    ///
    /// # Errors
    /// A file that is no store or a newer one, a row of it that cannot be read, or a store that cannot be written.
    pub fn merge(&self, other: &Path) -> Result<Added, StoreError> {
        let store = Self::open_read_only(other)?;
        let (connection, tell) = (&store.connection, |error| store.told(error));
        // What another process adds to it meanwhile is left for another time.
        connection.execute_batch("BEGIN").map_err(tell)?;
        self.writing(|transaction| {
            let mut added = Added::default();
            let mut rows = connection
                .prepare("SELECT number, id FROM rows ORDER BY number")
                .map_err(tell)?;
            let mut rows = rows.query([]).map_err(tell)?;
            while let Some(found) = rows.next().map_err(tell)? {
                let id: String = found.get(1).map_err(tell)?;
                let number = found.get(0).map_err(tell)?;
                let parts = Parts::read(connection, number).map_err(tell)?;
                let whole = parts.and_then(|parts| Ok((parts.row()?, parts)));
                let (row, parts) = whole.map_err(|reason| StoreError::unreadable(&id, reason))?;
                self.add(transaction, &row, &parts, &mut added)?;
            }
            Ok(added)
        })
    }
}
