//! Schema versions: numbered steps, forward only. A database of a newer version is left alone.

use crate::fault::Fault;
use crate::sql::{Sql, Value, first, transaction};

/// The steps of one kind of database, in order: step 1 makes version 1 out of nothing.
pub type Steps = &'static [&'static str];

const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (only_one BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)";

/// Brings the database to the last version, one transaction a step.
///
/// # Errors
/// [`Fault::Newer`] if it is beyond that already; then nothing was touched but the version table.
pub fn migrate(sql: &mut dyn Sql, steps: Steps) -> Result<(), Fault> {
    let known = steps.len() as i64;
    let found = transaction(sql, version)?;
    if found > known {
        return Err(Fault::Newer { path: sql.path().to_owned(), found, known });
    }
    for (step, number) in steps.iter().zip(1..).skip(found as usize) {
        transaction(sql, |sql| {
            // Another process may have been quicker.
            if version(sql)? >= number {
                return Ok(());
            }
            sql.schema(step)?;
            set_version(sql, number)
        })?;
    }
    Ok(())
}

/// The version of the database: 0 before the first step.
pub fn version(sql: &mut dyn Sql) -> Result<i64, Fault> {
    sql.schema(VERSION_TABLE)?;
    let row = first(sql, "SELECT version FROM schema_version WHERE only_one = 1", &[])?;
    Ok(row.map_or(0, |row| row[0].as_int()))
}

fn set_version(sql: &mut dyn Sql, version: i64) -> Result<(), Fault> {
    let text = "INSERT INTO schema_version (only_one, version) VALUES (1, $1) ON CONFLICT (only_one) DO UPDATE SET version = excluded.version";
    sql.exec(text, &[Value::Int(version)]).map(drop)
}
