//! SQLite's way to the simulated disks. Everything unsafe of this crate stands here.
//!
//! One virtual file system serves every disk of the process: a file's path begins with the folder
//! that belongs to its disk. It offers no shared memory, so its databases are opened by one
//! connection at a time. It is the default one, because SQLite takes its own chance from there.
#![allow(unsafe_code, reason = "SQLite calls back through C")]

use super::files::name;
use super::{Handle, Shared, SimDisk};
use crate::dice::Dice;
use rusqlite::ffi;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

/// The name by which SQLite finds the simulated disks.
pub const VFS: &str = "simulated";
const VFS_C: &CStr = c"simulated";

const PATH_MAX: c_int = 512;
/// Some day in 2026, in SQLite's milliseconds since noon in Greenwich on 24 November 4714 B.C.
const TODAY_MS: i64 = 212_640_000_000_000;

static DISKS: Mutex<Disks> = Mutex::new(Disks { count: 0, roots: BTreeMap::new() });
static CHANCE: Mutex<Option<Dice>> = Mutex::new(None);

struct Disks {
    count: u64,
    roots: BTreeMap<PathBuf, Weak<Shared>>,
}

/// Lets SQLite throw the same numbers again: what it fills into its files is then the same, too.
pub fn seed_sqlite(seed: u64) {
    make_known();
    *locked(&CHANCE) = Some(Dice::new(seed));
    // SAFETY: without a buffer the call only forgets the generator's state.
    unsafe { ffi::sqlite3_randomness(0, ptr::null_mut()) };
}

/// Gives a disk a folder of its own.
pub(super) fn register(make: impl FnOnce(PathBuf) -> Shared) -> Arc<Shared> {
    make_known();
    let mut disks = locked(&DISKS);
    disks.roots.retain(|_, disk| disk.strong_count() > 0);
    disks.count += 1;
    let root = PathBuf::from(format!("/disk-{}", disks.count));
    let shared = Arc::new(make(root.clone()));
    disks.roots.insert(root, Arc::downgrade(&shared));
    shared
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn make_known() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let vfs = Box::leak(Box::new(vfs()));
        // SAFETY: the structure lives as long as the process, and its functions keep SQLite's contract.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 1) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite takes any file system that has a name");
    });
}

fn vfs() -> ffi::sqlite3_vfs {
    // SAFETY: all fields are numbers, pointers or optional functions; zero means "none" for each.
    let blank: ffi::sqlite3_vfs = unsafe { std::mem::zeroed() };
    ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<File>() as c_int,
        mxPathname: PATH_MAX,
        zName: VFS_C.as_ptr(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xCurrentTimeInt64: Some(current_time_ms),
        xGetLastError: Some(last_error),
        ..blank
    }
}

/// What SQLite keeps of an open file. The first field is what it knows of it.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    open: *mut Open,
}

struct Open {
    handle: Handle,
    disk: SimDisk,
    name: String,
    delete_on_close: bool,
    /// A journal or WAL: its first sync makes its name durable, too, as in SQLite's own file system.
    sync_name: bool,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// SAFETY: `path` is none or ends with a zero byte, and outlives the call.
unsafe fn disk_of(path: *const c_char) -> Option<(SimDisk, String)> {
    if path.is_null() {
        return None;
    }
    // SAFETY: as above.
    let path = Path::new(unsafe { CStr::from_ptr(path) }.to_str().ok()?);
    let shared = locked(&DISKS).roots.get(path.parent()?)?.upgrade()?;
    Some((SimDisk { shared }, name(path).to_owned()))
}

/// SAFETY: `file` was opened by [`open`] and is not closed yet.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Open {
    // SAFETY: `open` put a box there, which `close` alone takes away.
    unsafe { &mut *(*file.cast::<File>()).open }
}

fn code(done: io::Result<()>, otherwise: c_int) -> c_int {
    match done {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) if error.kind() == ErrorKind::StorageFull => ffi::SQLITE_FULL,
        Err(_) => otherwise,
    }
}

