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

#[test]
fn a_frame_longer_than_any_report_is_lost() {
    let mut events = vec![(1, DOWN); 257];
    events.extend([(1, REPORT), (2, UP), (2, REPORT)]);
    check(&events, &["1 lost", "2 -"]);
}

fn check(events: &[(u64, (u16, u16, i32))], expected: &[&str]) {
    let mut builder = FrameBuilder::default();
    let raw = events.iter().map(|(t_us, (kind, code, value))| RawEvent { t_us: *t_us, kind: *kind, code: *code, value: *value });
    let frames: Vec<String> = raw.filter_map(|event| builder.push(event)).map(show).collect();
    assert_eq!(frames, expected, "{events:?}");
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
