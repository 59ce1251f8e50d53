//! What a disk is going to do wrong.

use std::io::{self, ErrorKind};

/// Which files a disk only pretends to sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Those whose names begin so.
    About(&'static str),
    Everything,
}

/// How a write ends badly.
pub(super) enum Cut {
    Never(io::Error),
    /// Some of its bytes are written.
    Anywhere(io::Error),
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    pub changes: u64,
    /// Changes until the machine stops; at 0 it has.
    pub changes_left: Option<u64>,
    pub room: Option<u64>,
    pub failing_syncs: u32,
    pub lie: Option<Lie>,
}

impl Faults {
    pub fn is_stopped(&self) -> bool {
        self.changes_left == Some(0)
    }

    /// What ends when the machine is started again. A full disk stays full and a liar a liar.
    pub fn machine_stopped(&mut self) {
        self.changes_left = None;
        self.failing_syncs = 0;
    }

    pub fn reading(&self) -> io::Result<()> {
        if self.is_stopped() { Err(stopped()) } else { Ok(()) }
    }

    pub fn changing(&mut self) -> io::Result<()> {
        self.reading()?;
        self.changes += 1;
        if let Some(left) = &mut self.changes_left {
            *left -= 1;
        }
        self.reading()
    }

    /// Counts a write that lets a file grow.
    pub fn writing(&mut self, growth: u64) -> Result<(), Cut> {
        self.reading().map_err(Cut::Never)?;
        self.changing().map_err(Cut::Anywhere)?;
        match &mut self.room {
            Some(room) if *room < growth => {
                *room = 0;
                Err(Cut::Anywhere(ErrorKind::StorageFull.into()))
            }
            Some(room) => {
                *room -= growth;
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub fn sync_fails(&mut self) -> bool {
        let fails = self.failing_syncs > 0;
        self.failing_syncs = self.failing_syncs.saturating_sub(1);
        fails
    }

    pub fn lies_of(&self, is: impl Fn(&str) -> bool) -> bool {
        match self.lie {
            None => false,
            Some(Lie::Everything) => true,
            Some(Lie::About(name)) => ["", "-wal"].iter().any(|suffix| is(&format!("{name}{suffix}"))),
        }
    }
}

impl Cut {
    pub fn into_error(self) -> io::Error {
        match self {
            Cut::Never(error) | Cut::Anywhere(error) => error,
        }
    }
}

fn stopped() -> io::Error {
    io::Error::other("the machine has stopped")
}
