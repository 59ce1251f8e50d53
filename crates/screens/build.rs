//! Compiles `ui/` into Rust. The style is fixed, so that a desktop's dark mode does not leak in.

fn main() -> Result<(), slint_build::CompileError> {
    let release = std::env::var("PROFILE").as_deref() == Ok("release");
    let configuration = slint_build::CompilerConfiguration::new()
        .with_style("fluent-light".into())
        .with_bundled_translations("../../ui/lang")
        .with_default_translation_context(slint_build::DefaultTranslationContext::None)
        .with_debug_info(!release || std::env::var_os("CARGO_FEATURE_ELEMENTS").is_some());
    slint_build::compile_with_config("../../ui/app.slint", configuration)
}
