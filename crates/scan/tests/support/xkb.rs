//! The system's own keyboard library, loaded while running: what it is asked for here is a means of
//! making and checking tables, and no part of the product.
#![allow(dead_code, unsafe_code, clippy::unwrap_used)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::transmute_copy;
use std::ptr;

/// Key numbers of this library are the kernel's plus 8, as X11 counts them.
const KEY_OFFSET: u32 = 8;
const RIGHT_ALT: u16 = 100;
const SYM_LEVEL3_SHIFT: u32 = 0xfe03;

type Pointer = *mut c_void;

/// `struct xkb_rule_names`
#[repr(C)]
struct Names {
    rules: *const c_char,
    model: *const c_char,
    layout: *const c_char,
    variant: *const c_char,
    options: *const c_char,
}

/// The loaded library. It is never unloaded.
pub struct Xkb {
    library: Pointer,
    context: Pointer,
}

/// A keyboard of one country.
pub struct Keyboard<'a> {
    xkb: &'a Xkb,
    keymap: Pointer,
    state: Pointer,
}

/// What is held or switched on while a key is pressed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Held {
    pub shift: bool,
    pub altgr: bool,
    pub caps: bool,
    pub num: bool,
}

impl Xkb {
    /// `None` where the library is not installed.
    pub fn load() -> Option<Self> {
        // SAFETY: the name is a valid string.
        let library = unsafe { libc::dlopen(c"libxkbcommon.so.0".as_ptr(), libc::RTLD_NOW) };
        if library.is_null() {
            return None;
        }
        let mut xkb = Self { library, context: ptr::null_mut() };
        // SAFETY: the type is that of `xkb_context_new`.
        xkb.context = unsafe { xkb.function::<unsafe extern "C" fn(c_int) -> Pointer>(c"xkb_context_new")(0) };
        (!xkb.context.is_null()).then_some(xkb)
    }

    /// `None` where the data of this country is not installed.
    pub fn keyboard(&self, layout: &str, variant: &str) -> Option<Keyboard<'_>> {
        let (layout, variant) = (CString::new(layout).unwrap(), CString::new(variant).unwrap());
        let names = Names { rules: c"evdev".as_ptr(), model: c"pc105".as_ptr(), layout: layout.as_ptr(), variant: variant.as_ptr(), options: c"".as_ptr() };
        // SAFETY: the types are those of the library's header; `names` lives through the call.
        let keymap = unsafe {
            self.function::<unsafe extern "C" fn(Pointer, *const Names, c_int) -> Pointer>(c"xkb_keymap_new_from_names")(self.context, &raw const names, 0)
        };
        if keymap.is_null() {
            return None;
        }
        // SAFETY: the type is that of the library's header, and the keymap is valid.
        let state = unsafe { self.function::<unsafe extern "C" fn(Pointer) -> Pointer>(c"xkb_state_new")(keymap) };
        Some(Keyboard { xkb: self, keymap, state })
    }

    /// # Safety
    /// `F` must be the type of the function with this name.
    unsafe fn function<F: Copy>(&self, name: &CStr) -> F {
        // SAFETY: the library is loaded and the name a valid string.
        let found = unsafe { libc::dlsym(self.library, name.as_ptr()) };
        assert!(!found.is_null(), "{name:?} is in every version of the library");
        // SAFETY: the caller vouches for the type, which is a function pointer's size.
        unsafe { transmute_copy(&found) }
    }
}

impl Keyboard<'_> {
    /// The character, or `None` for a dead key and keys without any.
    pub fn char_of(&self, key: u16, held: Held) -> Option<char> {
        let held_down = self.modifier(c"Shift", held.shift) | self.modifier(c"Mod5", held.altgr);
        let locked = self.modifier(c"Lock", held.caps) | self.modifier(c"Mod2", held.num);
        type Update = unsafe extern "C" fn(Pointer, u32, u32, u32, u32, u32, u32) -> c_int;
        // SAFETY: the types are those of the library's header, and the state is valid.
        let found = unsafe {
            self.xkb.function::<Update>(c"xkb_state_update_mask")(self.state, held_down, 0, locked, 0, 0, 0);
            self.xkb.function::<unsafe extern "C" fn(Pointer, u32) -> u32>(c"xkb_state_key_get_utf32")(self.state, u32::from(key) + KEY_OFFSET)
        };
        char::from_u32(found).filter(|read| !read.is_control())
    }

    /// Whether the right Alt key is AltGr here.
    pub fn has_altgr(&self) -> bool {
        // SAFETY: the type is that of the library's header, and the state is valid.
        let symbol = unsafe {
            self.xkb.function::<unsafe extern "C" fn(Pointer, u32) -> u32>(c"xkb_state_key_get_one_sym")(self.state, u32::from(RIGHT_ALT) + KEY_OFFSET)
        };
        symbol == SYM_LEVEL3_SHIFT
    }

    fn modifier(&self, name: &CStr, on: bool) -> u32 {
        // SAFETY: the type is that of the library's header; keymap and name are valid.
        let at = unsafe { self.xkb.function::<unsafe extern "C" fn(Pointer, *const c_char) -> u32>(c"xkb_keymap_mod_get_index")(self.keymap, name.as_ptr()) };
        if on { 1 << at } else { 0 }
    }
}
