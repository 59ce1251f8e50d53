//! Reading a recording under assumed settings.

use crate::config::{Caps, Looking, ScannerConfig, Source};
use crate::hid::Form;
use crate::keys::LayoutName;
use crate::label::AimId;
use crate::outcome::{FaultKind, Outcome};
use crate::pipeline::Pipeline;
use crate::raw::Raw;

/// Longer than any pause in a recording: it is one scan by assumption, its suffix included.
const GAP_MS: u32 = 60_000;

/// Settings under which a recording is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assumed {
    pub(super) layout: LayoutName,
    pub(super) caps: Caps,
}

/// What a recording is under assumed settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    Text { text: String, aim: Option<AimId> },
    Void(FaultKind),
    Nothing,
}

/// The first outcome. What the scanner puts around a text is not taken off.
pub(super) fn read(source: &Source, form: Option<&Form>, raws: &[Raw], assumed: Assumed) -> Reading {
    let config = ScannerConfig {
        suffix: Vec::new(),
        suffix_required: false,
        gap_ms: Some(GAP_MS),
        layout: assumed.layout,
        caps: assumed.caps,
        layout_check: Looking::Off,
        ..ScannerConfig::new("learned", source.clone())
    };
    let mut pipeline = Pipeline::new(&config);
    if let Some(form) = form {
        pipeline.speaks(form);
    }
    let mut out = Vec::new();
    raws.iter().for_each(|raw| pipeline.take(raw, &mut out));
    if let Some(deadline_us) = pipeline.deadline_us() {
        pipeline.tick(deadline_us, &mut out);
    }
    pipeline.unplugged(raws.last().map_or(0, Raw::t_us), &mut out);
    match out.into_iter().next() {
        Some(Outcome::Scan(scan)) => Reading::Text { text: scan.text, aim: scan.aim },
        Some(Outcome::Repeat(repeat)) => Reading::Text { text: repeat.text, aim: None },
        Some(Outcome::Fault(fault)) => Reading::Void(fault.kind),
        None => Reading::Nothing,
    }
}
