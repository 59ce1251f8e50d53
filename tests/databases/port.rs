//! The port's contract: what every database behind it does alike.

use crate::shop::both;
use engine::database::Database;
use engine::fault::Fault;
use engine::hub::tables;
use engine::sql::{Sql, Value, first, transaction};

const SCHEMA: &str = "CREATE TABLE thing (name TEXT NOT NULL, number BIGINT NOT NULL, note TEXT, data {bytes}, PRIMARY KEY (name, number)) {clustered}";
const INSERT: &str = "INSERT INTO thing (name, number, note, data) VALUES ($1, $2, $3, $4)";
const ALL: &str = "SELECT name, number, note, data FROM thing ORDER BY name, number LIMIT 100";
const COUNT: &str = "SELECT COUNT(*) FROM thing";

/// Runs a case on each database.
fn check(case: impl Fn(&mut dyn Sql, &Database)) {
    let (_folder, databases) = both();
    for database in &databases {
        println!("{database}");
        let mut sql = database.connect().unwrap();
        sql.schema(SCHEMA).unwrap();
        case(&mut *sql, database);
    }
}

fn thing(name: &str, number: i64) -> [Value; 4] {
    [name.into(), number.into(), Value::Null, Value::Null]
}

fn count(sql: &mut dyn Sql) -> i64 {
    first(sql, COUNT, &[]).unwrap().unwrap()[0].as_int()
}

#[test]
fn values_come_back_as_they_were() {
    check(|sql, _| {
        let odd = ["", "a\0b", "\u{f8fe}0", "e\u{301}", "👍\u{1f}x", "' \" $1 ?1 \\"];
        let mut wanted: Vec<Vec<Value>> =
            odd.iter().map(|text| vec![(*text).into(), i64::MIN.into(), (*text).into(), text.as_bytes().to_vec().into()]).collect();
        wanted.push(vec!["null".into(), i64::MAX.into(), Value::Null, Value::Null]);
        for row in &wanted {
            assert_eq!(sql.exec(INSERT, row).unwrap(), 1);
            let found = sql.rows("SELECT name, number, note, data FROM thing WHERE name = $1 AND number = $2", &row[..2]).unwrap();
            assert_eq!(found, std::slice::from_ref(row));
        }
        assert_eq!(count(sql), wanted.len() as i64);
        let small =
            first(sql, "SELECT 1, CAST(SUM(1) AS BIGINT), COALESCE(MAX(number), 0), note IS NULL FROM thing WHERE name = $1 GROUP BY note", &["null".into()]);
        assert_eq!(small.unwrap().unwrap(), [1, 1, i64::MAX, 1].map(Value::Int));
    });
}

#[test]
fn keys_are_in_the_order_of_their_bytes() {
    check(|sql, _| {
        let names = ["Z", "a", "B", "ä", "aa", "a b", "A", "\u{1f}", "10", "9", "-"];
        for name in names {
            sql.exec(INSERT, &thing(name, 1)).unwrap();
        }
        let found: Vec<String> = sql.rows(ALL, &[]).unwrap().into_iter().map(|row| row[0].as_text().to_owned()).collect();
        let mut wanted = names.map(str::to_owned);
        wanted.sort();
        assert_eq!(found, wanted);
        let after =
            sql.rows("SELECT name FROM thing WHERE (name, number) > ($1, $2) ORDER BY name, number LIMIT $3", &["a".into(), 1_i64.into(), 2_i64.into()]);
        assert_eq!(after.unwrap(), [["a b".into()], ["aa".into()]]);
    });
}

