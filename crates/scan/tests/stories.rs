//! What scanners do, one line each, and what must come of it.

mod support;

use support::dsl::check;

#[test]
fn keyboards() {
    check(r#"keys "AB-12" cr => scan "AB-12""#);
    check(r#"keys "sn_(07)#a/B" kpenter => scan "sn_(07)#a/B""#);
    check(r#"keys "AB" tab => scan "AB""#);
    check(r#"keys "AB" cr gap 10ms keys "CD" cr => scan "AB" scan "CD""#);
    check(r#"keys "`~[]{}\\|;:'\"<>?,.=+!@$%^&* " cr => scan "`~[]{}\\|;:'\"<>?,.=+!@$%^&* ""#);
    check(r#"kp 0123456789 tap KPDOT tap KPPLUS tap KPMINUS tap KPASTERISK tap KPSLASH cr => scan "0123456789.+-*/""#);
    check(r#"tap NUMLOCK keys "A" tap SCROLLLOCK cr => scan "A""#);
    check(r#"cr => none"#);
    check(r#"cr cr tab => none"#);
    check(r#"down LEFTSHIFT up LEFTSHIFT => none"#);
    check(r#"frame +LEFTSHIFT+A frame -LEFTSHIFT-A+B frame -B+C up C cr => scan "Abc""#);
    check(r#"frame +B+A frame -B-A cr => scan "ba""#);
    check(r#"frame +A-A frame +A-A cr => scan "aa""#);
    check(r#"down RIGHTSHIFT down LEFTSHIFT tap A up LEFTSHIFT tap B up RIGHTSHIFT tap C cr => scan "ABc""#);
    check(r#"down A gap 50ms repeat A repeat A up A cr => scan "a""#);
}

#[test]
fn control_characters_are_text() {
    check(r#"keys "01" ctrl "]" keys "21" cr => scan "01\u{1d}21""#);
    check(r#"keys "A" ctrl "j" keys "B" cr => scan "A\nB""#);
    check(r#"keys "A" ctrl "J" keys "B" cr => scan "A\nB""#);
    check(r#"ctrl "[" ctrl "\\" ctrl "^" ctrl "_" cr => scan "\u{1b}\u{1c}\u{1e}\u{1f}""#);
    check(r#"keys "A" ctrl "m" => scan "A""#);
    check(r#"alt 029 alt 0029 cr => scan "\u{1d}\u{1d}""#);
    check(r#"ctrl "2" cr => fault unmapped"#);
    check(r#"ctrl=off keys "A" ctrl "j" cr => fault unmapped"#);
    check(r#"bytes "A\u{1d}B\r" => scan "A\u{1d}B""#);
}

#[test]
fn countries() {
    check(r#"check=off layout=de keys "zY&-/" cr => scan "yZ/ß-""#);
    check(r#"layout=fr keys "1!qm" cr => scan "&1a,""#);
    check(r##"layout=fr down RIGHTALT tap 3 up RIGHTALT tap 6 cr => scan "#-""##);
    check(r#"layout=de tap KPDOT kp 7 cr => scan ",7""#);
    check(r#"layout=de tap EQUAL cr => fault unmapped"#);
    check(r#"check=off layout=ru keys "a" cr => scan "ф""#);
    check(r#"layout=de keys "A" ctrl "z" cr => scan "A\u{19}""#);
    check(r#"layout=de down RIGHTALT tap Q up RIGHTALT down RIGHTALT down LEFTCTRL tap Q => fault unmapped"#);
}

/// The keys are typed as a scanner of the US would, and read under another country.
#[test]
fn a_scanner_of_another_country_is_told_from_one_that_is_right() {
    // A check digit: digits are signs elsewhere, and the same signs are digits there.
    check(r#"layout=fr keys "4006381333931" cr => fault country"#);
    check(r#"layout=fr keys "4006381333932" cr => fault country"#);
    check(r#"layout=cz keys "96385074" cr => fault country"#);
    check(r#"keys "$))^#*!###(#!" cr => fault country"#);
    check(r#"layout=de keys "4006381333931" cr => scan "4006381333931""#);
    // An identifier, and what it promises.
    check(r#"layout=de keys "]C1011231231231233321AB" cr => fault country"#);
    check(r#"layout=de aim=required keys "]C0AB-1" cr => fault country"#);
    check(r#"aim=required keys "C0AB-1" cr => fault no_aim"#);
    check(r##"prefix=# layout=de keys "#AB1" cr => fault country"##);
    check(r#"rule=^SN-[0-9]+$ layout=de keys "SN-12" cr => fault country"#);
    check(r#"rule=^SN-[0-9]+$ keys "SN12" cr => fault unmatched"#);
    // The text that scanners are learnt by, and characters that are in no serial.
    check(r#"layout=de keys "%POS%aAzZqQwWyYmM0123456789_-()#/" cr => fault country"#);
    check(r#"layout=de keys "SN-7" cr => fault country"#);
    check(r#"down RIGHTALT tap 3 up RIGHTALT keys "SN7" cr => fault country"#);
    // What would be no better elsewhere, or is as good here.
    check(r#"layout=de keys "A/B" cr => scan "A-B""#);
    check(r#"layout=de alt 0228 keys "A" cr => scan "äA""#);
    check(r#"keys "https://x.y/z?a=1" cr => scan "https://x.y/z?a=1""#);
    check(r#"layout=de caps keys "1" caps cr => fault unmapped"#);
    check(r#"bytes "$))^#*!###(#!\r" => scan "$))^#*!###(#!""#);
}

/// Once a scanner has shown that it is another country's, texts that look well are no better.
#[test]
fn a_scanner_of_another_country_is_not_believed_again() {
    check(r#"layout=de keys "SN-7" cr gap 400ms keys "A/B" cr gap 400ms keys "AB" cr => fault country fault country scan "AB""#);
    check(r#"layout=de keys "SN-7" cr gap 400ms unplug open "" gap 400ms keys "A/B" cr => fault country scan "A-B""#);
    // The set-up code as this country sends it shows that the scanner is right.
    check(
        r##"layout=de keys "SN-7" cr gap 400ms keys "%POS%aAyYqQwWzZmM0123456789?/*(" tap BACKSLASH keys "&" cr gap 400ms keys "A/B" cr => fault country scan "%POS%aAzZqQwWyYmM0123456789_-()#/" scan "A-B""##,
    );
    check(r#"layout=de keys "SN-7" cr gap 400ms keys "4006381333931" cr gap 400ms keys "A/B" cr => fault country scan "4006381333931" fault country"#);
}

#[test]
fn keys_with_characters_of_their_own() {
    check(r#"map=F8:~ keys "A" tap F8 keys "B" cr => scan "A~B""#);
    check(r#"map=F8:~ keys "A" down LEFTSHIFT tap F8 up LEFTSHIFT cr => fault unmapped"#);
    check(r#"map=CTRL+2:~ ctrl "2" keys "2" cr => scan "~2""#);
    check(r#"map=A:x keys "aA" cr => scan "xA""#);
}

#[test]
fn alt_codes() {
    check(r#"alt 065 alt 0066 alt 045 keys "c" cr => scan "AB-c""#);
    check(r#"alt 065 alt 013 => scan "A""#);
    check(r#"down LEFTALT up LEFTALT keys "A" cr => scan "A""#);
    check(r#"tap NUMLOCK alt 065 cr => scan "A""#);
    check(r#"alt 65 cr => fault damaged"#);
    check(r#"alt 5 cr => fault damaged"#);
    check(r#"alt 00065 cr => fault damaged"#);
    check(r#"alt 000 cr => fault damaged"#);
    check(r#"alt 256 cr => fault damaged"#);
    check(r#"alt 228 cr => fault unmapped"#);
    check(r#"alt 0228 alt 0128 cr => scan "ä€""#);
    check(r#"alt 0129 cr => fault unmapped"#);
    check(r#"alt=off alt 065 cr => fault unmapped"#);
    check(r#"down LEFTALT tap A up LEFTALT cr => fault unmapped"#);
    check(r#"down LEFTALT frame +KP0+KP6+KP5 frame -KP0-KP6-KP5 up LEFTALT cr => fault damaged"#);
    check(r#"frame +LEFTALT+KP0+KP1+KP3 frame -LEFTALT-KP0-KP1-KP3 => fault damaged"#);
    check(r#"down LEFTALT kp 06 gap 500ms => fault no_suffix"#);
    check(r#"down LEFTALT kp 06 unplug => fault truncated"#);
}

#[test]
fn caps_lock() {
    check(r#"caps keys "ab" caps keys "c-1" cr => scan "ABc-1""#);
    check(r#"caps keys "aB1_" caps cr => scan "Ab1_""#);
    check(r#"caps keys "ab" cr => fault damaged"#);
    check(r#"caps keys "ab" cr gap 300ms keys "cd" cr => fault damaged scan "cd""#);
    check(r#"caps gap 300ms keys "ab" cr => scan "ab""#);
    check(r#"caps=ignore caps keys "ab" cr caps caps caps keys "Cd" cr => scan "ab" scan "Cd""#);
    check(r#"caps=invert keys "aB1" cr => scan "Ab1""#);
    check(r#"caps=invert caps keys "a" caps keys "b" cr => scan "aB""#);
    check(r#"layout=de caps keys "az" caps cr => scan "AY""#);
    check(r#"layout=de caps keys "1" caps cr => fault unmapped"#);
    check(r#"layout=de caps=invert keys "aZ1" cr => scan "Ay1""#);
    check(r#"layout=fr caps keys "1" caps cr => fault unmapped"#);
}

#[test]
fn a_key_that_is_no_character_voids_the_scan() {
    check(r#"keys "AB" tap F1 keys "C" cr => fault unmapped"#);
    check(r#"tap ESC keys "AB" cr => fault unmapped"#);
    check(r#"keys "AB" tap BACKSPACE keys "C" cr => fault unmapped"#);
    check(r#"keys "A" down RIGHTALT tap R up RIGHTALT keys "C" cr => fault unmapped"#);
    check(r#"keys "A" down LEFTMETA tap Q up LEFTMETA keys "C" cr => fault unmapped"#);
    check(r#"down LEFTSHIFT tap KP1 up LEFTSHIFT cr => fault unmapped"#);
    check(r#"keys "AB" tap F1 cr gap 10ms keys "CD" cr => fault unmapped scan "CD""#);
    check(r#"keys "AB" tap F1 keys "C" gap 140ms keys "D" cr => fault unmapped"#);
    check(r#"keys "AB" tap F1 gap 200ms keys "CD" cr => fault unmapped scan "CD""#);
}

#[test]
fn lost_events_void_the_scan() {
    check(r#"keys "AB" drop keys "C" cr => fault lost"#);
    check(r#"drop keys "C" cr => fault lost"#);
    check(r#"drop => fault lost"#);
    check(r#"keys "AB" cr drop => scan "AB" fault lost"#);
    check(r#"keys "AB" drop cr keys "CD" cr gap 200ms keys "EF" cr => fault lost scan "EF""#);
    check(r#"keys "AB" drop held "" keys "C" cr keys "CD" cr => fault lost scan "CD""#);
    check(r#"down LEFTSHIFT drop held "LEFTSHIFT" up LEFTSHIFT cr keys "cd" cr => fault lost scan "cd""#);
    check(r#"keys "AB" drop held "A" gap 1000ms up A gap 200ms keys "CD" cr => fault lost scan "CD""#);
    check(r#"keys "AB" drop held "A" gap 3000ms keys "CD" cr => fault lost scan "CD""#);
    check(r#"down LEFTSHIFT dropped up LEFTSHIFT gap 200ms keys "cd" cr => fault lost scan "cd""#);
}

#[test]
fn keys_that_contradict_each_other_void_the_scan() {
    check(r#"keys "AB" up C cr => fault damaged"#);
    check(r#"keys "AB" down C down C cr => fault damaged"#);
    check(r#"frame +A-B+ENTER => fault damaged"#);
    check(r#"frame +LEFTSHIFT+A-LEFTSHIFT up A cr => fault damaged"#);
    check(r#"down LEFTSHIFT tap A cr => fault damaged"#);
    check(r#"down LEFTCTRL cr => fault damaged"#);
    check(r#"down LEFTALT kp 065 cr => fault damaged"#);
    check(r#"down A dropped cr => fault lost"#);
    check(r#"keys "A" half B gap 300ms keys "(" cr gap 300ms keys "C" cr => fault no_suffix fault lost scan "C""#);
    check(r#"keys "AB" up C gap 200ms keys "CD" cr => fault damaged scan "CD""#);
}

#[test]
fn ends_of_scans() {
    check(r#"keys "AB" gap 90ms keys "C" cr => scan "ABC""#);
    check(r#"keys "AB" gap 120ms keys "C" cr => fault no_suffix"#);
    check(r#"keys "AB" gap 300ms keys "CD" cr => fault no_suffix scan "CD""#);
    check(r#"no-suffix keys "AB" gap 300ms keys "CD" cr keys "E" => scan "AB" scan "CD" scan "E""#);
    check(r#"no-suffix keys "A" down B gap 300ms up B => fault damaged"#);
    check(r#"no-suffix caps keys "A" gap 300ms => fault damaged"#);
    check(r#"suffix=TAB ctrl "m" keys "A" tab => scan "\rA""#);
    check(r#"raw_max=5 keys "ABCDE" cr => scan "ABCDE""#);
    check(r#"raw_max=5 keys "ABCDEF" cr gap 10ms keys "A" cr => fault too_long scan "A""#);
    check(r#"raw_max=5 keys "ABCDEFGHIJKLMNOPQRSTUVW" => fault too_long"#);
    check(r#"keys "AB" unplug => fault truncated"#);
    check(r#"keys "AB" tap F1 unplug => fault unmapped"#);
    check(r#"keys "AB" cr unplug => scan "AB""#);
    check(r#"down LEFTSHIFT unplug open "" gap 200ms keys "cd" cr => scan "cd""#);
}

#[test]
fn a_device_just_opened_must_be_quiet_first() {
    check(r#"open "" gap 200ms keys "CD" cr => scan "CD""#);
    check(r#"open "" keys "CD" cr keys "EF" cr => fault lost scan "EF""#);
    check(r#"open "" keys "CD" gap 200ms keys "EF" cr => fault lost scan "EF""#);
    check(r#"open "ENTER" up ENTER gap 200ms keys "EF" cr => scan "EF""#);
    check(r#"open "" up LEFTSHIFT gap 200ms keys "EF" cr => scan "EF""#);
    check(r#"open "" up LEFTSHIFT keys "EF" cr => fault lost"#);
    check(r#"open "" gap 200ms up LEFTSHIFT keys "EF" cr => fault damaged"#);
    check(r#"open "LEFTSHIFT" gap 200ms keys "cd" up LEFTSHIFT cr => fault lost"#);
    check(r#"open "" gap 50ms bytes "CD\rEF\r" => fault lost scan "EF""#);
}

#[test]
fn the_same_code_again_at_once_is_a_repeat() {
    check(r#"keys "AB" cr gap 100ms keys "AB" cr gap 200ms keys "AB" cr => scan "AB" repeat "AB" repeat "AB""#);
    check(r#"keys "AB" cr gap 301ms keys "AB" cr => scan "AB" scan "AB""#);
    check(r#"keys "AB" cr keys "ab" cr keys "AB" cr => scan "AB" scan "ab" scan "AB""#);
    check(r#"same=0 keys "AB" cr keys "AB" cr => scan "AB" scan "AB""#);
    check(r#"keys "AB" cr keys "AB" drop cr => scan "AB" fault lost"#);
}

#[test]
fn serial_lines() {
    check(r#"bytes "AB-12\r" => scan "AB-12""#);
    check(r#"bytes "AB\r\nCD\r\n" => scan "AB" scan "CD""#);
    check(r#"bytes "AB\t\r\n" => scan "AB""#);
    check(r#"bytes "\r\n\r\n" => none"#);
    check(r#"bytes "AB\r" gap 20ms bytes "\nCD\r" => scan "AB" scan "CD""#);
    check(r#"bytes "AB\r" gap 100ms bytes "\nCD\r" => scan "AB" scan "\nCD""#);
    check(r#"bytes "AB\n" => fault no_suffix"#);
    check(r#"suffix=LF bytes "AB\n\nCD\n" => scan "AB" scan "CD""#);
    check(r#"suffix=LF,CRLF bytes "AB\r\nC\rD\n" => scan "AB" scan "C\rD""#);
    check(r#"suffix=CRLF bytes "A\rB\nC\r\n" => scan "A\rB\nC""#);
    check(r#"suffix=ETX bytes "\u{2}AB\rC\u{3}D\u{3}" => scan "\u{2}AB\rC" scan "D""#);
    check(r#"bytes "AB" gap 30ms bytes "C\r" => scan "ABC""#);
    check(r#"no-suffix bytes "AB" gap 200ms bytes "CD" => scan "AB" scan "CD""#);
    check(r#"bytes "A" byte 00 bytes "B\r" => fault bad_byte"#);
    check(r#"bytes "A" byte c4 bytes "B\rC\r" => fault bad_byte scan "C""#);
    check(r#"bytes "A" byte ff gap 300ms bytes "C\r" => fault bad_byte scan "C""#);
    check(r#"raw_max=3 bytes "ABCDEFGHIJ\r\nAB\r\n" => fault too_long scan "AB""#);
    check(r#"bytes "AB" unplug => fault truncated"#);
    check(r#"bytes "" => none"#);
}

#[test]
fn bytes_found_late_never_join_two_scans() {
    check(r#"late 500ms "AB\rCD\r" => scan "AB" scan "CD""#);
    check(r#"bytes "AB" late 60ms "CD\r" => scan "ABCD""#);
    check(r#"bytes "AB" late 500ms "CD\rEF\r" => fault lost scan "EF""#);
    check(r#"no-suffix bytes "AB" late 500ms "CD" => fault lost"#);
    check(r#"bytes "AB\r" late 500ms "\nCD\r" => scan "AB" scan "CD""#);
}

/// Without a suffix the pause at the end is learnt from the pauses within; five codes show it.
#[test]
fn the_pause_that_ends_a_code_follows_the_scanner() {
    let five = r#"keys "a" gap 101ms "#.repeat(5);
    let read = r#"scan "a" "#.repeat(5);
    let after = |steps: &str, expected: &str| check(&format!("same=0 no-suffix {five}{steps} => {read}{expected}"));
    after(r#"keys "b" gap 25ms keys "c""#, r#"scan "bc""#);
    after(r#"keys "b" gap 35ms unplug"#, r#"scan "b""#);
    // The rest of a code is no code, and the rhythm is not believed again.
    after(r#"keys "b" gap 60ms keys "c" gap 400ms keys "d" gap 60ms keys "e""#, r#"scan "b" fault lost scan "de""#);
    check(r#"same=0 no-suffix keys "b" gap 60ms keys "c" => scan "bc""#);
    check(&format!(r#"same=0 no-suffix gap=90 {five}keys "b" gap 60ms keys "c" => {read}scan "bc""#));
    // A scanner that takes its time keeps its time.
    let slow = r#"keys "a" gap 20ms keys "b" gap 101ms "#.repeat(5);
    check(&format!(r#"same=0 no-suffix {slow}keys "c" gap 70ms keys "d" => {}scan "cd""#, r#"scan "ab" "#.repeat(5)));
}
