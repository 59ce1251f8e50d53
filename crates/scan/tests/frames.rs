//! Which events make one frame.

use scan::{Frame, FrameBuilder, KeyChange, KeyCode, RawEvent};

const DOWN: (u16, u16, i32) = (1, 30, 1);
const UP: (u16, u16, i32) = (1, 30, 0);
const REPEAT: (u16, u16, i32) = (1, 30, 2);
const SCAN_CODE: (u16, u16, i32) = (4, 4, 0x70004);
const REPORT: (u16, u16, i32) = (0, 0, 0);
const REPEAT_REPORT: (u16, u16, i32) = (0, 0, 1);
const DROPPED: (u16, u16, i32) = (0, 3, 0);

#[test]
fn a_frame_ends_at_its_report() {
    check(&[(1, DOWN), (1, REPORT), (2, UP), (2, REPORT)], &["1 +", "2 -"]);
    check(&[(1, SCAN_CODE), (1, DOWN), (1, UP), (1, REPORT)], &["1 +-"]);
    check(&[(1, DOWN)], &[]);
    check(&[(1, REPORT), (2, SCAN_CODE), (2, REPORT)], &[]);
    check(&[(1, REPEAT), (1, REPEAT_REPORT), (2, UP), (2, REPORT)], &["2 -"]);
}

#[test]
fn a_broken_frame_is_lost_up_to_its_report() {
    check(&[(1, DROPPED), (1, DOWN), (1, REPORT), (2, UP), (2, REPORT)], &["1 lost", "2 -"]);
    check(&[(1, DOWN), (1, DROPPED), (1, UP), (1, REPORT)], &["1 lost"]);
    check(&[(1, DROPPED), (2, DROPPED), (2, DOWN), (2, REPORT), (3, UP), (3, REPORT)], &["1 lost", "2 lost", "3 -"]);
    check(&[(1, (1, 30, 7)), (1, UP), (1, REPORT)], &["1 lost"]);
}

#[test]
fn a_frame_of_two_times_is_lost() {
    check(&[(1, DOWN), (2, UP), (2, REPORT), (3, DOWN), (3, REPORT)], &["2 lost", "3 +"]);
    check(&[(1, DOWN), (2, REPORT), (3, UP), (3, REPORT)], &["2 lost", "3 -"]);
}

/// The notice of a loss before the held keys were asked for comes with the next frame.
#[test]
fn losses_before_the_beginning_mean_nothing() {
    let events = [(3, DROPPED), (7, DOWN), (7, REPORT), (8, DROPPED), (8, UP), (8, REPORT)];
    let mut builder = FrameBuilder::default();
    builder.begin(5);
    assert_eq!(frames(&mut builder, &events), ["7 +", "8 lost"]);
    builder.clear();
    assert_eq!(frames(&mut builder, &events[..3]), ["7 +"]);
    check(&events[..3], &["3 lost"]);
}

#[test]
fn a_frame_longer_than_any_report_is_lost() {
    let mut events = vec![(1, DOWN); 257];
    events.extend([(1, REPORT), (2, UP), (2, REPORT)]);
    check(&events, &["1 lost", "2 -"]);
}

fn check(events: &[(u64, (u16, u16, i32))], expected: &[&str]) {
    assert_eq!(frames(&mut FrameBuilder::default(), events), expected, "{events:?}");
}

fn frames(builder: &mut FrameBuilder, events: &[(u64, (u16, u16, i32))]) -> Vec<String> {
    let raw = events.iter().map(|(t_us, (kind, code, value))| RawEvent { t_us: *t_us, kind: *kind, code: *code, value: *value });
    raw.filter_map(|event| builder.push(event)).map(show).collect()
}

fn show(frame: Frame) -> String {
    match frame {
        Frame::Lost { t_us } => format!("{t_us} lost"),
        Frame::Keys { t_us, changes } => format!("{t_us} {}", changes.iter().map(sign).collect::<String>()),
    }
}

fn sign(change: &KeyChange) -> char {
    assert_eq!(change.key, KeyCode::KEY_A);
    if change.down { '+' } else { '-' }
}