#[test]
fn a_transaction_is_all_or_nothing() {
    check(|sql, _| {
        let failing = transaction(sql, |sql| {
            sql.exec(INSERT, &thing("a", 1))?;
            sql.exec(INSERT, &thing("a", 1))
        });
        assert!(matches!(failing, Err(Fault::Sql { .. })), "{failing:?}");
        assert_eq!(count(sql), 0);
        let changed = transaction(sql, |sql| {
            sql.exec(INSERT, &thing("a", 1))?;
            sql.exec(INSERT, &thing("b", 1))?;
            sql.exec("UPDATE thing SET note = $1 WHERE number = 1", &["x".into()])
        });
        assert_eq!((changed.unwrap(), count(sql)), (2, 2));
        let returned = sql.rows("UPDATE thing SET number = number + 1 WHERE name = $1 RETURNING number", &["a".into()]).unwrap();
        assert_eq!(returned, [[Value::Int(2)]]);
        let upsert = "INSERT INTO thing (name, number, note) VALUES ($1, $2, $3) ON CONFLICT (name, number) DO UPDATE SET note = excluded.note";
        sql.exec(upsert, &["b".into(), 1_i64.into(), "new".into()]).unwrap();
        assert_eq!(sql.rows(ALL, &[]).unwrap()[1][2], Value::text("new"));
    });
}

#[test]
fn a_savepoint_outlives_what_failed_after_it() {
    check(|sql, _| {
        let done = transaction(sql, |sql| {
            sql.exec(INSERT, &thing("kept", 1))?;
            sql.exec("SAVEPOINT op", &[])?;
            sql.exec(INSERT, &thing("undone", 1))?;
            assert!(sql.exec(INSERT, &thing("undone", 1)).is_err());
            sql.exec("ROLLBACK TO op", &[])?;
            sql.exec("RELEASE op", &[])?;
            sql.exec(INSERT, &thing("kept", 2))
        });
        assert_eq!(done.unwrap(), 1);
        assert_eq!(count(sql), 2);
    });
}

/// PostgreSQL would answer such a COMMIT with a rollback and call that success.
#[test]
fn a_failed_statement_that_nobody_minded_is_never_committed_unseen() {
    check(|sql, _| {
        let done = transaction(sql, |sql| {
            sql.exec(INSERT, &thing("a", 1))?;
            let _ = sql.exec(INSERT, &thing("a", 1));
            Ok(())
        });
        assert_eq!(count(sql), i64::from(done.is_ok()), "what was said is what is there");
        transaction(sql, |sql| sql.exec(INSERT, &thing("b", 1))).expect("the next one is not affected");
    });
}

#[test]
fn a_reader_sees_one_moment() {
    check(|sql, database| {
        let mut reader = database.connect_read_only().unwrap();
        reader.begin_read().unwrap();
        assert_eq!(count(&mut *reader), 0);
        transaction(sql, |sql| sql.exec(INSERT, &thing("a", 1))).unwrap();
        assert_eq!(count(&mut *reader), 0, "its moment is the old one");
        assert!(reader.exec(INSERT, &thing("b", 1)).is_err(), "it cannot write");
        reader.rollback().unwrap();
        assert_eq!(count(&mut *reader), 1);
    });
}

/// The hub's schema makes the same tables on both, and no table without the list knowing it.
#[test]
fn both_have_the_hubs_tables() {
    let (_folder, databases) = both();
    let [file, server] = databases.map(|database| {
        drop(database.store().unwrap());
        let mut sql = database.connect_read_only().unwrap();
        let text = match database {
            Database::Sqlite(_) => {
                "SELECT m.name, c.name, c.\"notnull\" FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.name"
            }
            Database::Postgres(_) => {
                "SELECT table_name::text, column_name::text, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END FROM information_schema.columns \
                 WHERE table_schema = 'public' ORDER BY table_name::text COLLATE \"C\", column_name::text COLLATE \"C\""
            }
        };
        sql.rows(text, &[]).unwrap()
    });
    assert_eq!(file, server);
    let mut listed: Vec<(&str, &str)> = tables().iter().flat_map(|table| table.columns.iter().map(|column| (table.name, column.as_str()))).collect();
    listed.sort();
    let found: Vec<(&str, &str)> = file.iter().map(|row| (row[0].as_text(), row[1].as_text())).filter(|(table, _)| *table != "schema_version").collect();
    assert_eq!(listed, found);
}
