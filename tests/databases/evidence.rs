//! The log looked through, proved and backed up: the same on either database.

use crate::shop::{both, fill};
use engine::database::Database;
use engine::fault::Fault;
use engine::hub::{Backup, LogFlaw};
use engine::sql::Value;
use ledger::proof::root_of;
use ledger::serial::Serial;

const UNITS: usize = 300;

fn flaw(database: &Database) -> Option<LogFlaw> {
    let audit = database.reader().unwrap().audit(None, &mut |_, _| ()).unwrap();
    assert_eq!(audit.notes.iter().map(|note| note.number).collect::<Vec<_>>(), if audit.flaw.is_none() { vec![5] } else { vec![] }, "the one that is no op");
    audit.flaw
}

#[test]
fn a_log_is_looked_through_on_either() {
    let (_folder, databases) = both();
    for database in &databases {
        fill(&mut database.store().unwrap(), UNITS);
        assert_eq!(flaw(database), None, "{database}");
        let mut sql = database.connect().unwrap();
        sql.exec("UPDATE op SET hash = $1 WHERE number = 2", &[Value::Blob(vec![0; 32])]).unwrap();
        let found = flaw(database).expect("the hash is another");
        assert!(found.number == 2 && found.to_string().contains("bytes"), "{database}: {found}");
    }
}

#[test]
fn evidence_is_the_same_from_either() {
    let (_folder, databases) = both();
    let serial = Serial::parse("U000007").unwrap();
    for database in &databases {
        fill(&mut database.store().unwrap(), UNITS);
        let mut reader = database.reader().unwrap();
        assert_eq!(reader.skus_of(&serial).unwrap(), ["PHONE".into()]);
        let evidence = reader.evidence(&"PHONE".into(), &serial, 9, &mut |_, _| ()).unwrap().unwrap();
        assert_eq!(evidence.events.iter().map(|event| event.number).collect::<Vec<_>>(), [3], "{database}");
        assert_eq!(evidence.head.number, 5);
        let event = &evidence.events[0];
        assert_eq!(root_of(event.number, 5, &event.log_hash(), &event.path), Some(evidence.tree_root), "{database}");
    }
}

#[test]
fn only_a_file_is_copied() {
    let (folder, databases) = both();
    let to = folder.path().join("backup.db");
    for database in &databases {
        fill(&mut database.store().unwrap(), UNITS);
        let done = database.reader().unwrap().backup(&to, &mut |_, _| ());
        match done {
            Ok(Backup::Good(audit)) => assert_eq!((audit.head.number, database.file().is_some()), (5, true)),
            Err(Fault::Database { what, .. }) => assert!(what.contains("counterfoil-hub migrate") && database.file().is_none(), "{what}"),
            other => panic!("{database}: {other:?}"),
        }
        database.store().unwrap().mark_safe(5).unwrap();
    }
}