unsafe extern "C" fn open(_: *mut ffi::sqlite3_vfs, path: ffi::sqlite3_filename, file: *mut ffi::sqlite3_file, flags: c_int, out_flags: *mut c_int) -> c_int {
    let file = file.cast::<File>();
    // SAFETY: SQLite gives room for a `File`; without methods it does not close what did not open.
    unsafe { (*file).base.pMethods = ptr::null() };
    // SAFETY: SQLite's names end with a zero byte.
    let Some((disk, name)) = (unsafe { disk_of(path) }) else { return ffi::SQLITE_CANTOPEN };
    let create = flags & ffi::SQLITE_OPEN_CREATE != 0;
    let handle = match disk.open(&name, create) {
        Ok(Some(handle)) => handle,
        Ok(None) => return ffi::SQLITE_CANTOPEN,
        Err(error) if error.kind() == ErrorKind::StorageFull => return ffi::SQLITE_FULL,
        Err(_) => return ffi::SQLITE_IOERR,
    };
    let journal = flags & (ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL | ffi::SQLITE_OPEN_WAL) != 0;
    let delete_on_close = flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0;
    let open = Box::new(Open { handle, disk, name, delete_on_close, sync_name: create && journal });
    // SAFETY: both places are SQLite's to give; the box is taken back in `close`.
    unsafe {
        (*file).open = Box::into_raw(open);
        (*file).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, sync_dir: c_int) -> c_int {
    // SAFETY: SQLite's names end with a zero byte.
    let Some((disk, name)) = (unsafe { disk_of(path) }) else { return ffi::SQLITE_IOERR_DELETE_NOENT };
    match disk.length_of(&name) {
        Ok(None) => return ffi::SQLITE_IOERR_DELETE_NOENT,
        Ok(Some(_)) => {}
        Err(_) => return ffi::SQLITE_IOERR_DELETE,
    }
    let done = disk.unlink(&name).and_then(|()| if sync_dir == 0 { Ok(()) } else { disk.sync_names() });
    code(done, ffi::SQLITE_IOERR_DELETE)
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, path: *const c_char, _: c_int, result: *mut c_int) -> c_int {
    // SAFETY: SQLite's names end with a zero byte.
    let Some((disk, name)) = (unsafe { disk_of(path) }) else { return ffi::SQLITE_IOERR_ACCESS };
    match disk.length_of(&name) {
        // An empty file counts as none, as in SQLite's own file system.
        Ok(length) => unsafe { *result = c_int::from(length.is_some_and(|bytes| bytes > 0)) },
        Err(_) => return ffi::SQLITE_IOERR_ACCESS,
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(_: *mut ffi::sqlite3_vfs, path: *const c_char, room: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite's names end with a zero byte, and `out` has `room` bytes.
    unsafe {
        let bytes = CStr::from_ptr(path).to_bytes_with_nul();
        if bytes.len() > room as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    // SAFETY: `out` has as many bytes as are said.
    let buffer = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), bytes as usize) };
    locked(&CHANCE).get_or_insert_with(|| Dice::new(0)).fill(buffer);
    bytes
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *out = TODAY_MS as f64 / 86_400_000.0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time_ms(_: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *out = TODAY_MS };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once; the box is the one that `open` made.
    let open = unsafe { Box::from_raw((*file.cast::<File>()).open) };
    open.handle.let_go();
    if open.delete_on_close {
        let _ = open.disk.unlink(&open.name);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, out: *mut c_void, bytes: c_int, at: ffi::sqlite3_int64) -> c_int {
    // SAFETY: `out` has as many bytes as are said.
    let buffer = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), bytes as usize) };
    // SAFETY: the file is open.
    match unsafe { opened(file) }.handle.read(at as usize, buffer) {
        Ok(read) if read == buffer.len() => ffi::SQLITE_OK,
        Ok(read) => {
            buffer[read..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(_) => ffi::SQLITE_IOERR_READ,
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, bytes: c_int, at: ffi::sqlite3_int64) -> c_int {
    // SAFETY: `from` has as many bytes as are said.
    let buffer = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), bytes as usize) };
    // SAFETY: the file is open.
    code(unsafe { opened(file) }.handle.write(at as usize, buffer), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    code(unsafe { opened(file) }.handle.truncate(size as usize), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is open.
    let open = unsafe { opened(file) };
    let done = open.handle.sync().and_then(|()| if std::mem::take(&mut open.sync_name) { open.disk.sync_names() } else { Ok(()) });
    code(done, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: the file is open, and SQLite gives a place for the answer.
    match unsafe { opened(file) }.handle.length() {
        Ok(length) => unsafe { *size = length as i64 },
        Err(_) => return ffi::SQLITE_IOERR_FSTAT,
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is open.
    match unsafe { opened(file) }.handle.hold() {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_BUSY,
        Err(_) => ffi::SQLITE_IOERR_LOCK,
    }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    if level == ffi::SQLITE_LOCK_NONE {
        // SAFETY: the file is open.
        unsafe { opened(file) }.handle.let_go();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_: *mut ffi::sqlite3_file, result: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *result = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

/// As SQLite assumes of disks on Linux: a torn write harms nothing beside it.
unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}
