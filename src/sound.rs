//! Sound: people look at the goods, not at the screen. Three tones that cannot be mistaken for one
//! another, made here and played by a program that takes a WAV on its standard input.

use crate::ui::sound::Tone;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};

const RATE_HZ: u32 = 22_050;
/// Tones waiting at once; a till that scans faster than it beeps leaves some out.
const TONES_MAX: usize = 2;

/// Plays tones on a thread of its own; without a command it is silent.
pub struct Player {
    queue: Option<SyncSender<Tone>>,
}

impl Player {
    pub fn start(command: Vec<String>) -> Player {
        let Some((program, arguments)) = command.split_first() else { return Player { queue: None } };
        let (queue, tones) = sync_channel(TONES_MAX);
        let (program, arguments) = (program.clone(), arguments.to_vec());
        let thread = std::thread::Builder::new().name("sound".into()).spawn(move || {
            for tone in tones {
                if let Err(error) = play(&program, &arguments, tone) {
                    tracing::warn!(%program, %error, "a tone could not be played");
                }
            }
        });
        Player { queue: thread.is_ok().then_some(queue) }
    }

    pub fn play(&self, tone: Tone) {
        if let Some(queue) = &self.queue {
            let _left_out_when_busy = queue.try_send(tone);
        }
    }
}

fn play(program: &str, arguments: &[String], tone: Tone) -> std::io::Result<()> {
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&wav(tone))?;
    }
    child.wait()?;
    Ok(())
}

/// A tone as a WAV file: 16-bit mono.
pub fn wav(tone: Tone) -> Vec<u8> {
    let samples: Vec<i16> = match tone {
        Tone::Ok => beep(1_800.0, 70),
        Tone::Warn => [beep(1_200.0, 80), beep(0.0, 60), beep(1_200.0, 80)].concat(),
        Tone::Error => beep(180.0, 450),
    };
    let data_bytes = u32::try_from(samples.len() * 2).unwrap_or(0);
    let mut wav = Vec::with_capacity(44 + samples.len() * 2);
    wav.extend(b"RIFF");
    wav.extend((36 + data_bytes).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(RATE_HZ.to_le_bytes());
    wav.extend((RATE_HZ * 2).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(data_bytes.to_le_bytes());
    samples.iter().for_each(|sample| wav.extend(sample.to_le_bytes()));
    wav
}

fn beep(hz: f64, ms: u32) -> Vec<i16> {
    let count = RATE_HZ * ms / 1_000;
    let fade = f64::from(RATE_HZ) * 0.005;
    (0..count)
        .map(|i| {
            let at = f64::from(i);
            let edge = (at / fade).min(f64::from(count - i) / fade).min(1.0);
            let wave = (at * hz * std::f64::consts::TAU / f64::from(RATE_HZ)).sin();
            #[allow(clippy::cast_possible_truncation)]
            let sample = (wave * edge * 22_000.0) as i16;
            sample
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_player_is_fed_a_whole_wav() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("out.wav");
        play("sh", &["-c".into(), format!("cat > {}", out.display())], Tone::Warn).expect("sh and cat are on every Linux");
        let written = std::fs::read(out).expect("the tone was written");
        assert_eq!(written, wav(Tone::Warn));
        assert_eq!(&written[..4], b"RIFF");
        let length = u32::from_le_bytes(written[40..44].try_into().unwrap());
        assert_eq!(usize::try_from(length).unwrap() + 44, written.len());
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_not_a_panic() {
        assert!(play("/nonexistent/player", &[], Tone::Ok).is_err());
        Player::start(vec![]).play(Tone::Ok);
    }
}
