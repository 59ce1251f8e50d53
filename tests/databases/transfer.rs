//! A hub moves to another database, whole, and a snapshot is the same wherever it is taken.

use crate::cluster::{cluster, name_of};
use crate::shop::{both, fill, op_id, postgres, stock_in};
use engine::database::Database;
use engine::hub::HubStore;
use engine::sql::Sql;
use engine::sqlite::Sqlite;
use engine::tables::{TableSum, tables};
use engine::transfer::{Copied, TransferFault, transfer};
use ledger::verdict::Outcome;
use std::path::Path;

const UNITS: usize = 5_000;

fn move_hub(from: &Database, to: &Database) -> Result<Vec<Copied>, TransferFault> {
    transfer(&mut from.connect_read_only()?, &mut to.connect()?, &mut |_| ())
}

#[test]
fn a_hub_moves_both_ways_and_goes_on() {
    let (folder, [file, server]) = both();
    let mut store = file.store().unwrap();
    fill(&mut store, UNITS);
    let (identity, counts) = (store.identity().unwrap(), file.reader().unwrap().counts().unwrap());
    drop(store);
    let there = move_hub(&file, &server).unwrap();
    assert!(there.iter().any(|copied| copied.table == "unit" && copied.sum.rows as usize == UNITS + 1), "{there:?}");
    let back = Database::Sqlite(folder.path().join("back.db"));
    assert_eq!(move_hub(&server, &back).unwrap(), there, "what came back is what went");
    for database in [server, back] {
        let mut store = database.store().unwrap();
        assert!(store.identity().unwrap() == identity, "the hub is still itself");
        assert_eq!(database.reader().unwrap().counts().unwrap(), counts);
        assert_eq!(store.submit(3, op_id(99), stock_in("HUB-2", "PHONE", &["NEW".into()])).unwrap(), Outcome::Applied);
    }
}

#[test]
fn a_hub_does_not_move_where_it_would_be_lost() {
    let (folder, [file, server]) = both();
    fill(&mut file.store().unwrap(), 10);
    let refused = |from: &Database, to: &Database, sentence: &str| {
        let told = move_hub(from, to).expect_err(sentence).to_string();
        assert!(told.contains(sentence) && told.ends_with('.'), "{told}");
    };
    let new = Database::Sqlite(folder.path().join("new.db"));
    refused(&Database::Sqlite(folder.path().join("nowhere.db")), &server, "is not there");
    refused(&server, &new, "There is no hub in");
    move_hub(&file, &server).unwrap();
    refused(&file, &server, "is not empty: its table unit has rows");
    let mut at_work = server.store().unwrap();
    assert!(at_work.lead().unwrap());
    refused(&server, &new, "A hub is at work on");
    drop(at_work);
    cluster().sql(name_of_database(&server), "UPDATE schema_version SET version = 99");
    refused(&server, &new, "another version of the program (schema 99");
}

/// A row that is changed on its way is found, so the comparison can fail.
#[test]
fn a_difference_is_found() {
    let (_folder, [file, _]) = both();
    fill(&mut file.store().unwrap(), 10);
    let address = cluster().database();
    let server: Database = address.parse().unwrap();
    drop(server.store().unwrap());
    let change = "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.notes := 'x'; RETURN NEW; END $$; \
        CREATE TRIGGER spoil BEFORE INSERT ON unit FOR EACH ROW WHEN (NEW.serial = 'U000003') EXECUTE FUNCTION spoil(); DELETE FROM hub";
    cluster().sql(name_of(&address), change);
    let told = move_hub(&file, &server).expect_err("a row was changed").to_string();
    assert!(told.contains("the table unit has 11 rows") && told.contains("Do not use the new database"), "{told}");
}

#[test]
fn a_transfer_that_breaks_off_leaves_nothing() {
    let (_folder, [file, server]) = both();
    fill(&mut file.store().unwrap(), 500);
    let mut seen = 0;
    let (mut from, mut to) = (file.connect_read_only().unwrap(), server.connect().unwrap());
    let broken = transfer(&mut from, &mut to, &mut |progress| {
        seen += 1;
        if progress.table == "op" {
            cluster().disconnect(name_of_database(&server));
        }
    });
    assert!(matches!(&broken, Err(TransferFault::Store(fault)) if fault.is_transient()), "{broken:?}");
    assert!(seen > 2);
    move_hub(&file, &server).expect("the new database is as empty as before");
}

#[test]
fn snapshots_are_the_same_from_either() {
    let (folder, databases) = both();
    let sums = databases.map(|database| {
        fill(&mut database.store().unwrap(), UNITS);
        let path = folder.path().join(format!("{}.snapshot", database.file().is_some()));
        let head = database.reader().unwrap().snapshot(&path).unwrap();
        (head.cursor.pos, content(&path), head.sum, head.contained)
    });
    assert_eq!(sums[0], sums[1]);
    assert!(sums[0].1.iter().any(|(table, sum)| *table == "unit" && sum.rows as usize == UNITS + 1), "{sums:?}");
}

fn content(path: &Path) -> Vec<(&'static str, TableSum)> {
    let mut sql: Box<dyn Sql> = Box::new(Sqlite::open_read_only(path).unwrap());
    let sum = |sql: &mut dyn Sql, table: &engine::tables::Table| {
        let mut sum = TableSum::default();
        let add = |page: Vec<engine::sql::Record>| {
            sum.add(&page);
            Ok(())
        };
        table.each_page(sql, add).unwrap();
        (table.name, sum)
    };
    tables(engine::rows::SCHEMA).iter().map(|table| sum(&mut *sql, table)).collect()
}

/// A store on a database that is new, for tests that only need some hub.
#[test]
fn two_processes_may_found_a_hub_at_once() {
    let server = postgres();
    let open = || server.store().map(|mut store: HubStore| store.identity().unwrap().id).unwrap();
    let ids: Vec<String> = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
        opening.into_iter().map(|opened| opened.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

fn name_of_database(database: &Database) -> &'static str {
    let shown = database.to_string();
    shown.rsplit_once('/').unwrap().1.to_owned().leak()
}
